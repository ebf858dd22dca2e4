//! Proposals from one sample per pod, and how missing and unready pods damp them.
//!
//! Here is the rule that Pods, Resource and `ContainerResource` metrics share; the ratio
//! against requests lives in [`resource`](super::resource).

use std::collections::{BTreeMap, BTreeSet};

use super::arithmetic::{age_ms, ceil_to_replicas, clamp_to_replicas};
use super::conditions::ConditionStatus;
use super::proposal::{Basis, MetricFailure, Proposal, Usage};
use super::ratio::{ToleranceBand, usage_ratio};

/// A pod's phase, as its status says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodPhase {
    /// Not yet started on a node.
    Pending,
    /// At least one container runs.
    Running,
    /// All containers ended well.
    Succeeded,
    /// At least one container ended badly.
    Failed,
    /// The node does not say.
    Unknown,
}

/// A pod's Ready condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// Whether it is ready.
    pub status: ConditionStatus,
    /// When that last changed.
    pub changed_at_ms: i64,
}

/// What HPA looks at in a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Name, the key of samples and requests.
    pub name: String,
    /// Phase.
    pub phase: PodPhase,
    /// Whether it has a deletion timestamp.
    pub deleted: bool,
    /// When the kubelet accepted it; `None` before that.
    pub started_at_ms: Option<i64>,
    /// Its Ready condition; `None` before the first one.
    pub ready: Option<Readiness>,
}

impl Pod {
    /// Running and Ready: what a `Value` target multiplies.
    #[must_use]
    pub fn is_running_and_ready(&self) -> bool {
        self.phase == PodPhase::Running
            && self
                .ready
                .is_some_and(|ready| ready.status == ConditionStatus::True)
    }
}

/// One pod's sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodSample {
    /// The value, in thousandths.
    pub value_milli: i64,
    /// End of the window over which it was measured.
    pub at_ms: i64,
    /// Length of that window.
    pub window_ms: i64,
}

/// When a CPU sample of a young pod is believed. Other metrics ignore readiness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuReadiness {
    /// Below this age a pod counts only if ready for a whole sample window (default 5 min).
    /// Too short, and the start-up burst of a pod scales the workload up.
    pub initialization_period_ms: i64,
    /// Unready since less than this after the start means "was never ready" (default 30 s).
    pub initial_readiness_delay_ms: i64,
}

impl Default for CpuReadiness {
    fn default() -> Self {
        Self {
            initialization_period_ms: 300_000,
            initial_readiness_delay_ms: 30_000,
        }
    }
}

/// Pods by how their sample is treated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodGroups {
    /// Pods whose sample counts.
    pub counted: u32,
    /// Pending, or (CPU only) too young or never ready: the sample is dropped.
    pub unready: BTreeSet<String>,
    /// Without a sample.
    pub missing: BTreeSet<String>,
    /// Failed or being deleted: the sample is dropped and nothing is assumed.
    pub ignored: BTreeSet<String>,
}

/// Sorts `pods`; the first rule that fits a pod wins. `cpu` is `None` for every resource
/// but CPU and for custom metrics.
#[must_use]
pub fn group_pods(
    pods: &[Pod],
    samples: &BTreeMap<String, PodSample>,
    cpu: Option<CpuReadiness>,
    now_ms: i64,
) -> PodGroups {
    let mut groups = PodGroups::default();
    for pod in pods {
        let name = || pod.name.clone();
        if pod.deleted || pod.phase == PodPhase::Failed {
            groups.ignored.insert(name());
        } else if pod.phase == PodPhase::Pending {
            groups.unready.insert(name());
        } else if let Some(sample) = samples.get(&pod.name) {
            if cpu.is_some_and(|cpu| is_unready(pod, sample, cpu, now_ms)) {
                groups.unready.insert(name());
            } else {
                groups.counted = groups.counted.saturating_add(1);
            }
        } else {
            groups.missing.insert(name());
        }
    }
    groups
}

fn is_unready(pod: &Pod, sample: &PodSample, cpu: CpuReadiness, now_ms: i64) -> bool {
    let (Some(ready), Some(started_at_ms)) = (pod.ready, pod.started_at_ms) else {
        return true;
    };
    let not_ready = ready.status == ConditionStatus::False;
    if age_ms(now_ms, started_at_ms) < cpu.initialization_period_ms {
        // A sample whose window began before the change measures the state before it.
        let measured_ms = age_ms(sample.at_ms, ready.changed_at_ms);
        not_ready || measured_ms < sample.window_ms
    } else {
        let unready_after_ms = age_ms(ready.changed_at_ms, started_at_ms);
        not_ready && unready_after_ms < cpu.initial_readiness_delay_ms
    }
}

/// Everything about the target's pods that a per-pod metric needs.
#[derive(Clone, Copy, Debug)]
pub struct PodMetric<'a> {
    /// Replicas asked for.
    pub spec: u32,
    /// All pods of the target.
    pub pods: &'a [Pod],
    /// Samples by pod name. Samples of pods not in `pods` stay in the mean.
    pub samples: &'a BTreeMap<String, PodSample>,
    /// Readiness rule, for CPU only.
    pub cpu: Option<CpuReadiness>,
    /// Ratios that change nothing.
    pub band: ToleranceBand,
    /// Time of the pass.
    pub now_ms: i64,
}

/// `AverageValue` over pods: Pods metrics (`cpu: None`), and resources with an absolute
/// target. Missing pods are assumed to use nothing above the target and exactly the
/// target below it.
///
/// # Errors
/// No pods, no countable sample, or a target of zero or less.
pub fn average_value(metric: &PodMetric<'_>, target_milli: i64) -> Result<Proposal, MetricFailure> {
    propose(
        metric,
        |usage| {
            usage_ratio(usage, target_milli)
                .map(|ratio| (ratio.ratio, Usage::plain(ratio.mean_milli)))
        },
        |_| target_milli,
    )
}

/// The rule that all per-pod metrics share. `ratio` gives the usage ratio of usages by
/// pod; `assumed_below_target` what a missing pod is taken to use on a scale-down.
pub(super) fn propose(
    metric: &PodMetric<'_>,
    ratio: impl Fn(&BTreeMap<&str, i64>) -> Result<(f64, Usage), MetricFailure>,
    assumed_below_target: impl Fn(&str) -> i64,
) -> Result<Proposal, MetricFailure> {
    let groups = groups_of(metric)?;
    let mut usage = counted_usage(metric, &groups)?;
    let (first_ratio, reported) = ratio(&usage)?;
    let outcome = |replicas, basis| {
        Ok(Proposal {
            replicas: clamp_to_replicas(i64::from(replicas)),
            basis,
            usage: reported,
        })
    };

    let assume_unready = first_ratio > 1.0 && !groups.unready.is_empty();
    if groups.missing.is_empty() && !assume_unready {
        return if metric.band.contains(first_ratio) {
            outcome(metric.spec, Basis::WithinTolerance)
        } else {
            let replicas = ceil_to_replicas(first_ratio * f64::from(groups.counted));
            outcome(replicas, Basis::OutsideTolerance)
        };
    }

    // Assume what damps the change: idle pods on the way up, pods at the target on the
    // way down. At exactly 1 there is no direction and nothing is assumed.
    if first_ratio > 1.0 {
        let idle = groups.missing.iter().chain(&groups.unready);
        usage.extend(idle.map(|pod| (pod.as_str(), 0)));
    } else if first_ratio < 1.0 {
        let missing = groups.missing.iter().map(String::as_str);
        usage.extend(missing.map(|pod| (pod, assumed_below_target(pod))));
    }

    let (new_ratio, _) = ratio(&usage)?;
    if metric.band.contains(new_ratio) {
        return outcome(metric.spec, Basis::AssumedPodsWithinTolerance);
    }
    let crossed = (first_ratio < 1.0 && new_ratio > 1.0) || (first_ratio > 1.0 && new_ratio < 1.0);
    let samples = u32::try_from(usage.len()).unwrap_or(u32::MAX);
    let replicas = ceil_to_replicas(new_ratio * f64::from(samples));
    let against =
        (new_ratio < 1.0 && replicas > metric.spec) || (new_ratio > 1.0 && replicas < metric.spec);
    if crossed || against {
        outcome(metric.spec, Basis::AssumedPodsReverse)
    } else {
        outcome(replicas, Basis::OutsideTolerance)
    }
}

fn groups_of(metric: &PodMetric<'_>) -> Result<PodGroups, MetricFailure> {
    if metric.pods.is_empty() {
        return Err(MetricFailure::NoPods);
    }
    Ok(group_pods(
        metric.pods,
        metric.samples,
        metric.cpu,
        metric.now_ms,
    ))
}

/// The samples of the pods that count, and of unknown pods.
fn counted_usage<'a>(
    metric: &PodMetric<'a>,
    groups: &PodGroups,
) -> Result<BTreeMap<&'a str, i64>, MetricFailure> {
    let usage: BTreeMap<&str, i64> = metric
        .samples
        .iter()
        .filter(|(pod, _)| !groups.ignored.contains(*pod) && !groups.unready.contains(*pod))
        .map(|(pod, sample)| (pod.as_str(), sample.value_milli))
        .collect();
    if usage.is_empty() {
        return Err(MetricFailure::NoCountedSamples);
    }
    Ok(usage)
}

#[cfg(test)]
#[path = "pods_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "pods_proposal_tests.rs"]
mod proposal_tests;
