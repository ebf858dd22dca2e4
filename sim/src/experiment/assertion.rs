//! What a policy test asserts: a figure, a comparison and a value, or a share of another autoscaler's figure.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use spillway_solver::ids::WorkloadId;

use super::amount::number;
use crate::figures::{Figure, RunTotals, figure};

/// How a figure is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
}

impl Comparison {
    const ALL: [Self; 5] = [
        Self::AtMost,
        Self::AtLeast,
        Self::Equal,
        Self::Below,
        Self::Above,
    ];

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Equal => "==",
        }
    }

    #[expect(
        clippy::float_cmp,
        reason = "equality is meant for counts, which are exact"
    )]
    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
            Self::Above => value > limit,
            Self::AtLeast => value >= limit,
            Self::Equal => value == limit,
        }
    }

    /// How far a value is on the wrong side of a limit; the more, the worse.
    fn excess(self, value: f64, limit: f64) -> f64 {
        match self {
            Self::Below | Self::AtMost => value - limit,
            Self::Above | Self::AtLeast => limit - value,
            Self::Equal => (value - limit).abs(),
        }
    }
}

/// What a figure is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit {
    /// A value in the figure's unit.
    Value(f64),
    /// Percent of the same figure of another autoscaler under the same seed.
    Share {
        /// How many percent.
        percent: f64,
        /// Of which autoscaler.
        of: String,
    },
}

/// Something that must hold in every run of a policy test.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// Of one workload; absent: of the whole run.
    pub workload: Option<WorkloadId>,
    /// What is compared.
    pub figure: &'static Figure,
    /// How.
    pub comparison: Comparison,
    /// With what.
    pub limit: Limit,
}

/// How an assertion went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Whether it held under every seed.
    pub held: bool,
    /// What was found, under the worst seed where there are several.
    pub actual: String,
}

/// A run and its seed.
#[derive(Clone, Copy, Debug)]
pub struct Seeded<'a> {
    /// The seed.
    pub seed: u64,
    /// The run that is judged.
    pub run: &'a RunTotals,
    /// The run under the same seed of the autoscaler that [`Limit::Share`] names.
    pub other: Option<&'a RunTotals>,
}

impl Assertion {
    /// The autoscaler that the judged one is compared with.
    #[must_use]
    pub fn other(&self) -> Option<&str> {
        match &self.limit {
            Limit::Value(_) => None,
            Limit::Share { of, .. } => Some(of),
        }
    }

    /// Judges runs, one a seed. It holds if it holds in each of them; what is missing holds nowhere.
    #[must_use]
    pub fn judge(&self, runs: &[Seeded<'_>]) -> Judged {
        let several = runs.len() > 1;
        let mut worst: Option<(f64, Judged)> = None;
        for seeded in runs {
            let (excess, mut judged) = self.judge_one(seeded);
            if several {
                judged.actual = format!("{} (seed {})", judged.actual, seeded.seed);
            }
            if worst.as_ref().is_none_or(|(most, _)| excess > *most) {
                worst = Some((excess, judged));
            }
        }
        worst.map_or_else(
            || Judged {
                held: false,
                actual: "there was no run".to_owned(),
            },
            |(_, judged)| judged,
        )
    }

    fn judge_one(&self, seeded: &Seeded<'_>) -> (f64, Judged) {
        let missing = |whose: &str| Judged {
            held: false,
            actual: format!("{whose}none"),
        };
        let Some(value) = self.figure.of(seeded.run, self.workload.as_ref()) else {
            return (f64::INFINITY, missing(""));
        };
        let shown = self.figure.unit.show(value);
        let (limit, actual) = match &self.limit {
            Limit::Value(limit) => (*limit, shown),
            Limit::Share { percent, of } => {
                let other = seeded
                    .other
                    .and_then(|other| self.figure.of(other, self.workload.as_ref()));
                let Some(other) = other else {
                    return (f64::INFINITY, missing(&format!("{shown}; {of}: ")));
                };
                let other_shown = self.figure.unit.show(other);
                let actual = if other == 0.0 {
                    format!("{shown}; {of} {other_shown}")
                } else {
                    format!(
                        "{:.1} %: {shown}; {of} {other_shown}",
                        100.0 * value / other
                    )
                };
                (other * percent / 100.0, actual)
            }
        };
        let held = self.comparison.holds(value, limit);
        let excess = self.comparison.excess(value, limit);
        (excess, Judged { held, actual })
    }

    fn new(
        workload: Option<&str>,
        name: &str,
        comparison: Comparison,
        value: &str,
        of: Option<&str>,
    ) -> Result<Self, String> {
        let figure = figure(name)?;
        if workload.is_some() && !figure.is_of_workloads() {
            return Err(format!(
                "`{name}` belongs to the whole run: leave the workload out"
            ));
        }
        let limit = match of {
            None => Limit::Value(figure.unit.read(value).map_err(|error| error.to_string())?),
            Some(of) => {
                let percent = value.strip_suffix('%').and_then(number).ok_or_else(|| {
                    format!("`{value}` is no share of `{of}`: write a percentage, like 90%")
                })?;
                Limit::Share {
                    percent,
                    of: of.to_owned(),
                }
            }
        };
        Ok(Self {
            workload: workload.map(|id| WorkloadId(id.into())),
            figure,
            comparison,
            limit,
        })
    }
}

impl fmt::Display for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(workload) = &self.workload {
            write!(f, "{workload} ")?;
        }
        write!(f, "{} {} ", self.figure.name, self.comparison.as_str())?;
        match &self.limit {
            Limit::Value(value) => f.write_str(&self.figure.unit.show(*value)),
            Limit::Share { percent, of } => write!(f, "{percent}% of {of}"),
        }
    }
}

impl FromStr for Assertion {
    type Err = String;

    /// Reads `[NAMESPACE/WORKLOAD] FIGURE OPERATOR VALUE [of AUTOSCALER]`.
    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || {
            format!(
                "`{text}` is no assertion: write a figure, an operator and a value, like `costUsd <= 6 USD` or `costUsd <= 90% of threshold-burst`"
            )
        };
        let at = text.find(['<', '>', '=']).ok_or_else(refuse)?;
        let (left, right) = text.split_at(at);
        let comparison = Comparison::ALL
            .into_iter()
            .find(|comparison| right.starts_with(comparison.as_str()))
            .ok_or_else(refuse)?;
        let right = right[comparison.as_str().len()..].trim();
        let (value, of) = match right.split_once(" of ") {
            Some((value, of)) => (value.trim(), Some(of.trim())),
            None => (right, None),
        };
        let mut words = left.split_whitespace();
        let (workload, name) = match (words.next(), words.next(), words.next()) {
            (Some(name), None, _) => (None, name),
            (Some(workload), Some(name), None) => (Some(workload), name),
            _ => return Err(refuse()),
        };
        Self::new(workload, name, comparison, value, of)
    }
}

/// The same as a map, for those who generate it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fields {
    figure: String,
    #[serde(default)]
    workload: Option<String>,
    #[serde(default)]
    below: Option<serde_json::Value>,
    #[serde(default)]
    at_most: Option<serde_json::Value>,
    #[serde(default)]
    above: Option<serde_json::Value>,
    #[serde(default)]
    at_least: Option<serde_json::Value>,
    #[serde(default)]
    equal: Option<serde_json::Value>,
    #[serde(default)]
    of: Option<String>,
}

impl TryFrom<Fields> for Assertion {
    type Error = String;

    fn try_from(fields: Fields) -> Result<Self, String> {
        let limits = [
            (Comparison::Below, fields.below),
            (Comparison::AtMost, fields.at_most),
            (Comparison::Above, fields.above),
            (Comparison::AtLeast, fields.at_least),
            (Comparison::Equal, fields.equal),
        ];
        let mut limits = limits
            .into_iter()
            .filter_map(|(comparison, value)| value.map(|value| (comparison, value)));
        let (Some((comparison, value)), None) = (limits.next(), limits.next()) else {
            return Err("write exactly one of atMost, below, atLeast, above and equal".to_owned());
        };
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        Self::new(
            fields.workload.as_deref(),
            &fields.figure,
            comparison,
            &value,
            fields.of.as_deref(),
        )
    }
}

impl Assertion {
    /// Reads what a file says: a text, or a map of the same.
    ///
    /// # Errors
    ///
    /// A sentence that says what would be right.
    pub fn read(value: serde_json::Value) -> Result<Self, String> {
        match value {
            serde_json::Value::String(text) => text.parse(),
            value @ serde_json::Value::Object(_) => serde_json::from_value::<Fields>(value)
                .map_err(|error| error.to_string())?
                .try_into(),
            other => Err(format!(
                "{other} is no assertion: write one like `costUsd <= 6 USD`"
            )),
        }
    }
}

#[cfg(test)]
mod tests;
