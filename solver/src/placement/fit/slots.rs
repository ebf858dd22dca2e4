//! Nodes as the scheduler sees them: which of them one more replica is given to.

use std::collections::BTreeMap;

use crate::capacity::{Amounts, Condition, Dims, Fleet, add_amounts, fits};
use crate::policy::Scheduling;

use super::super::growth::Growth;
use super::Packed;

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

/// In which order equals come and which of tied nodes is taken.
#[derive(Clone, Copy)]
pub(super) struct Dice {
    pub(super) last_workload_first: bool,
    last_node_wins: bool,
}

pub(super) const CANONICAL: Dice = Dice {
    last_workload_first: false,
    last_node_wins: false,
};

pub(super) const OTHERS: [Dice; 3] = [
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

/// Whether a node exists that holds none of ours, in a group that would take it away.
pub(super) fn unused(fleet: &Fleet<'_>, slot: &Slot) -> bool {
    slot.node.is_some() && slot.ours.is_empty() && fleet.groups[slot.group].elastic()
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
    let found = best(
        scored(fleet, c, w, &packed.slots).filter(|(s, _)| here(&packed.slots[*s])),
        CANONICAL,
    );
    let slot = found.or_else(|| {
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

/// The slots of cluster `c` that have room for one more replica of `w`, with their scores, in order
/// of the nodes, new ones last.
fn scored<'s>(
    fleet: &'s Fleet<'_>,
    c: usize,
    w: usize,
    slots: &'s [Slot],
) -> impl Iterator<Item = (usize, i64)> + 's {
    let request = &fleet.workloads[w].request;
    let scheduling = fleet.clusters[c].spec.scheduling;
    open_to(fleet, c, w, slots)
        .filter(|(_, slot)| fits(request, &slot.room))
        .map(move |(s, slot)| (s, score(scheduling, request, slot)))
}

/// The slot that the scheduler takes.
fn best(scored: impl Iterator<Item = (usize, i64)>, dice: Dice) -> Option<usize> {
    let better = |best: (usize, i64), next: (usize, i64)| {
        let wins = next.1 > best.1 || (dice.last_node_wins && next.1 == best.1);
        if wins { next } else { best }
    };
    scored.reduce(better).map(|(slot, _)| slot)
}

/// The slots that have room for one more replica of a workload, kept while its replicas land: each
/// changes no slot but its own.
pub(super) struct Roomy {
    c: usize,
    w: usize,
    scored: Vec<(usize, i64)>,
}

impl Roomy {
    pub(super) fn of(fleet: &Fleet<'_>, c: usize, w: usize, slots: &[Slot]) -> Self {
        let scored = scored(fleet, c, w, slots).collect();
        Self { c, w, scored }
    }

    /// The slot, of those `among` all, that the scheduler gives to one more replica.
    pub(super) fn choose(
        &self,
        dice: Dice,
        slots: &[Slot],
        among: impl Fn(&Slot) -> bool,
    ) -> Option<usize> {
        let open = self.scored.iter().filter(|(s, _)| among(&slots[*s]));
        best(open.copied(), dice)
    }

    /// A new slot was opened for the workload.
    pub(super) fn opened(&mut self, fleet: &Fleet<'_>, slot: usize, slots: &[Slot]) {
        let score = self.score(fleet, &slots[slot]);
        self.scored.push((slot, score));
    }

    /// One replica was put on `slot`.
    pub(super) fn filled(&mut self, fleet: &Fleet<'_>, slot: usize, slots: &[Slot]) {
        if let Ok(at) = self.scored.binary_search_by_key(&slot, |(s, _)| *s) {
            if fits(&fleet.workloads[self.w].request, &slots[slot].room) {
                self.scored[at].1 = self.score(fleet, &slots[slot]);
            } else {
                self.scored.remove(at);
            }
        }
    }

    fn score(&self, fleet: &Fleet<'_>, slot: &Slot) -> i64 {
        let scheduling = fleet.clusters[self.c].spec.scheduling;
        score(scheduling, &fleet.workloads[self.w].request, slot)
    }
}

/// The canonical choice, for one more replica.
pub(crate) fn room_for(fleet: &Fleet<'_>, c: usize, w: usize, slots: &[Slot]) -> Option<usize> {
    best(scored(fleet, c, w, slots), CANONICAL)
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
pub(super) fn open(
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
