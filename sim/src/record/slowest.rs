//! The interval of a run in which requests waited longest, and what was decided then.

use serde::{Deserialize, Serialize};
use spillway_solver::decision::{WorkloadPlan, WorkloadRationale};
use spillway_solver::ids::{ClusterId, WorkloadId};
use spillway_solver::units::UnixMs;

/// The interval and workload with the worst queue delay, measured by the workload's objective where it has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Slowest {
    /// First instant of the interval.
    pub at_ms: UnixMs,
    /// Its end.
    pub until_ms: UnixMs,
    /// Whose requests waited.
    pub workload: WorkloadId,
    /// The 99th percentile of queue delay in it, or how long the oldest request had waited by its end if that is longer.
    pub delay_us: u64,
    /// Requests waiting at its end.
    pub queued: u64,
    /// Offered load within it, in thousandths of a replica.
    pub demand_milli: u64,
    /// The workload's replicas at its end, by cluster.
    pub clusters: Vec<ReplicasThen>,
    /// The last decision by then, where the core made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionThen>,
}

/// Replicas of a workload in a cluster at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplicasThen {
    /// Where.
    pub cluster: ClusterId,
    /// `spec.replicas`.
    pub asked: u32,
    /// Of these, Ready.
    pub ready: u64,
    /// Of these, not Ready.
    pub pending: u64,
}

/// What was decided of a workload, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DecisionThen {
    /// The tick's time.
    pub at_ms: UnixMs,
    /// The plan.
    pub plan: WorkloadPlan,
    /// Its reasons.
    pub rationale: WorkloadRationale,
}
