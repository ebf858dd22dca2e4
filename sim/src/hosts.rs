//! The autoscalers that are compared: Spillway's decision core and what people use without it.
//!
//! Each sees the same [`Snapshot`] and nothing else, and answers with replicas per workload and
//! cluster. None knows the world's state, the trace or the other autoscalers.

mod fleet_hpa;
mod hpa_ca;
mod private_only;
mod spillway;
mod threshold_burst;

use spillway_solver::decision::{Decision, Versions, Victim};
use spillway_solver::ids::{ClusterId, WorkloadId};
use spillway_solver::memory::Memory;
use spillway_solver::snapshot::Snapshot;

pub use hpa_ca::HpaClusterAutoscaler;
pub use private_only::PrivateOnly;
pub use spillway::{Decide, Spillway};
pub use threshold_burst::{BurstRule, ThresholdBurst};

use crate::config::NodeAutoscaler;

/// Decides how many replicas of each workload run where.
pub trait Autoscaler {
    /// How reports call it.
    fn name(&self) -> &'static str;

    /// The node autoscaler that belongs to it; `None` leaves the world's own.
    fn node_autoscaler(&self) -> Option<NodeAutoscaler> {
        None
    }

    /// What computes its decisions; empty for a baseline.
    fn versions(&self) -> Versions {
        Versions::default()
    }

    /// What it remembers now.
    fn memory(&self) -> Memory {
        Memory::default()
    }

    /// Decides one tick.
    fn decide(&mut self, snapshot: &Snapshot) -> Outcome;
}

/// What an autoscaler wants.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// `spec.replicas` to write; a target that is not named stays.
    pub targets: Vec<TargetCount>,
    /// Which replicas go first where a target shrinks.
    pub victims: Vec<Victim>,
    /// The whole decision, where the core has made it.
    pub decision: Option<Decision>,
    /// What an independent check found wrong with the decision, each as a sentence. Any ends
    /// the run.
    pub violations: Vec<String>,
}

/// A scale target and its `spec.replicas`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetCount {
    /// Whose.
    pub workload: WorkloadId,
    /// Where.
    pub cluster: ClusterId,
    /// How many.
    pub replicas: u32,
}
