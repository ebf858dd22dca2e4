//! Small worlds through the public interface: what exists, what is wanted, one tick.
//!
//! A world's metric asks for exactly the desired count, so that placement alone is under test;
//! tolerance is zero for the same reason. Every decision is checked by the independent checker.

use std::collections::{BTreeMap, BTreeSet};

use spillway_solver::checker;
use spillway_solver::decide;
use spillway_solver::hpa::Recommendation;
use spillway_solver::memory::{Memory, WorkloadMemory};
use spillway_solver::policy::{
    BurstPolicy, CapacityType, ClusterBound, ClusterSpec, Fallback, Fill, GroupSpec, Grower,
    Headroom, MetricSpec, MoneyCaps, MoveBudget, OnUnreachable, Pause, Placement, Policy, Recall,
    Scheduling, SpotRule, Target, Tier, WorkloadSpec,
};
use spillway_solver::resources::Resources;
use spillway_solver::snapshot::{
    BootTime, ClusterState, GroupState, MetricState, NodeReplicas, NodeState, QuotaScope,
    QuotaState, Reading, Snapshot, TargetState, WorkloadState,
};
use spillway_solver::units::{Bytes, MicroUsdPerHour, MilliCpu, Millis, UnixMs};

use crate::decided::Decided;

/// Noon of the 15th: half a day and half a month are left.
pub const NOW: UnixMs = UnixMs(1_794_744_000_000);

/// Price of a public node, micro-USD per hour.
pub const PRICE: i64 = 200_000;

/// A tick's input. Names: `home` is private with one group `metal`, `eks` public with `m5`,
/// policy `burst`, workloads `shop/NAME`.
#[derive(Clone, Debug)]
pub struct World {
    pub snapshot: Snapshot,
    pub policy: Policy,
    pub memory: Memory,
}

/// Milli-CPU, GiB, pods.
pub fn amount(cpu_milli: u64, gib: u64, pods: u32) -> Resources {
    Resources {
        cpu_milli: MilliCpu(cpu_milli),
        memory_bytes: Bytes(gib << 30),
        pods,
        ..Resources::default()
    }
}

pub fn burst(name: &str) -> BurstPolicy {
    BurstPolicy {
        name: name.into(),
        placement: Placement::Overflow,
        fill: Fill::PrivateFirst,
        survive_percent: 0,
        max_cluster_percent: 100,
        spot: SpotRule {
            max_percent: 100,
            on_demand_floor: 0,
        },
        caps: MoneyCaps::default(),
        recall: Recall {
            payback_percent: 100,
            dwell_ms: Millis(60_000),
            step: 10,
            budget: MoveBudget {
                moves: 100,
                window_ms: Millis(3_600_000),
            },
        },
        on_unreachable: OnUnreachable::Hold,
        max_public_replicas: None,
        max_replicas: None,
    }
}

pub fn group(name: &str, allocatable: Resources) -> GroupSpec {
    let boot = BootTime {
        p50_ms: Millis(30_000),
        p95_ms: Millis(60_000),
    };
    GroupSpec {
        name: name.into(),
        allocatable,
        daemons: Resources::default(),
        labels: BTreeMap::new(),
        taints: Vec::new(),
        capacity_type: CapacityType::Owned,
        price: MicroUsdPerHour(0),
        grower: Grower::Nobody,
        max_nodes: 0,
        boot,
    }
}

impl Default for World {
    /// Nothing but the policy `burst`.
    fn default() -> Self {
        let mut policy = Policy {
            burst_policies: vec![burst("burst")],
            ..Policy::default()
        };
        policy.settings.tolerance_milli = 0;
        let memory = Memory {
            now_ms: Some(UnixMs(NOW.0 - 15_000)),
            ..Memory::default()
        };
        let snapshot = Snapshot {
            now_ms: NOW,
            ..Snapshot::default()
        };
        Self {
            snapshot,
            policy,
            memory,
        }
    }
}

impl World {
    /// `home` with this many nodes of 4 cores and 16 GiB, and `eks` that grows such nodes, at
    /// most ten.
    pub fn new(home_nodes: u32) -> Self {
        let mut world = Self::default();
        world.cluster("home", Tier::Private);
        world.cluster("eks", Tier::Public);
        let mut metal = group("metal", amount(4_000, 16, 20));
        metal.max_nodes = home_nodes;
        world.group("home", metal);
        let mut rented = group("m5", amount(4_000, 16, 20));
        rented.capacity_type = CapacityType::OnDemand;
        rented.price = MicroUsdPerHour(PRICE);
        rented.grower = Grower::NodeAutoscaler;
        rented.max_nodes = 10;
        world.group("eks", rented);
        for n in 0..home_nodes {
            world.node("home", "metal", &format!("metal-{n}"));
        }
        world
    }

    pub fn cluster(&mut self, name: &str, tier: Tier) {
        self.policy.clusters.push(ClusterSpec {
            name: name.into(),
            tier,
            cordoned: false,
            capabilities: BTreeSet::new(),
            round_trips_ms: BTreeMap::new(),
            marginal_per_core: MicroUsdPerHour(0),
            egress_per_gib: spillway_solver::units::MicroUsd(0),
            headroom: Headroom::default(),
            lost_after_ms: Millis(30_000),
            capacity_max_age_ms: Millis(120_000),
            scheduling: Scheduling::default(),
            groups: Vec::new(),
        });
        self.snapshot.clusters.push(ClusterState {
            name: name.into(),
            observed_at_ms: NOW,
            ..ClusterState::default()
        });
    }

    pub fn group(&mut self, cluster: &str, group: GroupSpec) {
        self.state(cluster).groups.push(GroupState {
            name: group.name.clone(),
            ..GroupState::default()
        });
        self.spec(cluster).groups.push(group);
    }

    /// A node as large as its group says, with the group's daemons on it.
    pub fn node(&mut self, cluster: &str, group: &str, name: &str) {
        let spec = self.group_spec(cluster, group).clone();
        self.state(cluster).nodes.push(NodeState {
            name: name.into(),
            group: group.into(),
            allocatable: spec.allocatable,
            used: spec.daemons,
            ..NodeState::default()
        });
    }

    /// A workload `shop/NAME` of one core and one GiB a replica, of which `desired` are wanted.
    pub fn workload(&mut self, name: &str, desired: u32) -> &mut WorkloadSpec {
        let id = format!("shop/{name}");
        self.snapshot.workloads.push(WorkloadState {
            id: id.as_str().into(),
            ..WorkloadState::default()
        });
        self.policy.workloads.push(WorkloadSpec {
            id: id.as_str().into(),
            policy: "burst".into(),
            fill: None,
            min_replicas: 0,
            max_replicas: 1_000,
            move_surge: 10,
            metrics: vec![MetricSpec {
                name: "load".into(),
                target: Target::AverageValue(1_000),
                max_age_ms: Millis(60_000),
                fallback: Fallback {
                    last_known_good_ms: Millis(0),
                    hold_ms: Millis(600_000),
                    floor_replicas: 0,
                },
            }],
            behavior: None,
            activation: None,
            schedule: Vec::new(),
            priority: 0,
            requests: amount(1_000, 1, 1),
            node_selector: BTreeMap::new(),
            tolerations: Vec::new(),
            capabilities: BTreeSet::new(),
            co_placement: None,
            data_sets: Vec::new(),
            cluster_bounds: Vec::new(),
            egress_per_hour: Bytes(0),
            traffic: None,
            unmodelled: false,
            pause: Pause::default(),
        });
        self.want(name, desired);
        self.policy.workloads.last_mut().expect("just pushed")
    }

    /// Makes the metric and the memory of `shop/NAME` say `desired`.
    pub fn want(&mut self, name: &str, desired: u32) {
        let id = format!("shop/{name}");
        let now = self.snapshot.now_ms;
        let reading = Reading::Series {
            at_ms: now,
            values_milli: vec![i64::from(desired) * 1_000],
        };
        let state = self
            .snapshot
            .workloads
            .iter_mut()
            .find(|w| w.id == id)
            .expect("the workload exists");
        state.metrics = BTreeMap::from([(
            "load".to_owned(),
            MetricState {
                primary: reading,
                ..MetricState::default()
            },
        )]);
        let memory: &mut WorkloadMemory =
            self.memory.workloads.entry(id.as_str().into()).or_default();
        memory.desired = desired;
        memory.recommendations = vec![Recommendation {
            at_ms: now.0,
            replicas: desired,
        }];
    }

    /// Ready replicas of `shop/NAME` on a node, asked for in its cluster.
    pub fn run(&mut self, name: &str, cluster: &str, node: &str, ready: u32) {
        let id = format!("shop/{name}");
        let requests = self.of(name).requests.clone();
        let state = self.state(cluster);
        let node = state
            .nodes
            .iter_mut()
            .find(|n| n.name == node)
            .expect("the node exists");
        node.used = node.used.plus(&requests, ready);
        node.replicas.push(NodeReplicas {
            workload: id.as_str().into(),
            ready,
            ..NodeReplicas::default()
        });
        self.target(name, cluster).spec_replicas += ready;
    }

    pub fn target(&mut self, name: &str, cluster: &str) -> &mut TargetState {
        let id = format!("shop/{name}");
        let targets = &mut self.state(cluster).targets;
        if !targets.iter().any(|t| t.workload == id) {
            targets.push(TargetState {
                workload: id.as_str().into(),
                ..TargetState::default()
            });
        }
        let at = targets.iter().position(|t| t.workload == id);
        &mut targets[at.expect("just pushed")]
    }

    pub fn state(&mut self, cluster: &str) -> &mut ClusterState {
        let all = &mut self.snapshot.clusters;
        all.iter_mut()
            .find(|c| c.name == cluster)
            .expect("the cluster exists")
    }

    pub fn spec(&mut self, cluster: &str) -> &mut ClusterSpec {
        let all = &mut self.policy.clusters;
        all.iter_mut()
            .find(|c| c.name == cluster)
            .expect("the cluster exists")
    }

    pub fn group_spec(&mut self, cluster: &str, group: &str) -> &mut GroupSpec {
        let all = &mut self.spec(cluster).groups;
        all.iter_mut()
            .find(|g| g.name == group)
            .expect("the group exists")
    }

    pub fn group_state(&mut self, cluster: &str, group: &str) -> &mut GroupState {
        let all = &mut self.state(cluster).groups;
        all.iter_mut()
            .find(|g| g.name == group)
            .expect("the group exists")
    }

    pub fn node_state(&mut self, cluster: &str, node: &str) -> &mut NodeState {
        let all = &mut self.state(cluster).nodes;
        all.iter_mut()
            .find(|n| n.name == node)
            .expect("the node exists")
    }

    pub fn of(&mut self, name: &str) -> &mut WorkloadSpec {
        let id = format!("shop/{name}");
        let all = &mut self.policy.workloads;
        all.iter_mut()
            .find(|w| w.id == id)
            .expect("the workload exists")
    }

    pub fn burst(&mut self) -> &mut BurstPolicy {
        &mut self.policy.burst_policies[0]
    }

    pub fn remembered(&mut self, name: &str) -> &mut WorkloadMemory {
        let id = format!("shop/{name}");
        let all = &mut self.memory.workloads;
        all.get_mut(id.as_str())
            .expect("the workload is remembered")
    }

    pub fn bound(&mut self, name: &str, cluster: &str, min: u32, max: Option<u32>) {
        let bound = ClusterBound {
            cluster: cluster.into(),
            min,
            max,
        };
        self.of(name).cluster_bounds.push(bound);
    }

    pub fn quota(&mut self, cluster: &str, scope: QuotaScope, limit: u64, used: u64) {
        self.state(cluster).quotas.push(QuotaState {
            name: "quota".into(),
            scope,
            limit,
            used,
        });
    }

    /// One tick, checked.
    pub fn decide(&self) -> Decided {
        let (plan, found) = self.judged();
        assert!(found.is_empty(), "{found}");
        plan
    }

    /// One tick, and what the checker finds, in words.
    pub fn judged(&self) -> (Decided, String) {
        let decision = decide(&self.snapshot, &self.policy, &self.memory);
        let found = checker::check(&self.snapshot, &self.policy, &self.memory, &decision);
        let mut words = found
            .iter()
            .fold(String::new(), |words, v| words + &v.to_string() + "\n");
        if !words.is_empty() {
            words += &serde_json::to_string(&decision.plan).expect("a plan is JSON");
        }
        (Decided(decision), words)
    }
}
