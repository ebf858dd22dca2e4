//! What each container of a pod requests: a percentage of use is of that.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, PodSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use spillway_crds::api::ResourceName;
use spillway_crds::text::Quantity;
use spillway_solver::hpa::requests::{ContainerRequest, pod_request};

/// What the containers of a pod, and the pod as a whole, say that they need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Containers {
    /// Those that run beside each other: containers and sidecars.
    each: Box<[(String, Amounts)]>,
    pod: Amounts,
}

/// In thousandths of a core and of a byte; absent where nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Amounts {
    cpu: Option<i64>,
    memory: Option<i64>,
}

impl Containers {
    /// Reads a pod's.
    #[must_use]
    pub fn of(spec: &PodSpec) -> Self {
        let sidecars = spec
            .init_containers
            .iter()
            .flatten()
            .filter(|init| init.restart_policy.as_deref() == Some("Always"));
        let each = spec.containers.iter().chain(sidecars);
        Self {
            each: each
                .map(|container| (container.name.clone(), of_container(container)))
                .collect(),
            pod: amounts(
                spec.resources
                    .as_ref()
                    .and_then(|pod| pod.requests.as_ref()),
            ),
        }
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.each.iter().map(|(name, _)| name.as_str())
    }

    /// The request in thousandths of a core or a byte, of one container or of all together, by HPA's rules: absent where
    /// one that counts has none.
    #[must_use]
    pub fn request(&self, resource: ResourceName, container: Option<&str>) -> Option<i64> {
        let of = |amounts: &Amounts| match resource {
            ResourceName::Cpu => amounts.cpu,
            ResourceName::Memory => amounts.memory,
        };
        let each = self.each.iter().map(|(name, amounts)| ContainerRequest {
            name: name.clone(),
            request_milli: of(amounts),
        });
        let each: Vec<ContainerRequest> = each.collect();
        pod_request("", "", container, of(&self.pod), &each).ok()
    }
}

fn of_container(container: &Container) -> Amounts {
    let resources = container.resources.as_ref();
    amounts(resources.and_then(|resources| resources.requests.as_ref()))
}

fn amounts(by_name: Option<&BTreeMap<String, ApiQuantity>>) -> Amounts {
    let milli = |name: &str| Quantity(by_name?.get(name)?.0.clone()).milli().ok();
    Amounts {
        cpu: milli("cpu"),
        memory: milli("memory"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn request(spec: &Value, container: Option<&str>) -> Option<i64> {
        let spec = serde_json::from_value(spec.clone()).expect("a pod's spec");
        Containers::of(&spec).request(ResourceName::Cpu, container)
    }

    fn container(name: &str, cpu: &str) -> Value {
        json!({"name": name, "resources": {"requests": {"cpu": cpu}}})
    }

    #[test]
    fn a_pod_requests_what_its_containers_and_sidecars_do_and_one_without_a_request_leaves_none() {
        let mut sidecar = container("sidecar", "50m");
        sidecar["restartPolicy"] = json!("Always");
        let spec = json!({
            "containers": [container("main", "1"), container("beside", "200m")],
            "initContainers": [sidecar, container("init", "7")]
        });
        for (name, expected) in [
            (None, Some(1250)),
            (Some("beside"), Some(200)),
            (Some("sidecar"), Some(50)),
            (Some("init"), None),
            (Some("nobody"), None),
        ] {
            assert_eq!(request(&spec, name), expected, "{name:?}");
        }
        let silent = json!({"containers": [container("main", "1"), {"name": "beside"}]});
        assert_eq!(request(&silent, None), None);
        assert_eq!(request(&silent, Some("main")), Some(1000));
        let whole =
            json!({"containers": [{"name": "main"}], "resources": {"requests": {"cpu": "3"}}});
        assert_eq!(request(&whole, None), Some(3000));
    }
}
