//! `compare`: several autoscalers, or several policies, over one trace.

use std::path::PathBuf;

use super::autoscaler::AutoscalerName;
use super::experiment::{Experiment, Out, execute};
use super::inputs::{Inputs, Setting};
use super::load::Load;
use super::{CommandError, Console, Format, Outcome};
use crate::hosts::Decide;

const EXAMPLES: &str = "\
Examples:
  spillway-sim compare --world world.yaml --policies shop.yaml --trace monday.csv \\
      --autoscaler spillway threshold-burst private-only --out monday/
  spillway-sim compare --world world.yaml --policies clusters.yaml shop.yaml \\
      --variant no-spot.yaml half-spot.yaml --trace monday.csv --out spot/";

/// Run several autoscalers or policies over the same trace and seed, and write one report
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
            seed: args.seed,
            load: &args.load,
        };
        let Some(config) = setting.read(&mut inputs) else {
            continue;
        };
        for autoscaler in &args.autoscaler {
            let mut config = config.clone();
            config.name = name(args, variant, *autoscaler);
            experiments.push(Experiment {
                config,
                autoscaler: *autoscaler,
            });
        }
    }
    inputs.trace(&args.load, args.seed);
    inputs.distinct(
        experiments
            .iter()
            .map(|experiment| experiment.config.name.as_str()),
    );
    let experiments = inputs.all(Some(experiments))?;
    let arrivals = || args.load.open(&experiments[0].config.world, args.seed);
    execute(&experiments, &arrivals, &args.out, format, console, core)
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
