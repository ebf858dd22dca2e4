//! `compare`: several autoscalers, or several policies, over one trace.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use super::autoscaler::AutoscalerName;
use super::experiment::{self, Experiment, Out, Report};
use super::inputs::{Inputs, Setting};
use super::load::{Load, NO_LOAD};
use super::progress::Bar;
use super::{CommandError, Console, Format, Outcome};
use crate::experiment::statistics::Sampled;
use crate::experiment::{Condition, OverSeeds, Seeds, parallel};
use crate::figures::RunTotals;
use crate::hosts::Decide;
use crate::report::Run;
use crate::time::Nanos;
use crate::trace::{ArrivalSource, Blocks};

const EXAMPLES: &str = "\
Examples:
  spillway-sim compare --world world.yaml --policies shop.yaml --trace monday.csv \\
      --autoscaler spillway threshold-burst private-only --out monday/
  spillway-sim compare --world world.yaml --policies clusters.yaml shop.yaml \\
      --variant no-spot.yaml half-spot.yaml --trace monday.csv --out spot/
  spillway-sim compare --world world.yaml --policies shop.yaml --autoscaler threshold-burst spillway \\
      --seeds 1..10 --fail-if 'cost > +5%' --fail-if 'late > +0.5 points' --out seeds/
  spillway-sim compare --world world.yaml --policies shop.yaml --autoscaler threshold-burst spillway \\
      --trace month.csv --mode rates --seeds 1..40 --resample-blocks 1d --out traffic/";

/// Run several autoscalers or policies over the same trace and seeds, and write one report
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The world: nodes, boot times, metrics
    #[arg(long, value_name = "FILE")]
    world: PathBuf,
    /// The Kubernetes objects that all runs share
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    policies: Vec<PathBuf>,
    /// A run for each of these files, which are added to the shared objects
    #[arg(long, value_name = "FILE", num_args = 1..)]
    variant: Vec<PathBuf>,
    /// A run for each of these
    #[arg(long, value_name = "NAME", num_args = 1.., default_values = ["spillway"])]
    autoscaler: Vec<AutoscalerName>,
    /// Seed of every random draw, the same for all runs [default: the world's]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Several seeds, like 1..10 or 1,2,5: each run under each of them, means with 95 % intervals
    #[arg(long, value_name = "LIST", conflicts_with = "seed")]
    seeds: Option<Seeds>,
    /// Draw the trace anew under each seed, from its own blocks of this length, like 1h: intervals are then about the
    /// traffic, and not about this one recording of it
    #[arg(long, value_name = "SPAN", requires = "seeds")]
    resample_blocks: Option<Nanos>,
    /// The run that the others are compared with [default: the first]
    #[arg(long, value_name = "NAME")]
    baseline: Option<String>,
    /// Exit code 1 where a run's mean differs so from the baseline's, like 'cost > +5%' or 'late > +0.5 points'
    #[arg(long, value_name = "CONDITION")]
    fail_if: Vec<String>,
    /// Runs at the same time; changes no result [default: as many as there are cores]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    load: Load,
    #[command(flatten)]
    out: Out,
}

pub(super) fn run(
    args: &Args,
    format: Format,
    console: &mut Console<'_>,
    core: &dyn Decide,
) -> Result<Outcome, CommandError> {
    let mut inputs = Inputs::default();
    let experiments = experiments(args, &mut inputs);
    let names: Vec<String> = experiments
        .iter()
        .map(|experiment| experiment.config.name.clone())
        .collect();
    let blocks = blocks(args, &mut inputs);
    inputs.distinct(names.iter().map(String::as_str));
    let baseline = baseline(args, &names, &mut inputs);
    let conditions = conditions(args, &mut inputs);
    let experiments = inputs.all(Some(experiments))?;

    let jobs = jobs(args, &experiments);
    let report = Report::begin(&args.out)?;
    let bar = Bar::new("comparing", jobs.len(), console.interactive);
    let given = first_seed(args).is_some();
    let mut runs: Vec<Option<Run>> = vec![None; experiments.len()];
    let mut totals: Vec<Option<RunTotals>> = vec![None; jobs.len()];
    parallel::each(
        &jobs,
        args.jobs.unwrap_or_else(parallel::cores),
        |job| {
            let world = &job.experiment.config.world;
            let open = || match &blocks {
                Some(blocks) => Ok(Box::new(blocks.draw(world.seed)) as Box<dyn ArrivalSource>),
                None => args.load.open(world, given.then_some(world.seed)),
            };
            if job.leaves_files {
                let run = report.make(&job.experiment, &open, bar.run(), core)?;
                Ok(((&run.record).into(), Some(run)))
            } else {
                let brief = experiment::totals(&job.experiment, &open, bar.run(), core)?;
                Ok((brief.totals, None))
            }
        },
        |index, (of_run, run)| {
            totals[index] = Some(of_run);
            if let Some(run) = run {
                runs[index] = Some(run);
            }
            Ok::<_, CommandError>(())
        },
    )?;
    drop(bar);

    let runs: Vec<Run> = runs.into_iter().flatten().collect();
    let totals: Vec<RunTotals> = totals.into_iter().flatten().collect();
    let seeds: Vec<u64> = jobs
        .iter()
        .step_by(experiments.len().max(1))
        .map(|job| job.experiment.config.world.seed)
        .collect();
    let sampled = match &blocks {
        Some(_) => Sampled::Traffic,
        None => Sampled::Draws,
    };
    let over = OverSeeds::of(&names, &seeds, baseline, &totals, sampled);
    report.publish(&runs, args.seeds.as_ref().map(|_| &over), format, console)?;
    let met: Vec<String> = conditions
        .iter()
        .flat_map(|condition| condition.met(&over))
        .collect();
    for sentence in &met {
        writeln!(console.err, "failed: {sentence}")?;
    }
    Ok(if met.is_empty() {
        Outcome::Done
    } else {
        Outcome::Findings
    })
}

fn first_seed(args: &Args) -> Option<u64> {
    let several = args.seeds.as_ref();
    several.map_or(args.seed, |seeds| seeds.as_slice().first().copied())
}

/// Reads the trace whole where it is to be drawn anew, else its beginning.
fn blocks(args: &Args, inputs: &mut Inputs) -> Option<Arc<Blocks>> {
    let Some(block) = args.resample_blocks else {
        inputs.trace(&args.load, first_seed(args));
        return None;
    };
    match args.load.blocks(block) {
        Some(Ok(blocks)) => Some(Arc::new(blocks)),
        Some(Err(error)) => {
            inputs.problem(format_args!("--resample-blocks: {error}"));
            None
        }
        None => {
            inputs.problem(
                "--resample-blocks draws from a recorded trace: name one with --trace; the load of a world is drawn under \
                 each seed already",
            );
            None
        }
    }
}

/// A run for each variant and autoscaler.
fn experiments(args: &Args, inputs: &mut Inputs) -> Vec<Experiment> {
    let mut experiments = Vec::new();
    let variants: Vec<Option<&PathBuf>> = if args.variant.is_empty() {
        vec![None]
    } else {
        args.variant.iter().map(Some).collect()
    };
    for variant in variants {
        let setting = Setting {
            name: String::new(),
            world: &args.world,
            policies: args.policies.iter().chain(variant).cloned().collect(),
            seed: first_seed(args),
            load: &args.load,
            named_by: None,
            no_load: Some(NO_LOAD.to_owned()),
        };
        let Some(config) = setting.read(inputs) else {
            continue;
        };
        for autoscaler in &args.autoscaler {
            let mut config = config.clone();
            config.name = name(args, variant, *autoscaler);
            experiments.push(Experiment {
                config,
                autoscaler: *autoscaler,
                from: None,
            });
        }
    }
    experiments
}

/// A run under one seed.
struct Job {
    experiment: Experiment,
    /// Those of the first seed are in the report as a whole.
    leaves_files: bool,
}

/// Seed by seed all runs.
fn jobs(args: &Args, experiments: &[Experiment]) -> Vec<Job> {
    let mut jobs: Vec<Job> = experiments
        .iter()
        .map(|experiment| Job {
            experiment: experiment.clone(),
            leaves_files: true,
        })
        .collect();
    let seeds = args.seeds.as_ref().map_or(&[][..], Seeds::as_slice);
    for seed in seeds.iter().skip(1) {
        for experiment in experiments {
            let mut experiment = experiment.clone();
            experiment.config.world.seed = *seed;
            jobs.push(Job {
                experiment,
                leaves_files: false,
            });
        }
    }
    jobs
}

/// What ends with exit code 1; all that is wrong with them is told at once.
fn conditions(args: &Args, inputs: &mut Inputs) -> Vec<Condition> {
    let mut conditions = Vec::new();
    for text in &args.fail_if {
        match text.parse() {
            Ok(condition) => conditions.push(condition),
            Err(why) => inputs.problem(format_args!("--fail-if: {why}")),
        }
    }
    conditions
}

/// The place of the baseline among the runs.
fn baseline(args: &Args, names: &[String], inputs: &mut Inputs) -> usize {
    if !args.fail_if.is_empty() && names.len() == 1 {
        inputs.problem(
            "--fail-if compares runs, and there is one: name a second --autoscaler or --variant",
        );
    }
    let Some(baseline) = &args.baseline else {
        return 0;
    };
    let place = names.iter().position(|name| name == baseline);
    place.unwrap_or_else(|| {
        inputs.problem(format_args!(
            "--baseline: no run is called `{baseline}`; there are {}",
            names.join(", ")
        ));
        0
    })
}

/// What tells the run from the others.
fn name(args: &Args, variant: Option<&PathBuf>, autoscaler: AutoscalerName) -> String {
    let Some(variant) = variant else {
        return autoscaler.name.to_owned();
    };
    let stem = variant.file_stem().unwrap_or(variant.as_os_str());
    let stem = stem.to_string_lossy();
    if args.autoscaler.len() == 1 {
        stem.into_owned()
    } else {
        format!("{stem} {}", autoscaler.name)
    }
}
