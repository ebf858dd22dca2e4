//! `spillway-controller`.

use std::process::ExitCode;

use clap::Parser as _;
use spillway_controller::options::{Command, LogForm, Options};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let Command::Run(run) = Options::parse().command;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match run.log {
        LogForm::Json => log.json().init(),
        LogForm::Text => log.init(),
    }
    match spillway_controller::run::run(&run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
