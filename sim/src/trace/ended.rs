//! Requests whose rows were written when they ended: their arrivals are put in order again, within a window of time.
//!
//! Memory holds the requests of one window, however long the file is.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::clock::Clock;
use super::factor::Factor;
use super::names::Names;
use super::request::RequestSource;
use super::table::{Row, Table};
use super::{Arrival, TraceError, TraceNotes, TraceOptions};
use crate::time::Nanos;

/// Requests that may wait for their turn. More would be a window of hours in a busy trace; each takes some 40 bytes.
const MOST_HELD: usize = 20_000_000;

const RIGHT_WINDOW: &str =
    "allow for longer requests (--reorder-window 1h), or sort the rows by the time of their end";

/// A request as its row tells it.
pub(super) struct Ended {
    /// When it ended, on the scale of the file.
    pub(super) end_ns: i64,
    /// How long it took; it arrived that much earlier.
    pub(super) duration: Nanos,
    pub(super) workload: u32,
}

/// A format with one row an ended request.
pub(super) trait EndedRows {
    /// The request of a row; `None` where there is none in it, or where a problem was added.
    fn read(&mut self, row: &mut Row, workloads: &mut Names) -> Option<Ended>;

    /// The column of the time, for messages.
    fn time_name(&self) -> &'static str;

    /// The clock that reads the times.
    fn clock(&self) -> &Clock;
}

/// Reads requests in the order of their arrivals.
pub(super) struct EndedRequests<F> {
    table: Table,
    format: F,
    workloads: Names,
    window: Nanos,
    time_scale: Factor,
    /// Arrivals that wait, with the number of their row, so that equal times keep the order of the file.
    held: BinaryHeap<Reverse<(i64, u64, Nanos, u32)>>,
    latest_end_ns: i64,
    released_ns: Option<i64>,
    origin_ns: i64,
    ended: bool,
    /// Whether an error was handed out, after which there is nothing.
    refused: bool,
    end: Nanos,
}

impl<F: EndedRows> EndedRequests<F> {
    pub(super) fn new(table: Table, format: F, options: &TraceOptions) -> Self {
        Self {
            table,
            format,
            workloads: match options.workload_label {
                Some(_) => Names::default(),
                None => Names::beginning_with(&options.workload),
            },
            window: options.reorder_window,
            time_scale: options.time_scale,
            held: BinaryHeap::new(),
            latest_end_ns: i64::MIN,
            released_ns: None,
            origin_ns: 0,
            ended: false,
            refused: false,
            end: Nanos::ZERO,
        }
    }

    /// Holds the request of one more row; an error or the end of the file.
    fn hold(&mut self) -> Option<Result<(), TraceError>> {
        let Self {
            table,
            format,
            workloads,
            window,
            held,
            latest_end_ns,
            released_ns,
            ..
        } = self;
        let number = table.rows();
        table.next(|row| {
            let ended = format.read(row, workloads)?;
            let duration_ns = i64::try_from(ended.duration.0).unwrap_or(i64::MAX);
            let arrival_ns = ended.end_ns.saturating_sub(duration_ns);
            if released_ns.is_some_and(|released| arrival_ns < released) {
                let late = Nanos(latest_end_ns.abs_diff(arrival_ns));
                let wrong = format!(
                    "the request arrived {late} before the latest row, beyond the window of {window}"
                );
                row.refuse(format.time_name(), wrong, RIGHT_WINDOW);
                return None;
            }
            if held.len() >= MOST_HELD {
                let wrong = format!("more than {MOST_HELD} requests lie within {window}");
                row.refuse(
                    format.time_name(),
                    wrong,
                    "choose a shorter window (--reorder-window 1m)",
                );
                return None;
            }
            *latest_end_ns = (*latest_end_ns).max(ended.end_ns);
            held.push(Reverse((
                arrival_ns,
                number,
                ended.duration,
                ended.workload,
            )));
            Some(())
        })
    }

    /// Hands out the earliest request that waits.
    fn release(&mut self) -> Option<Arrival> {
        let Reverse((arrival_ns, _, service, workload)) = self.held.pop()?;
        if self.released_ns.is_none() {
            // Whole milliseconds, as in every other trace with a wall clock; and time must not begin below zero.
            self.origin_ns = if self.format.clock().is_wall_clock() {
                arrival_ns - arrival_ns.rem_euclid(1_000_000)
            } else {
                arrival_ns.min(0)
            };
        }
        self.released_ns = Some(arrival_ns);
        let at = self
            .time_scale
            .apply(Nanos(arrival_ns.abs_diff(self.origin_ns)));
        self.end = at;
        Some(Arrival {
            at,
            service,
            workload,
            class: 0,
            bytes: 0,
        })
    }

    /// Whether nothing that is still to be read may come before the earliest request that waits.
    fn is_due(&self) -> bool {
        let window_ns = i64::try_from(self.window.0).unwrap_or(i64::MAX);
        let frontier = self.latest_end_ns.saturating_sub(window_ns);
        self.held
            .peek()
            .is_some_and(|Reverse((arrival_ns, ..))| self.ended || *arrival_ns <= frontier)
    }
}

impl<F: EndedRows> RequestSource for EndedRequests<F> {
    fn next(&mut self) -> Option<Result<Arrival, TraceError>> {
        while !self.is_due() && !self.ended {
            match self.hold() {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    self.ended = true;
                    self.refused = true;
                    self.held.clear();
                    return Some(Err(error));
                }
                None => self.ended = true,
            }
        }
        if self.held.is_empty() && self.released_ns.is_none() && !self.refused {
            self.refused = true;
            let line = self.table.line();
            self.table.problems().add(
                line,
                None,
                "there is no finished request in it",
                "write at least one",
            );
            return Some(Err(self.table.problems().take()));
        }
        self.release().map(Ok)
    }

    fn workloads(&self) -> &[String] {
        self.workloads.list()
    }

    fn workload_line(&self, number: usize) -> Option<u64> {
        self.workloads.line(number)
    }

    fn classes(&self) -> &[String] {
        &[]
    }

    fn describe(&self, notes: &mut TraceNotes) {
        notes.rows = self.table.rows();
        let is_wall_clock = self.format.clock().is_wall_clock() && self.released_ns.is_some();
        notes.origin_unix_ms = is_wall_clock.then(|| self.origin_ns.div_euclid(1_000_000));
        notes.end = self.end;
        notes.remarks.extend(self.format.clock().remark());
    }
}
