//! `pause` and `resume`: whether a workload's decisions are acted on.

use kube::api::{Patch, PatchParams};
use serde::Serialize;
use serde_json::{Value, json};
use spillway_crds::api::Mode;

use super::home::Home;
use super::named::Named;
use super::print::Printer;
use super::{Global, Outcome};

/// Who we are in `metadata.managedFields`: not the controller.
const FIELD_MANAGER: &str = "kubectl-spillway";

/// Pauses a workload: its replicas stay as they are in each cluster
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    workload: Named,
}

/// Resumes a paused workload: its decisions are acted on again
#[derive(Debug, clap::Args)]
pub(super) struct ResumeArgs {
    #[command(flatten)]
    workload: Named,
}

/// What was done.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    workload: String,
    before: Mode,
    now: Mode,
}

impl Changed {
    fn said(&self) -> String {
        let Self {
            workload,
            before,
            now,
        } = self;
        let hint = match (before, now) {
            (before, now) if before == now => return format!("{workload} was {now:?} already.\n"),
            (Mode::Observe, Mode::Paused) => {
                " To resume would make it Active: to go back, set spec.mode Observe."
            }
            (_, Mode::Paused) => " Its replicas stay as they are.",
            _ => " The next tick acts on it.",
        };
        format!("{workload} is {now:?}; it was {before:?}.{hint}\n")
    }
}

pub(super) fn pause(
    args: &Args,
    global: &Global,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Outcome> {
    set(&args.workload, Mode::Paused, global, printer)
}

pub(super) fn resume(
    args: &ResumeArgs,
    global: &Global,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Outcome> {
    set(&args.workload, Mode::Active, global, printer)
}

fn set(
    workload: &Named,
    now: Mode,
    global: &Global,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Outcome> {
    let (namespace, name) = workload.parts()?;
    let home = Home::connect(global)?;
    let api = home.api(namespace);
    let object = home.wait(api.get(name))?;
    let before = object.spec.mode;
    let workload = format!("{namespace}/{name}");
    if let Some(why) = refusal(before, now) {
        anyhow::bail!("{workload} {why}");
    }
    if before != now {
        let parameters = PatchParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let patch = patch(now, object.metadata.resource_version.as_deref());
        home.wait(api.patch(name, &parameters, &Patch::Merge(patch)))?;
    }
    let changed = Changed {
        workload,
        before,
        now,
    };
    printer.show(&changed, |changed, _| changed.said())?;
    Ok(Outcome::Done)
}

/// Whoever observes only has never asked for writes, and to resume must not begin them.
fn refusal(before: Mode, now: Mode) -> Option<&'static str> {
    (before == Mode::Observe && now == Mode::Active).then_some(
        "is not paused, it is observed: to let its decisions be acted on, set spec.mode Active yourself",
    )
}

/// It carries the version that was read, so that nothing else is meant than what is said.
fn patch(mode: Mode, version: Option<&str>) -> Value {
    json!({"metadata": {"resourceVersion": version}, "spec": {"mode": mode}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_was_is_said() {
        let said = |before, now| {
            let workload = "shop/web".to_owned();
            Changed {
                workload,
                before,
                now,
            }
            .said()
        };
        assert_eq!(
            said(Mode::Active, Mode::Paused),
            "shop/web is Paused; it was Active. Its replicas stay as they are.\n"
        );
        assert_eq!(
            said(Mode::Paused, Mode::Paused),
            "shop/web was Paused already.\n"
        );
        assert!(said(Mode::Observe, Mode::Paused).contains("set spec.mode Observe"));
    }

    #[test]
    fn to_resume_makes_no_writer_of_one_that_observes() {
        assert!(refusal(Mode::Observe, Mode::Active).is_some());
        assert_eq!(refusal(Mode::Paused, Mode::Active), None);
        assert_eq!(refusal(Mode::Observe, Mode::Paused), None);
    }

    #[test]
    fn the_patch_changes_the_mode_of_what_was_read_and_nothing_else() {
        assert_eq!(
            patch(Mode::Paused, Some("7")),
            json!({"metadata": {"resourceVersion": "7"}, "spec": {"mode": "Paused"}})
        );
    }
}
