//! What was measured for a workload: its queries, asked once for all, and the answers as readings.

mod answer;
mod ask;
mod pods;

use std::collections::{BTreeMap, BTreeSet};

use spillway_crds::api::HybridAutoscalerSpec;
use spillway_solver::snapshot::{MetricState, Reading};

use answer::Answer;
pub use ask::{Prometheus, PrometheusError};
pub use pods::OwnPod;

/// All that was answered, by query.
pub type Answers = BTreeMap<String, Result<Answer, String>>;

/// The PromQL that a workload's metrics need. Many workloads ask alike: a set of them asks each
/// query once.
#[must_use]
pub fn queries(spec: &HybridAutoscalerSpec) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for metric in &spec.metrics {
        if let Some(source) = &metric.prometheus {
            all.insert(source.query.clone());
            all.extend(source.alternative_query.clone());
        }
        if let Some(queue) = &metric.queue {
            all.insert(queue.backlog_query.clone());
            all.insert(queue.arrivals_query.clone());
            all.extend(queue.completions_query.clone());
        }
        if let Some(pods) = &metric.pods {
            all.insert(pods.query.clone());
        }
    }
    all
}

/// The readings of a workload's metrics by name.
#[must_use]
pub fn readings(
    spec: &HybridAutoscalerSpec,
    answers: &Answers,
    own_pods: &[OwnPod<'_>],
) -> BTreeMap<String, MetricState> {
    let one = |query: &String| reading(answers, query, Answer::reading);
    let metrics = spec.metrics.iter().map(|metric| {
        let mut state = MetricState::default();
        if let Some(source) = &metric.prometheus {
            state.primary = one(&source.query);
            state.alternative = source.alternative_query.as_ref().map(one);
        }
        if let Some(queue) = &metric.queue {
            state.primary = one(&queue.backlog_query);
            state.arrivals = Some(one(&queue.arrivals_query));
            let completions = queue.completions_query.as_ref();
            if let Some(Ok(answer)) = completions.and_then(|query| answers.get(query)) {
                state.completions = answer.by_cluster();
            }
        }
        if let Some(source) = &metric.pods {
            state.primary = reading(answers, &source.query, |answer| {
                pods::reading(answer, own_pods)
            });
        }
        (metric.name.clone(), state)
    });
    metrics.collect()
}

/// What an answer says, or why there is none.
fn reading(answers: &Answers, query: &str, read: impl Fn(&Answer) -> Reading) -> Reading {
    match answers.get(query) {
        Some(Ok(answer)) => read(answer),
        Some(Err(why)) => answer::failed(why),
        None => Reading::NotAsked,
    }
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
        assert_eq!(all["jobs"].primary, answer::failed("no answer within 5 s"));
        assert_eq!(all["jobs"].arrivals, Some(series(2000)));
        assert_eq!(
            all["jobs"].completions,
            BTreeMap::from([("home".into(), series(3000))])
        );
        let nothing = readings(&spec(), &Answers::new(), &[]);
        assert_eq!(nothing["load"].primary, Reading::NotAsked);
    }
}
