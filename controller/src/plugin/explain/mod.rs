//! `explain`: one workload, why it is so, and what would change it.

mod otherwise;
mod page;
mod target;
mod view;

use spillway_crds::workload_id;

use super::named::Named;
use super::print::Printer;
use super::status::refused;
use super::whatif::unknown;
use super::{Global, Outcome, home};

use view::{Answer, Explained};

const EXAMPLES: &str = "\
Examples:
  kubectl spillway explain shop/web
  kubectl spillway explain -n shop web -o json

What stands in brackets is a stable code: alert on it, and find it in the documents.";

/// Says of a workload why it has so many replicas, why there, why not private, and what would change it
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    workload: Named,
}

pub(super) fn run(
    args: &Args,
    global: &Global,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Outcome> {
    let (namespace, name) = args.workload.parts()?;
    let id = format!("{namespace}/{name}");
    let mut seen = home::look(global)?;
    let all = refused(seen.autoscalers.as_deref().unwrap_or_default());
    let refused = all.into_iter().find(|refused| refused.id == id);
    let objects = seen.autoscalers.iter().flatten();
    let written: Vec<String> = objects.map(workload_id).collect();
    let explained = Explained::of(&seen.moment, &id, seen.now);
    if explained.is_none() && !written.contains(&id) {
        let known = seen.moment.workloads().into_iter();
        let known = known.chain(written.iter().map(String::as_str));
        let known: std::collections::BTreeSet<&str> = known.collect();
        anyhow::bail!("{}", unknown("workload", &id, known));
    }
    let told = match seen.home.as_ref().map(|home| home.told(namespace, name)) {
        Some(Ok(told)) => Some(told),
        Some(Err(why)) => {
            seen.notes.push(format!("Events are not visible: {why}."));
            None
        }
        None => None,
    };
    let answer = Answer {
        id,
        problems: refused.map(|refused| refused.problems).unwrap_or_default(),
        explained,
        told,
        notes: seen.notes,
    };
    printer.show(&answer, page::page)?;
    Ok(Outcome::Done)
}
