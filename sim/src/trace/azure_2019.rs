//! Invocations of Azure Functions in July 2019: a row a function with its counts of the 1,440 minutes of a day.
//!
//! The file has one function after the other, a run needs one minute after the other: so the minutes of each workload
//! are held, 8 bytes each; without `--workload-label` that is one workload, however many functions there are. Of the day
//! that is read the labels of its functions are held too, so that none counts twice.
//! Source: `AzureFunctionsDataset2019` of Azure/AzurePublicDataset.

mod durations;
mod rows;

use std::collections::BTreeMap;

use super::arrivals::{BinSource, RateBin};
use super::content::{Named, joined_names};
use super::error::Problems;
use super::names::{Names, RIGHT_NAMES};
use super::scaled_bins::{PlainBin, ScaledBins, require_service_mean};
use super::{TraceError, TraceNotes, TraceOptions};
use crate::decimal::NANO;
use crate::time::Nanos;
pub(super) use durations::Durations;
use rows::Rows;

/// Minutes of a day, which are the columns of a row after its labels.
const MINUTES: usize = 1_440;

/// Days that the data set has.
const DAYS: u8 = 14;

/// Minutes that are held at most, 800 MB.
const MOST_CELLS: usize = 100_000_000;

const WIDTH: Nanos = Nanos(60 * NANO);

/// Labels of a row, in the order of their columns.
const LABELS: [&str; 4] = ["HashOwner", "HashApp", "HashFunction", "Trigger"];

/// Hands out one bin a workload and minute.
pub(super) struct FunctionMinutes {
    names: Names,
    /// The days that were given, ascending, from 0.
    days: Vec<u8>,
    workloads: Vec<Minutes>,
    rows: u64,
    service_mean: Nanos,
    /// Whether files of durations were given.
    has_durations: bool,
    next: (usize, usize, usize),
    scaled: ScaledBins,
}

/// What one workload does.
#[derive(Default)]
struct Minutes {
    /// Counts of each given day; empty where the workload was not invoked.
    days: Vec<Vec<u64>>,
    /// Invocations of which the duration is known, and their sum of nanoseconds.
    timed: u128,
    spent_ns: u128,
    /// Invocations of functions without a duration.
    untimed: u128,
}

impl FunctionMinutes {
    /// Reads all files.
    pub(super) fn read(
        files: Vec<Named>,
        durations: &Durations,
        options: &TraceOptions,
    ) -> Result<Self, TraceError> {
        let source = joined_names(&files);
        let mut this = Self {
            names: match options.workload_label {
                Some(_) => Names::default(),
                None => Names::beginning_with(&options.workload),
            },
            days: Vec::new(),
            workloads: Vec::new(),
            rows: 0,
            service_mean: options.service_mean.unwrap_or_default(),
            has_durations: !options.durations.is_empty(),
            next: (0, 0, 0),
            scaled: ScaledBins::new(&source, options),
        };
        let label = match &options.workload_label {
            None => None,
            Some(wanted) => Some(
                LABELS
                    .iter()
                    .position(|known| known.eq_ignore_ascii_case(wanted))
                    .ok_or_else(|| {
                        refused(
                            &files[0].name,
                            format!("the trace has no label `{wanted}`"),
                            "name HashOwner, HashApp, HashFunction or Trigger",
                        )
                    })?,
            ),
        };
        for (day, file) in in_order_of_days(files)? {
            this.days.push(day);
            this.read_day(file, label, durations)?;
        }
        Ok(this)
    }

    fn read_day(
        &mut self,
        file: Named,
        label: Option<usize>,
        durations: &Durations,
    ) -> Result<(), TraceError> {
        let mut rows = Rows::open(file)?;
        let day = self.days.len() - 1;
        let mut lines = BTreeMap::new();
        while let Some(row) = rows.next() {
            let (line, row) = row?;
            self.rows += 1;
            if let Some(first) = lines.get(&row.labels) {
                let wrong = format!("the function is there twice, first in line {first}");
                let right = "keep one row for each function and trigger";
                rows.problems()
                    .add(line, Some("HashFunction"), wrong, right);
                continue;
            }
            lines.insert(row.labels.clone(), line);
            let name = label.map(|column| row.labels[column].as_str());
            let found = name.map_or(Ok(0), |name| self.names.find(name, line));
            let number = match found {
                Ok(number) => number as usize,
                Err(wrong) => {
                    rows.problems()
                        .add(line, label.map(|l| LABELS[l]), wrong, RIGHT_NAMES);
                    continue;
                }
            };
            if self.workloads.len() <= number {
                if (number + 1) * (day + 1) * MINUTES > MOST_CELLS {
                    let wrong = format!("more than {MOST_CELLS} minutes of workloads");
                    let right = "name a label with fewer values (--workload-label Trigger)";
                    rows.problems().add(line, None, wrong, right);
                    continue;
                }
                self.workloads.resize_with(number + 1, Minutes::default);
            }
            let workload = &mut self.workloads[number];
            workload.days.resize_with(day + 1, Vec::new);
            let minutes = &mut workload.days[day];
            minutes.resize(MINUTES, 0);
            let mut invocations = 0_u64;
            for (minute, count) in minutes.iter_mut().zip(&row.counts) {
                *minute = minute.saturating_add(u64::from(*count));
                invocations += u64::from(*count);
            }
            if let Some(mean) = durations.mean(&row.labels) {
                workload.timed += u128::from(invocations);
                workload.spent_ns += u128::from(invocations) * u128::from(mean.0);
            } else {
                workload.untimed += u128::from(invocations);
            }
        }
        Ok(())
    }

    /// Refuses workloads of which nobody says how long they take.
    pub(super) fn check(self, source: &str, options: &TraceOptions) -> Result<Self, TraceError> {
        let mut problems = Problems::new(source);
        let untimed = |workload: &Minutes| workload.timed == 0;
        if let Some(width) = options.bin_width.filter(|width| *width != WIDTH) {
            let wrong =
                format!("the counts are of minutes, but a bin is {width} wide (--bin-width)");
            problems.add(1, None, wrong, "leave --bin-width out");
        }
        if self.workloads.iter().any(untimed) {
            require_service_mean(options, 1, &mut problems);
        }
        if problems.any() {
            return Err(problems.take());
        }
        Ok(self)
    }
}

impl BinSource for FunctionMinutes {
    fn next_bin(&mut self) -> Option<Result<RateBin, TraceError>> {
        let (mut day, mut minute, mut number) = self.next;
        if number >= self.workloads.len() {
            (minute, number) = (minute + 1, 0);
        }
        if minute >= MINUTES {
            (day, minute) = (day + 1, 0);
        }
        let first = *self.days.first()?;
        let since = u64::from(*self.days.get(day)? - first);
        let workload = self.workloads.get(number)?;
        self.next = (day, minute, number + 1);
        // A function that has no row on a day was not invoked on it: the data set says so.
        let minutes = workload.days.get(day);
        let count = minutes.and_then(|minutes| minutes.get(minute)).copied();
        let mean = workload.spent_ns.checked_div(workload.timed);
        let mean = mean.map(|mean| Nanos(u64::try_from(mean).unwrap_or(u64::MAX)));
        let bin = PlainBin {
            start: Nanos::from_secs((since * MINUTES as u64 + minute as u64) * 60),
            width: WIDTH,
            workload: u32::try_from(number).expect("names are fewer"),
            count_nano: count.unwrap_or_default().saturating_mul(NANO),
            service_mean: mean.unwrap_or(self.service_mean),
        };
        Some(self.scaled.scale(bin))
    }

    fn workloads(&self) -> &[String] {
        self.names.list()
    }

    fn workload_line(&self, number: usize) -> Option<u64> {
        self.names.line(number)
    }

    fn describe(&self, notes: &mut TraceNotes) {
        notes.rows = self.rows;
        self.scaled.describe(notes);
        if self.has_durations {
            notes.remarks.extend(self.remarks_on_durations());
        }
    }
}

impl FunctionMinutes {
    /// What invocations get of which no file of durations tells how long they take.
    fn remarks_on_durations(&self) -> Vec<String> {
        let sum = |of: fn(&Minutes) -> u128| self.workloads.iter().map(of).sum::<u128>();
        let all = sum(|workload| workload.timed + workload.untimed);
        let mixed = sum(|workload| {
            if workload.timed > 0 {
                workload.untimed
            } else {
                0
            }
        });
        let alone = sum(|workload| {
            if workload.timed > 0 {
                0
            } else {
                workload.untimed
            }
        });
        let given = match self.service_mean {
            Nanos::ZERO => "their service time is unknown".to_owned(),
            mean => format!("they get --service-mean, {mean}"),
        };
        let others = "they get the mean of the others of their workload".to_owned();
        [(mixed, others), (alone, given)]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| {
                format!("{count} of {all} invocations are of functions without a duration: {what}")
            })
            .collect()
    }
}

/// The files with their days, which their names tell: `invocations_per_function_md.anon.d03.csv`.
fn in_order_of_days(files: Vec<Named>) -> Result<Vec<(u8, Named)>, TraceError> {
    if files.len() == 1 {
        return Ok(files.into_iter().map(|file| (0, file)).collect());
    }
    let mut days: Vec<(u8, Named)> = Vec::new();
    for file in files {
        let Some(day) = day_of(&file.name) else {
            return Err(refused(
                &file.name,
                "the name does not tell which day it is".to_owned(),
                "keep d01 to d14 in the names of several files, as they were published",
            ));
        };
        if days.iter().any(|(known, _)| *known == day) {
            let wrong = format!("day {day} was given before");
            return Err(refused(&file.name, wrong, "name each day once"));
        }
        days.push((day, file));
    }
    days.sort_by_key(|(day, _)| *day);
    Ok(days)
}

/// The number after the last `d` that stands for itself.
pub(super) fn day_of(name: &str) -> Option<u8> {
    let parts = name.rsplit(|c: char| !c.is_ascii_alphanumeric());
    parts
        .filter_map(|part| part.strip_prefix('d'))
        .filter(|digits| digits.len() == 2)
        .filter_map(|digits| digits.parse().ok())
        .find(|day| (1..=DAYS).contains(day))
}

fn refused(name: &str, wrong: String, right: &str) -> TraceError {
    let mut problems = Problems::new(name);
    problems.add(1, None, wrong, right);
    problems.take()
}
