//! What was measured for a workload: its queries, asked once for all, and the answers as readings.

mod access;
mod answer;
mod ask;
mod credentials;
mod fault;
mod heard;
mod pods;
mod question;
mod resource;
mod secret;
mod server;
mod servers;

use std::collections::BTreeMap;

use kube::ResourceExt;
use spillway_crds::api::HybridAutoscaler;
use spillway_solver::snapshot::MetricState;

use crate::member::Usages;

pub use access::{Access, AccessError};
pub use ask::{NoAnswer, Prometheus};
pub use credentials::{Credentials, Unusable};
pub use fault::faults;
use heard::heard;
pub use pods::{OwnPod, Pods};
use question::{Role, questions};
pub use server::Server;
pub use servers::{Answers, Failure, OwnError, Questions, Servers};

/// The PromQL that the metrics of all these workloads need. Many ask alike: each query is in it once for each server.
#[must_use]
pub fn queries(autoscalers: &[HybridAutoscaler]) -> Questions {
    let mut all = Questions::new();
    for object in autoscalers {
        let namespace = object.namespace().unwrap_or_default();
        for metric in &object.spec.metrics {
            for question in questions(metric) {
                let server = Server::of(metric, &namespace);
                all.entry(server)
                    .or_default()
                    .insert(question.query.to_owned());
            }
        }
    }
    all
}

/// The readings of a workload's metrics by name.
#[must_use]
pub fn readings(
    object: &HybridAutoscaler,
    answers: &Answers,
    usages: &BTreeMap<String, Usages>,
    pods: Pods<'_>,
) -> BTreeMap<String, MetricState> {
    let namespace = object.namespace().unwrap_or_default();
    let metrics = object.spec.metrics.iter().enumerate();
    let mut states: BTreeMap<String, MetricState> = metrics
        .map(|(index, metric)| {
            let mut state = MetricState::default();
            if let Some(source) = &metric.resource {
                let reading = resource::reading(metric, source, &namespace, usages, pods);
                state.primary = heard::named(&resource_place(index), reading);
            }
            (metric.name.clone(), state)
        })
        .collect();
    for heard in heard(object, answers) {
        let state = states.entry(heard.metric.name.clone()).or_default();
        match heard.question.role {
            Role::Query | Role::Backlog => state.primary = heard.number(),
            Role::Alternative => state.alternative = Some(heard.number()),
            Role::Arrivals => state.arrivals = Some(heard.number()),
            // What is not learned holds nothing up.
            Role::Completions => state.completions = heard.numbers().unwrap_or_default(),
            Role::Pods => {
                let samples = heard.samples();
                state.primary =
                    samples.map_or_else(|instead| instead, |all| pods::reading(&all, pods));
            }
        }
    }
    states
}

/// Where the source of a resource metric is written.
fn resource_place(index: usize) -> String {
    format!("spec.metrics[{index}].resource")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use spillway_solver::snapshot::Reading;
    use spillway_solver::units::UnixMs;

    use super::answer::{Answer, failed};
    use super::*;

    fn object() -> HybridAutoscaler {
        serde_json::from_value(json!({
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
        .expect("an autoscaler")
    }

    fn answered(cluster: &str, value: &str) -> Answer {
        serde_json::from_value(json!({"data": {
            "resultType": "vector",
            "result": [{"metric": {"cluster": cluster}, "value": [1, value]}]
        }}))
        .expect("an answer")
    }

    fn answers<const N: usize>(all: [(String, Result<Answer, Failure>); N]) -> Answers {
        Answers::from([(Server::Own, BTreeMap::from(all))])
    }

    #[test]
    fn a_query_that_several_metrics_need_is_asked_once() {
        let mut other = object();
        other.metadata.namespace = Some("other".to_owned());
        let all = queries(&[object(), other]);
        let queries: Vec<&String> = all[&Server::Own].iter().collect();
        assert_eq!(queries, ["done", "load", "waiting"]);
        assert_eq!(all.len(), 1);
    }

    #[test]
    fn every_metric_has_its_readings_and_what_failed_says_why() {
        let answers = answers([
            ("load".to_owned(), Ok(answered("home", "2"))),
            (
                "waiting".to_owned(),
                Err(Failure::elsewhere("no answer within 5 s".to_owned())),
            ),
            ("done".to_owned(), Ok(answered("home", "3"))),
        ]);
        let all = readings(&object(), &answers, &BTreeMap::new(), Pods::default());
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
            faults(&object(), &answers, None),
            ["spec.metrics[1].queue.backlogQuery: no answer within 5 s"]
        );
        let nothing = readings(
            &object(),
            &Answers::new(),
            &BTreeMap::new(),
            Pods::default(),
        );
        assert_eq!(nothing["load"].primary, Reading::NotAsked);
    }

    #[test]
    fn each_fault_names_its_field_and_the_remedy() {
        let vector = |result: serde_json::Value| {
            let answer = json!({"data": {"resultType": "vector", "result": result}});
            Ok(serde_json::from_value(answer).expect("an answer"))
        };
        let series = |name: &str| json!({"metric": {"__name__": name}, "value": [1, "2"]});
        let answers = answers([
            ("load".to_owned(), vector(json!([series("jobs_total")]))),
            ("waiting".to_owned(), vector(json!([]))),
            ("done".to_owned(), vector(json!([series("done")]))),
        ]);
        let all = faults(&object(), &answers, None);
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

    #[test]
    fn each_server_is_asked_for_itself_and_what_it_refuses_names_the_field_of_the_metric() {
        let own = |namespace: &str, server: serde_json::Value| {
            let mut object = object();
            object.metadata.namespace = Some(namespace.to_owned());
            object.spec.metrics[0].server = Some(serde_json::from_value(server).expect("a server"));
            object
        };
        let open = json!({"address": "http://a"});
        let token = json!({"address": "http://a", "bearerToken": {"name": "s", "key": "t"}});
        let all = queries(&[
            own("one", open.clone()),
            own("two", open),
            own("one", token.clone()),
            own("two", token.clone()),
        ]);
        let namespaces = all.keys().map(|server| match server {
            Server::Own => "own",
            Server::Named { namespace, .. } => namespace.as_str(),
        });
        // Without a Secret it is the same server for all; with one, each namespace has its own.
        assert_eq!(namespaces.collect::<Vec<_>>(), ["own", "", "one", "two"]);

        let object = own("one", token);
        let why = Failure::of("bearerToken", "Secret one/s does not exist".to_owned());
        let server = Server::of(&object.spec.metrics[0], "one");
        let answers = Answers::from([(server, BTreeMap::from([("load".to_owned(), Err(why))]))]);
        let said = "spec.metrics[0].server.bearerToken: Secret one/s does not exist";
        assert_eq!(
            readings(&object, &answers, &BTreeMap::new(), Pods::default())["load"].primary,
            failed(said)
        );
        assert_eq!(faults(&object, &answers, None), [said]);
    }
}
