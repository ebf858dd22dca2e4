//! Cluster Autoscaler: a scan every few seconds; nodes go when they were unneeded for long.
//!
//! Not here: balancing of similar groups, priorities of expanders.

use spillway_solver::resources::Resources;

use super::event::{ClusterIndex, NodeIndex, WorldEvent};
use super::packing::Preference;
use super::scheduler::{Candidate, fits};
use super::state::State;
use crate::config::{ClusterAutoscaler, NodeAutoscaler};

/// Empty nodes that one scan removes: the default of `--max-empty-bulk-delete`.
const EMPTY_AT_ONCE: usize = 10;

impl State {
    /// Looks at pending pods and at nodes that may go.
    pub(super) fn scan(&mut self, cluster: ClusterIndex) {
        let NodeAutoscaler::ClusterAutoscaler(flags) = self.setup.clusters[cluster].node_autoscaler
        else {
            return;
        };
        self.after(flags.scan_interval.0, WorldEvent::Scan(cluster));
        if !self.is_controlled(cluster) {
            return;
        }
        if self.order_nodes(cluster, Preference::LeastWaste) {
            self.sites[cluster].last_addition = Some(self.now);
        }
        let long_unneeded = self.update_unneeded(cluster, &flags);
        let resting = |at| self.now - at < flags.delay_after_add.0;
        if self.sites[cluster].last_addition.is_some_and(resting) {
            return;
        }
        let is_empty = |node: &NodeIndex| self.nodes[*node].pods.is_empty();
        let (empty, occupied): (Vec<_>, Vec<_>) = long_unneeded.into_iter().partition(is_empty);
        for node in empty.iter().take(EMPTY_AT_ONCE) {
            self.remove_node(*node);
        }
        if empty.is_empty()
            && let Some(node) = occupied.first()
        {
            self.drain_node(*node);
        }
    }

    /// Notes which nodes are not needed; returns those that have not been for long.
    fn update_unneeded(
        &mut self,
        cluster: ClusterIndex,
        flags: &ClusterAutoscaler,
    ) -> Vec<NodeIndex> {
        let nodes: Vec<NodeIndex> = self
            .serving_nodes(cluster)
            .filter(|node| self.group(*node).grows)
            .collect();
        let mut long = Vec::new();
        for node in nodes {
            let unneeded = self.used_percent(node) < u64::from(flags.utilization_percent)
                && self.pods_fit_elsewhere(node);
            let since = &mut self.nodes[node].unneeded_since;
            *since = if unneeded {
                since.or(Some(self.now))
            } else {
                None
            };
            if since.is_some_and(|since| self.now - since >= flags.unneeded.0) {
                long.push(node);
            }
        }
        long
    }

    /// The larger of the requested shares of cpu and memory.
    fn used_percent(&self, node: NodeIndex) -> u64 {
        let (used, have) = (&self.nodes[node].used, &self.nodes[node].allocatable);
        let percent =
            |used: u64, have: u64| (used.saturating_mul(100)).checked_div(have).unwrap_or(100);
        percent(used.cpu_milli.0, have.cpu_milli.0)
            .max(percent(used.memory_bytes.0, have.memory_bytes.0))
    }

    fn pods_fit_elsewhere(&self, leaving: NodeIndex) -> bool {
        let cluster = self.nodes[leaving].cluster;
        let mut others: Vec<(NodeIndex, Resources)> = self
            .serving_nodes(cluster)
            .filter(|node| *node != leaving)
            .map(|node| (node, self.nodes[node].used.clone()))
            .collect();
        self.nodes[leaving].pods.iter().all(|pod| {
            let pod = &self.pods[*pod];
            let requests = &self.setup.workloads[pod.workload].requests;
            let room = others.iter_mut().find(|(node, used)| {
                let group = self.group(*node);
                let allocatable = &self.nodes[*node].allocatable;
                group.takes_pod(pod) && fits(Candidate { allocatable, used }, requests)
            });
            room.is_some_and(|(_, used)| {
                *used = used.plus(requests, 1);
                true
            })
        })
    }

    /// Evicts a node's pods, which their `ReplicaSet`s replace; the node goes when they are gone.
    pub(super) fn drain_node(&mut self, node: NodeIndex) {
        self.nodes[node].leaving = true;
        if self.nodes[node].pods.is_empty() {
            self.remove_node(node);
            return;
        }
        let cluster = self.nodes[node].cluster;
        for pod in self.nodes[node].pods.clone() {
            let workload = self.pods[pod].workload;
            if self.sites[cluster].targets[workload].pods.contains(&pod) {
                self.delete_pod(pod);
                self.reconcile(workload, cluster);
            }
        }
    }
}
