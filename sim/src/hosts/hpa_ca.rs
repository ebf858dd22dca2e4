//! HPA and Cluster Autoscaler in the public cloud.
//!
//! Source: Kubernetes documentation, "Horizontal Pod Autoscaling", and the Cluster Autoscaler
//! FAQ (kubernetes/autoscaler). Both with their defaults: HPA as in [`super::fleet_hpa`], Cluster
//! Autoscaler as in [`ClusterAutoscaler::default`].

use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

use super::{Autoscaler, Outcome, PublicOnly};
use crate::config::{ClusterAutoscaler, NodeAutoscaler};

/// Every replica in the first public cluster, counted by HPA, on nodes of Cluster Autoscaler.
#[derive(Debug)]
pub struct HpaClusterAutoscaler(PublicOnly);

impl HpaClusterAutoscaler {
    /// For the policy's workloads; without a public cluster nothing runs.
    #[must_use]
    pub fn new(policy: &Policy) -> Self {
        let nodes = NodeAutoscaler::ClusterAutoscaler(ClusterAutoscaler::default());
        Self(PublicOnly::on("hpa-ca", policy, Some(nodes)))
    }
}

impl Autoscaler for HpaClusterAutoscaler {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn node_autoscaler(&self) -> Option<NodeAutoscaler> {
        self.0.node_autoscaler()
    }

    fn decide(&mut self, snapshot: &Snapshot) -> Outcome {
        self.0.decide(snapshot)
    }
}
