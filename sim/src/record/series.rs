//! A run over time.

use serde::{Deserialize, Serialize};
use spillway_solver::units::UnixMs;

use super::MoneySpent;

/// One interval of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Interval {
    /// Its first instant.
    pub at_ms: UnixMs,
    /// Money spent within it. A node's start-up minimum falls into the interval in which the node began.
    pub money: MoneySpent,
    /// Mean number of public nodes that were paid for, in thousandths.
    pub public_nodes_milli: u64,
    /// Each workload, in the order of [`super::RunRecord::workloads`].
    pub workloads: Vec<WorkloadInterval>,
}

/// One workload in one interval. Means are over time, in thousandths of a replica.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadInterval {
    /// Offered load: service time that arrived within the interval, divided by its length and by
    /// the requests that a replica serves at once.
    pub demand_milli: u64,
    /// Ready replicas in each cluster, in the order of [`super::RunMeta::clusters`].
    pub ready_milli: Vec<u64>,
    /// Replicas asked for and not Ready.
    pub pending_milli: u64,
    /// Requests that arrived.
    pub arrived: u64,
    /// Requests served to the end.
    pub done: u64,
    /// Requests waiting at the interval's end.
    pub queued: u64,
    /// How long the longest of those has waited by then.
    pub oldest_us: u64,
    /// Queue delay of the requests whose service began within the interval; absent when none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<DelayQuantiles>,
}

/// Queue delay within an interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DelayQuantiles {
    /// Median, in microseconds as all below.
    pub p50_us: u64,
    /// 95th percentile.
    pub p95_us: u64,
    /// 99th percentile.
    pub p99_us: u64,
}
