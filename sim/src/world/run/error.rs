//! Why a run has no record.

use std::io;

use crate::config::ConfigError;
use crate::invariants::Violation;
use crate::trace::TraceError;

/// Why a run has no record.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The world does not fit its policy.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The trace has requests of a workload that the policy does not know.
    #[error(
        "{place}workload: no HybridAutoscaler is called `{name}` (known: {known}); set `traceNames` of the workload in the world file, or --workload where the trace names none"
    )]
    UnknownWorkload {
        /// The trace's file and line, with a colon and a blank; empty where the load has none.
        place: String,
        /// What the trace calls it.
        name: String,
        /// What it could have been called.
        known: String,
    },
    /// A decision could not be stored.
    #[error("the decisions cannot be written: {0}")]
    Sink(#[from] io::Error),
    /// Something happened that must never happen.
    #[error("{0}; please report it with its input")]
    Violation(#[from] Violation),
}
