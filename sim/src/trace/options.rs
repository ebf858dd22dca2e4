//! How a trace is to be read: what the caller says, and what the trace's own comments add to it.

use super::error::quoted;
use super::table::{Directive, Table};
use super::{Factor, Format, LlmService, PointProcess, ServiceDistribution};
use crate::time::Nanos;

/// How a trace is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceOptions {
    /// The format; `None` lets the header decide.
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
    /// Width of a bin; `None` takes the distance between the first two times of the file.
    pub bin_width: Option<Nanos>,
    /// Service time of requests to a language model.
    pub llm_service: LlmService,
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
            bin_width: None,
            llm_service: LlmService::default(),
        }
    }
}

/// What the caller and the comments of a trace together say.
pub(super) struct Settings {
    pub(super) point_process: PointProcess,
    pub(super) seed: u64,
}

impl Settings {
    /// The caller's word counts before that of the trace. Comments that are no settings are left alone.
    pub(super) fn resolve(
        options: &TraceOptions,
        directives: Vec<Directive>,
        table: &mut Table,
    ) -> Self {
        let (mut point_process, mut seed) = (options.point_process, options.seed);
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
                _ => None,
            };
            if let Some(right) = refused {
                let wrong = format!("{} is no such setting", quoted(value.as_bytes()));
                table.problems().add(line, Some(&key), wrong, right);
            }
        }
        Self {
            point_process: point_process.unwrap_or_default(),
            seed: seed.unwrap_or_default(),
        }
    }
}
