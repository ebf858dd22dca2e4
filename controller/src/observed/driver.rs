//! Who else drives a target's replicas.

use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use kube::ResourceExt;

/// A `HorizontalPodAutoscaler`, KEDA's among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverFact {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Kind and name of what it scales.
    pub target: (String, String),
    /// The `ScaledObject` that made it.
    pub scaled_object: Option<String>,
}

impl DriverFact {
    /// Reads one.
    #[must_use]
    pub fn of(object: &HorizontalPodAutoscaler) -> Self {
        let target = object.spec.as_ref().map(|spec| &spec.scale_target_ref);
        Self {
            namespace: object.namespace().unwrap_or_default(),
            name: object.name_any(),
            target: target
                .map(|target| (target.kind.clone(), target.name.clone()))
                .unwrap_or_default(),
            scaled_object: object.labels().get("scaledobject.keda.sh/name").cloned(),
        }
    }

    /// What stands in the way, and what to do about it.
    #[must_use]
    pub fn conflict(&self, cluster: &str) -> String {
        let Self {
            namespace,
            name,
            target: (kind, of),
            ..
        } = self;
        match &self.scaled_object {
            Some(scaled) => format!(
                "ScaledObject {namespace}/{scaled} in cluster {cluster} scales {kind} {of}, too: delete it (kubectl \
                 delete scaledobject -n {namespace} {scaled}), or let its HPA name this HybridAutoscaler as scale target"
            ),
            None => format!(
                "HorizontalPodAutoscaler {namespace}/{name} in cluster {cluster} scales {kind} {of}, too: delete it \
                 (kubectl delete hpa -n {namespace} {name}), or name this HybridAutoscaler in its scaleTargetRef"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_hpa_and_a_scaled_object_are_named_with_what_to_do() {
        let hpa = |labels: serde_json::Value| {
            let object = json!({
                "metadata": {"namespace": "shop", "name": "web-hpa", "labels": labels},
                "spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "web"}}
            });
            DriverFact::of(&serde_json::from_value(object).expect("an HPA"))
        };
        let plain = hpa(json!({}));
        assert_eq!(plain.target, ("Deployment".to_owned(), "web".to_owned()));
        assert!(
            plain
                .conflict("home")
                .contains("kubectl delete hpa -n shop web-hpa")
        );
        let keda = hpa(json!({"scaledobject.keda.sh/name": "web"})).conflict("home");
        assert!(
            keda.contains("kubectl delete scaledobject -n shop web"),
            "{keda}"
        );
    }
}
