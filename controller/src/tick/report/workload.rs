//! The status of a `HybridAutoscaler`. Pure.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::ResourceExt;
use spillway_crds::api::{Cluster, HybridAutoscaler, HybridAutoscalerStatus, Mode};
use spillway_crds::{Statuses, workload_id};
use spillway_solver::units::UnixMs;

use super::{Told, accepted, condition, keep, time};
use crate::readings::faults;
use crate::tick::Outcome;

/// The type of the condition that names what is wrong with metrics.
const METRICS_READ: &str = "MetricsRead";

/// Longest message about metrics: sixteen metrics may have much to say, and an object has a size.
const MOST_LETTERS: usize = 8_000;

/// What it shall say.
pub(super) fn status(
    object: &HybridAutoscaler,
    told: &Told<'_>,
    statuses: &Statuses<'_>,
) -> HybridAutoscalerStatus {
    let id = workload_id(object);
    let now = told.snapshot.now_ms;
    let problems = told.accepted.problems_of("HybridAutoscaler", &id);
    let before = object.status.clone().unwrap_or_default();
    let mut status = if problems.is_empty() {
        statuses.of(&id.as_str().into())
    } else {
        // What it does not decide on any more it leaves as it was.
        let mut status = before.clone();
        status
            .conditions
            .retain(|condition| condition.type_ != "Accepted");
        status.reason = Some(format!("not accepted: {}", problems[0].message));
        status
    };
    status.conditions.insert(0, accepted(&problems, now));
    if !object.spec.metrics.is_empty() {
        let measured = &told.snapshot.workloads;
        let index = measured.binary_search_by(|of| of.id.as_str().cmp(&id));
        let state = index.ok().map(|index| &measured[index]);
        let faults = faults(object, &told.seen.answers, state);
        status.conditions.retain(|old| old.type_ != METRICS_READ);
        status.conditions.push(metrics_read(&faults, now));
    }
    if let Some((reason, message)) = hindrance(object, told) {
        status.reason = Some(message.clone());
        let unable = condition("AbleToScale", false, reason, message, now);
        match status
            .conditions
            .iter_mut()
            .find(|condition| condition.type_ == "AbleToScale")
        {
            Some(able) => *able = unable,
            None => status.conditions.push(unable),
        }
    }
    for placed in &mut status.clusters {
        let named = |cluster: &&Cluster| cluster.name_any() == placed.name;
        placed.tier = told
            .fleet
            .clusters
            .iter()
            .find(named)
            .map(|cluster| cluster.spec.tier);
    }
    status.observed_generation = object.metadata.generation;
    status.selector = selector(&id, told);
    for condition in &mut status.conditions {
        condition.last_transition_time = time(now);
    }
    keep(&mut status.conditions, &before.conditions);
    status
}

/// Whether each query has an answer that can be used: also where an older value, another metric or another query stands
/// in for one that has not.
fn metrics_read(faults: &[String], now: UnixMs) -> Condition {
    let (reason, message) = if faults.is_empty() {
        ("AllRead", "each query has a value".to_owned())
    } else {
        let all = faults.join("; ");
        ("FailedGetMetric", all.chars().take(MOST_LETTERS).collect())
    };
    condition(METRICS_READ, faults.is_empty(), reason, message, now)
}

/// What keeps its plan from being written.
fn hindrance(object: &HybridAutoscaler, told: &Told<'_>) -> Option<(&'static str, String)> {
    if let Some(freeze) = told.freeze {
        return Some((
            "Frozen",
            format!("the fleet is {freeze}; nothing is written"),
        ));
    }
    let id = workload_id(object);
    let conflict = told
        .seen
        .conflicts
        .iter()
        .find(|((workload, _), _)| *workload == id);
    if let Some((_, text)) = conflict {
        return Some(("Conflict", text.clone()));
    }
    let own = told
        .done
        .iter()
        .filter(|done| done.step.workload.as_str() == id);
    for done in own {
        match &done.outcome {
            Outcome::Failed(why) => {
                return Some((
                    "FailedUpdateScale",
                    format!("in cluster {}: {why}", done.step.cluster),
                ));
            }
            Outcome::NotHeld(why) => return Some(("NoLease", why.clone())),
            _ => {}
        }
    }
    match object.spec.mode {
        Mode::Active | Mode::Paused if told.observe_only => Some((
            "Observe",
            "the controller runs with --observe: nothing is written".to_owned(),
        )),
        Mode::Active => None,
        Mode::Observe => Some(("Observe", "mode is Observe: nothing is written".to_owned())),
        Mode::Paused => Some((
            "Paused",
            "mode is Paused: replicas stay as they are".to_owned(),
        )),
    }
}

/// The pods' selector, for whoever drives the count by the `scale` subresource: that of the first cluster's target.
fn selector(id: &str, told: &Told<'_>) -> Option<String> {
    let mut targets = told
        .seen
        .targets
        .iter()
        .filter(|((workload, _), _)| workload == id);
    targets
        .find_map(|(_, target)| target.as_ref().ok())
        .map(|target| target.selector.to_string())
}
