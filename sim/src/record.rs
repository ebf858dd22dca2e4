//! What one simulated run leaves behind: plain data, filled by the world and read by the outputs.
//!
//! Nothing is computed, formatted or written here. Decisions are not held here either: they are streamed tick by tick
//! to a [`spillway_records::DecisionSink`], because a month of snapshots does not fit in memory.
//!
//! All of it is the same for the same input and seed, byte for byte; the one exception, [`Timing`], is not serialized.

mod faults;
mod load;
mod meta;
mod money;
mod nodes;
mod series;
mod slowest;
mod summary;
mod timing;

use serde::{Deserialize, Serialize};

pub use faults::{AppliedFault, FaultSpan};
pub use load::{LlmTimes, LoadGap, LoadNotes};
pub use meta::{ClusterName, InputName, RunMeta};
pub use money::{CostBound, MoneySpent, OverParts, Wasted};
pub use nodes::{NodeLife, Repriced};
pub use series::{DelayQuantiles, Interval, WorkloadInterval};
pub use slowest::{DecisionThen, ReplicasThen, Slowest};
pub use summary::{
    CertifiedGap, Churn, ClassSummary, Elasticity, ForecastErrors, ObjectiveKept, Quantiles,
    ReplicaTime, Requests, SolverWork, Summary, Waste, WorkloadSummary,
};
pub use timing::Timing;

use crate::warnings::Warning;

/// One run of one autoscaler under one policy over one trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunRecord {
    /// What was run.
    pub meta: RunMeta,
    /// Totals of the whole run.
    pub summary: Summary,
    /// Totals of each workload, in the order that [`Interval::workloads`] keeps.
    pub workloads: Vec<WorkloadSummary>,
    /// Consecutive intervals of [`RunMeta::interval_ms`] from the start to the horizon.
    pub series: Vec<Interval>,
    /// Every node that existed or was asked for, by cluster, group and `from_ms`.
    pub nodes: Vec<NodeLife>,
    /// Each fault of the world with what it did, in the order of the world file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<AppliedFault>,
    /// When requests waited longest; absent where none waited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slowest: Option<Slowest>,
    /// What a reader has to know before any figure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// How long the run took. Differs from run to run, so it is in no file.
    #[serde(skip)]
    pub timing: Timing,
}
