//! What a configuration without a mistake means to the core.

use serde_json::{Value, json};
use spillway_solver::policy::{
    Activation, CapacityType, ClusterBound, Grower, ServiceRate, Target, Toleration,
};
use spillway_solver::units::{MicroUsdPerHour, Millis};

use super::policy;

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
