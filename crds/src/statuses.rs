//! A decision into the `status` of one workload.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;
use spillway_solver::decision::{
    Decision, DemandRung, ScalingReason, WorkloadPlan, WorkloadRationale,
};
use spillway_solver::ids::{ClusterId, GroupId, WorkloadId};
use spillway_solver::snapshot::{Reading, Snapshot};

use crate::api::{HybridAutoscalerStatus, PlacedStatus};
use crate::text::Usd;

/// What a decision means for each workload, with HPA's conditions. It is indexed once, for a fleet of a thousand
/// workloads on a thousand nodes must not be gone through for each of them.
#[derive(Debug)]
pub struct Statuses<'a> {
    snapshot: &'a Snapshot,
    plans: BTreeMap<&'a WorkloadId, &'a WorkloadPlan>,
    rationales: BTreeMap<&'a WorkloadId, &'a WorkloadRationale>,
    /// Ready replicas by workload and cluster.
    ready: BTreeMap<&'a WorkloadId, BTreeMap<&'a str, u32>>,
    /// Pods that exist by workload: bound, ready or pending, not those being deleted.
    existing: BTreeMap<&'a WorkloadId, u32>,
    /// Price per hour and planned replicas of all workloads by group.
    groups: BTreeMap<(&'a ClusterId, &'a GroupId), (i128, i128)>,
}

impl<'a> Statuses<'a> {
    /// Of a decision on a snapshot.
    #[must_use]
    pub fn new(decision: &'a Decision, snapshot: &'a Snapshot) -> Self {
        let mut ready: BTreeMap<_, BTreeMap<&str, u32>> = BTreeMap::new();
        let mut existing = BTreeMap::new();
        for cluster in &snapshot.clusters {
            for replicas in cluster.nodes.iter().flat_map(|node| &node.replicas) {
                let id = &replicas.workload;
                *existing.entry(id).or_insert(0) += replicas.bound + replicas.ready;
                if replicas.ready > 0 {
                    let here = ready.entry(id).or_default().entry(cluster.name.as_str());
                    *here.or_insert(0) += replicas.ready;
                }
            }
            for target in &cluster.targets {
                *existing.entry(&target.workload).or_insert(0) += target.pending;
            }
        }
        let mut groups: BTreeMap<_, (i128, i128)> = BTreeMap::new();
        for group in &decision.plan.groups {
            let cost = i128::from(group.price.0) * i128::from(group.planned);
            groups.insert((&group.cluster, &group.group), (cost, 0));
        }
        for placed in decision
            .plan
            .workloads
            .iter()
            .flat_map(|plan| &plan.clusters)
        {
            for count in &placed.groups {
                if let Some((_, all)) = groups.get_mut(&(&placed.cluster, &count.group)) {
                    *all += i128::from(count.replicas);
                }
            }
        }
        Self {
            snapshot,
            plans: decision
                .plan
                .workloads
                .iter()
                .map(|plan| (&plan.id, plan))
                .collect(),
            rationales: decision
                .rationale
                .workloads
                .iter()
                .map(|why| (&why.id, why))
                .collect(),
            ready,
            existing,
            groups,
        }
    }

    /// What it means for one workload.
    ///
    /// The conditions changed "now"; a host that knows the former status hands it to
    /// [`keep_transitions`]. A workload that the decision does not know gets an empty status whose
    /// `ScalingActive` says so.
    #[must_use]
    pub fn of(&self, workload: &WorkloadId) -> HybridAutoscalerStatus {
        let snapshot = self.snapshot;
        let (Some(plan), Some(why)) = (self.plans.get(workload), self.rationales.get(workload))
        else {
            let unknown = [(
                "ScalingActive",
                false,
                "NotDecided",
                "no decision was made for it".to_owned(),
            )];
            return HybridAutoscalerStatus {
                conditions: unknown.map(|condition| dated(condition, snapshot)).into(),
                ..HybridAutoscalerStatus::default()
            };
        };
        let heard = |metric: &str| said(workload, metric, snapshot);
        let mut clusters: BTreeMap<&str, PlacedStatus> = BTreeMap::new();
        let mut placed = |name: &'a str, desired: u32, ready: u32| {
            let entry = clusters.entry(name).or_insert_with(|| PlacedStatus {
                name: name.to_owned(),
                tier: None,
                desired: 0,
                ready: 0,
            });
            entry.desired += desired;
            entry.ready += ready;
        };
        for cluster in &plan.clusters {
            placed(cluster.cluster.as_str(), cluster.replicas, 0);
        }
        let ready = self.ready.get(workload);
        for (cluster, count) in ready.into_iter().flatten() {
            placed(cluster, 0, *count);
        }
        HybridAutoscalerStatus {
            observed_generation: None,
            replicas: self.existing.get(workload).copied().unwrap_or(0),
            selector: None,
            desired_replicas: plan.desired,
            ready_replicas: ready.map_or(0, |ready| ready.values().sum()),
            public_replicas: why.spilled.iter().map(|spilled| spilled.replicas).sum(),
            unplaced_replicas: plan.unplaced,
            clusters: clusters.into_values().collect(),
            cost_per_hour: Some(Usd::from_micro(self.cost_share(plan))),
            reason: Some(reason(why)),
            conditions: conditions(why, &heard)
                .map(|condition| dated(condition, snapshot))
                .into(),
        }
    }

    /// Micro-USD per hour: of each node group's price the workload's part by replicas, whatever
    /// their size. Shares of all workloads add up to what the groups with replicas cost.
    fn cost_share(&self, plan: &WorkloadPlan) -> i64 {
        let mut share = 0_i128;
        for placed in &plan.clusters {
            for count in &placed.groups {
                if let Some((cost, all)) = self.groups.get(&(&placed.cluster, &count.group)) {
                    let mine = i128::from(count.replicas);
                    share += (cost * mine).checked_div(*all).unwrap_or(0);
                }
            }
        }
        i64::try_from(share).unwrap_or(i64::MAX)
    }
}

/// Takes over when each condition last changed from the status before.
pub fn keep_transitions(status: &mut HybridAutoscalerStatus, before: &HybridAutoscalerStatus) {
    for condition in &mut status.conditions {
        let same = before
            .conditions
            .iter()
            .find(|old| old.type_ == condition.type_ && old.status == condition.status);
        if let Some(old) = same {
            condition.last_transition_time = old.last_transition_time.clone();
        }
    }
}

/// One line: what is not served, else what is in public and why, else what the count did.
fn reason(why: &WorkloadRationale) -> String {
    if let Some(first) = why.unplaced.first() {
        let all: u32 = why.unplaced.iter().map(|unplaced| unplaced.replicas).sum();
        return format!("{all} unplaced, {}: {}", first.reason, first.detail);
    }
    if let Some(first) = why.spilled.iter().max_by_key(|spilled| spilled.replicas) {
        let all: u32 = why.spilled.iter().map(|spilled| spilled.replicas).sum();
        return format!("{all} public, {}: {}", first.reason, first.detail);
    }
    match why.scaling.last() {
        Some(step) if step.from != step.to => {
            format!("{} to {}, {}", step.from, step.to, step.reason)
        }
        Some(step) => step.reason.to_string(),
        None => "all at home".to_owned(),
    }
}

type Undated = (&'static str, bool, &'static str, String);

/// The words of the source that failed.
fn said<'s>(workload: &WorkloadId, metric: &str, snapshot: &'s Snapshot) -> Option<&'s str> {
    let state = snapshot
        .workloads
        .iter()
        .find(|state| state.id == *workload)?;
    let metric = state.metrics.get(metric)?;
    let readings = [Some(&metric.primary), metric.arrivals.as_ref()];
    readings
        .into_iter()
        .flatten()
        .find_map(|reading| match reading {
            Reading::Failed { message } => Some(message.as_str()),
            _ => None,
        })
}

/// HPA's three conditions.
fn conditions<'s>(
    why: &WorkloadRationale,
    heard: &dyn Fn(&str) -> Option<&'s str>,
) -> [Undated; 3] {
    let happened = |reasons: &[ScalingReason]| {
        why.scaling
            .iter()
            .map(|step| step.reason)
            .find(|reason| reasons.contains(reason))
    };
    let stabilized = happened(&[
        ScalingReason::ScaleDownStabilized,
        ScalingReason::ScaleUpStabilized,
    ]);
    let able = stabilized.map_or("ReadyForNewScale", ScalingReason::as_str);
    let limit = happened(&[
        ScalingReason::ScaleUpLimit,
        ScalingReason::ScaleDownLimit,
        ScalingReason::TooManyReplicas,
        ScalingReason::TooFewReplicas,
        ScalingReason::AboveMax,
        ScalingReason::BelowMin,
        ScalingReason::ScheduledFloor,
        ScalingReason::ScheduledCeiling,
        ScalingReason::GroupCap,
    ]);
    let paused = happened(&[ScalingReason::ScaleUpPaused, ScalingReason::ScaleDownPaused]);
    let blind = why
        .metrics
        .iter()
        .find(|metric| matches!(metric.rung, DemandRung::Hold | DemandRung::Floor));
    let active = match blind {
        Some(metric) => {
            let cause = metric
                .problem
                .map_or_else(String::new, |problem| format!(", {problem}"));
            let words = heard(&metric.name).map_or_else(String::new, |words| format!(": {words}"));
            let message = format!(
                "metric `{}` is missing: {}{cause}{words}",
                metric.name, metric.rung
            );
            ("ScalingActive", false, "FailedGetMetric", message)
        }
        None => (
            "ScalingActive",
            true,
            "ValidMetricFound",
            "every metric has a value".to_owned(),
        ),
    };
    [
        (
            "AbleToScale",
            true,
            able,
            "the fleet can be scaled".to_owned(),
        ),
        active,
        match (paused, limit) {
            (Some(reason), _) => (
                "ScalingLimited",
                true,
                reason.as_str(),
                "a pause holds the count".to_owned(),
            ),
            (None, Some(reason)) => (
                "ScalingLimited",
                true,
                reason.as_str(),
                "a bound holds the count".to_owned(),
            ),
            (None, None) => (
                "ScalingLimited",
                false,
                "DesiredWithinRange",
                "no bound holds the count".to_owned(),
            ),
        },
    ]
}

fn dated((kind, holds, reason, message): Undated, snapshot: &Snapshot) -> Condition {
    let now = Timestamp::from_millisecond(snapshot.now_ms.0).unwrap_or(Timestamp::UNIX_EPOCH);
    Condition {
        type_: kind.to_owned(),
        status: if holds { "True" } else { "False" }.to_owned(),
        reason: reason.to_owned(),
        message,
        last_transition_time: Time(now),
        observed_generation: None,
    }
}

#[cfg(test)]
mod tests;
