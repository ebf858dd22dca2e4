//! Queries of metrics that return something else than what was measured.

use std::collections::BTreeMap;

use spillway_solver::snapshot::{MetricState, PodReading, Reading};
use spillway_solver::units::UnixMs;

use super::{Effect, FaultIndex, Faults};
use crate::time::Nanos;

/// What happens to a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MetricFault {
    Gap,
    Error,
    Nan,
    Partial,
    /// The last answer stays, with its time.
    Stale,
    /// The last answer stays and seems new.
    Frozen,
    /// Answers are so much older.
    Delayed(Nanos),
}

/// Answers that faults hold, by the fault, how often it has begun, and the metric.
#[derive(Default)]
pub(in crate::world) struct Held(BTreeMap<(FaultIndex, usize, String), MetricState>);

impl Faults {
    /// The running faults of a metric.
    fn of_metric(
        &self,
        workload: usize,
        metric: &str,
    ) -> impl Iterator<Item = (FaultIndex, usize, MetricFault)> {
        let list = self.list.iter().enumerate();
        let running = list.filter(|(_, fault)| fault.running > 0);
        running.filter_map(move |(index, fault)| match &fault.effect {
            Effect::Metric {
                workload: of,
                metric: named,
                fault: what,
            } if *of == workload && named.as_ref().is_none_or(|named| named == metric) => {
                Some((index, fault.spans.len(), *what))
            }
            _ => None,
        })
    }

    /// How much later than usual a metric is seen.
    pub(in crate::world) fn metric_lag(&self, workload: usize, metric: &str) -> Nanos {
        let lags = self
            .of_metric(workload, metric)
            .map(|(.., what)| match what {
                MetricFault::Delayed(lag) => lag,
                _ => Nanos::ZERO,
            });
        lags.fold(Nanos::ZERO, |sum, lag| sum + lag)
    }

    /// The most that metrics can be late beyond the usual: scrapes have to be kept for it.
    pub(in crate::world) fn longest_lag(&self) -> Nanos {
        let lags = self.list.iter().map(|fault| match fault.effect {
            Effect::Metric {
                fault: MetricFault::Delayed(lag),
                ..
            } => lag,
            _ => Nanos::ZERO,
        });
        lags.fold(Nanos::ZERO, |sum, lag| sum + lag)
    }

    /// What a query of a metric answers, of what was measured; `at` is the time of its sample.
    pub(in crate::world) fn answer(
        &self,
        held: &mut Held,
        workload: usize,
        metric: &str,
        at: UnixMs,
        measured: MetricState,
    ) -> MetricState {
        let mut answer = measured;
        for (index, times, what) in self.of_metric(workload, metric) {
            let mut kept = || {
                let key = (index, times, metric.to_owned());
                held.0.entry(key).or_insert_with(|| answer.clone()).clone()
            };
            answer = match what {
                MetricFault::Gap => replaced(&answer, &Reading::Empty),
                MetricFault::Nan => replaced(&answer, &Reading::NotANumber),
                MetricFault::Partial => replaced(&answer, &Reading::Partial),
                MetricFault::Error => replaced(
                    &answer,
                    &Reading::Failed {
                        message: "the source does not answer".to_owned(),
                    },
                ),
                MetricFault::Stale => merged(&kept(), &answer, None),
                MetricFault::Frozen => merged(&kept(), &answer, Some(at)),
                MetricFault::Delayed(_) => continue,
            };
        }
        answer
    }
}

/// Every reading of a metric replaced by one.
fn replaced(metric: &MetricState, by: &Reading) -> MetricState {
    each(metric, |_| by.clone())
}

/// The readings that are held, with the pods of now, and the time of their samples where it is
/// `at`.
fn merged(held: &MetricState, now: &MetricState, at: Option<UnixMs>) -> MetricState {
    let mut merged = each(held, |reading| match reading {
        Reading::Series {
            at_ms,
            values_milli,
        } => Reading::Series {
            at_ms: at.unwrap_or(*at_ms),
            values_milli: values_milli.clone(),
        },
        other => other.clone(),
    });
    if let (Reading::Pods { at_ms, pods: old }, Reading::Pods { pods, .. }) =
        (&held.primary, &now.primary)
    {
        merged.primary = Reading::Pods {
            at_ms: at.unwrap_or(*at_ms),
            pods: pods.iter().map(|pod| with_sample(pod, old, at)).collect(),
        };
    }
    merged
}

/// A pod as it is, with the sample that was held for it.
fn with_sample(pod: &PodReading, held: &[PodReading], at: Option<UnixMs>) -> PodReading {
    let sampled = held.iter().find(|old| old.name == pod.name);
    PodReading {
        value_milli: sampled.and_then(|old| old.value_milli),
        sampled_at_ms: at.or(sampled.and_then(|old| old.sampled_at_ms)),
        ..pod.clone()
    }
}

fn each(metric: &MetricState, reading: impl Fn(&Reading) -> Reading) -> MetricState {
    MetricState {
        primary: reading(&metric.primary),
        alternative: metric.alternative.as_ref().map(&reading),
        arrivals: metric.arrivals.as_ref().map(&reading),
        completions: metric
            .completions
            .iter()
            .map(|(cluster, of)| (cluster.clone(), reading(of)))
            .collect(),
    }
}
