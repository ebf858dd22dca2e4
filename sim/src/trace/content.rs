//! A trace as its files have it: single requests, or rates that are still to become requests.
//!
//! The one place that knows which reader belongs to which format.

use std::io::{self, Read};
use std::path::Path;

use super::access_log::LogSeconds;
use super::arrivals::{BinArrivals, BinSource, Sampling};
use super::azure_2019::{self, FunctionMinutes};
use super::azure_2021::Invocations;
use super::ended::EndedRequests;
use super::error::Problems;
use super::foreign::foreign;
use super::input::{self, Input, Unpacked};
use super::json_rows::JsonRows;
use super::k6::Points;
use super::metric_lines;
use super::open_metrics;
use super::options::Settings;
use super::prometheus;
use super::rate::RateRows;
use super::request::{RequestRows, RequestSource};
use super::scale::ScaledRequests;
use super::separated::Separated;
use super::series::{SeriesBins, SeriesSet};
use super::sniff::{Found, sniff};
use super::swf::{self, Jobs};
use super::table::{Syntax, Table};
use super::{ArrivalSource, Format, TraceError, TraceNotes, TraceOptions};
use crate::time::Nanos;

/// A trace before its rates become requests.
pub enum Content {
    /// Single requests, scaled as the caller wants them.
    Requests(Box<dyn ArrivalSource + Send>),
    /// Requests per bin, scaled as the caller wants them.
    Rates {
        /// The bins.
        bins: Box<dyn BinSource + Send>,
        /// How they become requests.
        sampling: Sampling,
        /// Where they come from; [`BinSource::describe`] adds the rest.
        notes: Box<TraceNotes>,
    },
}

/// A file whose format is known and of which nothing was used up.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) input: Input,
}

impl Content {
    /// Opens files that together are one trace. Several are taken where the format says how they belong together.
    ///
    /// # Errors
    ///
    /// Where a file cannot be opened, or its beginning or the settings are not understood.
    pub fn open<P: AsRef<Path>>(paths: &[P], options: &TraceOptions) -> Result<Self, TraceError> {
        let mut inputs = Vec::new();
        for path in paths {
            let path = path.as_ref();
            let name = path.display().to_string();
            match input::open(path) {
                Ok(input) => inputs.push((name, input)),
                Err(source) => return Err(TraceError::Io { file: name, source }),
            }
        }
        Self::read(inputs, options)
    }

    /// Reads the beginning of a trace from anywhere; the names stand for the files in messages.
    ///
    /// # Errors
    ///
    /// Where an input cannot be read, or its beginning or the settings are not understood.
    pub fn read(
        inputs: Vec<(String, Box<dyn Read + Send>)>,
        options: &TraceOptions,
    ) -> Result<Self, TraceError> {
        if options.bin_width == Some(Nanos::ZERO) {
            let name = inputs.first().map_or("trace", |(name, _)| name);
            return Err(refused(
                name,
                "a bin of no width holds nothing",
                "give a span (--bin-width 1m)",
            ));
        }
        let mut files = Vec::new();
        let mut found = None;
        for (name, input) in inputs {
            let Unpacked { prefix, all } =
                input::unpack(input).map_err(|source| unreadable(&name, source))?;
            if let Some((wrong, right)) = foreign(&prefix) {
                return Err(refused(&name, &wrong, right));
            }
            let this = sniff(&prefix, options.format);
            let first = *found.get_or_insert(this);
            if this != first {
                return Err(refused(
                    &name,
                    "its format is not that of the first file",
                    "name files of one format",
                ));
            }
            files.push(Named { name, input: all });
        }
        let Some(found) = found else {
            return Err(refused("trace", "no file is named", "name at least one"));
        };
        let source = joined_names(&files);
        match found {
            Found::Special(Format::Prometheus) => {
                let mut series = SeriesSet::new(&source, options);
                for file in files {
                    prometheus::read(file, &mut series)?;
                }
                Self::series(series, &source, Format::Prometheus, options)
            }
            Found::Special(Format::OpenMetrics) => {
                let mut series = SeriesSet::new(&source, options);
                open_metrics::read(files, &mut series, options)?;
                Self::series(series, &source, Format::OpenMetrics, options)
            }
            Found::Special(Format::Metrics) => {
                let mut series = SeriesSet::new(&source, options);
                metric_lines::read(files, &mut series, options)?;
                Self::series(series, &source, Format::Metrics, options)
            }
            Found::Special(Format::AzureFunctions2019) => {
                let durations = azure_2019::Durations::read(&options.durations)?;
                let bins =
                    FunctionMinutes::read(files, &durations, options)?.check(&source, options)?;
                Ok(rates(bins, &source, Format::AzureFunctions2019, options))
            }
            Found::Special(Format::AccessLog) => {
                let bins = LogSeconds::new(files, options)?;
                Ok(rates(bins, &source, Format::AccessLog, options))
            }
            other => {
                let file = single(files)?;
                Self::single(file, other, options)
            }
        }
    }

    /// The rates of series that were read whole.
    pub(super) fn series(
        series: SeriesSet,
        source: &str,
        format: Format,
        options: &TraceOptions,
    ) -> Result<Self, TraceError> {
        let bins = SeriesBins::new(series, options)?;
        Ok(rates(bins, source, format, options))
    }

    /// A trace of a format that has one file.
    fn single(file: Named, found: Found, options: &TraceOptions) -> Result<Self, TraceError> {
        let Named { name, input } = file;
        match found {
            Found::Special(Format::Swf) => {
                let (mut table, directives) =
                    Table::without_header(&name, input, Syntax::Blanks, swf::COLUMNS)?;
                let seed = Settings::resolve(options, &directives, &mut table).seed;
                let jobs = Jobs::new(table, &directives, options)?;
                Ok(requests(jobs, &name, Format::Swf, options, seed))
            }
            Found::Special(_) => {
                let (table, _) = Table::without_header(&name, input, Syntax::Whole, 1)?;
                let points = EndedRequests::new(table, Points::new(options), options);
                let seed = options.seed.unwrap_or_default();
                Ok(requests(points, &name, Format::K6, options, seed))
            }
            Found::Csv => Self::table(&name, input, Syntax::Separated(Separated::new()), options),
            Found::JsonLines => {
                Self::table(&name, input, Syntax::Json(JsonRows::default()), options)
            }
        }
    }

    fn table(
        name: &str,
        input: Input,
        syntax: Syntax,
        options: &TraceOptions,
    ) -> Result<Self, TraceError> {
        let (mut table, header, directives) =
            Table::with_header(name, input, syntax, options.format)?;
        let settings = Settings::resolve(options, &directives, &mut table);
        let format = header.format;
        Ok(match format {
            Format::Rates | Format::Series => Self::Rates {
                bins: Box::new(RateRows::new(table, &header, options, settings.bin_width)?),
                sampling: settings.sampling(options),
                notes: Box::new(notes(name, format)),
            },
            Format::AzureFunctions2021 => {
                let rows = Invocations::new(&mut table, &header, options)?;
                let rows = EndedRequests::new(table, rows, options);
                requests(rows, name, format, options, settings.seed)
            }
            _ => {
                let rows = RequestRows::new(table, &header, options)?;
                requests(rows, name, format, options, settings.seed)
            }
        })
    }

    /// The arrivals of the trace.
    pub(super) fn into_arrivals(self) -> Box<dyn ArrivalSource + Send> {
        match self {
            Self::Requests(requests) => requests,
            Self::Rates {
                bins,
                sampling,
                notes,
            } => Box::new(BinArrivals::new(bins, sampling, *notes)),
        }
    }
}

fn requests(
    rows: impl RequestSource + Send + 'static,
    source: &str,
    format: Format,
    options: &TraceOptions,
    seed: u64,
) -> Content {
    let notes = notes(source, format);
    Content::Requests(Box::new(ScaledRequests::new(rows, options, seed, notes)))
}

fn rates(
    bins: impl BinSource + Send + 'static,
    source: &str,
    format: Format,
    options: &TraceOptions,
) -> Content {
    Content::Rates {
        bins: Box::new(bins),
        sampling: Settings::of(options).sampling(options),
        notes: Box::new(notes(source, format)),
    }
}

fn notes(source: &str, format: Format) -> TraceNotes {
    TraceNotes {
        source: source.to_owned(),
        format: Some(format),
        ..TraceNotes::default()
    }
}

/// The only file; an error where there are more, which their format does not put together.
fn single(mut files: Vec<Named>) -> Result<Named, TraceError> {
    let file = files.swap_remove(0);
    match files.first() {
        None => Ok(file),
        Some(_) => Err(refused(
            &files[0].name,
            "a trace of this format is one file",
            "several files are merged for prometheus, open-metrics, metrics, azure-functions-2019 and access-log only",
        )),
    }
}

/// How reports call several files. The pieces of one query have one name.
pub(super) fn joined_names(files: &[Named]) -> String {
    let mut names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    names.dedup();
    names.join(", ")
}

/// The error of a file of which no line could be read.
pub(super) fn unreadable(name: &str, source: io::Error) -> TraceError {
    Problems::new(name).unreadable(source, 0)
}

fn refused(name: &str, wrong: &str, right: &str) -> TraceError {
    let mut problems = Problems::new(name);
    problems.add(1, None, wrong, right);
    problems.take()
}
