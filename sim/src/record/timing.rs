//! Where the wall-clock time of a run went.

/// Where the wall-clock time of a run went.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timing {
    /// Reading and scaling the trace, seconds.
    pub ingest_s: f64,
    /// Inside the decision core, seconds.
    pub decide_s: f64,
    /// Everything else of the run, seconds.
    pub engine_s: f64,
    /// Events that the engine handled.
    pub events: u64,
    /// Calls of the decision core.
    pub decides: u64,
}
