//! Why not private, and why not at all: the constraint that keeps each public replica from
//! home ([`spilled()`]) and each desired one from any place ([`unplaced()`]), with its numbers.

mod floors;
mod outlook;
mod spilled;
mod unplaced;

use crate::capacity::Fleet;
use crate::decision::CapRung;

use super::caps::Cap;
use super::fit::Packed;
use super::model::{Counts, Cuts, Demand};
use super::recall::Verdict;

pub(crate) use floors::unmet;
pub(crate) use outlook::Outlook;
pub(crate) use spilled::{Stage, held_back_by, spilled};
pub(crate) use unplaced::unplaced;

/// What an explanation rests on.
pub(crate) struct Facts<'a> {
    pub(crate) demand: &'a Demand,
    pub(crate) counts: &'a Counts,
    pub(crate) cuts: &'a Cuts,
    pub(crate) packed: &'a Packed,
    pub(crate) outlook: Outlook,
    pub(crate) caps: &'a [Cap],
    pub(crate) verdicts: &'a [Verdict],
    /// Nodes per group that the plan keeps or adds.
    pub(crate) nodes: &'a [u32],
}

/// The higher of the rung that runs and the one that the plan reaches.
pub(crate) fn planned_rung(fleet: &Fleet<'_>, cap: &Cap, planned: i64) -> CapRung {
    let burst = fleet.bursts[cap.policy];
    super::caps::rung(burst, planned, cap.allowed, cap.spend_unknown).max(cap.rung)
}
