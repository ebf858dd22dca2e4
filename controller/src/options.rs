//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use spillway_crds::text::TimeSpan;

/// Fills the private cloud first, spills to EKS, and brings replicas home.
#[derive(Debug, Parser)]
#[command(name = "spillway-controller", version)]
pub struct Options {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Runs the controller until it is told to end.
    Run(Run),
}

/// How the controller runs.
#[derive(Debug, clap::Args)]
pub struct Run {
    /// Kubeconfig of the home cluster, where Spillway's own objects are. Default: the cluster whose pod this is.
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Namespace of the Leases, in each cluster, and of the memory, at home.
    #[arg(long, default_value = "spillway-system")]
    pub namespace: String,
    /// Address of Prometheus, such as `http://prometheus.monitoring:9090`. Without one every query counts as failed.
    #[arg(long, value_name = "URL")]
    pub prometheus: Option<String>,
    /// Distance of ticks. HPA's is 15s.
    #[arg(long, default_value = "15s", value_parser = time_span)]
    pub tick: Duration,
    /// Where /metrics, /healthz and /readyz are served.
    #[arg(long, default_value = "0.0.0.0:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// Folder for decision records, which `spillway-sim replay` decides again. Without one nothing is recorded.
    #[arg(long, value_name = "FOLDER")]
    pub records: Option<PathBuf>,
    /// Decides and reports, and writes to no target.
    #[arg(long)]
    pub observe: bool,
    /// Form of the log.
    #[arg(long, value_enum, default_value = "json")]
    pub log: LogForm,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LogForm {
    /// A JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Reads a time in the words of our API, such as `15s`.
fn time_span(text: &str) -> Result<Duration, String> {
    let millis = TimeSpan(text.to_owned())
        .millis()
        .map_err(|error| error.to_string())?;
    if millis.0 < 100 {
        return Err(format!(
            "`{text}` is too short: a tick asks every cluster; write 1s or more"
        ));
    }
    Ok(Duration::from_millis(millis.0))
}
