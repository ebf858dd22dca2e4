//! The use of a resource, joined with the pods themselves and with what they request.

use std::collections::BTreeMap;

use spillway_crds::api::{Metric, ResourceName, ResourceSource};
use spillway_solver::snapshot::Reading;

use super::answer::failed;
use super::pods::{OwnPod, Pods, Sample, joined};
use crate::member::Usages;
use crate::observed::ReplicaState;

/// Each pod of the workload with what it uses and requests; a failure reads on after the field.
pub(super) fn reading(
    metric: &Metric,
    source: &ResourceSource,
    namespace: &str,
    usages: &BTreeMap<String, Usages>,
    pods: Pods<'_>,
) -> Reading {
    let container = source.container.as_deref();
    let lives = |own: &&OwnPod<'_>| own.pod.state() != ReplicaState::Ended;
    for own in pods.own.iter().filter(lives) {
        if let Some(name) = container
            && !own.pod.containers.names().any(|known| known == name)
        {
            let known: Vec<&str> = own.pod.containers.names().collect();
            return failed(&format!(
                "pod {} in cluster {} has no container `{name}`: name one of {}",
                own.pod.name,
                own.cluster,
                known.join(", ")
            ));
        }
        let request = own.pod.containers.request(source.name, container);
        if metric.target.average_utilization.is_some() && request.is_none() {
            let of = container.map_or("a container of it", |_| "that container");
            let resource = match source.name {
                ResourceName::Cpu => "cpu",
                ResourceName::Memory => "memory",
            };
            return failed(&format!(
                "pod {} in cluster {}: {of} requests no {resource}, of which there could be a percentage: set \
                 resources.requests, or write target.averageValue",
                own.pod.name, own.cluster
            ));
        }
        let of_cluster = usages.get(own.cluster.as_str());
        if let Some(Err(why)) = of_cluster.and_then(|all| all.get(namespace)) {
            return failed(&format!("in cluster {}: {why}", own.cluster));
        }
    }
    joined(
        pods,
        |own| {
            let usage = usages
                .get(own.cluster.as_str())?
                .get(namespace)?
                .as_ref()
                .ok()?
                .get(&own.pod.name)?;
            Some(Sample {
                value_milli: usage.milli(source.name, container)?,
                at_ms: usage.at,
                window_ms: usage.window,
            })
        },
        |own| own.pod.containers.request(source.name, container),
    )
}
