//! One cluster as the core's snapshot has it, put together from facts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use spillway_solver::ids::{GroupId, WorkloadId};
use spillway_solver::policy::{ClusterSpec, GroupSpec, Grower};
use spillway_solver::resources::Resources;
use spillway_solver::snapshot::{
    ClusterState, GroupState, NodeReplicas, NodeState, QuotaState, TargetState,
};
use spillway_solver::units::{Millis, UnixMs};

use super::pod::ReplicaState;
use super::{ClaimFact, NodeFact, PodFact, PriorityFact, TargetFact};

/// How long the scheduler's refusal may be a matter of its retries: kube-scheduler backs off for
/// up to 10 s. Shorter, and a pod that is about to be bound counts as one without a place.
const SCHEDULER_TRIES: Millis = Millis(10_000);

/// How long it may be a matter of a node that is on its way: Cluster Autoscaler's
/// `--max-node-provision-time`. Shorter, and every burst looks like a lack of capacity.
const NODE_IS_COMING: Millis = Millis(900_000);

/// Group of a node that belongs to none of the cluster's groups: replicas on it are counted,
/// its room is not.
const NO_GROUP: &str = "";

/// The facts of one cluster.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// When they were current.
    pub observed_at: UnixMs,
    /// Its nodes.
    pub nodes: Vec<Arc<NodeFact>>,
    /// Its pods, of whomever.
    pub pods: Vec<Arc<PodFact>>,
    /// Its quotas.
    pub quotas: Vec<QuotaState>,
    /// Its classes of priority.
    pub priorities: Vec<Arc<PriorityFact>>,
    /// Nodes that Karpenter has ordered.
    pub claims: Vec<Arc<ClaimFact>>,
}

/// A workload and its target in this cluster.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Whose.
    pub id: WorkloadId,
    /// The namespace of its target and pods.
    pub namespace: String,
    /// Its target here.
    pub target: Arc<TargetFact>,
}

/// The pods of each workload.
///
/// `workloads` in the order in which they own pods: where selectors overlap the first has them.
#[must_use]
pub fn owned<'m>(member: &'m Member, workloads: &[Workload]) -> Vec<Vec<&'m PodFact>> {
    let mut of_namespace: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, workload) in workloads.iter().enumerate() {
        let here = of_namespace.entry(&workload.namespace).or_default();
        here.push(index);
    }
    let mut own: Vec<Vec<&PodFact>> = vec![Vec::new(); workloads.len()];
    for pod in &member.pods {
        let candidates = of_namespace.get(pod.namespace.as_str());
        let mut candidates = candidates.into_iter().flatten();
        if let Some(index) =
            candidates.find(|index| workloads[**index].target.selector.selects(pod))
        {
            own[*index].push(pod);
        }
    }
    own
}

/// The cluster as the snapshot has it; `own` are the pods of each workload, by [`owned`].
#[must_use]
pub fn cluster_state(
    spec: &ClusterSpec,
    member: &Member,
    workloads: &[Workload],
    own: &[Vec<&PodFact>],
    now: UnixMs,
) -> ClusterState {
    let asked_for = asked_for(workloads);
    // One that its claim still counts is not counted twice; unless it holds replicas, which must not be lost.
    let hold: BTreeSet<&str> = own
        .iter()
        .flatten()
        .filter_map(|pod| pod.node.as_deref())
        .collect();
    let counts = |node: &&Arc<NodeFact>| !node.in_flight || hold.contains(node.name.as_str());
    let mut nodes: BTreeMap<&str, NodeState> = member
        .nodes
        .iter()
        .filter(counts)
        .map(|node| (node.name.as_str(), node_state(spec, node, &asked_for)))
        .collect();
    for pod in &member.pods {
        let node = pod.node.as_deref().and_then(|node| nodes.get_mut(node));
        if let Some(node) = node.filter(|_| pod.state() != ReplicaState::Ended) {
            node.used = node.used.plus(&only(&pod.requests, &asked_for), 1);
        }
    }
    for (workload, pods) in workloads.iter().zip(own) {
        for pod in pods {
            let node = pod.node.as_deref().and_then(|node| nodes.get_mut(node));
            if let Some(node) = node {
                count(&mut node.replicas, &workload.id, pod.state());
            }
        }
    }
    let in_flight = in_flight(spec, member);
    let patience = patience(spec, member);
    ClusterState {
        name: spec.name.clone(),
        observed_at_ms: member.observed_at,
        unreachable_since_ms: None,
        serves_traffic: None,
        nodes: nodes.into_values().collect(),
        groups: spec
            .groups
            .iter()
            .map(|group| GroupState {
                name: group.name.clone(),
                in_flight: in_flight.get(&group.name).copied().unwrap_or(0),
                ..GroupState::default()
            })
            .collect(),
        quotas: member.quotas.clone(),
        targets: workloads
            .iter()
            .zip(own)
            .map(|(workload, pods)| target_state(workload, pods, now, patience))
            .collect(),
    }
}

/// Nodes that were ordered and are not there yet, by group.
fn in_flight(spec: &ClusterSpec, member: &Member) -> BTreeMap<GroupId, u32> {
    let mut nodes = BTreeMap::new();
    for claim in member.claims.iter().filter(|claim| claim.in_flight) {
        let mut grown = spec
            .groups
            .iter()
            .filter(|group| group.grower == Grower::NodeAutoscaler);
        if let Some(group) = grown.find(|group| claim.may_be_of(group)) {
            *nodes.entry(group.name.clone()).or_insert(0) += 1;
        }
    }
    nodes
}

/// The resources that replicas ask for by name; of all others nobody asks how much there is.
fn asked_for(workloads: &[Workload]) -> BTreeSet<String> {
    let specs = workloads
        .iter()
        .filter_map(|w| w.target.template.spec.as_ref());
    specs
        .flat_map(|spec| super::requests(spec).extended.into_keys())
        .collect()
}

fn only(all: &Resources, names: &BTreeSet<String>) -> Resources {
    let mut some = all.clone();
    some.extended.retain(|name, _| names.contains(name));
    some
}

fn node_state(spec: &ClusterSpec, node: &NodeFact, asked_for: &BTreeSet<String>) -> NodeState {
    let group = spec.groups.iter().find(|group| belongs(node, group));
    // A taint that the group does not have keeps away what the core thinks may land there.
    let known = |(key, value): &(String, String)| {
        let taints = group.iter().flat_map(|group| &group.taints);
        taints
            .into_iter()
            .any(|t| t.key == *key && t.value == *value)
    };
    let takes_pods = node.takes_pods && !node.leaving && node.taints.iter().all(known);
    NodeState {
        name: node.name.clone(),
        group: group.map_or_else(|| NO_GROUP.into(), |group| group.name.clone()),
        allocatable: only(&node.allocatable, asked_for),
        used: Resources::default(),
        replicas: Vec::new(),
        unschedulable: !takes_pods || group.is_none(),
        leaving: node.leaving,
    }
}

/// Whether the node carries all labels of the group.
fn belongs(node: &NodeFact, group: &GroupSpec) -> bool {
    let carries = |(key, value): (&String, &String)| node.labels.get(key) == Some(value);
    group.labels.iter().all(carries)
}

fn count(replicas: &mut Vec<NodeReplicas>, workload: &WorkloadId, state: ReplicaState) {
    let known = replicas.iter().position(|here| here.workload == *workload);
    let index = known.unwrap_or_else(|| {
        replicas.push(NodeReplicas {
            workload: workload.clone(),
            ..NodeReplicas::default()
        });
        replicas.len() - 1
    });
    let here = &mut replicas[index];
    match state {
        ReplicaState::Bound => here.bound += 1,
        ReplicaState::Ready => here.ready += 1,
        ReplicaState::Terminating => here.terminating += 1,
        ReplicaState::Pending | ReplicaState::Ended => {}
    }
}

/// How long a pod that the scheduler refuses may still find a node.
fn patience(spec: &ClusterSpec, member: &Member) -> Millis {
    let may_come = spec.groups.iter().any(|group| {
        let existing = member.nodes.iter().filter(|node| belongs(node, group));
        let existing = u32::try_from(existing.count()).unwrap_or(u32::MAX);
        group.grower == Grower::NodeAutoscaler && existing < group.max_nodes
    });
    if may_come {
        NODE_IS_COMING
    } else {
        SCHEDULER_TRIES
    }
}

fn target_state(
    workload: &Workload,
    pods: &[&PodFact],
    now: UnixMs,
    patience: Millis,
) -> TargetState {
    let mut state = TargetState {
        workload: workload.id.clone(),
        spec_replicas: workload.target.replicas,
        template: Some(workload.target.effective_template()),
        ..TargetState::default()
    };
    let mut alive = 0_u32;
    let mut revisions = BTreeSet::new();
    for pod in pods {
        match pod.state() {
            ReplicaState::Ended | ReplicaState::Terminating => continue,
            ReplicaState::Pending => {
                state.pending += 1;
                let refused = pod.refused_since;
                state.unschedulable +=
                    u32::from(refused.is_some_and(|since| now.since(since) > patience));
            }
            ReplicaState::Bound | ReplicaState::Ready => {}
        }
        alive += 1;
        revisions.extend(REVISION.iter().find_map(|label| pod.labels.get(*label)));
    }
    // More pods than asked for and of more than one revision: a roll-out has started them.
    if revisions.len() > 1 {
        state.rollout_surge = alive.saturating_sub(state.spec_replicas);
    }
    state
}

/// Labels that tell the revisions of a template apart: of a Deployment, and of an Argo Rollout. A
/// `StatefulSet` starts no pods beyond its count.
const REVISION: [&str; 2] = ["pod-template-hash", "rollouts-pod-template-hash"];

#[cfg(test)]
mod tests;
