//! Proposals from CPU or memory used against what pods request.
//!
//! A resource with an absolute target (`AverageValue`) is
//! [`pods::average_value`](super::pods::average_value) with the CPU readiness rule.

use std::collections::BTreeMap;

use super::pods::{PodMetric, propose};
use super::proposal::{MetricFailure, Proposal, Usage};
use super::ratio::utilization_ratio;

/// A missing pod is assumed to use all of its request on a scale-down, or the target
/// where that is higher. Less, and a gap in the metrics scales the workload down.
const ASSUMED_PERCENT_BELOW_TARGET: i32 = 100;

/// Utilization target: percent of the requests of pods that have a sample.
///
/// `requests_milli` holds the request of every pod of the target, by name.
///
/// # Errors
/// As [`pods::average_value`](super::pods::average_value), and
/// [`MetricFailure::NoKnownPodHasSample`] if no counted pod has a request.
pub fn utilization(
    metric: &PodMetric<'_>,
    requests_milli: &BTreeMap<String, i64>,
    target_percent: i32,
) -> Result<Proposal, MetricFailure> {
    let assumed_percent = i64::from(target_percent.max(ASSUMED_PERCENT_BELOW_TARGET));
    propose(
        metric,
        |usage| {
            utilization_ratio(usage, requests_milli, target_percent).map(|ratio| {
                let usage = Usage {
                    usage_milli: ratio.mean_milli,
                    utilization_percent: Some(ratio.percent),
                };
                (ratio.ratio, usage)
            })
        },
        |pod| {
            let request = requests_milli.get(pod).copied().unwrap_or_default();
            request.saturating_mul(assumed_percent) / 100
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hpa::conditions::ConditionStatus;
    use crate::hpa::pods::{Pod, PodPhase, PodSample, Readiness};
    use crate::hpa::{Basis, Tolerance};

    /// One pod per request, of which the first ones have the given usage.
    fn proposal(
        spec: u32,
        usage: &[i64],
        requests: &[i64],
        target_percent: i32,
    ) -> Result<Proposal, MetricFailure> {
        let name = |n: usize| format!("pod-{n}");
        let pods: Vec<Pod> = (0..requests.len())
            .map(|n| Pod {
                name: name(n),
                phase: PodPhase::Running,
                deleted: false,
                started_at_ms: Some(0),
                ready: Some(Readiness {
                    status: ConditionStatus::True,
                    changed_at_ms: 0,
                }),
            })
            .collect();
        let samples = usage
            .iter()
            .enumerate()
            .map(|(n, &value_milli)| {
                let sample = PodSample {
                    value_milli,
                    at_ms: 0,
                    window_ms: 0,
                };
                (name(n), sample)
            })
            .collect();
        let requests = requests
            .iter()
            .enumerate()
            .map(|(n, &r)| (name(n), r))
            .collect();
        let metric = PodMetric {
            spec,
            pods: &pods,
            samples: &samples,
            cpu: None,
            band: Tolerance::default().into(),
            now_ms: 1_000_000,
        };
        utilization(&metric, &requests, target_percent)
    }

    #[test]
    fn the_table_of_utilization_proposals() {
        for (sentence, spec, usage, requests, target, replicas, basis) in [
            (
                "percent of the summed requests, not the mean of percentages",
                2,
                vec![300, 300],
                vec![1000, 200],
                50,
                2,
                Basis::WithinTolerance,
            ),
            (
                "the percentage is truncated: 55.9 counts as 55, which is within 10 % of 50",
                1,
                vec![559],
                vec![1000],
                50,
                1,
                Basis::WithinTolerance,
            ),
            (
                "a missing pod uses its whole request on the way down",
                2,
                vec![100],
                vec![1000, 1000],
                100,
                2,
                Basis::OutsideTolerance,
            ),
            (
                "a missing pod uses the target on the way down if that is above 100 %",
                4,
                vec![10, 10],
                vec![100, 100, 100],
                300,
                2,
                Basis::OutsideTolerance,
            ),
            (
                "a missing pod uses its request even where the target is lower: no reversal",
                2,
                vec![100],
                vec![1000, 1000],
                30,
                2,
                Basis::AssumedPodsReverse,
            ),
            (
                "at exactly the target nothing is assumed of a missing pod",
                2,
                vec![500],
                vec![1000, 1000],
                50,
                2,
                Basis::AssumedPodsWithinTolerance,
            ),
            (
                "a missing pod uses nothing on the way up",
                2,
                vec![1000],
                vec![1000, 1000],
                25,
                4,
                Basis::OutsideTolerance,
            ),
        ] {
            let proposal = proposal(spec, &usage, &requests, target).expect(sentence);
            assert_eq!(
                (proposal.replicas, proposal.basis),
                (replicas, basis),
                "{sentence}"
            );
        }
    }

    #[test]
    fn huge_requests_and_targets_do_not_overflow() {
        assert!(proposal(1, &[1], &[i64::MAX, i64::MAX], i32::MAX).is_ok());
    }
}
