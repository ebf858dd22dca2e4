//! What the run counts: replicas and nodes over time, money, changes.

use spillway_solver::policy::{CapacityType, Tier};
use spillway_solver::units::MicroUsd;

use super::event::{ClusterIndex, NodeIndex};
use super::gauge::Gauge;
use super::setup::Setup;
use crate::record::Churn;
use crate::time::Nanos;

/// Everything that is counted.
pub(super) struct Ledger {
    /// Ready replicas of each workload in each cluster.
    pub(super) ready: Vec<Vec<Gauge>>,
    /// Replicas of each workload that exist and are not Ready.
    pub(super) not_ready: Vec<Gauge>,
    /// Milli-cores that our pods request on the nodes of each cluster.
    pub(super) used_cpu: Vec<Gauge>,
    /// Public nodes that are paid for.
    pub(super) public_nodes: Gauge,
    /// Allocatable milli-cores of public nodes that are up.
    pub(super) public_cpu: Gauge,
    /// Milli-cores that our pods request on public nodes.
    pub(super) public_used_cpu: Gauge,
    /// Public Ready replicas that would fit at home.
    pub(super) leak: Gauge,
    /// Private milli-cores that no pod requests, while a replica is Ready in public.
    pub(super) private_idle: Gauge,
    /// Nodes that are still paid for.
    pub(super) open_bills: Vec<NodeIndex>,
    /// What the others have cost.
    pub(super) closed_bills: NodeMoney,
    /// Milli-cores x nanoseconds in each cluster since the start.
    pub(super) milli_core_ns: Vec<u128>,
    /// Replicas x nanoseconds of each workload in each cluster since the start.
    pub(super) replica_ns: Vec<Vec<u128>>,
    /// Public milli-cores x nanoseconds since the start.
    pub(super) public_core_ns: u128,
    /// Idle private milli-cores x nanoseconds since the start.
    pub(super) private_idle_ns: u128,
    /// Idle public milli-cores x nanoseconds since the start.
    pub(super) public_idle_ns: u128,
    /// Leaked replicas x nanoseconds since the start.
    pub(super) leak_ns: u128,
    /// What changed for each workload.
    pub(super) workloads: Vec<Churn>,
    pub(super) node_starts: u64,
    pub(super) node_stops: u64,
    /// Service time that arrived for each workload since the interval began.
    pub(super) demand_ns: Vec<u128>,
    /// Money that caps count when the hour, the day and the month began.
    pub(super) spent_before: SpentBefore,
}

/// What nodes have cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct NodeMoney {
    pub(super) on_demand: MicroUsd,
    pub(super) spot: MicroUsd,
}

/// Totals at the beginning of calendar periods.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SpentBefore {
    pub(super) hour: MicroUsd,
    pub(super) day: MicroUsd,
    pub(super) month: MicroUsd,
}

impl NodeMoney {
    pub(super) fn add(&mut self, kind: CapacityType, cost: MicroUsd) {
        match kind {
            CapacityType::Owned => {}
            CapacityType::OnDemand => self.on_demand = self.on_demand.saturating_add(cost),
            CapacityType::Spot => self.spot = self.spot.saturating_add(cost),
        }
    }

    pub(super) fn total(self) -> MicroUsd {
        self.on_demand.saturating_add(self.spot)
    }
}

impl Ledger {
    pub(super) fn new(setup: &Setup) -> Self {
        let (workloads, clusters) = (setup.workloads.len(), setup.clusters.len());
        Self {
            ready: vec![vec![Gauge::default(); clusters]; workloads],
            not_ready: vec![Gauge::default(); workloads],
            used_cpu: vec![Gauge::default(); clusters],
            public_nodes: Gauge::default(),
            public_cpu: Gauge::default(),
            public_used_cpu: Gauge::default(),
            leak: Gauge::default(),
            private_idle: Gauge::default(),
            open_bills: Vec::new(),
            closed_bills: NodeMoney::default(),
            milli_core_ns: vec![0; clusters],
            replica_ns: vec![vec![0; clusters]; workloads],
            public_core_ns: 0,
            private_idle_ns: 0,
            public_idle_ns: 0,
            leak_ns: 0,
            workloads: vec![Churn::default(); workloads],
            node_starts: 0,
            node_stops: 0,
            demand_ns: vec![0; workloads],
            spent_before: SpentBefore::default(),
        }
    }

    /// A node is gone: its bill is final.
    pub(super) fn close_bill(&mut self, node: NodeIndex, kind: CapacityType, cost: MicroUsd) {
        self.open_bills.retain(|open| *open != node);
        self.closed_bills.add(kind, cost);
    }

    /// Cpu requests came to a cluster's nodes.
    pub(super) fn add_used_cpu(
        &mut self,
        setup: &Setup,
        cluster: ClusterIndex,
        now: Nanos,
        milli: u64,
    ) {
        self.used_cpu[cluster].add(now, milli);
        if setup.clusters[cluster].tier == Tier::Public {
            self.public_used_cpu.add(now, milli);
        }
    }

    /// Cpu requests left a cluster's nodes.
    pub(super) fn sub_used_cpu(
        &mut self,
        setup: &Setup,
        cluster: ClusterIndex,
        now: Nanos,
        milli: u64,
    ) {
        self.used_cpu[cluster].sub(now, milli);
        if setup.clusters[cluster].tier == Tier::Public {
            self.public_used_cpu.sub(now, milli);
        }
    }

    /// Ready replicas of a workload in the clusters of a tier.
    pub(super) fn ready_in(&self, setup: &Setup, workload: usize, tier: Tier) -> u64 {
        let clusters = setup.clusters.iter().zip(&self.ready[workload]);
        let here = clusters.filter(|(cluster, _)| cluster.tier == tier);
        here.map(|(_, gauge)| gauge.value()).sum()
    }

    /// Replica time of a workload in the clusters of a tier, nanoseconds.
    pub(super) fn replica_ns_in(&self, setup: &Setup, workload: usize, tier: Tier) -> u128 {
        let clusters: Vec<ClusterIndex> = (0..setup.clusters.len())
            .filter(|cluster| setup.clusters[*cluster].tier == tier)
            .collect();
        clusters
            .iter()
            .map(|cluster| self.replica_ns[workload][*cluster])
            .sum()
    }
}
