//! Nodes that are there from the start.

use std::fmt::Write as _;

/// Equal nodes of a control plane, called `PREFIX-1` and so on.
#[derive(Debug, Clone)]
pub struct Nodes {
    /// What their names begin with.
    pub prefix: String,
    /// How many.
    pub count: usize,
    /// What pods may have of each, like `8` or `7800m`.
    pub cpu: String,
    /// What pods may have of each, like `30Gi`.
    pub memory: String,
    /// Labels besides the host's name, the system and the zone, which is the prefix.
    pub labels: Vec<(String, String)>,
}

impl Nodes {
    /// Their manifests.
    pub(super) fn manifests(&self) -> String {
        let Self {
            prefix,
            count,
            cpu,
            memory,
            labels,
        } = self;
        let mut more = String::new();
        for (name, value) in labels {
            let _ = write!(more, ", {name}: {value:?}");
        }
        let room = format!("{{cpu: {cpu:?}, memory: {memory:?}, pods: \"110\"}}");
        let mut text = String::new();
        for number in 1..=*count {
            let name = format!("{prefix}-{number}");
            let _ = write!(
                text,
                "---\napiVersion: v1\nkind: Node\nmetadata:\n  name: {name}\n  \
                 annotations: {{kwok.x-k8s.io/node: fake, metrics.k8s.io/resource-metrics-path: /metrics/nodes/{name}/metrics/resource}}\n  \
                 labels: {{kubernetes.io/hostname: {name}, kubernetes.io/os: linux, topology.kubernetes.io/zone: {prefix}{more}}}\n\
                 status: {{allocatable: {room}, capacity: {room}}}\n"
            );
        }
        text
    }
}
