//! Takes replicas that leave off their nodes.

use std::collections::BTreeMap;

use crate::capacity::{Fleet, add_amounts};

use super::super::model::Counts;
use super::{Leaving, Packed};

/// Takes replicas that do not stay off their nodes: the named ones, then in groups that shrink
/// from the node with the fewest, so that nodes become empty, elsewhere from the fullest.
pub(super) fn remove(
    fleet: &Fleet<'_>,
    counts: &Counts,
    evicted: &[Leaving],
    gone: &Gone,
    groups: &(impl Iterator<Item = usize> + Clone),
    packed: &mut Packed,
) {
    for e in evicted {
        take_off(fleet, packed, e.node, e.workload, e.replicas);
    }
    for w in 0..fleet.workloads.len() {
        for g in groups.clone() {
            let on_nodes = still_on_nodes(fleet, gone, w, g);
            let mut leave = on_nodes.saturating_sub(counts.stay[w][g]);
            if leave == 0 {
                continue;
            }
            // What leaves one node changes no other's place in the order.
            let on = fleet.groups[g].nodes.iter().filter_map(|n| {
                let ours = &packed.slots[*n].ours;
                let here = *ours.get(&w)?;
                let total: i64 = ours.values().map(|count| i64::from(*count)).sum();
                let order = if fleet.groups[g].elastic() {
                    total
                } else {
                    -total
                };
                Some((order, *n, here))
            });
            let mut on: Vec<_> = on.collect();
            on.sort_unstable();
            for (_, n, here) in on {
                let here = here.min(leave);
                take_off(fleet, packed, n, w, here);
                leave -= here;
            }
        }
    }
}

/// By (workload, group), how many replicas `evicted` takes off nodes.
pub(crate) type Gone = BTreeMap<(usize, usize), u32>;

pub(crate) fn gone(fleet: &Fleet<'_>, evicted: &[Leaving]) -> Gone {
    let mut gone = Gone::new();
    for e in evicted {
        let node = &fleet.nodes[e.node];
        let here = node.ours.get(&e.workload).copied().unwrap_or(0);
        *gone.entry((e.workload, node.group)).or_insert(0) += e.replicas.min(here);
    }
    gone
}

/// Replicas of `w` that nodes of group `g` hold, without the `gone`.
pub(crate) fn still_on_nodes(fleet: &Fleet<'_>, gone: &Gone, w: usize, g: usize) -> u32 {
    let on_nodes = fleet.workloads[w].on_nodes[g];
    // Most hold none in most groups: that spares the look-up.
    if on_nodes == 0 {
        return 0;
    }
    on_nodes.saturating_sub(gone.get(&(w, g)).copied().unwrap_or(0))
}

fn take_off(fleet: &Fleet<'_>, packed: &mut Packed, node: usize, w: usize, replicas: u32) {
    let slot = &mut packed.slots[node];
    let here = slot.ours.get(&w).copied().unwrap_or(0);
    let replicas = replicas.min(here);
    if replicas == 0 {
        return;
    }
    if here == replicas {
        slot.ours.remove(&w);
    } else {
        slot.ours.insert(w, here - replicas);
    }
    add_amounts(
        &mut slot.room,
        &fleet.workloads[w].request,
        i64::from(replicas),
    );
    packed.leaving.push(Leaving {
        workload: w,
        node,
        replicas,
    });
}
