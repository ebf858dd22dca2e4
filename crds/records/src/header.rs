//! Where decisions go as they are made: a month of snapshots does not fit in memory.

use std::io;

use serde::{Deserialize, Serialize};
use spillway_solver::bound::Horizon;
use spillway_solver::decision::{Decision, Versions};
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

/// The version of the format of recorded decisions. The first had no version and no last line, so that a file that was
/// cut off looked whole; it is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DecisionsVersion {
    /// The second.
    #[default]
    #[serde(rename = "v1alpha2")]
    V1Alpha2,
}

/// What stands before the ticks: all that, with the snapshots, decides what follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DecisionsHeader {
    /// Version of the file's format.
    pub schema_version: DecisionsVersion,
    /// How reports call the run.
    pub name: String,
    /// What made the decisions; only those of `spillway` can be replayed by the decision core.
    pub autoscaler: String,
    /// What computed them.
    pub versions: Versions,
    /// The policy of every tick.
    pub policy: Policy,
    /// The memory before the first tick. Before each later tick it is the decision's before.
    pub memory: Memory,
}

/// Takes each tick's decision as it is made.
pub trait DecisionSink {
    /// Called once, before the first tick.
    ///
    /// # Errors
    ///
    /// When it cannot be stored; the run ends.
    fn begin(&mut self, header: &DecisionsHeader) -> io::Result<()>;

    /// Called for each tick in order. The memory that `decision` was made with is that of the tick before, or the
    /// header's.
    ///
    /// # Errors
    ///
    /// When it cannot be stored; the run ends.
    fn tick(&mut self, snapshot: &Snapshot, decision: &Decision) -> io::Result<()>;

    /// Called once, after the last tick, with the work that was done as the least possible cost takes it.
    fn judged(&mut self, _work: &Horizon) {}
}

/// Takes no notice.
impl DecisionSink for () {
    fn begin(&mut self, _header: &DecisionsHeader) -> io::Result<()> {
        Ok(())
    }

    fn tick(&mut self, _snapshot: &Snapshot, _decision: &Decision) -> io::Result<()> {
        Ok(())
    }
}

/// Hands everything to both, first to the first.
impl<A: DecisionSink, B: DecisionSink> DecisionSink for (A, B) {
    fn begin(&mut self, header: &DecisionsHeader) -> io::Result<()> {
        self.0.begin(header)?;
        self.1.begin(header)
    }

    fn tick(&mut self, snapshot: &Snapshot, decision: &Decision) -> io::Result<()> {
        self.0.tick(snapshot, decision)?;
        self.1.tick(snapshot, decision)
    }
}
