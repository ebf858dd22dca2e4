//! metrics-server: what pods use, as HPAs and `kubectl top` ask for it.

use super::{ControlPlane, servers};
use crate::build::{Cache, METRICS_SERVER};
use crate::{Error, Process, Program, start_on_free_ports};

/// A running metrics-server, which serves metrics.k8s.io of a control plane. Pods use what their annotations say (see
/// `usage.yaml`); a pod has a sample when it was scraped twice, after 20 to 30 s.
#[derive(Debug)]
pub struct MetricsServer {
    /// To stop, kill and restart it.
    pub process: Process,
}

impl MetricsServer {
    /// Starts it and tells the API server of it.
    ///
    /// # Errors
    ///
    /// Where it cannot be built or started.
    pub fn start(control_plane: &ControlPlane) -> Result<Self, Error> {
        let binaries = Cache::of_user()?.binaries(&METRICS_SERVER)?;
        let ca = control_plane.authority();
        let (process, [port]) = start_on_free_ports(
            |[port]| {
                Program::new(&binaries.join("metrics-server"), control_plane.folder()).args([
                    "--kubeconfig=admin.kubeconfig",
                    "--authentication-kubeconfig=admin.kubeconfig",
                    "--authorization-kubeconfig=admin.kubeconfig",
                    "--bind-address=127.0.0.1",
                    &format!("--secure-port={port}"),
                    "--tls-cert-file=server.crt",
                    "--tls-private-key-file=server.key",
                    // The shortest that it takes, for which no answer may take longer.
                    "--metric-resolution=10s",
                    "--kubelet-request-timeout=5s",
                    // kwok is the kubelet of all nodes, and speaks no TLS.
                    &format!("--kubelet-port={}", control_plane.kubelet_port()),
                    "--kubelet-preferred-address-types=InternalIP",
                    "--deprecated-kubelet-completely-insecure",
                ])
            },
            |[port]| servers::ready(&format!("https://127.0.0.1:{port}"), "livez", &ca),
        )?;
        let service = format!(
            "apiVersion: v1
kind: Service
metadata: {{name: metrics-server, namespace: kube-system}}
spec: {{type: ExternalName, externalName: localhost, ports: [{{port: {port}}}]}}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {{name: v1beta1.metrics.k8s.io}}
spec:
  group: metrics.k8s.io
  version: v1beta1
  insecureSkipTLSVerify: true
  groupPriorityMinimum: 100
  versionPriority: 100
  service: {{name: metrics-server, namespace: kube-system, port: {port}}}
"
        );
        control_plane.apply("metrics-server", &service)?;
        Ok(Self { process })
    }
}
