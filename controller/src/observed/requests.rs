//! What a pod requests, by kube-scheduler's rules.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, PodSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use spillway_crds::text::Quantity;
use spillway_solver::resources::Resources;
use spillway_solver::units::{Bytes, MilliCpu};

/// What a pod holds of a node, with one pod slot.
///
/// The largest of: all containers and sidecars (init containers that restart `Always`) together;
/// each init container with the sidecars that began before it. Pod-level requests replace that
/// sum, and the overhead of the runtime class is added. (`PodRequests` in
/// `k8s.io/component-helpers`.) Resources other than cpu and memory are kept by name.
#[must_use]
pub fn requests(spec: &PodSpec) -> Resources {
    let containers = spec.containers.iter();
    let mut together = containers.fold(Resources::default(), |sum, container| {
        sum.plus(&of_container(container), 1)
    });
    let mut sidecars = Resources::default();
    let mut starting = Resources::default();
    for init in spec.init_containers.iter().flatten() {
        let own = of_container(init);
        if init.restart_policy.as_deref() == Some("Always") {
            sidecars = sidecars.plus(&own, 1);
            starting = larger(&starting, &sidecars);
        } else {
            starting = larger(&starting, &sidecars.plus(&own, 1));
        }
    }
    together = larger(&together.plus(&sidecars, 1), &starting);
    if let Some(of_pod) = spec.resources.as_ref().and_then(requested) {
        replace(&mut together, of_pod);
    }
    if let Some(overhead) = &spec.overhead {
        together = together.plus(&amounts(overhead), 1);
    }
    together.pods = 1;
    together
}

/// Amounts by resource name, as nodes and pods write them.
pub(super) fn amounts(by_name: &BTreeMap<String, ApiQuantity>) -> Resources {
    let mut all = Resources::default();
    for (name, quantity) in by_name {
        let quantity = Quantity(quantity.0.clone());
        // The API server lets nothing else through than quantities that are not below zero.
        let units = quantity.units().unwrap_or(u64::MAX);
        match name.as_str() {
            "cpu" => {
                let milli = quantity.milli().ok().and_then(|m| u64::try_from(m).ok());
                all.cpu_milli = MilliCpu(milli.unwrap_or(u64::MAX));
            }
            "memory" => all.memory_bytes = Bytes(units),
            "pods" => all.pods = u32::try_from(units).unwrap_or(u32::MAX),
            _ => {
                all.extended.insert(name.clone(), units);
            }
        }
    }
    all
}

fn of_container(container: &Container) -> Resources {
    let by_name = container.resources.as_ref().and_then(requested);
    by_name.map(amounts).unwrap_or_default()
}

fn requested(resources: &ResourceRequirements) -> Option<&BTreeMap<String, ApiQuantity>> {
    resources.requests.as_ref()
}

/// Of each resource the larger amount.
fn larger(one: &Resources, other: &Resources) -> Resources {
    let mut extended = one.extended.clone();
    for (name, amount) in &other.extended {
        let here = extended.entry(name.clone()).or_default();
        *here = (*here).max(*amount);
    }
    Resources {
        cpu_milli: one.cpu_milli.max(other.cpu_milli),
        memory_bytes: one.memory_bytes.max(other.memory_bytes),
        pods: one.pods.max(other.pods),
        extended,
    }
}

/// Puts the amounts that `by_name` has in place of those of `all`.
fn replace(all: &mut Resources, by_name: &BTreeMap<String, ApiQuantity>) {
    let own = amounts(by_name);
    if by_name.contains_key("cpu") {
        all.cpu_milli = own.cpu_milli;
    }
    if by_name.contains_key("memory") {
        all.memory_bytes = own.memory_bytes;
    }
    all.extended.extend(own.extended);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn requested_by(spec: &Value) -> (u64, u64) {
        let spec: PodSpec = serde_json::from_value(spec.clone()).expect("a pod's spec");
        let all = requests(&spec);
        assert_eq!(all.pods, 1);
        (all.cpu_milli.0, all.memory_bytes.0)
    }

    fn container(cpu: &str, memory: &str) -> Value {
        json!({"name": "c", "resources": {"requests": {"cpu": cpu, "memory": memory}}})
    }

    fn sidecar(cpu: &str, memory: &str) -> Value {
        let mut sidecar = container(cpu, memory);
        sidecar["restartPolicy"] = json!("Always");
        sidecar
    }

    #[test]
    fn containers_add_up_and_a_missing_request_is_none() {
        let two = json!({"containers": [container("100m", "1Ki"), container("0.25", "1k"), {"name": "c"}]});
        assert_eq!(requested_by(&two), (350, 2024));
    }

    #[test]
    fn a_larger_init_container_counts_instead_and_sidecars_count_beside_both() {
        let containers = json!([container("100m", "10")]);
        let init = |init: Value| json!({"containers": containers, "initContainers": init});
        for (what, init, expected) in [
            (
                "a small one",
                init(json!([container("50m", "5")])),
                (100, 10),
            ),
            (
                "a large one",
                init(json!([container("300m", "5")])),
                (300, 10),
            ),
            (
                "two, one after the other",
                init(json!([container("300m", "5"), container("200m", "50")])),
                (300, 50),
            ),
            ("a sidecar", init(json!([sidecar("50m", "5")])), (150, 15)),
            (
                "a sidecar before a large one",
                init(json!([sidecar("50m", "5"), container("300m", "5")])),
                (350, 15),
            ),
            (
                "a sidecar after a large one",
                init(json!([container("300m", "5"), sidecar("50m", "5")])),
                (300, 15),
            ),
        ] {
            assert_eq!(requested_by(&init), expected, "{what}");
        }
    }

    #[test]
    fn pod_level_requests_replace_the_sum_and_overhead_is_added() {
        let spec = json!({
            "containers": [container("100m", "10")],
            "resources": {"requests": {"cpu": "1"}},
            "overhead": {"cpu": "10m", "memory": "7"}
        });
        assert_eq!(requested_by(&spec), (1010, 17));
    }

    #[test]
    fn other_resources_are_kept_by_name() {
        let spec: PodSpec = serde_json::from_value(json!({
            "containers": [{"name": "c", "resources": {"requests": {"nvidia.com/gpu": "2"}}}],
            "initContainers": [{"name": "i", "resources": {"requests": {"nvidia.com/gpu": "1", "a/b": "3"}}}]
        }))
        .expect("a pod's spec");
        let expected = [("a/b".to_owned(), 3), ("nvidia.com/gpu".to_owned(), 2)];
        assert_eq!(requests(&spec).extended, BTreeMap::from(expected));
    }
}
