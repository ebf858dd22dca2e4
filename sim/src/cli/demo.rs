//! `demo`: an example that needs no files.

use std::path::PathBuf;

use super::autoscaler::AutoscalerName;
use super::experiment::{Experiment, Out, execute};
use super::inputs::Inputs;
use super::{CommandError, Console, Format, Outcome};
use crate::config::{RunConfig, World};
use crate::generate::{Pattern, Plan, Shape};
use crate::hosts::Decide;
use crate::record::InputName;
use crate::time::Nanos;
use crate::trace::{ArrivalSource, PointProcess, Sampling, ServiceDistribution};

const EXAMPLES: &str = "\
Examples:
  spillway-sim demo
  spillway-sim demo --out /tmp/demo --output json";

const OBJECTS: &str = include_str!("demo/objects.yaml");
const WORLD: &str = include_str!("demo/world.yaml");

/// What is compared.
const AUTOSCALERS: [AutoscalerName; 3] = [
    AutoscalerName::Spillway,
    AutoscalerName::ThresholdBurst,
    AutoscalerName::PrivateOnly,
];

/// Run an embedded example: a web shop's day on a private cloud that is too small, under three policies
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Directory of the report; an older report there is replaced, other files are not
    #[arg(long, value_name = "DIR", default_value = "spillway-demo")]
    out: PathBuf,
    /// Write even where DIR holds other files, which are moved aside
    #[arg(long)]
    force: bool,
}

pub(super) fn run(
    args: &Args,
    format: Format,
    console: &mut Console<'_>,
    core: &dyn Decide,
) -> Result<Outcome, CommandError> {
    let mut inputs = Inputs::default();
    let world = World::read("demo/world.yaml", WORLD);
    let world = world.map_err(|error| inputs.problem(error)).ok();
    let policy = inputs.objects_of([("demo/objects.yaml".to_owned(), OBJECTS.to_owned())]);
    let (world, policy) = inputs.all(world.zip(policy))?;
    let seed = world.seed;
    let experiments = AUTOSCALERS.map(|autoscaler| Experiment {
        config: RunConfig {
            name: autoscaler.as_str().to_owned(),
            inputs: vec![InputName {
                role: "world, policy and load".to_owned(),
                name: "embedded".to_owned(),
            }],
            world: world.clone(),
            policy: policy.clone(),
        },
        autoscaler,
    });
    let out = Out {
        out: args.out.clone(),
        force: args.force,
    };
    let arrivals = || {
        let sampling = Sampling {
            point_process: PointProcess::Poisson,
            service: ServiceDistribution::default(),
            seed,
        };
        let arrivals = day()
            .arrivals(sampling)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect())
            .map_err(CommandError::Inputs)?;
        Ok(Box::new(arrivals) as Box<dyn ArrivalSource>)
    };
    execute(&experiments, &arrivals, &out, format, console, core)
}

/// A made-up shop's day: visitors by day and night, and orders that pile up when a sale begins at noon.
fn day() -> Plan {
    let day = Nanos::from_secs(86_400);
    Plan {
        patterns: vec![
            Pattern {
                workload: "shop/web".to_owned(),
                shape: Shape::Diurnal {
                    mean_per_s: 40.0,
                    amplitude: 0.75,
                    period: day,
                    phase: Nanos::from_secs(9 * 3_600),
                },
                service_mean: Nanos::from_millis(400),
            },
            Pattern {
                workload: "shop/orders".to_owned(),
                shape: Shape::FlashSale {
                    base_per_s: 5.0,
                    peak_per_s: 60.0,
                    at: Nanos::from_secs(12 * 3_600),
                    decay: Nanos::from_secs(2_400),
                },
                service_mean: Nanos::from_millis(200),
            },
        ],
        duration: day,
        bin_width: Nanos::from_secs(60),
    }
}
