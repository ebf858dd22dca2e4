//! Speed of the whole world: five million requests in a day, a decision every 15 seconds.
//!
//! `cargo bench -p spillway-sim --bench world`. Times are wall times of the fastest round.

use std::time::Instant;

use spillway_sim::config::{RunConfig, World};
use spillway_sim::generate::{Pattern, Plan, Shape};
use spillway_sim::hosts::{Autoscaler, BurstRule, ThresholdBurst};
use spillway_sim::time::Nanos;
use spillway_sim::trace::{
    Arrival, ArrivalSource, PointProcess, Sampling, ServiceDistribution, TraceError, TraceNotes,
};
use spillway_sim::world::run;
use spillway_solver::policy::Policy;

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
    };
    for round in 1..=ROUNDS {
        let mut autoscaler = ThresholdBurst::new(&config.policy, BurstRule::default());
        let source = Slice {
            arrivals: arrivals.iter(),
            names: vec!["default".to_owned()],
        };
        let began = Instant::now();
        let record = run(&config, source, &mut autoscaler, &mut (), &mut |_| {});
        let seconds = began.elapsed().as_secs_f64();
        let record = record.expect("a sound run");
        #[expect(clippy::cast_precision_loss, reason = "for a printed rate")]
        let events = record.timing.events as f64;
        println!(
            "round {round}: {} events in {seconds:.3} s, {:.1} million a second; {:.3} s of it in {} decisions of {}; \
             {} requests, mean delay {} us, {} public replica-hours",
            record.timing.events,
            events / seconds / 1e6,
            record.timing.decide_s,
            record.timing.decides,
            autoscaler.name(),
            record.summary.requests.arrived,
            record.summary.queue_delay.mean_us,
            record.summary.replica_time.public_ms / 3_600_000,
        );
    }
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
        "burstPolicies": [],
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

/// Arrivals from memory, so that drawing them is not measured.
struct Slice<'a> {
    arrivals: std::slice::Iter<'a, Arrival>,
    names: Vec<String>,
}

impl ArrivalSource for Slice<'_> {
    fn next(&mut self) -> Option<Result<Arrival, TraceError>> {
        self.arrivals.next().copied().map(Ok)
    }

    fn workloads(&self) -> &[String] {
        &self.names
    }

    fn classes(&self) -> &[String] {
        &[]
    }

    fn notes(&self) -> TraceNotes {
        TraceNotes::default()
    }
}
