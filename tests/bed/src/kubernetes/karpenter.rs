//! Karpenter with its provider of kwok nodes: it makes and removes nodes of AWS instance types, as on EKS.

use super::{ControlPlane, instance_types};
use crate::build::{Cache, KARPENTER};
use crate::folder::write;
use crate::{Error, Process, Program, http, start_on_free_ports};

/// A running Karpenter. What nodes it may make, a test says by `NodePool` and `KWOKNodeClass` objects.
#[derive(Debug)]
pub struct Karpenter {
    /// To stop, kill and restart it.
    pub process: Process,
}

impl Karpenter {
    /// Starts it in a control plane, with the kinds that it knows and the instance types of `data/instance-types.csv`.
    ///
    /// # Errors
    ///
    /// Where it cannot be built or started.
    pub fn start(control_plane: &ControlPlane) -> Result<Self, Error> {
        let binaries = Cache::of_user()?.binaries(&KARPENTER)?;
        control_plane.apply_file(&binaries)?;
        let folder = control_plane.folder();
        write(
            folder,
            "instance-types.json",
            &instance_types::as_karpenter_reads_them(),
        )?;
        let (process, [_, _]) = start_on_free_ports(
            |[metrics, health]| {
                Program::new(&binaries.join("kwok"), folder)
                    .named("karpenter")
                    .env("KUBECONFIG", "admin.kubeconfig")
                    .args([
                        "--disable-leader-election",
                        "--instance-types-file-path=instance-types.json",
                        &format!("--metrics-port={metrics}"),
                        &format!("--health-probe-port={health}"),
                    ])
            },
            |[_, health]| http::is_well(&format!("http://127.0.0.1:{health}/readyz"), None, &[]),
        )?;
        Ok(Self { process })
    }
}
