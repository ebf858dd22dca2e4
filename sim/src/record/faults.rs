//! What the faults of a world did in a run.

use serde::{Deserialize, Serialize};
use spillway_solver::units::UnixMs;

/// A fault of the world and what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppliedFault {
    /// Its kind, as in the world file.
    pub kind: String,
    /// What it strikes.
    pub target: String,
    /// How often it began.
    pub times: u64,
    /// Nodes taken, pods crashed or orders refused by it.
    pub struck: u64,
    /// Each time that it ran.
    pub spans: Vec<FaultSpan>,
}

/// A time in which a fault ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FaultSpan {
    /// When it began.
    pub from_ms: UnixMs,
    /// When it ended, the same instant where it was over at once; absent when it ran at the horizon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<UnixMs>,
}
