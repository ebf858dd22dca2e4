//! One literal `HorizontalPodAutoscaler` for each workload: what every baseline scales with.
//!
//! HPA knows no queue objective. What people write instead is two external metrics: arrivals
//! per second against what a replica completes, and the backlog against what it completes
//! within the time; HPA takes the larger proposal.

use std::collections::BTreeMap;

use spillway_solver::hpa::{
    Basis, Behavior, MetricFailure, Proposal, Recommendation, ScaleEvents, ScaleUpCeiling,
    ToleranceBand, Usage, average_value, limit, stabilize, sum_series, value,
};
use spillway_solver::ids::WorkloadId;
use spillway_solver::policy::{
    MetricSpec, Policy, ResourceName, ServiceRate, Settings, Target, WorkloadSpec,
};
use spillway_solver::snapshot::{MetricState, Reading, Snapshot};
