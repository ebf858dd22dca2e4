//! `test`: policy tests.

mod ready;
mod search;

use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use comfy_table::{ContentArrangement, Table, presets};

use super::experiment::{Brief, totals};
use super::inputs::Inputs;
use super::progress::Bar;
use super::words;
use super::{CommandError, Console, Format, Outcome};
use crate::experiment::junit::{Tested, annotations, junit};
use crate::experiment::parallel;
use crate::hosts::Decide;
use crate::output::OutputError;
use ready::{Job, Ready};
use search::search;

const EXAMPLES: &str = "\
Examples:
  spillway-sim test examples/policy-tests
  spillway-sim test policies/tests --junit results.xml --github";

/// Run policy tests: simulations with assertions about cost, objectives and moves
///
/// A test is a file of `kind: PolicyTest` (docs/experiments.md). The exit code is 1 if an assertion does not hold.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// Tests, or folders that are searched for them
    #[arg(value_name = "FILE|DIR", required = true)]
    tests: Vec<PathBuf>,
    /// Runs at the same time [default: as many as there are cores]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    #[arg(
        long,
        value_name = "FILE",
        help = "Write the results as JUnit's XML too"
    )]
    junit: Option<PathBuf>,
    /// Print an annotation for GitHub of each assertion that does not hold
    #[arg(long)]
    github: bool,
}

pub(in crate::cli) fn run(
    args: &Args,
    format: Format,
    console: &mut Console<'_>,
    core: &dyn Decide,
) -> Result<Outcome, CommandError> {
    let mut inputs = Inputs::default();
    let found = search(&args.tests, &mut inputs);
    let ready: Vec<Ready> = found
        .files
        .iter()
        .filter_map(|file| Ready::read(file, &mut inputs))
        .collect();
    // Better told now than after all the runs.
    if let Some(path) = &args.junit
        && let Some(folder) = path.parent()
        && !folder.as_os_str().is_empty()
        && !folder.is_dir()
    {
        inputs.problem(format_args!(
            "--junit {}: there is no folder {}; make it first",
            path.display(),
            folder.display()
        ));
    }
    console.warn(&found.skipped)?;
    let ready = inputs.all(Some(ready))?;

    let jobs: Vec<Job<'_>> = ready.iter().flat_map(Ready::jobs).collect();
    let bar = Bar::new("testing", jobs.len(), console.interactive);
    let mut results: Vec<Option<Result<Brief, String>>> = vec![None; jobs.len()];
    parallel::each(
        &jobs,
        args.jobs.unwrap_or_else(parallel::cores),
        |job| {
            let open = || job.ready.open(&job.experiment);
            match totals(&job.experiment, &open, bar.run(), core) {
                Ok(brief) => Ok(Ok(brief)),
                Err(CommandError::Violation(violation)) => Ok(Err(violation)),
                Err(error) => Err(words::in_file(error, &job.ready.file)),
            }
        },
        |index, result| {
            results[index] = Some(result);
            Ok(())
        },
    )?;
    drop(bar);
    let mut results = results.into_iter().flatten();
    let tested: Vec<Tested> = ready
        .iter()
        .map(|ready| ready.judge(&mut results))
        .collect();

    for test in &tested {
        let of_file = test.warnings.iter();
        console.warn(of_file.map(|warning| format!("{}: {warning}", test.file)))?;
    }
    if let Some(path) = &args.junit {
        fs::write(path, junit(&tested)).map_err(OutputError::io("write this file", path))?;
    }
    match format {
        Format::Json => console.json(&tested)?,
        Format::Table => print(&tested, console)?,
    }
    if args.github {
        for line in annotations(&tested) {
            writeln!(console.out, "{line}")?;
        }
    }
    Ok(if tested.iter().all(Tested::passed) {
        Outcome::Done
    } else {
        Outcome::Findings
    })
}

fn print(tested: &[Tested], console: &mut Console<'_>) -> io::Result<()> {
    for test in tested {
        writeln!(console.out, "{}: {}", test.file, test.name)?;
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled);
        for check in &test.checks {
            let verdict = if check.held { "pass" } else { "FAIL" };
            table.add_row([verdict, &check.text, &check.actual]);
        }
        for line in table.to_string().lines() {
            writeln!(console.out, " {}", line.trim_end())?;
        }
    }
    let failed = tested.iter().filter(|test| !test.passed()).count();
    match failed {
        0 => writeln!(
            console.out,
            "{} of {} tests passed",
            tested.len(),
            tested.len()
        ),
        _ => writeln!(console.out, "{failed} of {} tests failed", tested.len()),
    }
}
