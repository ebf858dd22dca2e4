//! What is allowed and is rarely meant.

use std::collections::BTreeSet;

use kube::ResourceExt;

use super::scope::Scope;
use crate::api::{CapacityType, Tier};
use crate::objects::{Objects, workload_id};
use crate::problem::Problem;

/// What a person should look at although the configuration is accepted.
#[must_use]
pub fn warnings(objects: &Objects) -> Vec<Problem> {
    let mut found = Vec::new();
    clusters(objects, &mut found);
    policies(objects, &mut found);
    let offered: BTreeSet<&str> = objects
        .clusters
        .iter()
        .flat_map(|cluster| &cluster.object.spec.capabilities)
        .map(String::as_str)
        .collect();
    let data_sets: BTreeSet<&str> = objects
        .clusters
        .iter()
        .flat_map(|cluster| cluster.object.spec.round_trips.keys())
        .map(String::as_str)
        .collect();
    for located in &objects.autoscalers {
        let id = workload_id(&located.object);
        let mut scope = Scope::new("HybridAutoscaler", &id, &located.origin, &mut found);
        let spec = &located.object.spec;
        for (index, capability) in spec.required_capabilities.iter().enumerate() {
            if !offered.contains(capability.as_str()) {
                let message =
                    format!("no cluster offers `{capability}`: the workload has no place");
                scope.report(&format!("spec.requiredCapabilities[{index}]"), message);
            }
        }
        for (index, set) in spec.data_sets.iter().enumerate() {
            if !data_sets.contains(set.name.as_str()) {
                let message = format!(
                    "no cluster has a round-trip to `{}`: the workload has no place",
                    set.name
                );
                scope.report(&format!("spec.dataSets[{index}].name"), message);
            }
        }
    }
    found
}

fn clusters(objects: &Objects, found: &mut Vec<Problem>) {
    let takes_spot = objects
        .burst_policies
        .iter()
        .any(|policy| policy.object.spec.spot.max_percent > 0);
    for located in &objects.clusters {
        let name = located.object.name_any();
        let mut scope = Scope::new("Cluster", &name, &located.origin, found);
        for (index, group) in located.object.spec.node_groups.iter().enumerate() {
            if group.capacity_type == Some(CapacityType::Spot) && !takes_spot {
                let message =
                    "no policy has spot.maxPercent above 0: the group stays empty".to_owned();
                scope.report(&format!("spec.nodeGroups[{index}].capacityType"), message);
            }
        }
    }
}

fn policies(objects: &Objects, found: &mut Vec<Problem>) {
    let has_public = objects
        .clusters
        .iter()
        .any(|cluster| cluster.object.spec.tier == Tier::Public);
    for located in &objects.burst_policies {
        let caps = &located.object.spec.caps;
        let capped = [&caps.usd_per_hour, &caps.usd_per_day, &caps.usd_per_month];
        if has_public && capped.iter().all(|cap| cap.is_none()) {
            let name = located.object.name_any();
            let message =
                "bounds no money: only maxReplicas bounds what a wrong metric costs".to_owned();
            Scope::new("BurstPolicy", &name, &located.origin, found).report("spec.caps", message);
        }
    }
}
