//! Room on nodes: sums of requests, the waste of what does not divide a node, cuts from the fit.

use std::collections::BTreeSet;

use crate::capacity::{Dims, Fleet, Group, Workload};
use crate::placement::model::{Cuts, Demand, Problem, load};
use crate::placement::terms::{Builder, Sum, Term};
use crate::policy::Tier;

use super::{changeable, stays_at_most};

/// Requests fit into what a group has. An elastic group has its nodes, existing ones less what
/// others use of them beyond daemons.
pub(super) fn capacity(b: &mut Builder, p: &mut Problem, fleet: &Fleet<'_>) {
    for (g, group) in changeable(fleet) {
        for dim in 0..group.fresh.len() {
            let mut sum = load(p, fleet, g, dim);
            if group.elastic() {
                let whole = group.fresh[dim].saturating_mul(nodes_of(group.nodes.len()));
                let foreign = (whole - group.capacity[dim]).max(0);
                let held = held_load(fleet, g, |request| request[dim]);
                let credit = credit(group, group.fresh[dim], foreign.saturating_add(held));
                set_aside(&mut sum, p, fleet, g, foreign, |request| request[dim]);
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

/// What existing nodes of `g` cannot give to ours goes with them: the replicas that stay carry it in
/// proportion, so that a group which all of them leave needs no node. Where none is held it stands
/// as it is.
fn set_aside(
    sum: &mut Sum,
    p: &Problem,
    fleet: &Fleet<'_>,
    g: usize,
    aside: i64,
    weight: impl Fn(&[i64]) -> i64,
) {
    let held = held_load(fleet, g, &weight);
    if held == 0 {
        sum.constant += aside;
        return;
    }
    for (w, workload) in fleet.workloads.iter().enumerate() {
        let share = i128::from(aside) * i128::from(weight(&workload.request)) / i128::from(held);
        sum.add(p.stay[w][g], i64::try_from(share).unwrap_or(i64::MAX));
    }
}

/// What the replicas that hold a place in `g` weigh there.
pub(super) fn held_load(fleet: &Fleet<'_>, g: usize, weight: impl Fn(&[i64]) -> i64) -> i64 {
    let held = |w: &Workload<'_>| weight(&w.request).saturating_mul(i64::from(w.holding[g]));
    fleet
        .workloads
        .iter()
        .map(held)
        .fold(0, i64::saturating_add)
}

/// What an elastic group holds beyond the most nodes it may have, each of which takes `each`:
/// nodes larger than the group's shape, or requests that grew. What runs may run on.
pub(super) fn credit(group: &Group<'_>, each: i64, load: i64) -> i64 {
    let most = i64::from(group.held()) + i64::from(group.growth);
    load.saturating_sub(each.saturating_mul(most)).max(0)
}

pub(super) fn nodes_of(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Requests that do not divide a node waste its rest: for a threshold `t`, replicas weigh
/// `floor(request / t)` and a node holds `floor(room / t)` (a Chvatal-Gomory cut; floor is
/// superadditive). Thresholds are the requests of which a node holds at most eight.
pub(super) fn floor_cuts(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>) {
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

pub(super) fn floor_cut(
    b: &mut Builder,
    p: &Problem,
    fleet: &Fleet<'_>,
    g: usize,
    dim: usize,
    t: i64,
) {
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
        set_aside(&mut sum, p, fleet, g, fixed, |request| request[dim] / t);
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
pub(super) fn added_per_cluster(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>, cuts: &Cuts) {
    for ((w, c), most) in &cuts.adds {
        let mut sum = Sum::default();
        for g in fleet.clusters[*c].groups.clone() {
            sum.add(p.add[*w][g], 1);
        }
        b.most(sum, i64::from(*most));
    }
    for (w, c) in cuts.unbound.keys() {
        let mut sum = Sum::default();
        for g in fleet.clusters[*c].groups.clone() {
            sum.add(p.stay[*w][g], 1);
        }
        b.most(sum, stays_at_most(fleet, cuts, *w, *c));
    }
}

/// In one cluster a workload grows or shrinks, never both: what is written there is one number,
/// and on which of its groups a replica runs is the scheduler's choice. Replicas that are on no
/// node yet may still land in another group than predicted.
pub(super) fn one_direction(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>, demand: &Demand) {
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
