//! Predicts on which nodes replicas land: the scheduler's choice, not ours.
//!
//! What is modelled: requests, readiness to take pods, selectors and taints (as eligibility),
//! priority order, and the `LeastAllocated` or `MostAllocated` score over cpu and memory. Ties
//! and the order among equals are the scheduler's dice, so a fit counts only if it holds for
//! every one of four orders. Preemption, affinity and topology spread are not modelled: such a
//! workload is marked (`unmodelled`), and placed one replica at a time. The mark is for a host that
//! reads pod templates, a controller; the conversion of the API objects cannot know it and sets
//! none.

use std::collections::BTreeMap;

use crate::capacity::{Amounts, Condition, Dims, Fleet, add_amounts, fits};
use crate::policy::Scheduling;

use super::caps::Cap;
use super::grid::Grid;
use super::growth::Growth;
use super::model::Counts;

/// A node with what is on it, as predicted.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    /// Index of its group.
    pub(crate) group: usize,
    /// Index of the node; `None` for one that does not exist yet.
    pub(crate) node: Option<usize>,
    pub(crate) room: Amounts,
    pub(crate) allocatable: Amounts,
    pub(crate) usable: bool,
    /// Our replicas by workload.
    pub(crate) ours: BTreeMap<usize, u32>,
}

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

/// In which order equals come and which of tied nodes is taken.
#[derive(Clone, Copy)]
struct Dice {
    last_workload_first: bool,
    last_node_wins: bool,
}

const CANONICAL: Dice = Dice {
    last_workload_first: false,
    last_node_wins: false,
};

const OTHERS: [Dice; 3] = [
    Dice {
        last_workload_first: false,
        last_node_wins: true,
    },
    Dice {
        last_workload_first: true,
        last_node_wins: false,
    },
    Dice {
        last_workload_first: true,
        last_node_wins: true,
    },
];

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
    remove(fleet, counts, evicted, &groups, &mut packed);
    let mut growth = Growth::new(fleet, caps, counts, &packed);
    let mut other = Packed::default();
    let mut adverse: BTreeMap<(usize, usize), u32> = BTreeMap::new();
    for c in clusters {
        let cluster = &fleet.clusters[c];
        // Of a cluster that is closed nothing is known that would judge what pends there.
        if cluster.condition != Condition::Usable {
            continue;
        }
        let landing = landing(fleet, counts, evicted, c);
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
fn fixed(fleet: &Fleet<'_>, cluster: usize) -> bool {
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

/// Takes replicas that do not stay off their nodes: the named ones, then in groups that shrink
/// from the node with the fewest, so that nodes become empty, elsewhere from the fullest.
fn remove(
    fleet: &Fleet<'_>,
    counts: &Counts,
    evicted: &[Leaving],
    groups: &(impl Iterator<Item = usize> + Clone),
    packed: &mut Packed,
) {
    for e in evicted {
        take_off(fleet, packed, e.node, e.workload, e.replicas);
    }
    let gone = gone(fleet, evicted);
    for w in 0..fleet.workloads.len() {
        for g in groups.clone() {
            let on_nodes = still_on_nodes(fleet, &gone, w, g);
            let mut leave = on_nodes.saturating_sub(counts.stay[w][g]);
            while leave > 0 {
                let fewest = |n: &&usize| {
                    let total: u32 = packed.slots[**n].ours.values().sum();
                    let total = i64::from(total);
                    (
                        if fleet.groups[g].elastic() {
                            total
                        } else {
                            -total
                        },
                        **n,
                    )
                };
                let Some(n) = fleet.groups[g]
                    .nodes
                    .iter()
                    .filter(|n| packed.slots[**n].ours.contains_key(&w))
                    .min_by_key(fewest)
                    .copied()
                else {
                    break;
                };
                let here = packed.slots[n]
                    .ours
                    .get(&w)
                    .copied()
                    .unwrap_or(0)
                    .min(leave);
                take_off(fleet, packed, n, w, here);
                leave -= here;
            }
        }
    }
}

/// By (workload, group), how many replicas `evicted` takes off nodes.
pub(super) type Gone = BTreeMap<(usize, usize), u32>;

pub(super) fn gone(fleet: &Fleet<'_>, evicted: &[Leaving]) -> Gone {
    let mut gone = Gone::new();
    for e in evicted {
        let node = &fleet.nodes[e.node];
        let here = node.ours.get(&e.workload).copied().unwrap_or(0);
        *gone.entry((e.workload, node.group)).or_insert(0) += e.replicas.min(here);
    }
    gone
}

/// Replicas of `w` that nodes of group `g` hold, without the `gone`.
pub(super) fn still_on_nodes(fleet: &Fleet<'_>, gone: &Gone, w: usize, g: usize) -> u32 {
    let gone = gone.get(&(w, g)).copied().unwrap_or(0);
    fleet.workloads[w].on_nodes[g].saturating_sub(gone)
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

/// Replicas of each workload in cluster `c` that are on no node yet, by group they are planned in.
fn landing(
    fleet: &Fleet<'_>,
    counts: &Counts,
    evicted: &[Leaving],
    c: usize,
) -> Vec<(usize, BTreeMap<usize, u32>)> {
    let gone = gone(fleet, evicted);
    (0..fleet.workloads.len())
        .filter_map(|w| {
            let planned: BTreeMap<usize, u32> = fleet.clusters[c]
                .groups
                .clone()
                .map(|g| (g, unbound(fleet, counts, &gone, w, g)))
                .filter(|(_, count)| *count > 0)
                .collect();
            (!planned.is_empty()).then_some((w, planned))
        })
        .collect()
}

/// What became of the replicas that land.
struct Landed {
    /// Slot and workload of each that found a place.
    on: Vec<(usize, usize)>,
    /// By workload, how many found none.
    missing: BTreeMap<usize, u32>,
}

/// Lands replicas in priority order: on nodes of the groups they are planned in, existing ones
/// before new ones, then on any node of the cluster.
fn land(
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
    // Where a node autoscaler buys for certain pods, they are taken to land on what it buys.
    let steered = !fixed(fleet, c);
    let mut landed = Landed {
        on: Vec::new(),
        missing: BTreeMap::new(),
    };
    for (w, mut planned) in order {
        let count = planned.values().sum();
        for done in 0..count {
            let given = |g: usize| planned.get(&g).is_some_and(|left| *left > 0);
            // A node that the plan gives up, or that holds none of ours yet, is paid for like a
            // new one.
            let paid = |slot: &Slot| !unused(fleet, slot) || growth.caps_allow(fleet, slot.group);
            let here = |slot: &Slot| !steered || (given(slot.group) && paid(slot));
            let found = choose(fleet, c, w, dice, &packed.slots, &here);
            let found = found.or_else(|| open(fleet, c, w, growth, &mut packed.slots, &given));
            let paid = |slot: &Slot| !unused(fleet, slot) || growth.caps_allow(fleet, slot.group);
            // A workload whose share of spot is limited keeps off spot nodes it is not given.
            let bound = |g: usize| fleet.bound_to_spot_rule(w, g) && !given(g);
            let open_to_it = |slot: &Slot| !steered || (!bound(slot.group) && paid(slot));
            let slot = found.or_else(|| choose(fleet, c, w, dice, &packed.slots, &open_to_it));
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
            landed.on.push((slot, w));
        }
    }
    landed
}

/// Whether a node exists that holds none of ours, in a group that would take it away.
fn unused(fleet: &Fleet<'_>, slot: &Slot) -> bool {
    slot.node.is_some() && slot.ours.is_empty() && fleet.groups[slot.group].elastic()
}

/// Replicas of `w` planned in group `g` that no node holds yet, or not any more: of those that
/// stay, more than are left on nodes without the `gone`.
fn unbound(fleet: &Fleet<'_>, counts: &Counts, gone: &Gone, w: usize, g: usize) -> u32 {
    let left = still_on_nodes(fleet, gone, w, g);
    counts.stay[w][g].saturating_sub(left) + counts.add[w][g]
}

/// Puts one replica on a slot.
pub(crate) fn put(fleet: &Fleet<'_>, packed: &mut Packed, slot: usize, w: usize) {
    let s = &mut packed.slots[slot];
    add_amounts(&mut s.room, &fleet.workloads[w].request, -1);
    *s.ours.entry(w).or_insert(0) += 1;
    *packed.landed.entry((w, s.group)).or_insert(0) += 1;
}

/// Takes one replica off a slot that [`put`] has put there.
pub(crate) fn lift(fleet: &Fleet<'_>, packed: &mut Packed, slot: usize, w: usize) {
    let s = &mut packed.slots[slot];
    add_amounts(&mut s.room, &fleet.workloads[w].request, 1);
    one_less(&mut s.ours, &w);
    one_less(&mut packed.landed, &(w, s.group));
}

fn one_less<K: Ord>(counts: &mut BTreeMap<K, u32>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// Puts one replica of `w` into group `g`, on a node that is there or on one more. Returns
/// whether there is one.
pub(crate) fn put_in(
    fleet: &Fleet<'_>,
    growth: &mut Growth<'_>,
    packed: &mut Packed,
    w: usize,
    g: usize,
) -> bool {
    let c = fleet.groups[g].cluster;
    let here =
        |slot: &Slot| slot.group == g && (!unused(fleet, slot) || growth.caps_allow(fleet, g));
    let slot = choose(fleet, c, w, CANONICAL, &packed.slots, &here).or_else(|| {
        let one_more =
            fits(&fleet.workloads[w].request, &fleet.groups[g].fresh) && growth.take(fleet, g);
        one_more.then(|| new_node(fleet, g, &mut packed.slots))
    });
    if let Some(slot) = slot {
        let on = &packed.slots[slot];
        if unused(fleet, on) {
            growth.used(fleet, g);
        }
        put(fleet, packed, slot, w);
    }
    slot.is_some()
}

/// The slots of cluster `c` that take pods and `w`, in order of the nodes, new ones last.
pub(crate) fn open_to<'s>(
    fleet: &'s Fleet<'_>,
    c: usize,
    w: usize,
    slots: &'s [Slot],
) -> impl Iterator<Item = (usize, &'s Slot)> {
    let groups = fleet.clusters[c].groups.clone();
    let eligible = &fleet.workloads[w].eligible;
    let new = fleet.nodes.len()..slots.len();
    groups
        .clone()
        .filter(|g| eligible[*g])
        .flat_map(|g| fleet.groups[g].nodes.iter().copied())
        .chain(new.filter(move |s| groups.contains(&slots[*s].group) && eligible[slots[*s].group]))
        .map(|s| (s, &slots[s]))
        .filter(|(_, slot)| slot.usable)
}

/// The slot of cluster `c`, of those `among` all, that the scheduler gives to one more replica of
/// `w`.
fn choose(
    fleet: &Fleet<'_>,
    c: usize,
    w: usize,
    dice: Dice,
    slots: &[Slot],
    among: &dyn Fn(&Slot) -> bool,
) -> Option<usize> {
    let workload = &fleet.workloads[w];
    let mut best: Option<(i64, usize)> = None;
    for (i, slot) in open_to(fleet, c, w, slots) {
        if !fits(&workload.request, &slot.room) || !among(slot) {
            continue;
        }
        let score = score(fleet.clusters[c].spec.scheduling, &workload.request, slot);
        let better = match best {
            None => true,
            Some((b, _)) if dice.last_node_wins => score >= b,
            Some((b, _)) => score > b,
        };
        if better {
            best = Some((score, i));
        }
    }
    best.map(|(_, i)| i)
}

/// The canonical choice, for one more replica.
pub(crate) fn room_for(fleet: &Fleet<'_>, c: usize, w: usize, slots: &[Slot]) -> Option<usize> {
    choose(fleet, c, w, CANONICAL, slots, &|_| true)
}

/// Mean free (or used) share of cpu and memory after placing, in parts per million.
fn score(scheduling: Scheduling, request: &Amounts, slot: &Slot) -> i64 {
    let free = [Dims::CPU, Dims::MEMORY]
        .into_iter()
        .map(|d| {
            let whole = slot.allocatable[d].max(1);
            (slot.room[d] - request[d]).saturating_mul(1_000_000) / whole
        })
        .fold(0, i64::saturating_add);
    match scheduling {
        Scheduling::LeastAllocated => free,
        Scheduling::MostAllocated => -free,
    }
}

/// Opens a new node for `w` in a group that may grow: one that the plan gives one more of it
/// (`given`) and whose planned nodes are not all open, else another that it gives one more, else
/// the cheapest.
fn open(
    fleet: &Fleet<'_>,
    c: usize,
    w: usize,
    growth: &mut Growth<'_>,
    slots: &mut Vec<Slot>,
    given: &dyn Fn(usize) -> bool,
) -> Option<usize> {
    let workload = &fleet.workloads[w];
    let mut may: Vec<usize> = fleet.clusters[c]
        .groups
        .clone()
        .filter(|g| {
            (given(*g) || !fleet.bound_to_spot_rule(w, *g))
                && workload.eligible[*g]
                && fleet.groups[*g].elastic()
                && fits(&workload.request, &fleet.groups[*g].fresh)
        })
        .collect();
    may.sort_by_key(|g| {
        let price = if given(*g) {
            0
        } else {
            fleet.groups[*g].price.0
        };
        (!given(*g), growth.planned[*g] == 0, price)
    });
    let g = may.into_iter().find(|g| growth.take(fleet, *g))?;
    Some(new_node(fleet, g, slots))
}

/// An empty new node of group `g`.
fn new_node(fleet: &Fleet<'_>, g: usize, slots: &mut Vec<Slot>) -> usize {
    let group = &fleet.groups[g];
    slots.push(Slot {
        group: g,
        node: None,
        room: group.fresh.clone(),
        allocatable: group.fresh.clone(),
        usable: fleet.clusters[group.cluster].condition == Condition::Usable,
        ours: BTreeMap::new(),
    });
    slots.len() - 1
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
