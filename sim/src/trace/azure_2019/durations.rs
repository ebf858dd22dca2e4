//! How long functions take: the files of durations that belong to the invocations.
//!
//! `Average` is in milliseconds and leaves cold starts out. A function may have a row in the file of each day; its mean
//! is that of all rows, weighed by `Count`.

use std::collections::HashMap;
use std::path::PathBuf;

use super::super::TraceError;
use super::super::content::unreadable;
use super::super::error::{Problems, quoted};
use super::super::input;
use super::super::lines::{Lines, Step};
use crate::decimal;
use crate::time::Nanos;

/// Columns before the percentiles, which are not read.
const COLUMNS: [&str; 5] = ["HashOwner", "HashApp", "HashFunction", "Average", "Count"];

/// Functions that are known at most; the data set has some 80,000.
const MOST_FUNCTIONS: usize = 2_000_000;

/// Mean service times by function.
#[derive(Default)]
pub(in super::super) struct Durations(HashMap<String, Sum>);

#[derive(Default)]
struct Sum {
    count: u128,
    spent_ns: u128,
}

impl Durations {
    /// Reads the files.
    pub(in super::super) fn read(paths: &[PathBuf]) -> Result<Self, TraceError> {
        let mut this = Self::default();
        for path in paths {
            let name = path.display().to_string();
            let unpacked = input::open(path).and_then(input::unpack);
            let unpacked = unpacked.map_err(|source| unreadable(&name, source))?;
            this.read_file(&name, Lines::new(unpacked.all))?;
        }
        Ok(this)
    }

    fn read_file(&mut self, name: &str, mut lines: Lines) -> Result<(), TraceError> {
        let mut problems = Problems::new(name);
        let mut header = true;
        loop {
            match lines.step() {
                Ok(Step::End) => break,
                Ok(Step::Line) if lines.text().trim_ascii().is_empty() => continue,
                Ok(Step::Line) => {}
                Ok(Step::TooLong) => {
                    problems.add(lines.number(), None, "the line is too long", "see line 1");
                    continue;
                }
                Err(source) => return Err(problems.unreadable(source, lines.number())),
            }
            let fields: Vec<_> = lines
                .text()
                .split(|byte| *byte == b',')
                .map(<[u8]>::trim_ascii)
                .take(COLUMNS.len())
                .collect();
            if std::mem::take(&mut header) {
                let same = fields.len() == COLUMNS.len()
                    && fields
                        .iter()
                        .zip(COLUMNS)
                        .all(|(field, name)| field.eq_ignore_ascii_case(name.as_bytes()));
                if !same {
                    let wrong = format!("{} is not the header of durations", quoted(lines.text()));
                    let right = "write HashOwner,HashApp,HashFunction,Average,Count,...";
                    problems.add(lines.number(), None, wrong, right);
                    break;
                }
            } else {
                self.take(&fields, lines.number(), &mut problems);
            }
        }
        if !problems.any() {
            return Ok(());
        }
        Err(match lines.damage() {
            Some(source) => problems.unreadable(source, 0),
            None => problems.take(),
        })
    }

    fn take(&mut self, fields: &[&[u8]], line: u64, problems: &mut Problems) {
        let &[owner, app, function, average, count] = fields else {
            let right = "write HashOwner,HashApp,HashFunction,Average,Count,...";
            problems.add(line, None, "the row is too short", right);
            return;
        };
        let mut number = |name: &str, field: &[u8]| match decimal::parse_nano(field) {
            Ok(nano) => Some(nano),
            Err(fault) => {
                let wrong = format!("{} {fault}", quoted(field));
                problems.add(line, Some(name), wrong, "write a number, 0 or more");
                None
            }
        };
        let average_nano = number("Average", average);
        let count_nano = number("Count", count);
        let (Some(average_nano), Some(count_nano)) = (average_nano, count_nano) else {
            return;
        };
        let key = key(&[owner, app, function].map(String::from_utf8_lossy));
        if self.0.len() >= MOST_FUNCTIONS && !self.0.contains_key(&key) {
            let wrong = format!("there are more than {MOST_FUNCTIONS} functions");
            problems.add(line, None, wrong, "name the durations of one data set");
            return;
        }
        let sum = self.0.entry(key).or_default();
        let count = u128::from(count_nano / decimal::NANO);
        sum.count += count;
        // A thousand billionths of a millisecond are a nanosecond.
        sum.spent_ns += count * u128::from(average_nano / 1_000);
    }

    /// The mean service time of a function; `None` where no file tells it.
    pub(super) fn mean(&self, labels: &[String; 4]) -> Option<Nanos> {
        let [owner, app, function, _] = labels;
        let sum = self
            .0
            .get(&key(&[owner.into(), app.into(), function.into()]))?;
        let mean = sum.spent_ns.checked_div(sum.count)?;
        Some(Nanos(u64::try_from(mean).ok()?))
    }
}

fn key(parts: &[std::borrow::Cow<'_, str>; 3]) -> String {
    parts.join(",")
}
