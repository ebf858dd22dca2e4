//! Marks the pods that shall leave first when a target shrinks.
//!
//! A `ReplicaSet` deletes pods with a lower `controller.kubernetes.io/pod-deletion-cost` first, once pods without a node
//! and pods that are not Ready are gone.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Pod;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use serde_json::{Value, json};
use spillway_solver::decision::{Plan, Step};

use crate::observed::{PodFact, ReplicaState};
use crate::said::said;

/// The annotation.
const COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// What a victim costs. Far below 0, which is what pods without the annotation cost.
const VICTIM: &str = "-1000000";

/// Marks the victims of a step and unmarks those of steps before that are none any more.
pub(super) async fn mark(
    plan: &Plan,
    step: &Step,
    pods: &[&PodFact],
    client: &Client,
    namespace: &str,
) -> Result<(), String> {
    let api: Api<Pod> = Api::namespaced(client.clone(), namespace);
    for (name, cost) in changes(plan, step, pods) {
        let patch = json!({"metadata": {"annotations": {COST: cost}}});
        let parameters = PatchParams {
            field_manager: Some(crate::FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        match api
            .patch_metadata(&name, &parameters, &Patch::Merge(&patch))
            .await
        {
            Ok(_) => {}
            // It is gone by itself.
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(error) => return Err(format!("pod {namespace}/{name}: {}", said(&error))),
        }
    }
    Ok(())
}

/// Pods whose annotation is to change, and to what.
fn changes(plan: &Plan, step: &Step, pods: &[&PodFact]) -> Vec<(String, Value)> {
    let victims = plan.victims.iter();
    let mut left: BTreeMap<&str, u32> = victims
        .filter(|victim| victim.workload == step.workload && victim.cluster == step.cluster)
        .map(|victim| (victim.node.as_str(), victim.replicas))
        .collect();
    let mut bound: Vec<&&PodFact> = pods
        .iter()
        .filter(|pod| matches!(pod.state(), ReplicaState::Bound | ReplicaState::Ready))
        .collect();
    // Those that ask not to be disrupted are the last. Those that are marked already stay the victims; of the rest the
    // names decide.
    bound.sort_by_key(|pod| (pod.is_spared, !pod.is_victim, &pod.name));
    let mut changes = Vec::new();
    for pod in bound {
        let here = pod.node.as_deref().and_then(|node| left.get_mut(node));
        let chosen = match here {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        };
        if chosen != pod.is_victim {
            let cost = if chosen { json!(VICTIM) } else { Value::Null };
            changes.push((pod.name.clone(), cost));
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use spillway_solver::decision::{StepKind, Victim};

    use super::*;

    fn pod(name: &str, node: &str, cost: Option<&str>) -> PodFact {
        let annotations: BTreeMap<&str, &str> = cost.map(|cost| (COST, cost)).into_iter().collect();
        let pod = json!({
            "metadata": {"namespace": "shop", "name": name, "annotations": annotations},
            "spec": {"nodeName": node, "containers": []},
            "status": {"phase": "Running"}
        });
        PodFact::of(&serde_json::from_value(pod).expect("a pod"))
    }

    #[test]
    fn who_asks_not_to_be_disrupted_is_the_last_to_be_marked() {
        let step = Step {
            workload: "shop/web".into(),
            cluster: "eks".into(),
            kind: StepKind::Remove,
            from: 3,
            to: 1,
            reason: None,
        };
        let plan = Plan {
            victims: vec![Victim {
                workload: "shop/web".into(),
                cluster: "eks".into(),
                node: "a".to_owned(),
                replicas: 2,
            }],
            ..Plan::default()
        };
        let mut pods = [
            pod("a-1", "a", Some(VICTIM)),
            pod("a-2", "a", None),
            pod("a-3", "a", None),
        ];
        pods[0].is_spared = true;
        let all: Vec<&PodFact> = pods.iter().collect();
        let marked = |name: &str| (name.to_owned(), json!(VICTIM));
        assert_eq!(
            changes(&plan, &step, &all),
            [
                marked("a-2"),
                marked("a-3"),
                ("a-1".to_owned(), Value::Null)
            ]
        );
    }

    #[test]
    fn so_many_pods_of_a_node_are_marked_and_marks_of_before_stay_or_go() {
        let step = Step {
            workload: "shop/web".into(),
            cluster: "eks".into(),
            kind: StepKind::Remove,
            from: 5,
            to: 3,
            reason: None,
        };
        let victim = |workload: &str, node: &str, replicas: u32| Victim {
            workload: workload.into(),
            cluster: "eks".into(),
            node: node.to_owned(),
            replicas,
        };
        let plan = Plan {
            victims: vec![victim("shop/web", "b", 2), victim("shop/other", "a", 1)],
            ..Plan::default()
        };
        let pods = [
            pod("a-1", "a", Some(VICTIM)),
            pod("a-2", "a", None),
            pod("b-1", "b", None),
            pod("b-2", "b", None),
            pod("b-3", "b", Some(VICTIM)),
        ];
        let all: Vec<&PodFact> = pods.iter().collect();
        let expected = [
            ("a-1".to_owned(), Value::Null),
            ("b-1".to_owned(), json!(VICTIM)),
        ];
        assert_eq!(changes(&plan, &step, &all), expected);
    }
}
