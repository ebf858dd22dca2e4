//! What is wrong with a `HybridAutoscaler`, but for its metrics.

use serde_json::{Value, json};

use super::{problems, with};

#[test]
fn what_asks_for_several_clusters_is_refused_for_a_group_that_runs_in_one() {
    let start = "HybridAutoscaler/shop/web spec.coPlacementGroup: `shop` keeps each of its workloads in one cluster, and policy `default`";
    let end = "there, leave the group out, or name another policy";
    for (field, value, says) in [
        (
            "maxClusterPercent",
            json!(60),
            "allows one cluster no more than maxClusterPercent 60: write 100",
        ),
        (
            "survivePercent",
            json!(30),
            "asks that survivePercent 30 outlive the loss of that cluster: write 0",
        ),
        (
            "placement",
            json!("ActiveActive"),
            "asks with placement ActiveActive for a replica in every cluster: write Overflow",
        ),
    ] {
        let asks = (&*format!("/policy/{field}"), value);
        let group = ("/web/coPlacementGroup", json!("shop"));
        assert_eq!(
            problems(&with(&[asks.clone(), group.clone()])),
            [format!("{start} {says} {end}")]
        );
        assert_eq!(problems(&with(&[asks])), [""; 0], "{field} alone");
        assert_eq!(problems(&with(&[group])), [""; 0], "the group alone");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_mistake_in_a_workload_is_named() {
    for (field, value, expected) in [
        (
            "minReplicas",
            json!(61),
            "minReplicas: 61 is above maxReplicas 60: lower the one or raise the other",
        ),
        (
            "policyRef",
            json!({"name": "gold"}),
            "policyRef.name: `gold` does not exist: add a BurstPolicy of that name, or write one of default",
        ),
        (
            "fill",
            json!("Cheapest"),
            "fill: Cheapest is not allowed by policy `default`: leave it out, or set allowFillOverride there",
        ),
        (
            "mode",
            json!("Paused"),
            "mode: Paused keeps what runs, and offline nothing does yet: leave it out, or write Active",
        ),
        (
            "metrics",
            json!([]),
            "metrics: is empty: write at least one metric, or set replicas if an HPA or KEDA drives the count",
        ),
        (
            "replicas",
            json!(3),
            "replicas: drives the count, and so do the metrics: leave one of them out",
        ),
        (
            "replicaRequests",
            Value::Null,
            "replicaRequests: is missing: offline there is no pod template to read, so write what one replica asks for, such as {cpu: 500m, memory: 1Gi}",
        ),
        (
            "replicaRequests",
            json!({"cpu": 0, "memory": 0}),
            "replicaRequests: asks for nothing, so any number would fit: write cpu or memory",
        ),
        (
            "activation",
            json!({}),
            "activation: wakes a workload from zero, and minReplicas is 1: write 0 there, or leave this out",
        ),
        (
            "clusters",
            json!([{"name": "moon", "forbid": true}]),
            "clusters[0].name: `moon` does not exist: write one of eks, home",
        ),
        (
            "clusters",
            json!([{"name": "eks", "minReplicas": 3, "maxReplicas": 2}]),
            "clusters[0].minReplicas: 3 is above maxReplicas 2: lower the one or raise the other",
        ),
        (
            "clusters",
            json!([{"name": "eks", "pin": 3, "forbid": true}]),
            "clusters[0]: set exactly one of forbid, pin, and minReplicas/maxReplicas",
        ),
        (
            "clusters",
            json!([{"name": "eks"}]),
            "clusters[0]: set exactly one of forbid, pin, and minReplicas/maxReplicas",
        ),
        (
            "clusters",
            json!([{"name": "eks", "pin": 40}, {"name": "home", "minReplicas": 40}]),
            "clusters: ask for 80 replicas at least, above maxReplicas 60: lower the ones or raise the other",
        ),
        (
            "clusters",
            json!([{"name": "eks", "forbid": true}, {"name": "eks", "pin": 1}]),
            "clusters[1].name: `eks` is used twice: write it once",
        ),
        (
            "requiredCapabilities",
            json!(["a", "a"]),
            "requiredCapabilities[1]: `a` is used twice: write it once",
        ),
        (
            "dataSets",
            json!([{"name": "db", "maxRoundTrip": "5"}]),
            "dataSets[0].maxRoundTrip: `5` has no unit: write \"5s\" for seconds or \"5m\" for minutes",
        ),
        (
            "dataSets",
            json!([{"name": "db", "queriesPerReplicaHour": "9P", "waitingPricePerHour": "999999999"}]),
            "dataSets[0].queriesPerReplicaHour: times waitingPricePerHour is too large: lower one of them",
        ),
        (
            "egressPerReplicaHour",
            json!("1.2.3"),
            "egressPerReplicaHour: `1.2.3` is not a quantity: write a number with at most one suffix, such as \"500m\", \"2Gi\" or \"1e3\"",
        ),
        (
            "tolerations",
            json!([{"operator": "Exists", "value": "x"}]),
            "tolerations[0].value: has no meaning with operator Exists: leave it out",
        ),
        (
            "tolerations",
            json!([{"value": "x"}]),
            "tolerations[0].key: is missing: only operator Exists tolerates every key",
        ),
        (
            "schedule",
            json!([{"name": "day", "timeZone": "UTC", "start": "8:00", "end": "18:00", "minReplicas": 1}]),
            "schedule[0].start: `8:00` is not a time of day: write `HH:MM` from 00:00 to 23:59",
        ),
        (
            "schedule",
            json!([{"name": "day", "timeZone": "UTC", "start": "08:00", "end": "18:00"}]),
            "schedule[0]: bounds nothing: set minReplicas, maxReplicas or both",
        ),
        (
            "behavior",
            json!({"scaleUp": {"stabilizationWindowSeconds": 3601}}),
            "behavior.scaleUp.stabilizationWindowSeconds: is 3601: write seconds from 0 to 3600",
        ),
        (
            "behavior",
            json!({"scaleDown": {"policies": []}}),
            "behavior.scaleDown.policies: is empty: write at least one policy, or leave it out for HPA's own",
        ),
        (
            "behavior",
            json!({"scaleUp": {"policies": [{"type": "Pods", "value": 0, "periodSeconds": 15}]}}),
            "behavior.scaleUp.policies[0].value: is 0: write more, or selectPolicy Disabled for no change at all",
        ),
        (
            "behavior",
            json!({"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 1801}]}}),
            "behavior.scaleUp.policies[0].periodSeconds: is 1801: write seconds from 1 to 1800",
        ),
        (
            "behavior",
            json!({"scaleUp": {"tolerance": "-0.1"}}),
            "behavior.scaleUp.tolerance: `-0.1` is below zero: write zero or more",
        ),
        (
            "traffic",
            json!({"targets": [{}]}),
            "traffic.targets[0]: set exactly one of route53 and httpRoute",
        ),
        (
            "traffic",
            json!({"feedForward": {"target": 0}}),
            "traffic.feedForward.target: `0` is not above zero: write more than 0",
        ),
        (
            "traffic",
            json!({"feedForward": {"target": 1, "base": 256}}),
            "traffic.feedForward.base: is 256: write a weight from 1 to 255",
        ),
        (
            "traffic",
            json!({"feedForward": {"target": 1, "scheduled": [{"timeZone": "UTC", "start": "24:00", "end": "01:00", "weight": 1}]}}),
            "traffic.feedForward.scheduled[0].start: `24:00` is not a time of day: write `HH:MM` from 00:00 to 23:59",
        ),
    ] {
        let expected = format!("HybridAutoscaler/shop/web spec.{expected}");
        assert_eq!(
            problems(&with(&[(&format!("/web/{field}"), value)])),
            [expected]
        );
    }
}
