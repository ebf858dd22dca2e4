//! The same edits of two snapshots as of their JSON, without making JSON of what is equal.
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

use super::{Edit, Edits};

/// What turns `before` into `after`, in document order.
///
/// # Panics
///
/// Never: a snapshot is strings, integers, truth values and lists of them.
pub(in crate::decisions) fn between_snapshots(before: &Snapshot, after: &Snapshot) -> Vec<Edit> {
    let mut edits = Edits::default();
    edits.snapshot(before, after);
    edits.found
}

fn json(part: &impl Serialize) -> Value {
    serde_json::to_value(part).expect("a snapshot is strings, integers and lists of them")
}

/// Whether both have the key, or neither.
fn alike<T>(before: &Option<T>, after: &Option<T>) -> bool {
    before.is_some() == after.is_some()
}

impl Edits {
    fn snapshot(&mut self, before: &Snapshot, after: &Snapshot) {
        let Snapshot {
            schema_version,
            now_ms,
            clusters,
            workloads,
            spend,
        } = after;
        if !alike(&before.spend, spend) {
            return self.whole(before, after);
        }
        self.list("clusters", &before.clusters, clusters, Self::cluster);
        self.field("nowMs", &before.now_ms, now_ms);
        self.field("schemaVersion", &before.schema_version, schema_version);
        self.field("spend", &before.spend, spend);
        self.list("workloads", &before.workloads, workloads, Self::workload);
    }

    fn cluster(&mut self, before: &ClusterState, after: &ClusterState) {
        let ClusterState {
            name,
            observed_at_ms,
            unreachable_since_ms,
            serves_traffic,
            nodes,
            groups,
            quotas,
            targets,
        } = after;
        if !alike(&before.unreachable_since_ms, unreachable_since_ms)
            || !alike(&before.serves_traffic, serves_traffic)
        {
            return self.whole(before, after);
        }
        self.list("groups", &before.groups, groups, Self::whole);
        self.field("name", &before.name, name);
        self.list("nodes", &before.nodes, nodes, Self::whole);
        self.field("observedAtMs", &before.observed_at_ms, observed_at_ms);
        self.list("quotas", &before.quotas, quotas, Self::whole);
        self.field("servesTraffic", &before.serves_traffic, serves_traffic);
        self.list("targets", &before.targets, targets, Self::whole);
        self.field(
            "unreachableSinceMs",
            &before.unreachable_since_ms,
            unreachable_since_ms,
        );
    }

    fn workload(&mut self, before: &WorkloadState, after: &WorkloadState) {
        let WorkloadState { id, metrics } = after;
        self.field("id", &before.id, id);
        self.under("metrics", |edits| edits.metrics(&before.metrics, metrics));
    }

    fn metrics(
        &mut self,
        before: &BTreeMap<String, MetricState>,
        after: &BTreeMap<String, MetricState>,
    ) {
        if !before.keys().eq(after.keys()) {
            return self.whole(before, after);
        }
        for ((name, before), after) in before.iter().zip(after.values()) {
            self.under(name, |edits| edits.metric(before, after));
        }
    }

    fn metric(&mut self, before: &MetricState, after: &MetricState) {
        let MetricState {
            primary,
            alternative,
            arrivals,
            completions,
        } = after;
        if !alike(&before.alternative, alternative)
            || !alike(&before.arrivals, arrivals)
            || before.completions.is_empty() != completions.is_empty()
        {
            return self.whole(before, after);
        }
        self.field("alternative", &before.alternative, alternative);
        self.field("arrivals", &before.arrivals, arrivals);
        self.field("completions", &before.completions, completions);
        self.under("primary", |edits| edits.reading(&before.primary, primary));
    }

    fn reading(&mut self, before: &Reading, after: &Reading) {
        match (before, after) {
            (
                Reading::Pods { at_ms, pods },
                Reading::Pods {
                    at_ms: now_at_ms,
                    pods: now_pods,
                },
            ) => {
                self.field("atMs", at_ms, now_at_ms);
                self.list("pods", pods, now_pods, Self::pod);
            }
            _ => self.whole(before, after),
        }
    }

    fn pod(&mut self, before: &PodReading, after: &PodReading) {
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
        } = after;
        if !alike(&before.ready, ready)
            || !alike(&before.ready_changed_at_ms, ready_changed_at_ms)
            || !alike(&before.started_at_ms, started_at_ms)
            || !alike(&before.value_milli, value_milli)
            || !alike(&before.sampled_at_ms, sampled_at_ms)
            || !alike(&before.request_milli, request_milli)
        {
            return self.whole(before, after);
        }
        self.field("cluster", &before.cluster, cluster);
        self.field("deleting", &before.deleting, deleting);
        self.field("name", &before.name, name);
        self.field("phase", &before.phase, phase);
        self.field("ready", &before.ready, ready);
        self.field(
            "readyChangedAtMs",
            &before.ready_changed_at_ms,
            ready_changed_at_ms,
        );
        self.field("requestMilli", &before.request_milli, request_milli);
        self.field("sampledAtMs", &before.sampled_at_ms, sampled_at_ms);
        self.field("startedAtMs", &before.started_at_ms, started_at_ms);
        self.field("valueMilli", &before.value_milli, value_milli);
        self.field("windowMs", &before.window_ms, window_ms);
    }

    fn list<T: Serialize + PartialEq>(
        &mut self,
        name: &str,
        before: &[T],
        after: &[T],
        compare: impl Fn(&mut Self, &T, &T),
    ) {
        self.under(name, |edits| {
            if before.len() != after.len() {
                return edits.replace(json(&after));
            }
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                if before != after {
                    edits.at(index, |edits| compare(edits, before, after));
                }
            }
        });
    }

    fn field<T: Serialize + PartialEq>(&mut self, name: &str, before: &T, after: &T) {
        if before != after {
            self.under(name, |edits| edits.whole(before, after));
        }
    }

    fn whole<T: Serialize + PartialEq>(&mut self, before: &T, after: &T) {
        if before != after {
            self.values(&json(before), &json(after));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::between;
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

    fn as_of_json(before: &Snapshot, after: &Snapshot) -> Vec<Edit> {
        between(&json(before), &json(after))
    }

    #[test]
    fn a_change_of_any_place_gives_the_edits_of_the_json() {
        let document = all_fields();
        let before: Snapshot = serde_json::from_value(document.clone()).expect("a snapshot");
        assert_eq!(json(&before), document, "every field stands in it");
        let neighbours = neighbours(&document);
        assert!(neighbours.len() > 300, "{}", neighbours.len());
        for after in &neighbours {
            assert_eq!(
                between_snapshots(&before, after),
                as_of_json(&before, after)
            );
            assert_eq!(
                between_snapshots(after, &before),
                as_of_json(after, &before)
            );
        }
    }

    fn any_neighbour() -> impl Strategy<Value = Snapshot> {
        prop::sample::select(neighbours(&all_fields()))
    }

    proptest! {
        #[test]
        fn changes_of_any_two_places_give_the_edits_of_the_json(
            before in any_neighbour(),
            after in any_neighbour(),
        ) {
            prop_assert_eq!(between_snapshots(&before, &after), as_of_json(&before, &after));
        }
    }
}
