//! The load of a run from the command line: a trace and how to read it.

use std::path::PathBuf;

use crate::record::InputName;
use crate::time::Nanos;
use crate::trace::{ArrivalSource, Factor, Format, PointProcess, Trace, TraceError, TraceOptions};

/// A trace and how to read it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Load")]
pub(super) struct Load {
    /// The requests, or their rates: a CSV file
    #[arg(long, value_name = "FILE")]
    trace: PathBuf,
    /// requests, rates, azure-llm or series [default: told by the header]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Multiplies the load: 0.5 is half of the requests
    #[arg(long, value_name = "FACTOR", default_value = "1")]
    scale: Factor,
    /// Multiplies all times: 0.5 is twice as fast
    #[arg(long, value_name = "FACTOR", default_value = "1")]
    time_scale: Factor,
    /// The workload where the trace has no such column
    #[arg(long, value_name = "NAME", default_value = "default")]
    workload: String,
    /// Mean service time where the trace has none, like 250ms
    #[arg(long, value_name = "SPAN")]
    service_mean: Option<Nanos>,
    /// How requests lie within the bins of rates: uniform or poisson [default: the trace's own, else poisson]
    #[arg(long, value_name = "PROCESS")]
    point_process: Option<PointProcess>,
}

impl Load {
    /// Opens the trace at its beginning.
    pub(super) fn open(&self, seed: Option<u64>) -> Result<Box<dyn ArrivalSource>, TraceError> {
        let options = TraceOptions {
            format: self.format,
            workload: self.workload.clone(),
            scale: self.scale,
            time_scale: self.time_scale,
            point_process: self.point_process,
            seed,
            service_mean: self.service_mean,
            ..TraceOptions::default()
        };
        Ok(Box::new(Trace::open(&self.trace, &options)?))
    }

    /// The trace as reports name it.
    pub(super) fn name(&self) -> InputName {
        InputName {
            role: "trace".to_owned(),
            name: self.trace.display().to_string(),
        }
    }
}
