//! Documents that have the right shape and no sense: each mistake with its field and the way out.

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
fn each_list_of_a_policy_names_a_thing_once() {
    for (list, expected) in [
        (
            "/clusters",
            "clusters[2].name: `home` is there twice, first in clusters[0]: write it once",
        ),
        (
            "/clusters/1/groups",
            "clusters[1].groups[2].name: `small` is there twice, first in clusters[1].groups[0]: write it once",
        ),
        (
            "/burstPolicies",
            "burstPolicies[1].name: `default` is there twice, first in burstPolicies[0]: write it once",
        ),
        (
            "/workloads",
            "workloads[1].id: `shop/web` is there twice, first in workloads[0]: write it once",
        ),
        (
            "/workloads/0/metrics",
            "workloads[0].metrics[1].name: `load` is there twice, first in workloads[0].metrics[0]: write it once",
        ),
    ] {
        assert_eq!(of_policy(doubled(policy(), list)), [expected]);
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_mistake_in_a_policy_is_named() {
    for (pointer, value, expected) in [
        (
            "/workloads/0/minReplicas",
            json!(9),
            "workloads[0].minReplicas: 9 is above maxReplicas 4: lower the one or raise the other",
        ),
        (
            "/workloads/0/policy",
            json!("gone"),
            "workloads[0].policy: `gone` is not known: `burstPolicies` has default; write one of them, or add it there",
        ),
        (
            "/workloads/0/metrics",
            json!([]),
            "workloads[0].metrics: is empty: write at least one metric, or minReplicas equal to maxReplicas if something else drives the count",
        ),
        (
            "/workloads/0/requests",
            json!({}),
            "workloads[0].requests: asks for nothing, so any number would fit: write cpuMilli or memoryBytes",
        ),
        (
            "/workloads/0/activation",
            json!({"thresholdMilli": 0, "cooldownMs": 0}),
            "workloads[0].activation: wakes a workload from zero, and minReplicas is 1: write 0 there, or leave this out",
        ),
        (
            "/workloads/0/dataSets",
            json!([{"name": "db", "penaltyPerMs": -1}]),
            "workloads[0].dataSets[0].penaltyPerMs: is -1: write 0 or more",
        ),
        (
            "/workloads/0/clusterBounds",
            json!([{"cluster": "moon"}]),
            "workloads[0].clusterBounds[0].cluster: `moon` is not known: `clusters` has home, eks; write one of them, or add it there",
        ),
        (
            "/workloads/0/clusterBounds",
            json!([{"cluster": "home", "min": 3, "max": 2}]),
            "workloads[0].clusterBounds[0].min: 3 is above max 2: lower the one or raise the other",
        ),
        (
            "/workloads/0/clusterBounds",
            json!([{"cluster": "home", "min": 3}, {"cluster": "eks", "min": 3}]),
            "workloads[0].clusterBounds: ask for 6 replicas at least, above maxReplicas 4: lower the ones or raise the other",
        ),
        (
            "/workloads/0/behavior",
            json!({"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 0}]}}),
            "workloads[0].behavior.scaleUp.policies[0].periodSeconds: is 0: write seconds from 1 to 1800",
        ),
        (
            "/workloads/0/schedule",
            json!([{"name": "day", "timeZone": "Mars", "start": "08:00", "end": "09:00", "minReplicas": 1}]),
            "workloads[0].schedule[0].timeZone: `Mars` is not a known time zone: use an IANA name such as `Europe/Berlin` or `UTC`",
        ),
        (
            "/workloads/0/metrics/0/target",
            json!({"averageValue": 0}),
            "workloads[0].metrics[0].target.averageValue: is 0: write more than 0",
        ),
        (
            "/workloads/0/metrics/0/target",
            json!({"queue": {"drainWithinMs": 0, "serviceRate": {"givenMilli": 1}}}),
            "workloads[0].metrics[0].target.queue.drainWithinMs: is 0: write more than 0",
        ),
        (
            "/workloads/0/metrics/0/maxAgeMs",
            json!(0),
            "workloads[0].metrics[0].maxAgeMs: is 0: write more than 0",
        ),
        (
            "/burstPolicies/0/survivePercent",
            json!(101),
            "burstPolicies[0].survivePercent: is 101: write a percentage from 0 to 100",
        ),
        (
            "/burstPolicies/0/maxClusterPercent",
            json!(0),
            "burstPolicies[0].maxClusterPercent: is 0: write a percentage from 1 to 100",
        ),
        (
            "/burstPolicies/0/spot",
            json!({"maxPercent": 101}),
            "burstPolicies[0].spot.maxPercent: is 101: write a percentage from 0 to 100",
        ),
        (
            "/burstPolicies/0/spot",
            json!({"maxPercent": 0, "onDemandFloor": 2}),
            "burstPolicies[0].spot.onDemandFloor: is 2 without spot: raise maxPercent above 0, or leave the floor out",
        ),
        (
            "/burstPolicies/0/caps",
            json!({"perDay": -5}),
            "burstPolicies[0].caps.perDay: is -5: write 0 or more",
        ),
        (
            "/burstPolicies/0/caps",
            json!({"emergencyPerHour": 5}),
            "burstPolicies[0].caps.emergencyPerHour: loosens a cap, and there is none: set perHour, perDay or perMonth",
        ),
        (
            "/burstPolicies/0/caps",
            json!({"ladder": {"warnPercent": 99}}),
            "burstPolicies[0].caps.ladder: the rungs must rise: warnPercent <= noOptionalMovesPercent <= noLowPriorityBurstPercent",
        ),
        (
            "/burstPolicies/0/recall/step",
            json!(0),
            "burstPolicies[0].recall.step: is 0: write more than 0",
        ),
        (
            "/clusters/0/groups",
            json!([]),
            "clusters[0].groups: is empty: a cluster needs at least one node group",
        ),
        (
            "/clusters/0/lostAfterMs",
            json!(0),
            "clusters[0].lostAfterMs: is 0: write more than 0",
        ),
        (
            "/clusters/0/egressPerGib",
            json!(-1),
            "clusters[0].egressPerGib: is -1: write 0 or more",
        ),
        (
            "/clusters/0/headroom",
            json!({"percent": 100}),
            "clusters[0].headroom.percent: is 100: write a percentage from 0 to 90",
        ),
        (
            "/clusters/1/groups/0/price",
            json!(-1),
            "clusters[1].groups[0].price: is -1: write 0 or more",
        ),
        (
            "/clusters/1/groups/0/boot/p50Ms",
            json!(60000),
            "clusters[1].groups[0].boot.p50Ms: 60000 is above p95Ms 30000: lower the one or raise the other",
        ),
        (
            "/clusters/1/groups/0/allocatable/pods",
            json!(0),
            "clusters[1].groups[0].allocatable.pods: is 0: write more than 0",
        ),
    ] {
        assert_eq!(of_policy(with(policy(), pointer, value)), [expected]);
    }
}

#[test]
fn what_asks_for_several_clusters_contradicts_a_group_in_one() {
    let group = with(policy(), "/workloads/0/coPlacement", json!("shop"));
    assert_eq!(of_policy(group.clone()), [""; 0]);
    for (field, value) in [
        ("maxClusterPercent", json!(60)),
        ("survivePercent", json!(30)),
        ("placement", json!("ActiveActive")),
    ] {
        let found = of_policy(with(
            group.clone(),
            &format!("/burstPolicies/0/{field}"),
            value,
        ));
        assert_eq!(found.len(), 1, "{found:?}");
        let start = "workloads[0].coPlacement: `shop` keeps each of its workloads in one cluster, and policy `default`";
        assert!(
            found[0].starts_with(start) && found[0].contains(field.trim_start_matches("place")),
            "{found:?}"
        );
    }
}

#[test]
fn each_list_of_a_snapshot_names_a_thing_once() {
    for (list, expected) in [
        (
            "/clusters",
            "clusters[1].name: `home` is there twice, first in clusters[0]: write it once",
        ),
        (
            "/clusters/0/nodes",
            "clusters[0].nodes[1].name: `n1` is there twice, first in clusters[0].nodes[0]: write it once",
        ),
        (
            "/clusters/0/nodes/0/replicas",
            "clusters[0].nodes[0].replicas[1].workload: `shop/web` is there twice, first in clusters[0].nodes[0].replicas[0]: write it once",
        ),
        (
            "/clusters/0/groups",
            "clusters[0].groups[1].name: `rack` is there twice, first in clusters[0].groups[0]: write it once",
        ),
        (
            "/clusters/0/targets",
            "clusters[0].targets[1].workload: `shop/web` is there twice, first in clusters[0].targets[0]: write it once",
        ),
        (
            "/workloads",
            "workloads[1].id: `shop/web` is there twice, first in workloads[0]: write it once",
        ),
    ] {
        assert_eq!(of_snapshot(doubled(snapshot(), list)), [expected]);
    }
}

#[test]
fn each_mistake_in_a_snapshot_is_named() {
    for (pointer, value, expected) in [
        (
            "/clusters/-",
            json!({"name": "moon", "observedAtMs": 0}),
            "clusters[1].name: `moon` is not known: the policy has home, eks; write one of them, or add it there",
        ),
        (
            "/clusters/0/nodes/0/group",
            json!("attic"),
            "clusters[0].nodes[0].group: `attic` is not known: Cluster `home` of the policy has rack; write one of them, or add it there",
        ),
        (
            "/clusters/0/groups/0/name",
            json!("attic"),
            "clusters[0].groups[0].name: `attic` is not known: Cluster `home` of the policy has rack; write one of them, or add it there",
        ),
        (
            "/clusters/0/groups/0/price",
            json!({"microUsdPerHour": -1, "observedAtMs": 0}),
            "clusters[0].groups[0].price.microUsdPerHour: is -1: write 0 or more",
        ),
        (
            "/clusters/0/nodes/0/replicas/-",
            json!({"workload": "shop/gone"}),
            "clusters[0].nodes[0].replicas[1].workload: `shop/gone` is not known: the policy has shop/web; write one of them, or add it there",
        ),
        (
            "/clusters/0/targets/-",
            json!({"workload": "shop/gone", "specReplicas": 1}),
            "clusters[0].targets[1].workload: `shop/gone` is not known: the policy has shop/web; write one of them, or add it there",
        ),
        (
            "/clusters/0/targets/0/unschedulable",
            json!(2),
            "clusters[0].targets[0].unschedulable: 2 is above pending 0, of which it is a part: lower the one or raise the other",
        ),
        (
            "/clusters/0/targets/0/specReplicas",
            json!(u32::MAX),
            "clusters[0].targets[0].specReplicas: is 4294967295: write a whole number from 0 to 1000000",
        ),
        (
            "/clusters/0/nodes/0/replicas/0/ready",
            json!(u32::MAX),
            "clusters[0].nodes[0].used.pods: 2 is below the 4294967295 of replicas, which are a part of it: raise the one or lower the other",
        ),
        (
            "/workloads/-",
            json!({"id": "shop/gone"}),
            "workloads[1].id: `shop/gone` is not known: the policy has shop/web; write one of them, or add it there",
        ),
        (
            "/workloads/0/metrics/lod",
            json!({}),
            "workloads[0].metrics.lod: `lod` is not known: the policy's workload `shop/web` has load; write one of them, or add it there",
        ),
        (
            "/workloads/0/metrics/load",
            json!({"completions": {"moon": {"kind": "empty"}}}),
            "workloads[0].metrics.load.completions.moon: `moon` is not known: the policy has home, eks; write one of them, or add it there",
        ),
        (
            "/workloads/0/metrics/load/primary",
            json!({"kind": "pods", "atMs": 0, "pods": [{"name": "a", "cluster": "home", "phase": "Running", "requestMilli": -1}]}),
            "workloads[0].metrics.load.primary.pods[0].requestMilli: is -1: write 0 or more",
        ),
        (
            "/spend",
            json!({"hourMicroUsd": 2, "dayMicroUsd": 1, "monthMicroUsd": 1}),
            "spend.hourMicroUsd: 2 is above dayMicroUsd 1, of which it is a part: lower the one or raise the other",
        ),
        ("/nowMs", json!(-1), "nowMs: is -1: write 0 or more"),
    ] {
        assert_eq!(of_snapshot(with(snapshot(), pointer, value)), [expected]);
    }
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
