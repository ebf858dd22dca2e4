//! The clusters as an autoscaler sees them through their API servers.
//!
//! What booting nodes will be is not seen, only how many there are; nor is why a pod pends.

use spillway_solver::snapshot::{
    ClusterState, GroupState, NodeReplicas, NodeState, Price, Spend, TargetState,
};

use super::event::{ClusterIndex, NodeIndex};
use super::state::{Phase, State};
use crate::time::Nanos;

/// How long the scheduler's refusal may be a matter of its retries: kube-scheduler backs off for
/// up to 10 s. Shorter, and a pod that is about to be bound counts as one without a place.
const SCHEDULER_TRIES: Nanos = Nanos::from_secs(10);

/// How long it may be a matter of a node that is on its way: Cluster Autoscaler's
/// `--max-node-provision-time`. Shorter, and every burst looks like a lack of capacity.
const NODE_IS_COMING: Nanos = Nanos::from_secs(900);

impl State {
    /// Every cluster as it is now, or where it does not answer as it was `before`, if ever.
    pub(super) fn observe_clusters(&self, before: &[ClusterState]) -> Vec<ClusterState> {
        (0..self.sites.len())
            .filter_map(|cluster| match self.silent_since(cluster) {
                None => Some(self.observe_cluster(cluster)),
                Some(since) => {
                    let name = &self.setup.clusters[cluster].name;
                    let last = before.iter().find(|state| state.name == *name)?;
                    Some(ClusterState {
                        unreachable_since_ms: Some(since),
                        serves_traffic: Some(!self.is_lost(cluster)),
                        ..last.clone()
                    })
                }
            })
            .collect()
    }

    /// Money spent since the hour, the day and the month began.
    pub(super) fn observe_spend(&self) -> Spend {
        let total = self.capped_money();
        let before = self.ledger.spent_before;
        Spend {
            hour_micro_usd: total.saturating_sub(before.hour),
            day_micro_usd: total.saturating_sub(before.day),
            month_micro_usd: total.saturating_sub(before.month),
        }
    }

    fn observe_cluster(&self, cluster: ClusterIndex) -> ClusterState {
        let site = &self.sites[cluster];
        let up = site
            .nodes
            .iter()
            .filter(|node| self.nodes[**node].up_at.is_some());
        let now_ms = self.host_now();
        let groups = self.setup.clusters[cluster].groups.iter().enumerate();
        ClusterState {
            name: self.setup.clusters[cluster].name.clone(),
            observed_at_ms: now_ms,
            unreachable_since_ms: None,
            serves_traffic: Some(true),
            nodes: up.map(|node| self.observe_node(*node)).collect(),
            groups: groups
                .map(|(index, group)| GroupState {
                    name: group.name.clone(),
                    in_flight: self.booting(cluster, index),
                    price: Some(Price {
                        micro_usd_per_hour: site.prices[index],
                        observed_at_ms: now_ms,
                    }),
                    insufficient_capacity_at_ms: self.last_refused(cluster, index),
                    boot: group.observed_boot,
                })
                .collect(),
            quotas: self.observe_quotas(cluster),
            targets: (0..site.targets.len())
                .map(|workload| self.observe_target(cluster, workload))
                .collect(),
        }
    }

    fn booting(&self, cluster: ClusterIndex, group: usize) -> u32 {
        let nodes = self.sites[cluster]
            .nodes
            .iter()
            .map(|node| &self.nodes[*node]);
        let booting = nodes.filter(|node| node.group == group && node.is_booting());
        u32::try_from(booting.count()).unwrap_or(u32::MAX)
    }

    fn observe_node(&self, index: NodeIndex) -> NodeState {
        let node = &self.nodes[index];
        let group = self.group(index);
        // In order of workload.
        let mut replicas: Vec<(usize, NodeReplicas)> = Vec::new();
        for pod in node.pods.iter().map(|pod| &self.pods[*pod]) {
            let known = replicas.binary_search_by_key(&pod.workload, |(workload, _)| *workload);
            let here = known.unwrap_or_else(|new| {
                let workload = self.setup.workloads[pod.workload].id.clone();
                let empty = NodeReplicas {
                    workload,
                    ..NodeReplicas::default()
                };
                replicas.insert(new, (pod.workload, empty));
                new
            });
            let (_, here) = &mut replicas[here];
            match pod.phase {
                Phase::Starting => here.bound += 1,
                Phase::Ready => here.ready += 1,
                Phase::Terminating => here.terminating += 1,
                Phase::Pending | Phase::Gone => {}
            }
        }
        NodeState {
            name: node.name.clone(),
            group: group.name.clone(),
            allocatable: node.allocatable.clone(),
            used: node.used.clone(),
            replicas: replicas.into_iter().map(|(_, here)| here).collect(),
            unschedulable: node.leaving || node.cordoned,
            leaving: node.leaving,
        }
    }

    /// Whether a node that takes the workload boots or may still be ordered.
    fn node_may_come(&self, cluster: ClusterIndex, workload: usize) -> bool {
        let groups = self.setup.clusters[cluster].groups.iter().enumerate();
        groups
            .filter(|(_, group)| group.takes[workload])
            .any(|(index, group)| {
                let alive = self.sites[cluster].alive[index];
                let may_order =
                    group.grows && alive < group.max_nodes && !self.is_backing_off(cluster, index);
                self.booting(cluster, index) > 0 || may_order
            })
    }

    fn observe_target(&self, cluster: ClusterIndex, workload: usize) -> TargetState {
        let target = &self.sites[cluster].targets[workload];
        let pods = target.pods.iter().map(|pod| &self.pods[*pod]);
        let pending = pods.filter(|pod| pod.phase == Phase::Pending);
        let patience = if self.node_may_come(cluster, workload) {
            NODE_IS_COMING
        } else {
            SCHEDULER_TRIES
        };
        let (mut all, mut unschedulable) = (0, 0);
        for pod in pending {
            all += 1;
            let refused = pod.unschedulable_since.map(|since| self.now - since);
            unschedulable += u32::from(refused.is_some_and(|refused| refused > patience));
        }
        TargetState {
            workload: self.setup.workloads[workload].id.clone(),
            spec_replicas: target.spec,
            pending: all,
            unschedulable,
            rollout_surge: u32::try_from(target.pods.len())
                .unwrap_or(u32::MAX)
                .saturating_sub(target.spec),
            template: target.template_hash.clone(),
        }
    }
}
