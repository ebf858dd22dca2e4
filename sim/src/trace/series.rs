//! Samples of a monitoring system: series by their labels, put together from several files, then cut into bins.
//!
//! The files have one series after the other, a run needs one bin after the other: so samples are held, 16 bytes each.
//! Nothing else grows with the files.
//!
//! A bin is known where every series of the workload that lives in it says what happened; NaN, infinities and missing
//! samples make a gap, never a zero. A series lives from its first to its last sample, because replicas come and go.

mod bins;
mod width;

use std::collections::BTreeMap;

pub(super) use bins::SeriesBins;

use super::TraceOptions;
use super::error::Problems;
use super::names::{Names, RIGHT_NAMES};

/// Samples that are held at most: 800 MB. A longer trace is converted in parts.
const MOST_SAMPLES: usize = 50_000_000;

/// Ascending pieces of a series at most. A file has one of each series; more come of samples in no order.
const MOST_RUNS: usize = 10_000;

/// Remarks of a server that are kept.
const MOST_REMARKS: usize = 20;

/// The largest value that is taken for a rate or a count, so that sums stay within 64 bits.
const LARGEST: f64 = 1e9;

/// What the values of a series mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Each value stands for the time that its sample ends.
    Gauge,
    /// Values add up since some beginning; where one falls, counting began anew.
    Counter,
}

/// A value at a time. NaN stands for everything that is not known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample {
    pub(super) at_ms: i64,
    pub(super) value: f64,
}

/// One series.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) workload: u32,
    pub(super) kind: Kind,
    /// Samples in ascending pieces: usually one a file.
    runs: Vec<Vec<Sample>>,
}

/// All series of a trace, by their labels.
pub(super) struct SeriesSet {
    by_labels: BTreeMap<String, Series>,
    pub(super) workloads: Names,
    label: Option<String>,
    samples: usize,
    /// What the server said besides its samples, each once.
    remarks: Vec<String>,
    /// Problems of the trace as a whole.
    pub(super) source: String,
    /// Whether times count from 1970, and not from the start of the trace.
    pub(super) wall_clock: bool,
}

/// Labels of a series in order of their names.
pub(super) type Labels = BTreeMap<String, String>;

impl SeriesSet {
    pub(super) fn new(source: &str, options: &TraceOptions) -> Self {
        Self {
            by_labels: BTreeMap::new(),
            workloads: match options.workload_label {
                Some(_) => Names::default(),
                None => Names::beginning_with(&options.workload),
            },
            label: options.workload_label.clone(),
            samples: 0,
            remarks: Vec::new(),
            source: source.to_owned(),
            wall_clock: true,
        }
    }

    /// Keeps what the server said besides its samples. The pieces of one query say the same.
    pub(super) fn remark(&mut self, remark: String) {
        if self.remarks.len() < MOST_REMARKS && !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    pub(super) fn samples(&self) -> usize {
        self.samples
    }

    /// Whether values of any series have this meaning.
    pub(super) fn has(&self, kind: Kind) -> bool {
        self.by_labels.values().any(|series| series.kind == kind)
    }

    /// The series of these labels, begun where it is new; a problem and `None` where its workload is unclear.
    pub(super) fn find(
        &mut self,
        labels: &Labels,
        kind: Kind,
        line: u64,
        problems: &mut Problems,
    ) -> Option<String> {
        let key = written(labels);
        if self.by_labels.contains_key(&key) {
            return Some(key);
        }
        let workload = if let Some(label) = &self.label {
            let Some(name) = labels.get(label).filter(|name| !name.is_empty()) else {
                let wrong = format!("the series {key} has no such label");
                let right = "name a label that every series has (--workload-label), or keep it in the query: sum by (LABEL) (...)";
                problems.add(line, Some(label), wrong, right);
                return None;
            };
            match self.workloads.find(name, line) {
                Ok(number) => number,
                Err(wrong) => {
                    problems.add(line, Some(label), wrong, RIGHT_NAMES);
                    return None;
                }
            }
        } else {
            if let Some(first) = self.by_labels.keys().next() {
                let wrong = format!(
                    "{key} is a second series besides {first}, and nothing tells workloads apart"
                );
                let right = "name the label whose values are the workloads (--workload-label service), or sum in the query";
                problems.add(line, None, wrong, right);
                return None;
            }
            0
        };
        let series = Series {
            workload,
            kind,
            runs: Vec::new(),
        };
        self.by_labels.insert(key.clone(), series);
        Some(key)
    }

    /// Adds a sample to the series `key`. One that is there already is dropped where it says the same.
    pub(super) fn add(&mut self, key: &str, sample: Sample) -> Result<(), Fault> {
        let value = sample.value;
        if value < 0.0 && value.is_finite() {
            return Err(Fault::of(
                format!("{value} is negative"),
                "a load is 0 or more",
            ));
        }
        let series = self
            .by_labels
            .get_mut(key)
            .expect("the key of a series that was found");
        if series.kind == Kind::Gauge && value > LARGEST && value.is_finite() {
            return Err(Fault::of(
                format!("{value} is too large"),
                "a sample is at most a billion requests",
            ));
        }
        let sample = Sample {
            value: if value.is_finite() { value } else { f64::NAN },
            ..sample
        };
        for run in &series.runs {
            let Ok(index) = run.binary_search_by_key(&sample.at_ms, |known| known.at_ms) else {
                continue;
            };
            let known = run[index].value;
            if known.to_bits() == sample.value.to_bits() || known.is_nan() && value.is_nan() {
                return Ok(());
            }
            let wrong = format!(
                "{key} is {} at {} ms and was {known} there before",
                sample.value, sample.at_ms
            );
            return Err(Fault::of(wrong, "give files that agree where they overlap"));
        }
        if self.samples >= MOST_SAMPLES {
            return Err(Fault::of(
                format!("there are more than {MOST_SAMPLES} samples"),
                "choose a longer step, or sum series in the query",
            ));
        }
        self.samples += 1;
        if series.runs.len() >= MOST_RUNS {
            return Err(Fault::of(
                "the samples of the series are out of order".to_owned(),
                "sort the samples of each series by time",
            ));
        }
        match series.runs.last_mut() {
            Some(run) if run.last().is_some_and(|last| last.at_ms < sample.at_ms) => {
                run.push(sample);
            }
            _ => series.runs.push(vec![sample]),
        }
        Ok(())
    }

    /// The series in the order of their labels, each with its samples in order of time.
    fn into_series(self) -> (Vec<(Series, Vec<Sample>)>, Names) {
        let series = self.by_labels.into_values().map(|mut series| {
            let mut runs = std::mem::take(&mut series.runs).into_iter();
            let mut samples = runs.next().unwrap_or_default();
            for run in runs {
                samples.extend(run);
            }
            samples.sort_by_key(|sample| sample.at_ms);
            (series, samples)
        });
        (series.collect(), self.workloads)
    }
}

/// What is wrong with a sample, and what would be right.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) wrong: String,
    pub(super) right: &'static str,
}

impl Fault {
    pub(super) fn of(wrong: String, right: &'static str) -> Self {
        Self { wrong, right }
    }
}

/// Labels as Prometheus writes them.
fn written(labels: &Labels) -> String {
    let pairs: Vec<_> = labels
        .iter()
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    format!("{{{}}}", pairs.join(","))
}
