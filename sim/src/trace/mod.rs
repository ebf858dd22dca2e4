//! Traces of load: files read as a stream of arrivals, in order, with memory that does not grow with the file.
//!
//! A reader says everything that is wrong with a file, not only the first thing, and never guesses: what is unknown
//! stays unknown and is counted in [`TraceNotes`]. What becomes of an arrival is not this module's subject.

mod access_log;
mod arrivals;
mod azure_2019;
mod azure_2021;
mod clock;
mod content;
mod convert;
mod counted;
mod ended;
mod error;
mod factor;
mod files;
mod foreign;
mod format;
mod inflow;
mod input;
mod inspect;
mod json_rows;
mod k6;
mod lines;
mod load_metric;
mod metric_lines;
mod names;
mod notes;
mod open_metrics;
mod options;
mod plot;
mod prometheus;
mod rate;
mod request;
mod resample;
mod scale;
mod scaled_bins;
mod separated;
mod series;
mod service;
mod sniff;
mod swf;
mod table;

use std::io::Read;
use std::path::Path;

pub use arrivals::{
    BinArrivals, BinSource, ParsePointProcessError, PointProcess, RateBin, Sampling,
};
pub use content::Content;
pub use convert::{ConvertError, write_rates, write_requests};
pub use counted::CountedRequests;
pub use error::{Problem, Problems, TraceError};
pub use factor::{Factor, ParseFactorError};
pub use files::TraceFiles;
pub use format::{Format, ParseFormatError};
pub use inflow::{Inflow, Inflows};
pub use input::STDIN;
pub use input::plain;
pub use inspect::{InspectedWorkload, Inspection, Rates};
pub use notes::{Gap, Gaps, HeadLine, TraceNotes};
pub use options::{ParseUnitError, TraceOptions, Unit};
pub use plot::{Column, draw, short};
pub use prometheus::{Login, ParseLoginError, ParseWallTimeError, PrometheusQuery, WallTime};
pub use request::{LlmService, ParseLlmServiceError};
pub use resample::{Blocks, Drawn, ResampleError};
pub use service::ServiceDistribution;

use crate::time::Nanos;

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

    /// The bins from which arrivals are drawn, and how they would be, for who wants rates and takes no arrival; `None` where the source has single requests.
    fn bins(&mut self) -> Option<(&mut dyn BinSource, Sampling)> {
        None
    }
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

    fn bins(&mut self) -> Option<(&mut dyn BinSource, Sampling)> {
        (**self).bins()
    }
}

/// A trace being read.
pub struct Trace(Box<dyn ArrivalSource + Send>);

impl Trace {
    /// Opens a file and reads its beginning.
    ///
    /// # Errors
    ///
    /// Where the file cannot be opened, or its beginning or settings are not understood.
    pub fn open(path: &Path, options: &TraceOptions) -> Result<Self, TraceError> {
        Content::open(&[path], options).map(Self::from)
    }

    /// Reads the beginning of a trace from anywhere; `name` stands for the file in messages.
    ///
    /// # Errors
    ///
    /// Where the input cannot be read, or its beginning or settings are not understood.
    pub fn read(
        name: &str,
        input: impl Read + Send + 'static,
        options: &TraceOptions,
    ) -> Result<Self, TraceError> {
        Content::read(vec![(name.to_owned(), Box::new(input))], options).map(Self::from)
    }
}

impl From<Content> for Trace {
    fn from(content: Content) -> Self {
        Self(content.into_arrivals())
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

    fn bins(&mut self) -> Option<(&mut dyn BinSource, Sampling)> {
        self.0.bins()
    }
}
