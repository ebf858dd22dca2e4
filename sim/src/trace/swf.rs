//! The Standard Workload Format 2.2: 18 columns between blanks, `-1` for what is not known, comments after `;`.
//!
//! A job is a request: it arrives when it is submitted and is served for as long as it ran. How many processors it
//! had is not told to the world. Source: <https://www.cs.huji.ac.il/labs/parallel/workload/swf.html>.

use super::clock::Clock;
use super::factor::Factor;
use super::names::Names;
use super::request::{RequestSource, read_time};
use super::table::{Directive, Row, Table};
use super::{Arrival, TraceError, TraceNotes, TraceOptions};
use crate::time::Nanos;

/// Columns of a job.
pub(super) const COLUMNS: usize = 18;

const SUBMIT: usize = 1;
const RUN: usize = 3;
const UNKNOWN: &[u8] = b"-1";

/// Columns that can name the workload.
const LABELS: [(&str, usize); 5] = [
    ("user", 11),
    ("group", 12),
    ("executable", 13),
    ("queue", 14),
    ("partition", 15),
];

/// Reads jobs in the order of their submission.
pub(super) struct Jobs {
    table: Table,
    clock: Clock,
    workloads: Names,
    workload: Option<(&'static str, usize)>,
    time_scale: Factor,
    unix_start_s: Option<i64>,
    left_out: u64,
    /// Whether a trace without a single job of known length was refused.
    refused: bool,
}

impl Jobs {
    pub(super) fn new(
        mut table: Table,
        directives: &[Directive],
        options: &TraceOptions,
    ) -> Result<Self, TraceError> {
        let mut unix_start_s = None;
        for Directive { line, key, value } in directives {
            if key != "UnixStartTime" {
                continue;
            }
            unix_start_s = value.parse().ok();
            if unix_start_s.is_none() {
                let wrong = format!("`{value}` is no time");
                let right = "write whole seconds since 1970, or leave it out";
                table.problems().add(*line, Some(key), wrong, right);
            }
        }
        let mut workload = None;
        if let Some(label) = &options.workload_label {
            workload = LABELS.into_iter().find(|(known, _)| known == label);
            if workload.is_none() {
                let line = table.line();
                let wrong = format!("a job has no label `{label}`");
                let right = "name user, group, executable, queue or partition";
                table.problems().add(line, None, wrong, right);
            }
        }
        if table.problems().any() {
            return Err(table.problems().take());
        }
        Ok(Self {
            table,
            clock: Clock::new(),
            workloads: match workload {
                Some(_) => Names::default(),
                None => Names::beginning_with(&options.workload),
            },
            workload,
            time_scale: options.time_scale,
            // A negative or absent start is "unknown" by the format's own convention.
            unix_start_s: unix_start_s.filter(|seconds| *seconds > 0),
            left_out: 0,
            refused: false,
        })
    }
}

impl RequestSource for Jobs {
    fn next(&mut self) -> Option<Result<Arrival, TraceError>> {
        let Self {
            table,
            clock,
            workloads,
            workload,
            time_scale,
            left_out,
            refused,
            ..
        } = self;
        let read = table.next(|row| {
            let at = read_time(clock, row, SUBMIT, "submit time");
            let service = read_run_time(row, left_out);
            let workload = workload.map_or(Some(0), |(label, column)| {
                workloads.read(row, column, label)
            });
            Some(Arrival {
                at: time_scale.apply(at?),
                service: service?,
                workload: workload?,
                class: 0,
                bytes: 0,
            })
        });
        // A trace of which every job was left out must not pass for a quiet one.
        if read.is_none() && *left_out > 0 && *left_out == table.rows() && !*refused {
            *refused = true;
            let line = table.line();
            let right = "give a trace that knows how long its jobs ran";
            table
                .problems()
                .add(line, None, "there is no job of known length", right);
            return Some(Err(table.problems().take()));
        }
        read
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
        notes.left_out = self.left_out;
        let start_ms = self.unix_start_s.and_then(|s| s.checked_mul(1_000));
        notes.origin_unix_ms = self.clock.origin_unix_ms().or(start_ms);
        notes.end = self.time_scale.apply(self.clock.reached());
    }
}

/// The run time; `None` where it is not known, which is counted, or no number, which is a problem.
fn read_run_time(row: &mut Row, left_out: &mut u64) -> Option<Nanos> {
    if row.field(RUN) == UNKNOWN {
        *left_out += 1;
        return None;
    }
    let right = "write the seconds that the job ran, or -1 where they are not known";
    row.nano(RUN, "run time", right).map(Nanos)
}
