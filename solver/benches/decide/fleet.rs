//! A seeded synthetic fleet: clusters, policies and workloads. No trace and no customer is in
//! it; its shares are those under which placement is hard: private nodes of several shapes,
//! each with its own foreign load, and a third of the volume beyond what they hold.

use std::collections::{BTreeMap, BTreeSet};

use spillway_solver::policy::{
    BurstPolicy, CapacityType, ClusterSpec, Fallback, Fill, GroupSpec, Grower, Headroom,
    MetricSpec, MoneyCaps, MoveBudget, OnUnreachable, Pause, Placement, Policy, Recall, Scheduling,
    Settings, SpotRule, Target, Tier, WorkloadSpec,
};
use spillway_solver::resources::Resources;
use spillway_solver::snapshot::BootTime;
use spillway_solver::units::{Bytes, MicroUsd, MicroUsdPerHour, MilliCpu, Millis};

/// Splitmix64: the same fleet from the same seed, on every machine and in every release.
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of `from..=to`.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.next() % (to - from + 1)
    }

    /// True in `percent` of 100 cases.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.between(1, 100) <= percent
    }
}

/// How large a fleet is.
#[derive(Clone, Copy)]
pub struct Size {
    pub workloads: u64,
    pub private_clusters: usize,
    pub public_clusters: usize,
}

impl Size {
    /// Node groups of all clusters.
    pub fn groups(self) -> usize {
        self.private_clusters * PRIVATE.len() + self.public_clusters * PUBLIC.len()
    }
}

/// Cores and GiB of the private node shapes.
pub const PRIVATE: [(u64, u64); 3] = [(16, 64), (32, 96), (48, 384)];

/// Public node shapes: name, allocatable milli-cores and MiB, price in micro-USD per hour.
/// On-demand prices and allocatable amounts of EKS nodes in us-east-1, 2026.
const PUBLIC: [(&str, u64, u64, i64); 6] = [
    ("c5.xlarge", 3_920, 6_584, 170_000),
    ("c5.4xlarge", 15_890, 27_381, 680_000),
    ("m5.xlarge", 3_920, 14_162, 192_000),
    ("m5.4xlarge", 15_890, 57_691, 768_000),
    ("r5.xlarge", 3_920, 29_317, 252_000),
    ("r5.4xlarge", 15_890, 118_312, 1_008_000),
];

/// What pods of common shapes ask for: milli-cores and MiB.
const REQUESTS: [(u64, u64); 24] = [
    (100, 128),
    (100, 512),
    (250, 256),
    (250, 512),
    (250, 1_024),
    (500, 512),
    (500, 1_024),
    (500, 2_048),
    (500, 4_096),
    (750, 1_536),
    (1_000, 1_024),
    (1_000, 2_048),
    (1_000, 4_096),
    (1_000, 8_192),
    (1_500, 3_072),
    (2_000, 2_048),
    (2_000, 4_096),
    (2_000, 8_192),
    (2_000, 16_384),
    (3_000, 6_144),
    (3_500, 12_288),
    (4_000, 8_192),
    (4_000, 24_576),
    (6_000, 12_288),
];

/// A fleet and what each of its workloads wants.
pub struct Fleet {
    pub policy: Policy,
    /// Wanted replicas by workload, in the policy's order.
    pub wanted: Vec<u32>,
}

/// The fleet of a seed.
pub fn fleet(size: Size, dice: &mut Dice) -> Fleet {
    let clusters = (0..size.private_clusters)
        .map(|i| cluster(&format!("site-{i}"), Tier::Private))
        .chain((0..size.public_clusters).map(|i| cluster(&format!("cloud-{i}"), Tier::Public)))
        .collect();
    let mut wanted = Vec::new();
    let mut workloads = Vec::new();
    for i in 0..size.workloads {
        let (cpu, memory) = REQUESTS[usize::try_from(dice.between(0, 23)).unwrap_or(0)];
        let count = dice.between(2, 14);
        workloads.push(workload(i, cpu, memory, dice));
        wanted.push(u32::try_from(count).unwrap_or(1));
    }
    let policy = Policy {
        clusters,
        burst_policies: vec![burst("overflow", 100), burst("spread", 60)],
        workloads,
        refused: Vec::new(),
        settings: Settings {
            // The replicas of a tick are then exactly those that its metric asks for.
            downscale_stabilization_ms: Millis(0),
            ..Settings::default()
        },
        ..Policy::default()
    };
    Fleet { policy, wanted }
}

fn amount(cpu_milli: u64, mib: u64, pods: u32) -> Resources {
    Resources {
        cpu_milli: MilliCpu(cpu_milli),
        memory_bytes: Bytes(mib << 20),
        pods,
        extended: BTreeMap::new(),
    }
}

fn cluster(name: &str, tier: Tier) -> ClusterSpec {
    let groups = match tier {
        Tier::Private => PRIVATE
            .iter()
            .map(|(cores, gib)| {
                let size = amount(cores * 1_000 - 500, gib * 1_024 - 2_048, 250);
                group(&format!("metal-{cores}x{gib}"), size, 0)
            })
            .collect(),
        Tier::Public => PUBLIC
            .iter()
            .map(|(name, cpu, mib, price)| group(name, amount(*cpu, *mib, 58), *price))
            .collect(),
    };
    ClusterSpec {
        name: name.into(),
        tier,
        cordoned: false,
        capabilities: BTreeSet::new(),
        round_trips_ms: BTreeMap::new(),
        marginal_per_core: MicroUsdPerHour(if tier == Tier::Private { 4_000 } else { 0 }),
        egress_per_gib: MicroUsd(if tier == Tier::Private { 0 } else { 90_000 }),
        headroom: Headroom::default(),
        lost_after_ms: Millis(30_000),
        capacity_max_age_ms: Millis(120_000),
        scheduling: Scheduling::LeastAllocated,
        groups,
    }
}

fn group(name: &str, allocatable: Resources, price: i64) -> GroupSpec {
    let owned = price == 0;
    GroupSpec {
        name: name.into(),
        allocatable,
        daemons: if owned {
            Resources::default()
        } else {
            amount(150, 200, 4)
        },
        labels: BTreeMap::from([(
            "memory".into(),
            (if name.contains("384") || name.starts_with('r') {
                "large"
            } else {
                "normal"
            })
            .into(),
        )]),
        taints: Vec::new(),
        capacity_type: if owned {
            CapacityType::Owned
        } else {
            CapacityType::OnDemand
        },
        price: MicroUsdPerHour(price),
        grower: if owned {
            Grower::Nobody
        } else {
            Grower::NodeAutoscaler
        },
        max_nodes: if owned { 0 } else { 500 },
        boot: BootTime {
            p50_ms: Millis(60_000),
            p95_ms: Millis(120_000),
        },
    }
}

fn burst(name: &str, max_cluster_percent: u8) -> BurstPolicy {
    BurstPolicy {
        name: name.into(),
        placement: Placement::Overflow,
        fill: Fill::PrivateFirst,
        survive_percent: 0,
        max_cluster_percent,
        spot: SpotRule {
            max_percent: 100,
            on_demand_floor: 0,
        },
        caps: MoneyCaps::default(),
        recall: Recall {
            payback_percent: 200,
            dwell_ms: Millis(600_000),
            step: 5,
            budget: MoveBudget {
                moves: 20,
                window_ms: Millis(3_600_000),
            },
        },
        on_unreachable: OnUnreachable::Hold,
        max_public_replicas: None,
        max_replicas: None,
    }
}

fn workload(i: u64, cpu: u64, memory: u64, dice: &mut Dice) -> WorkloadSpec {
    let spread = dice.percent(15);
    let large = dice.percent(5);
    WorkloadSpec {
        id: format!("team-{:02}/app-{i:04}", i % 20).as_str().into(),
        policy: if spread { "spread" } else { "overflow" }.into(),
        fill: None,
        min_replicas: 1,
        max_replicas: 100,
        move_surge: 5,
        metrics: vec![MetricSpec {
            name: "requests".into(),
            target: Target::AverageValue(1_000),
            max_age_ms: Millis(60_000),
            fallback: Fallback {
                last_known_good_ms: Millis(300_000),
                hold_ms: Millis(900_000),
                floor_replicas: 1,
            },
        }],
        behavior: None,
        activation: None,
        schedule: Vec::new(),
        priority: [0, 0, 100, 100, 1_000][usize::try_from(dice.between(0, 4)).unwrap_or(0)],
        requests: amount(cpu, memory, 1),
        node_selector: if large {
            BTreeMap::from([("memory".into(), "large".into())])
        } else {
            BTreeMap::new()
        },
        tolerations: Vec::new(),
        capabilities: BTreeSet::new(),
        co_placement: None,
        data_sets: Vec::new(),
        cluster_bounds: Vec::new(),
        egress_per_hour: Bytes(dice.between(0, 2) << 28),
        traffic: None,
        unmodelled: false,
        pause: Pause::default(),
    }
}
