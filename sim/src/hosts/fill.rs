//! Where replicas go: the one rule of all baselines that decide a total only, so that nothing but
//! the total differs between them.
//!
//! Clusters are filled in their order up to what fits; the last takes the rest, where it waits
//! for nodes. A replica leaves a later cluster when as many as are wanted are Ready in earlier
//! ones, so that a move has no gap. What shrinks, shrinks from the end.

use spillway_solver::ids::ClusterId;
use spillway_solver::policy::{ClusterSpec, Policy, Tier, WorkloadSpec};
use spillway_solver::snapshot::Snapshot;

use super::TargetCount;
use super::fleet_hpa::count;
use super::room::Room;

/// Clusters in the order in which they are filled; those that are not named stay empty.
#[derive(Debug)]
pub(super) struct FillInOrder {
    clusters: Vec<ClusterSpec>,
    order: Vec<ClusterId>,
}

impl FillInOrder {
    /// Private clusters by name, then the first public one.
    pub(super) fn private_first(policy: &Policy) -> Self {
        let mut order = of_tier(policy, Tier::Private);
        order.extend(of_tier(policy, Tier::Public).into_iter().take(1));
        Self::new(policy, order)
    }

    /// The first public cluster up to the most nodes that it may have, then private ones by name.
    pub(super) fn public_first(policy: &Policy) -> Self {
        let mut order = of_tier(policy, Tier::Public);
        order.truncate(1);
        order.extend(of_tier(policy, Tier::Private));
        Self::new(policy, order)
    }

    fn new(policy: &Policy, order: Vec<ClusterId>) -> Self {
        Self {
            clusters: policy.clusters.clone(),
            order,
        }
    }

    /// The places of this tick, from which [`Self::targets`] takes.
    pub(super) fn room(&self, snapshot: &Snapshot) -> Room<'_> {
        Room::new(&self.clusters, snapshot)
    }

    /// Distributes so many replicas of a workload.
    pub(super) fn targets(
        &self,
        snapshot: &Snapshot,
        room: &mut Room<'_>,
        workload: &WorkloadSpec,
        total: u32,
    ) -> Vec<TargetCount> {
        let mut left = total;
        let mut ready_before: u32 = 0;
        let target = |cluster: &ClusterId, replicas| TargetCount {
            workload: workload.id.clone(),
            cluster: cluster.clone(),
            replicas,
        };
        let mut targets = Vec::new();
        for (index, name) in self.order.iter().enumerate() {
            let now = count(snapshot, &workload.id, |cluster| cluster == name);
            let here = if index + 1 == self.order.len() {
                left
            } else {
                let stays = left.min(now.placed());
                stays + room.take(name, workload, left - stays)
            };
            left -= here;
            let still_serves = now.spec.min(total.saturating_sub(ready_before));
            let kept = if index == 0 { 0 } else { still_serves };
            targets.push(target(name, here.max(kept)));
            ready_before = ready_before.saturating_add(now.ready);
        }
        let unused = self.clusters.iter().map(|cluster| &cluster.name);
        let unused = unused.filter(|name| !self.order.contains(name));
        targets.extend(unused.map(|name| target(name, 0)));
        targets
    }
}

/// The clusters of a tier, by name.
pub(super) fn of_tier(policy: &Policy, tier: Tier) -> Vec<ClusterId> {
    let clusters = policy.clusters.iter();
    let of_tier = clusters.filter(|cluster| cluster.tier == tier);
    let mut names: Vec<ClusterId> = of_tier.map(|cluster| cluster.name.clone()).collect();
    names.sort();
    names
}
