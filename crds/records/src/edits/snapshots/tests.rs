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
