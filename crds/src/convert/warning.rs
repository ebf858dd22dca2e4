//! What is allowed and is rarely meant.

use std::collections::BTreeSet;

use kube::ResourceExt;

use crate::api::{CapacityType, Tier};
use crate::objects::{Objects, Origin, workload_id};
use crate::problem::Problem;

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// No cluster has a capability that a workload requires.
    NoClusterOffers,
    /// No cluster has a round-trip to a data set of a workload.
    NoClusterNear,
    /// A group is spot, and no policy takes spot.
    SpotUnused,
    /// A bursting rule bounds no money.
    NoMoneyCap,
}

/// Something that a person should look at although the configuration is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub doubt: Doubt,
    /// Where, and what follows.
    pub problem: Problem,
}

/// What a person should look at although the configuration is accepted.
#[must_use]
pub fn warnings(objects: &Objects) -> Vec<Warning> {
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
        let mut warn = |doubt, path: &str, message| {
            let object = ("HybridAutoscaler", id.as_str(), &located.origin);
            found.push(warning(doubt, object, path, message));
        };
        let spec = &located.object.spec;
        for (index, capability) in spec.required_capabilities.iter().enumerate() {
            if !offered.contains(capability.as_str()) {
                let message =
                    format!("no cluster offers `{capability}`: the workload has no place");
                let path = format!("spec.requiredCapabilities[{index}]");
                warn(Doubt::NoClusterOffers, &path, message);
            }
        }
        for (index, set) in spec.data_sets.iter().enumerate() {
            if !data_sets.contains(set.name.as_str()) {
                let message = format!(
                    "no cluster has a round-trip to `{}`: the workload has no place",
                    set.name
                );
                let path = format!("spec.dataSets[{index}].name");
                warn(Doubt::NoClusterNear, &path, message);
            }
        }
    }
    found
}

fn clusters(objects: &Objects, found: &mut Vec<Warning>) {
    let takes_spot = objects
        .burst_policies
        .iter()
        .any(|policy| policy.object.spec.spot.max_percent > 0);
    for located in &objects.clusters {
        let name = located.object.name_any();
        let object = ("Cluster", name.as_str(), &located.origin);
        for (index, group) in located.object.spec.node_groups.iter().enumerate() {
            if group.capacity_type == Some(CapacityType::Spot) && !takes_spot {
                let message =
                    "no policy has spot.maxPercent above 0: the group stays empty".to_owned();
                let path = format!("spec.nodeGroups[{index}].capacityType");
                found.push(warning(Doubt::SpotUnused, object, &path, message));
            }
        }
    }
}

fn policies(objects: &Objects, found: &mut Vec<Warning>) {
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
            let object = ("BurstPolicy", name.as_str(), &located.origin);
            found.push(warning(Doubt::NoMoneyCap, object, "spec.caps", message));
        }
    }
}

fn warning(
    doubt: Doubt,
    (kind, name, origin): (&str, &str, &Origin),
    path: &str,
    message: String,
) -> Warning {
    Warning {
        doubt,
        problem: Problem {
            object: format!("{kind}/{name}"),
            ..origin.problem(path, message)
        },
    }
}
