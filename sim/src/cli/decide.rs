//! `decide`: the decision core on files.

use std::path::PathBuf;

use super::inputs::Inputs;
use super::{CommandError, Console, Outcome};
use crate::hosts::Decide;

const EXAMPLES: &str = "\
Examples:
  spillway-sim decide --snapshot snapshot.json --policy policy.yaml
  spillway-sim decide --snapshot snapshot.json --policy policy.json --memory memory.json > decision.json
  spillway-sim decide --snapshot snapshot.json --policy policy.yaml | jq .plan.steps";

/// Decide one tick and print the decision as JSON
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
    console: &mut Console<'_>,
    core: &dyn Decide,
) -> Result<Outcome, CommandError> {
    let mut inputs = Inputs::default();
    let snapshot = inputs.json(&args.snapshot);
    let policy = inputs.policy(&args.policy);
    let memory = inputs.json_or_default(args.memory.as_deref());
    let (snapshot, policy, memory) = inputs.all(snapshot.zip(policy).zip(memory).map(flat))?;
    console.json(&core.decide(&snapshot, &policy, &memory))?;
    Ok(Outcome::Done)
}

fn flat<A, B, C>(((a, b), c): ((A, B), C)) -> (A, B, C) {
    (a, b, c)
}
