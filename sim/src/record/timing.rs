//! Where the wall-clock time of a run went.

use serde::Serialize;

/// Where the wall-clock time of a run went. Differs from run to run, so it is in no file of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Timing {
    /// Reading the trace and making requests of it, seconds: measured in a sample of the reads.
    pub ingest_s: f64,
    /// Inside the autoscaler, seconds; without the independent check.
    pub decide_s: f64,
    /// Inside the independent check of decisions, seconds.
    pub check_s: f64,
    /// Everything else of the run, seconds.
    pub engine_s: f64,
    /// Events that the engine handled.
    pub events: u64,
    /// Calls of the autoscaler.
    pub decides: u64,
}
