//! Events: what `kubectl describe` shows below an object. Only changes are told.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::{Client, Resource};
use spillway_crds::workload_id;
use spillway_solver::decision::StepKind;
use tracing::warn;

use super::Told;
use crate::said::said;
use crate::tick::Outcome;

/// What an API server takes of a note.
const MOST_BYTES: usize = 1000;

/// Events that are to be told, and what was told before.
pub(super) struct Events {
    recorder: Recorder,
    /// Status and reason of each condition by the object's UID and the condition's type.
    told: BTreeMap<(String, String), (String, String)>,
    next: Vec<(ObjectReference, Event)>,
}

impl Events {
    pub(super) fn new(home: &Client, identity: &str) -> Self {
        let reporter = Reporter {
            controller: "spillway.dev/controller".to_owned(),
            instance: Some(identity.to_owned()),
        };
        Self {
            recorder: Recorder::new(home.clone(), reporter),
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
                let kind = if good {
                    EventType::Normal
                } else {
                    EventType::Warning
                };
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
            self.add(
                object.object_ref(&()),
                EventType::Normal,
                reason.to_owned(),
                note,
            );
        }
    }

    fn add(&mut self, about: ObjectReference, type_: EventType, reason: String, mut note: String) {
        while note.len() > MOST_BYTES {
            note.pop();
        }
        let event = Event {
            type_,
            reason,
            note: Some(note),
            action: "Decide".to_owned(),
            secondary: None,
        };
        self.next.push((about, event));
    }

    /// Publishes them. An event that is not taken is lost: its condition still says it.
    pub(super) async fn publish(&mut self) {
        for (about, event) in self.next.drain(..) {
            if let Err(error) = self.recorder.publish(&event, &about).await {
                warn!(why = said(&error), "an event is not published");
            }
        }
    }
}
