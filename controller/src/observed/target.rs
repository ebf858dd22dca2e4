//! A scale target: whatever has `spec.replicas`, `spec.selector` and a pod template.

use std::fmt;
use std::sync::Arc;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ManagedFieldsEntry};
use kube::core::{DynamicObject, Selector as LabelMatcher, SelectorExt};
use twox_hash::xxhash3_128::Hasher;

use spillway_solver::units::UnixMs;

use super::{PodFact, unix_ms};

/// What matters of a scale target.
#[derive(Clone, Debug)]
pub struct TargetFact {
    /// `metadata.resourceVersion`: what a write is decided on.
    pub resource_version: String,
    /// `metadata.generation`: it changes with the specification only.
    pub generation: Option<i64>,
    /// `spec.replicas`.
    pub replicas: u32,
    /// Who else has written `spec.replicas` last.
    pub taken: Option<Taken>,
    /// Which pods are its own.
    pub selector: Selector,
    /// Its pod template: what one replica asks for and where it may run.
    pub template: Arc<PodTemplateSpec>,
}

/// A write of `spec.replicas` that is not ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The field manager, such as `kubectl` or `argocd-controller`.
    pub manager: String,
    /// When; to the second.
    pub at: UnixMs,
}

/// Which pods of a namespace belong to a target.
#[derive(Clone, Debug)]
pub struct Selector(LabelMatcher);

/// A target that cannot be scaled, in words for its condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoTarget(pub String);

impl TargetFact {
    /// Reads a target.
    ///
    /// # Errors
    ///
    /// When it has no replicas, selector or pod template where Deployments have them.
    pub fn of(object: &DynamicObject) -> Result<Self, NoTarget> {
        let spec = &object.data["spec"];
        let missing = |what: &str| {
            let kind = object.types.as_ref().map_or("target", |types| &types.kind);
            NoTarget(format!(
                "the {kind} has no {what}, and a scale target needs one: name a Deployment, a StatefulSet or something \
                 built like them in scaleTargetRef"
            ))
        };
        let replicas = spec["replicas"]
            .as_u64()
            .and_then(|n| u32::try_from(n).ok());
        let selector: LabelSelector = serde_json::from_value(spec["selector"].clone())
            .map_err(|_| missing("spec.selector"))?;
        let selector =
            LabelMatcher::try_from(selector).map_err(|_| missing("usable spec.selector"))?;
        // An empty selector selects every pod of the namespace, which no target means.
        if selector.selects_all() {
            return Err(missing("labels in spec.selector"));
        }
        Ok(Self {
            generation: object.metadata.generation,
            taken: taken(object),
            resource_version: object.metadata.resource_version.clone().unwrap_or_default(),
            replicas: replicas.ok_or_else(|| missing("spec.replicas"))?,
            selector: Selector(selector),
            template: serde_json::from_value(spec["template"].clone())
                .map(Arc::new)
                .map_err(|_| missing("spec.template"))?,
        })
    }

    /// What two clusters must have in common for a replica to be the same in both: what its
    /// containers run, with which arguments, environment and resources. Labels, annotations,
    /// volumes and node selectors differ between clusters for good reasons.
    #[must_use]
    pub fn effective_template(&self) -> String {
        let spec = self.template.spec.as_ref();
        let containers = spec.map(|spec| (&spec.init_containers, &spec.containers));
        let text = serde_json::to_string(&containers).unwrap_or_default();
        format!("{:032x}", Hasher::oneshot(text.as_bytes()))
    }
}

/// Whoever writes a field takes it from all others, so another owner has written after us.
fn taken(object: &DynamicObject) -> Option<Taken> {
    let all = object.metadata.managed_fields.as_ref()?;
    let others = all
        .iter()
        .filter(|entry| entry.manager.as_deref() != Some(crate::FIELD_MANAGER));
    let owns = |entry: &&ManagedFieldsEntry| {
        let fields = entry.fields_v1.as_ref();
        fields.is_some_and(|fields| !fields.0["f:spec"]["f:replicas"].is_null())
    };
    let other = others.into_iter().find(owns)?;
    Some(Taken {
        manager: other.manager.clone().unwrap_or_default(),
        at: unix_ms(other.time.as_ref()?),
    })
}

/// As in `kubectl get pods -l`.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Selector {
    /// Whether the pod is one of the target's.
    #[must_use]
    pub fn selects(&self, pod: &PodFact) -> bool {
        self.0.matches(&pod.labels)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn target(spec: &Value) -> Result<TargetFact, NoTarget> {
        let object = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "resourceVersion": "7"}, "spec": spec
        });
        TargetFact::of(&serde_json::from_value(object).expect("an object"))
    }

    fn spec() -> Value {
        json!({
            "replicas": 3,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"spec": {"containers": [{"name": "c", "image": "web:1"}]}}
        })
    }

    #[test]
    fn a_deployment_is_read() {
        let fact = target(&spec()).expect("a target");
        assert_eq!((fact.replicas, fact.resource_version.as_str()), (3, "7"));
    }

    #[test]
    fn what_is_missing_is_named() {
        for (field, value, named) in [
            ("replicas", json!(null), "spec.replicas"),
            ("selector", json!(null), "spec.selector"),
            ("selector", json!({}), "labels in spec.selector"),
            ("template", json!(null), "spec.template"),
        ] {
            let mut spec = spec();
            spec[field] = value;
            let NoTarget(why) = target(&spec).expect_err(named);
            assert!(why.contains(named), "{why}");
        }
    }

    #[test]
    fn the_last_writer_of_the_replicas_is_known_unless_it_is_us() {
        let by = |manager: &str| {
            let object = json!({
                "metadata": {"name": "web", "managedFields": [
                    {"manager": "kube-controller-manager", "fieldsV1": {"f:status": {"f:replicas": {}}}},
                    {"manager": manager, "time": "1970-01-01T00:00:07Z", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
                ]},
                "spec": spec()
            });
            TargetFact::of(&serde_json::from_value(object).expect("an object"))
                .expect("a target")
                .taken
        };
        assert_eq!(by(crate::FIELD_MANAGER), None);
        let argo = Taken {
            manager: "argocd-controller".to_owned(),
            at: UnixMs(7000),
        };
        assert_eq!(by("argocd-controller"), Some(argo));
    }

    #[test]
    fn another_image_is_another_template_and_another_node_selector_is_not() {
        let with = |path: &str, value: Value| {
            let mut spec = spec();
            *spec.pointer_mut("/template/spec").expect("a place") =
                json!({"containers": [{"name": "c", "image": "web:1"}]});
            spec["template"]["spec"][path] = value;
            target(&spec).expect("a target").effective_template()
        };
        let same = with("nodeSelector", json!({"zone": "b"}));
        assert_eq!(same, with("nodeSelector", json!({"zone": "a"})));
        let other = with("containers", json!([{"name": "c", "image": "web:2"}]));
        assert_ne!(same, other);
    }
}
