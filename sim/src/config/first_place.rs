//! Where a workload starts of which the world file does not say it.

use spillway_solver::ids::ClusterId;
use spillway_solver::policy::{
    ClusterSpec, GroupSpec, Grower, Policy, TaintEffect, Toleration, WorkloadSpec,
};
use spillway_solver::resources::Resources;

use super::World;
use crate::output::decimal;

/// The cluster in which a workload's minimum starts: of those that take its pods and hold them on
/// the nodes that are up, else of those that grow nodes for them, the first private one by name,
/// or else the first public one. `None` where there is neither. Each workload is looked at as if
/// it were alone: what does not fit beside the others waits for a node.
pub(crate) fn first_with_room(
    world: &World,
    policy: &Policy,
    spec: &WorkloadSpec,
) -> Option<ClusterId> {
    let forbidden = |cluster: &ClusterSpec| {
        let mut bounds = spec.cluster_bounds.iter();
        bounds.any(|bound| bound.cluster == cluster.name && bound.max == Some(0))
    };
    let mut open: Vec<&ClusterSpec> = policy
        .clusters
        .iter()
        .filter(|cluster| !cluster.cordoned && !forbidden(cluster))
        .collect();
    open.sort_by_key(|cluster| (cluster.tier, &cluster.name));
    let standing = |cluster: &&&ClusterSpec| {
        let holds = groups_for(cluster, spec).map(|group| {
            let nodes = world.initial_nodes(cluster, group);
            u64::from(nodes) * u64::from(holds(group, spec))
        });
        holds.sum::<u64>() >= u64::from(spec.min_replicas.max(1))
    };
    let growing = |cluster: &&&ClusterSpec| {
        groups_for(cluster, spec).any(|group| {
            group.grower == Grower::NodeAutoscaler && group.max_nodes > 0 && holds(group, spec) > 0
        })
    };
    let first = open.iter().find(standing).or(open.iter().find(growing));
    first.map(|cluster| cluster.name.clone())
}

/// Why no node that a workload may ever have holds a replica of it; `None` where some node does.
pub(crate) fn without_place(policy: &Policy, spec: &WorkloadSpec) -> Option<String> {
    let open = |cluster: &&ClusterSpec| {
        let mut bounds = spec.cluster_bounds.iter();
        !bounds.any(|bound| bound.cluster == cluster.name && bound.max == Some(0))
    };
    let taking = || {
        let clusters = policy.clusters.iter().filter(open);
        let groups = clusters
            .flat_map(|cluster| groups_for(cluster, spec).map(move |group| (&cluster.name, group)));
        groups.filter(|(_, group)| group.max_nodes > 0)
    };
    if taking().any(|(_, group)| holds(group, spec) > 0) {
        return None;
    }
    let room = |group: &GroupSpec| group.allocatable.minus(&group.daemons);
    let largest = taking().max_by_key(|(_, group)| {
        let room = room(group);
        (room.cpu_milli, room.memory_bytes)
    });
    let Some((cluster, group)) = largest else {
        return Some(
            "no node group that it may use takes its pods (labels, taints, clusterBounds)"
                .to_owned(),
        );
    };
    Some(format!(
        "a replica asks for {}, and no node is that large; the largest that takes its pods is of {cluster}/{}, with {}",
        amount(&spec.requests),
        group.name,
        amount(&room(group))
    ))
}

fn amount(resources: &Resources) -> String {
    let cores = decimal(resources.cpu_milli.0.into(), 3);
    let mib = resources.memory_bytes.0.div_ceil(1 << 20);
    let extended = resources.extended.iter();
    let extended = extended.map(|(name, count)| format!(", {count} {name}"));
    format!("{cores} cores, {mib} MiB{}", extended.collect::<String>())
}

fn groups_for<'c>(
    cluster: &'c ClusterSpec,
    spec: &'c WorkloadSpec,
) -> impl Iterator<Item = &'c GroupSpec> {
    cluster.groups.iter().filter(|group| takes(group, spec))
}

/// Replicas that an empty node of a group holds.
fn holds(group: &GroupSpec, spec: &WorkloadSpec) -> u32 {
    let each = Resources {
        pods: spec.requests.pods.max(1),
        ..spec.requests.clone()
    };
    group.allocatable.minus(&group.daemons).fits(&each)
}

impl World {
    /// Nodes of a group that are up at the start.
    fn initial_nodes(&self, cluster: &ClusterSpec, group: &GroupSpec) -> u32 {
        let clusters = self.clusters.iter();
        let groups = clusters
            .filter(|listed| listed.name == cluster.name)
            .flat_map(|listed| &listed.groups);
        groups
            .filter(|listed| listed.name == group.name)
            .map(|listed| listed.initial_nodes)
            .sum()
    }
}

/// Whether kube-scheduler's `NodeAffinity` and `TaintToleration` filters let a workload's pods
/// on the group's nodes.
pub(crate) fn takes(group: &GroupSpec, workload: &WorkloadSpec) -> bool {
    let labelled = workload
        .node_selector
        .iter()
        .all(|(key, value)| group.labels.get(key) == Some(value));
    labelled
        && group
            .taints
            .iter()
            .filter(|taint| taint.effect != TaintEffect::PreferNoSchedule)
            .all(|taint| {
                workload.tolerations.iter().any(|toleration: &Toleration| {
                    toleration.key.as_ref().is_none_or(|key| *key == taint.key)
                        && toleration
                            .value
                            .as_ref()
                            .is_none_or(|value| *value == taint.value)
                        && toleration
                            .effect
                            .is_none_or(|effect| effect == taint.effect)
                })
            })
}
