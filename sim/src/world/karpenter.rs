//! Karpenter: nodes for pending pods at once, empty nodes back after a delay.
//!
//! Not here: consolidation of nodes that are not empty, disruption budgets, drift and expiry.

use super::event::{ClusterIndex, NodeIndex};
use super::packing::Preference;
use super::state::State;
use crate::config::NodeAutoscaler;

impl State {
    /// A batch of pending pods is full.
    pub(super) fn provision(&mut self, cluster: ClusterIndex) {
        self.sites[cluster].will_provision = false;
        if self.is_controlled(cluster) {
            self.order_nodes(cluster, Preference::CheapestCore);
        }
    }

    /// Gives a node back if it has been empty for the whole delay.
    pub(super) fn consolidate(&mut self, node: NodeIndex) {
        let cluster = self.nodes[node].cluster;
        let NodeAutoscaler::Karpenter(karpenter) = self.setup.clusters[cluster].node_autoscaler
        else {
            return;
        };
        let empty = |since| self.now - since >= karpenter.consolidate_after.0;
        if !self.is_controlled(cluster) {
            return;
        }
        if self.nodes[node].takes_pods() && self.nodes[node].empty_since.is_some_and(empty) {
            self.remove_node(node);
        }
    }
}
