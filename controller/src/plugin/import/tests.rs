use super::*;

const HPA: &str = include_str!("../fixtures/import/hpa.yaml");
const SCALED: &str = include_str!("../fixtures/import/scaledobject.yaml");
const REBALANCE: &str = include_str!("../fixtures/import/rebalance.yaml");

/// The rest of a fleet, for objects that refer to it.
const FLEET: &str = "\
apiVersion: spillway.dev/v1alpha1
kind: Cluster
metadata: {name: home}
spec:
  tier: Private
  nodeGroups:
  - {name: rack, allocatable: {cpu: '4', memory: 8Gi}, maxNodes: 2}
---
apiVersion: spillway.dev/v1alpha1
kind: BurstPolicy
metadata: {name: default}
spec: {}
";

fn read(text: &str) -> Vec<Draft> {
    import(text, None).expect("objects")
}

fn notes(draft: &Draft) -> Vec<String> {
    draft.notes.iter().map(draft::Note::said).collect()
}

/// Where there is a note, by its path.
fn paths(draft: &Draft) -> Vec<&str> {
    draft.notes.iter().map(|note| note.path.as_str()).collect()
}

#[test]
fn what_is_imported_is_valid_as_it_is_printed() {
    for (text, objects) in [(HPA, 2), (SCALED, 1)] {
        let drafts = read(text);
        let yaml: String = drafts.iter().map(Draft::yaml).collect();
        let verdict = validate::judge(&[("fleet.yaml", FLEET), ("imported.yaml", &yaml)]);
        let problems: Vec<&str> = verdict.problems.iter().map(|p| p.text.as_str()).collect();
        assert_eq!(problems, [""; 0], "{yaml}");
        let whole: Vec<Value> = drafts.iter().filter_map(Draft::value).collect();
        assert_eq!(whole.len(), objects);
        let printed: Vec<Value> = serde_saphyr::from_multiple(&yaml).expect("YAML");
        assert_eq!(printed, whole, "comments change nothing: {yaml}");
    }
}

#[test]
fn an_hpa_keeps_its_bounds_behavior_and_own_resources() {
    let drafts = read(HPA);
    let web = drafts[0].value().expect("whole");
    assert_eq!(
        web["metadata"],
        json!({"namespace": "shop", "name": "web", "labels": {"app.kubernetes.io/name": "web"}})
    );
    let spec = &web["spec"];
    assert_eq!(
        (&spec["minReplicas"], &spec["maxReplicas"]),
        (&json!(2), &json!(40))
    );
    assert_eq!(
        spec["metrics"],
        json!([
            {"name": "cpu", "resource": {"name": "cpu"}, "target": {"averageUtilization": 70}},
            {"name": "memory", "resource": {"name": "memory"}, "target": {"averageValue": "800Mi"}}
        ])
    );
    let source: Vec<Value> = serde_saphyr::from_multiple(HPA).expect("YAML");
    assert_eq!(spec["behavior"], source[0]["items"][0]["spec"]["behavior"]);
    assert_eq!(paths(&drafts[0]), ["spec.metrics[2]", "spec.metrics[3]"]);
    let old = drafts[1].value().expect("whole");
    assert_eq!(old["spec"]["minReplicas"], 1);
    assert_eq!(
        old["spec"]["metrics"][0]["target"]["averageUtilization"],
        50
    );
    let lacks = drafts[2].lacks.as_deref().expect("it is KEDA's");
    assert!(lacks.contains("ScaledObject orders"), "{lacks}");
}

#[test]
fn a_scaled_object_keeps_what_means_the_same_and_says_what_does_not() {
    let drafts = read(SCALED);
    let orders = drafts[0].value().expect("whole");
    let spec = &orders["spec"];
    assert_eq!(
        (&spec["minReplicas"], &spec["maxReplicas"]),
        (&json!(0), &json!(60))
    );
    assert_eq!(
        spec["activation"],
        json!({"threshold": "5", "cooldown": "120s"})
    );
    assert_eq!(
        spec["metrics"][0],
        json!({
            "name": "backlog", "prometheus": {"query": "sum(orders_waiting)"}, "target": {"averageValue": "30"},
            "fallback": {"floorReplicas": 6}
        })
    );
    assert_eq!(spec["metrics"][1]["resource"]["name"], "cpu");
    assert_eq!(spec["schedule"][0]["minReplicas"], 10);
    assert_eq!(
        spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"],
        60
    );
    assert_eq!(spec["pause"], json!({"scaleDown": true}));
    let mut paths = paths(&drafts[0]);
    paths.sort_unstable();
    let expected = [
        "metadata.annotations[scaledobject.keda.sh/transfer-hpa-ownership]",
        "spec.advanced.horizontalPodAutoscalerConfig.name",
        "spec.advanced.restoreToOriginalReplicaCount",
        "spec.fallback.failureThreshold",
        "spec.pollingInterval",
        "spec.scaleTargetRef.envSourceContainerName",
        "spec.triggers[0].authenticationRef",
        "spec.triggers[0].metadata.ignoreNullValues",
        "spec.triggers[0].metadata.serverAddress",
        "spec.triggers[1]",
    ];
    assert_eq!(paths, expected);
    let kafka = notes(&drafts[0])
        .into_iter()
        .find(|note| note.contains("triggers[1]"));
    let kafka = kafka.expect("said");
    assert!(
        kafka.contains("kafka_exporter") && kafka.contains("consumergroup=\"mail\""),
        "{kafka}"
    );
    let yaml = drafts[0].yaml();
    for note in notes(&drafts[0]) {
        assert!(yaml.contains(&format!("# {note}\n")), "{note} in {yaml}");
    }
}

#[test]
fn what_is_not_whole_is_a_comment_to_be_completed_and_nothing_imported_is_a_failure() {
    let drafts = read(SCALED);
    let mails = &drafts[1];
    assert!(mails.value().is_none());
    let yaml = mails.yaml();
    assert!(yaml.lines().all(|line| line.starts_with('#')), "{yaml}");
    assert!(yaml.contains("dimension_QueueName=\\\"mails\\\""), "{yaml}");
    let rebalance = &read(REBALANCE)[0];
    assert!(rebalance.lacks.is_some());
    let yaml = rebalance.yaml();
    assert!(
        yaml.contains("#       base: 8\n#       target: \"1000\"\n"),
        "{yaml}"
    );
    assert!(said(&read(REBALANCE)).contains("spec.policy.targettracking.scheduled"));
    let other = &read("apiVersion: v1\nkind: Service\nmetadata: {name: a}\n")[0];
    assert!(
        other
            .lacks
            .as_deref()
            .is_some_and(|why| why.contains("v1 Service"))
    );
    assert!(import("", None).is_err());
    assert!(import("a: [", None).is_err());
}

#[test]
fn how_to_take_over_is_said_in_order() {
    let text = said(&read(SCALED));
    let apply = text.find("1. Apply").expect("said");
    let delete = text
        .find("kubectl delete scaledobject -n shop orders")
        .expect("said");
    assert!(apply < delete, "{text}");
    assert!(
        !text.contains("scaledobject -n shop mails"),
        "it stays: {text}"
    );
    assert!(said(&read(HPA)).contains("kubectl delete hpa -n shop web\n"));
}
