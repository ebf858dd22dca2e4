//! The least possible cost against what policies pay. Every run checks that it paid no less; here
//! are the runs.

use proptest::prelude::*;
use spillway_sim::config::{Assignment, EgressSource, RunConfig, WorldWorkload};
use spillway_sim::hosts::{
    Autoscaler, BurstRule, HpaClusterAutoscaler, Outcome, PrivateOnly, Spillway, TargetCount,
    ThresholdBurst,
};
use spillway_sim::random::stream;
use spillway_sim::record::{CostBound, RunRecord};
use spillway_sim::time::Nanos;
use spillway_sim::trace::Arrival;
use spillway_solver::policy::CapacityType;
use spillway_solver::snapshot::Snapshot;
use spillway_solver::units::{Bytes, MicroUsd, MicroUsdPerHour};

use crate::fixture::{Given, Script, config, on_spot, simulate};

fn bound(record: &RunRecord) -> CostBound {
    record.summary.bound.expect("every run has a bound")
}

/// Replicas of two workloads at home and in the cloud, tick by tick.
struct Restless {
    counts: Vec<[u32; 4]>,
    tick: usize,
}

impl Autoscaler for Restless {
    fn name(&self) -> &'static str {
        "restless"
    }

    fn decide(&mut self, _snapshot: &Snapshot) -> Outcome {
        let [a, b, c, d] = self.counts[self.tick % self.counts.len()];
        self.tick += 1;
        let target = |workload: &str, cluster: &str, replicas| TargetCount {
            workload: workload.into(),
            cluster: cluster.into(),
            replicas,
        };
        Outcome {
            targets: vec![
                target("shop/worker", "home", a),
                target("shop/worker", "cloud", b),
                target("shop/other", "home", c),
                target("shop/other", "cloud", d),
            ],
            ..Outcome::default()
        }
    }
}

/// A second workload of another shape, a third kind of node, and prices on everything.
fn two_workloads(nodes: u32, seed: u64) -> RunConfig {
    let mut config = config(nodes, 1, "");
    config.world.seed = seed;
    let mut other = config.policy.workloads[0].clone();
    other.id = "shop/other".into();
    other.requests.cpu_milli.0 = 300;
    other.requests.memory_bytes.0 = 3_000_000;
    other.egress_per_hour = Bytes(40 << 30);
    config.policy.workloads.push(other);
    config.policy.workloads[0].egress_per_hour = Bytes(5 << 30);
    for (cluster, price) in config.policy.clusters.iter_mut().zip([1, 2]) {
        cluster.marginal_per_core = MicroUsdPerHour(20_000 * price);
        cluster.egress_per_gib = MicroUsd(30_000 * price);
    }
    let mut spot = config.policy.clusters[1].groups[0].clone();
    spot.name = "spot".into();
    spot.capacity_type = CapacityType::Spot;
    spot.price.0 /= 3;
    spot.max_nodes = 2;
    spot.allocatable.memory_bytes.0 /= 2;
    config.policy.clusters[1].groups.push(spot);
    config.policy.burst_policies.push(on_spot(100, 0));
    config
}

/// Requests of both workloads, of which the second takes a third of the time.
fn requests(seed: u64, count: u64, rate_per_s: f64, mean_s: f64) -> Given {
    use rand_distr::{Distribution, Exp};
    let mut random = stream(seed, "test", "arrivals");
    let (gaps, services) = (Exp::new(rate_per_s), Exp::new(1.0 / mean_s));
    let (gaps, services) = (gaps.expect("above zero"), services.expect("above zero"));
    let mut at = Nanos::ZERO;
    let next = |number: u64| {
        at += Nanos::from_secs_f64(gaps.sample(&mut random));
        let service = services.sample(&mut random);
        let second = number % 3 == 1;
        Arrival {
            at,
            service: Nanos::from_secs_f64(if second { service / 3.0 } else { service }),
            workload: u32::from(second),
            class: 0,
            bytes: 50_000_000,
        }
    };
    Given::named((0..count).map(next).collect(), &["worker", "other"])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    // Each run fails where it paid less than its bound.
    #[test]
    fn no_policy_however_restless_pays_less_than_its_bound(
        seed in 0_u64..1_000,
        counts in prop::collection::vec(prop::array::uniform4(0_u32..6), 1..12),
        nodes in 0_u32..4,
        concurrency in 1_u32..4,
        mean_s in 0.1_f64..60.0,
        by_request in any::<bool>(),
        most_waiting in prop::option::of(1_u32..50),
        horizon_s in prop::option::of(30_u64..900),
        (batch, routing, assignment) in (
            1_u32..5,
            prop_oneof![
                Just(r#""shared""#),
                Just(r#"{"dns": {"ttl": "20s", "resolvers": 7}}"#),
                Just(r#"{"dns": {"resolvers": 40, "stalePercent": 30, "staleFor": "5m", "withoutReplicas": "refuse"}}"#),
            ],
            prop_oneof![Just(Assignment::FirstFree), Just(Assignment::Random), Just(Assignment::LeastOutstanding)],
        ),
    ) {
        let mut config = two_workloads(nodes, seed);
        config.world.workloads[0].batch = batch;
        config.world.workloads[0].routing = serde_json::from_str(routing).expect("a sound routing");
        config.world.workloads[0].assignment = assignment;
        let mut other = WorldWorkload::unlisted("shop/other".into());
        other.concurrency = concurrency;
        config.world.workloads.push(other);
        for workload in &mut config.world.workloads {
            workload.most_waiting = most_waiting;
            workload.egress = if by_request { EgressSource::Requests } else { EgressSource::Replicas };
        }
        config.world.horizon = horizon_s.map(|s| spillway_sim::config::Span(Nanos::from_secs(s)));
        let mut policy = Restless { counts, tick: 0 };
        let record = simulate(&config, requests(seed, 600, 2.0, mean_s), &mut policy);
        prop_assert!(bound(&record).over.0 >= 0);
    }

    #[test]
    fn no_autoscaler_pays_less_than_its_bound(
        seed in 0_u64..1_000,
        nodes in 1_u32..4,
        mean_s in 0.5_f64..8.0,
    ) {
        let config = two_workloads(nodes, seed);
        let policy = &config.policy;
        let mut autoscalers: [Box<dyn Autoscaler>; 4] = [
            Box::new(Spillway::new(spillway_sim::hosts::Core, policy.clone())),
            Box::new(ThresholdBurst::new(policy, BurstRule::default())),
            Box::new(HpaClusterAutoscaler::new(policy)),
            Box::new(PrivateOnly::new(policy)),
        ];
        for autoscaler in &mut autoscalers {
            let record = simulate(&config, requests(seed, 2_000, 2.0, mean_s), autoscaler.as_mut());
            prop_assert!(bound(&record).over.0 >= 0);
        }
    }
}

/// Ten minutes of 300 requests of 4 s: two replicas' worth.
fn steady() -> Given {
    let requests: Vec<(u64, u64)> = (0..300).map(|n| (n * 2_000, 4_000)).collect();
    Given::millis(&requests)
}

#[test]
fn a_policy_that_does_everything_at_home_pays_the_bound_but_for_idle_cores() {
    let mut config = config(1, 2, "");
    config.policy.clusters[0].marginal_per_core = MicroUsdPerHour(360_000);
    let record = simulate(&config, steady(), &mut Script(Vec::new()));
    // Two replicas of a core for 600 s; the work of all requests but the last is done.
    assert_eq!(record.summary.money.marginal, MicroUsd(120_000));
    let least = bound(&record).least.0;
    assert_eq!(
        least,
        299 * 400 - 4,
        "two micro-dollars a bill for rounding"
    );
}

/// Two replicas in the cloud from the start, on a node that stays: as good as can be.
fn in_the_cloud() -> RunConfig {
    let mut config = config(0, 0, "    groups: [{name: nodes, initialNodes: 1}]\n");
    config.world.workloads[0].initial[0].cluster = "cloud".into();
    config.world.workloads[0].initial[0].replicas = 2;
    config
}

#[test]
fn without_a_home_the_bound_is_the_work_by_the_share_of_a_node() {
    let record = simulate(&in_the_cloud(), steady(), &mut Script(Vec::new()));
    assert_eq!(record.summary.money.on_demand, MicroUsd(600_000));
    assert_eq!(bound(&record).least, MicroUsd(299 * 2_000 - 6));
}

#[test]
fn boots_and_minimums_change_no_bound_room_at_home_lowers_it_and_dearer_nodes_raise_it() {
    let least = |change: &dyn Fn(&mut RunConfig)| {
        let mut config = in_the_cloud();
        change(&mut config);
        bound(&simulate(&config, steady(), &mut Script(Vec::new()))).least
    };
    let as_it_is = least(&|_| {});
    let slow = least(&|config| {
        let boot = &mut config.policy.clusters[1].groups[0].boot;
        (boot.p50_ms.0, boot.p95_ms.0) = (600_000, 900_000);
    });
    assert_eq!(slow, as_it_is);
    let many = least(&|config| config.policy.workloads[0].min_replicas = 15);
    assert_eq!(many, as_it_is);
    let home = least(&|config| config.world.clusters[0].groups[0].initial_nodes = 1);
    assert_eq!(
        home,
        MicroUsd(0),
        "two cores at home do all of it for nothing"
    );
    let dear = least(&|config| config.policy.clusters[1].groups[0].price.0 *= 2);
    assert!(dear > as_it_is, "{dear:?} {as_it_is:?}");
}

#[test]
fn the_cheapest_of_all_scripts_is_above_the_bound_of_each_and_near_its_own() {
    // Nine minutes of work in five, one replica at home, and three decisions a minute apart of 0
    // to 3 replicas in the cloud.
    let requests: Vec<(u64, u64)> = (0..60).map(|n| (n * 3_000, 9_000)).collect();
    let mut config = config(1, 1, "tick: 60s\nhorizon: 300s\n");
    config.policy.clusters[0].groups[0].allocatable.pods = 1;
    let mut cheapest: Option<RunRecord> = None;
    let mut bounds = Vec::new();
    for code in 0..64_u32 {
        let replicas = |place: u32| code / 4_u32.pow(place) % 4;
        let script = (0..3).map(|place| (60 * i64::from(place + 1), "cloud", replicas(place)));
        let mut script = Script(script.collect());
        let record = simulate(&config, Given::millis(&requests), &mut script);
        if record.summary.requests.done < 60 {
            continue;
        }
        bounds.push(bound(&record).least);
        let paid = |record: &RunRecord| record.summary.money.total();
        if cheapest
            .as_ref()
            .is_none_or(|best| paid(&record) < paid(best))
        {
            cheapest = Some(record);
        }
    }
    let cheapest = cheapest.expect("some script serves all");
    let paid = cheapest.summary.money.total();
    assert!(
        bounds.iter().all(|least| *least <= paid),
        "{bounds:?} {paid:?}"
    );
    let regret = bound(&cheapest).regret.expect("work must be rented");
    assert!(regret < 3.0, "{regret}: the bound says nothing");
}
