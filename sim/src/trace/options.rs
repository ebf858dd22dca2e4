//! How a trace is to be read: what the caller says, and what the trace's own comments add to it.

use std::path::PathBuf;
use std::str::FromStr;

use super::error::quoted;
use super::table::{Directive, Table};
use super::{Factor, Format, LlmService, PointProcess, Sampling, ServiceDistribution};
use crate::time::Nanos;

/// How a trace is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceOptions {
    /// The format; `None` lets the content decide.
    pub format: Option<Format>,
    /// Name of the workload where the trace has no such column.
    pub workload: String,
    /// Multiplies the load: counts per bin, or the number of requests.
    pub scale: Factor,
    /// Multiplies all times since the start (0.5 is twice as fast); service times stay.
    pub time_scale: Factor,
    /// Point process of rates; `None` takes the trace's own `# point-process:`, then the default.
    pub point_process: Option<PointProcess>,
    /// Seed of everything drawn; `None` takes the trace's own `# seed:`, then 0.
    pub seed: Option<u64>,
    /// Service times of rates.
    pub service: ServiceDistribution,
    /// Mean service time of rates that have no column for it; must then be given, above zero.
    pub service_mean: Option<Nanos>,
    /// Whether rates may be read though nobody says how long a request takes: for who only looks at them. The mean is
    /// then zero.
    pub service_mean_may_lack: bool,
    /// Width of a bin; `None` takes the trace's own `# bin-width:`, then the distance of its first two times.
    pub bin_width: Option<Nanos>,
    /// Service time of requests to a language model.
    pub llm_service: LlmService,
    /// What a sample of a monitoring system says.
    pub unit: Unit,
    /// The metric that counts requests, in files that may have several; `None` takes the only one.
    pub metric: Option<String>,
    /// The label, tag or column whose values are the workloads; `None` makes all one.
    pub workload_label: Option<String>,
    /// Files of the Azure Functions trace of 2019 that tell how long functions take.
    pub durations: Vec<PathBuf>,
    /// How much later than a request's arrival its row may stand, where rows are written when requests end.
    pub reorder_window: Nanos,
}

/// What a sample of a monitoring system says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unit {
    /// Requests a second, as `rate()` gives them.
    #[default]
    PerSecond,
    /// Requests in the step that the sample ends, as `increase()` gives them.
    Count,
}

/// A text that names no unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a unit of samples: write per-second or count")]
pub struct ParseUnitError(String);

impl FromStr for Unit {
    type Err = ParseUnitError;

    fn from_str(text: &str) -> Result<Self, ParseUnitError> {
        match text {
            "per-second" => Ok(Self::PerSecond),
            "count" => Ok(Self::Count),
            _ => Err(ParseUnitError(text.to_owned())),
        }
    }
}

impl Default for TraceOptions {
    fn default() -> Self {
        Self {
            format: None,
            workload: "default".to_owned(),
            scale: Factor::ONE,
            time_scale: Factor::ONE,
            point_process: None,
            seed: None,
            service: ServiceDistribution::default(),
            service_mean: None,
            service_mean_may_lack: false,
            bin_width: None,
            llm_service: LlmService::default(),
            unit: Unit::default(),
            metric: None,
            workload_label: None,
            durations: Vec::new(),
            reorder_window: Nanos::from_secs(600),
        }
    }
}

/// What the caller and the comments of a trace together say.
pub(super) struct Settings {
    pub(super) point_process: PointProcess,
    pub(super) seed: u64,
    /// The width that the trace says its bins have, with the line.
    pub(super) bin_width: Option<(u64, Nanos)>,
}

impl Settings {
    /// What the caller says of a trace that has no settings of its own.
    pub(super) fn of(options: &TraceOptions) -> Self {
        Self {
            point_process: options.point_process.unwrap_or_default(),
            seed: options.seed.unwrap_or_default(),
            bin_width: None,
        }
    }

    /// How rates become requests.
    pub(super) fn sampling(&self, options: &TraceOptions) -> Sampling {
        Sampling {
            point_process: self.point_process,
            service: options.service,
            seed: self.seed,
        }
    }

    /// The caller's word counts before that of the trace. Comments that are no settings are left alone.
    pub(super) fn resolve(
        options: &TraceOptions,
        directives: &[Directive],
        table: &mut Table,
    ) -> Self {
        let (mut point_process, mut seed) = (options.point_process, options.seed);
        let mut bin_width = None;
        for Directive { line, key, value } in directives {
            let refused = match key.as_str() {
                "point-process" => match value.parse() {
                    Ok(parsed) => {
                        point_process.get_or_insert(parsed);
                        None
                    }
                    Err(_) => Some("write uniform or poisson"),
                },
                "seed" => match value.parse() {
                    Ok(parsed) => {
                        seed.get_or_insert(parsed);
                        None
                    }
                    Err(_) => Some("write a whole number from 0 to 18446744073709551615"),
                },
                "bin-width" => match value.parse() {
                    Ok(width) if width > Nanos::ZERO => {
                        bin_width.get_or_insert((*line, width));
                        None
                    }
                    _ => Some("write a span above zero, like 60s"),
                },
                _ => None,
            };
            if let Some(right) = refused {
                let wrong = format!("{} is no such setting", quoted(value.as_bytes()));
                table.problems().add(*line, Some(key), wrong, right);
            }
        }
        Self {
            point_process: point_process.unwrap_or_default(),
            seed: seed.unwrap_or_default(),
            bin_width,
        }
    }
}
