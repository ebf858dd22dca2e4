use serde_json::{Value, json};

use super::*;

/// A private cluster whose racks take pods, and one whose nodes come when asked for.
fn spec(grower: &str) -> ClusterSpec {
    serde_json::from_value(json!({
        "name": "home", "tier": "Private", "lostAfterMs": 1, "capacityMaxAgeMs": 1,
        "groups": [{
            "name": "rack", "labels": {"rack": "1"},
            "taints": [{"key": "dedicated", "value": "shop", "effect": "NoSchedule"}],
            "allocatable": {"cpuMilli": 8000, "memoryBytes": 8, "pods": 10},
            "daemons": {}, "capacityType": "Owned", "price": 0, "grower": grower,
            "maxNodes": 3, "boot": {"p50Ms": 1, "p95Ms": 2}
        }]
    }))
    .expect("a cluster")
}

fn node(name: &str, labels: &Value, taints: &Value) -> Arc<NodeFact> {
    Arc::new(NodeFact::of(
        &serde_json::from_value(json!({
            "metadata": {"name": name, "labels": labels},
            "spec": {"taints": taints},
            "status": {
                "allocatable": {"cpu": "8", "memory": "8Gi", "pods": "10", "a/b": "3"},
                "conditions": [{"type": "Ready", "status": "True"}]
            }
        }))
        .expect("a node"),
    ))
}

fn pod(name: &str, node: Option<&str>, ready: bool, revision: &str) -> Arc<PodFact> {
    Arc::new(PodFact::of(
        &serde_json::from_value(json!({
            "metadata": {
                "namespace": "shop", "name": name,
                "labels": {"app": "web", "pod-template-hash": revision}
            },
            "spec": {
                "nodeName": node,
                "containers": [{"name": "c", "resources": {"requests": {"cpu": "1"}}}]
            },
            "status": {
                "phase": if ready { "Running" } else { "Pending" },
                "conditions": [
                    {"type": "Ready", "status": if ready { "True" } else { "False" }},
                    {
                        "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                        "lastTransitionTime": "1970-01-01T00:00:00Z"
                    }
                ]
            }
        }))
        .expect("a pod"),
    ))
}

fn web(replicas: u32) -> Workload {
    let object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
            "template": {"spec": {"containers": []}}
        }
    });
    Workload {
        id: "shop/web".into(),
        namespace: "shop".into(),
        target: Arc::new(
            TargetFact::of(&serde_json::from_value(object).expect("an object")).expect("a target"),
        ),
    }
}

fn rack_node(name: &str) -> Arc<NodeFact> {
    node(name, &json!({"rack": "1"}), &json!([]))
}

fn seen(member: &Member, replicas: u32, grower: &str, now: UnixMs) -> ClusterState {
    let workloads = [web(replicas)];
    cluster_state(
        &spec(grower),
        member,
        &workloads,
        &owned(member, &workloads),
        now,
    )
}

#[test]
fn every_pod_holds_room_and_only_those_of_a_workload_are_its_replicas() {
    let mut other = pod("other", Some("a"), true, "1");
    Arc::make_mut(&mut other).labels.clear();
    let mut ended = pod("ended", Some("a"), true, "1");
    Arc::make_mut(&mut ended).phase = spillway_solver::snapshot::PodPhase::Succeeded;
    let mut leaving = pod("leaving", Some("a"), true, "1");
    Arc::make_mut(&mut leaving).deleting = true;
    let mut elsewhere = pod("elsewhere", Some("a"), true, "1");
    Arc::make_mut(&mut elsewhere).namespace = "blog".into();
    let member = Member {
        nodes: vec![rack_node("a")],
        pods: vec![
            pod("ready", Some("a"), true, "1"),
            pod("bound", Some("a"), false, "1"),
            pod("waiting", None, false, "1"),
            leaving,
            other,
            ended,
            elsewhere,
        ],
        ..Member::default()
    };
    let state = seen(&member, 3, "Nobody", UnixMs(0));
    let node = &state.nodes[0];
    assert_eq!((node.used.cpu_milli.0, node.used.pods), (5000, 5));
    let here = NodeReplicas {
        workload: "shop/web".into(),
        bound: 1,
        ready: 1,
        terminating: 1,
    };
    assert_eq!(node.replicas, [here]);
    assert_eq!(state.targets[0].pending, 1);
}

#[test]
fn of_two_workloads_that_select_a_pod_the_first_has_it() {
    let member = Member {
        nodes: vec![rack_node("a")],
        pods: vec![pod("web-1", Some("a"), true, "1")],
        ..Member::default()
    };
    let second = Workload {
        id: "shop/again".into(),
        ..web(1)
    };
    let workloads = [web(1), second];
    let own = owned(&member, &workloads);
    let state = cluster_state(&spec("Nobody"), &member, &workloads, &own, UnixMs(0));
    let owners: Vec<&str> = state.nodes[0]
        .replicas
        .iter()
        .map(|here| here.workload.as_str())
        .collect();
    assert_eq!(owners, ["shop/web"]);
}

#[test]
fn a_node_of_no_group_and_one_with_a_taint_of_its_own_offer_no_room() {
    let taint = |value: &str| json!([{"key": "dedicated", "value": value, "effect": "NoSchedule"}]);
    let rack = json!({"rack": "1"});
    let member = Member {
        nodes: vec![
            node("a", &rack, &taint("shop")),
            node("b", &rack, &taint("blog")),
            node("c", &json!({}), &json!([])),
        ],
        ..Member::default()
    };
    let state = seen(&member, 0, "Nobody", UnixMs(0));
    let offers: Vec<(&str, &str, bool)> = state
        .nodes
        .iter()
        .map(|node| (node.name.as_str(), node.group.as_str(), node.unschedulable))
        .collect();
    assert_eq!(
        offers,
        [("a", "rack", false), ("b", "rack", true), ("c", "", true)]
    );
}

#[test]
fn resources_that_no_workload_asks_for_are_left_out() {
    let member = Member {
        nodes: vec![rack_node("a")],
        ..Member::default()
    };
    let state = seen(&member, 0, "Nobody", UnixMs(0));
    assert!(state.nodes[0].allocatable.extended.is_empty());
}

#[test]
fn a_pod_is_unschedulable_when_neither_a_retry_nor_a_new_node_will_help() {
    let member = Member {
        nodes: vec![rack_node("a")],
        pods: vec![pod("web-1", None, false, "1")],
        ..Member::default()
    };
    for (grower, at, expected) in [
        ("Nobody", 10_000, 0),
        ("Nobody", 10_001, 1),
        ("NodeAutoscaler", 10_001, 0),
        ("NodeAutoscaler", 900_001, 1),
    ] {
        let state = seen(&member, 1, grower, UnixMs(at));
        assert_eq!(state.targets[0].unschedulable, expected, "{grower} {at}");
    }
}

#[test]
fn pods_beyond_the_count_are_surge_only_in_a_roll_out() {
    let pods = |revisions: [&str; 3]| Member {
        pods: revisions
            .map(|revision| pod("web", None, false, revision))
            .into(),
        ..Member::default()
    };
    let surge = |member: &Member| seen(member, 2, "Nobody", UnixMs(0)).targets[0].rollout_surge;
    assert_eq!(surge(&pods(["1", "1", "2"])), 1);
    assert_eq!(
        surge(&pods(["1", "1", "1"])),
        0,
        "one that is not deleted yet"
    );
}
