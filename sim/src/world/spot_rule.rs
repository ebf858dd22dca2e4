//! Which pods may use spot nodes.
//!
//! Kubernetes knows no share of a workload: a pod has a node affinity for a capacity type or it has
//! none. So each pod is given one as it is created, by its workload's rule, and keeps it.

use spillway_solver::policy::{CapacityType, Tier};

use super::event::{ClusterIndex, PodIndex};
use super::setup::Group;
use super::state::{Pod, State};

impl Group {
    /// Whether its nodes take the pod, if there is room.
    pub(super) fn takes_pod(&self, pod: &Pod) -> bool {
        self.takes[pod.workload] && (pod.may_use_spot || self.capacity_type != CapacityType::Spot)
    }
}

impl State {
    /// Whether one more pod of a workload in a cluster may use spot nodes: with it those that may
    /// are at most the rule's share of the public ones, and as many as the rule says may not.
    pub(super) fn new_pod_may_use_spot(&self, workload: usize, cluster: ClusterIndex) -> bool {
        let mut groups = self.setup.clusters[cluster].groups.iter();
        if !groups.any(|group| group.capacity_type == CapacityType::Spot && group.takes[workload]) {
            return false;
        }
        let rule = self.setup.workloads[workload].spot;
        let (mut all, mut public, mut may) = (1_u64, 1_u64, 1_u64);
        for (site, spec) in self.sites.iter().zip(&self.setup.clusters) {
            let pods: &[PodIndex] = &site.targets[workload].pods;
            all += pods.len() as u64;
            if spec.tier == Tier::Public {
                public += pods.len() as u64;
                may += pods
                    .iter()
                    .filter(|pod| self.pods[**pod].may_use_spot)
                    .count() as u64;
            }
        }
        may * 100 <= u64::from(rule.max_percent) * public
            && all - may >= u64::from(rule.on_demand_floor)
    }
}
