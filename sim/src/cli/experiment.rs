//! Runs and their report directory: what `run`, `compare` and `demo` have in common.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use spillway_solver::memory::Memory;
use spillway_solver::snapshot::Snapshot;

use super::autoscaler::AutoscalerName;
use super::progress::{Bar, RunBar};
use super::witness::Witness;
use super::{CommandError, Console, Format, Outcome, table, timings};
use crate::config::{Mode, RunConfig, World};
use spillway_records::{DecisionSink, DecisionsWriter};

use crate::decisions::ChangeLog;
use crate::experiment::{OverSeeds, parallel};
use crate::figures::RunTotals;
use crate::hosts::{Decide, Demand, Foresight, Spillway};
use crate::output::{
    OutputError, Staging, folder_name, write_summary, write_summary_over_seeds, write_timeseries,
};
use crate::record::RunRecord;
use crate::report::{Run, headline, render, render_over_seeds};
use crate::trace::{ArrivalSource, TraceError};
use crate::warnings::{self, Warning};
use crate::world::{self, RunError};

/// One run to be made.
#[derive(Clone, Debug)]
pub(super) struct Experiment {
    /// The world, the policy and the run's name.
    pub config: RunConfig,
    /// What decides.
    pub autoscaler: AutoscalerName,
    /// What the run goes on from; absent where it begins as the world file says.
    pub from: Option<Recorded>,
}

/// A recorded moment of a run under Spillway.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    /// What was observed.
    pub snapshot: Snapshot,
    /// What was remembered before it.
    pub memory: Memory,
}

/// Opens the load of a run from its beginning.
pub(super) type Arrivals<'a> =
    dyn Fn(&Experiment) -> Result<Box<dyn ArrivalSource>, CommandError> + Sync + 'a;

/// Opens the load of one run from its beginning.
pub(super) type Open<'a> = dyn Fn() -> Result<Box<dyn ArrivalSource>, CommandError> + 'a;

/// Where the report goes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Report")]
#[expect(
    clippy::struct_field_names,
    reason = "fields are named as the options are"
)]
pub(super) struct Out {
    /// Directory of the report; an older report there is replaced, other files are not
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Write even where DIR holds other files, which are moved aside
    #[arg(long)]
    pub force: bool,
    /// Also write where the time of the machine went, as JSON; no file of DIR has it, because it is never the same twice
    #[arg(long, value_name = "FILE")]
    pub timings: Option<PathBuf>,
}

/// Makes each run, writes the report and prints the table.
pub(super) fn execute(
    experiments: &[Experiment],
    arrivals: &Arrivals<'_>,
    out: &Out,
    format: Format,
    console: &mut Console<'_>,
    core: &dyn Decide,
) -> Result<Outcome, CommandError> {
    let report = Report::begin(out)?;
    let bar = Bar::new("running", experiments.len(), console.interactive);
    let mut runs: Vec<Option<Run>> = vec![None; experiments.len()];
    parallel::each(
        experiments,
        parallel::cores(),
        |experiment| report.make(experiment, &|| arrivals(experiment), bar.run(), core),
        |index, run| {
            runs[index] = Some(run);
            Ok::<_, CommandError>(())
        },
    )?;
    drop(bar);
    let runs: Vec<Run> = runs.into_iter().flatten().collect();
    report.publish(&runs, None, format, console)?;
    Ok(Outcome::Done)
}

/// A report directory that is being filled.
pub(super) struct Report<'a> {
    staging: Staging,
    out: &'a Out,
}

impl<'a> Report<'a> {
    pub(super) fn begin(out: &'a Out) -> Result<Self, CommandError> {
        Ok(Self {
            staging: Staging::begin(&out.out, out.force)?,
            out,
        })
    }

    /// Makes a run that leaves its files in the directory.
    pub(super) fn make(
        &self,
        experiment: &Experiment,
        open: &Open<'_>,
        bar: RunBar<'_>,
        core: &dyn Decide,
    ) -> Result<Run, CommandError> {
        let (run, ()) = self.make_watched(experiment, open, bar, core, ())?;
        Ok(run)
    }

    /// The same; `watch` sees its decisions too.
    pub(super) fn make_watched<W: DecisionSink>(
        &self,
        experiment: &Experiment,
        open: &Open<'_>,
        bar: RunBar<'_>,
        core: &dyn Decide,
        watch: W,
    ) -> Result<(Run, W), CommandError> {
        let folder = self.staging.folder();
        let folder = folder.join(folder_name(&experiment.config.name));
        fs::create_dir(&folder).map_err(OutputError::io("make this folder", &folder))?;
        let decisions = folder.join("decisions.jsonl");
        let file =
            File::create(&decisions).map_err(OutputError::io("make this file", &decisions))?;
        let log = ChangeLog::default();
        let mut sink = ((DecisionsWriter::new(BufWriter::new(file)), log), watch);
        let record = simulate(experiment, open, &mut sink, bar, core, Some(&self.out.out))?;
        let ((writer, log), watch) = sink;
        writer
            .finish()
            .map_err(OutputError::io("write this file", &decisions))?;
        write_file(&folder.join("timeseries.csv"), |file| {
            write_timeseries(file, &record)
        })?;
        let changes = log.changes;
        Ok((Run { record, changes }, watch))
    }

    /// Writes what is about all runs and puts the directory in its place, which is returned.
    pub(super) fn write(
        self,
        runs: &[Run],
        over: Option<&OverSeeds>,
    ) -> Result<PathBuf, CommandError> {
        let records: Vec<&RunRecord> = runs.iter().map(|run| &run.record).collect();
        let summary = self.staging.folder().join("summary.json");
        write_file(&summary, |file| summarize(file, &records, over))?;
        let page = self.staging.folder().join("report.html");
        let html = match over {
            Some(over) => render_over_seeds(runs, over),
            None => render(runs),
        };
        write_file(&page, |mut file| file.write_all(html.as_bytes()))?;
        Ok(self.staging.commit()?)
    }

    /// Writes what is about all runs, puts the directory in its place and prints the table.
    pub(super) fn publish(
        self,
        runs: &[Run],
        over: Option<&OverSeeds>,
        format: Format,
        console: &mut Console<'_>,
    ) -> Result<(), CommandError> {
        for run in runs {
            let name = &run.record.meta.name;
            writeln!(console.err, "{name} {}", headline(&run.record))?;
        }
        let records: Vec<&RunRecord> = runs.iter().map(|run| &run.record).collect();
        timings::print(&records, console)?;
        if let Some(path) = &self.out.timings {
            write_file(path, |file| timings::write(file, &records))?;
        }
        // All runs have the same load.
        let remarks = records
            .first()
            .map_or(&[][..], |run| &run.meta.load.remarks);
        for remark in remarks {
            writeln!(console.err, "note: {remark}")?;
        }
        console.warn(warnings::of_runs(&records))?;
        let directory = self.write(runs, over)?;
        match format {
            Format::Json => summarize(&mut console.out, &records, over)?,
            Format::Table => {
                match over {
                    Some(over) => table::print_over_seeds(over, console)?,
                    None => table::print(&records, console)?,
                }
                let page = directory.join("report.html");
                writeln!(console.out, "Report: {}", page.display())?;
            }
        }
        Ok(())
    }
}

fn summarize(
    out: impl io::Write,
    records: &[&RunRecord],
    over: Option<&OverSeeds>,
) -> io::Result<()> {
    let records = records.iter().copied();
    match over {
        Some(over) => write_summary_over_seeds(out, records, over),
        None => write_summary(out, records),
    }
}

/// What is left of a run that writes no files.
#[derive(Clone)]
pub(super) struct Brief {
    /// Its totals.
    pub totals: RunTotals,
    /// What a reader has to know of them.
    pub warnings: Vec<Warning>,
}

/// Makes a run that leaves nothing but its totals.
pub(super) fn totals(
    experiment: &Experiment,
    open: &Open<'_>,
    bar: RunBar<'_>,
    core: &dyn Decide,
) -> Result<Brief, CommandError> {
    let record = simulate(experiment, open, &mut (), bar, core, None)?;
    Ok(Brief {
        totals: (&record).into(),
        warnings: record.warnings,
    })
}

/// Makes a run. Of a decision that the checker does not accept, files are left beside `out` that repeat it.
pub(super) fn simulate(
    experiment: &Experiment,
    open: &Open<'_>,
    sink: &mut dyn DecisionSink,
    mut bar: RunBar<'_>,
    core: &dyn Decide,
    out: Option<&Path>,
) -> Result<RunRecord, CommandError> {
    let witness = Witness::new(core);
    let config = &experiment.config;
    let foresight = || -> Result<Foresight, CommandError> {
        Ok(Foresight::new(
            config,
            &read_demand(&config.world, open()?)?,
        ))
    };
    let entry = experiment.autoscaler;
    let mut progress = |progress| bar.show(progress);
    let mut autoscaler = entry.build(&config.policy, &witness, foresight)?;
    let made = match &experiment.from {
        None => world::run(config, open()?, autoscaler.as_mut(), sink, &mut progress),
        Some(Recorded { snapshot, memory }) => {
            let core = Spillway::new(&witness, config.policy.clone());
            let mut core = core.remembering(memory.clone());
            world::resume(config, snapshot, open()?, &mut core, sink, &mut progress)
        }
    };
    drop(autoscaler);
    made.map_err(|error| match (error.into(), out) {
        (CommandError::Violation(violation), Some(out)) => {
            CommandError::Violation(match witness.testify(out) {
                Ok(Some(how)) => format!("{violation}\n{how}"),
                Ok(None) => violation,
                Err(unwritten) => format!("{violation}\n{unwritten}"),
            })
        }
        (error, _) => error,
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

/// Writes a file of a report.
pub(super) fn write_file(
    path: &Path,
    write: impl FnOnce(File) -> io::Result<()>,
) -> Result<(), OutputError> {
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
