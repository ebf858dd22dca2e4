//! A node in few bytes.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Node, Taint};
use spillway_solver::resources::Resources;

use super::requests::amounts;

/// Taints by which node autoscalers and providers say that a node is on its way out. What bears
/// one of them takes no pods and its room must not be counted on.
const LEAVING: [&str; 6] = [
    "ToBeDeletedByClusterAutoscaler",
    "karpenter.sh/disrupted",
    "karpenter.sh/disruption",
    "aws-node-termination-handler/spot-itn",
    "aws-node-termination-handler/asg-lifecycle-termination",
    "aws-node-termination-handler/scheduled-maintenance",
];

/// What matters of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFact {
    /// Its name.
    pub name: String,
    /// Its labels: which group it belongs to.
    pub labels: BTreeMap<String, String>,
    /// What pods may use of it.
    pub allocatable: Resources,
    /// Taints that keep pods away which do not tolerate them, by key and value. Those of a
    /// condition (not ready, under pressure) are in `takes_pods`.
    pub taints: Vec<(String, String)>,
    /// Whether it is Ready and not cordoned.
    pub takes_pods: bool,
    /// Whether something is taking it away.
    pub leaving: bool,
    /// Whether Karpenter has ordered it and does not call it ready yet; its claim still counts as in flight.
    pub in_flight: bool,
}

impl NodeFact {
    /// Reads a node.
    #[must_use]
    pub fn of(node: &Node) -> Self {
        let spec = node.spec.as_ref();
        let status = node.status.as_ref();
        let keeps_away = |taint: &&Taint| taint.effect != "PreferNoSchedule";
        let taints: Vec<&Taint> = spec
            .and_then(|spec| spec.taints.as_ref())
            .into_iter()
            .flatten()
            .filter(keeps_away)
            .collect();
        let by_condition = |taint: &Taint| taint.key.starts_with("node.kubernetes.io/");
        let leaves = |taint: &Taint| LEAVING.contains(&taint.key.as_str());
        let ready = status
            .and_then(|status| status.conditions.as_ref())
            .is_some_and(|all| all.iter().any(|c| c.type_ == "Ready" && c.status == "True"));
        let cordoned = spec.is_some_and(|spec| spec.unschedulable == Some(true));
        let label = |name: &str| {
            node.metadata
                .labels
                .as_ref()
                .and_then(|labels| labels.get(name))
        };
        Self {
            in_flight: label("karpenter.sh/nodepool").is_some()
                && label("karpenter.sh/initialized").is_none_or(|value| value != "true"),
            name: node.metadata.name.clone().unwrap_or_default(),
            labels: node.metadata.labels.clone().unwrap_or_default(),
            allocatable: status
                .and_then(|status| status.allocatable.as_ref())
                .map(amounts)
                .unwrap_or_default(),
            takes_pods: ready && !cordoned && !taints.iter().any(|taint| by_condition(taint)),
            leaving: node.metadata.deletion_timestamp.is_some()
                || taints.iter().any(|taint| leaves(taint)),
            taints: taints
                .into_iter()
                .filter(|taint| !by_condition(taint) && !leaves(taint))
                .map(|taint| (taint.key.clone(), taint.value.clone().unwrap_or_default()))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn node(taints: &Value, ready: &str, unschedulable: bool) -> NodeFact {
        let node = json!({
            "metadata": {"name": "a", "labels": {"rack": "1"}},
            "spec": {"taints": taints, "unschedulable": unschedulable},
            "status": {
                "allocatable": {"cpu": "7910m", "memory": "30Gi", "pods": "110"},
                "conditions": [{"type": "Ready", "status": ready}]
            }
        });
        NodeFact::of(&serde_json::from_value(node).expect("a node"))
    }

    #[test]
    fn what_pods_may_use_is_allocatable() {
        let node = node(&json!([]), "True", false);
        let room = &node.allocatable;
        assert_eq!(
            (room.cpu_milli.0, room.memory_bytes.0, room.pods),
            (7910, 30 << 30, 110)
        );
    }

    #[test]
    fn a_node_takes_pods_while_it_is_ready_and_not_cordoned() {
        let pressure =
            json!([{"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule"}]);
        for (what, node, expected) in [
            ("ready", node(&json!([]), "True", false), true),
            ("silent", node(&json!([]), "Unknown", false), false),
            ("cordoned", node(&json!([]), "True", true), false),
            ("under pressure", node(&pressure, "True", false), false),
        ] {
            assert_eq!(node.takes_pods, expected, "{what}");
        }
    }

    #[test]
    fn a_node_that_is_being_taken_away_leaves_and_other_taints_are_its_own() {
        let taint = |key: &str, effect: &str| json!([{"key": key, "value": "v", "effect": effect}]);
        let spot = node(
            &taint("karpenter.sh/disrupted", "NoSchedule"),
            "True",
            false,
        );
        assert!(spot.leaving && spot.taints.is_empty());
        let owned = node(&taint("dedicated", "NoExecute"), "True", false);
        assert!(!owned.leaving);
        assert_eq!(owned.taints, [("dedicated".to_owned(), "v".to_owned())]);
        let preferred = node(&taint("dedicated", "PreferNoSchedule"), "True", false);
        assert!(preferred.taints.is_empty());
    }
}
