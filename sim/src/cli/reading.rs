//! How a trace is read, and a live server as its source: the options that all commands with a trace share.

use std::fs;
use std::path::PathBuf;

use crate::time::Nanos;
use crate::trace::{
    Factor, Format, LlmService, Login, PointProcess, PrometheusQuery, TraceFiles, TraceOptions,
    Unit, WallTime,
};

/// How a trace is read.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Reading the trace")]
pub(super) struct Reading {
    /// The format, like rates or swf; docs/traces.md has all [default: told by the content]
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
    /// The label, tag or column of a foreign trace whose values are the workloads [default: all is one workload]
    #[arg(long, value_name = "LABEL")]
    workload_label: Option<String>,
    /// Mean service time where the trace has none, like 250ms
    #[arg(long, value_name = "SPAN")]
    service_mean: Option<Nanos>,
    /// Service time in a trace of a language model: of a request, and for each token of its prompt and of its answer
    #[arg(
        long,
        value_name = "BASE,CONTEXT,GENERATED",
        default_value = "50ms,100us,30ms"
    )]
    llm_service: LlmService,
    /// Files that tell how long the functions of an Azure Functions 2019 trace take
    #[arg(long, value_name = "FILE", num_args = 1..)]
    durations: Vec<PathBuf>,
    /// What samples of a metric say: requests per-second, or their count in a step
    #[arg(long, value_name = "UNIT", default_value = "per-second")]
    unit: Unit,
    /// The metric that counts requests, where a file has several [default: the only one]
    #[arg(long, value_name = "NAME")]
    metric: Option<String>,
    /// Width of a bin of rates [default: the usual distance of times]
    #[arg(long, value_name = "SPAN")]
    pub bin_width: Option<Nanos>,
    /// How much later than its arrival a request may stand in a trace that has requests in the order of their ends
    #[arg(long, value_name = "SPAN", default_value = "10m")]
    reorder_window: Nanos,
    /// How requests lie within the bins of rates: uniform or poisson [default: the trace's own, else poisson]
    #[arg(long, value_name = "PROCESS")]
    point_process: Option<PointProcess>,
}

impl Reading {
    pub(super) fn options(&self, seed: Option<u64>) -> TraceOptions {
        TraceOptions {
            format: self.format,
            workload: self.workload.clone(),
            workload_label: self.workload_label.clone(),
            scale: self.scale,
            time_scale: self.time_scale,
            point_process: self.point_process,
            seed,
            service_mean: self.service_mean,
            llm_service: self.llm_service,
            durations: self.durations.clone(),
            unit: self.unit,
            metric: self.metric.clone(),
            bin_width: self.bin_width,
            reorder_window: self.reorder_window,
            ..TraceOptions::default()
        }
    }
}

/// A running Prometheus that is asked for the trace.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Asking a Prometheus for the trace")]
pub(super) struct Live {
    /// The server, like <https://prometheus.example.com>
    #[arg(long, value_name = "URL", requires_all = ["query", "from", "until"])]
    prometheus: Option<String>,
    /// What to ask for: the rate of requests, like `sum(rate(http_requests_total[1m]))`
    #[arg(long, value_name = "PROMQL", requires = "prometheus")]
    query: Option<String>,
    /// When the load begins, like 2026-11-16T00:00:00Z
    #[arg(long, value_name = "TIME", requires = "prometheus")]
    from: Option<WallTime>,
    /// When it ends
    #[arg(long, value_name = "TIME", requires = "prometheus")]
    until: Option<WallTime>,
    /// Distance of samples
    #[arg(long, value_name = "SPAN", default_value = "1m")]
    step: Nanos,
    /// File with the bearer token that the server wants
    #[arg(long, value_name = "FILE", requires = "prometheus")]
    bearer_token_file: Option<PathBuf>,
    /// Environment variable with the bearer token
    #[arg(
        long,
        value_name = "NAME",
        requires = "prometheus",
        conflicts_with = "bearer_token_file"
    )]
    bearer_token_env: Option<String>,
    /// File with USER:PASSWORD where the server wants these
    #[arg(
        long,
        value_name = "FILE",
        requires = "prometheus",
        conflicts_with_all = ["bearer_token_file", "bearer_token_env"]
    )]
    basic_auth_file: Option<PathBuf>,
    /// Certificates, in PEM, of whom to believe about the server [default: the public authorities]
    #[arg(long, value_name = "FILE", requires = "prometheus")]
    ca_file: Option<PathBuf>,
}

impl Live {
    /// The server as reports name it; `None` where none is asked.
    pub(super) fn name(&self) -> Option<String> {
        self.query_with(None).map(|query| query.name())
    }

    /// Asks the server, where there is one.
    pub(super) fn fetch(&self) -> Option<Result<TraceFiles, String>> {
        self.prometheus.as_ref()?;
        let login = match self.login() {
            Ok(login) => login,
            Err(error) => return Some(Err(error)),
        };
        let query = self.query_with(login)?;
        Some(TraceFiles::fetch(&query).map_err(|error| error.to_string()))
    }

    fn query_with(&self, login: Option<Login>) -> Option<PrometheusQuery> {
        Some(PrometheusQuery {
            url: self.prometheus.clone()?,
            query: self.query.clone()?,
            from: self.from?,
            to: self.until?,
            step: self.step,
            login,
            ca_file: self.ca_file.clone(),
        })
    }

    fn login(&self) -> Result<Option<Login>, String> {
        let read = |path: &PathBuf| {
            fs::read_to_string(path)
                .map_err(|error| format!("{}: cannot be read: {error}", path.display()))
        };
        if let Some(path) = &self.bearer_token_file {
            return Ok(Some(Login::bearer(&read(path)?)));
        }
        if let Some(path) = &self.basic_auth_file {
            let login = Login::basic(&read(path)?);
            return login
                .map(Some)
                .map_err(|error| format!("{}: {error}", path.display()));
        }
        let Some(name) = &self.bearer_token_env else {
            return Ok(None);
        };
        match std::env::var(name) {
            Ok(text) => Ok(Some(Login::bearer(&text))),
            Err(_) => Err(format!(
                "the environment has no variable {name}; set it, or name a file (--bearer-token-file)"
            )),
        }
    }
}
