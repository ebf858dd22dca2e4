//! Traces with one row a bin: how many requests came in a span of time.
//!
//! A bin that is not in the file is a gap: nobody knows what arrived then. No request is made up for it and it is
//! counted in the notes, because a hole in a monitoring system must not look like a quiet hour.

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

const RIGHT_COUNT: &str =
    "write the requests of the bin, or leave the row out where they are not known";
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
    progress: Vec<Progress>,
    gaps: Gaps,
    /// End of the last bin handed out, scaled.
    end: Nanos,
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
    /// A reader of the rows after `header`, which stands in the table's current line.
    pub(super) fn new(
        mut table: Table,
        header: &Header,
        options: &TraceOptions,
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
        if table.problems().any() {
            return Err(table.problems().take());
        }
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
            width: options.bin_width.filter(|width| *width > Nanos::ZERO),
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
            progress,
            gaps,
            ..
        } = self;
        table.next(|row| {
            let start = read_time(clock, row, columns.time, columns.time_name);
            let workload = columns
                .workload
                .map_or(Some(0), |column| read_workload(workloads, row, column));
            let count_nano = row.nano(columns.count, columns.count_name, RIGHT_COUNT);
            let service_mean = match columns.service_mean {
                Some(column) => read_service_mean(row, column),
                None => Some(scales.service_mean),
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
            // An earlier time was refused already when the clock read it.
            if let Some(spacing) = last_start.and_then(|last| start.checked_sub(last)) {
                check_spacing(row, columns, spacing, *width)?;
                let missing = spacing.saturating_sub(width.unwrap_or_default());
                if missing > Nanos::ZERO {
                    let from = Nanos(start.0 - missing.0);
                    let gap = Gap {
                        workload,
                        from: scales.time.apply(from),
                        to: scales.time.apply(start),
                    };
                    gaps.add(missing.0 / width.map_or(1, |width| width.0), gap);
                }
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
            Some(RawBin {
                start,
                workload,
                count: count?,
                service_mean: service_mean?,
            })
        })
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
                Some(Err(error)) => return Some(Err(error)),
                None if self.held.is_empty() => return None,
                None => {
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
        Some(self.read()?.map(|raw| self.finish(raw, width)))
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
    }
}

fn read_service_mean(row: &mut Row, column: usize) -> Option<Nanos> {
    let nano = row.nano(column, "service_mean_s", RIGHT_MEAN)?;
    if nano == 0 {
        row.refuse("service_mean_s", "is zero", RIGHT_MEAN);
        return None;
    }
    Some(Nanos(nano))
}

/// Refuses a bin that begins before the one before it has ended.
fn check_spacing(
    row: &mut Row,
    columns: &Columns,
    spacing: Nanos,
    width: Option<Nanos>,
) -> Option<()> {
    if spacing > Nanos::ZERO && width.is_some_and(|width| spacing >= width) {
        return Some(());
    }
    let time = quoted(row.field(columns.time));
    let Some(width) = width.filter(|_| spacing > Nanos::ZERO) else {
        row.refuse(
            columns.time_name,
            format!("{time} is there twice"),
            "keep one row for each time and workload",
        );
        return None;
    };
    let wrong = format!("{time} is {spacing} after the row before, but a bin is {width} wide");
    row.refuse(
        columns.time_name,
        wrong,
        "space the rows evenly, or give the width (--bin-width 5m)",
    );
    None
}
