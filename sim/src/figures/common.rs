//! What a run and a workload have in common, and quotients of it.

use crate::record::{
    Churn, Elasticity, ForecastErrors, ObjectiveKept, Quantiles, ReplicaTime, Requests, Summary,
    WorkloadSummary,
};
use crate::report::units::approx;

/// The totals that a run and each of its workloads have.
pub(super) struct Common<'a> {
    pub(super) requests: &'a Requests,
    pub(super) objective: &'a ObjectiveKept,
    pub(super) delay: &'a Quantiles,
    pub(super) sojourn: &'a Quantiles,
    pub(super) time: &'a ReplicaTime,
    pub(super) elasticity: &'a Elasticity,
    pub(super) churn: &'a Churn,
    pub(super) reaction: &'a Quantiles,
    pub(super) recovery: &'a Quantiles,
    pub(super) forecast: Option<&'a ForecastErrors>,
}

macro_rules! common {
    ($of:ty) => {
        impl<'a> From<&'a $of> for Common<'a> {
            fn from(of: &'a $of) -> Self {
                Self {
                    requests: &of.requests,
                    objective: &of.objective,
                    delay: &of.queue_delay,
                    sojourn: &of.sojourn,
                    time: &of.replica_time,
                    elasticity: &of.elasticity,
                    churn: &of.churn,
                    reaction: &of.reaction,
                    recovery: &of.recovery,
                    forecast: of.forecast.as_ref(),
                }
            }
        }
    };
}

common!(Summary);
common!(WorkloadSummary);

pub(super) const HOUR_MS: f64 = 3_600_000.0;

/// Percent; `None` of nothing.
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| 100.0 * approx(part) / approx(whole))
}

/// A quantile in seconds; `None` of no values.
pub(super) fn seconds(quantiles: &Quantiles, micros: u64) -> Option<f64> {
    (quantiles.count > 0).then(|| approx(micros) / 1e6)
}
