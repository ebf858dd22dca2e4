//! The load of a run from the command line: a trace and how to read it.

use std::path::PathBuf;

use super::CommandError;
use crate::config::World;
use crate::record::InputName;
use crate::time::Nanos;
use crate::trace::{
    ArrivalSource, Factor, Format, LlmService, PointProcess, Trace, TraceError, TraceOptions,
};

/// What is said where there is no load at all.
pub(super) const NO_LOAD: &str =
    "there is no load: name a --trace, or write `load` into the world file";

/// A trace and how to read it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Load")]
pub(super) struct Load {
    /// The requests, or their rates: a CSV file [default: the load that the world describes]
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// requests, rates, azure-llm or series [default: told by the header]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Multiplies the load: 0.5 is half of the requests, 40 makes 40 of each
    #[arg(
        long,
        value_name = "FACTOR",
        default_value = "1",
        allow_negative_numbers = true
    )]
    scale: Factor,
    /// Multiplies all times: 0.5 is twice as fast
    #[arg(
        long,
        value_name = "FACTOR",
        default_value = "1",
        allow_negative_numbers = true
    )]
    time_scale: Factor,
    /// The workload where the trace has no such column, as `namespace/name` or `name`; `default` is the policy's only one
    #[arg(long, value_name = "NAME", default_value = "default")]
    workload: String,
    /// Mean service time where the trace has none, like 250ms
    #[arg(long, value_name = "SPAN")]
    service_mean: Option<Nanos>,
    /// Width of a bin of rates, like 5m [default: what the first two times show]
    #[arg(long, value_name = "SPAN")]
    bin_width: Option<Nanos>,
    /// Service time in a trace of a language model: of a request, and for each token of its prompt and of its answer
    #[arg(
        long,
        value_name = "BASE,CONTEXT,GENERATED",
        default_value = "50ms,100us,30ms"
    )]
    llm_service: LlmService,
    /// How requests lie within the bins of rates: uniform or poisson [default: the trace's own, else poisson]
    #[arg(long, value_name = "PROCESS")]
    point_process: Option<PointProcess>,
}

impl Load {
    /// The load at its beginning: the trace, or what the world generates.
    pub(super) fn open(
        &self,
        world: &World,
        seed: Option<u64>,
    ) -> Result<Box<dyn ArrivalSource>, CommandError> {
        match self.trace(seed) {
            Some(trace) => Ok(Box::new(trace?)),
            None => match world.arrivals() {
                Ok(Some(arrivals)) => Ok(Box::new(arrivals)),
                Ok(None) => Err(CommandError::Inputs(vec![NO_LOAD.to_owned()])),
                Err(error) => Err(CommandError::Inputs(vec![error.to_string()])),
            },
        }
    }

    /// The trace at its beginning; `None` where none is named.
    pub(super) fn trace(&self, seed: Option<u64>) -> Option<Result<Trace, TraceError>> {
        let options = TraceOptions {
            format: self.format,
            workload: self.workload.clone(),
            scale: self.scale,
            time_scale: self.time_scale,
            point_process: self.point_process,
            seed,
            service_mean: self.service_mean,
            bin_width: self.bin_width,
            llm_service: self.llm_service,
            ..TraceOptions::default()
        };
        let path = self.trace.as_ref()?;
        Some(Trace::open(path, &options))
    }

    /// The trace as reports name it; `None` where none is named.
    pub(super) fn name(&self) -> Option<InputName> {
        let path = self.trace.as_ref()?;
        Some(InputName {
            role: "trace".to_owned(),
            name: path.display().to_string(),
        })
    }
}
