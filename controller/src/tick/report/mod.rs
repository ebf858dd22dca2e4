//! Tells people what was decided, where they look: in the status of their objects, and by events. I/O.

mod cluster;
mod event;
mod policy;
mod workload;

use futures::{StreamExt, stream};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client, Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use spillway_crds::api::{BurstPolicy, Cluster, HybridAutoscaler};
use spillway_crds::{Accepted, Problem, Statuses};
use spillway_solver::decision::Decision;
use spillway_solver::snapshot::Snapshot;
use spillway_solver::units::UnixMs;
use tracing::warn;

use super::{Done, Seen};
use crate::fleet::Fleet;
use crate::freeze::Freeze;
use crate::said::said;
use event::Events;

/// Status writes that are under way at once.
const AT_ONCE: usize = 16;

/// What there is to tell of a tick.
pub struct Told<'a> {
    /// What people wrote.
    pub fleet: &'a Fleet,
    /// What of it is acted on.
    pub accepted: &'a Accepted,
    /// What was seen.
    pub seen: &'a Seen,
    /// As the core saw it.
    pub snapshot: &'a Snapshot,
    /// What was decided.
    pub decision: &'a Decision,
    /// What became of it.
    pub done: &'a [Done],
    /// Whether nothing is written to any target.
    pub observe_only: bool,
    /// What stops all writes.
    pub freeze: Option<&'a Freeze>,
}

/// Tells what has changed since it told last.
pub struct Report {
    events: Events,
}

impl Report {
    /// Reports as the controller instance `identity`.
    #[must_use]
    pub fn new(home: &Client, identity: &str) -> Self {
        Self {
            events: Events::new(home, identity),
        }
    }

    /// Tells it. What cannot be told now is told at the next tick.
    pub async fn tell(&mut self, home: &Client, told: &Told<'_>) {
        let statuses = Statuses::new(told.decision, told.snapshot);
        let mut writes = Vec::new();
        for autoscaler in &told.fleet.autoscalers {
            let status = workload::status(autoscaler, told, &statuses);
            self.events.compare(autoscaler, &status.conditions);
            if autoscaler.status.as_ref() != Some(&status) {
                writes.push(write(
                    namespaced(home, autoscaler),
                    autoscaler.name_any(),
                    json!(status),
                ));
            }
        }
        let mut others = Vec::new();
        // One that cannot be read as it is written counts as it was, but has no object to write on.
        let readable = |cluster: &&Cluster| cluster.uid().is_some();
        for cluster in told.fleet.clusters.iter().filter(readable) {
            let status = cluster::status(cluster, told);
            self.events.compare(cluster, &status.conditions);
            if cluster.status.as_ref() != Some(&status) {
                others.push(write(
                    Api::<Cluster>::all(home.clone()),
                    cluster.name_any(),
                    json!(status),
                ));
            }
        }
        let mut policies = Vec::new();
        for policy in &told.fleet.policies {
            let status = policy::status(policy, told, &statuses);
            if policy.status.as_ref() != Some(&status) {
                policies.push(write(
                    Api::<BurstPolicy>::all(home.clone()),
                    policy.name_any(),
                    json!(status),
                ));
            }
        }
        stream::iter(writes)
            .for_each_concurrent(AT_ONCE, |write| write)
            .await;
        stream::iter(others)
            .for_each_concurrent(AT_ONCE, |write| write)
            .await;
        stream::iter(policies)
            .for_each_concurrent(AT_ONCE, |write| write)
            .await;
        self.events.scaled(told);
        self.events.publish().await;
    }
}

fn namespaced(home: &Client, object: &HybridAutoscaler) -> Api<HybridAutoscaler> {
    Api::namespaced(home.clone(), &object.namespace().unwrap_or_default())
}

/// Writes a status. A merge patch keeps what it does not name, so fields that have no value are nulled.
async fn write<K>(api: Api<K>, name: String, status: impl Serialize)
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug,
{
    let parameters = PatchParams {
        field_manager: Some(crate::FIELD_MANAGER.to_owned()),
        ..PatchParams::default()
    };
    let patch = json!([{"op": "add", "path": "/status", "value": status}]);
    let Ok(patch) = serde_json::from_value(patch) else {
        return;
    };
    match api
        .patch_status(&name, &parameters, &Patch::<()>::Json(patch))
        .await
    {
        Ok(_) => {}
        // It was deleted meanwhile.
        Err(kube::Error::Api(status)) if status.code == 404 => {}
        Err(error) => warn!(
            name,
            why = said(&error),
            "the status of {} is not written",
            K::kind(&())
        ),
    }
}

/// `Accepted`, and what is wrong where it is not.
fn accepted(problems: &[&Problem], now: UnixMs) -> Condition {
    if problems.is_empty() {
        return condition(
            "Accepted",
            true,
            "Accepted",
            "it is acted on".to_owned(),
            now,
        );
    }
    let texts: Vec<String> = problems
        .iter()
        .map(|problem| {
            format!("{} {}", problem.path, problem.message)
                .trim()
                .to_owned()
        })
        .collect();
    condition("Accepted", false, "Invalid", texts.join("; "), now)
}

fn condition(kind: &str, holds: bool, reason: &str, message: String, now: UnixMs) -> Condition {
    Condition {
        type_: kind.to_owned(),
        status: if holds { "True" } else { "False" }.to_owned(),
        reason: reason.to_owned(),
        message,
        last_transition_time: time(now),
        observed_generation: None,
    }
}

/// In whole seconds, as API servers keep times: else what is read again differs from what was written.
fn time(at: UnixMs) -> Time {
    Time(Timestamp::from_second(at.0.div_euclid(1000)).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// Takes over when each condition last changed.
fn keep(conditions: &mut [Condition], before: &[Condition]) {
    for condition in conditions {
        let old = before.iter().find(|old| old.type_ == condition.type_);
        if let Some(old) = old.filter(|old| old.status == condition.status) {
            condition.last_transition_time = old.last_transition_time.clone();
        }
    }
}
