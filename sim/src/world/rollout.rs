//! Roll-outs: a Deployment replaces its pods by those of a new template, a few at a time.
//!
//! `maxSurge` and `maxUnavailable` are the default 25 %, the first rounded up, the second down.

use super::event::{ClusterIndex, PodIndex};
use super::state::{Phase, State};

/// Pods beyond `spec.replicas` that a roll-out may start.
pub(super) fn surge(replicas: u32) -> usize {
    replicas.div_ceil(4) as usize
}

/// Pods of `spec.replicas` that a roll-out may leave without a Ready one.
fn unavailable(replicas: u32) -> usize {
    (replicas / 4) as usize
}

impl State {
    /// A workload gets a new template in every cluster.
    pub(super) fn roll_out(&mut self, workload: usize) {
        for cluster in 0..self.sites.len() {
            let target = &mut self.sites[cluster].targets[workload];
            target.template += 1;
            target.rolling = !target.pods.is_empty();
            if self.is_controlled(cluster) {
                self.reconcile(workload, cluster);
            }
        }
    }

    /// Starts new pods and deletes old ones as far as it is allowed now.
    pub(super) fn roll(&mut self, workload: usize, cluster: ClusterIndex) {
        let want = self.sites[cluster].targets[workload].spec as usize;
        let most = want + surge(self.sites[cluster].targets[workload].spec);
        let excess = self.sites[cluster].targets[workload]
            .pods
            .len()
            .saturating_sub(most);
        for pod in self.victims(workload, cluster, excess) {
            self.delete_pod(pod);
        }
        loop {
            let have = self.sites[cluster].targets[workload].pods.len();
            let new = self.of_template(workload, cluster, true).count();
            for _ in 0..want.saturating_sub(new).min(most.saturating_sub(have)) {
                self.create_pod(workload, cluster);
            }
            let Some(pod) = self.next_to_replace(workload, cluster) else {
                break;
            };
            self.delete_pod(pod);
        }
        if self.of_template(workload, cluster, false).next().is_none() {
            self.sites[cluster].targets[workload].rolling = false;
            self.reconcile(workload, cluster);
        }
    }

    /// An old pod that may go now: one that is not Ready first, then the oldest.
    fn next_to_replace(&self, workload: usize, cluster: ClusterIndex) -> Option<PodIndex> {
        let target = &self.sites[cluster].targets[workload];
        let least = target.spec as usize - unavailable(target.spec);
        let is_ready = |pod: &PodIndex| self.pods[*pod].phase == Phase::Ready;
        let new_starting = self
            .of_template(workload, cluster, true)
            .filter(|pod| !is_ready(pod))
            .count();
        if target.pods.len() <= least + new_starting {
            return None;
        }
        let mut old = self.of_template(workload, cluster, false);
        let ready = target.pods.iter().filter(|pod| is_ready(pod)).count();
        old.find(|pod| !is_ready(pod)).or_else(|| {
            let mut old = self.of_template(workload, cluster, false);
            old.next().filter(|_| ready > least)
        })
    }

    /// Pods of a target with its current template, or with an older one.
    fn of_template(
        &self,
        workload: usize,
        cluster: ClusterIndex,
        current: bool,
    ) -> impl Iterator<Item = PodIndex> {
        let target = &self.sites[cluster].targets[workload];
        let pods = target.pods.iter().copied();
        pods.filter(move |pod| (self.pods[*pod].template == target.template) == current)
    }
}
