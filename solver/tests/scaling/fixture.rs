//! A small fleet: a home cluster, a public one and workloads to vary.

use std::collections::{BTreeMap, BTreeSet};

use spillway_solver::clock::Clock;
use spillway_solver::decision::{ReadingProblem, ScalingReason};
use spillway_solver::ids::WorkloadId;
use spillway_solver::memory::{Memory, WorkloadMemory};
use spillway_solver::policy::{
    BurstPolicy, ClusterSpec, Fallback, Fill, Headroom, MetricSpec, MoneyCaps, MoveBudget,
    OnUnreachable, Pause, Placement, Policy, QueueTarget, Recall, Scheduling, ServiceRate,
    SpotRule, Target, Tier, WorkloadSpec,
};
use spillway_solver::resources::Resources;
use spillway_solver::scaling::{FleetWorkload, HomeRoom, scale_fleet};
use spillway_solver::snapshot::{
    ClusterState, MetricState, NodeReplicas, NodeState, PodPhase, PodReading, Reading, Snapshot,
    TargetState, WorkloadState,
};
use spillway_solver::units::{Bytes, MicroUsd, MicroUsdPerHour, Millis, UnixMs};

/// A Monday, 12:00 UTC.
pub const NOW: i64 = 1_767_614_400_000;
pub const HOME: usize = 0;
pub const CLOUD: usize = 1;
pub const SHOP: &str = "shop/web";

#[derive(Debug)]
pub struct World {
    pub snapshot: Snapshot,
    pub policy: Policy,
    pub memory: Memory,
    pub home: HomeRoom,
}

impl World {
    /// One workload without a metric, `desired` replicas in memory and Ready at home.
    pub fn new(desired: u32) -> Self {
        let mut world = Self {
            snapshot: Snapshot {
                now_ms: UnixMs(NOW),
                clusters: vec![cluster_state("home"), cluster_state("cloud")],
                ..Snapshot::default()
            },
            policy: Policy {
                clusters: vec![
                    cluster("home", Tier::Private),
                    cluster("cloud", Tier::Public),
                ],
                burst_policies: vec![burst_policy()],
                ..Policy::default()
            },
            memory: Memory {
                now_ms: Some(UnixMs(NOW - 15_000)),
                ..Memory::default()
            },
            home: HomeRoom {
                replicas: 1_000,
                private_boot_ms: Millis(30_000),
                public_boot_ms: Millis(120_000),
            },
        };
        world.add(SHOP, desired);
        world
    }

    pub fn add(&mut self, id: &str, desired: u32) {
        self.policy.workloads.push(workload(id));
        self.snapshot.workloads.push(WorkloadState {
            id: id.into(),
            ..WorkloadState::default()
        });
        self.memory.workloads.insert(id.into(), remembered(desired));
        self.runs(id, HOME, desired, 0, 0);
    }

    /// As [`World::new`] with one metric.
    pub fn with(desired: u32, target: Target, reading: Reading) -> Self {
        let mut world = Self::new(desired);
        world.measure("load", target, reading);
        world
    }

    pub fn measure(&mut self, name: &str, target: Target, primary: Reading) {
        self.spec().metrics.push(metric(name, target));
        let state = MetricState {
            primary,
            ..MetricState::default()
        };
        self.snapshot.workloads[0]
            .metrics
            .insert(name.into(), state);
    }

    pub fn spec(&mut self) -> &mut WorkloadSpec {
        &mut self.policy.workloads[0]
    }

    pub fn reading(&mut self) -> &mut MetricState {
        self.snapshot.workloads[0]
            .metrics
            .get_mut("load")
            .expect("the world was made with a metric")
    }

    pub fn mind(&mut self) -> &mut WorkloadMemory {
        self.memory.workloads.entry(SHOP.into()).or_default()
    }

    /// Sets what a workload runs in a cluster.
    pub fn runs(&mut self, id: &str, cluster: usize, ready: u32, bound: u32, pending: u32) {
        let cluster = &mut self.snapshot.clusters[cluster];
        cluster.nodes.retain(|node| node.name != id);
        cluster.targets.retain(|target| target.workload != id);
        cluster.nodes.push(NodeState {
            name: id.into(),
            replicas: vec![NodeReplicas {
                workload: id.into(),
                bound,
                ready,
                terminating: 0,
            }],
            ..NodeState::default()
        });
        cluster.targets.push(TargetState {
            workload: id.into(),
            spec_replicas: ready.saturating_add(bound).saturating_add(pending),
            pending,
            ..TargetState::default()
        });
    }

    pub fn clock(&self) -> Clock {
        let skew = self.policy.settings.max_clock_skew_ms;
        Clock::new(self.snapshot.now_ms, self.memory.now_ms, skew)
    }

    pub fn all(&self) -> Vec<FleetWorkload> {
        let home = |_: &WorkloadId| self.home;
        scale_fleet(
            &self.snapshot,
            &self.policy,
            &self.memory,
            &self.clock(),
            &home,
        )
    }

    /// The answer for the only workload.
    pub fn scale(&self) -> FleetWorkload {
        self.all().swap_remove(0)
    }

    /// Hands the answers' memory back and lets time pass.
    pub fn tick(&mut self, seconds: i64) -> FleetWorkload {
        let now = self.clock().now;
        let answers = self.all();
        self.memory.now_ms = Some(now);
        for answer in &answers {
            self.memory
                .workloads
                .insert(answer.id.clone(), answer.memory.clone());
        }
        self.snapshot.now_ms = UnixMs(self.snapshot.now_ms.0 + seconds * 1_000);
        answers.into_iter().next().expect("there is a workload")
    }
}

pub fn reasons(answer: &FleetWorkload) -> Vec<ScalingReason> {
    answer.steps.iter().map(|step| step.reason).collect()
}

pub fn problem(answer: &FleetWorkload) -> Option<ReadingProblem> {
    answer.metrics[0].problem
}

/// A fresh sum in whole units.
pub fn fresh(value: i64) -> Reading {
    aged(0, value)
}

/// A sum in whole units of some seconds ago.
pub fn aged(seconds: i64, value: i64) -> Reading {
    Reading::Series {
        at_ms: UnixMs(NOW - seconds * 1_000),
        values_milli: vec![value * 1_000],
    }
}

pub fn average(target: i64) -> Target {
    Target::AverageValue(target * 1_000)
}

/// 5 items a second per replica, drained within a minute.
pub fn queue() -> Target {
    Target::Queue(QueueTarget {
        drain_within_ms: Millis(60_000),
        service_rate: ServiceRate::GivenMilli(5_000),
    })
}

/// A pod that runs for an hour, Ready.
pub fn pod(cluster: &str, name: &str, value_milli: Option<i64>) -> PodReading {
    PodReading {
        name: name.into(),
        cluster: cluster.into(),
        phase: PodPhase::Running,
        ready: Some(true),
        ready_changed_at_ms: Some(UnixMs(NOW - 3_500_000)),
        started_at_ms: Some(UnixMs(NOW - 3_600_000)),
        value_milli,
        sampled_at_ms: Some(UnixMs(NOW)),
        window_ms: Millis(30_000),
        request_milli: Some(1_000),
        ..PodReading::default()
    }
}

pub fn pods(pods: Vec<PodReading>) -> Reading {
    Reading::Pods {
        at_ms: UnixMs(NOW),
        pods,
    }
}

pub fn remembered(desired: u32) -> WorkloadMemory {
    WorkloadMemory {
        desired,
        ..WorkloadMemory::default()
    }
}

/// A minute for fresh, two for last known good, five for hold, no floor.
pub fn metric(name: &str, target: Target) -> MetricSpec {
    MetricSpec {
        name: name.into(),
        target,
        max_age_ms: Millis(60_000),
        fallback: Fallback {
            last_known_good_ms: Millis(120_000),
            hold_ms: Millis(300_000),
            floor_replicas: 0,
        },
    }
}

fn workload(id: &str) -> WorkloadSpec {
    WorkloadSpec {
        id: id.into(),
        policy: "rules".into(),
        fill: None,
        min_replicas: 1,
        max_replicas: 100,
        move_surge: 2,
        metrics: Vec::new(),
        behavior: None,
        activation: None,
        schedule: Vec::new(),
        priority: 0,
        requests: Resources::default(),
        node_selector: BTreeMap::new(),
        tolerations: Vec::new(),
        capabilities: BTreeSet::new(),
        co_placement: None,
        data_sets: Vec::new(),
        cluster_bounds: Vec::new(),
        egress_per_hour: Bytes::default(),
        traffic: None,
        unmodelled: false,
        pause: Pause::default(),
    }
}

fn burst_policy() -> BurstPolicy {
    BurstPolicy {
        name: "rules".into(),
        placement: Placement::Overflow,
        fill: Fill::PrivateFirst,
        survive_percent: 0,
        max_cluster_percent: 100,
        spot: SpotRule {
            max_percent: 0,
            on_demand_floor: 0,
        },
        caps: MoneyCaps::default(),
        recall: Recall {
            payback_percent: 200,
            dwell_ms: Millis(600_000),
            step: 1,
            budget: MoveBudget {
                moves: 4,
                window_ms: Millis(3_600_000),
            },
        },
        on_unreachable: OnUnreachable::Hold,
        max_public_replicas: None,
        max_replicas: None,
    }
}

fn cluster(name: &str, tier: Tier) -> ClusterSpec {
    ClusterSpec {
        name: name.into(),
        tier,
        cordoned: false,
        capabilities: BTreeSet::new(),
        round_trips_ms: BTreeMap::new(),
        marginal_per_core: MicroUsdPerHour::default(),
        egress_per_gib: MicroUsd::default(),
        headroom: Headroom::default(),
        lost_after_ms: Millis(30_000),
        capacity_max_age_ms: Millis(60_000),
        scheduling: Scheduling::default(),
        groups: Vec::new(),
    }
}

fn cluster_state(name: &str) -> ClusterState {
    ClusterState {
        name: name.into(),
        observed_at_ms: UnixMs(NOW),
        ..ClusterState::default()
    }
}
