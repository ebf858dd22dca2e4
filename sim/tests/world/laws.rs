//! What is true of every world: nothing is lost, and the same input gives the same bytes.

use proptest::prelude::*;
use spillway_sim::hosts::{Autoscaler, BurstRule, Outcome, TargetCount, ThresholdBurst};
use spillway_sim::random::stream;
use spillway_sim::time::Nanos;
use spillway_sim::trace::Arrival;
use spillway_solver::snapshot::Snapshot;

use crate::fixture::{Given, config, policy, simulate};

/// Writes the given counts one after another, at home and in the cloud.
struct Restless {
    counts: Vec<(u32, u32)>,
    tick: usize,
}

impl Autoscaler for Restless {
    fn name(&self) -> &'static str {
        "restless"
    }

    fn decide(&mut self, _snapshot: &Snapshot) -> Outcome {
        let (home, cloud) = self.counts[self.tick % self.counts.len()];
        self.tick += 1;
        let target = |cluster: &str, replicas| TargetCount {
            workload: "shop/worker".into(),
            cluster: cluster.into(),
            replicas,
        };
        Outcome {
            targets: vec![target("home", home), target("cloud", cloud)],
            ..Outcome::default()
        }
    }
}

fn requests(seed: u64, count: u64, rate_per_s: f64, mean_s: f64) -> Vec<Arrival> {
    use rand_distr::{Distribution, Exp};
    let mut random = stream(seed, "test", "arrivals");
    let (gaps, services) = (Exp::new(rate_per_s), Exp::new(1.0 / mean_s));
    let (gaps, services) = (gaps.expect("above zero"), services.expect("above zero"));
    let mut at = Nanos::ZERO;
    let next = |_| {
        at += Nanos::from_secs_f64(gaps.sample(&mut random));
        Arrival {
            at,
            service: Nanos::from_secs_f64(services.sample(&mut random)),
            workload: 0,
            class: 0,
            bytes: 1,
        }
    };
    (0..count).map(next).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    // The run itself recounts requests, pods, nodes and money at each tick and at its end.
    #[test]
    fn whatever_is_asked_for_nothing_is_lost_and_money_adds_up(
        seed in 0_u64..1_000,
        counts in prop::collection::vec((0_u32..8, 0_u32..8), 1..12),
        nodes in 0_u32..4,
        concurrency in 1_u32..4,
        mean_s in 0.1_f64..60.0,
        cluster_autoscaler in any::<bool>(),
        most_allocated in any::<bool>(),
    ) {
        let more = if cluster_autoscaler {
            "    nodeAutoscaler: {clusterAutoscaler: {unneeded: 60s, delayAfterAdd: 30s}}\n"
        } else {
            ""
        };
        let mut config = config(nodes, 1, more);
        config.world.seed = seed;
        config.world.workloads[0].concurrency = concurrency;
        config.world.workloads[0].most_waiting = Some(50);
        if most_allocated {
            config.policy.clusters[1].scheduling = spillway_solver::policy::Scheduling::MostAllocated;
        }
        let arrivals = requests(seed, 600, 2.0, mean_s);
        let record = simulate(&config, Given::new(arrivals), &mut Restless { counts, tick: 0 });
        prop_assert_eq!(record.summary.requests.arrived, 600);
        let rows: u64 = record.series.iter().map(|row| row.workloads[0].arrived).sum();
        prop_assert_eq!(rows, 600);
    }
}

#[test]
fn the_same_input_and_seed_give_the_same_bytes_and_another_seed_gives_others() {
    let bytes = |seed| {
        let mut config = config(2, 1, "");
        config.world.seed = seed;
        config.policy.clusters[1].groups[0].boot.p95_ms.0 = 90_000;
        let rule = BurstRule {
            queue_above: 5,
            ..BurstRule::default()
        };
        let mut autoscaler = ThresholdBurst::new(&policy(), rule);
        let source = Given::new(requests(1, 4_000, 4.0, 1.2));
        let record = simulate(&config, source, &mut autoscaler);
        assert!(record.summary.replica_time.public_ms > 0, "it must burst");
        serde_json::to_vec(&record).expect("a record is plain data")
    };
    assert_eq!(bytes(1), bytes(1));
    assert_ne!(bytes(1), bytes(2));
}
