//! The Standard Workload Format 2.2: 18 columns between blanks, `-1` for what is not known, comments after `;`.
//!
//! A job on n processors is n requests: all arrive when it is submitted, and each is served for as long as the job ran.
//! So the load is the processors that were busy, which a planner must find room for; that a parallel job wants all of
//! them at once is not told to the world. Source: <https://www.cs.huji.ac.il/labs/parallel/workload/swf.html>.

use super::clock::Clock;
use super::error::quoted;
use super::factor::Factor;
use super::names::Names;
use super::notes::HeadLine;
use super::request::{RequestSource, read_time};
use super::table::{Directive, Row, Table};
use super::{Arrival, TraceError, TraceNotes, TraceOptions};
use crate::time::Nanos;

/// Columns of a job.
pub(super) const COLUMNS: usize = 18;

const SUBMIT: usize = 1;
const RUN: usize = 3;
/// Processors that a job had, and those that it asked for.
const PROCESSORS: [usize; 2] = [4, 7];
const UNKNOWN: &[u8] = b"-1";

/// Processors of a job at most: no machine has more, and a wrong column should not become a flood of requests.
const MOST_PROCESSORS: u64 = 100_000_000;

const RIGHT_PROCESSORS: &str =
    "write a whole number of processors up to 100000000, or -1 where they are not known";

/// Lines of the head that are kept for people, and characters of each.
const MOST_HEAD_LINES: usize = 40;
const MOST_HEAD_CHARACTERS: usize = 200;

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
    head: Vec<HeadLine>,
    processors: Processors,
    /// The request of a job that is handed out again, and how often.
    again: Option<(Arrival, u64)>,
    /// Whether a trace without a single job of known length was refused.
    refused: bool,
}

/// What was seen of processors.
#[derive(Clone, Copy, Default)]
struct Processors {
    /// Jobs that became requests, and the requests.
    jobs: u64,
    requests: u64,
    /// Jobs that do not say how many they had.
    unknown: u64,
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
            head: head(directives),
            processors: Processors::default(),
            again: None,
            refused: false,
        })
    }
}

impl RequestSource for Jobs {
    fn next(&mut self) -> Option<Result<Arrival, TraceError>> {
        if let Some((arrival, times)) = self.again {
            self.again = (times > 1).then_some((arrival, times - 1));
            return Some(Ok(arrival));
        }
        let Self {
            table,
            clock,
            workloads,
            workload,
            time_scale,
            left_out,
            processors,
            again,
            refused,
            ..
        } = self;
        let read = table.next(|row| {
            let at = read_time(clock, row, SUBMIT, "submit time");
            let service = read_run_time(row, left_out);
            let workload = workload.map_or(Some(0), |(label, column)| {
                workloads.read(row, column, label)
            });
            let had = Had::read(row);
            let arrival = Arrival {
                at: time_scale.apply(at?),
                service: service?,
                workload: workload?,
                class: 0,
                bytes: 0,
            };
            let requests = processors.count(had?);
            *again = (requests > 1).then_some((arrival, requests - 1));
            Some(arrival)
        });
        if !matches!(read, Some(Ok(_))) {
            // Nothing follows a problem, not even the rest of its job.
            *again = None;
        }
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
        notes.head.clone_from(&self.head);
        notes.remarks.extend(self.clock.remark());
        notes.remarks.extend(self.processors.remarks());
    }
}

impl Processors {
    /// Counts a job and says how many requests it is.
    fn count(&mut self, had: Had) -> u64 {
        let requests = match had {
            Had::Processors(count) => count,
            Had::Unknown => {
                self.unknown += 1;
                1
            }
        };
        self.jobs += 1;
        self.requests = self.requests.saturating_add(requests);
        requests
    }

    fn remarks(self) -> Vec<String> {
        let Self {
            jobs,
            requests,
            unknown,
        } = self;
        let mut remarks = Vec::new();
        if requests > jobs {
            remarks.push(format!(
                "the {jobs} jobs had {requests} processors: each processor is a request as long as its job"
            ));
        }
        if unknown > 0 {
            remarks.push(format!(
                "{unknown} of {jobs} jobs do not say how many processors they had: each of them is one request"
            ));
        }
        remarks
    }
}

/// The lines of the head that have a name, shortened.
fn head(directives: &[Directive]) -> Vec<HeadLine> {
    let named = directives
        .iter()
        .filter(|line| !line.key.is_empty() && !line.key.contains(char::is_whitespace));
    named
        .take(MOST_HEAD_LINES)
        .map(|line| HeadLine {
            name: line.key.chars().take(MOST_HEAD_CHARACTERS).collect(),
            value: line.value.chars().take(MOST_HEAD_CHARACTERS).collect(),
        })
        .collect()
}

/// What a job says of its processors: those that it had, or else those that it asked for.
#[derive(Clone, Copy)]
enum Had {
    Processors(u64),
    Unknown,
}

impl Had {
    /// `None` with a problem where a number is expected and there is none.
    fn read(row: &mut Row) -> Option<Self> {
        // Some archives write 0 for what is not known: a job that ran had one at least.
        let told = PROCESSORS
            .map(|column| row.field(column))
            .into_iter()
            .find(|field| *field != UNKNOWN && *field != b"0");
        let Some(field) = told else {
            return Some(Self::Unknown);
        };
        let count = std::str::from_utf8(field)
            .ok()
            .and_then(|text| text.parse().ok());
        let count = count.filter(|count| (1..=MOST_PROCESSORS).contains(count));
        if count.is_none() {
            let wrong = format!("{} is no number of processors", quoted(field));
            row.refuse("processors", wrong, RIGHT_PROCESSORS);
        }
        count.map(Self::Processors)
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
