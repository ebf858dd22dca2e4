//! What the answer needs of each decision of a run.

use std::collections::BTreeMap;
use std::io;

use spillway_solver::decision::Decision;
use spillway_solver::ids::WorkloadId;
use spillway_solver::snapshot::Snapshot;
use spillway_solver::units::{MicroUsdPerHour, UnixMs};

use spillway_records::{DecisionSink, DecisionsHeader};

/// A [`DecisionSink`] that keeps a few numbers of each tick.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    pub(super) ticks: Vec<Watched>,
}

/// What one tick decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Watched {
    pub(super) at_ms: UnixMs,
    /// Replicas wanted in all.
    pub(super) desired: BTreeMap<WorkloadId, u32>,
    /// Those of them without a place.
    pub(super) unplaced: u32,
    /// What the plan costs from then on.
    pub(super) paid: MicroUsdPerHour,
}

impl DecisionSink for Watch {
    fn begin(&mut self, _header: &DecisionsHeader) -> io::Result<()> {
        Ok(())
    }

    fn tick(&mut self, snapshot: &Snapshot, decision: &Decision) -> io::Result<()> {
        let plans = &decision.plan.workloads;
        self.ticks.push(Watched {
            at_ms: snapshot.now_ms,
            desired: plans
                .iter()
                .map(|plan| (plan.id.clone(), plan.desired))
                .collect(),
            unplaced: plans.iter().map(|plan| plan.unplaced).sum(),
            paid: decision.rationale.money.paid(),
        });
        Ok(())
    }
}
