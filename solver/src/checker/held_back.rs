//! What holds a running public replica back from coming home although home has room: a pause,
//! dwell, payback, the churn budget, a money cap's rung, a template, a node that would stay anyway.
//!
//! A move home is weighed for a public node with all that is on it, so what holds back one of
//! them holds back those that share a node with it. Which replicas share one after the plan's
//! additions have landed is the scheduler's choice; where that matters, and where the amounts
//! depend on the cluster at home that takes them, the reading that excuses more holds.

use std::collections::BTreeMap;

use crate::decision::{MoveReason, SpillReason};
use crate::ids::{ClusterId, WorkloadId};
use crate::policy::{ClusterSpec, Fill, Grower, Placement, WorkloadSpec};
use crate::snapshot::NodeState;
use crate::units::MicroUsdPerHour;

use super::facts::{Facts, Group, Site};
use super::kept_out::kept_out;
use super::money_cap::optional_moves_stop;
use super::prediction::Prediction;
use super::together;

/// Whether `reason` holds running replicas of the workload back in the public cluster `from`.
pub(super) fn holds_back(
    facts: &Facts,
    prediction: &Prediction,
    workload: &WorkloadSpec,
    from: &Site,
    reason: SpillReason,
) -> bool {
    let any = |holds: &dyn Fn(&WorkloadSpec) -> bool| {
        sharing(facts, workload, from).iter().any(|w| holds(w))
    };
    match reason {
        SpillReason::Dwell => any(&|w| dwells(facts, w)),
        SpillReason::Paused => any(&|w| w.pause.moves),
        SpillReason::ChurnBudget => any(&|w| budget_spent(facts, w, from)),
        SpillReason::MoneyCap => any(&|w| {
            let burst = facts.burst(w);
            burst.is_some_and(|burst| optional_moves_stop(facts, burst))
        }),
        SpillReason::Payback if workload.co_placement.is_some() => {
            !together::pays(facts, &together::members(facts, workload), from)
        }
        SpillReason::Payback => {
            nodes_of(workload, from).any(|(group, node)| !pays(facts, from, group, node))
        }
        SpillReason::NodeStays => nodes_of(workload, from)
            .any(|(group, node)| node_stays(facts, prediction, from, group, node)),
        SpillReason::Returning => returns(facts, workload, from),
        SpillReason::TemplateMismatch => {
            let there = facts.observed(&workload.id, &from.spec.name).template;
            homes(facts).any(|home| {
                let here = facts.observed(&workload.id, &home.spec.name).template;
                here.is_some() && there.is_some() && here != there
            })
        }
        _ => false,
    }
}

pub(super) fn homes<'f, 'a>(facts: &'f Facts<'a>) -> impl Iterator<Item = &'f Site<'a>> {
    facts.sites.values().filter(|site| site.is_private())
}

/// The nodes of the cluster that stay and hold replicas of the workload.
fn nodes_of<'f, 'a>(
    workload: &'f WorkloadSpec,
    from: &'f Site<'a>,
) -> impl Iterator<Item = (&'f Group<'a>, &'a NodeState)> + 'f {
    from.groups.values().flat_map(move |group| {
        let nodes = group.staying();
        nodes
            .filter(|node| held(node).any(|(id, _)| *id == workload.id))
            .map(move |node| (group, node))
    })
}

/// Replicas on a node, by workload.
pub(super) fn held(node: &NodeState) -> impl Iterator<Item = (&WorkloadId, u64)> {
    let replicas = node.replicas.iter();
    replicas
        .map(|r| (&r.workload, u64::from(r.bound) + u64::from(r.ready)))
        .filter(|(_, count)| *count > 0)
}

/// Workloads of which replicas may land in the cluster beside what runs there.
pub(super) fn landing<'f>(
    facts: &'f Facts,
    from: &'f Site,
) -> impl Iterator<Item = &'f WorkloadSpec> {
    facts.workloads.values().copied().filter(|w| {
        let here = facts.observed(&w.id, &from.spec.name);
        facts.replicas(&w.id, &from.spec.name) > here.running
    })
}

/// The workload, its co-placement group, and those that share a node with it in the cluster,
/// or may.
fn sharing<'a>(facts: &Facts<'a>, workload: &WorkloadSpec, from: &Site) -> Vec<&'a WorkloadSpec> {
    let beside = |id: &WorkloadId| {
        nodes_of(workload, from).any(|(_, node)| held(node).any(|(other, _)| other == id))
            || landing(facts, from).any(|w| w.id == *id)
    };
    let group = together::members(facts, workload);
    let all = facts.workloads.iter();
    all.filter(|(id, _)| group.iter().any(|w| w.id == ***id) || beside(id))
        .map(|(_, w)| *w)
        .collect()
}

/// Whether its room at home has not lasted long enough, or nothing is remembered of it.
fn dwells(facts: &Facts, workload: &WorkloadSpec) -> bool {
    let memory = facts.memory.workloads.get(&workload.id);
    let since = memory.and_then(|m| m.room_since_ms);
    let Some(burst) = facts.burst(workload) else {
        return false;
    };
    since.is_none_or(|since| facts.latest_now().since(since) < burst.recall.dwell_ms)
}

/// Whether its budget of moves is spent, or as many are under way as may be at a time.
fn budget_spent(facts: &Facts, workload: &WorkloadSpec, from: &Site) -> bool {
    let Some(burst) = facts.burst(workload) else {
        return false;
    };
    let recall = &burst.recall;
    let memory = facts.memory.workloads.get(&workload.id);
    let records = memory.map_or(&[][..], |m| &m.moves);
    let within = records
        .iter()
        .filter(|r| facts.latest_now().since(r.at_ms) < recall.budget.window_ms);
    let moved: u64 = within.map(|r| u64::from(r.replicas)).sum();
    let begun = recalled(facts, workload);
    let starting: u64 = homes(facts)
        .map(|home| {
            let here = facts.observed(&workload.id, &home.spec.name);
            here.existing() - here.ready
        })
        .sum();
    let counts = |of: &dyn Fn(&ClusterId) -> u64| facts.sites.keys().map(|c| of(c)).sum::<u64>();
    let existing = counts(&|c| facts.observed(&workload.id, c).existing());
    let surplus = existing.saturating_sub(counts(&|c| facts.replicas(&workload.id, c)));
    let at_a_time = u64::from(recall.step.min(workload.move_surge));
    moved + begun >= u64::from(recall.budget.moves)
        || starting.max(surplus) + begun >= at_a_time
        || landing(facts, from).any(|w| w.id == workload.id)
}

/// Replicas that the plan begins to move home.
fn recalled(facts: &Facts, workload: &WorkloadSpec) -> u64 {
    let moves = facts.rationale(&workload.id).map_or(&[][..], |r| &r.moves);
    let begun = moves.iter().filter(|m| m.reason == MoveReason::Recall);
    begun.map(|m| u64::from(m.replicas)).sum()
}

/// Whether a recall from the cluster is under way in the plan itself: fewer there, and some land at
/// home, be they new there or such that have waited for room.
fn returns(facts: &Facts, workload: &WorkloadSpec, from: &Site) -> bool {
    let there = facts.observed(&workload.id, &from.spec.name);
    facts.replicas(&workload.id, &from.spec.name) < there.existing()
        && homes(facts).any(|home| {
            let here = facts.observed(&workload.id, &home.spec.name);
            facts.replicas(&workload.id, &home.spec.name) > here.running
        })
        && recalled(facts, workload) > 0
}

/// Whether freeing the node pays by the policies of all that is on it, whichever cluster at
/// home takes them and whatever else lands on the node.
fn pays(facts: &Facts, from: &Site, group: &Group, node: &NodeState) -> bool {
    let mut on_it: BTreeMap<&WorkloadId, u64> = BTreeMap::new();
    for (id, count) in held(node) {
        *on_it.entry(id).or_default() += count;
    }
    for workload in landing(facts, from) {
        let here = facts.observed(&workload.id, &from.spec.name);
        let more = facts.replicas(&workload.id, &from.spec.name) - here.running;
        *on_it.entry(&workload.id).or_default() += more;
    }
    let boot = boot_at_home(facts);
    let (mut saving, mut double) = (i128::from(group.price().0), i128::from(group.price().0));
    for (id, count) in &on_it {
        let Some(workload) = facts.workloads.get(*id) else {
            continue;
        };
        let at_home = homes(facts)
            .map(|home| running_cost(workload, home.spec))
            .max();
        let at_home = at_home.unwrap_or(0);
        let less = running_cost(workload, from.spec) - at_home;
        saving += less.min(0) * i128::from(*count);
        double += at_home * i128::from(*count);
    }
    held(node).all(|(id, _)| {
        let Some(workload) = facts.workloads.get(id) else {
            return true;
        };
        pays_back(saving, double, boot, lasted_and_percent(facts, workload))
    })
}

/// Whether what is saved an hour, over the time for which room at home has lasted, is more than the
/// payback ratio of what is paid twice an hour over `overlap` milliseconds, and a micro-dollar.
pub(super) fn pays_back(
    saving: i128,
    double: i128,
    overlap: u64,
    (lasted, percent): (u64, u32),
) -> bool {
    let over = |rate: i128, ms: u64| rate.saturating_mul(i128::from(ms)) / 3_600_000;
    let cost = over(double, overlap).saturating_mul(i128::from(percent));
    saving > 0 && over(saving, lasted).saturating_mul(100) > cost.saturating_add(100)
}

/// The longest boot at home, in milliseconds.
pub(super) fn boot_at_home(facts: &Facts) -> u64 {
    homes(facts)
        .flat_map(|home| home.groups.values())
        .map(|g| g.state.and_then(|s| s.boot).unwrap_or(g.spec.boot).p95_ms.0)
        .max()
        .unwrap_or_default()
}

/// How long the workload's room at home has lasted, in milliseconds, and its payback ratio.
pub(super) fn lasted_and_percent(facts: &Facts, workload: &WorkloadSpec) -> (u64, u32) {
    let memory = facts.memory.workloads.get(&workload.id);
    let since = memory.and_then(|m| m.room_since_ms);
    let lasted = since.map_or(0, |since| facts.latest_now().since(since).0);
    let burst = facts.burst(workload);
    (lasted, burst.map_or(0, |p| p.recall.payback_percent))
}

/// What one replica costs per hour in the cluster beside nodes, micro-USD, up to 64 bits, so that a
/// sum over replicas stays within 128.
pub(super) fn running_cost(workload: &WorkloadSpec, cluster: &ClusterSpec) -> i128 {
    let marginal =
        i128::from(workload.requests.cpu_milli.0) * i128::from(cluster.marginal_per_core.0) / 1_000;
    let egress =
        (i128::from(workload.egress_per_hour.0) * i128::from(cluster.egress_per_gib.0)) >> 30;
    let far = workload.data_sets.iter().map(|data| {
        let trip = cluster.round_trips_ms.get(&data.name).map_or(0, |ms| ms.0);
        let MicroUsdPerHour(each) = data.penalty_per_ms;
        i128::from(each) * i128::from(trip)
    });
    let all = [marginal, egress].into_iter().chain(far);
    all.fold(0, i128::saturating_add).clamp(0, u64::MAX.into())
}

/// Whether the node stays although one replica leaves it: nobody takes it away, something on
/// it stays where it is cheapest, or not all that is on it certainly fits in one cluster at home.
fn node_stays(
    facts: &Facts,
    prediction: &Prediction,
    from: &Site,
    group: &Group,
    node: &NodeState,
) -> bool {
    let mut bundle: BTreeMap<&WorkloadId, u64> = BTreeMap::new();
    for (id, count) in held(node) {
        *bundle.entry(id).or_default() += count;
    }
    let known = |id: &&WorkloadId| facts.workloads.get(*id).copied();
    let cheapest =
        |w: &WorkloadSpec| w.fill.or(facts.burst(w).map(|p| p.fill)) == Some(Fill::Cheapest);
    if group.spec.grower == Grower::Nobody
        || landing(facts, from).next().is_some()
        || bundle.keys().filter_map(known).any(cheapest)
    {
        return true;
    }
    let all: u64 = bundle.values().sum();
    let kept = |home: &Site| {
        let mut members = bundle.keys().filter_map(known);
        members.any(|w| !kept_out(facts, w, &from.spec.name, home).is_empty() || bounded(facts, w))
    };
    all > 1
        && !homes(facts).any(|home| {
            !kept(home)
                && prediction.takes_behind(facts, home, &bundle) == Some(true)
                && prediction.certainly_takes(facts, home, &bundle) == Some(true)
        })
}

/// Whether some rule may let one more home and not two.
fn bounded(facts: &Facts, workload: &WorkloadSpec) -> bool {
    !workload.cluster_bounds.is_empty()
        || facts.burst(workload).is_some_and(|p| {
            p.max_cluster_percent < 100
                || p.survive_percent > 0
                || p.placement == Placement::ActiveActive
        })
        || facts
            .sites
            .values()
            .any(|s| s.state.is_some_and(|s| !s.quotas.is_empty()))
}
