//! Clusters that are lost, do not answer, or cannot be reached by the autoscaler alone.

use spillway_solver::units::UnixMs;

use super::{Effect, FaultIndex, Faults};
use crate::world::event::ClusterIndex;
use crate::world::state::State;

impl Faults {
    /// Whether a cluster's API answers the autoscaler.
    pub(in crate::world) fn answers(&self, cluster: ClusterIndex) -> bool {
        self.silent_since[cluster].is_none()
    }

    /// A cluster has not answered since before the run began.
    pub(in crate::world) fn recall_silence(&mut self, cluster: ClusterIndex, since: UnixMs) {
        self.silent_since[cluster] = Some(since);
    }
}

impl State {
    /// Whether a cluster has died with all its nodes.
    pub(in crate::world) fn is_lost(&self, cluster: ClusterIndex) -> bool {
        let mut running = self.faults.running();
        running.any(|effect| matches!(effect, Effect::ClusterLost(lost) if *lost == cluster))
    }

    /// Whether a cluster's own control plane works: its scheduler and its node autoscaler.
    pub(in crate::world) fn is_controlled(&self, cluster: ClusterIndex) -> bool {
        !self.faults.running().any(|effect| {
            matches!(effect, Effect::ClusterLost(other) | Effect::ClusterUnreachable(other) if *other == cluster)
        })
    }

    /// Whether a cluster's API answers the autoscaler.
    pub(in crate::world) fn answers(&self, cluster: ClusterIndex) -> bool {
        self.faults.answers(cluster)
    }

    /// Notes which clusters do not answer any more, and which do again.
    pub(super) fn note_silence(&mut self) {
        for cluster in 0..self.sites.len() {
            let cut_off = self
                .faults
                .running()
                .any(|effect| matches!(effect, Effect::Partition(other) if *other == cluster));
            let silent = cut_off || !self.is_controlled(cluster);
            let now_ms = self.host_now();
            let since = &mut self.faults.silent_since[cluster];
            *since = silent.then(|| since.unwrap_or(now_ms));
        }
    }

    /// All nodes die; what ran on them is asked for again, and nobody acts on it.
    pub(super) fn lose_cluster(&mut self, index: FaultIndex, cluster: ClusterIndex) {
        for node in self.sites[cluster].nodes.clone() {
            self.faults.list[index].struck += 1;
            self.lose_node(node);
        }
    }

    /// The nodes of fixed groups that were there at the start are there again.
    pub(super) fn restore_cluster(&mut self, cluster: ClusterIndex) {
        if self.is_lost(cluster) {
            return;
        }
        for group in 0..self.setup.clusters[cluster].groups.len() {
            let spec = &self.setup.clusters[cluster].groups[group];
            let nodes = if spec.grows { 0 } else { spec.initial_nodes };
            for _ in 0..nodes {
                self.initial_node(cluster, group);
            }
        }
        self.wake_cluster(cluster);
    }

    /// The control plane goes on with what it has missed.
    pub(super) fn wake_cluster(&mut self, cluster: ClusterIndex) {
        if !self.is_controlled(cluster) {
            return;
        }
        let empty: Vec<_> = self
            .serving_nodes(cluster)
            .filter(|node| self.nodes[*node].pods.is_empty())
            .collect();
        for node in empty {
            self.node_is_empty(node);
        }
        for workload in 0..self.setup.workloads.len() {
            self.reconcile(workload, cluster);
        }
        self.schedule_soon(cluster, crate::time::Nanos::ZERO);
    }
}
