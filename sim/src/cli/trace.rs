//! `trace`: what is in a trace, and the same trace in another format.

use std::path::PathBuf;

use super::reading::{Live, Reading};
use super::{CommandError, Console, Format, Outcome, convert, inspect};
use crate::trace::{Content, TraceFiles, TraceOptions};

const EXAMPLES: &str = "\
Examples:
  spillway-sim trace inspect monday.csv.gz
  spillway-sim trace convert access.log.1.gz access.log --to rates --bin-width 1m --out monday.csv";

/// Look into a trace, or write it in another format
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Inspect(inspect::Args),
    Convert(convert::Args),
}

/// The trace of such a command.
#[derive(Debug, clap::Args)]
pub(super) struct Source {
    /// Files that together are one trace, or - for the standard input
    #[arg(
        value_name = "FILE",
        required_unless_present = "prometheus",
        conflicts_with = "prometheus"
    )]
    files: Vec<PathBuf>,
    /// Seed of every random draw [default: the trace's own, else 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    #[command(flatten)]
    pub reading: Reading,
    #[command(flatten)]
    live: Live,
}

impl Source {
    /// The trace at its beginning, with the files that it is read from.
    pub(super) fn open(
        &self,
        service_mean_may_lack: bool,
    ) -> Result<(Content, TraceFiles), CommandError> {
        let files = match self.live.fetch() {
            Some(fetched) => fetched.map_err(|error| CommandError::Inputs(vec![error]))?,
            None => TraceFiles::of(&self.files)?,
        };
        let options = TraceOptions {
            service_mean_may_lack,
            ..self.reading.options(self.seed)
        };
        Ok((files.open(&options)?, files))
    }
}

pub(super) fn run(
    args: &Args,
    format: Format,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    match &args.command {
        Command::Inspect(args) => inspect::run(args, format, console),
        Command::Convert(args) => convert::run(args, format, console),
    }
}
