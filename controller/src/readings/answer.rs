//! What Prometheus answered, as the core reads it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use spillway_solver::ids::ClusterId;
use spillway_solver::snapshot::Reading;
use spillway_solver::units::UnixMs;

/// The body of an answer to an instant query.
#[derive(Clone, Debug, Deserialize)]
pub struct Answer {
    data: Option<Data>,
    /// Set where the server could not do what was asked.
    error: Option<String>,
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
    metric: BTreeMap<String, String>,
    value: Sample,
}

/// Seconds and value; values are strings, for JSON has no NaN.
#[derive(Clone, Debug, Deserialize)]
struct Sample(f64, String);

impl Answer {
    /// The series, or what there is instead of them.
    fn series(&self) -> Result<Vec<&Sample>, Reading> {
        if let Some(error) = &self.error {
            return Err(failed(error));
        }
        if !self.warnings.is_empty() {
            return Err(Reading::Partial);
        }
        match &self.data {
            Some(Data::Vector(series)) => Ok(series.iter().map(|series| &series.value).collect()),
            Some(Data::Scalar(sample)) => Ok(vec![sample]),
            Some(Data::Matrix(_)) => Err(failed(
                "the query gives a range of samples for each series: aggregate it over time, as in rate(x[1m])",
            )),
            Some(Data::String(_)) => Err(failed("the query gives a string, not a number")),
            None => Err(failed("the answer has neither data nor an error")),
        }
    }

    /// As the reading of one number, the sum of its series.
    pub(super) fn reading(&self) -> Reading {
        match self.series() {
            Ok(samples) => reading(&samples),
            Err(instead) => instead,
        }
    }

    /// A reading for each value of the label `cluster`. Series without it are in none.
    pub(super) fn by_cluster(&self) -> BTreeMap<ClusterId, Reading> {
        let (Ok(_), Some(Data::Vector(all))) = (self.series(), &self.data) else {
            return BTreeMap::new();
        };
        let mut of_cluster: BTreeMap<ClusterId, Vec<&Sample>> = BTreeMap::new();
        for series in all {
            if let Some(cluster) = series.metric.get("cluster") {
                let samples = of_cluster.entry(cluster.as_str().into()).or_default();
                samples.push(&series.value);
            }
        }
        let readings = of_cluster.into_iter();
        readings
            .map(|(cluster, samples)| (cluster, reading(&samples)))
            .collect()
    }
}

/// A sample of one pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PodSample {
    pub(super) value_milli: i64,
    pub(super) at_ms: UnixMs,
}

impl Answer {
    /// Samples by the labels `cluster` (empty where there is none) and `pod`.
    pub(super) fn by_pod(&self) -> Result<BTreeMap<(String, String), PodSample>, Reading> {
        self.series()?;
        let Some(Data::Vector(all)) = &self.data else {
            return Err(failed(
                "a pods metric needs a series for each pod, with the label `pod`",
            ));
        };
        let mut samples = BTreeMap::new();
        for series in all {
            let Some(pod) = series.metric.get("pod") else {
                return Err(failed(
                    "a series has no label `pod`: keep it in the query, as in sum by (cluster, pod) (x)",
                ));
            };
            // HPA too takes a pod whose sample is no number for one without a sample.
            let Some(value_milli) = milli(&series.value.1) else {
                continue;
            };
            let sample = PodSample {
                value_milli,
                at_ms: UnixMs(millis(series.value.0)),
            };
            let cluster = series.metric.get("cluster").cloned().unwrap_or_default();
            if samples.insert((cluster, pod.clone()), sample).is_some() {
                return Err(failed(&format!(
                    "several series for the pod {pod}: aggregate them, as in sum by (cluster, pod) (x)"
                )));
            }
        }
        Ok(samples)
    }
}

pub(super) fn failed(message: &str) -> Reading {
    Reading::Failed {
        message: message.to_owned(),
    }
}

fn reading(samples: &[&Sample]) -> Reading {
    let Some(newest) = samples.iter().map(|sample| millis(sample.0)).max() else {
        return Reading::Empty;
    };
    let values: Option<Vec<i64>> = samples.iter().map(|sample| milli(&sample.1)).collect();
    match values {
        Some(values_milli) => Reading::Series {
            at_ms: UnixMs(newest),
            values_milli,
        },
        None => Reading::NotANumber,
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
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn answer(body: &Value) -> Answer {
        serde_json::from_value(body.clone()).expect("an answer")
    }

    fn vector(samples: &[(&str, &str)]) -> Value {
        let series: Vec<Value> = samples
            .iter()
            .map(|(cluster, value)| json!({"metric": {"cluster": cluster}, "value": [1.5, value]}))
            .collect();
        json!({"status": "success", "data": {"resultType": "vector", "result": series}})
    }

    fn read(values_milli: &[i64]) -> Reading {
        Reading::Series {
            at_ms: UnixMs(1500),
            values_milli: values_milli.to_vec(),
        }
    }

    #[test]
    fn series_and_scalars_are_read_in_thousandths() {
        let two = answer(&vector(&[("home", "1.2345"), ("eks", "1e3")]));
        assert_eq!(two.reading(), read(&[1235, 1_000_000]));
        let scalar = json!({"data": {"resultType": "scalar", "result": [1.5, "7"]}});
        assert_eq!(answer(&scalar).reading(), read(&[7000]));
    }

    #[test]
    fn no_data_is_never_zero_and_each_cause_is_told_apart() {
        let mut partial = vector(&[("home", "1")]);
        partial["warnings"] = json!(["store gateway down"]);
        for (what, body, expected) in [
            ("no series", vector(&[]), Reading::Empty),
            (
                "NaN",
                vector(&[("home", "1"), ("eks", "NaN")]),
                Reading::NotANumber,
            ),
            ("infinite", vector(&[("home", "+Inf")]), Reading::NotANumber),
            (
                "beyond any count",
                vector(&[("home", "1e300")]),
                Reading::NotANumber,
            ),
            ("a part", partial, Reading::Partial),
            (
                "refused",
                json!({"status": "error", "errorType": "bad_data", "error": "parse error at char 5"}),
                failed("parse error at char 5"),
            ),
        ] {
            assert_eq!(answer(&body).reading(), expected, "{what}");
        }
        let range = json!({"data": {"resultType": "matrix", "result": []}});
        let Reading::Failed { message } = answer(&range).reading() else {
            panic!("a range is no number");
        };
        assert!(message.contains("rate(x[1m])"), "{message}");
    }

    #[test]
    fn completions_are_told_apart_by_cluster() {
        let mut body = vector(&[("home", "1"), ("eks", "NaN"), ("home", "2")]);
        body["data"]["result"]
            .as_array_mut()
            .expect("series")
            .push(json!({"metric": {}, "value": [1.5, "9"]}));
        let expected = [
            ("eks".into(), Reading::NotANumber),
            ("home".into(), read(&[1000, 2000])),
        ];
        assert_eq!(answer(&body).by_cluster(), BTreeMap::from(expected));
    }
}
