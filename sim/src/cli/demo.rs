//! `demo`: an example that needs no files.

use std::path::PathBuf;

use super::experiment::{Experiment, Out, execute};
use super::{CommandError, Console, Format, Outcome};
use crate::demo;
use crate::hosts::{AUTOSCALERS, Decide};

const EXAMPLES: &str = "\
Examples:
  spillway-sim demo
  spillway-sim demo --out /tmp/demo --output json";

/// What is compared.
const COMPARED: [&str; 3] = ["spillway", "threshold-burst", "private-only"];

/// Run an embedded example: a web shop's day on a private cloud that is too small, under three policies
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Directory of the report; an older report there is replaced, other files are not
    #[arg(long, value_name = "DIR", default_value = "spillway-demo")]
    out: PathBuf,
    /// Write even where DIR holds other files, which are moved aside
    #[arg(long)]
    force: bool,
    /// Also write where the time of the machine went, as JSON
    #[arg(long, value_name = "FILE")]
    timings: Option<PathBuf>,
}

pub(super) fn run(
    args: &Args,
    format: Format,
    console: &mut Console<'_>,
    core: &dyn Decide,
) -> Result<Outcome, CommandError> {
    let compared = AUTOSCALERS
        .iter()
        .filter(|entry| COMPARED.contains(&entry.name));
    let experiments: Vec<Experiment> = compared
        .map(|entry| Experiment {
            config: demo::config(entry.name),
            autoscaler: entry.into(),
            from: None,
        })
        .collect();
    let out = Out {
        out: args.out.clone(),
        force: args.force,
        timings: args.timings.clone(),
    };
    let arrivals = |made: &Experiment| Ok(Box::new(demo::arrivals(&made.config)) as _);
    execute(&experiments, &arrivals, &out, format, console, core)
}
