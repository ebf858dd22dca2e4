//! The same days request by request and as a fluid: how far the two may differ. `docs/modes.md` has the measurements.

use spillway_sim::config::{EgressSource, Mode, RunConfig};
use spillway_sim::demo;
use spillway_sim::generate::PlannedArrivals;
use spillway_sim::hosts::{Autoscaler, Core, Entry, Foresight};
use spillway_sim::record::RunRecord;
use spillway_sim::trace::{Arrival, ArrivalSource, TraceError, TraceNotes};

use crate::fixture::{simulate, try_simulate};

fn config(name: &str, seed: u64, mode: Mode) -> RunConfig {
    let mut config = demo::config(name);
    config.world.seed = seed;
    config.world.mode = mode;
    config
}

fn autoscaler(config: &RunConfig) -> Box<dyn Autoscaler> {
    let entry = Entry::called(&config.name).expect("it is in the table");
    let foresight = || Err::<Foresight, _>("it is told nothing of the future");
    let built = entry.build(&config.policy, &Core, foresight);
    built.expect("it asks for no foresight")
}

fn day(name: &str, seed: u64, mode: Mode) -> RunRecord {
    let config = config(name, seed, mode);
    let mut autoscaler = autoscaler(&config);
    simulate(&config, demo::arrivals(&config), autoscaler.as_mut())
}

fn float(number: u64) -> f64 {
    f64::from(u32::try_from(number / 1_000).expect("a day of a small shop"))
}

/// What is compared: cost, replica time, the late share in percent, the 95th percentile of queue delays.
fn figures(record: &RunRecord) -> [f64; 4] {
    let summary = &record.summary;
    let time = summary.replica_time;
    let late =
        float(1_000 * summary.objective.requests_late) / float(1_000 * summary.objective.requests);
    [
        float(summary.money.total().0.unsigned_abs()),
        float(time.private_ms + time.public_ms),
        100.0 * late,
        float(summary.queue_delay.p95_us),
    ]
}

#[test]
fn both_modes_cost_the_same_to_a_few_percent_and_are_as_late() {
    for name in [
        "spillway",
        "threshold-burst",
        "hpa-karpenter",
        "private-only",
    ] {
        for seed in 1..=2 {
            let exact = day(name, seed, Mode::Requests);
            let fluid = day(name, seed, Mode::Rates);
            assert_eq!(
                exact.summary.requests.arrived, fluid.summary.requests.arrived,
                "both have all requests"
            );
            let least = |record: &RunRecord| {
                let bound = record.summary.bound.expect("every run has a bound");
                float(bound.least.0.unsigned_abs())
            };
            let [cost, time, late, p95] = figures(&exact);
            let [fluid_cost, fluid_time, fluid_late, fluid_p95] = figures(&fluid);
            let run = format!("{name}, seed {seed}");
            let apart = |a: f64, b: f64| (a / b - 1.0).abs();
            assert!(
                apart(least(&fluid), least(&exact)) < 0.05,
                "{run}: the least possible cost"
            );
            assert!(
                apart(fluid_cost, cost) < 0.12,
                "{run}: cost {cost} and {fluid_cost}"
            );
            assert!(
                apart(fluid_time, time) < 0.08,
                "{run}: replica time {time} and {fluid_time}"
            );
            assert!(
                (late - fluid_late).abs() < 0.7,
                "{run}: late {late} % and {fluid_late} %"
            );
            assert!(
                apart(fluid_p95, p95) < 0.45,
                "{run}: p95 {p95} and {fluid_p95}"
            );
        }
    }
}

#[test]
fn the_same_rates_give_the_same_bytes() {
    let bytes = || serde_json::to_string(&day("spillway", 1, Mode::Rates)).expect("plain data");
    assert!(bytes() == bytes());
}

/// Arrivals of which nobody knows that they were drawn from bins.
struct Single(PlannedArrivals);

impl ArrivalSource for Single {
    fn next(&mut self) -> Option<Result<Arrival, TraceError>> {
        self.0.next()
    }

    fn workloads(&self) -> &[String] {
        self.0.workloads()
    }

    fn classes(&self) -> &[String] {
        self.0.classes()
    }

    fn notes(&self) -> TraceNotes {
        self.0.notes()
    }
}

#[test]
fn single_requests_are_counted_on_the_way_and_cost_what_their_rates_cost() {
    let config = config("hpa-karpenter", 1, Mode::Rates);
    let source = Single(demo::arrivals(&config));
    let counted = simulate(&config, source, autoscaler(&config).as_mut());
    let rates = day("hpa-karpenter", 1, Mode::Rates);
    assert_eq!(
        counted.summary.requests.arrived,
        rates.summary.requests.arrived
    );
    let [cost, ..] = figures(&rates);
    let [counted_cost, ..] = figures(&counted);
    assert!(
        (counted_cost / cost - 1.0).abs() < 0.03,
        "{counted_cost} for {cost}"
    );
}

#[test]
fn the_bytes_of_requests_are_refused_by_rates_rather_than_taken_for_none() {
    let mut config = config("spillway", 1, Mode::Rates);
    config.world.workloads[0].egress = EgressSource::Requests;
    let mut autoscaler = autoscaler(&config);
    let refused = try_simulate(&config, demo::arrivals(&config), autoscaler.as_mut());
    let error = refused.expect_err("it is refused").to_string();
    assert!(error.contains("workloads[0].egress"), "{error}");
}
