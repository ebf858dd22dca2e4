//! Nodes: ordered, up, gone.

use spillway_solver::units::UnixMs;

use super::billing::life_cost;
use super::event::{ClusterIndex, NodeIndex, WorldEvent};
use super::state::{Node, State};
use crate::config::NodeAutoscaler;
use crate::time::Nanos;

impl State {
    /// Orders a node; it boots for as long as its group's distribution says.
    pub(super) fn order_node(&mut self, cluster: ClusterIndex, group: usize) {
        let boot = self.setup.clusters[cluster].groups[group].boot;
        let drawn = boot.draw(&mut self.sites[cluster].boots[group]);
        let span = self.boot_span(cluster, group, drawn);
        self.accept_order(cluster, group);
        let node = self.new_node(cluster, group);
        self.after(span, WorldEvent::NodeUp(node));
    }

    /// A node that is up at the start of the run.
    pub(super) fn initial_node(&mut self, cluster: ClusterIndex, group: usize) {
        let node = self.new_node(cluster, group);
        self.node_up(node);
        self.nodes[node].image_at.fill(Some(self.now));
    }

    /// A node has booted.
    pub(super) fn node_up(&mut self, node: NodeIndex) {
        if self.nodes[node].gone_at.is_some() {
            return;
        }
        let cluster = self.nodes[node].cluster;
        self.nodes[node].up_at = Some(self.now);
        if self.is_public(cluster) {
            let allocatable = self.nodes[node].allocatable.cpu_milli.0;
            self.ledger.public_cpu.add(self.now, allocatable);
        }
        self.node_is_empty(node);
        self.draw_interruptions(node);
        self.schedule_soon(cluster, Nanos::ZERO);
    }

    /// A node has no pods (any more).
    pub(super) fn node_is_empty(&mut self, node: NodeIndex) {
        if self.nodes[node].leaving {
            self.remove_node(node);
            return;
        }
        self.nodes[node].empty_since = Some(self.now);
        let autoscaler = self.setup.clusters[self.nodes[node].cluster].node_autoscaler;
        if let NodeAutoscaler::Karpenter(karpenter) = autoscaler
            && self.group(node).grows
        {
            let span = karpenter.consolidate_after.0;
            self.after(span, WorldEvent::Consolidate(node));
        }
    }

    /// An empty node is gone.
    pub(super) fn remove_node(&mut self, node: NodeIndex) {
        let now = self.now;
        let cluster = self.nodes[node].cluster;
        debug_assert!(self.nodes[node].pods.is_empty(), "only empty nodes go");
        self.nodes[node].gone_at = Some(now);
        self.sites[cluster].nodes.retain(|other| *other != node);
        self.sites[cluster].alive[self.nodes[node].group] -= 1;
        if self.is_public(cluster) {
            self.ledger.node_stops += 1;
            if self.nodes[node].up_at.is_some() {
                let allocatable = self.nodes[node].allocatable.cpu_milli.0;
                self.ledger.public_cpu.sub(now, allocatable);
            }
            self.ledger.public_nodes.sub(now, 1);
        }
        let kind = self.group(node).capacity_type;
        let cost = life_cost(&self.nodes[node].prices, self.unix_ms(now));
        self.ledger.close_bill(node, kind, cost);
    }

    /// A node dies with what runs on it, which is asked for again.
    pub(super) fn lose_node(&mut self, node: NodeIndex) {
        self.nodes[node].leaving = true;
        self.nodes[node].taken = true;
        let pods = self.nodes[node].pods.clone();
        if pods.is_empty() {
            self.remove_node(node);
        }
        for pod in pods {
            self.lose_pod(pod);
        }
    }

    /// A point of the run on the world's calendar.
    pub(super) fn unix_ms(&self, at: Nanos) -> UnixMs {
        UnixMs(at.to_unix_ms(self.setup.start_ms))
    }

    pub(super) fn new_node(&mut self, cluster: ClusterIndex, group: usize) -> NodeIndex {
        let node = self.nodes.len();
        let ordered_ms = self.unix_ms(self.now);
        let spec = &self.setup.clusters[cluster].groups[group];
        let site = &mut self.sites[cluster];
        self.nodes.push(Node {
            cluster,
            group,
            name: format!("{}-{}", spec.name, site.ordered[group]),
            allocatable: spec.allocatable.clone(),
            others: spec.daemons.clone(),
            ordered_at: self.now,
            up_at: None,
            gone_at: None,
            prices: vec![(ordered_ms, site.prices[group])],
            used: spec.daemons.clone(),
            pods: Vec::new(),
            leaving: false,
            taken: false,
            cordoned: false,
            empty_since: None,
            unneeded_since: None,
            image_at: vec![None; self.setup.workloads.len()],
        });
        site.ordered[group] += 1;
        site.alive[group] += 1;
        site.nodes.push(node);
        self.ledger.open_bills.push(node);
        if self.is_public(cluster) {
            if self.now > Nanos::ZERO {
                self.ledger.node_starts += 1;
            }
            self.ledger.public_nodes.add(self.now, 1);
        }
        node
    }
}
