//! Events: what `kubectl describe` shows below an object. Only changes are told, so each is an event of its own: the
//! recorder of the client's library would count "1 to 3 replicas" and "3 to 7 replicas" as one that happened twice.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, MicroTime};
use k8s_openapi::jiff::Timestamp;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client, Resource};
use spillway_crds::workload_id;
use spillway_solver::decision::StepKind;
use tracing::warn;

use super::Told;
use crate::said::said;
use crate::tick::Outcome;

/// The types of events.
const NORMAL: &str = "Normal";
const WARNING: &str = "Warning";

/// Who says it.
const CONTROLLER: &str = "spillway.dev/controller";

/// What an API server takes of a note.
const MOST_BYTES: usize = 1000;

/// Events that are to be told, and what was told before.
pub(super) struct Events {
    home: Client,
    identity: String,
    /// Status and reason of each condition by the object's UID and the condition's type.
    told: BTreeMap<(String, String), (String, String)>,
    next: Vec<Event>,
}

impl Events {
    pub(super) fn new(home: &Client, identity: &str) -> Self {
        Self {
            home: home.clone(),
            identity: identity.to_owned(),
            told: BTreeMap::new(),
            next: Vec::new(),
        }
    }

    /// Tells conditions that have got another status or reason; at the first look only those that are bad.
    pub(super) fn compare<K: Resource<DynamicType = ()>>(
        &mut self,
        object: &K,
        conditions: &[Condition],
    ) {
        for condition in conditions
            .iter()
            .filter(|condition| condition.type_ != "ScalingLimited")
        {
            let key = (
                object.meta().uid.clone().unwrap_or_default(),
                condition.type_.clone(),
            );
            let good = (condition.status == "True") != (condition.type_ == "Lost");
            let now = (
                condition.status.clone(),
                if good {
                    String::new()
                } else {
                    condition.reason.clone()
                },
            );
            let before = self.told.insert(key, now.clone());
            if before.as_ref() != Some(&now) && (before.is_some() || !good) {
                let kind = if good { NORMAL } else { WARNING };
                let note = format!(
                    "{}={}: {}",
                    condition.type_, condition.status, condition.message
                );
                self.add(object.object_ref(&()), kind, condition.reason.clone(), note);
            }
        }
    }

    /// Tells what was scaled.
    pub(super) fn scaled(&mut self, told: &Told<'_>) {
        for done in told
            .done
            .iter()
            .filter(|done| done.outcome == Outcome::Written)
        {
            let step = &done.step;
            let named = told
                .fleet
                .autoscalers
                .iter()
                .find(|object| workload_id(object) == step.workload.as_str());
            let Some(object) = named else {
                continue;
            };
            let reason = match step.kind {
                StepKind::Add => "ScaledUp",
                StepKind::Remove => "ScaledDown",
            };
            let why = step
                .reason
                .map(|reason| format!(" ({reason})"))
                .unwrap_or_default();
            let note = format!(
                "cluster {}: {} to {} replicas{why}",
                step.cluster, step.from, step.to
            );
            self.add(object.object_ref(&()), NORMAL, reason.to_owned(), note);
        }
    }

    fn add(&mut self, about: ObjectReference, kind: &str, reason: String, mut note: String) {
        while note.len() > MOST_BYTES {
            note.pop();
        }
        let now = Timestamp::now();
        let name = about.name.clone().unwrap_or_default();
        self.next.push(Event {
            metadata: ObjectMeta {
                // Objects of a cluster have their events in `default`, as the API wants it.
                namespace: Some(
                    about
                        .namespace
                        .clone()
                        .unwrap_or_else(|| "default".to_owned()),
                ),
                name: Some(format!(
                    "{name}.{:x}.{}",
                    now.as_nanosecond(),
                    self.next.len()
                )),
                ..ObjectMeta::default()
            },
            event_time: Some(MicroTime(now)),
            reporting_controller: Some(CONTROLLER.to_owned()),
            reporting_instance: Some(self.identity.clone()),
            action: Some("Decide".to_owned()),
            reason: Some(reason),
            note: Some(note),
            regarding: Some(about),
            type_: Some(kind.to_owned()),
            ..Event::default()
        });
    }

    /// Publishes them. An event that is not taken is lost: its condition still says it.
    pub(super) async fn publish(&mut self) {
        for event in self.next.drain(..) {
            let namespace = event.metadata.namespace.clone().unwrap_or_default();
            let api: Api<Event> = Api::namespaced(self.home.clone(), &namespace);
            if let Err(error) = api.create(&PostParams::default(), &event).await {
                warn!(why = said(&error), "an event is not published");
            }
        }
    }
}
