//! What was measured for a workload: its queries, asked once for all, and the answers as readings.

mod access;
mod answer;
mod ask;
mod fault;
mod pods;
mod question;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use spillway_crds::api::HybridAutoscalerSpec;
use spillway_solver::ids::ClusterId;
use spillway_solver::snapshot::{MetricState, Reading};

pub use access::{Access, AccessError};
use answer::{Answer, failed};
pub use ask::Prometheus;
pub use fault::faults;
pub use pods::OwnPod;
use question::{Question, Role, questions};

/// All that was answered, by query.
pub type Answers = BTreeMap<String, Result<Answer, String>>;

/// The PromQL that a workload's metrics need. Many workloads ask alike: a set of them asks each
/// query once.
#[must_use]
pub fn queries(spec: &HybridAutoscalerSpec) -> BTreeSet<String> {
    let questions = spec.metrics.iter().flat_map(questions);
    questions
        .map(|question| question.query.to_owned())
        .collect()
}

/// The readings of a workload's metrics by name.
#[must_use]
pub fn readings(
    spec: &HybridAutoscalerSpec,
    answers: &Answers,
    own_pods: &[OwnPod<'_>],
) -> BTreeMap<String, MetricState> {
    let metrics = spec.metrics.iter().enumerate().map(|(index, metric)| {
        let mut state = MetricState::default();
        for question in questions(metric) {
            let place = Place {
                index,
                field: question.role.field(),
            };
            let one = || number(&place, &question, answers);
            match question.role {
                Role::Query | Role::Backlog => state.primary = one(),
                Role::Alternative => state.alternative = Some(one()),
                Role::Arrivals => state.arrivals = Some(one()),
                // What is not learned holds nothing up.
                Role::Completions => {
                    state.completions = numbers(&place, &question, answers).unwrap_or_default();
                }
                Role::Pods => {
                    let samples = read(&place, &question, answers, Answer::by_pod);
                    state.primary =
                        samples.map_or_else(|instead| instead, |all| pods::reading(&all, own_pods));
                }
            }
        }
        (metric.name.clone(), state)
    });
    metrics.collect()
}

/// A field of a metric.
#[derive(Clone, Copy, Debug)]
struct Place {
    index: usize,
    field: &'static str,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "spec.metrics[{}].{}", self.index, self.field)
    }
}

impl Place {
    /// Says of a failure where it is.
    fn name(&self, reading: Reading) -> Reading {
        match reading {
            Reading::Failed { message } => failed(&format!("{self}: {message}")),
            other => other,
        }
    }
}

fn number(place: &Place, question: &Question<'_>, answers: &Answers) -> Reading {
    let unit = question.role.unit();
    let number = read(place, question, answers, |answer| {
        answer.number(unit, question.aggregate)
    });
    number.map_or_else(|instead| instead, |number| place.name(number))
}

/// A number of each cluster.
fn numbers(
    place: &Place,
    question: &Question<'_>,
    answers: &Answers,
) -> Result<BTreeMap<ClusterId, Reading>, Reading> {
    let unit = question.role.unit();
    let all = read(place, question, answers, |answer| {
        answer.by_cluster(unit, question.aggregate)
    })?;
    let named = all.into_iter();
    Ok(named
        .map(|(cluster, reading)| (cluster, place.name(reading)))
        .collect())
}

/// What an answer says, or what there is instead of one.
fn read<T>(
    place: &Place,
    question: &Question<'_>,
    answers: &Answers,
    read: impl Fn(&Answer) -> Result<T, Reading>,
) -> Result<T, Reading> {
    let said = match answers.get(question.query) {
        Some(Ok(answer)) => read(answer),
        Some(Err(why)) => Err(failed(why)),
        None => Err(Reading::NotAsked),
    };
    said.map_err(|instead| place.name(instead))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use spillway_crds::api::HybridAutoscaler;
    use spillway_solver::units::UnixMs;

    use super::*;

    fn spec() -> HybridAutoscalerSpec {
        let object: HybridAutoscaler = serde_json::from_value(json!({
            "apiVersion": "spillway.dev/v1alpha1", "kind": "HybridAutoscaler",
            "metadata": {"namespace": "shop", "name": "web"},
            "spec": {
                "scaleTargetRef": {"name": "web"}, "maxReplicas": 3,
                "metrics": [
                    {"name": "load", "prometheus": {"query": "load"}, "target": {"averageValue": "1"}},
                    {
                        "name": "jobs",
                        "queue": {
                            "backlogQuery": "waiting", "arrivalsQuery": "load",
                            "completionsQuery": "done", "serviceRate": "1"
                        },
                        "target": {"drainWithin": "30s"}
                    }
                ]
            }
        }))
        .expect("an autoscaler");
        object.spec
    }

    fn answered(cluster: &str, value: &str) -> Answer {
        serde_json::from_value(json!({"data": {
            "resultType": "vector",
            "result": [{"metric": {"cluster": cluster}, "value": [1, value]}]
        }}))
        .expect("an answer")
    }

    #[test]
    fn a_query_that_several_metrics_need_is_asked_once() {
        let all: Vec<String> = queries(&spec()).into_iter().collect();
        assert_eq!(all, ["done", "load", "waiting"]);
    }

    #[test]
    fn every_metric_has_its_readings_and_what_failed_says_why() {
        let answers = Answers::from([
            ("load".to_owned(), Ok(answered("home", "2"))),
            ("waiting".to_owned(), Err("no answer within 5 s".to_owned())),
            ("done".to_owned(), Ok(answered("home", "3"))),
        ]);
        let all = readings(&spec(), &answers, &[]);
        let series = |milli: i64| Reading::Series {
            at_ms: UnixMs(1000),
            values_milli: vec![milli],
        };
        assert_eq!(all["load"].primary, series(2000));
        assert_eq!(
            all["jobs"].primary,
            failed("spec.metrics[1].queue.backlogQuery: no answer within 5 s")
        );
        assert_eq!(all["jobs"].arrivals, Some(series(2000)));
        assert_eq!(
            all["jobs"].completions,
            BTreeMap::from([("home".into(), series(3000))])
        );
        assert_eq!(
            faults(&spec(), &answers),
            ["spec.metrics[1].queue.backlogQuery: no answer within 5 s"]
        );
        let nothing = readings(&spec(), &Answers::new(), &[]);
        assert_eq!(nothing["load"].primary, Reading::NotAsked);
    }

    #[test]
    fn each_fault_names_its_field_and_the_remedy() {
        let vector = |result: serde_json::Value| {
            let answer = json!({"data": {"resultType": "vector", "result": result}});
            Ok(serde_json::from_value(answer).expect("an answer"))
        };
        let series = |name: &str| json!({"metric": {"__name__": name}, "value": [1, "2"]});
        let answers = Answers::from([
            ("load".to_owned(), vector(json!([series("jobs_total")]))),
            ("waiting".to_owned(), vector(json!([]))),
            ("done".to_owned(), vector(json!([series("done")]))),
        ]);
        let all = faults(&spec(), &answers);
        let begins = [
            "spec.metrics[1].queue.backlogQuery: gives no series",
            "spec.metrics[1].queue.arrivalsQuery: gives the counter jobs_total itself",
            "spec.metrics[1].queue.completionsQuery: a series has no label `cluster`",
        ];
        assert_eq!(all.len(), begins.len(), "{all:#?}");
        for (fault, begin) in all.iter().zip(begins) {
            assert!(fault.starts_with(begin), "{fault}");
        }
    }
}
