//! `run`: one autoscaler over one trace.

use std::path::PathBuf;

use super::autoscaler::AutoscalerName;
use super::experiment::{Experiment, Out, execute};
use super::inputs::{Inputs, Setting};
use super::load::{Load, NO_LOAD};
use super::{CommandError, Console, Format, Outcome};
use crate::hosts::Decide;

const EXAMPLES: &str = "\
Examples:
  spillway-sim run --world world.yaml --policies clusters.yaml shop.yaml --trace monday.csv --out monday/
  spillway-sim run --world world.yaml --policies shop.yaml --trace elb.csv --service-mean 80ms \\
      --workload shop/web --scale 40 --autoscaler threshold-burst --out burst/";

/// Run one autoscaler over a trace and write a report
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The world: nodes, boot times, metrics
    #[arg(long, value_name = "FILE")]
    world: PathBuf,
    /// The Kubernetes objects of the clusters, the bursting rules and the workloads
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    policies: Vec<PathBuf>,
    /// What decides
    #[arg(long, value_name = "NAME", default_value = "spillway")]
    autoscaler: AutoscalerName,
    /// Seed of every random draw [default: the world's]
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
    let setting = Setting {
        name: args.autoscaler.name.to_owned(),
        world: &args.world,
        policies: args.policies.clone(),
        seed: args.seed,
        load: &args.load,
        named_by: None,
        no_load: Some(NO_LOAD.to_owned()),
    };
    let config = setting.read(&mut inputs);
    inputs.trace(&args.load, args.seed);
    let experiment = Experiment {
        config: inputs.all(config)?,
        autoscaler: args.autoscaler,
        from: None,
    };
    let arrivals = |made: &Experiment| args.load.open(&made.config.world, args.seed);
    let experiments = std::slice::from_ref(&experiment);
    execute(experiments, &arrivals, &args.out, format, console, core)
}
