//! `what-if`: a recorded moment goes on, as it is and with something changed.

use std::path::PathBuf;

use super::experiment::{Experiment, Open, Out, Recorded, Report, simulate};
use super::inputs::Inputs;
use super::load::Load;
use super::moment::{Found, MomentArgs};
use super::progress::Bar;
use super::{CommandError, Console, Format, Outcome, what_if_page};
use crate::config::World;
use crate::experiment::parallel;
use crate::hosts::{Decide, Entry};
use crate::output::keep_input;
use crate::record::{InputName, RunRecord};
use crate::report::Run;
use crate::time::Nanos;
use crate::trace::ArrivalSource;
use crate::warnings::of_runs;
use crate::whatif::{
    Answer, CHANGED, Change, Continued, FaultLine, GivenLoad, LoseCluster, Prepared, PriceChange,
    Question, TrafficChange, Watch,
};

const EXAMPLES: &str = "\
Examples:
  spillway-sim what-if --decisions spillway-demo/spillway/decisions.jsonl --at 14:30 \\
      --world examples/demo/world.yaml --lose-cluster home --for 2h
  spillway-sim what-if --snapshot snapshot.json --policy policy.yaml --memory memory.json \\
      --load shop/web=12/s,250ms --traffic +100%/10m --price m6i.xlarge=x2
  spillway-sim what-if --decisions decisions.jsonl --world world.yaml --trace monday.csv \\
      --fault '{kind: slowBoot, cluster: eks, factor: 5, for: 30m}' --out what-if/";

/// Ask what happens after a recorded moment if a cluster is lost, a price changes or traffic grows
///
/// The moment goes on twice under the same random numbers: as it is, and with the changes. What the snapshot does not
/// say, such as what will arrive, comes from a world file, a trace or --load; whatever is assumed is printed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    moment: MomentArgs,
    /// What is known besides: how pods and metrics work, and what arrives; its start, nodes and replicas are the snapshot's
    #[arg(long, value_name = "FILE")]
    world: Option<PathBuf>,
    /// What arrives from now on and how long a request takes, where no world and no trace says it
    #[arg(long = "load", value_name = "WORKLOAD=RATE/s,SERVICE")]
    given: Vec<GivenLoad>,
    #[command(flatten)]
    changes: Changes,
    /// How long to look ahead
    #[arg(long = "for", value_name = "SPAN", default_value = "1h")]
    horizon: Nanos,
    /// Seed of every random draw [default: the world's, else 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    #[command(flatten)]
    load: Load,
    /// Directory for a whole report of both runs; an older report there is replaced, other files are not
    #[arg(long, value_name = "DIR", help_heading = "Report")]
    out: Option<PathBuf>,
    /// Write even where DIR holds other files, which are moved aside
    #[arg(long, requires = "out", help_heading = "Report")]
    force: bool,
}

/// What is changed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Changes")]
struct Changes {
    /// A cluster dies, at once or so long after the snapshot
    #[arg(long, value_name = "NAME[@SPAN]")]
    lose_cluster: Vec<LoseCluster>,
    /// A node group, or all of this name, costs more or less: +100%, x2 or 0.5
    #[arg(long, value_name = "TYPE=FACTOR[@SPAN]")]
    price: Vec<PriceChange>,
    /// Traffic grows or shrinks: x2/10m becomes twice as much within ten minutes
    #[arg(
        long,
        value_name = "[WORKLOAD=]FACTOR[/SPAN]",
        allow_hyphen_values = true
    )]
    traffic: Vec<TrafficChange>,
    /// Anything else that breaks: a line of `faults` as in a world file; without a time, at once
    #[arg(long, value_name = "LINE")]
    fault: Vec<FaultLine>,
}

impl Changes {
    fn all(&self) -> Vec<Change> {
        let lost = self.lose_cluster.iter().cloned().map(Change::LoseCluster);
        let prices = self.price.iter().cloned().map(Change::Price);
        let traffic = self.traffic.iter().cloned().map(Change::Traffic);
        let faults = self.fault.iter().cloned().map(Change::Fault);
        lost.chain(prices).chain(traffic).chain(faults).collect()
    }
}

pub(super) fn run(
    args: &Args,
    format: Format,
    console: &mut Console<'_>,
    core: &dyn Decide,
) -> Result<Outcome, CommandError> {
    let mut inputs = Inputs::default();
    let found = args.moment.read(&mut inputs, core);
    let policy = found.as_ref().map(|found| &found.policy);
    let world = args.world.as_ref().map(|path| inputs.world(path, policy));
    inputs.trace(&args.load, args.seed);
    let world = world.map_or(Some(None), |world| world.map(Some));
    let (found, world) = inputs.all(found.zip(world))?;
    let (recorded, prepared) = args.prepare(found, world)?;

    if let Some(out) = &args.out {
        for input in args.moment.files() {
            keep_input(input, out)?;
        }
    }
    let out = args.out.as_ref().map(|out| Out {
        out: out.clone(),
        force: args.force,
        timings: None,
    });
    let report = out.as_ref().map(Report::begin).transpose()?;
    let made = args.make(&recorded, &prepared, report.as_ref(), console, core)?;
    let side = |index: usize| {
        let (run, watch): &(Run, Watch) = made.get(index)?;
        Some((&run.record, watch))
    };
    let answer = side(0).map(|without| {
        let changes = args.changes.all();
        let assumed = prepared.assumed.clone();
        Answer::new(&recorded.snapshot, &changes, assumed, without, side(1))
    });
    let runs: Vec<Run> = made.into_iter().map(|(run, _)| run).collect();
    if let Some(report) = report {
        let page = report.write(&runs, None)?.join("report.html");
        writeln!(console.err, "Report: {}", page.display())?;
    }
    let records: Vec<&RunRecord> = runs.iter().map(|run| &run.record).collect();
    console.warn(of_runs(&records))?;
    if let Some(answer) = answer {
        match format {
            Format::Json => console.json(&answer)?,
            Format::Table => what_if_page::print(&answer, &mut console.out)?,
        }
    }
    Ok(Outcome::Done)
}

impl Args {
    fn prepare(
        &self,
        found: Found,
        world: Option<World>,
    ) -> Result<(Recorded, Prepared), CommandError> {
        let base = world.unwrap_or_else(|| World::of(&found.policy));
        let file = self.world.as_ref().map(|path| InputName {
            role: "world".to_owned(),
            name: path.display().to_string(),
        });
        let told = World {
            mode: self.load.mode.unwrap_or(base.mode),
            seed: self.seed.unwrap_or(base.seed),
            ..base
        };
        let recorded = Recorded {
            snapshot: found.snapshot.clone(),
            memory: found.memory.clone(),
        };
        let inputs = found.input.into_iter().chain(file).chain(self.load.name());
        let question = Question {
            snapshot: found.snapshot,
            policy: found.policy,
            doubts: found.doubts,
            memory: found.memory,
            dated: self.world.is_some(),
            world: told,
            traced: self.load.name().is_some(),
            given: self.given.clone(),
            changes: self.changes.all(),
            horizon: self.horizon,
            inputs: inputs.collect(),
        };
        let mut prepared = question.prepare().map_err(CommandError::Inputs)?;
        prepared.assumed.splice(0..0, found.assumed);
        Ok((recorded, prepared))
    }

    /// Makes one run, or both; they leave their files in the report, where there is one.
    fn make(
        &self,
        recorded: &Recorded,
        prepared: &Prepared,
        report: Option<&Report<'_>>,
        console: &Console<'_>,
        core: &dyn Decide,
    ) -> Result<Vec<(Run, Watch)>, CommandError> {
        let spillway = Entry::called("spillway").expect("the core is in the table");
        let configs = std::iter::once(&prepared.without).chain(&prepared.with);
        let experiments: Vec<Experiment> = configs
            .map(|config| Experiment {
                config: config.clone(),
                autoscaler: spillway.into(),
                from: Some(recorded.clone()),
            })
            .collect();
        let bar = Bar::new("asking", experiments.len(), console.interactive);
        let mut made = vec![None; experiments.len()];
        parallel::each(
            &experiments,
            parallel::cores(),
            |experiment| {
                let open: &Open<'_> = &|| self.open(prepared, experiment);
                let mut watch = Watch::default();
                if let Some(report) = report {
                    return report.make_watched(experiment, open, bar.run(), core, watch);
                }
                let record = simulate(experiment, open, &mut watch, bar.run(), core, None)?;
                let changes = Vec::new();
                Ok((Run { record, changes }, watch))
            },
            |index, run| {
                made[index] = Some(run);
                Ok::<_, CommandError>(())
            },
        )?;
        Ok(made.into_iter().flatten().collect())
    }

    /// What arrives in a run.
    fn open(
        &self,
        prepared: &Prepared,
        experiment: &Experiment,
    ) -> Result<Box<dyn ArrivalSource>, CommandError> {
        let changed = experiment.config.name == CHANGED;
        let growth = if changed {
            prepared.growth.clone()
        } else {
            Vec::new()
        };
        let source = self.load.open(&prepared.load, self.seed)?;
        let (offset, waiting) = (prepared.offset, &prepared.waiting);
        Ok(Box::new(Continued::new(
            source,
            offset,
            waiting,
            growth,
            &experiment.config,
        )))
    }
}
