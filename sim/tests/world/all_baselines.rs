//! Every autoscaler of the table on a short day of the demo's shop.

use std::collections::BTreeMap;
use std::convert::Infallible;

use spillway_sim::config::{LoadShape, RunConfig, Span};
use spillway_sim::demo;
use spillway_sim::hosts::{AUTOSCALERS, Autoscaler, Core, Demand, Entry, Foresight, Outcome};
use spillway_sim::record::RunRecord;
use spillway_sim::time::Nanos;
use spillway_solver::ids::WorkloadId;
use spillway_solver::snapshot::Snapshot;

use crate::fixture::simulate;

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
        let summary = &record.summary;
        println!(
            "{:28} {:>10} late {:>6} of {:>6} private {:>9} public {:>9} actions {:>5} reversals {:>5}",
            entry.name,
            summary.money.total().0,
            summary.objective.requests_late,
            summary.objective.requests,
            summary.replica_time.private_ms / 1_000,
            summary.replica_time.public_ms / 1_000,
            summary.churn.actions,
            summary.churn.reversals,
        );
        late.insert(entry.name, late_percent(&record));
    }
    for (name, percent) in &late {
        // Home alone is too small; everybody else serves nearly all in time.
        let most = if ["private-only", "keda"].contains(name) {
            60
        } else {
            25
        };
        assert!(*percent <= most, "{name}: {percent} % late of {late:?}");
    }
}

#[test]
fn a_static_peak_is_never_late_and_never_changes() {
    let record = run("static-peak");
    assert_eq!(record.summary.objective.requests_late, 0);
    assert_eq!(record.summary.churn.replica_stops, 0);
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

/// Counts decisions in which replicas go to an earlier cluster while their total stays.
struct Homecomings {
    inner: Box<dyn Autoscaler>,
    seen: u32,
}

impl Autoscaler for Homecomings {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn decide(&mut self, snapshot: &Snapshot) -> Outcome {
        let outcome = self.inner.decide(snapshot);
        let mut now: BTreeMap<&WorkloadId, (u32, u32)> = BTreeMap::new();
        for cluster in &snapshot.clusters {
            for target in &cluster.targets {
                let (all, home) = now.entry(&target.workload).or_default();
                *all += target.spec_replicas;
                *home += target.spec_replicas * u32::from(cluster.name == "home");
            }
        }
        let mut then: BTreeMap<&WorkloadId, (u32, u32)> = BTreeMap::new();
        for target in &outcome.targets {
            let (all, home) = then.entry(&target.workload).or_default();
            *all += target.replicas;
            *home += target.replicas * u32::from(target.cluster == "home");
        }
        let came = now.iter().filter(|(id, (all, home))| {
            then.get(*id)
                .is_some_and(|then| then.0 <= *all && then.1 > *home)
        });
        self.seen += u32::try_from(came.count()).expect("three workloads");
        outcome
    }
}

fn homecomings(name: &str) -> u32 {
    let config = short_day();
    let entry = Entry::called(name).expect("it is in the table");
    let mut watched = Homecomings {
        inner: build(entry, &config),
        seen: 0,
    };
    simulate(&config, demo::arrivals(&config), &mut watched);
    watched.seen
}

#[test]
fn ordered_overflow_brings_nothing_home_and_the_shared_rule_does() {
    assert_eq!(homecomings("ordered-overflow"), 0);
    assert!(homecomings("react") > 0, "else the test could not fail");
}
