//! HPA in the public cloud: no private cloud at all.

use spillway_solver::ids::ClusterId;
use spillway_solver::policy::{Policy, Tier};
use spillway_solver::snapshot::Snapshot;

use super::fill::of_tier;
use super::fleet_hpa::{FleetHpa, count};
use super::{Autoscaler, Outcome, TargetCount};
use crate::config::NodeAutoscaler;

/// Every replica in the first public cluster, counted by HPA.
#[derive(Debug)]
pub struct PublicOnly {
    name: &'static str,
    node_autoscaler: Option<NodeAutoscaler>,
    hpa: FleetHpa,
    clusters: Vec<ClusterId>,
    public: Option<ClusterId>,
}

impl PublicOnly {
    /// On the node autoscaler that the world names; without a public cluster nothing runs.
    #[must_use]
    pub fn new(policy: &Policy) -> Self {
        Self::on("public-only", policy, None)
    }

    /// On a node autoscaler of its own, under another name.
    pub(super) fn on(
        name: &'static str,
        policy: &Policy,
        node_autoscaler: Option<NodeAutoscaler>,
    ) -> Self {
        let clusters = policy.clusters.iter();
        Self {
            name,
            node_autoscaler,
            hpa: FleetHpa::new(policy),
            clusters: clusters.map(|cluster| cluster.name.clone()).collect(),
            public: of_tier(policy, Tier::Public).into_iter().next(),
        }
    }
}

impl Autoscaler for PublicOnly {
    fn name(&self) -> &'static str {
        self.name
    }

    fn node_autoscaler(&self) -> Option<NodeAutoscaler> {
        self.node_autoscaler
    }

    fn decide(&mut self, snapshot: &Snapshot) -> Outcome {
        let mut targets = Vec::new();
        for workload in self.hpa.workloads.clone() {
            let here = |name: &ClusterId| Some(name) == self.public.as_ref();
            let replicas = count(snapshot, &workload.id, here);
            let max = workload.max_replicas;
            let desired = self.hpa.desired(&workload, snapshot, replicas, max);
            // Where the run begins at home, home serves until the cloud does.
            let moved = replicas.ready >= desired;
            for cluster in self
                .clusters
                .iter()
                .filter(|cluster| moved || here(cluster))
            {
                targets.push(TargetCount {
                    workload: workload.id.clone(),
                    cluster: cluster.clone(),
                    replicas: if here(cluster) { desired } else { 0 },
                });
            }
        }
        Outcome {
            targets,
            ..Outcome::default()
        }
    }
}
