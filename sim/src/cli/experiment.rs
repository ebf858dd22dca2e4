//! Runs and their report directory: what `run`, `compare` and `demo` have in common.

use std::cell::OnceCell;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::autoscaler::AutoscalerName;
use super::progress::Bar;
use super::witness::Witness;
use super::{CommandError, Console, Format, Outcome, table};
use crate::config::{Mode, RunConfig, World};
use crate::decisions::{ChangeLog, DecisionsWriter};
use crate::hosts::{Autoscaler, Decide, Demand, Foresight};
use crate::output::{OutputError, Staging, folder_name, write_summary, write_timeseries};
use crate::record::RunRecord;
use crate::report::{Run, headline, render};
use crate::trace::{ArrivalSource, TraceError};
use crate::world::{self, RunError};

/// One run to be made.
#[derive(Clone, Debug)]
pub(super) struct Experiment {
    /// The world, the policy and the run's name.
    pub config: RunConfig,
    /// What decides.
    pub autoscaler: AutoscalerName,
}

/// Where the report goes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Report")]
pub(super) struct Out {
    /// Directory of the report; an older report there is replaced, other files are not
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Write even where DIR holds other files, which are moved aside
    #[arg(long)]
    pub force: bool,
}

/// Makes each run over the same arrivals, writes the report and prints the table.
///
/// `arrivals` opens the load afresh for each run.
pub(super) fn execute(
    experiments: &[Experiment],
    arrivals: &dyn Fn() -> Result<Box<dyn ArrivalSource>, CommandError>,
    out: &Out,
    format: Format,
    console: &mut Console<'_>,
    core: &dyn Decide,
) -> Result<Outcome, CommandError> {
    let staging = Staging::begin(&out.out, out.force)?;
    let mut runs = Vec::new();
    let demand = OnceCell::new();
    for experiment in experiments {
        let folder = staging.folder().join(folder_name(&experiment.config.name));
        let witness = Witness::new(core);
        let config = &experiment.config;
        let foresight = || -> Result<Foresight, CommandError> {
            let demand = if let Some(demand) = demand.get() {
                demand
            } else {
                let read = read_demand(&config.world, arrivals()?)?;
                demand.get_or_init(|| read)
            };
            Ok(Foresight::new(config, demand))
        };
        let entry = experiment.autoscaler;
        let mut autoscaler = entry.build(&config.policy, &witness, foresight)?;
        let run = make(experiment, arrivals()?, &folder, console, &mut *autoscaler);
        let run = run.map_err(|error| with_testimony(error, &witness, &out.out))?;
        writeln!(
            console.err,
            "{} {}",
            run.record.meta.name,
            headline(&run.record)
        )?;
        runs.push(run);
    }
    let records: Vec<&RunRecord> = runs.iter().map(|run| &run.record).collect();
    // All runs have the same load.
    let warning = records.first().and_then(|run| run.meta.load.gap_warning());
    if let Some(warning) = warning {
        writeln!(console.err, "warning: {warning}")?;
    }
    let summary = staging.folder().join("summary.json");
    write_file(&summary, |file| {
        write_summary(file, records.iter().copied())
    })?;
    let page = staging.folder().join("report.html");
    write_file(&page, |mut file| file.write_all(render(&runs).as_bytes()))?;
    let directory = staging.commit()?;
    match format {
        Format::Json => write_summary(&mut console.out, records)?,
        Format::Table => {
            table::print(&records, console)?;
            writeln!(
                console.out,
                "Report: {}",
                directory.join("report.html").display()
            )?;
        }
    }
    Ok(Outcome::Done)
}

fn make(
    experiment: &Experiment,
    arrivals: Box<dyn ArrivalSource>,
    folder: &Path,
    console: &Console<'_>,
    autoscaler: &mut dyn Autoscaler,
) -> Result<Run, CommandError> {
    fs::create_dir(folder).map_err(OutputError::io("make this folder", folder))?;
    let decisions = folder.join("decisions.jsonl");
    let file = File::create(&decisions).map_err(OutputError::io("make this file", &decisions))?;
    let mut sink = (
        DecisionsWriter::new(BufWriter::new(file)),
        ChangeLog::default(),
    );
    let bar = Bar::new(&experiment.config.name, console.interactive);
    let record = world::run(
        &experiment.config,
        arrivals,
        autoscaler,
        &mut sink,
        &mut |progress| bar.show(progress),
    )?;
    let (writer, log) = sink;
    writer
        .finish()
        .map_err(OutputError::io("write this file", &decisions))?;
    write_file(&folder.join("timeseries.csv"), |file| {
        write_timeseries(file, &record)
    })?;
    Ok(Run {
        record,
        changes: log.changes,
    })
}

/// One pass over the arrivals, in the intervals over which queries take rates: what is foreseen
/// is what will be read.
fn read_demand(world: &World, arrivals: Box<dyn ArrivalSource>) -> Result<Demand, TraceError> {
    let horizon = world.horizon.map(|span| span.0);
    match world.mode {
        Mode::Requests => Demand::read(arrivals, world.metrics.rate_window.0, horizon),
        Mode::Rates => Demand::read_rates(arrivals, world.metrics.rate_window.0, horizon),
    }
}

/// Adds to a violation how to repeat it.
fn with_testimony(error: CommandError, witness: &Witness<&dyn Decide>, out: &Path) -> CommandError {
    let CommandError::Violation(violation) = error else {
        return error;
    };
    match witness.testify(out) {
        Ok(Some(how)) => CommandError::Violation(format!("{violation}\n{how}")),
        Ok(None) => CommandError::Violation(violation),
        Err(unwritten) => CommandError::Violation(format!("{violation}\n{unwritten}")),
    }
}

fn write_file(path: &Path, write: impl FnOnce(File) -> io::Result<()>) -> Result<(), OutputError> {
    File::create(path)
        .and_then(write)
        .map_err(OutputError::io("write this file", path))
}

impl From<RunError> for CommandError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Violation(violation) => Self::Violation(violation.to_string()),
            other => Self::Inputs(vec![other.to_string()]),
        }
    }
}

impl From<TraceError> for CommandError {
    fn from(error: TraceError) -> Self {
        Self::Inputs(vec![error.to_string()])
    }
}
