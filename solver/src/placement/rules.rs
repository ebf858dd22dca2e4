//! The constraints of the placement model, one function each.
//!
//! A rule that running replicas already break binds increases only: it never kills what runs.
//! The exceptions are a workload's bounds in a cluster, which are mandatory.

use std::collections::{BTreeMap, BTreeSet};

use crate::capacity::{Condition, Dims, Fleet, Group, MOST, Workload};
use crate::decision::CapRung;
use crate::policy::{CapacityType, Placement, Tier};
use crate::snapshot::QuotaScope;

use super::caps::Cap;
use super::levels::MOVES;
use super::model::{Cuts, Demand, Level, Problem, load, pinned_down};
use super::terms::{Builder, Sum, Term};

/// Adds every rule, and the levels that come before money.
pub(crate) fn apply(
    b: &mut Builder,
    p: &mut Problem,
    fleet: &Fleet<'_>,
    demand: &Demand,
    caps: &[Cap],
    cuts: &Cuts,
) {
    serve(b, p, demand);
    capacity(b, p, fleet);
    floor_cuts(b, p, fleet);
    added_per_cluster(b, p, fleet, cuts);
    one_direction(b, p, fleet, demand);
    spread(b, p, fleet, demand);
    spot(b, p, fleet, demand);
    public_replicas(b, p, fleet);
    quotas(b, p, fleet);
    let mut floors = Sum::default();
    minimums(b, p, fleet, demand, &mut floors);
    cluster_bounds(b, p, fleet, demand, &mut floors);
    survivability(b, p, fleet, demand, &mut floors);
    active_active(b, p, fleet, demand, &mut floors);
    co_placement(b, p, fleet, demand);
    let overrun = money(b, p, fleet, caps);
    duties(p, fleet, demand, floors, overrun);
}

/// The groups in whose clusters something can be changed. What the others hold, and what pends
/// there, is as it is: it meets no row.
fn changeable<'f>(fleet: &'f Fleet<'f>) -> impl Iterator<Item = (usize, &'f Group<'f>)> {
    let groups = fleet.groups.iter().enumerate();
    groups.filter(|(_, g)| !pinned_down(fleet, g.cluster))
}

/// All replicas of `w` within `groups`.
fn within(p: &Problem, w: usize, groups: impl Iterator<Item = usize>) -> Sum {
    let mut sum = Sum::default();
    for g in groups {
        sum.add(p.stay[w][g], 1);
        sum.add(p.add[w][g], 1);
    }
    sum
}

fn everywhere(p: &Problem, w: usize) -> Sum {
    within(p, w, 0..p.nodes.len())
}

fn public(fleet: &Fleet<'_>) -> impl Iterator<Item = usize> {
    (0..fleet.groups.len()).filter(|g| fleet.tier(*g) == Tier::Public)
}

fn holding(fleet: &Fleet<'_>, w: usize, groups: impl Iterator<Item = usize>) -> i64 {
    groups
        .map(|g| i64::from(fleet.workloads[w].holding[g]))
        .sum()
}

/// Every desired replica is placed or counted as unserved. What an unreachable cluster holds
/// cannot be reduced, so it may exceed what is desired.
fn serve(b: &mut Builder, p: &Problem, demand: &Demand) {
    for (w, desired) in demand.desired.iter().enumerate() {
        let mut sum = everywhere(p, w);
        sum.add(p.unserved[w], 1);
        let fixed = sum.constant.max(i64::from(*desired));
        b.equal(sum, fixed);
    }
}

/// Requests fit into what a group has. An elastic group has its nodes, existing ones less what
/// others use of them beyond daemons.
fn capacity(b: &mut Builder, p: &mut Problem, fleet: &Fleet<'_>) {
    for (g, group) in changeable(fleet) {
        for dim in 0..group.fresh.len() {
            let mut sum = load(p, fleet, g, dim);
            if group.elastic() {
                let whole = group.fresh[dim].saturating_mul(nodes_of(group.nodes.len()));
                let foreign = (whole - group.capacity[dim]).max(0);
                let held = held_load(fleet, g, |request| request[dim]);
                let credit = credit(group, group.fresh[dim], foreign.saturating_add(held));
                sum.constant += foreign;
                sum.add(p.nodes[g], -group.fresh[dim]);
                b.most(sum, credit);
            } else {
                let row = b.model.rows.len();
                let most = group.capacity[dim].max(sum.constant);
                let open = !sum.terms.is_empty();
                b.most(sum, most);
                if dim == Dims::CPU && open && fleet.tier(g) == Tier::Private {
                    p.cpu_rows.push((group.cluster, row));
                }
            }
        }
    }
}

/// What the replicas that hold a place in `g` weigh there.
fn held_load(fleet: &Fleet<'_>, g: usize, weight: impl Fn(&[i64]) -> i64) -> i64 {
    let held = |w: &Workload<'_>| weight(&w.request).saturating_mul(i64::from(w.holding[g]));
    fleet
        .workloads
        .iter()
        .map(held)
        .fold(0, i64::saturating_add)
}

/// What an elastic group holds beyond the most nodes it may have, each of which takes `each`:
/// nodes larger than the group's shape, or requests that grew. What runs may run on.
fn credit(group: &Group<'_>, each: i64, load: i64) -> i64 {
    let most = i64::from(group.held()) + i64::from(group.growth);
    load.saturating_sub(each.saturating_mul(most)).max(0)
}

fn nodes_of(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Requests that do not divide a node waste its rest: for a threshold `t`, replicas weigh
/// `floor(request / t)` and a node holds `floor(room / t)` (a Chvatal-Gomory cut; floor is
/// superadditive). Thresholds are the requests of which a node holds at most eight.
fn floor_cuts(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>) {
    for (g, group) in changeable(fleet) {
        for dim in [Dims::CPU, Dims::MEMORY] {
            let thresholds: BTreeSet<i64> = fleet
                .workloads
                .iter()
                .enumerate()
                .filter(|(w, _)| matches!(p.add[*w][g], Term::Var(_)))
                .map(|(_, w)| w.request[dim])
                .filter(|t| *t > 0 && *t * 8 > group.fresh[dim] && group.fresh[dim] % t != 0)
                .collect();
            for t in thresholds {
                floor_cut(b, p, fleet, g, dim, t);
            }
        }
    }
}

fn floor_cut(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>, g: usize, dim: usize, t: i64) {
    let group = &fleet.groups[g];
    let mut sum = Sum::default();
    for (w, workload) in fleet.workloads.iter().enumerate() {
        sum.add(p.stay[w][g], workload.request[dim] / t);
        sum.add(p.add[w][g], workload.request[dim] / t);
    }
    let existing: i64 = group
        .nodes
        .iter()
        .map(|n| {
            let node = &fleet.nodes[*n];
            let ours: i64 = node
                .ours
                .iter()
                .map(|(w, count)| fleet.workloads[*w].request[dim] * i64::from(*count))
                .sum();
            (node.room[dim].max(0) + ours) / t
        })
        .sum();
    if group.elastic() {
        let whole = (group.fresh[dim] / t) * nodes_of(group.nodes.len());
        let fixed = (whole - existing).max(0);
        let held = held_load(fleet, g, |request| request[dim] / t);
        let credit = credit(group, group.fresh[dim] / t, held + fixed);
        sum.constant += fixed;
        sum.add(p.nodes[g], -(group.fresh[dim] / t));
        b.most(sum, credit);
    } else {
        let most = existing.max(sum.constant);
        b.most(sum, most);
    }
}

/// What the fit on nodes has shown not to fit is not asked for again, and of a fit that cannot
/// be told one is tried.
///
/// That `n` new nodes take at most `n` times what one takes has no row of its own: where a node
/// holds up to eight of a workload the capacity and floor rows say it, beyond that it would bind
/// by less than a ninth, and a row for each workload and group makes every solve twice as long.
fn added_per_cluster(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>, cuts: &Cuts) {
    for ((w, c), most) in &cuts.adds {
        let mut sum = Sum::default();
        for g in fleet.clusters[*c].groups.clone() {
            sum.add(p.add[*w][g], 1);
        }
        b.most(sum, i64::from(*most));
    }
    for ((w, c), most) in &cuts.unbound {
        let mut sum = Sum::default();
        let mut bound = 0;
        for g in fleet.clusters[*c].groups.clone() {
            sum.add(p.stay[*w][g], 1);
            bound += fleet.workloads[*w].on_nodes[g];
        }
        b.most(sum, i64::from(bound + most));
    }
}

/// In one cluster a workload grows or shrinks, never both: what is written there is one number,
/// and on which of its groups a replica runs is the scheduler's choice. Replicas that are on no
/// node yet may still land in another group than predicted.
fn one_direction(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>, demand: &Demand) {
    for w in 0..fleet.workloads.len() {
        for cluster in &fleet.clusters {
            let open = |t: &Term| matches!(t, Term::Var(_));
            let groups = || cluster.groups.clone();
            let adds: Vec<usize> = groups().filter(|g| open(&p.add[w][*g])).collect();
            let stays: Vec<usize> = groups().filter(|g| open(&p.stay[w][*g])).collect();
            let desired = i64::from(demand.desired[w]);
            let on_nodes = |g: &usize| i64::from(fleet.workloads[w].on_nodes[*g]).min(desired);
            let running: i64 = stays.iter().map(on_nodes).sum();
            if adds.is_empty() || running == 0 || (adds.len() == 1 && adds == stays) {
                continue;
            }
            let shrinks = b.var(0, 1);
            let mut grown = Sum::default();
            for g in adds {
                grown.add(p.add[w][g], 1);
            }
            grown.add(shrinks, desired);
            b.most(grown, desired);
            let mut kept = Sum::default();
            for g in stays {
                kept.add(p.stay[w][g], -1);
            }
            kept.add(shrinks, -running);
            b.most(kept, -running);
        }
    }
}

/// No cluster holds a larger share of a workload than its policy allows.
fn spread(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>, demand: &Demand) {
    for (w, workload) in fleet.workloads.iter().enumerate() {
        let percent = i64::from(workload.policy.max_cluster_percent);
        if percent >= 100 {
            continue;
        }
        let most = share_up(demand.desired[w], percent);
        for cluster in &fleet.clusters {
            let held = holding(fleet, w, cluster.groups.clone());
            let sum = within(p, w, cluster.groups.clone());
            b.most(sum, most.max(held));
        }
    }
}

/// `percent` of `count`, rounded up: a share never asks for less than it says.
pub(crate) fn share_up(count: u32, percent: i64) -> i64 {
    (i64::from(count) * percent + 99) / 100
}

/// Spot holds at most its share of the public replicas, and none of the on-demand floor. Where
/// it holds more already, it gets none until the share is kept again.
fn spot(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>, demand: &Demand) {
    let spot: Vec<usize> = (0..fleet.groups.len())
        .filter(|g| fleet.groups[*g].spec.capacity_type == CapacityType::Spot)
        .collect();
    if spot.is_empty() {
        return;
    }
    for (w, workload) in fleet.workloads.iter().enumerate() {
        let rule = workload.policy.spot;
        let held = holding(fleet, w, spot.iter().copied());
        let percent = i64::from(rule.max_percent.min(100));
        if percent < 100 {
            let held_public = holding(fleet, w, public(fleet));
            let on_spot = within(p, w, spot.iter().copied());
            if 100 * held > percent * held_public {
                b.most(on_spot, held);
            } else {
                let mut sum = Sum::default();
                sum.add_sum(&on_spot, 100);
                sum.add_sum(&within(p, w, public(fleet)), -percent);
                b.most(sum, 0);
            }
        }
        if rule.on_demand_floor > 0 {
            let most = i64::from(demand.desired[w].saturating_sub(rule.on_demand_floor));
            b.most(within(p, w, spot.iter().copied()), most.max(held));
        }
    }
}

/// A policy's workloads together have at most so many replicas in public.
fn public_replicas(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>) {
    for burst in &fleet.bursts {
        let Some(most) = burst.max_public_replicas else {
            continue;
        };
        let mut sum = Sum::default();
        let mut held = 0;
        for (w, _) in members(fleet, burst.name.0.as_str()) {
            sum.add_sum(&within(p, w, public(fleet)), 1);
            held += holding(fleet, w, public(fleet));
        }
        b.most(sum, i64::from(most).max(held));
    }
}

fn members<'f>(
    fleet: &'f Fleet<'_>,
    policy: &'f str,
) -> impl Iterator<Item = (usize, &'f Workload<'f>)> {
    fleet
        .workloads
        .iter()
        .enumerate()
        .filter(move |(_, w)| w.spec.policy.0 == policy)
}

/// Quotas of the cloud bind new nodes, quotas of a namespace bind new replicas.
fn quotas(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>) {
    for (c, cluster) in fleet.clusters.iter().enumerate() {
        if pinned_down(fleet, c) {
            continue;
        }
        for quota in &cluster.quotas {
            let left = quota.limit.saturating_sub(quota.used);
            let mut sum = Sum::default();
            let mut held = 0;
            for g in cluster.groups.clone() {
                if let Some(each) = per_node(&quota.scope, fleet, g) {
                    sum.add(p.nodes[g], each);
                    held += each.saturating_mul(i64::from(fleet.groups[g].held()));
                    continue;
                }
                for (w, workload) in fleet.workloads.iter().enumerate() {
                    let each = per_replica(&quota.scope, workload.spec);
                    sum.add(p.stay[w][g], each);
                    sum.add(p.add[w][g], each);
                }
            }
            held = held.saturating_add(pods_use(&quota.scope, fleet, c));
            let left = quota_amount(&quota.scope, left);
            let most = held.saturating_add(left);
            b.most(sum, most);
        }
    }
}

/// What our pods in cluster `c` use of a namespace's quota: all that exist, as the API server
/// counts them, and none that are only asked for.
pub(crate) fn pods_use(scope: &QuotaScope, fleet: &Fleet<'_>, c: usize) -> i64 {
    let used = |w: &Workload<'_>| {
        per_replica(scope, w.spec).saturating_mul(i64::from(w.existing[c].pods()))
    };
    fleet
        .workloads
        .iter()
        .map(used)
        .fold(0, i64::saturating_add)
}

/// What one new node of a group takes of a cloud quota; `None` for a namespace's quota.
pub(crate) fn per_node(scope: &QuotaScope, fleet: &Fleet<'_>, g: usize) -> Option<i64> {
    let group = &fleet.groups[g];
    let size = fleet.dims.need(&group.spec.allocatable);
    let each = match scope {
        QuotaScope::Instances => 1,
        QuotaScope::InstanceCpu => size[Dims::CPU],
        QuotaScope::InstanceMemory => size[Dims::MEMORY],
        _ => return None,
    };
    Some(if group.elastic() { each } else { 0 })
}

/// What one replica takes of a namespace's quota.
pub(crate) fn per_replica(scope: &QuotaScope, workload: &crate::policy::WorkloadSpec) -> i64 {
    let namespace = workload.id.0.split('/').next().unwrap_or_default();
    let amount = |x: u64| i64::try_from(x).unwrap_or(MOST).min(MOST);
    match scope {
        QuotaScope::NamespacePods(n) if n == namespace => 1,
        QuotaScope::NamespaceCpu(n) if n == namespace => amount(workload.requests.cpu_milli.0),
        QuotaScope::NamespaceMemory(n) if n == namespace => {
            amount(workload.requests.memory_bytes.0.div_ceil(1 << 20))
        }
        _ => 0,
    }
}

/// A quota's rest in the model's unit: memory in MiB, rounded down.
pub(crate) fn quota_amount(scope: &QuotaScope, left: u64) -> i64 {
    let left = match scope {
        QuotaScope::InstanceMemory | QuotaScope::NamespaceMemory(_) => left >> 20,
        _ => left,
    };
    i64::try_from(left).unwrap_or(i64::MAX).min(1 << 50)
}

/// `floors` grows by the variable of what is missing of `wanted`.
fn floor(b: &mut Builder, floors: &mut Sum, mut have: Sum, wanted: i64) {
    if wanted <= 0 || (have.terms.is_empty() && have.constant >= wanted) {
        return;
    }
    let missing = b.var(0, wanted);
    have.add(missing, 1);
    floors.add(missing, 1);
    b.least(have, wanted);
}

/// The minimum of the moment is mandatory.
fn minimums(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>, demand: &Demand, floors: &mut Sum) {
    for w in 0..fleet.workloads.len() {
        let wanted = demand.floor[w].min(demand.desired[w]);
        floor(b, floors, everywhere(p, w), i64::from(wanted));
    }
}

/// A workload's bounds in single clusters are mandatory.
fn cluster_bounds(
    b: &mut Builder,
    p: &Problem,
    fleet: &Fleet<'_>,
    demand: &Demand,
    floors: &mut Sum,
) {
    for (w, workload) in fleet.workloads.iter().enumerate() {
        for (c, cluster) in fleet.clusters.iter().enumerate() {
            let Some(bound) = workload
                .spec
                .cluster_bounds
                .iter()
                .find(|b| b.cluster == cluster.spec.name)
            else {
                continue;
            };
            let here = within(p, w, cluster.groups.clone());
            if let Some(most) = bound.max {
                let most = i64::from(most);
                let held = here.constant.max(most);
                b.most(
                    here.clone(),
                    if pinned_down(fleet, c) { held } else { most },
                );
            }
            if !fleet.gone(w, c) {
                floor(b, floors, here, i64::from(bound.min.min(demand.desired[w])));
            }
        }
    }
}

/// When any one cluster is lost, the asked share shall still run. Soft: what cannot be reached
/// is counted, the least of all clusters, and reported.
fn survivability(
    b: &mut Builder,
    p: &Problem,
    fleet: &Fleet<'_>,
    demand: &Demand,
    floors: &mut Sum,
) {
    for (w, workload) in fleet.workloads.iter().enumerate() {
        let wanted = share_up(
            demand.desired[w],
            i64::from(workload.policy.survive_percent.min(100)),
        );
        if wanted <= 0 {
            continue;
        }
        let missing = b.var(0, wanted);
        floors.add(missing, 1);
        for cluster in &fleet.clusters {
            let elsewhere = (0..fleet.groups.len()).filter(|g| !cluster.groups.contains(g));
            let mut sum = within(p, w, elsewhere);
            sum.add(missing, 1);
            b.least(sum, wanted);
        }
    }
}

/// Every eligible cluster that takes replicas keeps one.
fn active_active(
    b: &mut Builder,
    p: &Problem,
    fleet: &Fleet<'_>,
    demand: &Demand,
    floors: &mut Sum,
) {
    for (w, workload) in fleet.workloads.iter().enumerate() {
        if workload.policy.placement != Placement::ActiveActive {
            continue;
        }
        let open: Vec<usize> = (0..fleet.clusters.len())
            .filter(|c| fleet.clusters[*c].condition == Condition::Usable)
            .filter(|c| {
                fleet.clusters[*c]
                    .groups
                    .clone()
                    .any(|g| workload.eligible[g])
            })
            .collect();
        if nodes_of(open.len()) <= i64::from(demand.desired[w]) {
            for c in open {
                floor(b, floors, within(p, w, fleet.clusters[c].groups.clone()), 1);
            }
        }
    }
}

/// The workloads of a co-placement group run in one cluster.
fn co_placement(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>, demand: &Demand) {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (w, workload) in fleet.workloads.iter().enumerate() {
        if let Some(name) = &workload.spec.co_placement {
            groups.entry(name).or_default().push(w);
        }
    }
    for members in groups.values() {
        let mut chosen = Sum::default();
        let here: Vec<Term> = fleet.clusters.iter().map(|_| b.var(0, 1)).collect();
        for y in &here {
            chosen.add(*y, 1);
        }
        b.most(chosen, 1);
        for w in members {
            for (c, cluster) in fleet.clusters.iter().enumerate() {
                let mut sum = within(p, *w, cluster.groups.clone());
                if sum.terms.is_empty() && sum.constant > 0 {
                    continue;
                }
                sum.add(here[c], -i64::from(demand.desired[*w]));
                b.most(sum, 0);
            }
        }
    }
}

/// Money caps bind new spill; running nodes too where they are shed at the cap. Floors may
/// overrun them. Returns the overrun.
fn money(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>, caps: &[Cap]) -> Sum {
    let mut overrun = Sum::default();
    for cap in caps {
        let mut sum = Sum::default();
        for (g, counts) in cap.counts.iter().enumerate() {
            if *counts {
                sum.add(p.nodes[g], fleet.groups[g].price.0);
            }
        }
        let beyond = b.var(0, MOST_OVERRUN);
        sum.add(beyond, -1);
        overrun.add(beyond, 1);
        b.most(sum, cap.most);
    }
    overrun
}

/// A thousand dollars per hour beyond a cap: more than any floor needs, small enough for the
/// backend's integers.
const MOST_OVERRUN: i64 = 1_000_000_000;

/// Whether the ladder gives `w` no new burst: its policy's cap is nearly reached and its
/// priority is low.
pub(crate) fn low_priority(fleet: &Fleet<'_>, caps: &[Cap], w: usize) -> bool {
    let workload = &fleet.workloads[w];
    caps.iter().any(|cap| {
        let burst = fleet.bursts[cap.policy];
        burst.name == workload.spec.policy
            && cap.rung >= CapRung::NoLowPriorityBurst
            && workload.spec.priority < burst.caps.ladder.low_priority_below
    })
}

/// How many more replicas `w` is owed in cluster `c` by mandatory floors: its minimum, its
/// bound there, what shall survive.
pub(crate) fn owed(fleet: &Fleet<'_>, demand: &Demand, w: usize, c: usize) -> u32 {
    let workload = &fleet.workloads[w];
    let held = |groups: &mut dyn Iterator<Item = usize>| -> u32 {
        groups
            .filter(|g| !fleet.gone(w, fleet.groups[*g].cluster))
            .map(|g| workload.holding[g])
            .sum()
    };
    let everywhere = held(&mut (0..fleet.groups.len()));
    let public = held(&mut public(fleet));
    let here = held(&mut fleet.clusters[c].groups.clone());
    let name = &fleet.clusters[c].spec.name;
    let bounds = workload.spec.cluster_bounds.iter();
    let bound = bounds.filter(|b| b.cluster == *name).map(|b| b.min).max();
    let survive = share_up(
        demand.desired[w],
        i64::from(workload.policy.survive_percent.min(100)),
    );
    let survive = u32::try_from(survive).unwrap_or(u32::MAX);
    let one = u32::from(workload.policy.placement == Placement::ActiveActive);
    demand.floor[w]
        .saturating_sub(everywhere)
        .max(bound.unwrap_or(0).saturating_sub(here))
        .max(survive.saturating_sub(public))
        .max(one.saturating_sub(here))
}

/// The levels that come before money, in order.
fn duties(p: &mut Problem, fleet: &Fleet<'_>, demand: &Demand, floors: Sum, overrun: Sum) {
    let mut levels = vec![level("floors", floors, 0), level("capOverrun", overrun, 0)];
    let priorities: BTreeSet<i32> = fleet.workloads.iter().map(|w| w.spec.priority).collect();
    for priority in priorities.into_iter().rev() {
        let mut sum = Sum::default();
        for (w, _) in fleet
            .workloads
            .iter()
            .enumerate()
            .filter(|(_, w)| w.spec.priority == priority)
        {
            sum.add(p.unserved[w], 1);
        }
        levels.push(level(&format!("unserved@{priority}"), sum, 0));
    }
    let mut cordoned = Sum::default();
    let mut moves = Sum::default();
    let mut least = 0;
    for (w, workload) in fleet.workloads.iter().enumerate() {
        let (mut held, mut fixed) = (0, 0);
        for (g, group) in fleet.groups.iter().enumerate() {
            if fleet.gone(w, group.cluster) {
                continue;
            }
            if pinned_down(fleet, group.cluster) {
                fixed += i64::from(workload.holding[g]);
            }
            if fleet.clusters[group.cluster].condition == Condition::Cordoned {
                cordoned.add(p.stay[w][g], 1);
                continue;
            }
            held += i64::from(workload.holding[g]);
            moves.constant += i64::from(workload.holding[g]);
            moves.add(p.stay[w][g], -1);
        }
        least += (held - fixed.max(i64::from(demand.desired[w]))).max(0);
    }
    levels.push(level("cordoned", cordoned, 0));
    levels.push(level(MOVES, moves, least));
    p.duties = levels;
}

fn level(name: &str, sum: Sum, least: i64) -> Level {
    Level {
        name: name.to_owned(),
        sum,
        least,
    }
}
