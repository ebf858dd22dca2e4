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
mod rate;
mod request;
mod scale;
mod service;
mod table;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Serialize;

pub use arrivals::{
    BinArrivals, BinSource, ParsePointProcessError, PointProcess, RateBin, Sampling,
};
pub use error::{LISTED_PROBLEMS, Problem, Problems, TraceError};
pub use factor::{Factor, ParseFactorError};
pub use format::{Format, ParseFormatError};
pub use request::LlmService;
pub use service::ServiceDistribution;

use crate::time::Nanos;
use rate::RateRows;
use request::RequestRows;
use scale::ScaledRequests;
use table::{Directive, Table};

/// Gaps that the notes list one by one.
const LISTED_GAPS: usize = 20;

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

    fn classes(&self) -> &[String] {
        (**self).classes()
    }

    fn notes(&self) -> TraceNotes {
        (**self).notes()
    }
}

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

/// What a report says about where its load came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TraceNotes {
    /// File or generator.
    pub source: String,
    /// Layout of the file; `None` for a generator.
    pub format: Option<Format>,
    /// Rows read so far, without header and comments.
    pub rows: u64,
    /// Milliseconds since 1970 of simulated time zero, where the trace says it.
    pub origin_unix_ms: Option<i64>,
    /// How rates became requests; `None` where the trace has single requests.
    pub point_process: Option<PointProcess>,
    /// Distribution of service times, where they are drawn.
    pub service: Option<ServiceDistribution>,
    /// Coefficients of the service time, where it is computed from tokens.
    pub llm_service: Option<LlmService>,
    /// Seed of what was drawn; `None` where nothing was.
    pub seed: Option<u64>,
    /// Width of a bin, scaled; `None` where there are none.
    pub bin_width: Option<Nanos>,
    /// Spans of which the trace says nothing.
    pub gaps: Gaps,
}

/// Spans between bins in which it is not known what arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Gaps {
    /// How many there are.
    pub count: u64,
    /// Bins that would have filled them; at least one a gap.
    pub missing_bins: u64,
    /// The first of them, at most 20.
    pub first: Vec<Gap>,
}

/// A span of which a trace of rates says nothing for one workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Number of the workload.
    pub workload: u32,
    /// End of the last bin before it.
    pub from: Nanos,
    /// Start of the first bin after it.
    pub to: Nanos,
}

impl Gaps {
    fn add(&mut self, missing_bins: u64, gap: Gap) {
        self.count += 1;
        self.missing_bins += missing_bins;
        if self.first.len() < LISTED_GAPS {
            self.first.push(gap);
        }
    }
}

/// A trace being read.
pub struct Trace(Rows);

enum Rows {
    Requests {
        rows: Box<RequestRows>,
        scaled: ScaledRequests,
        notes: TraceNotes,
    },
    Rates(Box<BinArrivals<RateRows>>),
}

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
        let settings = Settings::resolve(options, directives, &mut table);
        let notes = TraceNotes {
            source: name.to_owned(),
            format: Some(header.format),
            ..TraceNotes::default()
        };
        match header.format {
            Format::Rates | Format::Series => {
                let sampling = Sampling {
                    point_process: settings.point_process,
                    service: options.service,
                    seed: settings.seed,
                };
                let bins = RateRows::new(table, &header, options)?;
                Ok(Self(Rows::Rates(Box::new(BinArrivals::new(
                    bins, sampling, notes,
                )))))
            }
            Format::Requests | Format::AzureLlm => {
                if table.problems().any() {
                    return Err(table.problems().take());
                }
                let notes = TraceNotes {
                    llm_service: (header.format == Format::AzureLlm).then_some(options.llm_service),
                    seed: (options.scale != Factor::ONE).then_some(settings.seed),
                    ..notes
                };
                let rows = Box::new(RequestRows::new(table, &header, options));
                Ok(Self(Rows::Requests {
                    rows,
                    scaled: ScaledRequests::new(options.scale, settings.seed),
                    notes,
                }))
            }
        }
    }
}

impl ArrivalSource for Trace {
    fn next(&mut self) -> Option<Result<Arrival, TraceError>> {
        match &mut self.0 {
            Rows::Requests { rows, scaled, .. } => scaled.next(rows),
            Rows::Rates(bins) => bins.next(),
        }
    }

    fn workloads(&self) -> &[String] {
        match &self.0 {
            Rows::Requests { rows, .. } => rows.workloads.list(),
            Rows::Rates(bins) => bins.workloads(),
        }
    }

    fn classes(&self) -> &[String] {
        match &self.0 {
            Rows::Requests { rows, .. } => rows.classes.list(),
            Rows::Rates(bins) => bins.classes(),
        }
    }

    fn notes(&self) -> TraceNotes {
        match &self.0 {
            Rows::Requests { rows, notes, .. } => TraceNotes {
                rows: rows.table.rows(),
                origin_unix_ms: rows.clock.origin_unix_ms(),
                ..notes.clone()
            },
            Rows::Rates(bins) => bins.notes(),
        }
    }
}

/// What the caller and the comments of a trace together say.
struct Settings {
    point_process: PointProcess,
    seed: u64,
}

impl Settings {
    /// The caller's word counts before that of the trace. Comments that are no settings are left alone.
    fn resolve(options: &TraceOptions, directives: Vec<Directive>, table: &mut Table) -> Self {
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
                let wrong = format!("{} is no such setting", error::quoted(value.as_bytes()));
                table.problems().add(line, Some(&key), wrong, right);
            }
        }
        Self {
            point_process: point_process.unwrap_or_default(),
            seed: seed.unwrap_or_default(),
        }
    }
}
