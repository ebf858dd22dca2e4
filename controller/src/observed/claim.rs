//! A node that Karpenter has ordered.

use std::collections::BTreeMap;

use kube::ResourceExt;
use kube::core::DynamicObject;
use serde::Deserialize;
use spillway_solver::policy::GroupSpec;

/// What matters of a `NodeClaim`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimFact {
    /// Which values each label of the node may have.
    labels: BTreeMap<String, Vec<String>>,
    /// Whether its node is not there yet, or not ready for pods.
    pub in_flight: bool,
}

#[derive(Deserialize)]
struct Requirement {
    key: String,
    operator: String,
    #[serde(default)]
    values: Vec<String>,
}

impl ClaimFact {
    /// Reads a claim.
    #[must_use]
    pub fn of(claim: &DynamicObject) -> Self {
        let requirements: Vec<Requirement> =
            serde_json::from_value(claim.data["spec"]["requirements"].clone()).unwrap_or_default();
        let mut labels: BTreeMap<String, Vec<String>> = requirements
            .into_iter()
            .filter(|requirement| requirement.operator == "In")
            .map(|requirement| (requirement.key, requirement.values))
            .collect();
        // Its own labels say what was launched, and are narrower than what was asked for.
        for (key, value) in claim.labels() {
            labels.insert(key.clone(), vec![value.clone()]);
        }
        let conditions = claim.data["status"]["conditions"].as_array();
        let initialized = conditions.is_some_and(|all| {
            all.iter().any(|condition| {
                condition["type"] == "Initialized" && condition["status"] == "True"
            })
        });
        Self {
            labels,
            in_flight: !initialized && claim.metadata.deletion_timestamp.is_none(),
        }
    }

    /// Whether its node may be one of the group: none of the group's labels is contradicted.
    #[must_use]
    pub fn may_be_of(&self, group: &GroupSpec) -> bool {
        let may = |(key, value): (&String, &String)| {
            self.labels
                .get(key)
                .is_none_or(|values| values.contains(value))
        };
        group.labels.iter().all(may)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn claim(labels: &Value, requirements: &Value, initialized: &str) -> ClaimFact {
        let claim = json!({
            "apiVersion": "karpenter.sh/v1", "kind": "NodeClaim",
            "metadata": {"name": "burst-1", "labels": labels},
            "spec": {"requirements": requirements}, "status": {"conditions": [{"type": "Initialized", "status": initialized}]}
        });
        ClaimFact::of(&serde_json::from_value(claim).expect("a claim"))
    }

    fn group(labels: &Value) -> GroupSpec {
        serde_json::from_value(json!({
            "name": "burst", "labels": labels, "allocatable": {}, "capacityType": "OnDemand", "price": 1,
            "grower": "NodeAutoscaler", "boot": {"p50Ms": 1, "p95Ms": 2}
        }))
        .expect("a group")
    }

    #[test]
    fn a_node_is_in_flight_until_it_is_initialized() {
        assert!(claim(&json!({}), &json!([]), "Unknown").in_flight);
        assert!(!claim(&json!({}), &json!([]), "True").in_flight);
    }

    #[test]
    fn what_was_launched_counts_before_what_was_asked_for() {
        let asked = json!([{"key": "type", "operator": "In", "values": ["small", "large"]}]);
        let (small, large) = (
            group(&json!({"type": "small"})),
            group(&json!({"type": "large"})),
        );
        let open = claim(&json!({"pool": "burst"}), &asked, "Unknown");
        assert!(open.may_be_of(&small) && open.may_be_of(&large));
        let launched = claim(&json!({"type": "large"}), &asked, "Unknown");
        assert!(!launched.may_be_of(&small) && launched.may_be_of(&large));
        assert!(!open.may_be_of(&group(&json!({"pool": "other"}))));
    }
}
