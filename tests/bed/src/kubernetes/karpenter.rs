//! Karpenter with its provider of kwok nodes: it makes and removes nodes of AWS instance types, as on EKS.

use std::fmt::Write as _;

use super::ControlPlane;
use crate::build::{Cache, KARPENTER};
use crate::folder::write;
use crate::{Error, Process, Program, http, start_on_free_ports};

const TYPES: &str = include_str!("../../data/instance-types.csv");

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
        write(folder, "instance-types.json", &instance_types())?;
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

/// The types as Karpenter's provider reads them: each on demand and as spot, in two zones.
fn instance_types() -> String {
    let rows = TYPES.lines().filter(|line| !line.starts_with('#')).skip(1);
    let types: Vec<String> = rows.map(instance_type).collect();
    format!("[{}]\n", types.join(",\n"))
}

fn instance_type(row: &str) -> String {
    let mut fields = row.split(',');
    let [name, on_demand, spot, cpu, memory, pods] =
        std::array::from_fn(|_| fields.next().unwrap_or_default());
    let mut offerings = String::new();
    for (capacity, price) in [("on-demand", on_demand), ("spot", spot)] {
        for zone in ["us-east-1a", "us-east-1c"] {
            let comma = if offerings.is_empty() { "" } else { "," };
            let _ = write!(
                offerings,
                r#"{comma}{{"Price":{price},"Available":true,"Requirements":[
  {{"key":"karpenter.sh/capacity-type","operator":"In","values":["{capacity}"]}},
  {{"key":"topology.kubernetes.io/zone","operator":"In","values":["{zone}"]}}]}}"#
            );
        }
    }
    // `amd64`, not AWS' `x86_64`: else Karpenter says that no type is left.
    format!(
        r#"{{"name":"{name}","architecture":"amd64","operatingSystems":["linux"],
 "resources":{{"cpu":"{cpu}m","memory":"{memory}Mi","ephemeral-storage":"20Gi","pods":"{pods}"}},
 "offerings":[{offerings}]}}"#
    )
}
