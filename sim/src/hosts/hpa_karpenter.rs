//! HPA and Karpenter in the public cloud.
//!
//! Source: Karpenter documentation, "Settings" (`batch-idle-duration` 1 s, read in version 1.15)
//! and "Disruption". What this world's Karpenter does is said at
//! [`Karpenter`]: nodes for pending pods, and empty nodes back.

use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

use super::{Autoscaler, Outcome, PublicOnly};
use crate::config::{Karpenter, NodeAutoscaler};

/// Every replica in the first public cluster, counted by HPA, on nodes of Karpenter.
#[derive(Debug)]
pub struct HpaKarpenter(PublicOnly);

impl HpaKarpenter {
    /// For the policy's workloads; without a public cluster nothing runs.
    #[must_use]
    pub fn new(policy: &Policy) -> Self {
        let nodes = NodeAutoscaler::Karpenter(Karpenter::default());
        Self(PublicOnly::on("hpa-karpenter", policy, Some(nodes)))
    }
}

impl Autoscaler for HpaKarpenter {
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
