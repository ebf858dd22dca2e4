use serde_json::{Value, json};
use spillway_solver::units::{Bytes, MilliCpu};

use super::*;

fn written<K: serde::de::DeserializeOwned>(value: Value) -> Arc<Written<K>> {
    Arc::new(Written::Sound(Box::new(
        serde_json::from_value(value).expect("an object"),
    )))
}

/// A fleet of one workload in two clusters; `spec` changes its autoscaler.
fn fleet(spec: &Value) -> Fleet {
    let cluster = |name: &str, tier: &str| {
        written(json!({
            "apiVersion": "spillway.dev/v1alpha1", "kind": "Cluster", "metadata": {"name": name},
            "spec": {"tier": tier, "nodeGroups": [{
                "name": "nodes", "allocatable": {"cpu": "8", "memory": "32Gi"}, "maxNodes": 2, "pricePerHour": "1",
                "capacityType": "OnDemand"
            }]}
        }))
    };
    let mut autoscaler = json!({
        "apiVersion": "spillway.dev/v1alpha1", "kind": "HybridAutoscaler",
        "metadata": {"namespace": "shop", "name": "web"},
        "spec": {
            "scaleTargetRef": {"name": "web"}, "maxReplicas": 9,
            "metrics": [{"name": "load", "prometheus": {"query": "load"}, "target": {"averageValue": "1"}}]
        }
    });
    for (field, value) in spec.as_object().expect("fields") {
        autoscaler["spec"][field] = value.clone();
    }
    let policy = json!({
        "apiVersion": "spillway.dev/v1alpha1", "kind": "BurstPolicy", "metadata": {"name": "default"}, "spec": {}
    });
    Fleet::of(
        &[cluster("home", "Private"), cluster("eks", "Public")],
        &[written(policy)],
        &[written(autoscaler)],
    )
}

fn runs(template: &Value, home: u32, missing: &[&str]) -> BTreeMap<String, Runs> {
    let spec: PodSpec = serde_json::from_value(template.clone()).expect("a pod");
    let runs = Runs {
        template: Some(Arc::new(PodTemplateSpec {
            spec: Some(spec),
            ..PodTemplateSpec::default()
        })),
        priority: Some(7),
        replicas: BTreeMap::from([("home".to_owned(), home)]),
        missing: missing
            .iter()
            .map(|cluster| ((*cluster).to_owned(), "it is not there".to_owned()))
            .collect(),
    };
    BTreeMap::from([("shop/web".to_owned(), runs)])
}

fn template() -> Value {
    json!({
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"}],
        "containers": [{"name": "c", "resources": {"requests": {"cpu": "250m", "memory": "1Gi", "nvidia.com/gpu": "1"}}}]
    })
}

#[test]
fn what_a_replica_asks_for_and_where_it_may_run_is_read_from_the_template() {
    let accepted = fleet(&json!({})).accept(&runs(&template(), 2, &[]));
    assert_eq!(accepted.problems, []);
    let workload = &accepted.policy.workloads[0];
    assert_eq!(workload.requests.cpu_milli, MilliCpu(250));
    assert_eq!(workload.requests.memory_bytes, Bytes(1 << 30));
    assert_eq!(workload.requests.extended["nvidia.com/gpu"], 1);
    assert_eq!(workload.node_selector["disk"], "ssd");
    assert_eq!(workload.tolerations[0].key.as_deref(), Some("dedicated"));
    assert_eq!((workload.priority, workload.unmodelled), (7, false));
}

#[test]
fn what_the_autoscaler_says_itself_counts_before_the_template() {
    let own =
        json!({"replicaRequests": {"cpu": "2", "memory": "2Gi"}, "nodeSelector": {"disk": "hdd"}});
    let accepted = fleet(&own).accept(&runs(&template(), 2, &[]));
    let workload = &accepted.policy.workloads[0];
    assert_eq!(
        (
            workload.requests.cpu_milli,
            workload.node_selector["disk"].as_str()
        ),
        (MilliCpu(2000), "hdd")
    );
}

#[test]
fn what_the_scheduler_reads_and_the_core_does_not_is_told_to_it() {
    let spread = json!([{
        "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {}
    }]);
    for (field, value) in [
        ("schedulerName", json!("volcano")),
        ("topologySpreadConstraints", spread),
        (
            "volumes",
            json!([{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]),
        ),
        (
            "affinity",
            json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": []}}),
        ),
    ] {
        let mut template = template();
        template[field] = value;
        let accepted = fleet(&json!({})).accept(&runs(&template, 2, &[]));
        assert!(accepted.policy.workloads[0].unmodelled, "{field}");
    }
}

#[test]
fn a_workload_without_a_target_anywhere_is_refused_with_the_reason() {
    let accepted = fleet(&json!({})).accept(&BTreeMap::new());
    assert!(accepted.policy.workloads.is_empty());
    assert_eq!(
        accepted.policy.refused,
        [WorkloadId::from("shop/web")],
        "and not forgotten"
    );
    let text = accepted.problems[0].to_string();
    assert!(
        text.contains("spec.scaleTargetRef: Deployment web was seen in no cluster yet"),
        "{text}"
    );
}

#[test]
fn where_the_target_is_missing_nothing_is_planned_and_who_asks_for_it_is_told() {
    let accepted = fleet(&json!({})).accept(&runs(&template(), 2, &["eks"]));
    let bounds = &accepted.policy.workloads[0].cluster_bounds;
    assert_eq!(
        (bounds[0].cluster.as_str(), bounds[0].min, bounds[0].max),
        ("eks", 0, Some(0))
    );
    let pinned = json!({"clusters": [{"name": "eks", "minReplicas": 1}]});
    let refused = fleet(&pinned).accept(&runs(&template(), 2, &["eks"]));
    assert!(
        refused.problems[0]
            .to_string()
            .contains("asks for replicas in eks, but it is not there")
    );
}

#[test]
fn a_paused_workload_is_pinned_to_what_runs() {
    let accepted =
        fleet(&json!({"mode": "Paused", "minReplicas": 5})).accept(&runs(&template(), 3, &[]));
    assert_eq!(accepted.problems, []);
    let workload = &accepted.policy.workloads[0];
    assert_eq!((workload.min_replicas, workload.max_replicas), (3, 3));
    let bound = &workload.cluster_bounds[0];
    assert_eq!(
        (bound.cluster.as_str(), bound.min, bound.max),
        ("home", 3, Some(3))
    );
}

#[test]
fn a_paused_workload_is_pinned_to_what_its_pause_says_where_its_target_is() {
    let paused = |cluster: &str| {
        fleet(&json!({
            "mode": "Paused",
            "pause": {"scaleUp": true, "pins": [{"name": "home", "replicas": 7}, {"name": cluster, "replicas": 2}]}
        }))
    };
    let accepted = paused("eks").accept(&runs(&template(), 3, &[]));
    assert_eq!(accepted.problems, []);
    let workload = &accepted.policy.workloads[0];
    assert_eq!((workload.min_replicas, workload.max_replicas), (9, 9));
    let pins = workload.cluster_bounds.iter();
    let pins: Vec<_> = pins.map(|b| (b.cluster.as_str(), b.min, b.max)).collect();
    assert_eq!(pins, [("eks", 2, Some(2)), ("home", 7, Some(7))]);
    let refused = paused("eks").accept(&runs(&template(), 3, &["eks"]));
    let text = refused.problems[0].to_string();
    assert!(
        text.contains("spec.pause.pins[1]: asks for replicas in eks"),
        "{text}"
    );
    let unknown = paused("mars").accept(&runs(&template(), 3, &[]));
    assert!(
        unknown.problems[0]
            .to_string()
            .contains("`mars` does not exist")
    );
}

#[test]
fn what_is_paused_in_part_is_told_to_the_core() {
    let spec = json!({"pause": {"scaleDown": true, "moves": true}});
    let accepted = fleet(&spec).accept(&runs(&template(), 3, &[]));
    let pause = accepted.policy.workloads[0].pause;
    assert_eq!((pause.up, pause.down, pause.moves), (false, true, true));
}

#[test]
fn pods_that_ask_not_to_be_disrupted_are_not_moved_for_money() {
    for (said, spared) in [("true", true), ("false", false)] {
        let mut runs = runs(&template(), 3, &[]);
        let template = runs
            .get_mut("shop/web")
            .and_then(|runs| runs.template.as_mut());
        let template = Arc::make_mut(template.expect("there is one"));
        let metadata = json!({"annotations": {"karpenter.sh/do-not-disrupt": said}});
        template.metadata = serde_json::from_value(metadata).expect("metadata");
        let accepted = fleet(&json!({})).accept(&runs);
        let pause = accepted.policy.workloads[0].pause;
        assert_eq!(
            (pause.moves, pause.up, pause.down),
            (spared, false, false),
            "{said}"
        );
    }
}

#[test]
fn traffic_that_nobody_moves_is_refused_unless_only_observed() {
    let traffic =
        json!({"targets": [{"route53": {"hostedZoneId": "Z1", "name": "shop.example.com"}}]});
    for (mode, refused) in [("Active", true), ("Observe", false)] {
        let accepted =
            fleet(&json!({"mode": mode, "traffic": traffic})).accept(&runs(&template(), 3, &[]));
        let paths: Vec<&str> = accepted
            .problems
            .iter()
            .map(|problem| problem.path.as_str())
            .collect();
        assert_eq!(
            paths == ["spec.traffic.targets"],
            refused,
            "{mode}: {paths:?}"
        );
    }
}
