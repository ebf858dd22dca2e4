//! The servers of a control plane: what each is told, and when it is ready.

use std::path::Path;

use crate::folder::write;
use crate::{Error, Process, Program, http, start_on_free_ports};

pub(super) fn etcd(binaries: &Path, folder: &Path) -> Result<(Process, String), Error> {
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    let (process, [port, _]) = start_on_free_ports(
        |[port, peers]| {
            let (client, peer) = (url(port), url(peers));
            Program::new(&binaries.join("etcd"), folder).args([
                "--data-dir=etcd",
                "--log-level=warn",
                // Nobody needs the data after the test.
                "--unsafe-no-fsync",
                &format!("--listen-client-urls={client}"),
                &format!("--advertise-client-urls={client}"),
                &format!("--listen-peer-urls={peer}"),
                &format!("--initial-advertise-peer-urls={peer}"),
                &format!("--initial-cluster=default={peer}"),
            ])
        },
        |[port, _]| http::is_well(&format!("{}/health", url(port)), None, &[]),
    )?;
    Ok((process, url(port)))
}

pub(super) fn api_server(
    binaries: &Path,
    folder: &Path,
    storage: &str,
    ca: &str,
    tokens: Option<&str>,
) -> Result<(Process, String), Error> {
    write(folder, "audit.yaml", include_str!("audit.yaml"))?;
    if let Some(url) = tokens {
        write(folder, "tokens.kubeconfig", &webhook(url))?;
    }
    let url = |port: u16| format!("https://127.0.0.1:{port}");
    let (process, [port]) = start_on_free_ports(
        |[port]| {
            Program::new(&binaries.join("kube-apiserver"), folder)
                .args([
                    &format!("--etcd-servers={storage}"),
                    &format!("--secure-port={port}"),
                    "--bind-address=127.0.0.1",
                    "--advertise-address=127.0.0.1",
                    // An endpoint must not be on the loopback, so nobody shall make one of it.
                    "--endpoint-reconciler-type=none",
                    "--service-cluster-ip-range=10.96.0.0/16",
                    "--authorization-mode=Node,RBAC",
                    "--tls-cert-file=server.crt",
                    "--tls-private-key-file=server.key",
                    "--client-ca-file=ca.crt",
                    "--service-account-issuer=https://kubernetes.default.svc",
                    "--service-account-key-file=tokens.crt",
                    "--service-account-signing-key-file=tokens.key",
                    "--requestheader-client-ca-file=ca.crt",
                    "--requestheader-allowed-names=front-proxy-client",
                    "--requestheader-username-headers=X-Remote-User",
                    "--requestheader-group-headers=X-Remote-Group",
                    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
                    "--proxy-client-cert-file=proxy.crt",
                    "--proxy-client-key-file=proxy.key",
                    "--audit-policy-file=audit.yaml",
                    "--audit-log-path=audit.log",
                ])
                .args(tokens.iter().flat_map(|_| {
                    [
                        "--authentication-token-webhook-config-file=tokens.kubeconfig",
                        "--authentication-token-webhook-version=v1",
                        // Each token is asked about each time.
                        "--authentication-token-webhook-cache-ttl=0s",
                    ]
                }))
        },
        |[port]| ready(&url(port), "readyz", ca),
    )?;
    Ok((process, url(port)))
}

/// How an API server asks who a token is.
fn webhook(url: &str) -> String {
    format!(
        "apiVersion: v1
kind: Config
current-context: tokens
clusters: [{{name: tokens, cluster: {{server: \"{url}\"}}}}]
users: [{{name: tokens, user: {{}}}}]
contexts: [{{name: tokens, context: {{cluster: tokens, user: tokens}}}}]
"
    )
}

/// What controllers and scheduler have in common: who they are, no second one beside them, and no waiting for their turn
/// at the API server.
fn alike(port: u16, kubeconfig: &str) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "--bind-address=127.0.0.1",
        "--tls-cert-file=server.crt",
        "--tls-private-key-file=server.key",
        "--leader-elect=false",
        "--kube-api-qps=300",
        "--kube-api-burst=500",
    ]
    .map(str::to_owned)
    .into();
    arguments.push(format!("--secure-port={port}"));
    arguments.extend(
        [
            "kubeconfig",
            "authentication-kubeconfig",
            "authorization-kubeconfig",
        ]
        .map(|flag| format!("--{flag}={kubeconfig}.kubeconfig")),
    );
    arguments
}

pub(super) fn controllers(binaries: &Path, folder: &Path, ca: &str) -> Result<Process, Error> {
    let (process, [_]) = start_on_free_ports(
        |[port]| {
            Program::new(&binaries.join("kube-controller-manager"), folder)
                .args(alike(port, "kube-controller-manager"))
                .args([
                    "--root-ca-file=ca.crt",
                    "--service-account-private-key-file=tokens.key",
                    "--use-service-account-credentials",
                    // Addresses, routes and load balancers are a cloud's.
                    "--controllers=*,-nodeipam,-node-route-controller,-service-lb-controller",
                ])
        },
        |[port]| ready(&format!("https://127.0.0.1:{port}"), "healthz", ca),
    )?;
    Ok(process)
}

pub(super) fn scheduler(binaries: &Path, folder: &Path, ca: &str) -> Result<Process, Error> {
    let (process, [_]) = start_on_free_ports(
        |[port]| {
            Program::new(&binaries.join("kube-scheduler"), folder)
                .args(alike(port, "kube-scheduler"))
        },
        |[port]| ready(&format!("https://127.0.0.1:{port}"), "healthz", ca),
    )?;
    Ok(process)
}

/// kwok, and the port at which it is the kubelet of all nodes.
pub(super) fn kwok(binaries: &Path, folder: &Path) -> Result<(Process, u16), Error> {
    let config = concat!(include_str!("stages.yaml"), include_str!("usage.yaml"));
    write(folder, "kwok.yaml", config)?;
    let (process, [port]) = start_on_free_ports(
        |[port]| {
            Program::new(&binaries.join("kwok"), folder).args([
                "--kubeconfig=admin.kubeconfig",
                "--config=kwok.yaml",
                "--manage-all-nodes=true",
                "--node-ip=127.0.0.1",
                "--node-lease-duration-seconds=40",
                &format!("--server-address=127.0.0.1:{port}"),
            ])
        },
        |[port]| http::is_well(&format!("http://127.0.0.1:{port}/healthz"), None, &[]),
    )?;
    Ok((process, port))
}

/// Whether a server with a certificate of `ca` is ready. An API server without its roles yet refuses even the question.
pub(super) fn ready(url: &str, path: &str, ca: &str) -> bool {
    http::is_well(&format!("{url}/{path}"), Some(ca), &[])
}
