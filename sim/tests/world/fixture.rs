//! A private cluster of fixed nodes and a public one that grows, one workload, and autoscalers
//! that do as they are told.

use spillway_sim::config::{RunConfig, World};
use spillway_sim::hosts::{Autoscaler, Outcome, TargetCount};
use spillway_sim::record::RunRecord;
use spillway_sim::time::Nanos;
use spillway_sim::trace::{Arrival, ArrivalSource, TraceError, TraceNotes};
use spillway_sim::world::{RunError, run};
use spillway_solver::policy::{BurstPolicy, Policy};
use spillway_solver::snapshot::Snapshot;

/// Nodes of two cores; a public one costs 1,000 micro-USD a second. Pods of one core.
pub fn policy() -> Policy {
    serde_json::from_value(serde_json::json!({
        "schemaVersion": "v1alpha1",
        "clusters": [
            cluster("home", "Private", "Owned", 0, "Nobody", 30_000),
            cluster("cloud", "Public", "OnDemand", 3_600_000, "NodeAutoscaler", 30_000),
        ],
        "burstPolicies": [],
        "workloads": [{
            "id": "shop/worker",
            "policy": "default",
            "minReplicas": 1,
            "maxReplicas": 20,
            "moveSurge": 1,
            "metrics": [{
                "name": "queue",
                "target": {"queue": {
                    "drainWithinMs": 60_000,
                    "serviceRate": {"givenMilli": 1_000},
                }},
                "maxAgeMs": 60_000,
                "fallback": {"lastKnownGoodMs": 60_000, "holdMs": 60_000, "floorReplicas": 1},
            }],
            "priority": 0,
            "requests": {"cpuMilli": 1_000, "memoryBytes": 1_000_000, "pods": 1},
        }],
    }))
    .expect("a sound policy")
}

/// Bursting rules of the workload that allow so much of it on spot nodes.
pub fn on_spot(max_percent: u8, on_demand_floor: u32) -> BurstPolicy {
    serde_json::from_value(serde_json::json!({
        "name": "default",
        "placement": "Overflow",
        "fill": "PrivateFirst",
        "survivePercent": 0,
        "maxClusterPercent": 100,
        "spot": {"maxPercent": max_percent, "onDemandFloor": on_demand_floor},
        "caps": {
            "ladder": {
                "warnPercent": 80, "noOptionalMovesPercent": 90,
                "noLowPriorityBurstPercent": 95, "lowPriorityBelow": 0
            },
            "atCap": "Hold"
        },
        "recall": {
            "paybackPercent": 200, "dwellMs": 600_000, "step": 2,
            "budget": {"moves": 20, "windowMs": 3_600_000}
        },
        "onUnreachable": {"replace": {"afterMs": 300_000}}
    }))
    .expect("sound rules")
}

fn cluster(
    name: &str,
    tier: &str,
    capacity_type: &str,
    price: i64,
    grower: &str,
    boot_ms: u64,
) -> serde_json::Value {
    serde_json::json!({
        "name": name,
        "tier": tier,
        "lostAfterMs": 30_000,
        "capacityMaxAgeMs": 60_000,
        "groups": [{
            "name": "nodes",
            "allocatable": {"cpuMilli": 2_000, "memoryBytes": 8_000_000, "pods": 10},
            "capacityType": capacity_type,
            "price": price,
            "grower": grower,
            "maxNodes": 10,
            "boot": {"p50Ms": boot_ms, "p95Ms": boot_ms},
        }],
    })
}

/// The world around [`policy`]: so many nodes and replicas at home, and further lines of YAML.
pub fn config(home_nodes: u32, home_replicas: u32, more: &str) -> RunConfig {
    let yaml = format!(
        "
apiVersion: sim.spillway.dev/v1alpha1
kind: World
start: 2026-03-02T00:00:00Z
pods: {{scheduling: 1s, imagePull: 10s, readiness: 4s}}
workloads:
  - id: shop/worker
    initial: [{{cluster: home, replicas: {home_replicas}}}]
clusters:
  - name: home
    groups: [{{name: nodes, initialNodes: {home_nodes}}}]
  - name: cloud
{more}"
    );
    RunConfig {
        name: "test".to_owned(),
        inputs: Vec::new(),
        world: World::read("world.yaml", &yaml).expect("a sound world"),
        policy: policy(),
        doubts: Vec::new(),
    }
}

/// Arrivals from memory.
pub struct Given {
    arrivals: std::vec::IntoIter<Arrival>,
    names: Vec<String>,
    classes: Vec<String>,
}

impl Given {
    pub fn new(arrivals: Vec<Arrival>) -> Self {
        Self::named(arrivals, &["worker"])
    }

    /// Of workloads with these names.
    pub fn named(arrivals: Vec<Arrival>, names: &[&str]) -> Self {
        Self {
            arrivals: arrivals.into_iter(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            classes: Vec::new(),
        }
    }

    /// With names of classes, the first that of none.
    pub fn classes(mut self, names: &[&str]) -> Self {
        self.classes = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Requests at so many milliseconds that take so many.
    pub fn millis(requests: &[(u64, u64)]) -> Self {
        let arrival = |(at, service): &(u64, u64)| Arrival {
            at: Nanos::from_millis(*at),
            service: Nanos::from_millis(*service),
            workload: 0,
            class: 0,
            bytes: 0,
        };
        Self::new(requests.iter().map(arrival).collect())
    }

    /// The same of a workload of another name.
    pub fn of_workload(workload: &str, requests: &[(u64, u64)]) -> Self {
        Self {
            names: vec![workload.to_owned()],
            ..Self::millis(requests)
        }
    }
}

impl ArrivalSource for Given {
    fn next(&mut self) -> Option<Result<Arrival, TraceError>> {
        self.arrivals.next().map(Ok)
    }

    fn workloads(&self) -> &[String] {
        &self.names
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn notes(&self) -> TraceNotes {
        TraceNotes::default()
    }
}

/// Writes targets at the ticks it was told: (seconds, cluster, replicas).
pub struct Script(pub Vec<(i64, &'static str, u32)>);

impl Autoscaler for Script {
    fn name(&self) -> &'static str {
        "script"
    }

    fn decide(&mut self, snapshot: &Snapshot) -> Outcome {
        let start_ms = 1_772_409_600_000;
        let now_s = (snapshot.now_ms.0 - start_ms) / 1_000;
        let due = self.0.iter().filter(|(at_s, ..)| *at_s == now_s);
        Outcome {
            targets: due
                .map(|(_, cluster, replicas)| TargetCount {
                    workload: "shop/worker".into(),
                    cluster: (*cluster).into(),
                    replicas: *replicas,
                })
                .collect(),
            ..Outcome::default()
        }
    }
}

pub fn try_simulate(
    config: &RunConfig,
    source: impl ArrivalSource,
    autoscaler: &mut dyn Autoscaler,
) -> Result<RunRecord, RunError> {
    run(config, source, autoscaler, &mut (), &mut |_| {})
}

pub fn simulate(
    config: &RunConfig,
    source: impl ArrivalSource,
    autoscaler: &mut dyn Autoscaler,
) -> RunRecord {
    try_simulate(config, source, autoscaler).expect("a sound run")
}
