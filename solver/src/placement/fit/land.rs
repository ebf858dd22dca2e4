//! Lands replicas that are on no node yet.

use std::collections::BTreeMap;

use crate::capacity::Fleet;
use crate::policy::Tier;

use super::super::growth::Growth;
use super::super::model::Counts;
use super::leave::{Gone, still_on_nodes};
use super::slots::{Dice, Roomy, open, put, unused};
use super::{Packed, Slot, fixed};

/// Replicas of each workload in cluster `c` that are on no node yet, by group they are planned in.
pub(super) fn landing(
    fleet: &Fleet<'_>,
    counts: &Counts,
    gone: &Gone,
    c: usize,
) -> Vec<(usize, BTreeMap<usize, u32>)> {
    (0..fleet.workloads.len())
        .filter_map(|w| {
            let planned: BTreeMap<usize, u32> = fleet.clusters[c]
                .groups
                .clone()
                .map(|g| (g, unbound(fleet, counts, gone, w, g)))
                .filter(|(_, count)| *count > 0)
                .collect();
            (!planned.is_empty()).then_some((w, planned))
        })
        .collect()
}

/// What became of the replicas that land.
pub(super) struct Landed {
    /// Slot and workload of each that found a place.
    pub(super) on: Vec<(usize, usize)>,
    /// By workload, how many found none.
    pub(super) missing: BTreeMap<usize, u32>,
}

/// Lands replicas in priority order: on nodes of the groups they are planned in, existing ones
/// before new ones, then on any node of the cluster.
pub(super) fn land(
    fleet: &Fleet<'_>,
    c: usize,
    landing: &[(usize, BTreeMap<usize, u32>)],
    dice: Dice,
    growth: &mut Growth<'_>,
    packed: &mut Packed,
) -> Landed {
    let mut order = landing.to_vec();
    order.sort_by_key(|(w, _)| {
        let id = i64::try_from(*w).unwrap_or(i64::MAX);
        (
            std::cmp::Reverse(fleet.workloads[*w].spec.priority),
            if dice.last_workload_first { -id } else { id },
        )
    });
    // Where a node autoscaler buys for certain pods, they are taken to land on what it buys. At home
    // nodes that are there cost nothing more, and the scheduler takes any of them.
    let steered = !fixed(fleet, c) && fleet.clusters[c].spec.tier == Tier::Public;
    let mut landed = Landed {
        on: Vec::new(),
        missing: BTreeMap::new(),
    };
    for (w, mut planned) in order {
        let count = planned.values().sum();
        let mut room = Roomy::of(fleet, c, w, &packed.slots);
        for done in 0..count {
            let given = |g: usize| planned.get(&g).is_some_and(|left| *left > 0);
            // A node that the plan gives up, or that holds none of ours yet, is paid for like a
            // new one.
            let paid = |slot: &Slot| !unused(fleet, slot) || growth.caps_allow(fleet, slot.group);
            let here = |slot: &Slot| !steered || (given(slot.group) && paid(slot));
            let found = room.choose(dice, &packed.slots, here);
            let found = found.or_else(|| {
                let slot = open(fleet, c, w, growth, &mut packed.slots, &given)?;
                room.opened(fleet, slot, &packed.slots);
                Some(slot)
            });
            let paid = |slot: &Slot| !unused(fleet, slot) || growth.caps_allow(fleet, slot.group);
            // A workload whose share of spot is limited keeps off spot nodes it is not given.
            let bound = |g: usize| fleet.bound_to_spot_rule(w, g) && !given(g);
            let open_to_it = |slot: &Slot| !steered || (!bound(slot.group) && paid(slot));
            let slot = found.or_else(|| room.choose(dice, &packed.slots, open_to_it));
            let Some(slot) = slot else {
                landed.missing.insert(w, count - done);
                break;
            };
            let on = &packed.slots[slot];
            if let Some(left) = planned.get_mut(&on.group) {
                *left = left.saturating_sub(1);
            }
            if unused(fleet, on) {
                growth.used(fleet, on.group);
            }
            put(fleet, packed, slot, w);
            room.filled(fleet, slot, &packed.slots);
            landed.on.push((slot, w));
        }
    }
    landed
}

/// Replicas of `w` planned in group `g` that no node holds yet, or not any more: of those that
/// stay, more than are left on nodes without the `gone`.
fn unbound(fleet: &Fleet<'_>, counts: &Counts, gone: &Gone, w: usize, g: usize) -> u32 {
    let left = still_on_nodes(fleet, gone, w, g);
    counts.stay[w][g].saturating_sub(left) + counts.add[w][g]
}
