//! Where a bundle would go at home: all that is on one public node, each replica to a slot, so that
//! it certainly fits; and what that saves and costs.

use std::collections::BTreeMap;

use crate::capacity::Fleet;
use crate::decision::MoveReason;
use crate::units::{MicroUsdPerHour, Millis};

use super::fit::{Leaving, Packed, Slot, lift, pack, put};
use super::home::evict;
use super::input::unfit;
use super::limits::{blocked, cut, homes};
use super::model::Counts;
use super::recall::Context;
use super::restraint::{moved_within_window, templates_differ, unmoved};
use super::roomiest::Roomiest;

/// Where a bundle would go, and why it does not.
pub(super) struct Way {
    /// The home slot of each replica.
    pub(super) landing: Vec<(usize, usize)>,
    pub(super) refusal: Option<MoveReason>,
    pub(super) saving: i64,
    pub(super) cost: i64,
}

/// The first way home on which a bundle certainly fits: each replica in the first home that has
/// room, else all in one of them.
#[expect(
    clippy::too_many_arguments,
    reason = "one stage of `recall`, on its state"
)]
pub(super) fn way_home(
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

/// Moves one replica of `w` in the plan.
pub(super) fn shift(counts: &mut Counts, w: usize, from: usize, to: usize) {
    if counts.stay[w][from] > 0 {
        counts.stay[w][from] -= 1;
    } else {
        counts.add[w][from] = counts.add[w][from].saturating_sub(1);
    }
    counts.add[w][to] += 1;
}
