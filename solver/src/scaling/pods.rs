//! Per-pod metrics of a fleet: which pods HPA's rules are shown.
//!
//! Pods of all clusters are one set. Pods beyond the desired count (replicas on the move, roll-out
//! surge) are left out, least useful first, and what the left-out ones use is shared out over the
//! rest: the same work is done, only by more hands. So a move changes no proposal.

use std::collections::{BTreeMap, BTreeSet};

use crate::decision::ReadingProblem;
use crate::hpa::conditions::ConditionStatus;
use crate::hpa::pods::{
    CpuReadiness, Pod, PodMetric, PodPhase as Phase, PodSample, Readiness, average_value,
    group_pods,
};
use crate::hpa::{ToleranceBand, resource};
use crate::ids::ClusterId;
use crate::policy::{ResourceName, Target};
use crate::snapshot::{PodPhase, PodReading};
use crate::units::UnixMs;

/// What HPA's pod rules are applied with.
#[derive(Clone, Copy)]
pub(super) struct PodRules<'a> {
    pub spec: u32,
    pub lost: &'a BTreeSet<ClusterId>,
    pub band: ToleranceBand,
    pub cpu: CpuReadiness,
    /// The host's clock: pods' instants were read beside it.
    pub now: UnixMs,
}

/// What a per-pod metric says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PodsAnswer {
    pub replicas: u32,
    /// The mean over pods, or percent of the request times a thousand.
    pub shown_milli: i64,
    /// `shown_milli` times the pods that count: the demand, whatever the count.
    pub total_milli: i64,
}

/// Applies HPA's pod rules to the fleet's pods.
///
/// # Errors
/// [`ReadingProblem::NoUsablePods`] where HPA's rules give an error, [`ReadingProblem::WrongKind`]
/// for a target that is not per pod.
pub(super) fn propose(
    readings: &[PodReading],
    target: &Target,
    rules: &PodRules<'_>,
) -> Result<PodsAnswer, ReadingProblem> {
    let cpu = match target {
        Target::Utilization { resource, .. } | Target::ResourceAverageValue { resource, .. } => {
            (*resource == ResourceName::Cpu).then_some(rules.cpu)
        }
        Target::PodsAverageValue(_) => None,
        _ => return Err(ReadingProblem::WrongKind),
    };
    let kept = Kept::of(readings, rules, cpu);
    let metric = PodMetric {
        spec: rules.spec,
        pods: &kept.pods,
        samples: &kept.samples,
        cpu,
        band: rules.band,
        now_ms: rules.now.0,
    };
    let proposal = match target {
        Target::Utilization { percent, .. } => {
            let requests = kept.requests().ok_or(ReadingProblem::NoUsablePods)?;
            let percent = i32::try_from(*percent).unwrap_or(i32::MAX);
            resource::utilization(&metric, &requests, percent)
        }
        Target::PodsAverageValue(milli) | Target::ResourceAverageValue { milli, .. } => {
            average_value(&metric, *milli)
        }
        _ => return Err(ReadingProblem::WrongKind),
    }
    .map_err(|_| ReadingProblem::NoUsablePods)?;
    let shown_milli = proposal
        .usage
        .utilization_percent
        .map_or(proposal.usage.usage_milli, |percent| {
            i64::from(percent) * 1_000
        });
    Ok(PodsAnswer {
        replicas: proposal.replicas,
        shown_milli,
        total_milli: shown_milli.saturating_mul(kept.counted),
    })
}

/// At most the desired count of pods, with the use of all.
struct Kept {
    pods: Vec<Pod>,
    samples: BTreeMap<String, PodSample>,
    /// What each of the pods requests.
    requests_milli: Vec<Option<i64>>,
    counted: i64,
}

impl Kept {
    fn of(readings: &[PodReading], rules: &PodRules<'_>, cpu: Option<CpuReadiness>) -> Self {
        // Names are unique only within a cluster.
        let (pods, readings): (Vec<Pod>, Vec<&PodReading>) = readings
            .iter()
            .filter(|pod| !rules.lost.contains(&pod.cluster))
            .map(|pod| (hpa_pod(pod), pod))
            .unzip();
        let mut samples: BTreeMap<String, PodSample> = pods
            .iter()
            .zip(&readings)
            .filter_map(|(pod, reading)| Some((pod.name.clone(), sample(reading)?)))
            .collect();
        let groups = group_pods(&pods, &samples, cpu, rules.now.0);
        let mut all: Vec<(Pod, &PodReading)> = pods.into_iter().zip(readings).collect();
        all.retain(|(pod, _)| !groups.ignored.contains(&pod.name));
        samples.retain(|name, _| !groups.ignored.contains(name));

        // Counted pods first, then those without a sample, then unready ones; the oldest of each.
        let rank = |pod: &Pod| {
            (
                groups.unready.contains(&pod.name),
                groups.missing.contains(&pod.name),
            )
        };
        all.sort_by(|(a, _), (b, _)| {
            let age = |pod: &Pod| pod.started_at_ms.unwrap_or(i64::MAX);
            (rank(a), age(a), &a.name).cmp(&(rank(b), age(b), &b.name))
        });
        let keep = usize::try_from(rules.spec)
            .unwrap_or(usize::MAX)
            .min(all.len());
        let surplus = all.split_off(keep);

        let is_counted = |pod: &Pod| rank(pod) == (false, false);
        let dropped: i128 = surplus
            .iter()
            .filter(|(pod, _)| is_counted(pod))
            .filter_map(|(pod, _)| Some(i128::from(samples.get(&pod.name)?.value_milli)))
            .sum();
        for (pod, _) in &surplus {
            samples.remove(&pod.name);
        }
        let counted: Vec<&str> = all
            .iter()
            .filter(|(pod, _)| is_counted(pod))
            .map(|(pod, _)| pod.name.as_str())
            .collect();
        share_out(dropped, &counted, &mut samples);
        Self {
            counted: i64::try_from(counted.len()).unwrap_or(i64::MAX),
            requests_milli: all
                .iter()
                .map(|(_, reading)| reading.request_milli)
                .collect(),
            pods: all.into_iter().map(|(pod, _)| pod).collect(),
            samples,
        }
    }

    /// Requests by pod; `None` if a pod has none, which HPA refuses.
    fn requests(&self) -> Option<BTreeMap<String, i64>> {
        let pods = self.pods.iter().zip(&self.requests_milli);
        pods.map(|(pod, request_milli)| Some((pod.name.clone(), (*request_milli)?)))
            .collect()
    }
}

/// Adds `amount` to the samples of `pods` in equal parts, the remainder one by one to the first.
fn share_out(amount: i128, pods: &[&str], samples: &mut BTreeMap<String, PodSample>) {
    let Ok(count @ 1..) = i128::try_from(pods.len()) else {
        return;
    };
    let (each, mut left) = (amount.div_euclid(count), amount.rem_euclid(count));
    for pod in pods {
        let Some(sample) = samples.get_mut(*pod) else {
            continue;
        };
        let more = i128::from(sample.value_milli) + each + i128::from(left > 0);
        left -= i128::from(left > 0);
        let bound = if more < 0 { i64::MIN } else { i64::MAX };
        sample.value_milli = i64::try_from(more).unwrap_or(bound);
    }
}

fn hpa_pod(pod: &PodReading) -> Pod {
    Pod {
        name: format!("{}/{}", pod.cluster, pod.name),
        phase: match pod.phase {
            PodPhase::Pending => Phase::Pending,
            PodPhase::Running => Phase::Running,
            PodPhase::Succeeded => Phase::Succeeded,
            PodPhase::Failed => Phase::Failed,
            PodPhase::Unknown => Phase::Unknown,
        },
        deleted: pod.deleting,
        started_at_ms: pod.started_at_ms.map(|at| at.0),
        ready: pod.ready.map(|ready| Readiness {
            status: ConditionStatus::from(ready),
            changed_at_ms: pod.ready_changed_at_ms.map_or(i64::MIN, |at| at.0),
        }),
    }
}

fn sample(pod: &PodReading) -> Option<PodSample> {
    Some(PodSample {
        value_milli: pod.value_milli?,
        at_ms: pod.sampled_at_ms.map_or(i64::MIN, |at| at.0),
        window_ms: i64::try_from(pod.window_ms.0).unwrap_or(i64::MAX),
    })
}
