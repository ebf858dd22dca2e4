//! Shares and caps in replicas: spread over clusters, spot, public replicas of a policy.

use crate::capacity::{Fleet, Workload};
use crate::placement::model::{Demand, Problem};
use crate::placement::terms::{Builder, Sum};
use crate::policy::CapacityType;

use super::{holding, public, within};

/// No cluster holds a larger share of a workload than its policy allows.
pub(super) fn spread(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>, demand: &Demand) {
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
pub(super) fn spot(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>, demand: &Demand) {
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
            let on_spot = within(p, w, spot.iter().copied());
            let mut beyond = Sum::default();
            beyond.add_sum(&on_spot, 100);
            beyond.add_sum(&within(p, w, public(fleet)), -percent);
            let held_public = holding(fleet, w, public(fleet));
            // What a cluster that does not answer holds on spot cannot go, and what would make it
            // a small enough share may find no place: the row would be a contradiction.
            if 100 * held > percent * held_public || beyond.constant > 0 {
                b.most(on_spot, held);
            } else {
                b.most(beyond, 0);
            }
        }
        if rule.on_demand_floor > 0 {
            let most = i64::from(demand.desired[w].saturating_sub(rule.on_demand_floor));
            b.most(within(p, w, spot.iter().copied()), most.max(held));
        }
    }
}

/// A policy's workloads together have at most so many replicas in public.
pub(super) fn public_replicas(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>) {
    for burst in &fleet.bursts {
        let Some(most) = burst.max_public_replicas else {
            continue;
        };
        let mut sum = Sum::default();
        let mut held = 0;
        for (w, _) in members(fleet, burst.name.as_str()) {
            sum.add_sum(&within(p, w, public(fleet)), 1);
            held += holding(fleet, w, public(fleet));
        }
        b.most(sum, i64::from(most).max(held));
    }
}

pub(super) fn members<'f>(
    fleet: &'f Fleet<'_>,
    policy: &'f str,
) -> impl Iterator<Item = (usize, &'f Workload<'f>)> {
    fleet
        .workloads
        .iter()
        .enumerate()
        .filter(move |(_, w)| w.spec.policy == policy)
}
