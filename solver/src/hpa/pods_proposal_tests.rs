//! Tables for proposals from one sample per pod.

use super::tests::{NOW_MS, pod, samples};
use super::*;
use crate::hpa::Tolerance;

fn proposal(
    spec: u32,
    pods: &[Pod],
    values: &[(&str, i64)],
    target: i64,
) -> Result<Proposal, MetricFailure> {
    let metric = PodMetric {
        spec,
        pods,
        samples: &samples(values),
        cpu: None,
        band: Tolerance::default().into(),
        now_ms: NOW_MS,
    };
    average_value(&metric, target)
}

fn named(names: &[&str]) -> Vec<Pod> {
    names.iter().map(|name| pod(name)).collect()
}

/// Sentence, spec, pods, samples, expected replicas and basis; the target is 10.
type Row<'a> = (&'a str, u32, &'a [Pod], &'a [(&'a str, i64)], u32, Basis);

fn check(rows: &[Row<'_>]) {
    for &(sentence, spec, pods, values, replicas, basis) in rows {
        let proposal = proposal(spec, pods, values, 10).expect(sentence);
        assert_eq!(
            (proposal.replicas, proposal.basis),
            (replicas, basis),
            "{sentence}"
        );
    }
}

fn pending(name: &str) -> Pod {
    Pod {
        phase: PodPhase::Pending,
        ..pod(name)
    }
}

#[test]
fn proposals_from_counted_pods_only() {
    use Basis::{OutsideTolerance, WithinTolerance};
    let abc = named(&["a", "b", "c"]);
    let one_leaves = [
        pod("a"),
        Pod {
            deleted: true,
            ..pod("b")
        },
    ];
    let one = named(&["a"]);
    check(&[
        (
            "counted pods are multiplied, not spec",
            9,
            &abc,
            &[("a", 20), ("b", 20), ("c", 20)],
            6,
            OutsideTolerance,
        ),
        (
            "within tolerance spec stays",
            9,
            &abc,
            &[("a", 10), ("b", 10), ("c", 13)],
            9,
            WithinTolerance,
        ),
        (
            "the sample of a pod being deleted is dropped",
            1,
            &one_leaves,
            &[("a", 20), ("b", 900)],
            2,
            OutsideTolerance,
        ),
        (
            "a sample of an unknown pod stays in the mean",
            1,
            &one,
            &[("a", 10), ("stranger", 30)],
            2,
            OutsideTolerance,
        ),
    ]);
}

#[test]
fn missing_and_unready_pods_damp_the_way_up() {
    use Basis::{AssumedPodsReverse, AssumedPodsWithinTolerance, OutsideTolerance};
    let abc = named(&["a", "b", "c"]);
    let c_pending = [pod("a"), pod("b"), pending("c")];
    check(&[
        (
            "an unready pod may damp to no change",
            3,
            &c_pending,
            &[("a", 16), ("b", 16)],
            3,
            AssumedPodsWithinTolerance,
        ),
        (
            "a missing pod uses nothing",
            3,
            &abc,
            &[("a", 30), ("b", 30)],
            6,
            OutsideTolerance,
        ),
        (
            "a missing pod may damp to no change",
            3,
            &abc,
            &[("a", 16), ("b", 16)],
            3,
            AssumedPodsWithinTolerance,
        ),
        (
            "a missing pod never turns up into down",
            3,
            &abc,
            &[("a", 12)],
            3,
            AssumedPodsReverse,
        ),
        (
            "an unready pod uses nothing",
            3,
            &c_pending,
            &[("a", 30), ("b", 30)],
            6,
            OutsideTolerance,
        ),
        (
            "the sample of an unready pod is dropped",
            3,
            &c_pending,
            &[("a", 30), ("b", 30), ("c", 900)],
            6,
            OutsideTolerance,
        ),
        (
            "both kinds count",
            3,
            &c_pending,
            &[("a", 40)],
            4,
            OutsideTolerance,
        ),
        (
            "a count below spec keeps spec",
            9,
            &abc,
            &[("a", 30), ("b", 30)],
            9,
            AssumedPodsReverse,
        ),
    ]);
}

#[test]
fn missing_pods_damp_the_way_down_and_unready_ones_do_not() {
    use Basis::{AssumedPodsReverse, AssumedPodsWithinTolerance, OutsideTolerance};
    let abc = named(&["a", "b", "c"]);
    let c_pending = [pod("a"), pod("b"), pending("c")];
    let d_pending = [pod("a"), pod("b"), pod("c"), pending("d")];
    check(&[
        (
            "the sample of an unready pod is dropped",
            3,
            &c_pending,
            &[("a", 2), ("b", 2), ("c", 900)],
            1,
            OutsideTolerance,
        ),
        (
            "an unready pod does not bring in the rule against reversal",
            1,
            &d_pending,
            &[("a", 8), ("b", 8), ("c", 8)],
            3,
            OutsideTolerance,
        ),
        (
            "a missing pod uses the target",
            3,
            &abc,
            &[("a", 2), ("b", 2)],
            2,
            OutsideTolerance,
        ),
        (
            "an unready pod is left out",
            3,
            &c_pending,
            &[("a", 2), ("b", 2)],
            1,
            OutsideTolerance,
        ),
        (
            "at exactly the target nothing is assumed",
            9,
            &abc,
            &[("a", 10)],
            9,
            AssumedPodsWithinTolerance,
        ),
        (
            "a count above spec keeps spec",
            1,
            &abc,
            &[("a", 2), ("b", 2)],
            1,
            AssumedPodsReverse,
        ),
    ]);
}

#[test]
fn the_reported_usage_is_of_the_counted_pods_before_any_assumption() {
    let proposal = proposal(3, &named(&["a", "b", "c"]), &[("a", 30), ("b", 31)], 10);
    assert_eq!(
        proposal.map(|proposal| proposal.usage),
        Ok(Usage::plain(30))
    );
}

#[test]
fn nothing_to_count_is_a_failure() {
    let failed = Pod {
        phase: PodPhase::Failed,
        ..pod("a")
    };
    assert_eq!(
        proposal(1, &[], &[("a", 1)], 10),
        Err(MetricFailure::NoPods)
    );
    assert_eq!(
        proposal(1, &[failed], &[("a", 1)], 10),
        Err(MetricFailure::NoCountedSamples)
    );
    assert_eq!(
        proposal(1, &[pod("a")], &[], 10),
        Err(MetricFailure::NoCountedSamples)
    );
}
