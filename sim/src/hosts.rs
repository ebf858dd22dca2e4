//! The autoscalers that are compared: Spillway's decision core and what people use without it.
//!
//! Each sees the same [`Snapshot`] and answers with replicas per workload and cluster. None knows
//! the world's state or the other autoscalers, and only those that are given [`Foresight`] know
//! the trace. [`AUTOSCALERS`] is the table of all.

mod adapt;
mod catalogue;
mod conpaas;
mod core;
mod counted;
mod fill;
mod fleet_hpa;
mod forecast;
mod foresight;
mod hist;
mod hpa_ca;
mod hpa_karpenter;
mod karpenter_private_first;
mod keda;
mod load;
mod oracle;
mod ordered_overflow;
mod pace;
mod private_only;
mod public_first;
mod public_only;
mod react;
mod rebalancer;
mod reg;
mod room;
mod spillway;
mod static_size;
mod threshold_burst;

use std::time::Duration;

use spillway_solver::decision::{Decision, Versions, Victim};
use spillway_solver::ids::{ClusterId, WorkloadId};
use spillway_solver::memory::Memory;
use spillway_solver::snapshot::Snapshot;

pub use catalogue::{AUTOSCALERS, Entry};
pub use core::Core;
pub use counted::Counted;
pub use forecast::{Expected, Forecast};
pub(crate) use foresight::needed;
pub use foresight::{Demand, Foresight, Offered};
pub use hpa_ca::HpaClusterAutoscaler;
pub use hpa_karpenter::HpaKarpenter;
pub use karpenter_private_first::KarpenterPrivateFirst;
pub use keda::Keda;
pub use ordered_overflow::OrderedOverflow;
pub use private_only::PrivateOnly;
pub use public_first::PublicFirst;
pub use public_only::PublicOnly;
pub use rebalancer::Rebalancer;
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
    /// DNS weights of a baseline that sets them; a workload without any goes by its Ready replicas. Those of the core
    /// are in its decision.
    pub weights: Vec<TrafficWeight>,
    /// The whole decision, where the core has made it.
    pub decision: Option<Decision>,
    /// What it has just come to expect of the load; empty where it expects nothing, or nothing
    /// new. Read by nothing but the metrics.
    pub forecasts: Vec<Forecast>,
    /// What an independent check found wrong with the decision, each as a sentence. Any ends
    /// the run.
    pub violations: Vec<String>,
    /// How long that check took, which is no part of deciding.
    pub check_time: Duration,
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

/// The weight of a cluster in a workload's DNS record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficWeight {
    /// Whose.
    pub workload: WorkloadId,
    /// Where.
    pub cluster: ClusterId,
    /// The weight beside those of the other clusters.
    pub weight: u32,
}
