//! Predicts on which nodes replicas land: the scheduler's choice, not ours.
//!
//! What is modelled: requests, readiness to take pods, selectors and taints (as eligibility),
//! priority order, and the `LeastAllocated` or `MostAllocated` score over cpu and memory. Ties
//! and the order among equals are the scheduler's dice, so a fit counts only if it holds for
//! every one of four orders. Preemption, affinity and topology spread are not modelled: such a
//! workload is marked (`unmodelled`), and placed one replica at a time. The mark is for a host that
//! reads pod templates, a controller; the conversion of the API objects cannot know it and sets
//! none.

mod land;
mod leave;
mod slots;

use std::collections::BTreeMap;

use crate::capacity::{Condition, Fleet};

use super::caps::Cap;
use super::grid::Grid;
use super::growth::Growth;
use super::model::Counts;

pub(super) use leave::{gone, still_on_nodes};
pub(crate) use slots::{Slot, lift, open_to, put, put_in, room_for};

use land::{land, landing};
use leave::remove;
use slots::{CANONICAL, OTHERS};

/// Replicas leaving a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaving {
    pub(crate) workload: usize,
    pub(crate) node: usize,
    pub(crate) replicas: u32,
}

/// Everything on nodes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packed {
    pub(crate) slots: Vec<Slot>,
    /// Which replicas leave which nodes.
    pub(crate) leaving: Vec<Leaving>,
    /// By (workload, cluster): replicas that find no node in some order.
    pub(crate) missing: BTreeMap<(usize, usize), u32>,
    /// By (workload, cluster): replicas that find no node in the canonical order.
    pub(crate) missing_canonically: BTreeMap<(usize, usize), u32>,
    /// By (workload, group): where replicas landed.
    pub(crate) landed: BTreeMap<(usize, usize), u32>,
}

/// Predicts where `counts` lands. `evicted` names replicas that leave a certain node.
pub(crate) fn pack(
    fleet: &Fleet<'_>,
    caps: &[Cap],
    counts: &Counts,
    evicted: &[Leaving],
) -> Packed {
    pack_in(fleet, caps, counts, evicted, 0..fleet.clusters.len())
}

/// The same for `clusters` alone, to ask about one of them; the others stay as they are.
pub(crate) fn pack_in(
    fleet: &Fleet<'_>,
    caps: &[Cap],
    counts: &Counts,
    evicted: &[Leaving],
    clusters: std::ops::Range<usize>,
) -> Packed {
    let mut packed = Packed {
        slots: slots(fleet),
        ..Packed::default()
    };
    let groups = clusters
        .clone()
        .flat_map(|c| fleet.clusters[c].groups.clone());
    let gone = gone(fleet, evicted);
    remove(fleet, counts, evicted, &gone, &groups, &mut packed);
    let mut growth = Growth::new(fleet, caps, counts, &packed);
    let mut other = Packed::default();
    let mut adverse: BTreeMap<(usize, usize), u32> = BTreeMap::new();
    for c in clusters {
        let cluster = &fleet.clusters[c];
        // Of a cluster that is closed nothing is known that would judge what pends there.
        if cluster.condition != Condition::Usable {
            continue;
        }
        let landing = landing(fleet, counts, &gone, c);
        if landing.is_empty() {
            continue;
        }
        if fixed(fleet, c) {
            // Nothing has landed in this cluster yet, and what does is taken off again.
            if other.slots.is_empty() {
                other.slots.clone_from(&packed.slots);
            }
            for dice in OTHERS {
                let landed = land(fleet, c, &landing, dice, &mut growth, &mut other);
                merge(&mut adverse, c, landed.missing);
                for (slot, w) in landed.on {
                    lift(fleet, &mut other, slot, w);
                }
            }
        }
        let landed = land(fleet, c, &landing, CANONICAL, &mut growth, &mut packed);
        merge(&mut packed.missing_canonically, c, landed.missing.clone());
        merge(&mut adverse, c, landed.missing);
    }
    packed.missing = adverse;
    packed
}

/// Whether nobody adds nodes to a cluster, so that what does not fit now does not fit.
pub(crate) fn fixed(fleet: &Fleet<'_>, cluster: usize) -> bool {
    !fleet.clusters[cluster]
        .groups
        .clone()
        .any(|g| fleet.groups[g].elastic())
}

fn merge(all: &mut BTreeMap<(usize, usize), u32>, cluster: usize, missing: BTreeMap<usize, u32>) {
    for (w, count) in missing {
        let worst = all.entry((w, cluster)).or_insert(0);
        *worst = (*worst).max(count);
    }
}

/// Existing nodes with what is on them.
fn slots(fleet: &Fleet<'_>) -> Vec<Slot> {
    fleet
        .nodes
        .iter()
        .enumerate()
        .map(|(n, node)| Slot {
            group: node.group,
            node: Some(n),
            room: node.room.clone(),
            allocatable: node.allocatable.clone(),
            usable: node.usable
                && fleet.clusters[fleet.groups[node.group].cluster].condition == Condition::Usable,
            ours: node.ours.clone(),
        })
        .collect()
}

impl Packed {
    /// By workload and group, where the replicas of `counts` are predicted: on the nodes that
    /// the scheduler takes, which may be another group's than the one they were planned for.
    pub(crate) fn groups(&self, fleet: &Fleet<'_>, counts: &Counts) -> Grid<u32> {
        let planned = |w: usize, g: usize| counts.stay[w][g] + counts.add[w][g];
        let mut here = counts.stay.map(|_| 0);
        for slot in &self.slots {
            for (w, count) in &slot.ours {
                here[*w][slot.group] += count;
            }
        }
        for w in 0..fleet.workloads.len() {
            let here = &mut here[w];
            for (c, cluster) in fleet.clusters.iter().enumerate() {
                let closed = cluster.condition != Condition::Usable;
                for g in cluster.groups.clone().filter(|_| closed) {
                    here[g] = planned(w, g);
                }
                let found: u32 = cluster.groups.clone().map(|g| here[g]).sum();
                let mut rest = counts.in_cluster(fleet, w, c).saturating_sub(found);
                for g in cluster.groups.clone() {
                    let more = planned(w, g).saturating_sub(here[g]).min(rest);
                    here[g] += more;
                    rest -= more;
                }
            }
        }
        here
    }

    /// Nodes of each group that hold some of our replicas; all nodes where nobody grows or
    /// shrinks the group, for they are there anyway.
    pub(crate) fn nodes(&self, fleet: &Fleet<'_>) -> Vec<u32> {
        let mut count: Vec<u32> = fleet
            .groups
            .iter()
            .map(|g| if g.elastic() { 0 } else { g.held() })
            .collect();
        for slot in &self.slots {
            if fleet.groups[slot.group].elastic() && !slot.ours.is_empty() {
                count[slot.group] += 1;
            }
        }
        count
    }
}
