//! Objects into policy: each kind of problem with its path and its words.

mod burst;
mod cluster;
mod meaning;
mod metric;
mod workload;

use serde_json::{Value, json};
use spillway_crds::api::{BurstPolicy, Cluster, HybridAutoscaler};
use spillway_crds::{Doubt, Objects, convert, warnings};
use spillway_solver::policy::Policy;

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

fn doubts(objects: &Objects) -> Vec<(Doubt, String)> {
    let found = warnings(objects).into_iter();
    found
        .map(|warning| (warning.doubt, warning.problem.to_string()))
        .collect()
}

fn policy(changes: &[(&str, Value)]) -> Policy {
    convert(&with(changes)).expect("nothing is wrong")
}

#[test]
fn the_right_configuration_has_no_problem_and_no_warning_but_the_missing_cap() {
    assert_eq!(problems(&with(&[])), [""; 0]);
    let found = doubts(&with(&[]));
    assert_eq!(
        found,
        [(
            Doubt::NoMoneyCap,
            "BurstPolicy/default spec.caps: bounds no money: only maxReplicas bounds what a wrong metric costs".to_owned()
        )]
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
fn what_is_rarely_meant_is_a_warning() {
    let objects = with(&[
        ("/policy/caps", json!({"usdPerDay": "50"})),
        ("/eks/nodeGroups/0/capacityType", json!("Spot")),
        ("/web/requiredCapabilities", json!(["fixedSourceIp"])),
        ("/web/dataSets", json!([{"name": "db"}])),
    ]);
    assert_eq!(problems(&objects), [""; 0]);
    assert_eq!(
        doubts(&objects),
        [
            (
                Doubt::SpotUnused,
                "Cluster/eks spec.nodeGroups[0].capacityType: no policy has spot.maxPercent above 0: the group stays empty",
            ),
            (
                Doubt::NoClusterOffers,
                "HybridAutoscaler/shop/web spec.requiredCapabilities[0]: no cluster offers `fixedSourceIp`: the workload has no place",
            ),
            (
                Doubt::NoClusterNear,
                "HybridAutoscaler/shop/web spec.dataSets[0].name: no cluster has a round-trip to `db`: the workload has no place",
            ),
        ]
        .map(|(doubt, text)| (doubt, text.to_owned()))
    );
}
