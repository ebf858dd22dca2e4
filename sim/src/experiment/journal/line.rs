//! A line of the file: a run that is done, and a digest by which a line that was altered is known.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Header, text_of};
use crate::figures::{self, RunTotals};
use crate::warnings::Warning;
use spillway_records::Digest;

/// A run that is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Done {
    /// Its place in the sweep's list.
    pub index: usize,
    /// Digest of its inputs: [`key`] of the sweep and of what stands here.
    pub key: Digest,
    /// Which point: runs of one point differ in autoscaler and seed.
    pub point: usize,
    /// The value of each field.
    pub settings: Vec<Value>,
    /// What decided.
    pub autoscaler: String,
    /// Its seed.
    pub seed: u64,
    /// What came out; a figure that the run does not have is absent.
    pub figures: BTreeMap<String, f64>,
    /// What a reader has to know of the figures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

impl Done {
    /// What is run, without what came out.
    fn inputs(&self) -> (usize, &Digest, usize, &[Value], &str, u64) {
        let (settings, autoscaler) = (&self.settings[..], self.autoscaler.as_str());
        let (index, key, point) = (self.index, &self.key, self.point);
        (index, key, point, settings, autoscaler, self.seed)
    }

    /// Whether it is a run of the same inputs at the same place of the list.
    #[must_use]
    pub fn is_run_of(&self, other: &Self) -> bool {
        self.inputs() == other.inputs()
    }
}

/// The digest of a run's inputs: of all that decides the sweep, and what is the run's own.
#[must_use]
pub fn key(sweep: &Digest, settings: &[Value], autoscaler: &str, seed: u64) -> Digest {
    let all = json!([sweep, settings, autoscaler, seed]);
    Digest::of(all.to_string().as_bytes())
}

/// The figures of a run by their names.
#[must_use]
pub fn figures(totals: &RunTotals) -> BTreeMap<String, f64> {
    let figures = figures::all().filter_map(|figure| {
        let value = figure.of(totals, None)?;
        Some((figure.name.to_owned(), value))
    });
    figures.collect()
}

/// A line of the file, kept as it is written: a number that is read and written again may differ in its last digit.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it says.
    pub done: Done,
    pub(super) text: String,
}

/// What stands between a run and the digest of its text. No name of a field ends so, and in texts quotes are escaped.
const DIGEST: &str = ",\"digest\":\"";

impl From<Done> for Line {
    fn from(done: Done) -> Self {
        let run = text_of(&done);
        let open = run.strip_suffix('}').unwrap_or(&run);
        let digest = Digest::of(open.as_bytes());
        Self {
            text: format!("{open}{DIGEST}{digest}\"}}"),
            done,
        }
    }
}

impl Line {
    /// Reads a line of a sweep's file.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with it.
    fn read(row: &str, header: &Header) -> Result<Self, String> {
        let parts = row
            .strip_suffix("\"}")
            .and_then(|open| open.rsplit_once(DIGEST));
        let Some((open, digest)) = parts else {
            return Err("is no run with its digest".to_owned());
        };
        let done: Done = serde_json::from_str(&format!("{open}}}"))
            .map_err(|error| format!("is no run: {error}"))?;
        if Digest::of(open.as_bytes()).to_string() != digest {
            return Err(
                "was altered after it was written: its digest is of another text".to_owned(),
            );
        }
        if done.key != key(&header.sweep, &done.settings, &done.autoscaler, done.seed) {
            return Err("is a run of another sweep".to_owned());
        }
        if done.index >= header.runs {
            return Err(format!("is run {} of {}", done.index, header.runs));
        }
        Ok(Self {
            done,
            text: row.to_owned(),
        })
    }
}

/// Reads all lines behind the header.
///
/// # Errors
///
/// All lines that are wrong, by their number in the file, with what is wrong.
pub(super) fn read_all<'t>(
    rows: impl Iterator<Item = (usize, &'t str)>,
    header: &Header,
) -> Result<Vec<Line>, Vec<(usize, String)>> {
    let (mut lines, mut wrong, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (number, row) in rows {
        match Line::read(row, header) {
            Ok(line) if seen.insert(line.done.index) => lines.push(line),
            Ok(line) => wrong.push((number, format!("has run {} again", line.done.index))),
            Err(message) => wrong.push((number, message)),
        }
    }
    if wrong.is_empty() {
        Ok(lines)
    } else {
        Err(wrong)
    }
}
