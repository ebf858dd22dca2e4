//! `check`: the independent checker on files.

use std::path::PathBuf;

use super::inputs::Inputs;
use super::{CommandError, Console, Format, Outcome};
use crate::hosts::Decide;

const EXAMPLES: &str = "\
Examples:
  spillway-sim check --snapshot snapshot.json --policy policy.yaml --decision decision.json
  spillway-sim check --snapshot s.json --policy p.json --memory m.json --decision d.json --output json";

/// Check a decision against what it was made from
///
/// The checker shares no code with what decides. It verifies every constraint and recomputes the cost; each violation
/// is named, and the exit code is 1 if there is any.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What was: a snapshot as JSON
    #[arg(long, value_name = "FILE")]
    snapshot: PathBuf,
    /// What was wanted: a policy as JSON, or the Kubernetes objects as .yaml
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// What was remembered; nothing without it
    #[arg(long, value_name = "FILE")]
    memory: Option<PathBuf>,
    /// The decision as JSON
    #[arg(long, value_name = "FILE")]
    decision: PathBuf,
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
    let decision = inputs.decision(&args.decision);
    let all = snapshot.zip(policy).zip(memory.zip(decision));
    let ((snapshot, policy), (memory, decision)) = inputs.all(all)?;
    console.warn(doubts.into_iter().flatten())?;

    let violations = core.check(&snapshot, &policy, &memory, &decision);
    match format {
        Format::Json => console.json(&serde_json::json!({ "violations": violations }))?,
        Format::Table if violations.is_empty() => {
            writeln!(console.out, "no violation")?;
        }
        Format::Table => {
            for violation in &violations {
                writeln!(console.out, "violation: {violation}")?;
            }
        }
    }
    Ok(if violations.is_empty() {
        Outcome::Done
    } else {
        Outcome::Findings
    })
}
