//! Queries that return something else than what was measured.

use spillway_solver::snapshot::{MetricState, Reading};

use super::Witness;
use crate::fixture::{Given, config, simulate};

const START_MS: i64 = 1_772_409_600_000;

/// What the only metric reads at some ticks under a fault from 90 s to 150 s. Without replicas
/// each second adds a request to the backlog.
fn read(fault: &str) -> Witness {
    let faults = format!(
        "horizon: 300s\nfaults: [{{kind: {fault}, workload: shop/worker, at: 90s, for: 1m}}]\n"
    );
    let requests: Vec<(u64, u64)> = (0..300).map(|second| (second * 1_000, 1)).collect();
    let mut witness = Witness::new(Vec::new());
    simulate(
        &config(0, 0, &faults),
        Given::millis(&requests),
        &mut witness,
    );
    witness
}

fn metric(witness: &Witness, second: usize) -> &MetricState {
    &witness.at(second).workloads[0].metrics["queue"]
}

/// Second of the sample, and its value.
fn sample(witness: &Witness, second: usize) -> (i64, i64) {
    let Reading::Series {
        at_ms,
        values_milli,
    } = &metric(witness, second).primary
    else {
        panic!("no series at {second} s");
    };
    ((at_ms.0 - START_MS) / 1_000, values_milli[0] / 1_000)
}

#[test]
fn each_kind_of_missing_answer_is_what_it_says_and_then_over() {
    type Is = fn(&Reading) -> bool;
    let cases: [(&str, Is); 4] = [
        ("metricGap", |reading| *reading == Reading::Empty),
        ("metricNan", |reading| *reading == Reading::NotANumber),
        ("metricPartial", |reading| *reading == Reading::Partial),
        ("metricError", |reading| {
            matches!(reading, Reading::Failed { .. })
        }),
    ];
    for (kind, is) in cases {
        let witness = read(kind);
        let during = metric(&witness, 105);
        assert!(is(&during.primary), "{kind}: {during:?}");
        assert!(
            during.arrivals.as_ref().is_some_and(is),
            "{kind}: arrivals too"
        );
        assert_eq!(sample(&witness, 75), (60, 61), "{kind}: before");
        assert_eq!(sample(&witness, 165), (150, 151), "{kind}: after");
    }
}

#[test]
fn a_stale_metric_keeps_its_last_sample_and_a_frozen_one_only_its_value() {
    let stale = read("metricStale");
    assert_eq!(sample(&stale, 90), (75, 76), "the last before");
    assert_eq!(sample(&stale, 135), (75, 76));
    assert_eq!(sample(&stale, 165), (150, 151));
    let frozen = read("metricFrozen");
    assert_eq!(sample(&frozen, 135), (120, 76));
    assert_eq!(sample(&frozen, 165), (150, 151));
}

#[test]
fn a_delayed_metric_is_as_much_older() {
    let delayed = read("metricDelayed, lag: 30s");
    assert_eq!(sample(&delayed, 75), (60, 61));
    assert_eq!(sample(&delayed, 135), (90, 91));
    assert_eq!(sample(&delayed, 165), (150, 151));
}

#[test]
fn only_the_metric_that_is_named_is_struck() {
    let faults = "horizon: 300s\nfaults: [{kind: metricGap, workload: shop/worker, metric: queue, at: 90s}]\n";
    let mut config = config(0, 0, faults);
    let mut other = config.policy.workloads[0].metrics[0].clone();
    other.name = "other".to_owned();
    config.policy.workloads[0].metrics.push(other);
    let mut witness = Witness::new(Vec::new());
    simulate(&config, Given::millis(&[(0, 1)]), &mut witness);
    let metrics = &witness.at(150).workloads[0].metrics;
    assert_eq!(metrics["queue"].primary, Reading::Empty);
    assert!(matches!(metrics["other"].primary, Reading::Series { .. }));
}
