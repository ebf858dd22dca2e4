//! `decide`: the decision core on files.

use std::path::PathBuf;

use super::inputs::Inputs;
use super::{CommandError, Console, Format, Outcome, decision};
use crate::hosts::Decide;

const EXAMPLES: &str = "\
Examples:
  spillway-sim decide --snapshot snapshot.json --policy policy.yaml
  spillway-sim decide --snapshot snapshot.json --policy policy.json --memory memory.json \\
      --output json > decision.json
  spillway-sim decide --snapshot snapshot.json --policy policy.yaml --output json | jq .memory > memory.json";

/// Decide one tick and print what to do, where everything runs and why
///
/// The whole decision, which `check` reads and whose memory the next decision takes, is printed by `--output json`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What is: a snapshot as JSON
    #[arg(long, value_name = "FILE")]
    snapshot: PathBuf,
    /// What is wanted: a policy as JSON, or the Kubernetes objects as .yaml
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// What was: the memory of the decision before; nothing is remembered without it
    #[arg(long, value_name = "FILE")]
    memory: Option<PathBuf>,
}

pub(super) fn run(
    args: &Args,
    format: Format,
    console: &mut Console<'_>,
    core: &dyn Decide,
) -> Result<Outcome, CommandError> {
    let mut inputs = Inputs::default();
    let (policy, doubts) = inputs.policy(&args.policy).unzip();
    let snapshot = inputs.snapshot(&args.snapshot, policy.as_ref());
    let memory = inputs.memory(args.memory.as_deref());
    let (snapshot, policy, memory) = inputs.all(snapshot.zip(policy).zip(memory).map(flat))?;
    console.warn(doubts.into_iter().flatten())?;
    let decided = core.decide(&snapshot, &policy, &memory);
    match format {
        Format::Json => console.json(&decided)?,
        Format::Table => decision::print(&decided, &policy, &mut console.out)?,
    }
    Ok(Outcome::Done)
}

fn flat<A, B, C>(((a, b), c): ((A, B), C)) -> (A, B, C) {
    (a, b, c)
}
