//! Every autoscaler of the table on a short day of the demo's shop.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use spillway_sim::config::{InitialReplicas, LoadShape, RunConfig, Span};
use spillway_sim::demo;
use spillway_sim::hosts::{AUTOSCALERS, Autoscaler, Core, Demand, Entry, Foresight};
use spillway_sim::record::RunRecord;
use spillway_sim::time::Nanos;

use crate::fixture::{Given, config, simulate};

/// The demo's day in six hours.
fn short_day() -> RunConfig {
    let mut config = demo::config("short day");
    let shorten = |span: &mut Span| span.0 = Nanos(span.0.0 / 4);
    config.world.horizon.iter_mut().for_each(shorten);
    let load = config.world.load.as_mut().expect("the demo's load");
    shorten(&mut load.duration);
    for pattern in &mut load.patterns {
        match &mut pattern.shape {
            LoadShape::Diurnal { period, phase, .. } => [period, phase].map(shorten),
            LoadShape::FlashSale { at, decay, .. } => [at, decay].map(shorten),
            LoadShape::Ramp { start, length, .. } => [start, length].map(shorten),
        };
    }
    config
}

fn build(entry: &Entry, config: &RunConfig) -> Box<dyn Autoscaler> {
    let foresight = || {
        let interval = config.world.metrics.rate_window.0;
        let demand = Demand::read(demo::arrivals(config), interval, None).expect("a sound load");
        Ok::<_, Infallible>(Foresight::new(config, &demand))
    };
    let Ok(autoscaler) = entry.build(&config.policy, &Core, foresight);
    autoscaler
}

fn run(name: &str) -> RunRecord {
    let config = short_day();
    let entry = Entry::called(name).expect("it is in the table");
    let mut autoscaler = build(entry, &config);
    simulate(&config, demo::arrivals(&config), autoscaler.as_mut())
}

fn late_percent(record: &RunRecord) -> u64 {
    let objective = record.summary.objective;
    objective.requests_late * 100 / objective.requests
}

#[test]
fn every_autoscaler_has_the_name_that_the_table_gives_it() {
    let config = short_day();
    for entry in &AUTOSCALERS {
        assert_eq!(build(entry, &config).name(), entry.name);
    }
}

#[test]
fn every_autoscaler_serves_a_day_and_loses_no_request() {
    let mut late = BTreeMap::new();
    let mut arrived = None;
    for entry in &AUTOSCALERS {
        let record = run(entry.name);
        let requests = record.summary.requests;
        let found = requests.done + requests.queued + requests.in_service + requests.dropped;
        assert_eq!(found, requests.arrived, "{}", entry.name);
        assert_eq!(
            *arrived.get_or_insert(requests.arrived),
            requests.arrived,
            "{}: the same load for all",
            entry.name
        );
        late.insert(entry.name, late_percent(&record));
    }
    for (name, percent) in &late {
        // Home alone is too small, and so is a number that never changes; everybody else serves nearly all in time.
        let most = if ["private-only", "keda", "rebalancer"].contains(name) {
            60
        } else {
            25
        };
        assert!(*percent <= most, "{name}: {percent} % late of {late:?}");
    }
}

#[test]
fn a_static_peak_is_never_late_and_keeps_its_size() {
    let record = run("static-peak");
    assert_eq!(record.summary.objective.requests_late, 0);
    let ready = record.series.iter().map(|row| {
        let by_cluster = row.workloads.iter().flat_map(|row| &row.ready_milli);
        by_cluster.sum::<u64>()
    });
    // The first minutes are those of nodes that boot and of replicas that find their places.
    let sizes: BTreeSet<u64> = ready.skip(15).collect();
    assert_eq!(sizes.len(), 1, "{sizes:?}");
}

#[test]
fn a_static_percentile_costs_less_than_the_peak_and_is_late_more_often() {
    let (peak, p95) = (run("static-peak"), run("static-p95"));
    assert!(p95.summary.money.total() < peak.summary.money.total());
    assert!(p95.summary.objective.requests_late > peak.summary.objective.requests_late);
}

#[test]
fn who_stays_at_home_pays_no_cloud_and_who_stays_in_the_cloud_leaves_home() {
    for name in ["private-only", "keda"] {
        assert_eq!(run(name).summary.replica_time.public_ms, 0, "{name}");
    }
    for name in ["public-only", "hpa-ca", "hpa-karpenter"] {
        let record = run(name);
        let last = record.series.last().expect("there are rows");
        let at_home = last
            .workloads
            .iter()
            .map(|row| row.ready_milli[0])
            .sum::<u64>();
        assert_eq!(at_home, 0, "{name}");
    }
}

#[test]
fn public_first_uses_home_less_than_private_first_does() {
    let at_home = |name| run(name).summary.replica_time.private_ms;
    assert!(at_home("public-first") * 4 < at_home("react"));
}

#[test]
fn an_oracle_is_late_less_often_than_who_only_reacts() {
    let late = |name| run(name).summary.objective.requests_late;
    let (oracle, react) = (late("oracle"), late("react"));
    assert!(oracle < react, "{oracle} {react}");
}

/// Three replicas that serve in the cloud, room for four at home, and a load of 2.5 replicas once
/// they are up.
fn spilled(name: &str) -> RunRecord {
    let mut config = config(2, 0, "");
    config.world.workloads[0].initial = vec![InitialReplicas {
        cluster: "cloud".into(),
        replicas: 3,
    }];
    let requests: Vec<_> = (0..4_000).map(|n| (120_000 + n * 400, 1_000)).collect();
    let entry = Entry::called(name).expect("it is in the table");
    let no_foresight = || Err::<Foresight, _>("only some are told the future");
    let built = entry.build(&config.policy, &Core, no_foresight);
    simulate(
        &config,
        Given::millis(&requests),
        &mut *built.expect("one that sees"),
    )
}

#[test]
fn ordered_overflow_brings_nothing_home_and_the_shared_rule_does() {
    let ready = |record: &RunRecord| {
        let last = record.series.last().expect("there are rows");
        last.workloads[0].ready_milli.clone()
    };
    let stays = spilled("ordered-overflow");
    assert_eq!(ready(&stays), [0, 3_000]);
    assert_eq!(stays.summary.replica_time.private_ms, 0);
    assert_eq!(ready(&spilled("react")), [3_000, 0]);
}
