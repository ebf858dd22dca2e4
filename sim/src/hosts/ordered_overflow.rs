//! Clusters filled in order; what has spilled stays where it is.
//!
//! Source: Karmada, proposal "Overflow Cluster Affinities" (zhzhuang-zju and vie-serendipity,
//! 2026; read), part of its version 1.18: replicas that are added fill the tiers in their order,
//! a scale-in takes from the last tier first, and migration "will not be automatically triggered"
//! when an earlier tier has room again.

use spillway_solver::ids::ClusterId;
use spillway_solver::policy::{ClusterSpec, Policy, Tier, WorkloadSpec};
use spillway_solver::snapshot::Snapshot;

use super::fill::of_tier;
use super::fleet_hpa::{FleetHpa, Replicas, count};
use super::room::Room;
use super::{Autoscaler, Outcome, TargetCount};

/// HPA's total over all clusters; only what is added or removed is placed.
#[derive(Debug)]
pub struct OrderedOverflow {
    hpa: FleetHpa,
    clusters: Vec<ClusterSpec>,
    /// Private ones by name, then public ones by name.
    order: Vec<ClusterId>,
}

impl OrderedOverflow {
    /// For the policy's workloads and all its clusters.
    #[must_use]
    pub fn new(policy: &Policy) -> Self {
        let mut order = of_tier(policy, Tier::Private);
        order.extend(of_tier(policy, Tier::Public));
        Self {
            hpa: FleetHpa::new(policy),
            clusters: policy.clusters.clone(),
            order,
        }
    }
}

impl Autoscaler for OrderedOverflow {
    fn name(&self) -> &'static str {
        "ordered-overflow"
    }

    fn decide(&mut self, snapshot: &Snapshot) -> Outcome {
        let mut room = Room::new(&self.clusters, snapshot);
        let mut targets = Vec::new();
        for workload in self.hpa.workloads.clone() {
            let all = count(snapshot, &workload.id, |_| true);
            let max = workload.max_replicas;
            let desired = self.hpa.desired(&workload, snapshot, all, max);
            let here = |name: &ClusterId| count(snapshot, &workload.id, |other| other == name);
            let now: Vec<Replicas> = self.order.iter().map(here).collect();
            let mut there: Vec<u32> = now.iter().map(|here| here.spec).collect();
            if desired < all.spec {
                shrink(&mut there, all.spec - desired);
            } else {
                let places = |index: usize, want: u32| {
                    places(&mut room, &self.order[index], &workload, now[index], want)
                };
                grow(&mut there, desired - all.spec, places);
            }
            targets.extend(
                self.order
                    .iter()
                    .zip(there)
                    .map(|(cluster, replicas)| TargetCount {
                        workload: workload.id.clone(),
                        cluster: cluster.clone(),
                        replicas,
                    }),
            );
        }
        Outcome {
            targets,
            ..Outcome::default()
        }
    }
}

/// Places for more replicas, after those that pend there already.
fn places(
    room: &mut Room<'_>,
    cluster: &ClusterId,
    workload: &WorkloadSpec,
    now: Replicas,
    want: u32,
) -> u32 {
    room.take(cluster, workload, now.pending);
    room.take(cluster, workload, want)
}

/// Adds replicas in order, each cluster up to its places; the last takes the rest.
fn grow(there: &mut [u32], more: u32, mut places: impl FnMut(usize, u32) -> u32) {
    let mut left = more;
    let last = there.len().saturating_sub(1);
    for (index, replicas) in there.iter_mut().enumerate() {
        let here = if index == last {
            left
        } else {
            places(index, left)
        };
        *replicas += here;
        left -= here;
    }
}

/// Removes replicas from the last cluster first.
fn shrink(there: &mut [u32], fewer: u32) {
    let mut left = fewer;
    for replicas in there.iter_mut().rev() {
        let gone = left.min(*replicas);
        *replicas -= gone;
        left -= gone;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn additions_fill_in_order_removals_come_from_the_end_and_nothing_moves_between() {
        // The proposal's picture: own cluster with places for 4, then two in public with 3 and any.
        let mut there = [0, 0, 0];
        let mut free = [4, 3, 0];
        let mut step = |there: &mut [u32], more| {
            grow(there, more, |index, want| {
                let here: u32 = want.min(free[index]);
                free[index] -= here;
                here
            });
        };
        step(&mut there, 6);
        assert_eq!(there, [4, 2, 0], "home first, the rest in the next tier");
        step(&mut there, 4);
        assert_eq!(there, [4, 3, 3], "and on down the chain");
        shrink(&mut there, 5);
        assert_eq!(there, [4, 1, 0], "in reverse");
        // Two places at home come free: nobody is there to use them before a replica is added.
        free = [2, 0, 0];
        let mut step = |there: &mut [u32], more| {
            grow(there, more, |index, want| {
                let here: u32 = want.min(free[index]);
                free[index] -= here;
                here
            });
        };
        step(&mut there, 0);
        assert_eq!(there, [4, 1, 0], "no replica comes home");
        step(&mut there, 1);
        assert_eq!(there, [5, 1, 0], "a new one is home's");
    }
}
