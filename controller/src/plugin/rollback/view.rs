//! What a rollback would do. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};
use spillway_crds::api::{HybridAutoscaler, Mode};
use spillway_crds::workload_id;
use spillway_solver::units::UnixMs;

use crate::plans::{Counts, InForce, Plans};
use crate::plugin::print::{Paint, table};
use crate::plugin::words::{count, span, time};

/// To which plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// That before the last change.
    Previous,
    /// That which was in force at a time.
    At(UnixMs),
}

/// All that would be done.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rollback {
    /// Workloads that go back.
    pub(super) back: Vec<Back>,
    /// Workloads that cannot, with the reason.
    pub(super) refused: Vec<String>,
    /// What a person should know.
    pub(super) notes: Vec<String>,
    /// Whether nothing is changed.
    pub(super) dry_run: bool,
}

/// A workload that goes back.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Back {
    /// `namespace/name`.
    pub(super) workload: String,
    /// As planned now.
    pub(super) now: Counts,
    /// As it was planned.
    pub(super) then: Counts,
    /// Since when the plan of now is in force; absent where that is not known.
    since: Option<String>,
}

impl Back {
    /// Every cluster that has some now or had some then.
    fn clusters(&self) -> BTreeSet<&String> {
        self.now.keys().chain(self.then.keys()).collect()
    }

    /// The pause that holds what was planned then.
    pub(super) fn patch(&self, version: Option<&str>) -> Value {
        let pins: Vec<Value> = self
            .clusters()
            .into_iter()
            .map(|name| json!({"name": name, "replicas": at(&self.then, name)}))
            .collect();
        json!({"metadata": {"resourceVersion": version}, "spec": {"mode": "Paused", "pause": {"pins": pins}}})
    }
}

fn at(counts: &Counts, cluster: &str) -> u32 {
    counts.get(cluster).copied().unwrap_or(0)
}

/// What goes back: the workloads of `only`, or without it all that changed since then.
pub(super) fn rollback(
    plans: &Plans,
    autoscalers: &[HybridAutoscaler],
    only: Option<&str>,
    goal: Goal,
) -> (Vec<Back>, Vec<String>) {
    let objects: BTreeMap<String, &HybridAutoscaler> = autoscalers
        .iter()
        .map(|object| (workload_id(object), object))
        .collect();
    let last_change = plans.iter().filter_map(|(_, known)| changed(known)).max();
    let (mut back, mut refused) = (Vec::new(), Vec::new());
    for (workload, known) in plans.iter() {
        let asked = only.is_none_or(|only| only == workload);
        let with_the_last = only.is_some() || changed(known) == last_change;
        if !asked || (goal == Goal::Previous && !with_the_last) {
            continue;
        }
        match then(known, goal) {
            Err(why) if only.is_some() => refused.push(format!("{workload}: {why}")),
            Err(_) => {}
            Ok((now, then)) => match objects.get(workload).map(|object| object.spec.mode) {
                None => refused.push(format!("{workload}: it cannot be seen, or is gone")),
                Some(Mode::Observe) => refused.push(format!(
                    "{workload}: it is observed, and nothing of it is written"
                )),
                Some(_) => back.push(Back {
                    workload: workload.to_owned(),
                    now: now.replicas.clone(),
                    then: then.replicas.clone(),
                    since: now.since_ms.map(time),
                }),
            },
        }
    }
    if let Some(only) = only.filter(|only| plans.of(only).is_empty()) {
        refused.push(format!(
            "{only}: no plan of it is remembered: nothing was written for it since this version of the controller runs"
        ));
    }
    (back, refused)
}

/// When a workload's plan changed last; `None` where only one is known.
fn changed(known: &[InForce]) -> Option<UnixMs> {
    match known {
        [.., _, last] => last.since_ms,
        _ => None,
    }
}

/// The plan of now, and that which is asked for.
fn then(known: &[InForce], goal: Goal) -> Result<(&InForce, &InForce), String> {
    let [before @ .., now] = known else {
        return Err("no plan of it is remembered".to_owned());
    };
    let then = match goal {
        Goal::Previous => before.last(),
        Goal::At(asked) => {
            let mut since = known.iter().rev();
            let then = since.find(|plan| plan.since_ms.is_none_or(|since| since <= asked));
            if then.is_some_and(|then| then.replicas == now.replicas) {
                return Err("its plan has not changed since".to_owned());
            }
            then
        }
    };
    then.map(|then| (now, then)).ok_or_else(|| {
        let since = known.first().and_then(|plan| plan.since_ms);
        let since = since.map_or_else(String::new, |since| format!(" ({})", time(since)));
        format!("no plan is remembered from before the oldest one{since}")
    })
}

/// The page for people.
pub(super) fn page(view: &Rollback, paint: Paint) -> String {
    let mut text = String::new();
    let mut say = |line: &str| {
        text += line;
        text.push('\n');
    };
    for note in &view.notes {
        say(&paint.alarm(note));
    }
    for why in &view.refused {
        say(&paint.alarm(&format!("Not rolled back: {why}.")));
    }
    if view.back.is_empty() {
        say("Nothing goes back.");
        return text;
    }
    let rows = view.back.iter().flat_map(|back| {
        let rows = back.clusters().into_iter().enumerate();
        rows.map(move |(index, cluster)| {
            let first = index == 0;
            let since = back.since.clone().unwrap_or_else(|| "unknown".to_owned());
            [
                if first {
                    back.workload.clone()
                } else {
                    String::new()
                },
                cluster.clone(),
                at(&back.now, cluster).to_string(),
                at(&back.then, cluster).to_string(),
                if first { since } else { String::new() },
            ]
        })
    });
    let header = ["WORKLOAD", "CLUSTER", "NOW", "THEN", "NOW SINCE"];
    say(table(header, rows, &[2, 3]).trim_end());
    say(
        "Each is paused with these counts as pins, which go before metrics, prices and money caps, until: kubectl spillway \
         resume NAMESPACE/NAME",
    );
    text
}

/// The plans that are remembered, the newest first.
pub(super) fn history(plans: &Plans, only: Option<&str>, now: UnixMs) -> String {
    let asked = |workload: &str| only.is_none_or(|only| only == workload);
    let all = plans.iter().filter(|(workload, _)| asked(workload));
    let rows: Vec<[String; 4]> = all
        .flat_map(|(workload, known)| {
            known.iter().rev().enumerate().map(move |(index, plan)| {
                let since = plan.since_ms.map_or_else(
                    || ["before the first plan".to_owned(), String::new()],
                    |since| [time(since), format!("{} ago", span(now.since(since).0))],
                );
                let [since, ago] = since;
                let each = plan.replicas.iter();
                let each: Vec<String> = each
                    .map(|(name, replicas)| format!("{name} {replicas}"))
                    .collect();
                let replicas = if each.is_empty() {
                    "none".to_owned()
                } else {
                    each.join(", ")
                };
                let name = if index == 0 {
                    workload.to_owned()
                } else {
                    String::new()
                };
                [name, since, ago, replicas]
            })
        })
        .collect();
    if rows.is_empty() {
        return "No plan is remembered.\n".to_owned();
    }
    table(["WORKLOAD", "IN FORCE SINCE", "", "PLANNED"], rows, &[])
}

/// How many workloads.
pub(super) fn workloads(number: usize) -> String {
    let number = u64::try_from(number).unwrap_or(u64::MAX);
    count(number, "workload", "workloads")
}
