//! Clients that are told a cluster, and believe it for a while.

use spillway_sim::hosts::{Autoscaler, Outcome, Rebalancer};
use spillway_sim::record::RunRecord;
use spillway_solver::decision::{Decision, Plan, WorkloadPlan};
use spillway_solver::snapshot::Snapshot;
use spillway_solver::traffic::{ClusterWeight, WeightReason};

use crate::fixture::{Given, Script, config, simulate};

/// At 75 s the replica at home leaves; the one in the cloud has been Ready since 61 s, and is known from then on.
fn moves_away() -> Script {
    Script(vec![(15, "cloud", 1), (75, "home", 0)])
}

/// A request of a millisecond each `every_ms` for 200 s.
fn steady(every_ms: u64) -> Given {
    let requests: Vec<(u64, u64)> = (0..200_000 / every_ms).map(|n| (n * every_ms, 1)).collect();
    Given::millis(&requests)
}

fn world(dns: &str) -> spillway_sim::config::RunConfig {
    let mut config = config(1, 1, "horizon: 200s\n");
    config.world.workloads[0].routing =
        serde_json::from_str(&format!("{{\"dns\": {dns}}}")).expect("a sound routing");
    config
}

fn move_away(dns: &str, every_ms: u64) -> RunRecord {
    simulate(&world(dns), steady(every_ms), &mut moves_away())
}

#[test]
fn one_resolver_sends_all_to_the_old_cluster_until_its_answer_expires() {
    let refused = |dns| move_away(dns, 100).summary.requests.dropped;
    let short = refused(r#"{"resolvers": 1, "ttl": "20s", "withoutReplicas": "refuse"}"#);
    let long = refused(r#"{"resolvers": 1, "ttl": "60s", "withoutReplicas": "refuse"}"#);
    assert!(
        (1..=200).contains(&short),
        "up to 20 s of ten a second: {short}"
    );
    assert!(
        (1..=600).contains(&long),
        "up to 60 s of ten a second: {long}"
    );
}

#[test]
fn answers_of_many_resolvers_expire_evenly_over_the_time_to_live() {
    let dns = r#"{"resolvers": 1000, "ttl": "60s", "withoutReplicas": "refuse"}"#;
    let refused = move_away(dns, 2).summary.requests.dropped;
    // 500 requests a second, of which the share that is still misled falls in a line from all to none in 60 s.
    assert!(
        (14_000..=16_000).contains(&refused),
        "{refused} is not about 15,000"
    );
}

#[test]
fn resolvers_that_ignore_the_time_to_live_mislead_their_share_for_as_long_as_they_like() {
    let dns = r#"{"resolvers": 1000, "ttl": "20s", "stalePercent": 20, "staleFor": "1000h", "withoutReplicas": "refuse"}"#;
    let refused = move_away(dns, 2).summary.requests.dropped;
    // Of 500 a second, a fifth from 75 s to 200 s and the others for 10 s on average.
    let expected = 100 * 125 + 400 * 10;
    assert!(
        refused.abs_diff(expected) < expected / 12,
        "{refused} is not about {expected}"
    );
}

#[test]
fn requests_that_wait_where_nobody_serves_go_on_once_their_resolver_asks_again() {
    let record = move_away(r#"{"resolvers": 100, "ttl": "30s"}"#, 100);
    let requests = record.summary.requests;
    assert_eq!((requests.dropped, requests.done), (0, requests.arrived));
    let longest = record.summary.queue_delay.max_us;
    // An answer may be 30 s old, and who waits asks with the ticks.
    assert!((15_000_000..=45_000_000).contains(&longest), "{longest}");
}

#[test]
fn one_shared_line_misleads_nobody() {
    let mut script = moves_away();
    let record = simulate(&config(1, 1, "horizon: 200s\n"), steady(100), &mut script);
    assert!(record.summary.queue_delay.max_us < 1_000_000);
}

/// Plans all traffic for the cloud, and no replica there.
struct Misleads;

impl Autoscaler for Misleads {
    fn name(&self) -> &'static str {
        "misleads"
    }

    fn decide(&mut self, _: &Snapshot) -> Outcome {
        let weight = |cluster: &str, weight| ClusterWeight {
            cluster: cluster.to_owned(),
            weight,
            share_ppm: 0,
            reason: WeightReason::Adopted,
        };
        let plan = WorkloadPlan {
            id: "shop/worker".into(),
            weights: vec![weight("cloud", 255), weight("home", 0)],
            ..WorkloadPlan::default()
        };
        let plan = Plan {
            workloads: vec![plan],
            ..Plan::default()
        };
        Outcome {
            decision: Some(Decision {
                plan,
                ..Decision::default()
            }),
            ..Outcome::default()
        }
    }
}

#[test]
fn planned_weights_count_and_not_where_replicas_are() {
    let dns = r#"{"resolvers": 50, "ttl": "10s", "withoutReplicas": "refuse"}"#;
    let record = simulate(&world(dns), steady(100), &mut Misleads);
    let requests = record.summary.requests;
    // From the first tick at 15 s on, and for all from 25 s on.
    assert!(
        requests.dropped >= 1_750 && requests.done >= 150,
        "{requests:?}"
    );
    let misled = record.series.last().expect("rows").workloads[0].done;
    assert_eq!(misled, 0);
}

#[test]
fn a_workload_that_has_replicas_nowhere_waits_for_the_first_and_finds_it() {
    let mut config = world(r#"{"resolvers": 100, "ttl": "5s"}"#);
    config.world.workloads[0].initial[0].replicas = 0;
    let mut script = Script(vec![(30, "home", 1)]);
    let record = simulate(&config, steady(1_000), &mut script);
    let requests = record.summary.requests;
    assert_eq!((requests.dropped, requests.done), (0, 200));
    // Ready at 45 s, known to DNS at 45 s or 60 s, and the answers last for 5 s.
    assert!(record.summary.queue_delay.max_us <= 75_000_000);
}

#[test]
fn further_clients_change_no_draw_of_what_arrives_nor_of_nodes() {
    let shared = simulate(
        &config(1, 1, "horizon: 200s\n"),
        steady(100),
        &mut moves_away(),
    );
    let told = move_away("{}", 100);
    assert_eq!(shared.nodes, told.nodes);
    assert_eq!(
        shared.summary.requests.arrived,
        told.summary.requests.arrived
    );
}

#[test]
fn rebalancer_sends_the_load_beyond_home_away_and_moves_no_replica() {
    // Three requests of a second each second for one replica at home: weights of 8 and 16. The first of the two
    // thirds wait for the replica in the cloud, whose node boots.
    let mut config = config(1, 1, "horizon: 20m\n");
    let dns = r#"{"dns": {"resolvers": 1000, "ttl": "10s"}}"#;
    config.world.workloads[0].routing = serde_json::from_str(dns).expect("a sound routing");
    let requests: Vec<(u64, u64)> = (0..3_600).map(|n| (n * 334, 1_000)).collect();
    let mut autoscaler = Rebalancer::new(&config.policy);
    let record = simulate(&config, Given::millis(&requests), &mut autoscaler);
    let last = record.series.last().expect("rows");
    assert_eq!(last.workloads[0].ready_milli, [1_000, 1_000]);
    // A third of three a second keeps home just busy; two a second are twice what the cloud's one replica does.
    let waiting = record.summary.requests.queued;
    let beyond = 1_200;
    assert!(waiting.abs_diff(beyond) < beyond / 4, "{waiting}");
}
