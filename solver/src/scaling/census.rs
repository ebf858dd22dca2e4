//! What exists of each workload, over all clusters: the inputs that HPA calls status and Ready.
//!
//! A fleet counts no surplus: pods that only a roll-out started are left out here, and what exists
//! beyond the desired count (replicas on the move, or not yet stopped) is cut off by [`Fleet`]. So
//! moving replicas changes no input of the scaling rules.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Clock;
use crate::ids::{ClusterId, WorkloadId};
use crate::policy::{ClusterSpec, OnUnreachable};
use crate::snapshot::{ClusterState, Snapshot};

/// Replicas of one workload in one cluster.
#[derive(Clone, Copy, Debug, Default)]
struct InCluster {
    asked: u32,
    ready: u32,
    exist: u32,
    rollout_surge: u32,
}

/// Replicas of every workload by cluster, counted once per tick.
pub(super) struct Census<'a> {
    clusters: &'a [ClusterState],
    /// By workload, then by the snapshot's cluster; `None` where it has no target and no replica.
    counts: BTreeMap<&'a WorkloadId, Vec<Option<InCluster>>>,
}

/// The fleet's counts of one workload, surplus included unless said otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Existing {
    /// `spec.replicas` of all its targets.
    pub asked: u32,
    /// Replicas in any state but terminating, without roll-out surge.
    pub total: u32,
    /// Ready ones of those.
    pub ready: u32,
    /// Those in clusters that do not answer: none of them can be taken away.
    pub held: u32,
    /// Ready in each cluster, roll-out surge included: who completes items there.
    pub ready_in: BTreeMap<ClusterId, u32>,
    /// Clusters that count as lost; nothing above contains them.
    pub lost: BTreeSet<ClusterId>,
}

/// HPA's view of the fleet at a desired count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fleet {
    /// The last desired count: HPA's `spec.replicas`.
    pub spec: u32,
    /// Replicas that exist, at most `spec`.
    pub status: u32,
    /// Ready replicas, at most `spec`.
    pub ready: u32,
    /// Whether a replica that was asked for is not Ready yet.
    pub booting: bool,
}

impl<'a> Census<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        let mut counts: BTreeMap<&WorkloadId, Vec<Option<InCluster>>> = BTreeMap::new();
        let clusters = snapshot.clusters.len();
        let mut add = |workload, cluster: usize, more: InCluster| {
            let by_cluster = counts
                .entry(workload)
                .or_insert_with(|| vec![None; clusters]);
            let entry = by_cluster[cluster].get_or_insert_default();
            entry.asked = entry.asked.saturating_add(more.asked);
            entry.ready = entry.ready.saturating_add(more.ready);
            entry.exist = entry.exist.saturating_add(more.exist);
            entry.rollout_surge = entry.rollout_surge.saturating_add(more.rollout_surge);
        };
        for (index, cluster) in snapshot.clusters.iter().enumerate() {
            for target in &cluster.targets {
                let more = InCluster {
                    asked: target.spec_replicas,
                    ready: 0,
                    exist: target.pending,
                    rollout_surge: target.rollout_surge,
                };
                add(&target.workload, index, more);
            }
            for replicas in cluster.nodes.iter().flat_map(|node| &node.replicas) {
                let more = InCluster {
                    ready: replicas.ready,
                    exist: replicas.ready.saturating_add(replicas.bound),
                    ..InCluster::default()
                };
                add(&replicas.workload, index, more);
            }
        }
        Self {
            clusters: &snapshot.clusters,
            counts,
        }
    }

    /// What exists of `workload` outside lost clusters. A cluster that does not answer counts with
    /// its last known state until then.
    pub(super) fn existing(
        &self,
        workload: &WorkloadId,
        clusters: &BTreeMap<&ClusterId, &ClusterSpec>,
        rule: OnUnreachable,
        clock: &Clock,
    ) -> Existing {
        let mut existing = Existing::default();
        let counts = self.counts.get(workload).into_iter().flatten();
        for (cluster, count) in self.clusters.iter().zip(counts) {
            let Some(count) = count else {
                continue;
            };
            let spec = clusters.get(&cluster.name).copied();
            if is_lost(cluster, spec, rule, clock) {
                existing.lost.insert(cluster.name.clone());
                continue;
            }
            let total = count.exist.saturating_sub(count.rollout_surge);
            existing.asked = existing.asked.saturating_add(count.asked);
            existing.total = existing.total.saturating_add(total);
            existing.ready = existing.ready.saturating_add(count.ready.min(total));
            if cluster.unreachable_since_ms.is_some() {
                // The surge of a roll-out as well: it is there, and nothing can take it away.
                existing.held = existing.held.saturating_add(count.exist.max(count.asked));
            }
            let ready_in = existing.ready_in.entry(cluster.name.clone()).or_default();
            *ready_in = ready_in.saturating_add(count.ready);
        }
        existing
    }
}

impl Existing {
    pub(super) fn at(&self, desired: u32) -> Fleet {
        let ready = self.ready.min(desired);
        Fleet {
            spec: desired,
            status: self.total.min(desired),
            ready,
            booting: ready < self.total.max(self.asked).min(desired),
        }
    }
}

/// Whether the replicas of `cluster` count as lost for a workload under `rule`: its API has not
/// answered for longer than the cluster's `lost_after_ms` and the rule's delay, and, where the
/// rule asks for it, its traffic is known to be lost too. Never under [`OnUnreachable::Hold`], nor
/// in a cluster that the policy does not name.
#[must_use]
pub fn is_lost(
    cluster: &ClusterState,
    spec: Option<&ClusterSpec>,
    rule: OnUnreachable,
    clock: &Clock,
) -> bool {
    let (Some(since), Some(spec)) = (cluster.unreachable_since_ms, spec) else {
        return false;
    };
    let after = match rule {
        OnUnreachable::Hold => return false,
        OnUnreachable::ReplaceIfTrafficLost { .. } if cluster.serves_traffic != Some(false) => {
            return false;
        }
        OnUnreachable::Replace { after_ms } | OnUnreachable::ReplaceIfTrafficLost { after_ms } => {
            after_ms
        }
    };
    clock.host.since(since) > spec.lost_after_ms.saturating_add(after)
}
