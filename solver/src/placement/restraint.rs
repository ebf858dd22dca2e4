//! What holds an optional move back: other pod templates, dwell, caps, payback, budget and step.

use crate::capacity::Fleet;
use crate::decision::{CapRung, MoveReason};
use crate::memory::Memory;
use crate::units::MicroUsdPerHour;

use super::limits::homes;
use super::model::Counts;
use super::recall::Context;

/// Whether the pod templates of two clusters are known and differ.
pub(crate) fn templates_differ(fleet: &Fleet<'_>, w: usize, a: usize, b: usize) -> bool {
    let template = |c: usize| fleet.workloads[w].existing[c].template.as_ref();
    match (template(a), template(b)) {
        (Some(a), Some(b)) => a != b,
        _ => false,
    }
}

/// Why an optional move of `w` as part of a bundle is not made yet: its pause, what is remembered
/// of it, its dwell, its cap, its payback.
pub(crate) fn unmoved(
    fleet: &Fleet<'_>,
    cx: &Context<'_>,
    w: usize,
    saving: i64,
    cost: i64,
) -> Option<MoveReason> {
    let workload = &fleet.workloads[w];
    if workload.spec.pause.moves {
        return Some(MoveReason::Paused);
    }
    let rules = workload.policy.recall;
    let Some(since) = cx.room_since[w] else {
        return Some(MoveReason::Dwell);
    };
    let lasted = fleet.now.since(since);
    if !cx.memory.workloads.contains_key(&workload.spec.id) {
        return Some(MoveReason::MemoryLost);
    }
    if lasted < rules.dwell_ms {
        return Some(MoveReason::Dwell);
    }
    let stopped = cx.caps.iter().any(|cap| {
        fleet.bursts[cap.policy].name == workload.spec.policy
            && cap.rung >= CapRung::NoOptionalMoves
    });
    if stopped {
        return Some(MoveReason::MoneyCap);
    }
    let returns = i128::from(MicroUsdPerHour(saving).over(lasted).0) * 100;
    let pays = saving > 0 && returns >= i128::from(cost) * i128::from(rules.payback_percent);
    (!pays).then_some(MoveReason::Payback)
}

/// Replicas of `w` moved within its window, and what is left of its budget.
pub(crate) fn moved_within_window(fleet: &Fleet<'_>, memory: &Memory, w: usize) -> (u32, u32) {
    let budget = fleet.workloads[w].policy.recall.budget;
    let moved = memory
        .workloads
        .get(&fleet.workloads[w].spec.id)
        .map_or(0, |m| {
            m.moves
                .iter()
                .filter(|r| fleet.now.since(r.at_ms) < budget.window_ms)
                .map(|r| r.replicas)
                .fold(0, u32::saturating_add)
        });
    (moved, budget.moves.saturating_sub(moved))
}

/// How many replicas of `w` may begin to move now: the step less what is under way, within
/// the budget. A move is under way while replicas at home start or the surplus still runs.
pub(super) fn allowance(fleet: &Fleet<'_>, cx: &Context<'_>, counts: &Counts, w: usize) -> u32 {
    let workload = &fleet.workloads[w];
    let starting: u32 = homes(fleet)
        .map(|c| {
            let e = &workload.existing[c];
            e.bound + e.pending + e.asked
        })
        .sum();
    let holding: u32 = workload.holding.iter().sum();
    let surplus = holding.saturating_sub(counts.total(w));
    let step = workload.policy.recall.step.min(workload.spec.move_surge);
    step.saturating_sub(starting.max(surplus))
        .min(moved_within_window(fleet, cx.memory, w).1)
}
