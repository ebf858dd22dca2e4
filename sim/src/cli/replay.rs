//! `replay`: decide recorded ticks again.

use std::path::PathBuf;

use super::{CommandError, Console, Format, Outcome};
use crate::hosts::Decide;
use crate::report::units;
use crate::trace::plain;
use spillway_records::{Replayed, replay};

const EXAMPLES: &str = "\
Examples:
  spillway-sim replay spillway-demo/spillway/decisions.jsonl
  spillway-sim replay decisions.jsonl --output json";

/// Decide every recorded tick again and compare byte for byte
///
/// The exit code is 1 if any decision differs. Files of other versions of the core, its LP backend or its time-zone data
/// are refused, because their decisions may rightly differ.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A file that a run or the controller has written; may be packed with gzip or zstd
    #[arg(value_name = "DECISIONS.JSONL")]
    decisions: PathBuf,
}

pub(super) fn run(
    args: &Args,
    format: Format,
    console: &mut Console<'_>,
    core: &dyn Decide,
) -> Result<Outcome, CommandError> {
    let name = args.decisions.display();
    let refuse =
        |problem: &dyn std::fmt::Display| CommandError::Inputs(vec![format!("{name}: {problem}")]);
    let file =
        plain(&args.decisions).map_err(|error| refuse(&format_args!("cannot be read: {error}")))?;
    let decide = |snapshot: &_, policy: &_, memory: &_| core.decide(snapshot, policy, memory);
    let replayed = replay(file, &core.versions(), decide).map_err(|error| refuse(&error))?;
    match format {
        Format::Json => console.json(&replayed)?,
        Format::Table => print(&replayed, console)?,
    }
    Ok(if replayed.differing == 0 {
        Outcome::Done
    } else {
        Outcome::Findings
    })
}

fn print(replayed: &Replayed, console: &mut Console<'_>) -> std::io::Result<()> {
    for mismatch in &replayed.mismatches {
        let at = units::time(mismatch.at_ms, "%F %T UTC");
        writeln!(console.out, "line {} ({at}) differs:", mismatch.line)?;
        for place in &mismatch.places {
            writeln!(console.out, "  {place}")?;
        }
    }
    let ticks = units::count(replayed.ticks);
    match replayed.differing {
        0 => writeln!(
            console.out,
            "{ticks} ticks decided again, each byte for byte as recorded"
        ),
        n => writeln!(console.out, "{} of {ticks} ticks differ", units::count(n)),
    }
}
