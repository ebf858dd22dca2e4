//! The way home at a constant replica count: optional moves, each of which must pay.
//!
//! A single replica that leaves a public node saves nothing while the node stays, so what is
//! weighed is a node with all that is on it. The node's price for as long as the room at home
//! has lasted so far must exceed what running in both places costs while the move lasts, by
//! the policy's ratio. Dwell, budget and step bind here and nowhere else.

use std::collections::BTreeMap;

use crate::capacity::Fleet;
use crate::decision::{CapRung, MoveReason};
use crate::memory::Memory;
use crate::policy::{Fill, Tier};
use crate::units::{MicroUsdPerHour, Millis, UnixMs};

use super::caps::Cap;
use super::co_placement;
use super::fit::{Leaving, Packed, Slot, lift, pack, put};
use super::home::{Rules, evict};
use super::input::unfit;
use super::limits::{blocked, cut, homes};
use super::model::{Counts, Cuts, Demand, pinned_down};
use super::roomiest::Roomiest;

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

/// Where a bundle would go, and why it does not.
struct Way {
    /// The home slot of each replica.
    landing: Vec<(usize, usize)>,
    refusal: Option<MoveReason>,
    saving: i64,
    cost: i64,
}

/// The first way home on which a bundle certainly fits: each replica in the first home that has
/// room, else all in one of them.
#[expect(
    clippy::too_many_arguments,
    reason = "one stage of `recall`, on its state"
)]
fn way_home(
    fleet: &Fleet<'_>,
    cx: &Context<'_>,
    counts: &mut Counts,
    packed: &mut Packed,
    evicted: &[Leaving],
    roomiest: &Roomiest,
    slot: usize,
    bundle: &BTreeMap<usize, u32>,
) -> Way {
    let all: Vec<usize> = homes(fleet).collect();
    let each = all.chunks(1).filter(|_| all.len() > 1);
    let mut best = Way {
        landing: Vec::new(),
        refusal: Some(MoveReason::NoRoom),
        saving: 0,
        cost: 0,
    };
    for among in std::iter::once(&all[..]).chain(each) {
        let found = landing(fleet, cx, counts, packed, roomiest, slot, bundle, among);
        let Some(landing) = found else {
            continue;
        };
        let (saving, cost) = worth(fleet, packed, slot, &landing);
        let refusal =
            refused(fleet, cx, counts, bundle, slot, packed, saving, cost).or_else(|| {
                let certain = certainly_fits(fleet, cx, counts, evicted, packed, slot, &landing);
                (!certain).then_some(MoveReason::NoRoom)
            });
        best = Way {
            landing,
            refusal,
            saving,
            cost,
        };
        if best.refusal != Some(MoveReason::NoRoom) {
            break;
        }
    }
    best
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

/// Whether the whole bundle finds nodes at home in every order that the scheduler may take.
fn certainly_fits(
    fleet: &Fleet<'_>,
    cx: &Context<'_>,
    counts: &Counts,
    evicted: &[Leaving],
    packed: &Packed,
    slot: usize,
    landing: &[(usize, usize)],
) -> bool {
    let mut leaving = evicted.to_vec();
    let mut moved = counts.clone();
    let from = &packed.slots[slot];
    for (w, home) in landing {
        shift(&mut moved, *w, from.group, packed.slots[*home].group);
        if let Some(node) = from.node {
            evict(&mut leaving, *w, node, 1);
        }
    }
    let then = pack(fleet, cx.caps, &moved, &leaving);
    unfit(fleet, cx.cuts, &moved, &then).is_empty()
}

/// The home slots of a whole bundle `among` homes, one entry a replica; `None` when it does not all
/// fit. What it tries on `counts` and `packed` it takes back: copies of a large fleet cost more.
#[expect(
    clippy::too_many_arguments,
    reason = "one stage of `recall`, on its state"
)]
fn landing(
    fleet: &Fleet<'_>,
    cx: &Context<'_>,
    counts: &mut Counts,
    packed: &mut Packed,
    roomiest: &Roomiest,
    slot: usize,
    bundle: &BTreeMap<usize, u32>,
    among: &[usize],
) -> Option<Vec<(usize, usize)>> {
    let group = packed.slots[slot].group;
    let from = fleet.groups[group].cluster;
    let home_of = |w: usize, counts: &Counts, slots: &[Slot]| {
        among.iter().find_map(|c| {
            let c = *c;
            let home = roomiest.room_for(fleet, c, w, slots)?;
            let open = blocked(fleet, cx.demand, counts, w, from, c).is_none()
                && !cut(fleet, counts, cx.cuts, w, c)
                && !templates_differ(fleet, w, from, c);
            open.then_some(home)
        })
    };
    // Home is full as a rule: a look at one replica each spares the trial.
    for w in bundle.keys() {
        home_of(*w, counts, &packed.slots)?;
    }
    let before: Vec<_> = bundle
        .keys()
        .map(|w| (*w, counts.stay[*w].to_vec(), counts.add[*w].to_vec()))
        .collect();
    let mut landing = Vec::new();
    // The order in which the scheduler takes them.
    let mut queue: Vec<usize> = bundle.keys().copied().collect();
    queue.sort_by_key(|w| (std::cmp::Reverse(fleet.workloads[*w].spec.priority), *w));
    let mut each = queue.iter().flat_map(|w| (0..bundle[w]).map(move |_| *w));
    let all = each.all(|w| {
        let home = home_of(w, counts, &packed.slots);
        if let Some(home) = home {
            put(fleet, packed, home, w);
            shift(counts, w, group, packed.slots[home].group);
            landing.push((w, home));
        }
        home.is_some()
    });
    for (w, home) in &landing {
        lift(fleet, packed, *home, *w);
    }
    for (w, stay, add) in before {
        counts.stay[w].copy_from_slice(&stay);
        counts.add[w].copy_from_slice(&add);
    }
    all.then_some(landing)
}

/// Whether the pod templates of two clusters are known and differ.
pub(crate) fn templates_differ(fleet: &Fleet<'_>, w: usize, a: usize, b: usize) -> bool {
    let template = |c: usize| fleet.workloads[w].existing[c].template.as_ref();
    match (template(a), template(b)) {
        (Some(a), Some(b)) => a != b,
        _ => false,
    }
}

fn shift(counts: &mut Counts, w: usize, from: usize, to: usize) {
    if counts.stay[w][from] > 0 {
        counts.stay[w][from] -= 1;
    } else {
        counts.add[w][from] = counts.add[w][from].saturating_sub(1);
    }
    counts.add[w][to] += 1;
}

/// What moving a whole bundle saves per hour, and what it costs once: both places are paid
/// while the replicas at home start.
fn worth(
    fleet: &Fleet<'_>,
    packed: &Packed,
    slot: usize,
    landing: &[(usize, usize)],
) -> (i64, i64) {
    let group = packed.slots[slot].group;
    let price = fleet.groups[group].price;
    let away = fleet.groups[group].cluster;
    let mut saving = price.0;
    let mut double = price.0;
    let mut overlap = Millis(0);
    for (w, home) in landing {
        let to = packed.slots[*home].group;
        let costs = &fleet.workloads[*w].running_cost;
        let at_home = costs[fleet.groups[to].cluster].weighed;
        saving += costs[away].weighed - at_home;
        double += at_home;
        overlap = overlap.max(fleet.groups[to].boot.p95_ms);
    }
    (saving, MicroUsdPerHour(double).over(overlap).0)
}

/// Why a bundle that fits does not move; `None` when it does.
#[expect(clippy::too_many_arguments, reason = "the numbers a verdict rests on")]
fn refused(
    fleet: &Fleet<'_>,
    cx: &Context<'_>,
    counts: &Counts,
    bundle: &BTreeMap<usize, u32>,
    slot: usize,
    packed: &Packed,
    saving: i64,
    cost: i64,
) -> Option<MoveReason> {
    for w in bundle.keys() {
        if let Some(reason) = unmoved(fleet, cx, *w, saving, cost) {
            return Some(reason);
        }
        let group = packed.slots[slot].group;
        if counts.stay[*w][group] == 0 {
            return Some(MoveReason::Step);
        }
    }
    let spent = bundle
        .keys()
        .any(|w| moved_within_window(fleet, cx.memory, *w).1 == 0);
    spent.then_some(MoveReason::ChurnBudget)
}

/// Why an optional move of `w` as part of a bundle is not made yet: what is remembered of it,
/// its dwell, its cap, its payback.
pub(crate) fn unmoved(
    fleet: &Fleet<'_>,
    cx: &Context<'_>,
    w: usize,
    saving: i64,
    cost: i64,
) -> Option<MoveReason> {
    let workload = &fleet.workloads[w];
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
fn allowance(fleet: &Fleet<'_>, cx: &Context<'_>, counts: &Counts, w: usize) -> u32 {
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
