//! Several metrics: the largest proposal wins, and what happens if some fail.

use super::conditions::ConditionReason;
use super::proposal::{MetricFailure, Proposal};

/// Where a metric comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MetricSource {
    /// One number of some Kubernetes object.
    Object,
    /// A custom metric per pod.
    Pods,
    /// CPU or memory of whole pods.
    Resource,
    /// CPU or memory of one container of each pod.
    ContainerResource,
    /// A number from outside the cluster.
    External,
    /// A type that HPA does not know; always a failure.
    Unknown,
}

impl MetricSource {
    /// HPA's reason for `ScalingActive=False` if a metric of this source fails.
    #[must_use]
    pub const fn failure_reason(self) -> ConditionReason {
        match self {
            Self::Object => ConditionReason::FailedGetObjectMetric,
            Self::Pods => ConditionReason::FailedGetPodsMetric,
            Self::Resource => ConditionReason::FailedGetResourceMetric,
            Self::ContainerResource => ConditionReason::FailedGetContainerResourceMetric,
            Self::External => ConditionReason::FailedGetExternalMetric,
            Self::Unknown => ConditionReason::InvalidMetricSourceType,
        }
    }

    /// Whether the metric still has a value at zero replicas, so that it can wake the target.
    #[must_use]
    pub const fn can_wake_from_zero(self) -> bool {
        matches!(self, Self::Object | Self::External)
    }
}

/// One metric of a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricReading {
    /// Where it comes from.
    pub source: MetricSource,
    /// How events name it, such as `external metric queue_depth`.
    pub description: String,
    /// What it proposes, or why it cannot.
    pub result: Result<Proposal, MetricFailure>,
}

/// The outcome of all metrics together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Combination {
    /// A count can be computed.
    Proposed(Combined),
    /// Nothing may change: all metrics failed, or some did and the rest would scale down.
    Failed(PartialFailure),
}

/// The largest proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Combined {
    /// Replicas.
    pub replicas: u32,
    /// Index of the metric that asked for them.
    pub metric: usize,
    /// Failures that did not stop the pass but are still reported.
    pub failure: Option<PartialFailure>,
}

/// Failed metrics of a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialFailure {
    /// How many failed.
    pub failed: usize,
    /// Of how many.
    pub metrics: usize,
    /// HPA's reason of the first failure, which stands for all.
    pub reason: ConditionReason,
    /// The first failure.
    pub first: MetricFailure,
}

/// Takes the largest proposal. With failures it counts only if it is not below `spec`:
/// a metric that cannot be read may be the one that needs the replicas.
///
/// No metric at all is a failure; HPA's default of CPU at 80 % is filled in before.
#[must_use]
pub fn combine(spec: u32, readings: &[MetricReading]) -> Combination {
    let mut largest: Option<(usize, u32)> = None;
    let mut failure: Option<PartialFailure> = None;
    for (metric, reading) in readings.iter().enumerate() {
        match &reading.result {
            Ok(proposal) => {
                if largest.is_none_or(|(_, replicas)| proposal.replicas > replicas) {
                    largest = Some((metric, proposal.replicas));
                }
            }
            Err(first) => {
                let failure = failure.get_or_insert_with(|| PartialFailure {
                    failed: 0,
                    metrics: readings.len(),
                    reason: reading.source.failure_reason(),
                    first: first.clone(),
                });
                failure.failed += 1;
            }
        }
    }
    match (largest, failure) {
        (Some((metric, replicas)), None) => Combination::Proposed(Combined {
            replicas,
            metric,
            failure: None,
        }),
        (Some((metric, replicas)), Some(failure)) if replicas >= spec => {
            Combination::Proposed(Combined {
                replicas,
                metric,
                failure: Some(failure),
            })
        }
        (_, Some(failure)) => Combination::Failed(failure),
        (None, None) => Combination::Failed(PartialFailure {
            failed: 0,
            metrics: 0,
            reason: MetricSource::Unknown.failure_reason(),
            first: MetricFailure::NoTarget,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hpa::{Basis, Usage};

    fn proposes(replicas: u32) -> MetricReading {
        MetricReading {
            source: MetricSource::External,
            description: format!("asks for {replicas}"),
            result: Ok(Proposal {
                replicas,
                basis: Basis::OutsideTolerance,
                usage: Usage::plain(0),
            }),
        }
    }

    fn fails(source: MetricSource) -> MetricReading {
        MetricReading {
            source,
            description: "fails".into(),
            result: Err(MetricFailure::NoSeries),
        }
    }

    fn proposed(spec: u32, readings: &[MetricReading]) -> Option<(u32, usize, bool)> {
        match combine(spec, readings) {
            Combination::Proposed(combined) => Some((
                combined.replicas,
                combined.metric,
                combined.failure.is_some(),
            )),
            Combination::Failed(_) => None,
        }
    }

    #[test]
    fn the_largest_proposal_wins_and_the_first_of_equals() {
        let readings = [proposes(2), proposes(7), proposes(7), proposes(5)];
        assert_eq!(proposed(9, &readings), Some((7, 1, false)));
        assert_eq!(proposed(9, &[proposes(0)]), Some((0, 0, false)));
    }

    #[test]
    fn with_a_failure_a_scale_up_and_no_change_proceed_but_a_scale_down_does_not() {
        let with_failure = |replicas| [fails(MetricSource::Pods), proposes(replicas)];
        assert_eq!(proposed(5, &with_failure(6)), Some((6, 1, true)));
        assert_eq!(proposed(5, &with_failure(5)), Some((5, 1, true)));
        assert_eq!(proposed(5, &with_failure(4)), None);
    }

    #[test]
    fn the_first_failure_stands_for_all() {
        let readings = [fails(MetricSource::Object), fails(MetricSource::Unknown)];
        let Combination::Failed(failure) = combine(5, &readings) else {
            panic!("all failed, yet something was proposed");
        };
        assert_eq!((failure.failed, failure.metrics), (2, 2));
        assert_eq!(failure.reason.as_str(), "FailedGetObjectMetric");
    }

    #[test]
    fn no_metric_at_all_fails() {
        assert_eq!(proposed(0, &[]), None);
    }
}
