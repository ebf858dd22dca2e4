//! What each tick changed and why, small enough to keep for a whole run and put into a report.

use std::collections::BTreeSet;
use std::io;

use spillway_solver::decision::{
    Decision, MoveReason, ScalingReason, SpillReason, UnplacedReason, WorkloadPlan,
    WorkloadRationale,
};
use spillway_solver::ids::{ClusterId, WorkloadId};
use spillway_solver::snapshot::Snapshot;
use spillway_solver::units::{MicroUsdPerHour, UnixMs};

use spillway_records::{DecisionSink, DecisionsHeader};

/// A change of one workload's targets in one tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The tick's time.
    pub at_ms: UnixMs,
    /// Whose.
    pub workload: WorkloadId,
    /// The targets written, in the order of the writes.
    pub clusters: Vec<ClusterChange>,
    /// Desired replicas without a place.
    pub unplaced: u32,
    /// Each reason once, in the order of the decision: count, place, what has none, moves.
    pub why: Vec<Why>,
    /// What the whole plan costs from then on.
    pub cost: MicroUsdPerHour,
}

/// A target that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterChange {
    /// Where.
    pub cluster: ClusterId,
    /// `spec.replicas` before.
    pub from: u32,
    /// `spec.replicas` after.
    pub to: u32,
}

/// A reason with its numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Why {
    /// The reason.
    pub code: Code,
    /// Its numbers in words; may be empty.
    pub detail: String,
}

/// A reason's stable code and what it is the reason of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// Of the count.
    Scaling(ScalingReason),
    /// Of a public replica.
    Spill(SpillReason),
    /// Of a replica without a place.
    Unplaced(UnplacedReason),
    /// Of a move, made or not.
    Move(MoveReason),
}

impl Code {
    /// The code as it is written everywhere.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scaling(reason) => reason.as_str(),
            Self::Spill(reason) => reason.as_str(),
            Self::Unplaced(reason) => reason.as_str(),
            Self::Move(reason) => reason.as_str(),
        }
    }
}

impl Change {
    /// Replicas added plus replicas removed.
    #[must_use]
    pub fn size(&self) -> u64 {
        let one = |change: &ClusterChange| u64::from(change.from.abs_diff(change.to));
        self.clusters.iter().map(one).sum()
    }
}

/// A [`DecisionSink`] that keeps the changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeLog {
    /// In the order of the ticks.
    pub changes: Vec<Change>,
}

impl DecisionSink for ChangeLog {
    fn begin(&mut self, _header: &DecisionsHeader) -> io::Result<()> {
        Ok(())
    }

    fn tick(&mut self, snapshot: &Snapshot, decision: &Decision) -> io::Result<()> {
        let plans = decision.plan.workloads.iter();
        self.changes
            .extend(plans.filter_map(|plan| change(snapshot, decision, plan)));
        Ok(())
    }
}

fn change(snapshot: &Snapshot, decision: &Decision, plan: &WorkloadPlan) -> Option<Change> {
    let steps = decision.plan.steps.iter();
    let clusters: Vec<ClusterChange> = steps
        .filter(|step| step.workload == plan.id)
        .map(|step| ClusterChange {
            cluster: step.cluster.clone(),
            from: step.from,
            to: step.to,
        })
        .collect();
    let mut rationales = decision.rationale.workloads.iter();
    (!clusters.is_empty()).then(|| Change {
        at_ms: snapshot.now_ms,
        workload: plan.id.clone(),
        clusters,
        unplaced: plan.unplaced,
        why: rationales
            .find(|rationale| rationale.id == plan.id)
            .map(why_of)
            .unwrap_or_default(),
        cost: decision.rationale.money.paid(),
    })
}

/// Each reason of a decision once, in its order: count, place, what has none, moves.
#[must_use]
pub fn why_of(rationale: &WorkloadRationale) -> Vec<Why> {
    let why = |code: Code, detail: String| Why { code, detail };
    let scaling = rationale.scaling.iter().map(|step| {
        why(
            Code::Scaling(step.reason),
            format!("{} → {}", step.from, step.to),
        )
    });
    let spilled = rationale.spilled.iter().map(|spilled| {
        let detail = format!(
            "{} in {}: {}",
            spilled.replicas, spilled.cluster, spilled.detail
        );
        why(Code::Spill(spilled.reason), detail)
    });
    let unplaced = rationale.unplaced.iter().map(|unplaced| {
        let detail = format!("{} without a place: {}", unplaced.replicas, unplaced.detail);
        why(Code::Unplaced(unplaced.reason), detail)
    });
    let moves = rationale.moves.iter().map(|moved| {
        let detail = format!("{} of {} to {}", moved.replicas, moved.from, moved.to);
        why(Code::Move(moved.reason), detail)
    });
    let mut seen = BTreeSet::new();
    scaling
        .chain(spilled)
        .chain(unplaced)
        .chain(moves)
        .filter(|why| seen.insert(why.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use spillway_solver::decision::{
        Plan, Rationale, ScalingReason, ScalingStep, SpillReason, Spilled, Step, StepKind,
    };

    use super::*;

    fn grown() -> Decision {
        let step = |cluster: &str, from, to| Step {
            workload: "shop/web".into(),
            cluster: cluster.into(),
            kind: StepKind::Add,
            from,
            to,
            reason: None,
        };
        let plan = |id: &str| WorkloadPlan {
            id: id.into(),
            ..WorkloadPlan::default()
        };
        Decision {
            plan: Plan {
                workloads: vec![plan("shop/idle"), plan("shop/web")],
                steps: vec![step("dc", 4, 6), step("eks", 0, 1)],
                ..Plan::default()
            },
            rationale: Rationale {
                workloads: vec![WorkloadRationale {
                    id: "shop/web".into(),
                    scaling: vec![ScalingStep {
                        reason: ScalingReason::QueueDrain,
                        from: 4,
                        to: 7,
                    }],
                    spilled: vec![Spilled {
                        cluster: "eks".into(),
                        replicas: 1,
                        reason: SpillReason::NoRoom,
                        detail: "no node has 2 cores free".into(),
                    }],
                    ..WorkloadRationale::default()
                }],
                ..Rationale::default()
            },
            ..Decision::default()
        }
    }

    #[test]
    fn a_tick_leaves_a_change_for_each_workload_it_wrote_and_for_no_other() {
        let mut log = ChangeLog::default();
        let snapshot = Snapshot::default();
        log.tick(&snapshot, &grown()).expect("kept in memory");
        log.tick(&snapshot, &Decision::default())
            .expect("kept in memory");
        let [change] = log.changes.as_slice() else {
            panic!("one change expected: {:?}", log.changes);
        };
        assert_eq!(change.workload, WorkloadId::from("shop/web"));
        assert_eq!(change.size(), 3);
        let why: Vec<String> = change
            .why
            .iter()
            .map(|why| format!("{} {}", why.code.as_str(), why.detail))
            .collect();
        assert_eq!(
            why,
            [
                "QueueDrain 4 → 7",
                "NoRoom 1 in eks: no node has 2 cores free"
            ]
        );
    }
}
