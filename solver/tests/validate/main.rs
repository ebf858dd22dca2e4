//! Documents that have the right shape and no sense: each mistake with its field and the way out.

mod policy;
mod snapshot;

use serde_json::{Value, json};
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;
use spillway_solver::validate::{self, Problem};

fn policy() -> Value {
    let group = |name: &str, price: i64| {
        json!({
            "name": name, "allocatable": {"cpuMilli": 4000, "memoryBytes": 1_000_000, "pods": 110},
            "capacityType": "OnDemand", "price": price, "grower": "Nobody", "maxNodes": 4,
            "boot": {"p50Ms": 15000, "p95Ms": 30000},
        })
    };
    let cluster = |name: &str, tier: &str, groups: Value| {
        json!({
            "name": name, "tier": tier, "lostAfterMs": 30000, "capacityMaxAgeMs": 120_000,
            "groups": groups,
        })
    };
    json!({
        "schemaVersion": "v1alpha1",
        "clusters": [
            cluster("home", "Private", json!([group("rack", 0)])),
            cluster("eks", "Public", json!([group("small", 1), group("large", 2)])),
        ],
        "burstPolicies": [{
            "name": "default", "placement": "Overflow", "fill": "PrivateFirst",
            "maxClusterPercent": 100, "spot": {"maxPercent": 0}, "onUnreachable": "hold",
            "recall": {
                "paybackPercent": 200, "dwellMs": 0, "step": 1,
                "budget": {"moves": 1, "windowMs": 1},
            },
        }],
        "workloads": [{
            "id": "shop/web", "policy": "default", "minReplicas": 1, "maxReplicas": 4,
            "moveSurge": 0, "priority": 0, "requests": {"cpuMilli": 500},
            "metrics": [{
                "name": "load", "target": {"averageValue": 1000}, "maxAgeMs": 1,
                "fallback": {"lastKnownGoodMs": 0, "holdMs": 0, "floorReplicas": 1},
            }],
        }],
    })
}

fn snapshot() -> Value {
    json!({
        "schemaVersion": "v1alpha1",
        "nowMs": 1000,
        "clusters": [{
            "name": "home", "observedAtMs": 1000,
            "nodes": [{
                "name": "n1", "group": "rack", "allocatable": {}, "used": {"pods": 2},
                "replicas": [{"workload": "shop/web", "ready": 1}],
            }],
            "groups": [{"name": "rack"}],
            "targets": [{"workload": "shop/web", "specReplicas": 1}],
        }],
        "workloads": [{"id": "shop/web", "metrics": {"load": {"primary": {"kind": "empty"}}}}],
    })
}

fn memory() -> Value {
    json!({
        "schemaVersion": "v1alpha1",
        "nowMs": 1000,
        "workloads": {"shop/web": {"desired": 1, "recommendations": [{"atMs": 1000, "replicas": 1}]}},
        "reservations": [
            {"cluster": "eks", "workload": "shop/web", "epoch": 1, "target": 1, "askedAtMs": 1000},
        ],
    })
}

/// The document with one value set, or added to a list by the index `-`.
fn with(mut document: Value, pointer: &str, value: Value) -> Value {
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer has a slash");
    match document.pointer_mut(parent).expect(parent) {
        Value::Object(fields) => {
            fields.insert(field.replace("~1", "/"), value);
        }
        Value::Array(items) => items.push(value),
        other => panic!("{parent} is {other}"),
    }
    document
}

/// The document with what stands somewhere there a second time.
fn doubled(document: Value, list: &str) -> Value {
    let first = document.pointer(&format!("{list}/0")).expect(list).clone();
    with(document, &format!("{list}/-"), first)
}

fn said(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

fn of_policy(document: Value) -> Vec<String> {
    let policy: Policy = serde_json::from_value(document).expect("a policy's shape");
    said(&validate::policy(&policy))
}

fn of_snapshot(document: Value) -> Vec<String> {
    let policy: Policy = serde_json::from_value(policy()).expect("a policy's shape");
    let snapshot: Snapshot = serde_json::from_value(document).expect("a snapshot's shape");
    said(&validate::snapshot(&snapshot, &policy))
}

fn of_memory(document: Value) -> Vec<String> {
    let memory: Memory = serde_json::from_value(document).expect("a memory's shape");
    said(&validate::memory(&memory))
}

#[test]
fn documents_that_make_sense_have_no_problem() {
    assert_eq!(of_policy(policy()), [""; 0]);
    assert_eq!(of_snapshot(snapshot()), [""; 0]);
    assert_eq!(of_memory(memory()), [""; 0]);
    assert_eq!(said(&validate::policy(&Policy::default())), [""; 0]);
    assert_eq!(said(&validate::memory(&Memory::default())), [""; 0]);
}

#[test]
fn each_mistake_in_a_memory_is_named() {
    let mut timeless = memory();
    timeless.as_object_mut().expect("an object").remove("nowMs");
    assert_eq!(
        of_memory(timeless),
        ["nowMs: is missing, and something is remembered: write the last tick's time"]
    );
    assert_eq!(
        of_memory(doubled(memory(), "/reservations")),
        [
            "reservations[1]: `shop/web in eks, epoch 1` is there twice, first in reservations[0]: write it once"
        ]
    );
    for (pointer, value, expected) in [
        (
            "/nowMs",
            json!(999),
            "workloads.shop/web.recommendations[0].atMs: 1000 is later than nowMs 999: nothing is remembered of the future",
        ),
        (
            "/workloads/shop~1web/roomSinceMs",
            json!(1001),
            "workloads.shop/web.roomSinceMs: 1001 is later than nowMs 1000: nothing is remembered of the future",
        ),
        (
            "/corrections",
            json!([{"cluster": "home", "workload": "shop/web", "atMs": 1001}]),
            "corrections[0].atMs: 1001 is later than nowMs 1000: nothing is remembered of the future",
        ),
    ] {
        assert_eq!(of_memory(with(memory(), pointer, value))[0], expected);
    }
}

#[test]
fn all_problems_are_found_at_once() {
    let document = with(policy(), "/workloads/0/minReplicas", json!(9));
    let document = with(document, "/workloads/0/policy", json!("gone"));
    let document = doubled(doubled(document, "/clusters"), "/workloads");
    assert_eq!(
        of_policy(document).len(),
        6,
        "the doubled workload's two mistakes count again"
    );
}
