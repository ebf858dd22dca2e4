//! The load of a run from the command line: a trace and how to read it.

use std::path::PathBuf;
use std::sync::OnceLock;

use super::CommandError;
use super::reading::{Live, Reading};
use crate::config::{Mode, World};
use crate::record::InputName;
use crate::time::Nanos;
use crate::trace::{ArrivalSource, Blocks, Content, Trace, TraceFiles};

/// The day by which people live.
const DAY: Nanos = Nanos::from_secs(86_400);

/// What is said where there is no load at all.
pub(super) const NO_LOAD: &str =
    "there is no load: name a --trace, or write `load` into the world file";

/// A trace and how to read it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Load")]
pub(super) struct Load {
    /// The requests, or their rates: files that together are one trace, or - for the standard input; gzip and zstd are
    /// unpacked [default: the load that the world describes]
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "prometheus")]
    trace: Vec<PathBuf>,
    /// How requests are simulated: one by one, or as a fluid, which takes seconds for months [default: the world's]
    #[arg(long, value_name = "MODE")]
    pub(super) mode: Option<Mode>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    live: Live,
    /// What can be read only once is read once, for all runs.
    #[arg(skip)]
    files: OnceLock<Result<TraceFiles, String>>,
}

impl Load {
    /// The load at its beginning: the trace, or what the world generates.
    pub(super) fn open(
        &self,
        world: &World,
        seed: Option<u64>,
    ) -> Result<Box<dyn ArrivalSource>, CommandError> {
        match self.content(seed) {
            Some(Ok(content)) => Ok(Box::new(Trace::from(content))),
            Some(Err(error)) => Err(CommandError::Inputs(vec![error])),
            None => match world.arrivals() {
                Ok(Some(arrivals)) => Ok(Box::new(arrivals)),
                Ok(None) => Err(CommandError::Inputs(vec![NO_LOAD.to_owned()])),
                Err(error) => Err(CommandError::Inputs(vec![error.to_string()])),
            },
        }
    }

    /// The trace at its beginning; `None` where none is named.
    pub(super) fn content(&self, seed: Option<u64>) -> Option<Result<Content, String>> {
        self.name()?;
        let files = self.files.get_or_init(|| match self.live.fetch() {
            Some(fetched) => fetched,
            None => TraceFiles::of(&self.trace).map_err(|error| error.to_string()),
        });
        let content = files.as_ref().map_err(Clone::clone).and_then(|files| {
            let options = self.reading.options(seed);
            files.open(&options).map_err(|error| error.to_string())
        });
        Some(content)
    }

    /// The trace, read whole to be drawn anew from its blocks; `None` where none is named.
    pub(super) fn blocks(&self, block: Nanos) -> Option<Result<Blocks, String>> {
        let content = self.content(None)?;
        let day = self.reading.options(None).time_scale.apply(DAY);
        Some(content.and_then(|content| {
            Blocks::read(content, block, day).map_err(|error| error.to_string())
        }))
    }

    /// The trace as reports name it; `None` where none is named.
    pub(super) fn name(&self) -> Option<InputName> {
        let names: Vec<String> = self
            .trace
            .iter()
            .map(|path| path.display().to_string())
            .chain(self.live.name())
            .collect();
        (!names.is_empty()).then(|| InputName {
            role: "trace".to_owned(),
            name: names.join(", "),
        })
    }
}
