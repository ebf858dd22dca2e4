//! The status of a `Cluster`. Pure.

use kube::ResourceExt;
use spillway_crds::api::{BootStatus, Cluster, ClusterStatus, GroupStatus};
use spillway_crds::text::{Quantity, Usd};
use spillway_solver::policy::ClusterSpec;
use spillway_solver::resources::Resources;
use spillway_solver::snapshot::ClusterState;

use super::{Told, accepted, condition, keep, time};
use crate::member::Sight;

/// What it shall say.
pub(super) fn status(object: &Cluster, told: &Told<'_>) -> ClusterStatus {
    let name = object.name_any();
    let now = told.snapshot.now_ms;
    let problems = told.accepted.problems_of("Cluster", &name);
    let before = object.status.clone().unwrap_or_default();
    let spec = told
        .accepted
        .policy
        .clusters
        .iter()
        .find(|spec| spec.name.as_str() == name);
    let state = told
        .snapshot
        .clusters
        .iter()
        .find(|state| state.name.as_str() == name);
    let mut status = ClusterStatus {
        observed_generation: object.metadata.generation,
        conditions: vec![accepted(&problems, now)],
        ..ClusterStatus::default()
    };
    if let (Some(spec), Some(state)) = (spec, state) {
        known(&mut status, spec, state);
    }
    let silent = match told.seen.sights.get(&name) {
        Some(Sight::Silent { since, why }) => Some((*since, why.clone())),
        Some(Sight::Clear(_)) | None => None,
    };
    let lost = silent
        .as_ref()
        .is_some_and(|(since, _)| spec.is_some_and(|spec| now.since(*since) > spec.lost_after_ms));
    match &silent {
        Some((since, why)) => {
            let message = format!(
                "its API server has not answered since {}: {why}",
                time(*since).0
            );
            status.conditions.push(condition(
                "Ready",
                false,
                "Unreachable",
                message.clone(),
                now,
            ));
            status.reason = Some(message);
        }
        None => status.conditions.push(condition(
            "Ready",
            true,
            "Reachable",
            "its API server answers".to_owned(),
            now,
        )),
    }
    let (reason, message) = if lost {
        (
            "Unreachable",
            "it has not answered for longer than lostAfter",
        )
    } else {
        (
            "NotLost",
            "it answers, or has not been silent for lostAfter",
        )
    };
    status
        .conditions
        .push(condition("Lost", lost, reason, message.to_owned(), now));
    if let Some(problem) = problems.first() {
        status.reason = Some(format!("not accepted: {}", problem.message));
    }
    keep(&mut status.conditions, &before.conditions);
    status
}

fn known(status: &mut ClusterStatus, spec: &ClusterSpec, state: &ClusterState) {
    // Of a cluster that answers it is now, and a time that changes with each tick would be a write with each tick.
    status.observed_at = state
        .unreachable_since_ms
        .map(|_| time(state.observed_at_ms));
    status.nodes = u32::try_from(state.nodes.len()).ok();
    let mut free_cpu = 0;
    for group in &spec.groups {
        let seen = state.groups.iter().find(|seen| seen.name == group.name);
        let nodes = state.nodes.iter().filter(|node| node.group == group.name);
        let (mut used, mut free, mut count) = (Resources::default(), Resources::default(), 0);
        for node in nodes {
            count += 1;
            used = used.plus(&node.used, 1);
            if !node.unschedulable {
                free.cpu_milli.0 += node
                    .allocatable
                    .cpu_milli
                    .0
                    .saturating_sub(node.used.cpu_milli.0);
                free.memory_bytes.0 += node
                    .allocatable
                    .memory_bytes
                    .0
                    .saturating_sub(node.used.memory_bytes.0);
            }
        }
        free_cpu += free.cpu_milli.0;
        let price = seen.and_then(|seen| seen.price);
        status.groups.push(GroupStatus {
            name: group.name.to_string(),
            nodes: count,
            in_flight: seen.map_or(0, |seen| seen.in_flight),
            used_cpu: Some(cores(used.cpu_milli.0)),
            free_cpu: Some(cores(free.cpu_milli.0)),
            used_memory: Some(mebibytes(used.memory_bytes.0)),
            free_memory: Some(mebibytes(free.memory_bytes.0)),
            price_per_hour: Some(Usd::from_micro(
                price
                    .map_or(group.price, |price| price.micro_usd_per_hour)
                    .0,
            )),
            price_observed_at: price.map(|price| time(price.observed_at_ms)),
            boot: seen.and_then(|seen| seen.boot).map(|boot| BootStatus {
                p50_seconds: seconds(boot.p50_ms.0),
                p95_seconds: seconds(boot.p95_ms.0),
            }),
        });
    }
    status.free_cpu = Some(cores(free_cpu));
}

fn cores(milli: u64) -> Quantity {
    Quantity(if milli.is_multiple_of(1000) {
        (milli / 1000).to_string()
    } else {
        format!("{milli}m")
    })
}

fn mebibytes(bytes: u64) -> Quantity {
    Quantity(format!("{}Mi", bytes >> 20))
}

fn seconds(millis: u64) -> u32 {
    u32::try_from(millis / 1000).unwrap_or(u32::MAX)
}
