//! The way home at a constant replica count: optional moves, each of which must pay.
//!
//! A single replica that leaves a public node saves nothing while the node stays, so what is
//! weighed is a node with all that is on it. The node's price for as long as the room at home
//! has lasted so far must exceed what running in both places costs while the move lasts, by
//! the policy's ratio. Dwell, budget and step bind such moves and nothing else.

use std::collections::BTreeMap;

use crate::capacity::Fleet;
use crate::decision::MoveReason;
use crate::memory::Memory;
use crate::policy::{Fill, Tier};
use crate::units::UnixMs;

use super::caps::Cap;
use super::co_placement;
use super::fit::{Leaving, Packed, put};
use super::home::{Rules, evict};
use super::limits::{blocked, cut, homes};
use super::model::{Counts, Cuts, Demand, pinned_down};
use super::restraint::allowance;
use super::roomiest::Roomiest;
use super::way_home::{shift, way_home};

/// A move home that is made, or one that is not and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) workload: usize,
    /// Cluster it leaves.
    pub(crate) from: usize,
    /// Cluster it goes to.
    pub(crate) to: usize,
    /// Replicas moved now; 0 when none.
    pub(crate) replicas: u32,
    pub(crate) reason: MoveReason,
    /// Micro-USD per hour that the whole bundle saves.
    pub(crate) saving: i64,
    /// Micro-USD that moving the whole bundle costs.
    pub(crate) cost: i64,
}

/// What recall needs besides the plan.
pub(crate) struct Context<'a> {
    pub(crate) memory: &'a Memory,
    pub(crate) caps: &'a [Cap],
    pub(crate) demand: &'a Demand,
    pub(crate) cuts: &'a Cuts,
    /// By workload, since when it has had room at home, this tick included.
    pub(crate) room_since: &'a [Option<UnixMs>],
}

/// Moves bundles home that pay; the verdicts are in order of the workloads. `evicted` gets the
/// nodes they leave.
pub(crate) fn recall(
    fleet: &Fleet<'_>,
    cx: &Context<'_>,
    counts: &mut Counts,
    packed: &mut Packed,
    evicted: &mut Vec<Leaving>,
) -> Vec<Verdict> {
    let mut verdicts = co_placement::recall(fleet, cx, counts, packed, evicted);
    let roomiest = Roomiest::of(fleet, &packed.slots);
    let mut left: BTreeMap<usize, u32> = (0..fleet.workloads.len())
        .map(|w| (w, allowance(fleet, cx, counts, w)))
        .collect();
    for slot in candidates(fleet, packed) {
        let bundle = packed.slots[slot].ours.clone();
        let way = way_home(fleet, cx, counts, packed, evicted, &roomiest, slot, &bundle);
        if let Some(reason) = way.refusal {
            verdicts.extend(refusals(
                fleet, packed, slot, &bundle, reason, way.saving, way.cost,
            ));
            continue;
        }
        for (w, home) in way.landing {
            let from = fleet.groups[packed.slots[slot].group].cluster;
            let to = fleet.groups[packed.slots[home].group].cluster;
            let budget = left.entry(w).or_insert(0);
            let go = *budget > 0 && packed.slots[slot].node.is_some();
            if go {
                *budget -= 1;
                relocate(fleet, counts, packed, evicted, w, slot, home);
            }
            note(&mut verdicts, w, from, to, go, way.saving, way.cost);
        }
    }
    verdicts.sort_by_key(|v| v.workload);
    verdicts
}

/// The verdicts on moves of `w`, out of those of [`recall`].
pub(crate) fn of_workload(verdicts: &[Verdict], w: usize) -> &[Verdict] {
    let from = verdicts.partition_point(|v| v.workload < w);
    let until = verdicts.partition_point(|v| v.workload <= w);
    &verdicts[from..until]
}

fn note(
    verdicts: &mut Vec<Verdict>,
    workload: usize,
    from: usize,
    to: usize,
    go: bool,
    saving: i64,
    cost: i64,
) {
    let reason = if go {
        MoveReason::Recall
    } else {
        MoveReason::Step
    };
    let same = |v: &&mut Verdict| {
        v.workload == workload && v.from == from && v.to == to && v.reason == reason
    };
    match verdicts.iter_mut().find(same) {
        Some(v) => v.replicas += u32::from(go),
        None => verdicts.push(Verdict {
            workload,
            from,
            to,
            replicas: u32::from(go),
            reason,
            saving,
            cost,
        }),
    }
}

/// Public nodes that the plan keeps and pays for, in clusters that answer, all of whose replicas of ours run and fill
/// private first: the dearest first, then the emptiest.
fn candidates(fleet: &Fleet<'_>, packed: &Packed) -> Vec<usize> {
    let mut all: Vec<usize> = (0..packed.slots.len())
        .filter(|s| {
            let slot = &packed.slots[*s];
            slot.node.is_some()
                && fleet.tier(slot.group) == Tier::Public
                && !pinned_down(fleet, fleet.groups[slot.group].cluster)
                && fleet.groups[slot.group].elastic()
                && !slot.ours.is_empty()
                && slot
                    .ours
                    .keys()
                    .all(|w| fleet.workloads[*w].fill == Fill::PrivateFirst)
        })
        .collect();
    all.sort_by_key(|s| {
        let slot = &packed.slots[*s];
        let count: u32 = slot.ours.values().sum();
        (-fleet.groups[slot.group].price.0, count, *s)
    });
    all
}

fn refusals<'a>(
    fleet: &'a Fleet<'_>,
    packed: &'a Packed,
    slot: usize,
    bundle: &'a BTreeMap<usize, u32>,
    reason: MoveReason,
    saving: i64,
    cost: i64,
) -> impl Iterator<Item = Verdict> + 'a {
    let from = fleet.groups[packed.slots[slot].group].cluster;
    let to = homes(fleet).next().unwrap_or(from);
    // Of a co-placement group the group's own verdict is said, not a node's.
    let alone = |w: &&usize| fleet.workloads[**w].spec.co_placement.is_none();
    bundle.keys().filter(alone).map(move |w| Verdict {
        workload: *w,
        from,
        to,
        replicas: 0,
        reason,
        saving,
        cost,
    })
}

/// Moves one replica of `w` from a public slot to a home slot.
fn relocate(
    fleet: &Fleet<'_>,
    counts: &mut Counts,
    packed: &mut Packed,
    evicted: &mut Vec<Leaving>,
    w: usize,
    slot: usize,
    home: usize,
) {
    put(fleet, packed, home, w);
    let from = &mut packed.slots[slot];
    let here = from.ours.get(&w).copied().unwrap_or(0);
    if here > 1 {
        from.ours.insert(w, here - 1);
    } else {
        from.ours.remove(&w);
    }
    crate::capacity::add_amounts(&mut from.room, &fleet.workloads[w].request, 1);
    if let Some(node) = from.node {
        let group = from.group;
        evict(evicted, w, node, 1);
        let to = packed.slots[home].group;
        shift(counts, w, group, to);
    }
}

/// Since when each workload with running public replicas has had room at home for one of
/// them, or for all of its co-placement group; `None` where there is none.
pub(crate) fn room_since(
    fleet: &Fleet<'_>,
    memory: &Memory,
    rules: &Rules<'_>,
    counts: &Counts,
    packed: &Packed,
    evicted: &[Leaving],
) -> Vec<Option<UnixMs>> {
    let before = |w: usize| {
        let known = memory.workloads.get(&fleet.workloads[w].spec.id);
        known.and_then(|m| m.room_since_ms)
    };
    let roomiest = Roomiest::of(fleet, &packed.slots);
    let mut since: Vec<Option<UnixMs>> = (0..fleet.workloads.len())
        .map(|w| {
            let from = (0..fleet.groups.len())
                .filter(|g| fleet.tier(*g) == Tier::Public && counts.stay[w][*g] > 0)
                .map(|g| fleet.groups[g].cluster)
                .next()?;
            homes(fleet).find(|c| {
                roomiest.room_for(fleet, *c, w, &packed.slots).is_some()
                    && blocked(fleet, rules.demand, counts, w, from, *c).is_none()
                    && !cut(fleet, counts, rules.cuts, w, *c)
            })?;
            Some(before(w).unwrap_or(fleet.now))
        })
        .collect();
    co_placement::room_since(fleet, rules, counts, evicted, before, &mut since);
    since
}
