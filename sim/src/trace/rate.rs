//! Traces with one row a bin: how many requests came in a span of time.
//!
//! A bin that is not in the file, or whose count is empty, `null`, NaN or infinite, is a gap: nobody knows what arrived
//! then. No request is made up for it and it is counted in the notes, because a hole in a monitoring system must not look
//! like a quiet hour.

mod spacing;

use std::collections::VecDeque;

use super::arrivals::{BinSource, RateBin};
use super::clock::Clock;
use super::error::quoted;
use super::factor::Factor;
use super::format::{Format, Header};
use super::names::Names;
use super::request::{read_time, read_workload};
use super::scaled_bins::{Carry, require_service_mean};
use super::table::{Row, Table};
use super::{Gap, Gaps, TraceError, TraceNotes, TraceOptions};
use crate::time::Nanos;
use spacing::{Spacings, ToldBy};

const RIGHT_COUNT: &str = "write the requests of the bin, or nothing where they are not known";
const RIGHT_MEAN: &str = "write the mean seconds that one replica works on a request, above 0";

/// Reads bins in the order of the file.
pub(super) struct RateRows {
    table: Table,
    clock: Clock,
    workloads: Names,
    columns: Columns,
    scales: Scales,
    first_start: Option<Nanos>,
    width: Option<Nanos>,
    spacings: Spacings,
    progress: Vec<Progress>,
    gaps: Gaps,
    /// End of the last bin handed out, scaled.
    end: Nanos,
    /// Rows of which the count is known.
    known: u64,
    /// Whether an error was handed out, after which there is nothing.
    refused: bool,
    /// Bins of the first time in the file, held back until the second one tells their width.
    held: VecDeque<RawBin>,
}

struct Columns {
    time: usize,
    time_name: &'static str,
    count: usize,
    count_name: &'static str,
    workload: Option<usize>,
    service_mean: Option<usize>,
}

struct Scales {
    load: Factor,
    time: Factor,
    service_mean: Nanos,
}

/// What is remembered of one workload.
#[derive(Clone, Default)]
struct Progress {
    /// Start of its last bin, unscaled.
    last_start: Option<Nanos>,
    /// Since when nothing is known of it, where its last row told nothing.
    unknown_since: Option<Nanos>,
    carry: Carry,
}

#[derive(Clone, Copy)]
struct RawBin {
    /// Unscaled.
    start: Nanos,
    workload: u32,
    count: u64,
    service_mean: Nanos,
}

impl RateRows {
    /// A reader of the rows after `header`, which stands in the table's current line; `own_width` is what the file says
    /// of its bins, with the line.
    pub(super) fn new(
        mut table: Table,
        header: &Header,
        options: &TraceOptions,
        own_width: Option<(u64, Nanos)>,
    ) -> Result<Self, TraceError> {
        let [time_name, count_name] = if header.format == Format::Series {
            ["timestamp", "value"]
        } else {
            ["ts", "count"]
        };
        let columns = Columns {
            time: header.required(time_name),
            time_name,
            count: header.required(count_name),
            count_name,
            workload: header.optional("workload"),
            service_mean: header.optional("service_mean_s"),
        };
        if columns.service_mean.is_none() {
            let line = table.line();
            require_service_mean(options, line, table.problems());
        }
        if let (Some((line, own)), Some(given)) = (own_width, options.bin_width)
            && own != given
        {
            let wrong = format!("a bin is {own} wide, and not {given} (--bin-width)");
            let right = "leave --bin-width out: counts are not put together";
            table.problems().add(line, Some("bin-width"), wrong, right);
        }
        if table.problems().any() {
            return Err(table.problems().take());
        }
        let (width, told_by) = match (own_width, options.bin_width) {
            (Some((_, own)), _) => (Some(own), ToldBy::File),
            (None, Some(given)) => (Some(given), ToldBy::Option),
            (None, None) => (None, ToldBy::FirstTimes),
        };
        Ok(Self {
            table,
            clock: Clock::new(),
            workloads: match columns.workload {
                Some(_) => Names::default(),
                None => Names::beginning_with(&options.workload),
            },
            columns,
            scales: Scales {
                load: options.scale,
                time: options.time_scale,
                service_mean: options.service_mean.unwrap_or_default(),
            },
            width,
            spacings: Spacings::new(told_by),
            known: 0,
            refused: false,
            first_start: None,
            progress: Vec::new(),
            gaps: Gaps::default(),
            end: Nanos::ZERO,
            held: VecDeque::new(),
        })
    }

    fn read(&mut self) -> Option<Result<RawBin, TraceError>> {
        let Self {
            table,
            clock,
            workloads,
            columns,
            scales,
            first_start,
            width,
            spacings,
            progress,
            gaps,
            known,
            ..
        } = self;
        table.next(|row| {
            let start = read_time(clock, row, columns.time, columns.time_name);
            let workload = columns
                .workload
                .map_or(Some(0), |column| read_workload(workloads, row, column));
            let told = !is_unknown(row.field(columns.count));
            let count_nano = if told {
                row.nano(columns.count, columns.count_name, RIGHT_COUNT)
            } else {
                None
            };
            let service_mean = match columns.service_mean {
                // Of no request there is no mean.
                Some(column) if row.field(column).is_empty() && count_nano == Some(0) => {
                    Some(Nanos::ZERO)
                }
                Some(column) if told => read_service_mean(row, column),
                _ => Some(scales.service_mean),
            };
            let (start, workload) = (start?, workload?);
            let first_start = *first_start.get_or_insert(start);
            if start > first_start {
                width.get_or_insert(start - first_start);
            }
            if progress.len() <= workload as usize {
                progress.resize(workload as usize + 1, Progress::default());
            }
            let progress = &mut progress[workload as usize];
            let last_start = progress.last_start.replace(start);
            let mut unknown_since = progress.unknown_since.take();
            // An earlier time was refused already when the clock read it.
            if let Some(spacing) = last_start.and_then(|last| start.checked_sub(last)) {
                let time = (row.field(columns.time), columns.time_name);
                spacings.see(spacing, *width, row, time)?;
                let missing = spacing.saturating_sub(width.unwrap_or_default());
                if missing > Nanos::ZERO {
                    unknown_since.get_or_insert(Nanos(start.0 - missing.0));
                }
            }
            if !told {
                progress.unknown_since = unknown_since.or(Some(start));
                return None;
            }
            if let Some(from) = unknown_since {
                let gap = Gap {
                    workload,
                    from: scales.time.apply(from),
                    to: scales.time.apply(start),
                };
                // Where the time goes backwards the row is refused, and the gap with it.
                let missing = start.saturating_sub(from);
                gaps.add(missing.0 / width.map_or(1, |width| width.0), gap);
            }
            let count = progress.carry.scale(scales.load, count_nano?).or_else(|| {
                let wrong = format!(
                    "{} times the scale {} is too large",
                    quoted(row.field(columns.count)),
                    scales.load
                );
                row.refuse(columns.count_name, wrong, "choose a smaller scale");
                None
            });
            *known += 1;
            Some(RawBin {
                start,
                workload,
                count: count?,
                service_mean: service_mean?,
            })
        })
    }

    /// What is wrong with the file as a whole, known at its end.
    fn check_whole(&mut self) -> Option<TraceError> {
        if self.table.rows() == 0 || self.refused {
            return None;
        }
        let problems = self.table.problems();
        if self.known == 0 {
            self.refused = true;
            let right = "give a trace that tells at least one count";
            let wrong = "no row says how many requests came";
            problems.add(1, Some(self.columns.count_name), wrong, right);
            return Some(problems.take());
        }
        let (line, wrong, right) = self.spacings.too_narrow(self.width)?;
        self.refused = true;
        problems.add(line, Some(self.columns.time_name), wrong, right);
        Some(problems.take())
    }

    fn finish(&mut self, raw: RawBin, width: Nanos) -> RateBin {
        let start = self.scales.time.apply(raw.start);
        let end = self.scales.time.apply(raw.start + width);
        let width = end.saturating_sub(start).max(Nanos(1));
        self.end = start + width;
        RateBin {
            start,
            width,
            workload: raw.workload,
            count: raw.count,
            service_mean: raw.service_mean,
        }
    }

    /// Reads until two different times have told the width of a bin.
    fn find_width(&mut self) -> Option<Result<Nanos, TraceError>> {
        loop {
            let raw = match self.read() {
                Some(Ok(raw)) => raw,
                Some(Err(error)) => {
                    self.refused = true;
                    return Some(Err(error));
                }
                None if self.held.is_empty() => return self.check_whole().map(Err),
                None => {
                    self.refused = true;
                    self.held.clear();
                    let line = self.table.line();
                    let right = "add a row with another time, or give the width (--bin-width 5m)";
                    self.table.problems().add(
                        line,
                        Some(self.columns.time_name),
                        "one time only tells no width",
                        right,
                    );
                    return Some(Err(self.table.problems().take()));
                }
            };
            self.held.push_back(raw);
            if let Some(width) = self.width {
                return Some(Ok(width));
            }
        }
    }
}

impl BinSource for RateRows {
    fn next_bin(&mut self) -> Option<Result<RateBin, TraceError>> {
        let width = match self.width {
            Some(width) => width,
            None => match self.find_width()? {
                Ok(width) => width,
                Err(error) => return Some(Err(error)),
            },
        };
        if let Some(raw) = self.held.pop_front() {
            return Some(Ok(self.finish(raw, width)));
        }
        match self.read() {
            Some(read) => {
                self.refused |= read.is_err();
                Some(read.map(|raw| self.finish(raw, width)))
            }
            None => self.check_whole().map(Err),
        }
    }

    fn workloads(&self) -> &[String] {
        self.workloads.list()
    }

    fn workload_line(&self, number: usize) -> Option<u64> {
        self.workloads.line(number)
    }

    fn describe(&self, notes: &mut TraceNotes) {
        notes.rows = self.table.rows();
        notes.origin_unix_ms = self.clock.origin_unix_ms();
        notes.bin_width = self.width.map(|width| self.scales.time.apply(width));
        notes.end = self.end;
        notes.gaps = self.gaps.clone();
        notes.remarks.extend(self.clock.remark());
        notes.remarks.extend(self.spacings.remark(self.width));
    }
}

/// Whether a count says that nobody knows it.
fn is_unknown(count: &[u8]) -> bool {
    let usual = count.first().is_some_and(u8::is_ascii_digit);
    !usual
        && (count.is_empty()
            || count.eq_ignore_ascii_case(b"null")
            || std::str::from_utf8(count)
                .is_ok_and(|text| text.parse().is_ok_and(|value: f64| !value.is_finite())))
}

fn read_service_mean(row: &mut Row, column: usize) -> Option<Nanos> {
    let nano = row.nano(column, "service_mean_s", RIGHT_MEAN)?;
    if nano == 0 {
        row.refuse("service_mean_s", "is zero", RIGHT_MEAN);
        return None;
    }
    Some(Nanos(nano))
}
