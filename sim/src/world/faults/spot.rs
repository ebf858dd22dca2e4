//! Spot nodes that the provider takes back, two minutes after it has said so.

use super::{Effect, FaultIndex, exponential};
use crate::config::NodeAutoscaler;
use crate::record::FaultSpan;
use crate::time::Nanos;
use crate::world::event::{ClusterIndex, NodeIndex, WorldEvent};
use crate::world::state::State;

/// From the notice until the node is gone: two minutes at EC2.
const NOTICE: Nanos = Nanos::from_secs(120);

impl State {
    /// Draws when each rate of interruption takes a node that has just come up.
    pub(in crate::world) fn draw_interruptions(&mut self, node: NodeIndex) {
        let (cluster, group) = (self.nodes[node].cluster, self.nodes[node].group);
        for index in 0..self.faults.list.len() {
            let fault = &mut self.faults.list[index];
            if let Effect::SpotInterruption {
                cluster: c,
                group: g,
                per_node_hour: Some(rate),
            } = fault.effect
                && (c, g) == (cluster, group)
            {
                let life = exponential(&mut fault.random, rate);
                self.after(life, WorldEvent::SpotNotice(node, index));
            }
        }
    }

    /// All nodes of a group are taken back.
    pub(super) fn interrupt_group(
        &mut self,
        index: FaultIndex,
        cluster: ClusterIndex,
        group: usize,
    ) {
        let nodes = self.sites[cluster].nodes.iter().copied();
        let struck: Vec<NodeIndex> = nodes
            .filter(|node| self.nodes[*node].group == group)
            .collect();
        for node in struck {
            self.faults.list[index].struck += 1;
            self.notice(node);
        }
    }

    /// A node's drawn life is over.
    pub(in crate::world) fn spot_notice(&mut self, node: NodeIndex, index: FaultIndex) {
        if self.nodes[node].gone_at.is_some() || self.nodes[node].taken {
            return;
        }
        let at = self.unix_ms(self.now);
        let fault = &mut self.faults.list[index];
        fault.struck += 1;
        fault.spans.push(FaultSpan {
            from_ms: at,
            until_ms: Some(at),
        });
        self.notice(node);
    }

    /// The provider says that it takes a node. Karpenter drains it at once; Cluster Autoscaler
    /// does not know of notices, so its pods run until the end.
    fn notice(&mut self, node: NodeIndex) {
        let cluster = self.nodes[node].cluster;
        self.nodes[node].taken = true;
        self.nodes[node].leaving = true;
        self.after(NOTICE, WorldEvent::SpotTaken(node));
        let drains = matches!(
            self.setup.clusters[cluster].node_autoscaler,
            NodeAutoscaler::Karpenter(_)
        );
        if drains && self.is_controlled(cluster) {
            self.drain_node(node);
        }
    }

    /// The notice is over.
    pub(in crate::world) fn spot_taken(&mut self, node: NodeIndex) {
        if self.nodes[node].gone_at.is_none() {
            self.lose_node(node);
        }
    }
}
