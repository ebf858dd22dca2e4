//! Mistakes in a policy.

use serde_json::json;

use super::{doubled, of_policy, policy, with};

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
