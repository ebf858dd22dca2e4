//! The constraints of the placement model, one function each, in files by subject.
//!
//! A rule that running replicas already break binds increases only: it never kills what runs.
//! The exceptions are a workload's bounds in a cluster, which are mandatory.

mod floors;
mod money;
mod quotas;
mod room;
mod shares;

use std::collections::BTreeSet;

use crate::capacity::{Condition, Fleet, Group};
use crate::policy::Tier;

use super::caps::Cap;
use super::levels::{CAP_OVERRUN, MOVES, UNSERVED};
use super::model::{Cuts, Demand, Level, Problem, pinned_down};
use super::terms::{Builder, Sum};

use floors::{active_active, cluster_bounds, co_placement, minimums, survivability};
use money::money;
pub(crate) use money::{low_priority, owed};
use quotas::quotas;
pub(crate) use quotas::{per_node, per_replica, pods_use, quota_amount};
use room::{added_per_cluster, capacity, floor_cuts, nodes_of, one_direction};
pub(crate) use shares::share_up;
use shares::{public_replicas, spot, spread};

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
    duties(p, fleet, demand, cuts, floors, overrun);
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

/// The levels that come before money, in order. What a priority has to move, for itself or for
/// higher ones, stands before what lower ones are served: none is driven out for a lower one.
fn duties(
    p: &mut Problem,
    fleet: &Fleet<'_>,
    demand: &Demand,
    cuts: &Cuts,
    floors: Sum,
    overrun: Sum,
) {
    let mut levels = vec![level("floors", floors, 0), level(CAP_OVERRUN, overrun, 0)];
    let priorities: BTreeSet<i32> = fleet.workloads.iter().map(|w| w.spec.priority).collect();
    let lowest = priorities.first().copied();
    let mut all = Moves::default();
    for priority in priorities.into_iter().rev() {
        let mut sum = Sum::default();
        let mut moves = Moves::default();
        for (w, _) in fleet
            .workloads
            .iter()
            .enumerate()
            .filter(|(_, w)| w.spec.priority == priority)
        {
            sum.add(p.unserved[w], 1);
            moves.add(p, fleet, demand, cuts, w);
        }
        levels.push(level(&format!("{UNSERVED}{priority}"), sum, 0));
        all.cordoned.add_sum(&moves.cordoned, 1);
        all.moved.add_sum(&moves.moved, 1);
        all.least += moves.least;
        if lowest != Some(priority) {
            // Leaving a cluster under maintenance is worth a move.
            moves.moved.add_sum(&moves.cordoned, 1);
            levels.push(level(
                &format!("{MOVES}@{priority}"),
                moves.moved,
                moves.least,
            ));
        }
    }
    levels.push(level("cordoned", all.cordoned, 0));
    levels.push(level(MOVES, all.moved, all.least));
    p.duties = levels;
}

/// What workloads have to move.
#[derive(Default)]
struct Moves {
    /// Replicas that stay in clusters under maintenance.
    cordoned: Sum,
    /// Replicas that leave any other place, or are not yet where their group is heading.
    moved: Sum,
    /// No plan can move fewer.
    least: i64,
}

impl Moves {
    fn add(&mut self, p: &Problem, fleet: &Fleet<'_>, demand: &Demand, cuts: &Cuts, w: usize) {
        let workload = &fleet.workloads[w];
        let (mut held, mut fixed) = (0, 0);
        let mut by_cluster = vec![0; fleet.clusters.len()];
        let heading = fleet.heading(w);
        for (g, group) in fleet.groups.iter().enumerate() {
            if fleet.gone(w, group.cluster) {
                continue;
            }
            if pinned_down(fleet, group.cluster) {
                fixed += i64::from(workload.holding[g]);
            }
            if fleet.clusters[group.cluster].condition == Condition::Cordoned {
                self.cordoned.add(p.stay[w][g], 1);
                continue;
            }
            // A group that is on its way has its moves before it wherever it is not yet.
            if heading.is_some_and(|to| to != group.cluster) {
                if !pinned_down(fleet, group.cluster) {
                    self.moved.add_sum(&within(p, w, std::iter::once(g)), 1);
                }
                continue;
            }
            held += i64::from(workload.holding[g]);
            by_cluster[group.cluster] += i64::from(workload.holding[g]);
            self.moved.constant += i64::from(workload.holding[g]);
            self.moved.add(p.stay[w][g], -1);
        }
        let may_stay = |(c, held): (usize, &i64)| stays_at_most(fleet, cuts, w, c).min(*held);
        let may_stay: i64 = by_cluster.iter().enumerate().map(may_stay).sum();
        let most = fixed.max(i64::from(demand.desired[w])).min(may_stay);
        self.least += (held - most).max(0);
    }
}

/// How many replicas of `w` may stay in a cluster once the fit has shown which of those on no node
/// find none.
fn stays_at_most(fleet: &Fleet<'_>, cuts: &Cuts, w: usize, cluster: usize) -> i64 {
    cuts.unbound.get(&(w, cluster)).map_or(i64::MAX, |most| {
        let on_nodes = &fleet.workloads[w].on_nodes;
        let groups = fleet.clusters[cluster].groups.clone();
        groups.map(|g| i64::from(on_nodes[g])).sum::<i64>() + i64::from(*most)
    })
}

fn level(name: &str, sum: Sum, least: i64) -> Level {
    Level {
        name: name.to_owned(),
        sum,
        least,
    }
}
