//! What a sweep found: each setting's means over its seeds, and which of them no other beats.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::journal::{Header, Line};
use crate::report::units::approx;
use crate::warnings::Warning;

/// Marks the file as ours.
const FORMAT: &str = "spillway-sim-front";

/// Counts changes of the format that a reader of the last one would stumble over.
const SCHEMA_VERSION: u32 = 1;

/// A sweep's result.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Front {
    format: &'static str,
    schema_version: u32,
    /// The sweep's name.
    pub name: String,
    /// The figures of which less is better.
    pub objectives: Vec<String>,
    /// What varied.
    pub fields: Vec<String>,
    /// How many settings were tried.
    pub tried: usize,
    /// Those on the front, in the order of the first objective.
    pub front: Vec<Tried>,
    /// What a reader has to know of the figures, each once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Told>,
    /// The others, in the order of the sweep.
    #[serde(skip)]
    pub beaten: Vec<Tried>,
}

/// A warning with how many runs have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// The warning.
    #[serde(flatten)]
    pub warning: Warning,
    /// Runs that have it.
    pub runs: usize,
    /// All runs.
    #[serde(skip)]
    pub of: usize,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.runs == self.of {
            write!(f, "{}", self.warning)
        } else {
            write!(f, "in {} of {} runs: {}", self.runs, self.of, self.warning)
        }
    }
}

/// The warnings of some runs of a sweep.
#[must_use]
pub fn warnings(lines: &[Line]) -> Vec<Told> {
    let mut counted: BTreeMap<&Warning, usize> = BTreeMap::new();
    for warning in lines.iter().flat_map(|line| &line.done.warnings) {
        *counted.entry(warning).or_default() += 1;
    }
    let told = counted.into_iter().map(|(warning, runs)| Told {
        warning: warning.clone(),
        runs,
        of: lines.len(),
    });
    told.collect()
}

/// A setting that was tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tried {
    /// Its number in the sweep.
    pub point: usize,
    /// What decided.
    pub autoscaler: String,
    /// The value of each field.
    pub settings: Vec<Value>,
    /// Under how many seeds.
    pub seeds: usize,
    /// Means over the seeds. A figure that is missing under one of them is absent.
    pub figures: BTreeMap<String, f64>,
}

impl Front {
    /// Of all runs of a sweep, in their order.
    #[must_use]
    pub fn of(header: &Header, lines: &[Line]) -> Self {
        let tried = means(lines);
        let objectives = &header.objectives;
        let (mut front, beaten): (Vec<Tried>, Vec<Tried>) = tried
            .iter()
            .cloned()
            .partition(|one| on_front(one, &tried, objectives));
        let first = |one: &Tried| {
            objectives
                .first()
                .and_then(|name| one.figures.get(name))
                .copied()
                .unwrap_or(f64::INFINITY)
        };
        front.sort_by(|a, b| first(a).total_cmp(&first(b)));
        Self {
            format: FORMAT,
            schema_version: SCHEMA_VERSION,
            name: header.name.clone(),
            objectives: objectives.clone(),
            fields: header.fields.clone(),
            tried: tried.len(),
            front,
            warnings: warnings(lines),
            beaten,
        }
    }

    /// All that was tried, with whether it is on the front.
    pub fn all(&self) -> impl Iterator<Item = (&Tried, bool)> {
        let front = self.front.iter().map(|tried| (tried, true));
        front.chain(self.beaten.iter().map(|tried| (tried, false)))
    }
}

fn means(lines: &[Line]) -> Vec<Tried> {
    let mut groups: BTreeMap<(usize, &str), Vec<&Line>> = BTreeMap::new();
    for line in lines {
        let done = &line.done;
        groups
            .entry((done.point, &done.autoscaler))
            .or_default()
            .push(line);
    }
    let tried = groups
        .into_iter()
        .filter_map(|((point, autoscaler), runs)| {
            let first = &runs.first()?.done;
            let many = approx(u64::try_from(runs.len()).ok()?);
            let mean = |name: &String| -> Option<(String, f64)> {
                let values: Option<Vec<f64>> = runs
                    .iter()
                    .map(|run| run.done.figures.get(name).copied())
                    .collect();
                Some((name.clone(), values?.iter().sum::<f64>() / many))
            };
            Some(Tried {
                point,
                autoscaler: autoscaler.to_owned(),
                settings: first.settings.clone(),
                seeds: runs.len(),
                figures: first.figures.keys().filter_map(mean).collect(),
            })
        });
    tried.collect()
}

/// Whether none is at least as good in all objectives and better in one. One that lacks an objective is on no front.
fn on_front(one: &Tried, all: &[Tried], objectives: &[String]) -> bool {
    let Some(own) = values(one, objectives) else {
        return false;
    };
    let beats = |other: &Tried| {
        values(other, objectives).is_some_and(|other| {
            let pairs = || other.iter().zip(&own);
            pairs().all(|(other, own)| other <= own) && pairs().any(|(other, own)| other < own)
        })
    };
    !all.iter().any(beats)
}

fn values(tried: &Tried, objectives: &[String]) -> Option<Vec<f64>> {
    let values = objectives
        .iter()
        .map(|name| tried.figures.get(name).copied());
    values.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(point: usize, cost: f64, late: Option<f64>) -> Tried {
        let late = late.map(|late| ("late".to_owned(), late));
        Tried {
            point,
            autoscaler: "spillway".into(),
            settings: Vec::new(),
            seeds: 1,
            figures: std::iter::once(("cost".to_owned(), cost))
                .chain(late)
                .collect(),
        }
    }

    #[test]
    fn the_front_is_what_no_other_beats() {
        let all = [
            tried(0, 1.0, Some(9.0)),
            tried(1, 2.0, Some(5.0)),
            tried(2, 2.0, Some(6.0)),
            tried(3, 3.0, Some(5.0)),
            tried(4, 9.0, Some(0.0)),
            tried(5, 1.0, Some(9.0)),
            tried(6, 0.0, None),
        ];
        let objectives = ["cost".to_owned(), "late".to_owned()];
        let front: Vec<usize> = all
            .iter()
            .filter(|one| on_front(one, &all, &objectives))
            .map(|one| one.point)
            .collect();
        assert_eq!(front, [0, 1, 4, 5], "equals beat each other in nothing");
    }
}
