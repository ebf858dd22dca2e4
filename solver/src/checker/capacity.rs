//! Room in node groups: in the sum over nodes, on single nodes, and how many nodes there may be.
//!
//! Judged in clusters that take replicas; what is held in a closed one is not planned anew.
//! Every bound here is one that any landing of the pods obeys:
//! - running replicas always have the room they hold, even on an overcommitted or
//!   unschedulable node, and room of replicas that leave counts as free;
//! - where the plan names fewer nodes than there are and may come, those with most room are taken:
//!   an existing one that others fill may give way to one that is on its way;
//! - what others use is the node's use minus ours at today's requests, even if negative;
//! - replicas that exist but run on no staying node may use the headroom and go to any node;
//! - a leaving node that the plan counts as kept is judged as a new one.

use crate::ids::WorkloadId;
use crate::policy::{Grower, WorkloadSpec};
use crate::resources::Resources;
use crate::snapshot::{NodeReplicas, NodeState};

use super::amounts::Amounts;
use super::closed::closed;
use super::facts::{Facts, Group, Site};
use super::{Findings, Rule};

pub(super) fn check(facts: &Facts, found: &mut Findings) {
    for site in facts.sites.values() {
        for group in site.groups.values() {
            node_limit(facts, site, group, found);
            if closed(site, facts.host_now()).is_none() {
                sums(facts, site, group, found);
                single_nodes(facts, site, group, found);
            }
        }
    }
}

fn subject(site: &Site, group: &Group) -> String {
    format!("{}/{}", site.spec.name, group.spec.name)
}

/// Whether the provider has said not long ago that it has no such capacity. The later clock
/// holds, by which the back-off ends sooner.
pub(super) fn backing_off(facts: &Facts, group: &Group) -> bool {
    group
        .state
        .and_then(|state| state.insufficient_capacity_at_ms)
        .is_some_and(|at| facts.latest_now().since(at) < facts.policy.settings.capacity_backoff_ms)
}

fn node_limit(facts: &Facts, site: &Site, group: &Group, found: &mut Findings) {
    let (planned, there) = (group.planned(), group.nodes_and_in_flight());
    let limit = match group.spec.grower {
        Grower::Nobody => there,
        Grower::NodeAutoscaler => there.max(u64::from(group.spec.max_nodes)),
    };
    if planned > limit {
        found.add(
            Rule::NodeLimit,
            subject(site, group),
            format!("{planned} nodes planned, {there} there, at most {limit}"),
        );
    }
    if planned > there && backing_off(facts, group) {
        found.add(
            Rule::CapacityBackoff,
            subject(site, group),
            format!("{planned} nodes planned, {there} there, and no capacity for now"),
        );
    }
}

/// New nodes of a group beyond this are not looked at one by one: a plan of more is absurd, and the
/// checker must answer all the same.
const MOST_NEW: u64 = 20_000;

/// Nodes that the plan keeps or adds, and how many of them may be new or in flight.
fn planned_and_new(facts: &Facts, site: &Site, group: &Group) -> (u64, u64) {
    let staying = group.staying().count() as u64;
    let planned = match (group.spec.grower, group.plan) {
        (Grower::Nobody, None) => staying,
        // Nobody removes these nodes, so a plan that names fewer does not take them away.
        (Grower::Nobody, Some(_)) => group.planned().max(staying),
        (Grower::NodeAutoscaler, _) => group.planned(),
    };
    let in_flight = group.state.map_or(0, |state| u64::from(state.in_flight));
    let most = match group.spec.grower {
        Grower::Nobody => staying + in_flight,
        Grower::NodeAutoscaler => u64::from(group.spec.max_nodes).max(staying + in_flight),
    };
    // Beyond the limit, which has its own rule, what is planned beside those that stay is new.
    let beside = planned.saturating_sub(staying);
    // A node without any of ours may be full of others; one of whose workloads none leaves the
    // group is kept before there are new ones.
    let stays = |workload: &WorkloadId| {
        let (cluster, name) = (&site.spec.name, &group.spec.name);
        facts.group_replicas(workload, cluster, name)
            >= facts.group_running(workload, cluster, name)
    };
    let with_ours = group
        .staying()
        .filter(|node| {
            let ours = |r: &NodeReplicas| r.bound > 0 || r.ready > 0;
            node.replicas.iter().any(|r| ours(r) && stays(&r.workload))
        })
        .count() as u64;
    let instead = (most - staying).min(planned.saturating_sub(with_ours));
    (planned, beside.max(instead).min(planned).min(MOST_NEW))
}

fn sums(facts: &Facts, site: &Site, group: &Group, found: &mut Findings) {
    let (cluster, name) = (&site.spec.name, &group.spec.name);
    let (mut all, mut beyond_existing) = (Amounts::default(), Amounts::default());
    for workload in facts.workloads.values() {
        let planned = facts.group_replicas(&workload.id, cluster, name);
        if planned == 0 {
            continue;
        }
        let running = facts.group_running(&workload.id, cluster, name);
        let floating = facts.observed(&workload.id, cluster).floating();
        let landing = planned.saturating_sub(running).min(floating);
        all.add(&workload.requests, i128::from(planned));
        beyond_existing.add(&workload.requests, i128::from(planned - landing));
    }
    let (nodes_planned, new) = planned_and_new(facts, site, group);
    let room = |headroom: bool| {
        let percent = if headroom {
            site.spec.headroom.percent
        } else {
            0
        };
        let fresh = || {
            Amounts::of(&group.spec.allocatable)
                .zip(&Amounts::of(&group.spec.daemons), |have, daemons| {
                    (have - daemons).max(0)
                })
        };
        let nodes: Vec<Amounts> = group
            .staying()
            .map(|node| node_room(facts, node, percent))
            .chain((0..new).map(|_| fresh()))
            .collect();
        Amounts::largest(&nodes, nodes_planned)
    };
    let over = all.beyond(&room(false));
    if !over.is_empty() {
        found.add(
            Rule::Capacity,
            subject(site, group),
            format!("{nodes_planned} nodes planned: {}", over.join(", ")),
        );
        return;
    }
    let over = beyond_existing.beyond(&room(true));
    if !over.is_empty() {
        found.add(
            Rule::Headroom,
            subject(site, group),
            format!(
                "{} % shall stay free: {}",
                site.spec.headroom.percent,
                over.join(", ")
            ),
        );
    }
}

/// What our replicas may hold of a node: never less than they hold already.
fn node_room<'a>(facts: &Facts<'a>, node: &'a NodeState, headroom_percent: u8) -> Amounts<'a> {
    let mut ours = Amounts::default();
    for replicas in &node.replicas {
        if let Some(workload) = facts.workloads.get(&replicas.workload) {
            let alive = i128::from(replicas.bound) + i128::from(replicas.ready);
            ours.add(&workload.requests, alive);
        }
    }
    if node.unschedulable {
        return ours;
    }
    let percent = u64::from(headroom_percent.min(100));
    let mut free = Amounts::of(&node.allocatable);
    free.take(
        share(node.allocatable.cpu_milli.0, percent),
        share(node.allocatable.memory_bytes.0, percent),
    );
    let free = free.zip(&Amounts::of(&node.used), |have, used| have - used);
    // Free room plus what ours hold already; at least the latter.
    free.zip(&ours, |free, ours| free.max(0) + ours)
}

/// `percent` of the amount, rounded down.
pub(super) fn share(amount: u64, percent: u64) -> u64 {
    u64::try_from(u128::from(amount) * u128::from(percent) / 100).unwrap_or(u64::MAX)
}

/// Whole replicas that fit on nodes: a replica of 2 cores does not use the last core of two.
fn single_nodes(facts: &Facts, site: &Site, group: &Group, found: &mut Findings) {
    let (cluster, name) = (&site.spec.name, &group.spec.name);
    for workload in facts.workloads.values() {
        let planned = facts.group_replicas(&workload.id, cluster, name);
        let running = facts.group_running(&workload.id, cluster, name);
        let floating = facts.observed(&workload.id, cluster).floating();
        if planned <= running.saturating_add(floating) {
            continue;
        }
        let (nodes_planned, new) = planned_and_new(facts, site, group);
        let empty = group.spec.allocatable.minus(&group.spec.daemons);
        let on_new = u64::from(empty.fits(&workload.requests));
        let mut slots: Vec<u64> = group
            .staying()
            .map(|node| node_slots(facts, node, workload))
            .chain((0..new).map(|_| on_new))
            .collect();
        slots.sort_unstable_by(|a, b| b.cmp(a));
        let most = usize::try_from(nodes_planned).unwrap_or(usize::MAX);
        let fit: u64 = slots.into_iter().take(most).sum();
        if planned > fit.saturating_add(floating) {
            found.add(
                Rule::NodeFit,
                format!("{} in {}", workload.id, subject(site, group)),
                format!("{planned} replicas planned, {fit} fit on nodes, {floating} in doubt"),
            );
        }
    }
}

/// Most replicas of the workload that the node holds when all other replicas of ours are gone.
fn node_slots(facts: &Facts, node: &NodeState, workload: &WorkloadSpec) -> u64 {
    let mut used = node.used.clone();
    let mut running = 0;
    for replicas in &node.replicas {
        let alive = replicas.bound.saturating_add(replicas.ready);
        if replicas.workload == workload.id {
            running += u64::from(alive);
        } else if let Some(other) = facts.workloads.get(&replicas.workload) {
            used = used.minus(&Resources::default().plus(&other.requests, alive));
        }
    }
    if node.unschedulable {
        return running;
    }
    let free = node.allocatable.minus(&used);
    running.saturating_add(u64::from(free.fits(&workload.requests)))
}

#[cfg(test)]
mod tests {
    use crate::checker::fixture::Case;
    use crate::units::UnixMs;

    use super::*;

    #[test]
    fn more_requests_than_a_group_has_are_named() {
        let mut case = Case::spilling();
        case.place("cloud", 3);
        case.assert_names(Rule::Capacity);
        case.group_plan("on-demand").planned = 2;
        case.assert_silent_on(Rule::Capacity);
    }

    #[test]
    fn what_others_use_is_not_ours_to_plan() {
        let mut case = Case::spilling();
        case.node("cloud-1").used.cpu_milli.0 += 1;
        case.assert_names(Rule::Capacity);
    }

    #[test]
    fn a_node_that_takes_no_pods_or_goes_away_gives_no_room() {
        let mut case = Case::spilling();
        case.node("cloud-1").unschedulable = true;
        case.assert_names(Rule::Capacity);

        let mut case = Case::spilling();
        case.group_plan("on-demand").planned = 0;
        case.assert_names(Rule::Capacity);
    }

    #[test]
    fn an_extended_resource_that_no_node_has_is_named() {
        let mut case = Case::spilling();
        case.web()
            .requests
            .extended
            .insert("nvidia.com/gpu".into(), 1);
        case.assert_names(Rule::GroupIneligible);
        case.on_demand()
            .allocatable
            .extended
            .insert("nvidia.com/gpu".into(), 8);
        case.assert_names(Rule::Capacity);
    }

    #[test]
    fn an_increase_into_the_headroom_is_named_and_a_running_replica_in_it_is_not() {
        let mut case = Case::spilling();
        case.cloud().headroom.percent = 10;
        case.assert_names(Rule::Headroom);
        case.place("cloud", 1);
        case.assert_silent_on(Rule::Headroom);
    }

    #[test]
    fn replicas_that_fit_in_the_sum_but_on_no_node_are_named() {
        let mut case = Case::spilling();
        case.on_demand().allocatable.cpu_milli.0 = 1_600;
        case.node("cloud-1").allocatable.cpu_milli.0 = 1_600;
        case.group_plan("on-demand").planned = 2;
        case.place("cloud", 3);
        case.assert_silent_on(Rule::Capacity);
        case.assert_names(Rule::NodeFit);
    }

    #[test]
    fn more_nodes_than_a_group_may_have_are_named() {
        let mut case = Case::spilling();
        case.group_plan("on-demand").planned = 11;
        case.assert_names(Rule::NodeLimit);

        let mut case = Case::spilling();
        case.on_demand().grower = Grower::Nobody;
        case.group_plan("on-demand").planned = 2;
        case.assert_names(Rule::NodeLimit);
    }

    #[test]
    fn a_new_node_while_the_group_backs_off_is_named() {
        let mut case = Case::spilling();
        case.group_plan("on-demand").planned = 2;
        case.assert_silent_on(Rule::CapacityBackoff);
        let now = case.snapshot.now_ms;
        case.group_state("on-demand").insufficient_capacity_at_ms = Some(UnixMs(now.0 - 1));
        case.assert_names(Rule::CapacityBackoff);
        case.group_state("on-demand").insufficient_capacity_at_ms = Some(UnixMs(now.0 - 300_000));
        case.assert_silent_on(Rule::CapacityBackoff);
    }
}
