//! A pod in few bytes.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Pod, PodCondition};
use spillway_solver::resources::Resources;
use spillway_solver::snapshot::PodPhase;
use spillway_solver::units::UnixMs;

use super::{Containers, requests, unix_ms};

/// What matters of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodFact {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its labels: whose it is, and of which revision.
    pub labels: BTreeMap<String, String>,
    /// The node it is bound to.
    pub node: Option<String>,
    /// What it holds of its node.
    pub requests: Resources,
    /// What its containers request, as a measure of their use.
    pub containers: Containers,
    /// `status.phase`.
    pub phase: PodPhase,
    /// The Ready condition and when it last changed.
    pub ready: Option<(bool, Option<UnixMs>)>,
    /// `status.startTime`.
    pub started_at: Option<UnixMs>,
    /// Since when the scheduler finds no node for it.
    pub refused_since: Option<UnixMs>,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// Whether it is marked to leave first when its target shrinks.
    pub is_victim: bool,
    /// Whether it asks not to be disrupted.
    pub is_spared: bool,
}

/// Whether annotations ask that a pod be not disrupted, as Karpenter reads them.
#[must_use]
pub fn is_spared(annotations: Option<&BTreeMap<String, String>>) -> bool {
    let said = annotations.and_then(|all| all.get("karpenter.sh/do-not-disrupt"));
    said.is_some_and(|said| said == "true")
}

/// In which of its states a replica is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicaState {
    /// It exists and has no node.
    Pending,
    /// It has a node and is not Ready.
    Bound,
    /// It is Ready.
    Ready,
    /// It is being deleted and still holds its requests.
    Terminating,
    /// It has ended and holds nothing.
    Ended,
}

impl PodFact {
    /// Reads a pod.
    #[must_use]
    pub fn of(pod: &Pod) -> Self {
        let spec = pod.spec.as_ref();
        let status = pod.status.as_ref();
        let condition = |kind: &str| -> Option<&PodCondition> {
            let conditions = status?.conditions.as_ref()?;
            conditions.iter().find(|condition| condition.type_ == kind)
        };
        let changed =
            |condition: &PodCondition| condition.last_transition_time.as_ref().map(unix_ms);
        let refused = condition("PodScheduled").filter(|condition| {
            condition.status == "False" && condition.reason.as_deref() == Some("Unschedulable")
        });
        let annotations = pod.metadata.annotations.as_ref();
        Self {
            namespace: pod.metadata.namespace.clone().unwrap_or_default(),
            name: pod.metadata.name.clone().unwrap_or_default(),
            labels: pod.metadata.labels.clone().unwrap_or_default(),
            node: spec.and_then(|spec| spec.node_name.clone()),
            requests: spec.map(requests).unwrap_or_default(),
            containers: spec.map(Containers::of).unwrap_or_default(),
            phase: phase(status.and_then(|status| status.phase.as_deref())),
            ready: condition("Ready").map(|ready| (ready.status == "True", changed(ready))),
            started_at: status.and_then(|status| Some(unix_ms(status.start_time.as_ref()?))),
            refused_since: refused.and_then(changed),
            deleting: pod.metadata.deletion_timestamp.is_some(),
            is_victim: annotations
                .and_then(|all| all.get("controller.kubernetes.io/pod-deletion-cost"))
                .and_then(|cost| cost.parse::<i64>().ok())
                .is_some_and(|cost| cost < 0),
            is_spared: is_spared(annotations),
        }
    }

    /// Its state as a replica.
    #[must_use]
    pub fn state(&self) -> ReplicaState {
        let ready = self.ready.is_some_and(|(ready, _)| ready);
        match self.phase {
            PodPhase::Succeeded | PodPhase::Failed => ReplicaState::Ended,
            _ if self.deleting => ReplicaState::Terminating,
            _ if self.node.is_none() => ReplicaState::Pending,
            _ if ready => ReplicaState::Ready,
            _ => ReplicaState::Bound,
        }
    }
}

fn phase(text: Option<&str>) -> PodPhase {
    match text {
        None | Some("Pending") => PodPhase::Pending,
        Some("Running") => PodPhase::Running,
        Some("Succeeded") => PodPhase::Succeeded,
        Some("Failed") => PodPhase::Failed,
        Some(_) => PodPhase::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn fact(spec: &Value, status: &Value, deleting: bool) -> PodFact {
        let mut pod = json!({
            "metadata": {"namespace": "shop", "name": "web-1", "labels": {"app": "web"}},
            "spec": spec, "status": status
        });
        if deleting {
            pod["metadata"]["deletionTimestamp"] = json!("2026-11-28T08:00:00Z");
        }
        PodFact::of(&serde_json::from_value(pod).expect("a pod"))
    }

    #[test]
    fn a_replica_is_in_one_state() {
        let unbound = json!({"containers": []});
        let bound = json!({"containers": [], "nodeName": "a"});
        let with = |phase: &str, ready: &str| json!({"phase": phase, "conditions": [{"type": "Ready", "status": ready}]});
        for (what, spec, status, deleting, expected) in [
            (
                "no node",
                &unbound,
                json!({"phase": "Pending"}),
                false,
                ReplicaState::Pending,
            ),
            (
                "no node, deleted",
                &unbound,
                json!({"phase": "Pending"}),
                true,
                ReplicaState::Terminating,
            ),
            (
                "pulling",
                &bound,
                json!({"phase": "Pending"}),
                false,
                ReplicaState::Bound,
            ),
            (
                "not Ready",
                &bound,
                with("Running", "False"),
                false,
                ReplicaState::Bound,
            ),
            (
                "node silent",
                &bound,
                with("Running", "Unknown"),
                false,
                ReplicaState::Bound,
            ),
            (
                "Ready",
                &bound,
                with("Running", "True"),
                false,
                ReplicaState::Ready,
            ),
            (
                "draining",
                &bound,
                with("Running", "True"),
                true,
                ReplicaState::Terminating,
            ),
            (
                "evicted",
                &bound,
                with("Failed", "False"),
                false,
                ReplicaState::Ended,
            ),
            (
                "evicted, deleted",
                &bound,
                with("Failed", "False"),
                true,
                ReplicaState::Ended,
            ),
        ] {
            assert_eq!(fact(spec, &status, deleting).state(), expected, "{what}");
        }
    }

    #[test]
    fn the_scheduler_refuses_only_where_it_says_so() {
        let status = |reason: &str, status: &str| {
            json!({"conditions": [{
                "type": "PodScheduled", "status": status, "reason": reason,
                "lastTransitionTime": "2026-11-28T08:00:00Z"
            }]})
        };
        let spec = json!({"containers": []});
        let refused = fact(&spec, &status("Unschedulable", "False"), false);
        assert_eq!(refused.refused_since, Some(UnixMs(1_795_852_800_000)));
        for (reason, truth) in [("SchedulingGated", "False"), ("Unschedulable", "True")] {
            let fact = fact(&spec, &status(reason, truth), false);
            assert_eq!(fact.refused_since, None, "{reason} {truth}");
        }
    }
}
