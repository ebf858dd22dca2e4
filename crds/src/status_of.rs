//! A decision into the `status` of one workload.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;
use spillway_solver::decision::{
    Decision, DemandRung, ScalingReason, WorkloadPlan, WorkloadRationale,
};
use spillway_solver::ids::WorkloadId;
use spillway_solver::snapshot::{Reading, Snapshot};

use crate::api::{HybridAutoscalerStatus, PlacedStatus};
use crate::text::Usd;

/// What a decision means for one workload, with HPA's conditions.
///
/// The conditions changed "now"; a host that knows the former status hands it to
/// [`keep_transitions`]. A workload that the decision does not know gets an empty status whose
/// `ScalingActive` says so.
#[must_use]
pub fn status_of(
    decision: &Decision,
    workload: &WorkloadId,
    snapshot: &Snapshot,
) -> HybridAutoscalerStatus {
    let plan = decision
        .plan
        .workloads
        .iter()
        .find(|plan| plan.id == *workload);
    let why = decision
        .rationale
        .workloads
        .iter()
        .find(|why| why.id == *workload);
    let (Some(plan), Some(why)) = (plan, why) else {
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
    let ready = ready(workload, snapshot);
    let heard = |metric: &str| said(workload, metric, snapshot);
    let mut clusters: BTreeMap<String, PlacedStatus> = BTreeMap::new();
    let mut placed = |name: &str, desired: u32, ready: u32| {
        let entry = clusters
            .entry(name.to_owned())
            .or_insert_with(|| PlacedStatus {
                name: name.to_owned(),
                tier: None,
                desired: 0,
                ready: 0,
            });
        entry.desired += desired;
        entry.ready += ready;
    };
    for cluster in &plan.clusters {
        placed(&cluster.cluster.0, cluster.replicas, 0);
    }
    for (cluster, count) in &ready {
        placed(cluster, 0, *count);
    }
    HybridAutoscalerStatus {
        observed_generation: None,
        replicas: existing(workload, snapshot),
        selector: None,
        desired_replicas: plan.desired,
        ready_replicas: ready.values().sum(),
        public_replicas: why.spilled.iter().map(|spilled| spilled.replicas).sum(),
        unplaced_replicas: plan.unplaced,
        clusters: clusters.into_values().collect(),
        cost_per_hour: Some(Usd::from_micro(cost_share(decision, plan))),
        reason: Some(reason(why)),
        conditions: conditions(why, &heard)
            .map(|condition| dated(condition, snapshot))
            .into(),
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

/// Ready replicas by cluster.
fn ready(workload: &WorkloadId, snapshot: &Snapshot) -> BTreeMap<String, u32> {
    let mut ready = BTreeMap::new();
    for cluster in &snapshot.clusters {
        let replicas = cluster.nodes.iter().flat_map(|node| &node.replicas);
        for replicas in replicas.filter(|replicas| replicas.workload == *workload) {
            if replicas.ready > 0 {
                *ready.entry(cluster.name.to_string()).or_insert(0) += replicas.ready;
            }
        }
    }
    ready
}

/// Pods that exist: bound, ready or pending, not those being deleted.
fn existing(workload: &WorkloadId, snapshot: &Snapshot) -> u32 {
    let bound = snapshot
        .clusters
        .iter()
        .flat_map(|cluster| &cluster.nodes)
        .flat_map(|node| &node.replicas)
        .filter(|replicas| replicas.workload == *workload)
        .map(|replicas| replicas.bound + replicas.ready);
    let pending = snapshot
        .clusters
        .iter()
        .flat_map(|cluster| &cluster.targets)
        .filter(|target| target.workload == *workload)
        .map(|target| target.pending);
    bound.chain(pending).sum()
}

/// Micro-USD per hour: of each node group's price the workload's part by replicas, whatever
/// their size. Shares of all workloads add up to what the groups with replicas cost.
fn cost_share(decision: &Decision, plan: &WorkloadPlan) -> i64 {
    let in_group = |plan: &WorkloadPlan, cluster, group| -> i128 {
        plan.clusters
            .iter()
            .filter(|placed| placed.cluster == cluster)
            .flat_map(|placed| &placed.groups)
            .filter(|count| count.group == group)
            .map(|count| i128::from(count.replicas))
            .sum()
    };
    let shares = decision.plan.groups.iter().map(|group| {
        let mine = in_group(plan, group.cluster.clone(), group.group.clone());
        let all: i128 = decision
            .plan
            .workloads
            .iter()
            .map(|other| in_group(other, group.cluster.clone(), group.group.clone()))
            .sum();
        let cost = i128::from(group.price.0) * i128::from(group.planned);
        (cost * mine).checked_div(all).unwrap_or(0)
    });
    i64::try_from(shares.sum::<i128>()).unwrap_or(i64::MAX)
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
        match limit {
            Some(reason) => (
                "ScalingLimited",
                true,
                reason.as_str(),
                "a bound holds the count".to_owned(),
            ),
            None => (
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
