//! The same edits of two snapshots as of their JSON, without making JSON or copies of what is equal.
//!
//! Most of a snapshot is what it was a tick before; what differs is the time and the samples of metrics. So the large
//! lists, and what differs in every tick, are compared as what they are. All else that differs, and whatever has other
//! keys than before, is compared as JSON. Each field stands under its name in the JSON and in the order of the names.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use spillway_solver::snapshot::{
    ClusterState, MetricState, PodReading, Reading, Snapshot, WorkloadState,
};

use super::{EACH, Edit, Edits};

/// Makes `held` what `now` is, and says what of its JSON that replaces.
///
/// # Panics
///
/// Never: a snapshot is strings, integers, truth values and lists of them.
pub(in crate::decisions) fn follow(held: &mut Snapshot, now: &Snapshot) -> Vec<Edit> {
    let mut edits = Edits::default();
    edits.snapshot(held, now);
    edits.found
}

fn json(part: &impl Serialize) -> Value {
    serde_json::to_value(part).expect("a snapshot is strings, integers and lists of them")
}

impl Edits {
    fn snapshot(&mut self, held: &mut Snapshot, now: &Snapshot) {
        let Snapshot {
            schema_version,
            now_ms,
            clusters,
            workloads,
            spend,
        } = now;
        if held.spend.is_some() != spend.is_some() {
            return self.whole(held, now);
        }
        self.list("clusters", &mut held.clusters, clusters, Self::cluster);
        self.field("nowMs", &mut held.now_ms, now_ms);
        self.field("schemaVersion", &mut held.schema_version, schema_version);
        self.field("spend", &mut held.spend, spend);
        self.list("workloads", &mut held.workloads, workloads, Self::workload);
    }

    fn cluster(&mut self, held: &mut ClusterState, now: &ClusterState) {
        let ClusterState {
            name,
            observed_at_ms,
            unreachable_since_ms,
            serves_traffic,
            nodes,
            groups,
            quotas,
            targets,
        } = now;
        let keys = |cluster: &ClusterState| {
            [
                cluster.unreachable_since_ms.is_some(),
                cluster.serves_traffic.is_some(),
            ]
        };
        if keys(held) != keys(now) {
            return self.whole(held, now);
        }
        self.list("groups", &mut held.groups, groups, Self::whole);
        self.field("name", &mut held.name, name);
        self.list("nodes", &mut held.nodes, nodes, Self::whole);
        self.field("observedAtMs", &mut held.observed_at_ms, observed_at_ms);
        self.list("quotas", &mut held.quotas, quotas, Self::whole);
        self.field("servesTraffic", &mut held.serves_traffic, serves_traffic);
        self.list("targets", &mut held.targets, targets, Self::whole);
        self.field(
            "unreachableSinceMs",
            &mut held.unreachable_since_ms,
            unreachable_since_ms,
        );
    }

    fn workload(&mut self, held: &mut WorkloadState, now: &WorkloadState) {
        let WorkloadState { id, metrics } = now;
        self.field("id", &mut held.id, id);
        self.under("metrics", |edits| edits.metrics(&mut held.metrics, metrics));
    }

    fn metrics(
        &mut self,
        held: &mut BTreeMap<String, MetricState>,
        now: &BTreeMap<String, MetricState>,
    ) {
        if !held.keys().eq(now.keys()) {
            return self.whole(held, now);
        }
        for ((name, held), now) in held.iter_mut().zip(now.values()) {
            self.under(name, |edits| edits.metric(held, now));
        }
    }

    fn metric(&mut self, held: &mut MetricState, now: &MetricState) {
        let MetricState {
            primary,
            alternative,
            arrivals,
            completions,
        } = now;
        let keys = |metric: &MetricState| {
            [
                metric.alternative.is_some(),
                metric.arrivals.is_some(),
                !metric.completions.is_empty(),
            ]
        };
        if keys(held) != keys(now) {
            return self.whole(held, now);
        }
        self.field("alternative", &mut held.alternative, alternative);
        self.field("arrivals", &mut held.arrivals, arrivals);
        self.field("completions", &mut held.completions, completions);
        self.under("primary", |edits| edits.reading(&mut held.primary, primary));
    }

    fn reading(&mut self, held: &mut Reading, now: &Reading) {
        match (&mut *held, now) {
            (
                Reading::Pods { at_ms, pods },
                Reading::Pods {
                    at_ms: now_at_ms,
                    pods: now_pods,
                },
            ) => {
                self.field("atMs", at_ms, now_at_ms);
                self.pods(pods, now_pods);
            }
            _ => self.whole(held, now),
        }
    }

    /// Samples of all pods are new in every tick: their columns come first, for a place each would repeat its path.
    fn pods(&mut self, held: &mut Vec<PodReading>, now: &[PodReading]) {
        if held.len() == now.len() {
            self.under("pods", |edits| {
                edits.column(
                    "sampledAtMs",
                    held,
                    now,
                    |pod| pod.sampled_at_ms,
                    |pod| &mut pod.sampled_at_ms,
                );
                edits.column(
                    "valueMilli",
                    held,
                    now,
                    |pod| pod.value_milli,
                    |pod| &mut pod.value_milli,
                );
            });
        }
        self.list("pods", held, now, Self::pod);
    }

    /// A field of most pods of a list, as one edit. Where a pod has no such field, or few have another value, each
    /// place is left to be compared by itself.
    fn column<T: Copy + PartialEq + Serialize>(
        &mut self,
        name: &str,
        held: &mut [PodReading],
        now: &[PodReading],
        of: fn(&PodReading) -> Option<T>,
        to: fn(&mut PodReading) -> &mut Option<T>,
    ) {
        let mut values = Vec::with_capacity(now.len());
        let mut others = 0;
        for (held, now) in held.iter().zip(now) {
            let (Some(before), Some(value)) = (of(held), of(now)) else {
                return;
            };
            others += usize::from(before != value);
            values.push(value);
        }
        if others < 2 || others * 2 < values.len() {
            return;
        }
        for (held, value) in held.iter_mut().zip(&values) {
            *to(held) = Some(*value);
        }
        let list = json(&values);
        self.under(EACH, |edits| edits.under(name, |edits| edits.replace(list)));
    }

    fn pod(&mut self, held: &mut PodReading, now: &PodReading) {
        let PodReading {
            name,
            cluster,
            phase,
            ready,
            ready_changed_at_ms,
            started_at_ms,
            deleting,
            value_milli,
            sampled_at_ms,
            window_ms,
            request_milli,
        } = now;
        let keys = |pod: &PodReading| {
            [
                pod.ready.is_some(),
                pod.ready_changed_at_ms.is_some(),
                pod.started_at_ms.is_some(),
                pod.value_milli.is_some(),
                pod.sampled_at_ms.is_some(),
                pod.request_milli.is_some(),
            ]
        };
        if keys(held) != keys(now) {
            return self.whole(held, now);
        }
        self.field("cluster", &mut held.cluster, cluster);
        self.field("deleting", &mut held.deleting, deleting);
        self.field("name", &mut held.name, name);
        self.field("phase", &mut held.phase, phase);
        self.field("ready", &mut held.ready, ready);
        self.field(
            "readyChangedAtMs",
            &mut held.ready_changed_at_ms,
            ready_changed_at_ms,
        );
        self.field("requestMilli", &mut held.request_milli, request_milli);
        self.field("sampledAtMs", &mut held.sampled_at_ms, sampled_at_ms);
        self.field("startedAtMs", &mut held.started_at_ms, started_at_ms);
        self.field("valueMilli", &mut held.value_milli, value_milli);
        self.field("windowMs", &mut held.window_ms, window_ms);
    }

    fn list<T: Clone + PartialEq + Serialize>(
        &mut self,
        name: &str,
        held: &mut Vec<T>,
        now: &[T],
        compare: impl Fn(&mut Self, &mut T, &T),
    ) {
        self.under(name, |edits| {
            if held.len() != now.len() {
                *held = now.to_vec();
                return edits.replace(json(held));
            }
            for (index, (held, now)) in held.iter_mut().zip(now).enumerate() {
                if held != now {
                    edits.at(index, |edits| compare(edits, held, now));
                }
            }
        });
    }

    fn field<T: Clone + PartialEq + Serialize>(&mut self, name: &str, held: &mut T, now: &T) {
        if held != now {
            self.under(name, |edits| edits.whole(held, now));
        }
    }

    fn whole<T: Clone + PartialEq + Serialize>(&mut self, held: &mut T, now: &T) {
        if held != now {
            self.values(&json(held), &json(now));
            *held = now.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::{apply, between};
    use super::*;

    /// A snapshot in which every field stands, and one of each kind of reading.
    fn all_fields() -> Value {
        let amount = json!({"cpuMilli": 1, "memoryBytes": 2, "pods": 3, "extended": {"gpu/a": 1}});
        let pod = json!({
            "name": "pod-1", "cluster": "home", "phase": "Running", "ready": true,
            "readyChangedAtMs": 1, "startedAtMs": 2, "deleting": false, "valueMilli": 3,
            "sampledAtMs": 4, "windowMs": 5, "requestMilli": 6
        });
        let series = json!({"kind": "series", "atMs": 1, "valuesMilli": [1, 2]});
        let cluster = json!({
            "name": "home", "observedAtMs": 1, "unreachableSinceMs": 1, "servesTraffic": true,
            "nodes": [{
                "name": "a", "group": "rack", "allocatable": amount, "used": amount,
                "replicas": [{"workload": "shop/web", "bound": 1, "ready": 2, "terminating": 0}],
                "unschedulable": false, "leaving": true
            }],
            "groups": [{
                "name": "rack", "inFlight": 0, "price": {"microUsdPerHour": 1, "observedAtMs": 1},
                "insufficientCapacityAtMs": 1, "boot": {"p50Ms": 1, "p95Ms": 2}
            }],
            "quotas": [
                {"name": "q", "scope": {"namespacePods": "shop"}, "limit": 2, "used": 1},
                {"name": "r", "scope": "instances", "limit": 2, "used": 1}
            ],
            "targets": [{
                "workload": "shop/web", "specReplicas": 1, "pending": 1, "unschedulable": 0,
                "rolloutSurge": 0, "template": "t"
            }]
        });
        let queue = json!({
            "primary": series, "alternative": {"kind": "failed", "message": "why"},
            "arrivals": series, "completions": {"a~/": series}
        });
        let busy = json!({"primary": {"kind": "pods", "atMs": 1, "pods": [pod, pod]}});
        json!({
            "schemaVersion": Snapshot::default().schema_version, "nowMs": 1,
            "clusters": [cluster, cluster],
            "workloads": [{"id": "shop/web", "metrics": {"a~/": queue, "busy": busy}}],
            "spend": {"hourMicroUsd": 1, "dayMicroUsd": 1, "monthMicroUsd": 1}
        })
    }

    /// Each document that differs from this one in one place, as long as it is a snapshot.
    fn neighbours(document: &Value) -> Vec<Snapshot> {
        let mut places = Vec::new();
        pointers(document, &mut String::new(), &mut places);
        let mut found = Vec::new();
        for place in places {
            for value in others(document.pointer(&place).expect("a place of it")) {
                let mut other = document.clone();
                *other.pointer_mut(&place).expect("a place of it") = value;
                found.extend(serde_json::from_value::<Snapshot>(other));
            }
        }
        found
    }

    fn pointers(document: &Value, path: &mut String, places: &mut Vec<String>) {
        places.push(path.clone());
        let steps: Vec<(String, &Value)> = match document {
            Value::Object(object) => object.iter().map(|(k, v)| (k.clone(), v)).collect(),
            Value::Array(list) => list
                .iter()
                .enumerate()
                .map(|(i, v)| (i.to_string(), v))
                .collect(),
            _ => Vec::new(),
        };
        for (step, inner) in steps {
            let parent = path.len();
            path.push('/');
            path.push_str(&step.replace('~', "~0").replace('/', "~1"));
            pointers(inner, path, places);
            path.truncate(parent);
        }
    }

    /// Values that differ from this one: others of its kind, and the same with something left out or added.
    fn others(value: &Value) -> Vec<Value> {
        match value {
            Value::Bool(truth) => vec![json!(!truth)],
            Value::Number(number) => vec![json!(number.as_i64().map(|n| n + 1))],
            Value::String(text) => vec![json!(format!("{text}~")), json!("Failed"), json!("empty")],
            Value::Array(list) => {
                let longer = list.iter().chain(list.first()).cloned().collect();
                vec![Value::Array(list[1..].to_vec()), Value::Array(longer)]
            }
            Value::Object(object) => {
                let without = object.keys().map(|key| {
                    let mut object = object.clone();
                    object.remove(key);
                    Value::Object(object)
                });
                let renamed = object.iter().map(|(key, inner)| {
                    let mut object = object.clone();
                    object.insert(format!("{key}/"), inner.clone());
                    Value::Object(object)
                });
                without
                    .chain(renamed)
                    .chain([json!({"kind": "empty"})])
                    .collect()
            }
            Value::Null => Vec::new(),
        }
    }

    /// Follows to `now` and holds the edits against those of the JSON.
    fn assert_same_edits(before: &Snapshot, now: &Snapshot) {
        let mut held = before.clone();
        let edits = follow(&mut held, now);
        assert_eq!(held, *now, "{edits:?}");
        assert_eq!(
            one_by_one(&edits, before),
            between(&json(before), &json(now))
        );
        let mut edited = json(before);
        apply(&mut edited, edits).expect("places of it");
        assert_eq!(edited, json(now));
    }

    /// The edits with a place each instead of columns, in document order, without those that replace a value by itself.
    fn one_by_one(edits: &[Edit], before: &Snapshot) -> Vec<Edit> {
        let before = json(before);
        let mut found = Vec::new();
        for Edit(path, value) in edits {
            match path.split_once("/*/") {
                None => found.push(Edit(path.clone(), value.clone())),
                Some((list, field)) => {
                    for (index, value) in value.as_array().expect("a column").iter().enumerate() {
                        let place = format!("{list}/{index}/{field}");
                        if before.pointer(&place) != Some(value) {
                            found.push(Edit(place, value.clone()));
                        }
                    }
                }
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }

    #[test]
    fn samples_of_most_pods_are_two_edits() {
        let pods = |at_ms: u64, values: [i64; 3]| {
            let pods = values.map(|value| {
                json!({
                    "name": format!("pod-{value}"), "cluster": "home", "phase": "Running", "deleting": false,
                    "valueMilli": value, "sampledAtMs": at_ms, "windowMs": 1
                })
            });
            let mut document = all_fields();
            document["workloads"][0]["metrics"]["busy"]["primary"]["pods"] = json!(pods);
            serde_json::from_value::<Snapshot>(document).expect("a snapshot")
        };
        let mut held = pods(1, [5, 6, 7]);
        let mut now = pods(2, [5, 6, 7]);
        let Reading::Pods { pods, .. } = &mut now.workloads[0]
            .metrics
            .get_mut("busy")
            .expect("a metric")
            .primary
        else {
            unreachable!("readings of pods");
        };
        pods[1].value_milli = Some(8);
        pods[2].value_milli = Some(9);
        let shown: Vec<String> = follow(&mut held, &now)
            .iter()
            .map(Edit::to_string)
            .collect();
        assert_eq!(
            shown,
            [
                "/workloads/0/metrics/busy/primary/pods/*/sampledAtMs: [2,2,2]",
                "/workloads/0/metrics/busy/primary/pods/*/valueMilli: [5,8,9]",
            ]
        );
    }

    #[test]
    fn a_change_of_any_place_gives_the_edits_of_the_json() {
        let document = all_fields();
        let first: Snapshot = serde_json::from_value(document.clone()).expect("a snapshot");
        assert_eq!(json(&first), document, "every field stands in it");
        let neighbours = neighbours(&document);
        assert!(neighbours.len() > 300, "{}", neighbours.len());
        for other in &neighbours {
            assert_same_edits(&first, other);
            assert_same_edits(other, &first);
        }
    }

    fn any_neighbour() -> impl Strategy<Value = Snapshot> {
        prop::sample::select(neighbours(&all_fields()))
    }

    proptest! {
        #[test]
        fn changes_of_any_two_places_give_the_edits_of_the_json(
            before in any_neighbour(),
            now in any_neighbour(),
        ) {
            assert_same_edits(&before, &now);
        }
    }
}
