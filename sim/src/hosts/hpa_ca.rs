//! HPA and Cluster Autoscaler in the public cloud: no private cloud at all.

use spillway_solver::ids::ClusterId;
use spillway_solver::policy::{Policy, Tier};
use spillway_solver::snapshot::Snapshot;

use super::fleet_hpa::{FleetHpa, count};
use super::{Autoscaler, Outcome, TargetCount};
use crate::config::{ClusterAutoscaler, NodeAutoscaler};

/// Every replica in the first public cluster, counted by HPA, on nodes of Cluster Autoscaler.
#[derive(Debug)]
pub struct HpaClusterAutoscaler {
    hpa: FleetHpa,
    clusters: Vec<ClusterId>,
    public: Option<ClusterId>,
}

impl HpaClusterAutoscaler {
    /// For the policy's workloads; without a public cluster nothing runs.
    #[must_use]
    pub fn new(policy: &Policy) -> Self {
        let public = policy
            .clusters
            .iter()
            .filter(|cluster| cluster.tier == Tier::Public);
        Self {
            hpa: FleetHpa::new(policy),
            clusters: policy
                .clusters
                .iter()
                .map(|cluster| cluster.name.clone())
                .collect(),
            public: public.map(|cluster| cluster.name.clone()).min(),
        }
    }
}

impl Autoscaler for HpaClusterAutoscaler {
    fn name(&self) -> &'static str {
        "hpa-ca"
    }

    fn node_autoscaler(&self) -> Option<NodeAutoscaler> {
        Some(NodeAutoscaler::ClusterAutoscaler(
            ClusterAutoscaler::default(),
        ))
    }

    fn decide(&mut self, snapshot: &Snapshot) -> Outcome {
        let mut targets = Vec::new();
        for workload in self.hpa.workloads.clone() {
            let here = |name: &ClusterId| Some(name) == self.public.as_ref();
            let replicas = count(snapshot, &workload.id, here);
            let max = workload.max_replicas;
            let desired = self.hpa.desired(&workload, snapshot, replicas, max);
            targets.extend(self.clusters.iter().map(|cluster| TargetCount {
                workload: workload.id.clone(),
                cluster: cluster.clone(),
                replicas: if here(cluster) { desired } else { 0 },
            }));
        }
        Outcome {
            targets,
            ..Outcome::default()
        }
    }
}
