//! What an autoscaler expects of the load, said so that it can be judged afterwards.

use spillway_solver::ids::WorkloadId;
use spillway_solver::units::UnixMs;

/// A forecast of one workload's load. It holds until its end or until the next one begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Whose load.
    pub workload: WorkloadId,
    /// From when on.
    pub from: UnixMs,
    /// Until when.
    pub until: UnixMs,
    /// What of the load in that time is meant.
    pub expected: Expected,
    /// Replicas that keep up with it, by the workload's own targets.
    pub replicas: f64,
}

/// Which figure of a time's loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Their mean.
    Mean,
    /// The load that so many percent of them do not exceed, by nearest rank; 100 is the largest.
    Percentile(u8),
}
