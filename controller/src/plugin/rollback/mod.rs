//! `rollback`: workloads go back to a plan that was in force, and stay there.

mod view;

use std::io::{self, BufRead as _, IsTerminal as _};

use anyhow::Context as _;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt as _;
use kube::api::Patch;
use spillway_crds::api::HybridAutoscaler;
use spillway_crds::text::TimeSpan;
use spillway_crds::workload_id;
use spillway_solver::units::UnixMs;

use super::home::{Home, Seen};
use super::mode::written_by_us;
use super::named::Named;
use super::print::Printer;
use super::{Global, Outcome};
use view::{Back, Goal, Rollback, history, page, rollback, workloads};

const EXAMPLES: &str = "\
Without a workload: those whose plan changed in the last change, or with --ago or --to all that changed since.

Examples:
  kubectl spillway rollback shop/web --dry-run
  kubectl spillway rollback --ago 15m
  kubectl spillway rollback shop/web --list";

/// Goes back to the plan before the last change, and pauses what goes back
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// One workload
    #[arg(value_name = "NAMESPACE/NAME")]
    workload: Option<String>,
    /// Its namespace, where NAME alone is given
    #[arg(short, long, value_name = "NAMESPACE", requires = "workload")]
    namespace: Option<String>,
    /// To the plan that was in force so long ago, such as 15m
    #[arg(long, value_name = "SPAN", conflicts_with = "to")]
    ago: Option<String>,
    /// To the plan that was in force at this time, such as 2026-03-02T18:00:00Z
    #[arg(long, value_name = "TIME")]
    to: Option<Timestamp>,
    /// Shows the plans that are remembered, and changes nothing
    #[arg(long)]
    list: bool,
    /// Says what would be done, and changes nothing
    #[arg(long)]
    dry_run: bool,
    /// Does not ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(
    args: &Args,
    global: &Global,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Outcome> {
    let only = args.workload.as_ref().map(|name| {
        let named = Named::new(name, args.namespace.as_deref());
        let (namespace, name) = named.parts()?;
        anyhow::Ok(format!("{namespace}/{name}"))
    });
    let only = only.transpose()?;
    let home = Home::connect(global)?;
    let seen = home.look(&global.namespace_of_controller)?;
    if args.list {
        let plans: Vec<_> = seen.plans.iter().collect();
        printer.show(&plans, |_, _| {
            history(&seen.plans, only.as_deref(), seen.now)
        })?;
        return Ok(Outcome::Done);
    }
    let Seen {
        plans,
        autoscalers: Some(autoscalers),
        notes,
        now,
        home: Some(home),
        ..
    } = seen
    else {
        anyhow::bail!(
            "the HybridAutoscalers cannot be read: {}",
            seen.notes.join(" ")
        );
    };
    let (back, refused) = rollback(&plans, &autoscalers, only.as_deref(), goal(args, now)?);
    let view = Rollback {
        back,
        refused,
        notes,
        dry_run: args.dry_run,
    };
    printer.show(&view, page)?;
    if view.back.is_empty() {
        return Ok(Outcome::Problems);
    }
    if args.dry_run {
        return Ok(Outcome::Done);
    }
    if !args.yes && !confirmed(view.back.len())? {
        anyhow::bail!("nothing was changed");
    }
    let failed = write(&home, &view.back, &autoscalers);
    for why in &failed {
        eprintln!("error: {why}");
    }
    let done = view.back.len() - failed.len();
    eprintln!(
        "{} paused with pins; the next tick begins to go there.",
        workloads(done)
    );
    Ok(if failed.is_empty() && view.refused.is_empty() {
        Outcome::Done
    } else {
        Outcome::Problems
    })
}

fn goal(args: &Args, now: UnixMs) -> anyhow::Result<Goal> {
    if let Some(to) = args.to {
        return Ok(Goal::At(UnixMs(to.as_millisecond())));
    }
    let Some(ago) = &args.ago else {
        return Ok(Goal::Previous);
    };
    let ago = TimeSpan(ago.clone()).millis().context("--ago")?;
    let ago = i64::try_from(ago.0).unwrap_or(i64::MAX);
    Ok(Goal::At(UnixMs(now.0.saturating_sub(ago))))
}

/// Whether the person who asks wants it, having read what it does.
fn confirmed(number: usize) -> anyhow::Result<bool> {
    let input = io::stdin();
    if !input.is_terminal() {
        anyhow::bail!("nobody can be asked here: add --yes, or --dry-run");
    }
    eprint!("Roll back {}? [y/N] ", workloads(number));
    let mut answer = String::new();
    input.lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Writes each; what fails does not stop the others.
fn write(home: &Home, back: &[Back], autoscalers: &[HybridAutoscaler]) -> Vec<String> {
    let each = back.iter().filter_map(|back| {
        let object = autoscalers
            .iter()
            .find(|object| workload_id(object) == back.workload)?;
        let patch = back.patch(object.metadata.resource_version.as_deref());
        let api = home.api(&object.namespace().unwrap_or_default());
        let name = object.name_any();
        let written = home.wait(api.patch(&name, &written_by_us(), &Patch::Merge(patch)));
        written.err().map(|why| format!("{}: {why}", back.workload))
    });
    each.collect()
}

#[cfg(test)]
mod tests;
