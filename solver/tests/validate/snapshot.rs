//! Mistakes in a snapshot.

use serde_json::json;

use super::{doubled, of_snapshot, snapshot, with};

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
