//! Which nodes a node autoscaler orders for pods that have no place.
//!
//! Both autoscalers fill imagined nodes pod by pod and differ in which group they prefer.

use spillway_solver::resources::Resources;

use super::event::{ClusterIndex, PodIndex};
use super::scheduler::{Candidate, fits};
use super::setup::Group;
use super::state::State;

/// Which group a node autoscaler prefers among those that take a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preference {
    /// The lowest price for each core that the pods request: Karpenter's lowest-price choice.
    CheapestCore,
    /// The lowest share of the node's cores that stays unused: the `least-waste` expander.
    LeastWaste,
}

impl State {
    /// Orders nodes for the pods that fit neither on nodes that are up nor on those that boot;
    /// returns whether it ordered any.
    pub(super) fn order_nodes(&mut self, cluster: ClusterIndex, preference: Preference) -> bool {
        let mut homeless = self.homeless_pods(cluster);
        let mut ordered = false;
        while let Some(first) = homeless.first().copied() {
            let Some((group, packed)) = self.best_group(cluster, &homeless, preference) else {
                // No group takes this pod; another one may still have a place.
                homeless.retain(|pod| *pod != first);
                continue;
            };
            if !self.has_capacity(cluster, group) {
                self.refuse_order(cluster, group);
                continue;
            }
            homeless.retain(|pod| !packed.contains(pod));
            self.order_node(cluster, group);
            ordered = true;
        }
        ordered
    }

    /// Unschedulable pods without a place on a node that boots.
    fn homeless_pods(&self, cluster: ClusterIndex) -> Vec<PodIndex> {
        let site = &self.sites[cluster];
        let booting = site
            .nodes
            .iter()
            .filter(|node| self.nodes[**node].is_booting());
        let mut rooms: Vec<(&Group, Resources)> = booting
            .map(|node| (self.group(*node), self.nodes[*node].used.clone()))
            .collect();
        let mut homeless = self.pending_pods(cluster);
        homeless.retain(|pod| {
            let pod = &self.pods[*pod];
            if pod.unschedulable_since.is_none() {
                return false;
            }
            let requests = &self.setup.workloads[pod.workload].requests;
            let room = rooms.iter_mut().find(|(group, used)| {
                group.takes_pod(pod) && fits(candidate(group, used), requests)
            });
            let Some((_, used)) = room else {
                return true;
            };
            *used = used.plus(requests, 1);
            false
        });
        homeless
    }

    /// The preferred group that takes the first pod, and the pods that a node of it takes.
    fn best_group(
        &self,
        cluster: ClusterIndex,
        pods: &[PodIndex],
        preference: Preference,
    ) -> Option<(usize, Vec<PodIndex>)> {
        let spec = &self.setup.clusters[cluster];
        let alive = &self.sites[cluster].alive;
        let mut best: Option<(u128, usize, Vec<PodIndex>)> = None;
        for (index, group) in spec.groups.iter().enumerate() {
            let full = alive[index] >= group.max_nodes;
            if !group.grows || full || self.is_backing_off(cluster, index) {
                continue;
            }
            let (packed, cpu_milli) = self.pack(group, pods);
            if packed.first() != pods.first() {
                continue;
            }
            let cost = match preference {
                Preference::CheapestCore => {
                    u128::from(self.sites[cluster].prices[index].0.unsigned_abs())
                }
                Preference::LeastWaste => u128::from(group.allocatable.cpu_milli.0),
            };
            // Per requested milli-core, in parts that no real price or node is small against.
            let per_core = cost * 1_000_000 / u128::from(cpu_milli.max(1));
            if best.as_ref().is_none_or(|(least, ..)| per_core < *least) {
                best = Some((per_core, index, packed));
            }
        }
        best.map(|(_, group, packed)| (group, packed))
    }

    /// The pods that a new node of a group takes, in their order, and what cpu they request. A pod that
    /// may use spot prefers it, and node autoscalers take a preference for a demand at first, so
    /// such pods and others share no new node.
    fn pack(&self, group: &Group, pods: &[PodIndex]) -> (Vec<PodIndex>, u64) {
        let mut used = group.daemons.clone();
        let mut packed = Vec::new();
        let mut cpu_milli = 0;
        let on_spot = |pod: &&PodIndex| self.pods[**pod].may_use_spot;
        let first_on_spot = pods.iter().next().as_ref().is_some_and(on_spot);
        for pod in pods.iter().filter(|pod| on_spot(pod) == first_on_spot) {
            let requests = &self.setup.workloads[self.pods[*pod].workload].requests;
            if group.takes_pod(&self.pods[*pod]) && fits(candidate(group, &used), requests) {
                used = used.plus(requests, 1);
                cpu_milli += requests.cpu_milli.0;
                packed.push(*pod);
            }
        }
        (packed, cpu_milli)
    }
}

/// A node of a group with so much used.
fn candidate<'a>(group: &'a Group, used: &'a Resources) -> Candidate<'a> {
    Candidate {
        allocatable: &group.allocatable,
        used,
    }
}
