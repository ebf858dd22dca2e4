//! `sweep`: many settings of the same policy, here or in shards.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::Value;

use super::experiment::{Experiment, totals};
use super::progress::Bar;
use super::sweep_inputs::{Ready, Work};
use super::{CommandError, Console, Format, Outcome, words};
use crate::experiment::front::{self, Front};
use crate::experiment::journal::{self, Done, Header, Journal, JournalError, Line};
use crate::experiment::manifest::{Manifest, object_name};
use crate::experiment::{Shard, parallel};
use crate::figures::figure;
use crate::hosts::Decide;
use crate::report::{plain, render_sweep};

const EXAMPLES: &str = "\
Examples:
  spillway-sim sweep examples/sweeps/stabilization.yaml --out wait/
  spillway-sim sweep wait.yaml --shard 0/4 --out shards/0
  spillway-sim sweep merge shards/* --out wait/
  spillway-sim sweep manifest wait.yaml --shards 20 --image registry.example/spillway-sim:1 | kubectl apply -f -";

/// Run a policy under many settings of its fields and find those that no other beats
///
/// The settings are a file of `kind: Sweep` (docs/experiments.md). A sweep that was stopped goes on where it was when it is
/// begun again with the same directory.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Args {
    #[command(flatten)]
    here: Option<Here>,
    #[command(subcommand)]
    other: Option<Other>,
}

#[derive(Debug, clap::Args)]
struct Here {
    /// The settings
    #[arg(value_name = "FILE")]
    sweep: PathBuf,
    /// Directory of the results; runs of this sweep that are there already are not made again
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only a part of the runs: K from 0 to N-1
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
    /// Runs at the same time; changes no result [default: as many as there are cores]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

#[derive(Debug, clap::Subcommand)]
enum Other {
    /// Put the results of all shards together
    Merge {
        /// The directories of the shards
        #[arg(value_name = "DIR", required = true)]
        shards: Vec<PathBuf>,
        /// Directory of the whole
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Print a Kubernetes Job that runs the shards
    Manifest {
        /// The settings
        #[arg(value_name = "FILE")]
        sweep: PathBuf,
        /// How many pods
        #[arg(long, value_name = "N")]
        shards: NonZeroUsize,
        /// An image whose entry point is spillway-sim
        #[arg(long, value_name = "IMAGE")]
        image: String,
        /// Name of the Job [default: made of the sweep's]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
}

pub(super) fn run(
    args: &Args,
    format: Format,
    console: &mut Console<'_>,
    core: &dyn Decide,
) -> Result<Outcome, CommandError> {
    match (&args.here, &args.other) {
        (_, Some(Other::Merge { shards, out })) => merge(shards, out, format, console),
        (
            _,
            Some(Other::Manifest {
                sweep,
                shards,
                image,
                name,
            }),
        ) => {
            let ready = Ready::read(sweep, core)?;
            let name = name.as_deref().unwrap_or(&ready.sweep.name);
            let manifest = Manifest {
                name: object_name(name),
                image: image.clone(),
                shards: shards.get(),
                files: ready.files()?,
            };
            let yaml = manifest
                .yaml()
                .map_err(|message| CommandError::Inputs(vec![message]))?;
            write!(console.out, "{yaml}")?;
            Ok(Outcome::Done)
        }
        (Some(here), None) => sweep(here, format, console, core),
        (None, None) => Err(CommandError::Inputs(vec![
            "name a sweep's FILE and --out DIR, or see --help".to_owned(),
        ])),
    }
}

fn sweep(
    args: &Here,
    format: Format,
    console: &mut Console<'_>,
    core: &dyn Decide,
) -> Result<Outcome, CommandError> {
    let ready = Ready::read(&args.sweep, core)?;
    let header = ready.header.clone().of_shard(args.shard);
    let mut journal = Journal::open(&args.out, header)?;
    if journal.dropped_a_line() {
        writeln!(
            console.err,
            "note: the last run in {} was cut off; it is made again",
            args.out.display()
        )?;
    }
    let ours = |work: &Work| args.shard.is_none_or(|shard| shard.has(work.index));
    let list: Vec<Work> = ready.work().filter(ours).collect();
    let there: BTreeMap<usize, &Done> = journal.done().map(|done| (done.index, done)).collect();
    let is_there = |work: &Work| {
        let done = there.get(&work.index);
        done.is_some_and(|done| done.is_run_of(&ready.undone(work)))
    };
    let (done, todo): (Vec<Work>, Vec<Work>) = list.into_iter().partition(is_there);
    if there.len() > done.len() {
        return Err(JournalError::Misplaced(args.out.clone()).into());
    }
    if !done.is_empty() {
        let all = done.len() + todo.len();
        writeln!(
            console.err,
            "{} of {all} runs are there already",
            done.len()
        )?;
    }
    let bar = Bar::new("sweeping", todo.len(), console.interactive);
    parallel::each(
        &todo,
        args.jobs.unwrap_or_else(parallel::cores),
        |work| {
            let experiment: Experiment = ready.experiment(work)?;
            let open = || ready.open(&experiment);
            let brief =
                totals(&experiment, &open, bar.run(), core).map_err(|error| match error {
                    CommandError::Violation(violation) => {
                        CommandError::Violation(format!("{}: {violation}", ready.name_of(work)))
                    }
                    other => words::in_file(other, &args.sweep.display().to_string()),
                })?;
            Ok::<_, CommandError>(ready.done(work, &brief))
        },
        |_, done: Done| Ok(journal.append(done)?),
    )?;
    drop(bar);
    let (header, lines) = journal.finish()?;
    console.warn(front::warnings(&lines))?;
    let Some(shard) = args.shard else {
        return publish(&header, &lines, &args.out, format, console);
    };
    writeln!(
        console.out,
        "Shard {shard}: {} runs in {}. Put all shards together: spillway-sim sweep merge DIR... --out DIR",
        lines.len(),
        args.out.display()
    )?;
    Ok(Outcome::Done)
}

fn merge(
    shards: &[PathBuf],
    out: &Path,
    format: Format,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let mut parts = Vec::new();
    let mut problems = Vec::new();
    for folder in shards {
        match journal::read(folder) {
            Ok((header, lines)) => parts.push((folder.clone(), header, lines)),
            Err(error) => problems.push(error.to_string()),
        }
    }
    if !problems.is_empty() {
        return Err(CommandError::Inputs(problems));
    }
    let (header, lines) = journal::merge(parts)?;
    // Refuses a directory that is something else's.
    drop(Journal::open(out, header.clone())?);
    journal::store(out, &header, &lines)?;
    console.warn(front::warnings(&lines))?;
    publish(&header, &lines, out, format, console)
}

/// Writes what the runs say together, and prints the front.
fn publish(
    header: &Header,
    lines: &[Line],
    out: &Path,
    format: Format,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let front = Front::of(header, lines);
    let mut json = serde_json::to_vec_pretty(&front).map_err(std::io::Error::from)?;
    json.push(b'\n');
    journal::replace(&out.join("front.json"), &json)?;
    journal::replace(&out.join("sweep.html"), render_sweep(&front).as_bytes())?;
    match format {
        Format::Json => console.json(&front)?,
        Format::Table => {
            print(&front, console)?;
            writeln!(console.out, "Report: {}", out.join("sweep.html").display())?;
        }
    }
    Ok(Outcome::Done)
}

fn print(front: &Front, console: &mut Console<'_>) -> std::io::Result<()> {
    writeln!(
        console.out,
        "{} of {} settings are on the front of {}:",
        front.front.len(),
        front.tried,
        front.objectives.join(", ")
    )?;
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    let head = ["point", "autoscaler"].map(str::to_owned).into_iter();
    let head = head.chain(front.fields.iter().map(|field| short(field).to_owned()));
    table.set_header(head.chain(front.objectives.iter().cloned()));
    let mut columns: Vec<_> = front
        .objectives
        .iter()
        .map(|name| column(front, name))
        .collect();
    for tried in &front.front {
        let start = [tried.point.to_string(), tried.autoscaler.clone()];
        let settings = tried.settings.iter().map(|value: &Value| plain(value));
        let figures = columns.iter_mut().filter_map(Iterator::next);
        table.add_row(start.into_iter().chain(settings).chain(figures));
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    writeln!(console.out, "{table}")
}

/// A figure of all settings on the front.
fn column(front: &Front, name: &str) -> std::vec::IntoIter<String> {
    let values = front
        .front
        .iter()
        .map(|tried| tried.figures.get(name).copied());
    let values: Vec<Option<f64>> = values.collect();
    let shown = figure(name).map(|figure| figure.unit.column(&values));
    shown.unwrap_or_default().into_iter()
}

/// The last name of a field's path.
fn short(field: &str) -> &str {
    field.rsplit(['.', ' ']).next().unwrap_or(field)
}

impl From<JournalError> for CommandError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Output(error) => Self::Output(error),
            other => Self::Inputs(vec![other.to_string()]),
        }
    }
}
