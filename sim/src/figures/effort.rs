//! How good forecasts were, and what it took to find the decisions.

use super::common::share;
use super::{Figure, Of, Unit};
use crate::record::SolverWork;
use crate::report::units::approx;

pub(super) const FIGURES: &[Figure] = &[
    Figure::new(
        "forecastErrorReplicas",
        Unit::Count,
        "size of what was forecast less what came, mean over time",
        Of::Each(|of| Some(of.forecast?.forecast_error_replicas)),
    ),
    Figure::new(
        "forecastBiasReplicas",
        Unit::Count,
        "the same with its sign: above 0 where too much was expected",
        Of::Each(|of| Some(of.forecast?.bias_replicas)),
    ),
    Figure::new(
        "controlErrorReplicas",
        Unit::Count,
        "size of Ready replicas less the forecast, mean over time",
        Of::Each(|of| Some(of.forecast?.control_error_replicas)),
    ),
    Figure::new(
        "solves",
        Unit::Count,
        "placements that were solved and not reused",
        Of::Run(|run| Some(approx(solves(&run.solver?)))),
    ),
    Figure::new(
        "reusedPercent",
        Unit::Percent,
        "decisions whose placement is the last one's, of those with something to place",
        Of::Run(|run| {
            let work = run.solver?;
            share(work.reused, work.reused + solves(&work))
        }),
    ),
    Figure::new(
        "gapMeanPercent",
        Unit::Percent,
        "how far models not solved exactly may be above the least, certified; mean",
        Of::Run(|run| Some(run.solver?.gap?.mean_percent)),
    ),
    Figure::new(
        "gapMaxPercent",
        Unit::Percent,
        "likewise, largest",
        Of::Run(|run| Some(run.solver?.gap?.most_percent)),
    ),
];

fn solves(work: &SolverWork) -> u64 {
    work.exact + work.rounded + work.greedy
}
