//! `freeze` and `unfreeze`: one switch for the whole fleet.

use std::fmt::Write as _;

use anyhow::Context as _;
use kube::api::{DeleteParams, PostParams, Preconditions};
use serde::Serialize;
use spillway_crds::api::{HybridAutoscaler, Mode};
use spillway_crds::workload_id;
use spillway_solver::decision::Step;

use super::home::Home;
use super::mode::FIELD_MANAGER;
use super::print::Printer;
use super::{Global, Outcome};
use crate::freeze::{Freeze, NAME};

/// Stops all writes to all targets: the controller decides, reports and records, and changes nothing
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Why; whoever looks at the fleet reads it
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who [default: the user that the API server knows]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// Lets the controller write again, and says what the last tick would have written
#[derive(Debug, clap::Args)]
pub(super) struct UnfreezeArgs {
    /// Says it and changes nothing
    #[arg(long)]
    dry_run: bool,
}

/// What was done.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Frozen {
    freeze: Freeze,
    /// Whether it was so before.
    already: bool,
}

pub(super) fn freeze(
    args: &Args,
    global: &Global,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Outcome> {
    let home = Home::connect(global)?;
    let namespace = &global.namespace_of_controller;
    let by = args.by.clone().or_else(|| home.whoami());
    let object = Freeze::object(by.as_deref().unwrap_or_default(), &args.reason);
    let parameters = PostParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PostParams::default()
    };
    let done = if let Some(freeze) = frozen(&home, namespace)? {
        Frozen {
            freeze,
            already: true,
        }
    } else {
        let created = home.wait(home.freezes(namespace).create(&parameters, &object));
        let created = created.with_context(|| format!("ConfigMap {namespace}/{NAME}"))?;
        Frozen {
            freeze: Freeze::of(&created),
            already: false,
        }
    };
    printer.show(&done, |done, _| said(done))?;
    Ok(Outcome::Done)
}

fn said(done: &Frozen) -> String {
    let freeze = &done.freeze;
    if done.already {
        format!("The fleet is {freeze}. It was so already.\n")
    } else {
        format!(
            "The fleet is {freeze}.\nNothing is written from the next tick on; what ticks would write is in the status of \
             each workload. To go on: kubectl spillway unfreeze\n"
        )
    }
}

/// What was let go.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Thawed {
    /// What it was; absent where it was not frozen.
    freeze: Option<Freeze>,
    dry_run: bool,
    /// What the last tick would have written; absent where it is not known.
    steps: Option<Vec<Step>>,
}

pub(super) fn unfreeze(
    args: &UnfreezeArgs,
    global: &Global,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Outcome> {
    let home = Home::connect(global)?;
    let namespace = &global.namespace_of_controller;
    let api = home.freezes(namespace);
    let found = home
        .wait(api.get_opt(NAME))
        .with_context(|| format!("ConfigMap {namespace}/{NAME}"))?;
    let freeze = found.as_ref().map(Freeze::of);
    if let Some(object) = found.filter(|_| !args.dry_run) {
        // Only the one that was read, not one that somebody else has made since.
        let parameters = DeleteParams {
            preconditions: Some(Preconditions {
                uid: object.metadata.uid,
                resource_version: None,
            }),
            ..DeleteParams::default()
        };
        home.wait(api.delete(NAME, &parameters))?;
    }
    let steps = home.look(namespace).ok().map(|seen| {
        let written = written(seen.autoscalers.as_deref().unwrap_or_default());
        let steps = seen.moment.decision.plan.steps.into_iter();
        steps.filter(|step| written(step)).collect()
    });
    let thawed = Thawed {
        freeze,
        dry_run: args.dry_run,
        steps,
    };
    printer.show(&thawed, |thawed, _| told(thawed))?;
    Ok(Outcome::Done)
}

fn frozen(home: &Home, namespace: &str) -> anyhow::Result<Option<Freeze>> {
    let found = home.frozen(namespace);
    found.map_err(|why| anyhow::anyhow!("ConfigMap {namespace}/{NAME}: {why}"))
}

/// Steps of workloads that are not only observed.
fn written(autoscalers: &[HybridAutoscaler]) -> impl Fn(&Step) -> bool {
    let observed = |object: &&HybridAutoscaler| object.spec.mode == Mode::Observe;
    let observed: Vec<String> = autoscalers
        .iter()
        .filter(observed)
        .map(workload_id)
        .collect();
    move |step: &Step| !observed.iter().any(|id| id == step.workload.as_str())
}

fn told(thawed: &Thawed) -> String {
    let mut text = match (&thawed.freeze, thawed.dry_run) {
        (None, _) => return "The fleet is not frozen.\n".to_owned(),
        (Some(freeze), true) => format!("The fleet stays {freeze}.\n"),
        (Some(freeze), false) => {
            format!(
                "The fleet is not frozen any more; it was {freeze}.\nThe next tick writes what it decides.\n"
            )
        }
    };
    match thawed.steps.as_deref() {
        None => text += "What the last tick would have written is not known.\n",
        Some([]) => text += "The last tick would have written nothing.\n",
        Some(steps) => {
            text += "The last tick would have written:\n";
            for step in steps {
                let Step {
                    workload,
                    cluster,
                    from,
                    to,
                    ..
                } = step;
                let _ = writeln!(text, "  {workload} in {cluster}: {from} to {to}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use spillway_solver::decision::StepKind;

    use super::*;

    fn freeze() -> Freeze {
        Freeze {
            by: Some("alice".to_owned()),
            reason: Some("incident 7".to_owned()),
            since: None,
        }
    }

    #[test]
    fn who_has_frozen_it_first_is_said() {
        let text = said(&Frozen {
            freeze: freeze(),
            already: true,
        });
        assert_eq!(
            text,
            "The fleet is frozen by alice: incident 7. It was so already.\n"
        );
    }

    #[test]
    fn what_the_next_tick_may_write_is_said_with_the_thaw() {
        let step = Step {
            workload: "shop/web".into(),
            cluster: "eks".into(),
            kind: StepKind::Add,
            from: 0,
            to: 12,
            reason: None,
        };
        let text = told(&Thawed {
            freeze: Some(freeze()),
            dry_run: false,
            steps: Some(vec![step]),
        });
        assert!(text.contains("  shop/web in eks: 0 to 12\n"), "{text}");
        let nothing = Thawed {
            freeze: None,
            dry_run: false,
            steps: None,
        };
        assert_eq!(told(&nothing), "The fleet is not frozen.\n");
    }
}
