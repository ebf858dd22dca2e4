//! What Prometheus answered, as the core reads it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;
use spillway_crds::api::Aggregate;
use spillway_solver::ids::ClusterId;
use spillway_solver::snapshot::Reading;
use spillway_solver::units::UnixMs;

/// The body of an answer to an instant query.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    data: Option<Data>,
    /// Set where the server could not do what was asked.
    error: Option<String>,
    /// What kind of error.
    error_type: Option<String>,
    /// Set where some of its stores did not answer (Thanos, Mimir): the rest is not the whole.
    #[serde(default)]
    warnings: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", tag = "resultType", content = "result")]
enum Data {
    Vector(Vec<Series>),
    Scalar(Sample),
    String(IgnoredAny),
    Matrix(IgnoredAny),
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Series {
    metric: Labels,
    value: Sample,
}

type Labels = BTreeMap<String, String>;

/// Seconds and value; values are strings, for JSON has no NaN.
#[derive(Clone, Debug, Deserialize)]
struct Sample(f64, String);

/// Longest part of a server's words that is repeated.
const MOST_WORDS: usize = 300;

impl Answer {
    /// The series, or what there is instead of them.
    fn series(&self) -> Result<Vec<(Option<&Labels>, &Sample)>, Reading> {
        if let Some(error) = &self.error {
            return Err(failed(&self.refusal(error)));
        }
        if !self.warnings.is_empty() {
            return Err(Reading::Partial);
        }
        match &self.data {
            Some(Data::Vector(series)) => {
                let each = series.iter();
                Ok(each
                    .map(|series| (Some(&series.metric), &series.value))
                    .collect())
            }
            Some(Data::Scalar(sample)) => Ok(vec![(None, sample)]),
            Some(Data::Matrix(_)) => Err(failed(
                "gives a range of samples for each series: aggregate it over time, as in rate(x[1m])",
            )),
            Some(Data::String(_)) => {
                Err(failed("gives a string: write a query that gives a number"))
            }
            None => Err(failed(
                "the answer has neither data nor an error: is that a Prometheus?",
            )),
        }
    }

    fn refusal(&self, error: &str) -> String {
        let error: String = error.chars().take(MOST_WORDS).collect();
        match self.error_type.as_deref() {
            Some("bad_data") => {
                format!("the server cannot read the query: {error}: mend it there")
            }
            Some("execution") => {
                format!("the server cannot evaluate the query: {error}: mend it")
            }
            Some(kind) => format!("the server failed ({kind}): {error}"),
            None => format!("the server failed: {error}"),
        }
    }

    /// As the reading of one number in a unit.
    pub(super) fn number(
        &self,
        unit: Unit,
        aggregate: Option<Aggregate>,
    ) -> Result<Reading, Reading> {
        Ok(reading(&self.series()?, unit, aggregate, "sum(...)"))
    }

    /// A reading for each value of the label `cluster`.
    pub(super) fn by_cluster(
        &self,
        unit: Unit,
        aggregate: Option<Aggregate>,
    ) -> Result<BTreeMap<ClusterId, Reading>, Reading> {
        let mut of_cluster: BTreeMap<ClusterId, Vec<_>> = BTreeMap::new();
        for (labels, sample) in self.series()? {
            let Some(cluster) = labels.and_then(|labels| labels.get("cluster")) else {
                return Err(failed(
                    "a series has no label `cluster`: keep it in the query, as in sum by (cluster) (x)",
                ));
            };
            let series = of_cluster.entry(cluster.as_str().into()).or_default();
            series.push((labels, sample));
        }
        if of_cluster.is_empty() {
            return Err(Reading::Empty);
        }
        let readings = of_cluster.into_iter().map(|(cluster, series)| {
            let one = reading(&series, unit, aggregate, "sum by (cluster) (...)");
            (cluster, one)
        });
        Ok(readings.collect())
    }
}

/// What a number counts, as far as it can be told from the name of a series: functions and aggregations leave it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Whatever the target is in.
    OfTarget,
    /// Items.
    Items,
    /// Items per second.
    ItemsPerSecond,
}

impl Unit {
    /// What is wrong with a series of this name.
    fn mistaken(self, name: &str) -> Option<String> {
        match self {
            Self::ItemsPerSecond if name.ends_with("_total") => Some(format!(
                "gives the counter {name} itself, which is items since its start and not items per second: write \
                 rate({name}[1m])"
            )),
            Self::Items if name.ends_with("_seconds") || name.ends_with("_bytes") => {
                let unit = name.rsplit('_').next().unwrap_or_default();
                Some(format!(
                    "gives {name}, in {unit} by its name, and not items that wait: write a query that counts them"
                ))
            }
            _ => None,
        }
    }
}

/// Samples by cluster (empty where it is not known) and pod.
pub(super) type Samples = BTreeMap<(String, String), PodSample>;

/// A sample of one pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PodSample {
    pub(super) value_milli: i64,
    pub(super) at_ms: UnixMs,
}

impl Answer {
    /// Samples by the labels `cluster` and `pod`.
    pub(super) fn by_pod(&self) -> Result<Samples, Reading> {
        let mut samples = BTreeMap::new();
        for (labels, sample) in self.series()? {
            let label = |name: &str| labels.and_then(|labels| labels.get(name));
            let Some(pod) = label("pod") else {
                return Err(failed(
                    "a series has no label `pod`: keep it in the query, as in sum by (cluster, pod) (x)",
                ));
            };
            // HPA too takes a pod whose sample is no number for one without a sample.
            let Some(value_milli) = milli(&sample.1) else {
                continue;
            };
            let sample = PodSample {
                value_milli,
                at_ms: UnixMs(millis(sample.0)),
            };
            let cluster = label("cluster").cloned().unwrap_or_default();
            if samples.insert((cluster, pod.clone()), sample).is_some() {
                return Err(failed(&format!(
                    "several series for the pod {pod}: aggregate them, as in sum by (cluster, pod) (x)"
                )));
            }
        }
        if samples.is_empty() {
            return Err(Reading::Empty);
        }
        Ok(samples)
    }
}

pub(super) fn failed(message: &str) -> Reading {
    Reading::Failed {
        message: message.to_owned(),
    }
}

/// One number of series; `remedy` is what makes one of several.
fn reading(
    series: &[(Option<&Labels>, &Sample)],
    unit: Unit,
    aggregate: Option<Aggregate>,
    remedy: &str,
) -> Reading {
    let names = series
        .iter()
        .filter_map(|(labels, _)| labels.as_ref()?.get("__name__"));
    if let Some(mistake) = names.into_iter().find_map(|name| unit.mistaken(name)) {
        return failed(&mistake);
    }
    if series.len() > 1 && aggregate.is_none() {
        let by = differing(series);
        return failed(&format!(
            "gives {} series{by} where one number is needed: write {remedy} around the query, or max or avg, or set \
             `aggregate` beside it",
            series.len()
        ));
    }
    let samples = series.iter().map(|(_, sample)| sample);
    let Some(newest) = samples.clone().map(|sample| millis(sample.0)).max() else {
        return Reading::Empty;
    };
    let values: Option<Vec<i64>> = samples.map(|sample| milli(&sample.1)).collect();
    match values.and_then(|values| one(&values, aggregate)) {
        Some(value) => Reading::Series {
            at_ms: UnixMs(newest),
            values_milli: vec![value],
        },
        None => Reading::NotANumber,
    }
}

/// By which labels series differ, in words.
fn differing(series: &[(Option<&Labels>, &Sample)]) -> String {
    let labels: Vec<&Labels> = series.iter().filter_map(|(labels, _)| *labels).collect();
    let names: BTreeSet<&String> = labels.iter().flat_map(|labels| labels.keys()).collect();
    let differ = |name: &&String| {
        labels
            .iter()
            .any(|one| one.get(*name) != labels[0].get(*name))
    };
    let names: Vec<&str> = names
        .into_iter()
        .filter(differ)
        .map(String::as_str)
        .take(5)
        .collect();
    if names.is_empty() {
        String::new()
    } else {
        format!(", which differ by {},", names.join(", "))
    }
}

/// The one number of values; a mean is rounded down. None of no values.
fn one(values: &[i64], aggregate: Option<Aggregate>) -> Option<i64> {
    // Each is within 53 bits.
    let sum = || values.iter().map(|value| i128::from(*value)).sum::<i128>();
    match aggregate {
        Some(Aggregate::Max) => values.iter().max().copied(),
        Some(Aggregate::Min) => values.iter().min().copied(),
        Some(Aggregate::Average) => {
            let mean = sum().checked_div_euclid(i128::try_from(values.len()).ok()?)?;
            i64::try_from(mean).ok()
        }
        Some(Aggregate::Sum) | None => i64::try_from(sum()).ok(),
    }
}

/// A value in thousandths, nearest; `None` when it is no finite number or far too large for one.
fn milli(value: &str) -> Option<i64> {
    let value: f64 = value.parse().ok()?;
    whole(value * 1000.0)
}

fn millis(seconds: f64) -> i64 {
    whole(seconds * 1000.0).unwrap_or(0)
}

/// The nearest integer within the 53 bits in which a float has them all.
fn whole(value: f64) -> Option<i64> {
    const MOST: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "held within 53 bits")]
    (value.abs() < MOST).then(|| value.round() as i64)
}

#[cfg(test)]
mod tests;
