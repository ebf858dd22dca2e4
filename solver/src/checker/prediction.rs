//! Where kube-scheduler would put what is planned in the private clusters, on the nodes that
//! exist: the checker's own prediction, to see which room is left after it.
//!
//! Per cluster the replicas that are to come (planned or promised, and not running on a staying
//! node) land in the order of descending priority and then of workload id, each on the eligible
//! schedulable staying node with the best score among those that it fits on with the headroom
//! left free. The score is the mean over cpu and memory of the fraction that is free afterwards
//! (used, with `MostAllocated`), each in parts per million and rounded down; of equal scores the
//! lowest node name wins. Replicas that leave still hold their room. What fits on no existing
//! node holds none of it.
//!
//! The scheduler's ties are random, so the landing is repeated with the ids, the node names and
//! both in reverse: there is room only if there is room after each of the four. Whether one more
//! certainly fits is asked in another way: it is landed with the rest, and may cost nobody a node
//! in any of the four. A move that need not be made queues behind the rest too.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::ids::{ClusterId, WorkloadId};
use crate::policy::{Grower, Scheduling, WorkloadSpec};
use crate::resources::Resources;
use crate::snapshot::NodeState;
use crate::units::{Bytes, MilliCpu};

use super::capacity::share;
use super::closed::closed;
use super::eligibility::{cluster_refusal, group_refusal};
use super::facts::{Facts, Group, Site};

/// Most trials of a replica on a node that are followed in one cluster; beyond it nothing is
/// known of the cluster, and its private-first audit is left out. Enough for 1,000 replicas that
/// come at once to 5,000 nodes; without a bound a nonsensical count never ends.
const MAX_TRIALS: usize = 5_000_000;

/// The private clusters' nodes after the landing.
pub(super) struct Prediction<'a> {
    landings: BTreeMap<&'a ClusterId, Vec<Landed<'a>>>,
}

/// A cluster after a landing.
struct Landed<'a> {
    rooms: Vec<Room<'a>>,
    /// How many replicas found no node.
    homeless: u64,
}

/// A node and what is free on it, headroom included.
#[derive(Clone)]
struct Room<'a> {
    node: &'a NodeState,
    group: usize,
    free: Resources,
    headroom: Resources,
}

impl<'a> Prediction<'a> {
    /// Lands the plan in each private cluster that takes replicas, if a spilled one asks for it.
    ///
    /// A cluster is left out where the scheduler refuses some pod already: what it sees differs
    /// from what is modelled, and the planner corrects its capacity by an amount that the
    /// checker does not know.
    pub(super) fn new(facts: &Facts<'a>) -> Self {
        let asked = facts.decision.rationale.workloads.iter();
        let asked = asked.flat_map(|w| &w.spilled).any(|s| s.replicas > 0);
        let landings = facts
            .sites
            .iter()
            .filter(|(_, site)| asked && site.is_private())
            .filter(|(_, site)| closed(site, facts.latest_now()).is_none())
            .filter(|(_, site)| !refuses_pods(site))
            .filter_map(|(cluster, site)| {
                let landings = Order::ALL
                    .iter()
                    .map(|order| land(facts, site, *order, &BTreeMap::new()));
                Some((*cluster, landings.collect::<Option<Vec<_>>>()?))
            })
            .collect();
        Self { landings }
    }

    /// A node of the cluster that takes one more replica of the workload after the landing, if
    /// there is one however ties are broken.
    pub(super) fn room(&self, workload: &WorkloadSpec, site: &Site) -> Option<&'a str> {
        if cluster_refusal(workload, site).is_some() {
            return None;
        }
        let eligible = eligible_groups(workload, site);
        let takes_one = |landed: &Landed<'a>| {
            let mut rooms = landed.rooms.iter();
            rooms
                .find(|room| eligible[room.group] && room.fits(&workload.requests))
                .map(|room| room.node.name.as_str())
        };
        let landings = self.landings.get(&site.spec.name)?;
        let nodes: Option<Vec<&str>> = landings.iter().map(takes_one).collect();
        nodes?.first().copied()
    }

    /// Whether `more` replicas beside the plan find nodes in the cluster and cost nobody one,
    /// however ties are broken; `None` where the landing is not known.
    pub(super) fn certainly_takes(
        &self,
        facts: &Facts<'a>,
        site: &Site<'a>,
        more: &BTreeMap<&WorkloadId, u64>,
    ) -> Option<bool> {
        let landings = self.landings.get(&site.spec.name)?;
        let may_run = |id: &WorkloadId| {
            let workload = facts.workloads.get(id);
            workload.is_some_and(|workload| cluster_refusal(workload, site).is_none())
        };
        if !more.keys().all(|id| may_run(id)) {
            return Some(false);
        }
        for (order, before) in Order::ALL.iter().zip(landings) {
            if land(facts, site, *order, more)?.homeless > before.homeless {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Whether `more` replicas find nodes in the room that the plan leaves, however ties are broken;
    /// `None` where the landing is not known.
    pub(super) fn takes_behind(
        &self,
        facts: &Facts<'a>,
        site: &Site<'a>,
        more: &BTreeMap<&WorkloadId, u64>,
    ) -> Option<bool> {
        let landings = self.landings.get(&site.spec.name)?;
        let queue = queue(facts, Order::ALL[0]);
        let takes = landings.iter().map(|landed| {
            let mut rooms = landed.rooms.clone();
            let mut trials = 0;
            for workload in &queue {
                let wanted = more.get(&workload.id).copied().unwrap_or(0);
                let missing = put(&mut rooms, site, workload, wanted, &mut trials)?;
                if missing > 0 {
                    return Some(false);
                }
            }
            Some(true)
        });
        takes
            .collect::<Option<Vec<_>>>()
            .map(|all| all.iter().all(|takes| *takes))
    }
}

/// How equals are ordered.
#[derive(Clone, Copy)]
struct Order {
    ids_descend: bool,
    nodes_descend: bool,
}

impl Order {
    const ALL: [Self; 4] = [
        Self::of(false, false),
        Self::of(false, true),
        Self::of(true, false),
        Self::of(true, true),
    ];

    const fn of(ids_descend: bool, nodes_descend: bool) -> Self {
        Self {
            ids_descend,
            nodes_descend,
        }
    }
}

fn refuses_pods(site: &Site) -> bool {
    site.state
        .is_some_and(|state| state.targets.iter().any(|target| target.unschedulable > 0))
}

fn eligible_groups(workload: &WorkloadSpec, site: &Site) -> Vec<bool> {
    site.groups
        .values()
        .map(|group| group_refusal(workload, group).is_none())
        .collect()
}

/// The cluster after the landing of the plan and of `more`; `None` if there is too much to follow.
fn land<'a>(
    facts: &Facts<'a>,
    site: &Site<'a>,
    order: Order,
    more: &BTreeMap<&WorkloadId, u64>,
) -> Option<Landed<'a>> {
    let percent = u64::from(site.spec.headroom.percent.min(100));
    let mut rooms: Vec<Room> = site
        .groups
        .values()
        .enumerate()
        .flat_map(|(index, group)| rooms_of(index, group, percent))
        .collect();
    // Of equal scores the last in the list is taken.
    rooms.sort_by(|a, b| b.node.name.cmp(&a.node.name));
    if order.nodes_descend {
        rooms.reverse();
    }
    let mut trials = 0_usize;
    let queue = queue(facts, order);
    let leaves = queue.iter().any(|workload| {
        let existing = facts.observed(&workload.id, &site.spec.name).existing();
        facts.replicas(&workload.id, &site.spec.name) < existing
    });
    let grows = site
        .groups
        .values()
        .any(|group| group.spec.grower == Grower::NodeAutoscaler);
    let mut homeless = 0;
    for workload in queue {
        let here = facts.observed(&workload.id, &site.spec.name);
        let wanted = facts
            .replicas(&workload.id, &site.spec.name)
            .max(here.existing())
            .saturating_sub(here.running)
            .saturating_add(more.get(&workload.id).copied().unwrap_or(0));
        let missing = put(&mut rooms, site, workload, wanted, &mut trials)?;
        // It may wait for what leaves, or a node may be bought for it; who takes that room then is
        // not known here.
        if missing > 0 && (leaves || grows) {
            return None;
        }
        homeless += missing;
    }
    Some(Landed { rooms, homeless })
}

/// The workloads in the order in which they land.
fn queue<'a>(facts: &Facts<'a>, order: Order) -> Vec<&'a WorkloadSpec> {
    // By id; sorting by priority keeps that order among equals.
    let mut queue: Vec<&WorkloadSpec> = facts.workloads.values().copied().collect();
    if order.ids_descend {
        queue.reverse();
    }
    queue.sort_by_key(|workload| Reverse(workload.priority));
    queue
}

/// Puts `wanted` replicas on nodes; how many find none, or `None` if there is too much to follow.
fn put(
    rooms: &mut [Room<'_>],
    site: &Site<'_>,
    workload: &WorkloadSpec,
    wanted: u64,
    trials: &mut usize,
) -> Option<u64> {
    if wanted == 0 || asks_nothing(&workload.requests) {
        return Some(0);
    }
    let eligible = eligible_groups(workload, site);
    for landed in 0..wanted {
        *trials += rooms.len();
        if *trials > MAX_TRIALS {
            return None;
        }
        let best = rooms
            .iter_mut()
            .filter(|room| eligible[room.group] && room.fits(&workload.requests))
            .max_by_key(|room| room.score(&workload.requests, site.spec.scheduling));
        let Some(room) = best else {
            return Some(wanted - landed);
        };
        room.free = room.free.minus(&workload.requests);
    }
    Some(0)
}

fn rooms_of<'a>(index: usize, group: &Group<'a>, percent: u64) -> impl Iterator<Item = Room<'a>> {
    group
        .staying()
        .filter(|node| !node.unschedulable)
        .map(move |node| Room {
            node,
            group: index,
            free: node.allocatable.minus(&node.used),
            headroom: Resources {
                cpu_milli: MilliCpu(share(node.allocatable.cpu_milli.0, percent)),
                memory_bytes: Bytes(share(node.allocatable.memory_bytes.0, percent)),
                ..Resources::default()
            },
        })
        .collect::<Vec<_>>()
        .into_iter()
}

fn asks_nothing(requests: &Resources) -> bool {
    Resources::default().fits(requests) > 0
}

impl Room<'_> {
    fn fits(&self, requests: &Resources) -> bool {
        self.free.minus(&self.headroom).fits(requests) > 0
    }

    fn score(&self, requests: &Resources, scheduling: Scheduling) -> u64 {
        let after = self.free.minus(requests);
        let have = &self.node.allocatable;
        let free = [
            part_per_million(after.cpu_milli.0, have.cpu_milli.0),
            part_per_million(after.memory_bytes.0, have.memory_bytes.0),
        ];
        match scheduling {
            Scheduling::LeastAllocated => u64::midpoint(free[0], free[1]),
            Scheduling::MostAllocated => {
                let used = |part: u64| 1_000_000_u64.saturating_sub(part);
                u64::midpoint(used(free[0]), used(free[1]))
            }
        }
    }
}

/// `part` of `whole`, rounded down; 0 of nothing.
fn part_per_million(part: u64, whole: u64) -> u64 {
    (u128::from(part) * 1_000_000)
        .checked_div(u128::from(whole))
        .map_or(0, |ppm| u64::try_from(ppm).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use crate::checker::fixture::Case;

    use super::*;

    /// Free milli-CPU at home after the landing, by node name.
    fn free_after(case: &Case, order: Order) -> Vec<u64> {
        let facts = case.facts();
        let site = &facts.sites[&ClusterId::from("home")];
        let landed = land(&facts, site, order, &BTreeMap::new());
        let mut rooms = landed.expect("few landings").rooms;
        rooms.sort_by_key(|room| &room.node.name);
        rooms.iter().map(|room| room.free.cpu_milli.0).collect()
    }

    fn roomy(scheduling: Scheduling) -> Case {
        let mut case = Case::spilling();
        case.home().scheduling = scheduling;
        case.node("home-1").used.cpu_milli.0 = 1_000;
        case.node("home-2").used.cpu_milli.0 = 2_000;
        case.place("home", 8);
        case
    }

    #[test]
    fn the_default_scheduler_takes_the_emptier_node_first() {
        assert_eq!(
            free_after(&roomy(Scheduling::LeastAllocated), Order::ALL[0]),
            [2_000, 1_000]
        );
    }

    #[test]
    fn a_most_allocated_scheduler_takes_the_fuller_node_first() {
        assert_eq!(
            free_after(&roomy(Scheduling::MostAllocated), Order::ALL[0]),
            [3_000, 0]
        );
    }

    #[test]
    fn a_tie_goes_to_the_lowest_node_name_or_in_reverse_to_the_highest() {
        let mut case = roomy(Scheduling::LeastAllocated);
        case.node("home-1").used.cpu_milli.0 = 2_000;
        case.place("home", 7);
        assert_eq!(free_after(&case, Order::ALL[0]), [1_000, 2_000]);
        assert_eq!(free_after(&case, Order::ALL[1]), [2_000, 1_000]);
    }

    #[test]
    fn a_nonsensical_count_ends() {
        let mut case = roomy(Scheduling::LeastAllocated);
        case.place("home", u32::MAX);
        for name in ["home-1", "home-2"] {
            let node = case.node(name);
            node.allocatable.cpu_milli.0 = u64::MAX;
            node.allocatable.memory_bytes.0 = u64::MAX;
            node.allocatable.pods = u32::MAX;
        }
        let facts = case.facts();
        let site = &facts.sites[&ClusterId::from("home")];
        assert!(land(&facts, site, Order::ALL[0], &BTreeMap::new()).is_none());
    }
}
