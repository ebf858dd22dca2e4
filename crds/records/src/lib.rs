//! Recorded decisions (`decisions.jsonl`): every tick of a run, so that it can be read, searched and decided again.
//!
//! The controller and the simulator write the same, so that what happened in production is decided again offline.
//!
//! One JSON object a line:
//!
//! 1. the header: policy, versions and the memory before the first tick ([`DecisionsHeader`]);
//! 2. then one line a tick, in one of two forms: `full` with the whole snapshot and decision, for the first
//!    tick and for every tick that writes a target; `quiet` for the rest, with what changed in the snapshot since the
//!    line before and a digest of the decision.
//!
//! 3. the end: how many ticks there are and a digest of all lines (`end`), so that a file that is cut off or was altered is
//!    known from a whole one.
//!
//! So `jq 'select(.full)'` shows all that was done, the file stays small over the many ticks in which nothing is done,
//! and each tick can still be recomputed and compared byte for byte ([`replay()`]).

mod cut_off;
mod digest;
mod edits;
mod header;
mod reader;
mod replay;
mod writer;

use serde::{Deserialize, Serialize};
use spillway_solver::decision::Decision;
use spillway_solver::snapshot::Snapshot;

pub use cut_off::{Ended, end_cut_off};
pub use digest::Digest;
pub use edits::Edit;
pub use header::{DecisionSink, DecisionsHeader, DecisionsVersion};
pub use reader::{DecisionsReader, ReadError, Recorded, Tick};
pub use replay::{Mismatch, ReplayError, Replayed, differences, replay};
pub use writer::DecisionsWriter;

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    /// What stands before the ticks; the first line and no other.
    Header(Box<DecisionsHeader>),
    /// A tick with all that belongs to it.
    Full(Box<FullTick>),
    /// A tick that wrote nothing.
    Quiet(QuietTick),
    /// What stands after the ticks; the last line and no other.
    End(End),
}

/// What stands after the ticks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct End {
    /// How many there are.
    ticks: u64,
    /// Of all lines before this one.
    digest: Digest,
}

/// A tick with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FullTick {
    snapshot: Snapshot,
    decision: Decision,
}

/// A tick that wrote nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct QuietTick {
    /// From the snapshot of the line before to this one's.
    edits: Vec<Edit>,
    /// Of the decision's JSON.
    digest: Digest,
}
