//! Objects into policy: each kind of problem with its path and its words.

use serde_json::{Value, json};
use spillway_crds::api::{BurstPolicy, Cluster, HybridAutoscaler};
use spillway_crds::{Objects, convert, warnings};
use spillway_solver::policy::{
    Activation, CapacityType, ClusterBound, Grower, Policy, ServiceRate, Target, Toleration,
};
use spillway_solver::units::{MicroUsdPerHour, Millis};

/// A configuration without a mistake, as JSON.
fn right() -> Value {
    json!({
        "home": {"tier": "Private", "nodeGroups": [
            {"name": "metal", "allocatable": {"cpu": 8, "memory": "32Gi"}, "maxNodes": 4},
        ]},
        "eks": {"tier": "Public", "nodeGroups": [
            {"name": "m6i", "allocatable": {"cpu": "3920m", "memory": "14Gi"}, "maxNodes": 20, "pricePerHour": "0.192"},
        ]},
        "policy": {},
        "web": {
            "scaleTargetRef": {"name": "web"},
            "maxReplicas": 60,
            "replicaRequests": {"cpu": "500m", "memory": "1Gi"},
            "metrics": [
                {"name": "requests", "prometheus": {"query": "sum(r)"}, "target": {"averageValue": "50"}},
            ],
        },
    })
}

/// The configuration with values put at JSON pointers; `null` takes away.
fn with(changes: &[(&str, Value)]) -> Objects {
    let mut all = right();
    for (pointer, value) in changes {
        let (parent, field) = pointer.rsplit_once('/').expect("a pointer has a slash");
        match all.pointer_mut(parent).expect("the parent exists") {
            Value::Object(fields) if value.is_null() => {
                fields.remove(field);
            }
            Value::Object(fields) => {
                fields.insert(field.to_owned(), value.clone());
            }
            Value::Array(items) => items.push(value.clone()),
            other => panic!("{parent} is {other}"),
        }
    }
    let spec = |name: &str| all[name].clone();
    let cluster = |name: &str| {
        Cluster::new(
            name,
            serde_json::from_value(spec(name)).expect("a cluster's shape"),
        )
    };
    let policy = serde_json::from_value(spec("policy")).expect("a policy's shape");
    let mut web = HybridAutoscaler::new(
        "web",
        serde_json::from_value(spec("web")).expect("a workload's shape"),
    );
    web.metadata.namespace = Some("shop".to_owned());
    Objects {
        clusters: vec![cluster("home").into(), cluster("eks").into()],
        burst_policies: vec![BurstPolicy::new("default", policy).into()],
        autoscalers: vec![web.into()],
    }
}

fn problems(objects: &Objects) -> Vec<String> {
    match convert(objects) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

fn policy(changes: &[(&str, Value)]) -> Policy {
    convert(&with(changes)).expect("nothing is wrong")
}

#[test]
fn the_right_configuration_has_no_problem_and_no_warning_but_the_missing_cap() {
    assert_eq!(problems(&with(&[])), [""; 0]);
    let found: Vec<String> = warnings(&with(&[]))
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        found,
        [
            "BurstPolicy/default spec.caps: bounds no money: only maxReplicas bounds what a wrong metric costs"
        ]
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_mistake_in_a_cluster_is_named() {
    for (pointer, value, expected) in [
        (
            "/eks/nodeGroups/0/pricePerHour",
            Value::Null,
            "Cluster/eks spec.nodeGroups[0].pricePerHour: is missing: there is no price catalogue yet, so write what a node costs in USD per hour, such as \"0.192\" (or set capacityType Owned)",
        ),
        (
            "/eks/nodeGroups/0/pricePerHour",
            json!("$1"),
            "Cluster/eks spec.nodeGroups[0].pricePerHour: `$1` is not an amount in USD: write a decimal string without sign or currency, such as \"0.192\"",
        ),
        (
            "/eks/nodeGroups/0/pricePerHour",
            json!("0.0000001"),
            "Cluster/eks spec.nodeGroups[0].pricePerHour: `0.0000001` is finer than a millionth of a dollar: round it to 6 decimal places",
        ),
        (
            "/eks/nodeGroups/0/priceSource",
            json!("Ec2OnDemand"),
            "Cluster/eks spec.nodeGroups[0].instanceType: is missing: an EC2 price source needs it, such as m6i.xlarge",
        ),
        (
            "/eks/nodeGroups/0/priceSource",
            json!("Ec2Spot"),
            "Cluster/eks spec.nodeGroups[0].priceSource: Ec2Spot needs capacityType Spot",
        ),
        (
            "/home/nodeGroups/0/priceSource",
            json!("Ec2OnDemand"),
            "Cluster/home spec.nodeGroups[0].priceSource: an owned node has no EC2 price: leave priceSource out, or set capacityType OnDemand or Spot",
        ),
        (
            "/home/nodeGroups/0/allocatable",
            json!({"cpu": "8Ei", "memory": "1Gi"}),
            "Cluster/home spec.nodeGroups[0].allocatable.cpu: `8Ei` is too large: the largest value is 9223372036854775",
        ),
        (
            "/home/nodeGroups/0/allocatable",
            json!({"cpu": "0", "memory": "1Gi"}),
            "Cluster/home spec.nodeGroups[0].allocatable.cpu: is 0: write what pods may use of a new node",
        ),
        (
            "/home/nodeGroups/0/allocatable",
            json!({"cpu": "8", "memory": "-1Gi"}),
            "Cluster/home spec.nodeGroups[0].allocatable.memory: `-1Gi` is below zero: write zero or more",
        ),
        (
            "/home/nodeGroups/0/allocatable",
            json!({"cpu": "8", "memory": "1Gi", "extended": {"nvidia.com/gpu": "0.5"}}),
            "Cluster/home spec.nodeGroups[0].allocatable.extended.nvidia.com/gpu: `0.5` is not a whole number: this resource is counted in whole units",
        ),
        (
            "/home/nodeGroups/0/maxPods",
            json!(0),
            "Cluster/home spec.nodeGroups[0].maxPods: is 0: write a whole number from 1 to 1000",
        ),
        (
            "/home/nodeGroups/0/maxNodes",
            json!(5001),
            "Cluster/home spec.nodeGroups[0].maxNodes: is 5001: write a whole number from 0 to 5000",
        ),
        (
            "/home/nodeGroups/0/boot",
            json!({"p50": "3m", "p95": "90s"}),
            "Cluster/home spec.nodeGroups[0].boot.p50: 3m is above p95 90s: lower the one or raise the other",
        ),
        (
            "/home/nodeGroups",
            json!([]),
            "Cluster/home spec.nodeGroups: is empty: a cluster needs at least one node group",
        ),
        (
            "/home/nodeGroups/-",
            json!({"name": "metal", "allocatable": {"cpu": 8, "memory": "32Gi"}, "maxNodes": 4}),
            "Cluster/home spec.nodeGroups[1].name: `metal` is used twice: write it once",
        ),
        (
            "/home/lostAfter",
            json!("30"),
            "Cluster/home spec.lostAfter: `30` has no unit: write \"30s\" for seconds or \"30m\" for minutes",
        ),
        (
            "/home/lostAfter",
            json!("0s"),
            "Cluster/home spec.lostAfter: `0s` is no time at all: write more than 0s",
        ),
        (
            "/home/headroomPercent",
            json!(91),
            "Cluster/home spec.headroomPercent: is 91: write a percentage from 0 to 90",
        ),
        (
            "/home/roundTrips",
            json!({"db": "2"}),
            "Cluster/home spec.roundTrips.db: `2` has no unit: write \"2s\" for seconds or \"2m\" for minutes",
        ),
        (
            "/home/connection",
            json!({}),
            "Cluster/home spec.connection: set exactly one of inCluster, kubeconfigSecret and eks",
        ),
        (
            "/home/connection",
            json!({"inCluster": {}, "eks": {"name": "a", "region": "b"}}),
            "Cluster/home spec.connection: set exactly one of inCluster, kubeconfigSecret and eks",
        ),
        (
            "/home/capabilities",
            json!(["ssd", "ssd"]),
            "Cluster/home spec.capabilities[1]: `ssd` is used twice: write it once",
        ),
    ] {
        assert_eq!(problems(&with(&[(pointer, value)])), [expected]);
    }
}

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
fn each_mistake_in_a_policy_is_named() {
    for (field, value, expected) in [
        (
            "survivePercent",
            json!(101),
            "survivePercent: is 101: write a percentage from 0 to 100",
        ),
        (
            "maxClusterPercent",
            json!(0),
            "maxClusterPercent: is 0: write a percentage from 1 to 100",
        ),
        (
            "trafficStepPercent",
            json!(0),
            "trafficStepPercent: is 0: write a percentage from 1 to 100",
        ),
        (
            "spot",
            json!({"onDemandFloor": 2}),
            "spot.onDemandFloor: is 2 without spot: raise maxPercent above 0, or leave the floor out",
        ),
        (
            "spot",
            json!({"maxPercent": 300}),
            "spot.maxPercent: is 300: write a percentage from 0 to 100",
        ),
        (
            "caps",
            json!({"emergencyUsdPerHour": "9"}),
            "caps.emergencyUsdPerHour: loosens a cap, and there is none: set usdPerHour, usdPerDay or usdPerMonth",
        ),
        (
            "caps",
            json!({"usdPerDay": "fifty"}),
            "caps.usdPerDay: `fifty` is not an amount in USD: write a decimal string without sign or currency, such as \"0.192\"",
        ),
        (
            "caps",
            json!({"ladder": {"warnPercent": 99}}),
            "caps.ladder: the rungs must rise: warnPercent <= noOptionalMovesPercent <= noLowPriorityBurstPercent",
        ),
        (
            "recall",
            json!({"step": 0}),
            "recall.step: is 0, so nothing would ever come home: write at least 1",
        ),
        (
            "recall",
            json!({"dwell": "10"}),
            "recall.dwell: `10` has no unit: write \"10s\" for seconds or \"10m\" for minutes",
        ),
        (
            "recall",
            json!({"budget": {"window": "0s"}}),
            "recall.budget.window: `0s` is no time at all: write more than 0s",
        ),
        (
            "onUnreachable",
            json!({"after": "5 m"}),
            "onUnreachable.after: `5 m` is not a time span: write whole numbers with their units from large to small, such as \"30s\", \"5m\" or \"1h30m\" (d, h, m, s, ms)",
        ),
        (
            "schedule",
            json!([{"name": "day", "timeZone": "Mars", "start": "08:00", "end": "18:00", "minReplicas": 1}]),
            "schedule[0].timeZone: `Mars` is not a known time zone: use an IANA name such as `Europe/Berlin` or `UTC`",
        ),
    ] {
        let expected = format!("BurstPolicy/default spec.{expected}");
        assert_eq!(
            problems(&with(&[(&format!("/policy/{field}"), value)])),
            [expected]
        );
    }
    let bounds = [
        ("/policy/maxPublicReplicas", json!(9)),
        ("/policy/maxReplicas", json!(8)),
    ];
    assert_eq!(
        problems(&with(&bounds)),
        [
            "BurstPolicy/default spec.maxPublicReplicas: 9 is above maxReplicas 8: lower the one or raise the other"
        ]
    );
}

#[test]
fn the_loss_of_the_only_cluster_cannot_be_survived() {
    let mut objects = with(&[("/policy/survivePercent", json!(50))]);
    assert_eq!(problems(&objects), [""; 0]);
    objects.clusters.pop();
    assert_eq!(
        problems(&objects),
        [
            "BurstPolicy/default spec.survivePercent: is 50: the loss of the only cluster cannot be survived: add a second Cluster, or write 0"
        ]
    );
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
            "mode: Paused is honoured by no host yet: leave it out, or write Active",
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

#[test]
fn each_mistake_in_a_metric_is_named() {
    let query = json!({"query": "q"});
    let queue = json!({"backlogQuery": "b", "arrivalsQuery": "a", "serviceRate": "2.5"});
    for (metric, expected) in [
        (
            json!({"prometheus": query, "target": {"averageValue": "0"}}),
            ".target.averageValue: `0` is not above zero: write more than 0",
        ),
        (
            json!({"prometheus": query, "target": {"averageValue": "many"}}),
            ".target.averageValue: `many` is not a quantity: write a number with at most one suffix, such as \"500m\", \"2Gi\" or \"1e3\"",
        ),
        (
            json!({"prometheus": query, "target": {"value": "-5"}}),
            ".target.value: `-5` is not above zero: write more than 0",
        ),
        (
            json!({"prometheus": query, "target": {}}),
            ".target: set exactly one of averageValue, value, averageUtilization and drainWithin",
        ),
        (
            json!({"prometheus": query, "target": {"value": 1, "averageValue": 1}}),
            ".target: set exactly one of averageValue, value, averageUtilization and drainWithin",
        ),
        (
            json!({"prometheus": query, "target": {"averageUtilization": 1}}),
            ".target: a prometheus metric needs averageValue or value",
        ),
        (
            json!({"pods": query, "target": {"value": 1}}),
            ".target: a pods metric needs averageValue",
        ),
        (
            json!({"resource": {"name": "cpu"}, "target": {"value": 1}}),
            ".target: a resource metric needs averageUtilization or averageValue",
        ),
        (
            json!({"resource": {"name": "cpu"}, "target": {"averageUtilization": 0}}),
            ".target.averageUtilization: is 0: write a percentage of the request above 0",
        ),
        (
            json!({"queue": queue, "target": {"value": 1}}),
            ".target.drainWithin: is missing: write the time within which the backlog is drained, such as \"5m\"",
        ),
        (
            json!({"queue": queue, "target": {"drainWithin": "0s"}}),
            ".target.drainWithin: `0s` is no time at all: write more than 0s",
        ),
        (
            json!({"queue": {"backlogQuery": "b", "arrivalsQuery": "a", "serviceRate": "5M"}, "target": {"drainWithin": "5m"}}),
            ".queue.serviceRate: `5M` is too large: one replica completes at most 4294967 items per second",
        ),
        (
            json!({"target": {"value": 1}}),
            ": set exactly one of prometheus, queue, pods and resource",
        ),
        (
            json!({"pods": query, "prometheus": query, "target": {"averageValue": 1}}),
            ": set exactly one of prometheus, queue, pods and resource",
        ),
        (
            json!({"prometheus": query, "target": {"value": 1}, "maxAge": "2"}),
            ".maxAge: `2` has no unit: write \"2s\" for seconds or \"2m\" for minutes",
        ),
        (
            json!({"prometheus": query, "target": {"value": 1}, "fallback": {"hold": "x"}}),
            ".fallback.hold: `x` is not a time span: write whole numbers with their units from large to small, such as \"30s\", \"5m\" or \"1h30m\" (d, h, m, s, ms)",
        ),
    ] {
        let mut metric = metric;
        metric["name"] = json!("second");
        let expected = format!("HybridAutoscaler/shop/web spec.metrics[1]{expected}");
        assert_eq!(problems(&with(&[("/web/metrics/-", metric)])), [expected]);
    }
    let twice = json!({"name": "requests", "prometheus": query, "target": {"value": 1}});
    assert_eq!(
        problems(&with(&[("/web/metrics/-", twice)])),
        ["HybridAutoscaler/shop/web spec.metrics[1].name: `requests` is used twice: write it once"]
    );
}

#[test]
fn the_formula_of_traffic_needs_a_total_as_the_first_metric() {
    let changes = [
        (
            "/web/metrics",
            json!([{"name": "cpu", "resource": {"name": "cpu"}, "target": {"averageUtilization": 60}}]),
        ),
        ("/web/traffic", json!({"feedForward": {"target": 100}})),
    ];
    assert_eq!(
        problems(&with(&changes)),
        [
            "HybridAutoscaler/shop/web spec.traffic.feedForward: steers by the first metric: make that one a prometheus or a queue metric"
        ]
    );
}

#[test]
fn two_objects_of_one_kind_and_name_are_refused() {
    let mut objects = with(&[]);
    objects.extend(with(&[]));
    assert_eq!(
        problems(&objects),
        [
            "Cluster/home metadata.name: `home` is used twice: give each Cluster its own name",
            "Cluster/eks metadata.name: `eks` is used twice: give each Cluster its own name",
            "BurstPolicy/default metadata.name: `default` is used twice: give each BurstPolicy its own name",
            "HybridAutoscaler/shop/web metadata.name: `shop/web` is used twice: give each HybridAutoscaler its own name",
        ]
    );
}

#[test]
fn a_workload_without_any_cluster_has_nowhere_to_run() {
    let mut objects = with(&[]);
    objects.clusters.clear();
    assert_eq!(
        problems(&objects),
        ["HybridAutoscaler/shop/web: has nowhere to run: add at least one Cluster"]
    );
}

#[test]
fn all_problems_of_all_objects_are_reported_at_once() {
    let found = problems(&with(&[
        ("/home/lostAfter", json!("30")),
        ("/eks/nodeGroups/0/pricePerHour", Value::Null),
        ("/policy/survivePercent", json!(200)),
        ("/web/minReplicas", json!(99)),
        ("/web/policyRef", json!({"name": "gold"})),
    ]));
    assert_eq!(found.len(), 5, "{found:?}");
}

#[test]
fn defaults_follow_the_tier_and_what_is_written_overrides_them() {
    let policy = policy(&[]);
    let [home, eks] = &policy.clusters[..] else {
        panic!("two clusters");
    };
    assert_eq!(home.groups[0].capacity_type, CapacityType::Owned);
    assert_eq!(home.groups[0].grower, Grower::Nobody);
    assert_eq!(home.groups[0].price, MicroUsdPerHour(0));
    assert_eq!(home.groups[0].boot.p50_ms, Millis(15_000));
    assert_eq!(eks.groups[0].capacity_type, CapacityType::OnDemand);
    assert_eq!(eks.groups[0].grower, Grower::NodeAutoscaler);
    assert_eq!(eks.groups[0].price, MicroUsdPerHour(192_000));
    assert_eq!(eks.groups[0].boot.p95_ms, Millis(180_000));
}

#[test]
fn an_external_driver_fixes_the_count_within_the_bounds() {
    for (replicas, expected) in [(0, 1), (7, 7), (99, 60)] {
        let policy = policy(&[
            ("/web/metrics", json!([])),
            ("/web/replicas", json!(replicas)),
        ]);
        let web = &policy.workloads[0];
        assert_eq!((web.min_replicas, web.max_replicas), (expected, expected));
    }
}

#[test]
fn a_workload_that_may_sleep_wakes_as_in_keda() {
    let policy = policy(&[("/web/minReplicas", json!(0))]);
    let expected = Activation {
        threshold_milli: 0,
        cooldown_ms: Millis(300_000),
    };
    assert_eq!(policy.workloads[0].activation, Some(expected));
}

#[test]
fn a_queue_learns_its_service_rate_only_where_completions_can_be_read() {
    let queue = |completions: Value| {
        let mut source = json!({"backlogQuery": "b", "arrivalsQuery": "a", "serviceRate": "2.5"});
        if !completions.is_null() {
            source["completionsQuery"] = completions;
        }
        let metric = json!({"name": "jobs", "queue": source, "target": {"drainWithin": "5m"}});
        match &policy(&[("/web/metrics", json!([metric]))]).workloads[0].metrics[0].target {
            Target::Queue(queue) => queue.service_rate,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(queue(Value::Null), ServiceRate::GivenMilli(2_500));
    assert_eq!(queue(json!("c")), ServiceRate::LearnedMilli(2_500));
}

#[test]
fn distance_to_data_is_worth_what_the_waiting_of_its_queries_is_worth() {
    // 36,000 queries an hour wait 36 s per millisecond of distance: a hundredth of an hour.
    let sets = json!([{"name": "db", "queriesPerReplicaHour": "36k", "waitingPricePerHour": "5"}]);
    let policy = policy(&[("/web/dataSets", sets)]);
    assert_eq!(
        policy.workloads[0].data_sets[0].penalty_per_ms,
        MicroUsdPerHour(50_000)
    );
}

#[test]
fn bounds_tolerations_and_schedules_keep_their_meaning() {
    let window = |name: &str| json!([{"name": name, "timeZone": "UTC", "start": "08:00", "end": "18:00", "minReplicas": 4}]);
    let policy = policy(&[
        (
            "/web/clusters",
            json!([{"name": "eks", "forbid": true}, {"name": "home", "pin": 5}]),
        ),
        (
            "/web/tolerations",
            json!([{"operator": "Exists"}, {"key": "dedicated"}]),
        ),
        ("/web/schedule", window("day")),
        ("/policy/schedule", window("day")),
    ]);
    let web = &policy.workloads[0];
    let bound = |cluster: &str, min, max| ClusterBound {
        cluster: cluster.into(),
        min,
        max: Some(max),
    };
    assert_eq!(
        web.cluster_bounds,
        [bound("eks", 0, 0), bound("home", 5, 5)]
    );
    let toleration = |key: Option<&str>, value: Option<&str>| Toleration {
        key: key.map(str::to_owned),
        value: value.map(str::to_owned),
        effect: None,
    };
    assert_eq!(
        web.tolerations,
        [
            toleration(None, None),
            toleration(Some("dedicated"), Some(""))
        ]
    );
    let names: Vec<&str> = web
        .schedule
        .iter()
        .map(|bound| bound.name.as_str())
        .collect();
    assert_eq!(names, ["day", "policy/default/day"]);
}

#[test]
fn what_is_rarely_meant_is_a_warning() {
    let objects = with(&[
        ("/policy/caps", json!({"usdPerDay": "50"})),
        ("/eks/nodeGroups/0/capacityType", json!("Spot")),
        ("/web/requiredCapabilities", json!(["fixedSourceIp"])),
        ("/web/dataSets", json!([{"name": "db"}])),
    ]);
    assert_eq!(problems(&objects), [""; 0]);
    let found: Vec<String> = warnings(&objects).iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "Cluster/eks spec.nodeGroups[0].capacityType: no policy has spot.maxPercent above 0: the group stays empty",
            "HybridAutoscaler/shop/web spec.requiredCapabilities[0]: no cluster offers `fixedSourceIp`: the workload has no place",
            "HybridAutoscaler/shop/web spec.dataSets[0].name: no cluster has a round-trip to `db`: the workload has no place",
        ]
    );
}
