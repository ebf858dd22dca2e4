//! `what-if`: a recorded moment goes on, as it is and with something changed.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

use super::experiment::{Experiment, Open, Out, Recorded, Report, simulate};
use super::inputs::Inputs;
use super::load::Load;
use super::progress::Bar;
use super::{CommandError, Console, Format, Outcome, what_if_page};
use crate::config::World;
use crate::decisions::{When, WhichTick, moment};
use crate::experiment::parallel;
use crate::hosts::{Decide, Entry};
use crate::record::{InputName, RunRecord};
use crate::time::Nanos;
use crate::whatif::{
    Answer, Change, Continued, FaultLine, GivenLoad, LoseCluster, Prepared, PriceChange, Question,
    TrafficChange, Watch,
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

/// Where the moment is recorded.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Moment")]
struct MomentArgs {
    /// A file that a run has written
    #[arg(
        long,
        value_name = "DECISIONS.JSONL",
        required_unless_present = "snapshot"
    )]
    decisions: Option<PathBuf>,
    /// The last tick at this time or before: of the day in UTC, or an instant [default: the last tick]
    #[arg(long, value_name = "TIME", requires = "decisions")]
    at: Option<When>,
    /// The tick of this number, counted from 1
    #[arg(long, value_name = "N", requires = "decisions", conflicts_with = "at")]
    tick: Option<u64>,
    /// What is: a snapshot as JSON
    #[arg(
        long,
        value_name = "FILE",
        requires = "policy",
        conflicts_with = "decisions"
    )]
    snapshot: Option<PathBuf>,
    /// What is wanted: a policy as JSON, or the Kubernetes objects as .yaml
    #[arg(long, value_name = "FILE", requires = "snapshot")]
    policy: Option<PathBuf>,
    /// What was: the memory of the decision before; nothing is remembered without it
    #[arg(long, value_name = "FILE", requires = "snapshot")]
    memory: Option<PathBuf>,
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

/// A moment as files have it.
struct Found {
    snapshot: Snapshot,
    policy: Policy,
    memory: Memory,
    input: Vec<InputName>,
    assumed: Option<String>,
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

    let experiments: Vec<Experiment> = std::iter::once(&prepared.without)
        .chain(&prepared.with)
        .map(|config| Experiment {
            config: config.clone(),
            autoscaler: Entry::called("spillway")
                .expect("the core is in the table")
                .into(),
            from: Some(recorded.clone()),
        })
        .collect();
    let out = args.out.as_ref().map(|out| Out {
        out: out.clone(),
        force: args.force,
    });
    let report = out.as_ref().map(Report::begin).transpose()?;
    let bar = Bar::new("asking", experiments.len(), console.interactive);
    let mut runs = vec![None; experiments.len()];
    parallel::each(
        &experiments,
        parallel::cores(),
        |experiment| {
            let open: &Open<'_> = &|| args.open(&prepared, experiment);
            match &report {
                Some(report) => {
                    let made =
                        report.make_watched(experiment, open, bar.run(), core, Watch::default());
                    made.map(|(run, watch)| (run.record.clone(), watch, Some(run)))
                }
                None => {
                    let mut watch = Watch::default();
                    let record = simulate(experiment, open, &mut watch, bar.run(), core, None)?;
                    Ok((record, watch, None))
                }
            }
        },
        |index, run| {
            runs[index] = Some(run);
            Ok::<_, CommandError>(())
        },
    )?;
    drop(bar);
    let runs: Vec<_> = runs.into_iter().flatten().collect();
    let side = |index: usize| {
        let (record, watch, _) = runs.get(index)?;
        Some((record as &RunRecord, watch))
    };
    let answer = side(0).map(|without| {
        let assumed = prepared.assumed.clone();
        Answer::new(
            &recorded.snapshot,
            &args.changes.all(),
            assumed,
            without,
            side(1),
        )
    });
    if let Some(answer) = &answer {
        match format {
            Format::Json => console.json(answer)?,
            Format::Table => what_if_page::print(answer, &mut console.out)?,
        }
    }
    if let Some(report) = report {
        let runs: Vec<_> = runs.into_iter().filter_map(|(.., run)| run).collect();
        let page = report.write(&runs, None)?.join("report.html");
        writeln!(console.err, "Report: {}", page.display())?;
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

    /// What arrives in a run.
    fn open(
        &self,
        prepared: &Prepared,
        experiment: &Experiment,
    ) -> Result<Box<dyn crate::trace::ArrivalSource>, CommandError> {
        let changed = prepared
            .with
            .as_ref()
            .is_some_and(|with| with.name == experiment.config.name);
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

impl MomentArgs {
    fn read(&self, inputs: &mut Inputs, core: &dyn Decide) -> Option<Found> {
        match (&self.decisions, &self.snapshot, &self.policy) {
            (Some(path), ..) => self.recorded(path, inputs, core),
            (None, Some(snapshot), Some(policy_file)) => {
                let policy = inputs.policy(policy_file);
                let snapshot_read = inputs.snapshot(snapshot, policy.as_ref());
                let memory = inputs.memory(self.memory.as_deref());
                let assumed = self.memory.is_none().then(|| {
                    "nothing is remembered of earlier ticks (--memory): what runs is adopted"
                        .to_owned()
                });
                let input = [
                    ("snapshot", Some(snapshot)),
                    ("policy", Some(policy_file)),
                    ("memory", self.memory.as_ref()),
                ];
                let input = input
                    .into_iter()
                    .filter_map(|(role, path)| named(role, path?));
                Some(Found {
                    snapshot: snapshot_read?,
                    policy: policy?,
                    memory: memory?,
                    input: input.collect(),
                    assumed,
                })
            }
            _ => None,
        }
    }

    fn recorded(&self, path: &PathBuf, inputs: &mut Inputs, core: &dyn Decide) -> Option<Found> {
        let which = match (self.at, self.tick) {
            (Some(at), _) => WhichTick::At(at),
            (None, Some(number)) => WhichTick::Number(number),
            (None, None) => WhichTick::Last,
        };
        let file = File::open(path).map_err(|error| format!("cannot be read: {error}"));
        let found = file.and_then(|file| {
            moment(BufReader::new(file), which, core).map_err(|error| error.to_string())
        });
        match found {
            Ok(found) => Some(Found {
                assumed: found.recorded_by.map(|versions| {
                    format!(
                        "the moment was recorded by core {}, and this is {}: decisions may differ from those recorded",
                        versions.core,
                        core.versions().core
                    )
                }),
                snapshot: found.snapshot,
                policy: found.policy,
                memory: found.memory,
                input: named("decisions", path).into_iter().collect(),
            }),
            Err(problem) => {
                inputs.problem(format_args!("{}: {problem}", path.display()));
                None
            }
        }
    }
}

fn named(role: &str, path: &std::path::Path) -> Option<InputName> {
    Some(InputName {
        role: role.to_owned(),
        name: path.display().to_string(),
    })
}
