//! Scale targets: what a `ReplicaSet` does when `spec.replicas` changes.

use std::cmp::Reverse;

use spillway_solver::decision::Victim;

use super::event::{ClusterIndex, PodIndex};
use super::state::{Phase, State};
use crate::time::Nanos;

/// A change this soon after one in the other direction is a reversal.
const REVERSAL_WITHIN: Nanos = Nanos::from_secs(600);

impl State {
    /// Writes `spec.replicas` of a workload in a cluster.
    pub(super) fn set_replicas(&mut self, workload: usize, cluster: ClusterIndex, replicas: u32) {
        let now = self.now;
        let target = &mut self.sites[cluster].targets[workload];
        if target.spec == replicas {
            return;
        }
        let (last, opposite) = if replicas > target.spec {
            (&mut target.raised_at, target.lowered_at)
        } else {
            (&mut target.lowered_at, target.raised_at)
        };
        *last = Some(now);
        let counts = &mut self.ledger.workloads[workload];
        counts.actions += 1;
        if opposite.is_some_and(|at| now - at <= REVERSAL_WITHIN) {
            counts.reversals += 1;
        }
        target.spec = replicas;
        self.reconcile(workload, cluster);
    }

    /// Creates or deletes pods until as many exist as `spec.replicas` says.
    pub(super) fn reconcile(&mut self, workload: usize, cluster: ClusterIndex) {
        let target = &self.sites[cluster].targets[workload];
        if target.rolling {
            self.roll(workload, cluster);
            return;
        }
        let (have, want) = (target.pods.len(), target.spec as usize);
        for _ in have..want {
            self.create_pod(workload, cluster);
        }
        for pod in self.victims(workload, cluster, have.saturating_sub(want)) {
            self.delete_pod(pod);
        }
    }

    /// Sets deletion costs: on each named node, so many of the workload's pods go first.
    pub(super) fn hint_victims(&mut self, victims: &[Victim]) {
        let sites = self.sites.iter().enumerate();
        let reached = sites.filter(|(cluster, _)| self.faults.answers(*cluster));
        let targets = reached.flat_map(|(_, site)| &site.targets);
        for pod in targets.flat_map(|target| &target.pods) {
            self.pods[*pod].cheap_to_delete = false;
        }
        for victim in victims {
            let mut clusters = self.setup.clusters.iter();
            let mut workloads = self.setup.workloads.iter();
            let (Some(cluster), Some(workload)) = (
                clusters.position(|cluster| cluster.name == victim.cluster),
                workloads.position(|workload| workload.id == victim.workload),
            ) else {
                continue;
            };
            if !self.answers(cluster) {
                continue;
            }
            let pods = &self.sites[cluster].targets[workload].pods;
            let there = pods.iter().filter(|pod| {
                let node = self.pods[**pod].node;
                node.is_some_and(|node| self.nodes[node].name == victim.node)
            });
            let first: Vec<PodIndex> = there.take(victim.replicas as usize).copied().collect();
            for pod in first {
                self.pods[pod].cheap_to_delete = true;
            }
        }
    }

    /// The pods that go first: without a node, not Ready, with a lower deletion cost, on nodes
    /// with more of their kind, the youngest.
    pub(super) fn victims(
        &self,
        workload: usize,
        cluster: ClusterIndex,
        count: usize,
    ) -> Vec<PodIndex> {
        let pods = &self.sites[cluster].targets[workload].pods;
        let of_kind = |pod: PodIndex| {
            let node = self.pods[pod].node;
            pods.iter()
                .filter(|other| self.pods[**other].node == node)
                .count()
        };
        let mut ranked: Vec<_> = pods
            .iter()
            .map(|index| {
                let pod = &self.pods[*index];
                let age = Reverse((pod.ready_at, pod.created_at, *index));
                (
                    pod.phase != Phase::Pending,
                    pod.phase == Phase::Ready,
                    !pod.cheap_to_delete,
                    Reverse(of_kind(*index)),
                    age,
                )
            })
            .collect();
        ranked.sort_unstable();
        let first = ranked.into_iter().take(count);
        first.map(|(.., Reverse((_, _, index)))| index).collect()
    }
}
