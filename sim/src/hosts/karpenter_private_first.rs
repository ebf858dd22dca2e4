//! One cluster over both clouds: a single Deployment that prefers private nodes, Karpenter for
//! the rest, and deletion costs so that public pods go first.
//!
//! Source: AWS, "EKS Workshop", chapter "EKS Hybrid Nodes: Cloud Bursting" (read): a preferred
//! node affinity, which counts when a pod is scheduled and not afterwards, and
//! `controller.kubernetes.io/pod-deletion-cost` on pods that were bound to a hybrid node.
//!
//! The world keeps private and public nodes in clusters of their own. A pod of the one
//! Deployment is then a replica of the cluster that holds its node, and a pod without a node may
//! become either.

use std::iter::repeat;

use spillway_solver::ids::ClusterId;
use spillway_solver::policy::{ClusterSpec, Policy, Tier, WorkloadSpec};
use spillway_solver::snapshot::Snapshot;

use super::fill::of_tier;
use super::fleet_hpa::{FleetHpa, Replicas, count};
use super::room::Room;
use super::{Autoscaler, Outcome, TargetCount};
use crate::config::{Karpenter, NodeAutoscaler};

/// HPA's total over all nodes; private ones are preferred when a pod is bound.
#[derive(Debug)]
pub struct KarpenterPrivateFirst {
    hpa: FleetHpa,
    clusters: Vec<ClusterSpec>,
    /// Private ones first; the last one has the nodes that come on demand.
    order: Vec<ClusterId>,
}

impl KarpenterPrivateFirst {
    /// For the policy's workloads and its first public cluster.
    #[must_use]
    pub fn new(policy: &Policy) -> Self {
        let mut order = of_tier(policy, Tier::Private);
        order.extend(of_tier(policy, Tier::Public).into_iter().take(1));
        Self {
            hpa: FleetHpa::new(policy),
            clusters: policy.clusters.clone(),
            order,
        }
    }
}

impl Autoscaler for KarpenterPrivateFirst {
    fn name(&self) -> &'static str {
        "hpa-karpenter-private-first"
    }

    fn node_autoscaler(&self) -> Option<NodeAutoscaler> {
        Some(NodeAutoscaler::Karpenter(Karpenter::default()))
    }

    fn decide(&mut self, snapshot: &Snapshot) -> Outcome {
        let mut room = Room::new(&self.clusters, snapshot);
        let mut targets = Vec::new();
        for workload in self.hpa.workloads.clone() {
            let within = |name: &ClusterId| self.order.contains(name);
            let all = count(snapshot, &workload.id, within);
            let max = workload.max_replicas;
            let desired = self.hpa.desired(&workload, snapshot, all, max);
            let here = |name: &ClusterId| count(snapshot, &workload.id, |other| other == name);
            let now: Vec<Replicas> = self.order.iter().map(here).collect();
            let mut there = remaining(&now, desired);
            let unbound = desired - there.iter().sum::<u32>();
            bind(&self.order, &mut there, &mut room, &workload, unbound);
            let others = self.clusters.iter().map(|cluster| &cluster.name);
            let others = others.filter(|name| !within(name)).zip(repeat(0));
            let all = self.order.iter().zip(there).chain(others);
            targets.extend(all.map(|(cluster, replicas)| TargetCount {
                workload: workload.id.clone(),
                cluster: cluster.clone(),
                replicas,
            }));
        }
        Outcome {
            targets,
            ..Outcome::default()
        }
    }
}

/// The pods with a node that stay in each cluster where `desired` exist: pods that are not Ready
/// go before those that are, and among equals the cheap ones, which are the public ones.
fn remaining(now: &[Replicas], desired: u32) -> Vec<u32> {
    let mut ready: Vec<u32> = now.iter().map(|here| here.ready).collect();
    let mut starting: Vec<u32> = now.iter().map(|here| here.placed() - here.ready).collect();
    let placed: u32 = now.iter().map(|here| here.placed()).sum();
    let mut surplus = placed.saturating_sub(desired);
    for pods in starting.iter_mut().rev().chain(ready.iter_mut().rev()) {
        let gone = surplus.min(*pods);
        *pods -= gone;
        surplus -= gone;
    }
    ready
        .iter()
        .zip(&starting)
        .map(|(ready, starting)| ready + starting)
        .collect()
}

/// Gives pods without a node to private nodes with room, and the rest to nodes that will come.
fn bind(
    order: &[ClusterId],
    there: &mut [u32],
    room: &mut Room<'_>,
    workload: &WorkloadSpec,
    unbound: u32,
) {
    let mut left = unbound;
    let Some((last, others)) = there.split_last_mut() else {
        return;
    };
    for (cluster, replicas) in order.iter().zip(others) {
        let here = room.take(cluster, workload, left);
        *replicas += here;
        left -= here;
    }
    *last += left;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_pods_go_first_but_no_ready_one_before_one_that_starts() {
        let replicas = |ready, starting| Replicas {
            spec: ready + starting,
            existing: ready + starting,
            pending: 0,
            ready,
        };
        // Home with 4 Ready and 1 starting, the cloud with 3 and 2.
        let now = [replicas(4, 1), replicas(3, 2)];
        let cases = [
            (12, [5, 5], "all stay, and two more are to be bound"),
            (9, [5, 4], "a public one that starts"),
            (8, [5, 3], "both"),
            (7, [4, 3], "the one that starts at home"),
            (5, [4, 1], "then Ready ones in public"),
            (3, [3, 0], "and only then those at home"),
        ];
        for (desired, expected, name) in cases {
            assert_eq!(remaining(&now, desired), expected, "{desired}: {name}");
        }
    }
}
