//! Traces of load: files read as a stream of arrivals, in order, with memory that does not grow with the file.
//!
//! A reader says everything that is wrong with a file, not only the first thing, and never guesses: what is unknown
//! stays unknown and is counted in [`TraceNotes`]. What becomes of an arrival is not this module's subject.

mod arrivals;
mod clock;
mod error;
mod factor;
mod format;
mod lines;
mod names;
mod notes;
mod options;
mod rate;
mod request;
mod scale;
mod service;
mod table;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use arrivals::{
    BinArrivals, BinSource, ParsePointProcessError, PointProcess, RateBin, Sampling,
};
pub use error::{LISTED_PROBLEMS, Problem, Problems, TraceError};
pub use factor::{Factor, ParseFactorError};
pub use format::{Format, ParseFormatError};
pub use notes::{Gap, Gaps, TraceNotes};
pub use options::TraceOptions;
pub use request::{LlmService, ParseLlmServiceError};
pub use service::ServiceDistribution;

use crate::time::Nanos;
use options::Settings;
use rate::RateRows;
use request::RequestRows;
use scale::ScaledRequests;
use table::Table;

/// One request on its way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// When it arrives.
    pub at: Nanos,
    /// How long a replica works on it.
    pub service: Nanos,
    /// Number of its workload; the name is in [`ArrivalSource::workloads`].
    pub workload: u32,
    /// Number of its class; the name is in [`ArrivalSource::classes`], 0 is "none".
    pub class: u32,
    /// Bytes of its answer, for egress; 0 where the trace does not say.
    pub bytes: u64,
}

/// Arrivals in order of time.
pub trait ArrivalSource {
    /// The next arrival, an error after which there is none, or the end.
    fn next(&mut self) -> Option<Result<Arrival, TraceError>>;

    /// Names of the workloads seen so far, by number. New ones appear as the trace is read.
    fn workloads(&self) -> &[String];

    /// The line of a file in which a workload appears first; `None` where it has none.
    fn workload_line(&self, number: usize) -> Option<u64> {
        let _ = number;
        None
    }

    /// Names of the classes seen so far, by number; empty where the source has no classes.
    fn classes(&self) -> &[String];

    /// What a report must say about the source; complete once the source is at its end.
    fn notes(&self) -> TraceNotes;
}

impl<S: ArrivalSource + ?Sized> ArrivalSource for Box<S> {
    fn next(&mut self) -> Option<Result<Arrival, TraceError>> {
        (**self).next()
    }

    fn workloads(&self) -> &[String] {
        (**self).workloads()
    }

    fn workload_line(&self, number: usize) -> Option<u64> {
        (**self).workload_line(number)
    }

    fn classes(&self) -> &[String] {
        (**self).classes()
    }

    fn notes(&self) -> TraceNotes {
        (**self).notes()
    }
}

/// A trace being read.
pub struct Trace(Box<dyn ArrivalSource + Send>);

impl Trace {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    ///
    /// Where the file cannot be opened, or its header or settings are not understood.
    pub fn open(path: &Path, options: &TraceOptions) -> Result<Self, TraceError> {
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => Self::read(&name, file, options),
            Err(source) => Err(TraceError::Io { file: name, source }),
        }
    }

    /// Reads the header of a trace from anywhere; `name` stands for the file in messages.
    ///
    /// # Errors
    ///
    /// Where the input cannot be read, or its header or settings are not understood.
    pub fn read(
        name: &str,
        input: impl Read + Send + 'static,
        options: &TraceOptions,
    ) -> Result<Self, TraceError> {
        let (mut table, header, directives) = Table::open(name, Box::new(input), options.format)?;
        let Settings {
            point_process,
            seed,
        } = Settings::resolve(options, directives, &mut table);
        let notes = TraceNotes {
            source: name.to_owned(),
            format: Some(header.format),
            ..TraceNotes::default()
        };
        Ok(Self(match header.format {
            Format::Rates | Format::Series => {
                let sampling = Sampling {
                    point_process,
                    service: options.service,
                    seed,
                };
                Box::new(BinArrivals::new(
                    RateRows::new(table, &header, options)?,
                    sampling,
                    notes,
                ))
            }
            Format::Requests | Format::AzureLlm => {
                let rows = RequestRows::new(table, &header, options)?;
                Box::new(ScaledRequests::new(rows, options, seed, notes))
            }
        }))
    }
}

impl ArrivalSource for Trace {
    fn next(&mut self) -> Option<Result<Arrival, TraceError>> {
        self.0.next()
    }

    fn workloads(&self) -> &[String] {
        self.0.workloads()
    }

    fn workload_line(&self, number: usize) -> Option<u64> {
        self.0.workload_line(number)
    }

    fn classes(&self) -> &[String] {
        self.0.classes()
    }

    fn notes(&self) -> TraceNotes {
        self.0.notes()
    }
}
