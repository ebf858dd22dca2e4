//! Speed of the whole world on five million requests in a day, a decision every 15 seconds,
//! beside a bare heap loop over the same requests in the same run.
//!
//! `cargo bench -p spillway-sim --bench world`. Times are CPU times of this process, decisions included.

mod common;

use spillway_sim::config::{RunConfig, World};
use spillway_sim::generate::{Pattern, Plan, Shape};
use spillway_sim::hosts::{Autoscaler, BurstRule, Core, Spillway, ThresholdBurst};
use spillway_sim::time::Nanos;
use spillway_sim::trace::{Arrival, ArrivalSource, PointProcess, Sampling, ServiceDistribution};
use spillway_sim::world::run;
use spillway_solver::policy::Policy;

use common::{Slice, bare_heap, timed};

const DAY: Nanos = Nanos::from_secs(86_400);
const REQUESTS_PER_DAY: f64 = 5e6;
const ROUNDS: u32 = 3;

fn main() {
    let arrivals = arrivals();
    let config = RunConfig {
        name: "bench".to_owned(),
        inputs: Vec::new(),
        world: World::read("bench", WORLD).expect("a sound world"),
        policy: policy(),
        doubts: Vec::new(),
    };
    for round in 1..=ROUNDS {
        let (bare_s, bare_events) = timed(|| bare_heap(&arrivals, 60));
        let bare = f64::from(bare_events) / bare_s / 1e6;
        println!("round {round}: bare heap loop {bare:.1} million events/s");
        measure(
            &config,
            &arrivals,
            &mut ThresholdBurst::new(&config.policy, BurstRule::default()),
            bare,
        );
        measure(
            &config,
            &arrivals,
            &mut Spillway::new(Core, config.policy.clone()),
            bare,
        );
    }
}

fn measure(config: &RunConfig, arrivals: &[Arrival], autoscaler: &mut dyn Autoscaler, bare: f64) {
    let source = Slice::new(arrivals, "default");
    let (seconds, record) = timed(|| run(config, source, autoscaler, &mut (), &mut |_| {}));
    let record = record.expect("a sound run");
    #[expect(clippy::cast_precision_loss, reason = "for a printed rate")]
    let events = record.timing.events as f64;
    let rate = events / seconds / 1e6;
    println!(
        "  {}: {events} events and {} decisions in {seconds:.2} CPU s: {rate:.1} million events/s, {:.2} of bare; {} \
         requests, mean delay {} us",
        autoscaler.name(),
        record.timing.decides,
        rate / bare,
        record.summary.requests.arrived,
        record.summary.queue_delay.mean_us,
    );
}

const WORLD: &str = "
apiVersion: sim.spillway.dev/v1alpha1
kind: World
start: 2026-03-02T00:00:00Z
clusters:
  - name: home
    groups: [{name: nodes, initialNodes: 10}]
  - name: cloud
";

fn policy() -> Policy {
    let cluster = |name: &str, tier: &str, capacity_type: &str, price: u32, grower: &str| {
        serde_json::json!({
            "name": name, "tier": tier, "lostAfterMs": 30_000, "capacityMaxAgeMs": 60_000,
            "groups": [{
                "name": "nodes",
                "allocatable": {"cpuMilli": 4_000, "memoryBytes": 16_000_000_000_u64, "pods": 50},
                "capacityType": capacity_type, "price": price, "grower": grower, "maxNodes": 50,
                "boot": {"p50Ms": 45_000, "p95Ms": 70_000},
            }],
        })
    };
    serde_json::from_value(serde_json::json!({
        "schemaVersion": "v1alpha1",
        "clusters": [
            cluster("home", "Private", "Owned", 0, "Nobody"),
            cluster("cloud", "Public", "OnDemand", 192_000, "NodeAutoscaler"),
        ],
        "burstPolicies": [{
            "name": "default", "placement": "Overflow", "fill": "PrivateFirst",
            "maxClusterPercent": 100, "spot": {"maxPercent": 0}, "onUnreachable": "hold",
            "recall": {
                "paybackPercent": 200, "dwellMs": 600_000, "step": 2,
                "budget": {"moves": 10, "windowMs": 3_600_000},
            },
        }],
        "workloads": [{
            "id": "shop/worker", "policy": "default",
            "minReplicas": 4, "maxReplicas": 200, "moveSurge": 1,
            "metrics": [{
                "name": "queue",
                "target": {"queue": {"drainWithinMs": 60_000, "serviceRate": {"givenMilli": 2_000}}},
                "maxAgeMs": 60_000,
                "fallback": {"lastKnownGoodMs": 60_000, "holdMs": 60_000, "floorReplicas": 1},
            }],
            "priority": 0,
            "requests": {"cpuMilli": 1_000, "memoryBytes": 1_000_000_000, "pods": 1},
        }],
    }))
    .expect("a sound policy")
}

fn arrivals() -> Vec<Arrival> {
    let plan = Plan {
        patterns: vec![Pattern {
            workload: "default".to_owned(),
            shape: Shape::Diurnal {
                mean_per_s: REQUESTS_PER_DAY / DAY.as_secs_f64(),
                amplitude: 0.8,
                period: DAY,
                phase: Nanos::ZERO,
            },
            service_mean: Nanos::from_millis(500),
        }],
        duration: DAY,
        bin_width: Nanos::from_secs(10),
    };
    let sampling = Sampling {
        point_process: PointProcess::Poisson,
        service: ServiceDistribution::Exponential,
        seed: 1,
    };
    let mut source = plan.arrivals(sampling).expect("a sound plan");
    std::iter::from_fn(|| source.next())
        .map(|arrival| arrival.expect("a generator does not fail"))
        .collect()
}
