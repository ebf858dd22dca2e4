//! HPA in the private clusters: what does not fit pends.

use spillway_solver::ids::ClusterId;
use spillway_solver::policy::{Policy, Tier, WorkloadSpec};
use spillway_solver::snapshot::{ClusterState, Snapshot};

use super::fleet_hpa::{FleetHpa, count};
use super::{Autoscaler, Outcome, TargetCount};

/// Every replica at home, counted by HPA.
#[derive(Debug)]
pub struct PrivateOnly {
    hpa: FleetHpa,
    home: Home,
}

impl PrivateOnly {
    /// For the policy's workloads; without a private cluster nothing runs.
    #[must_use]
    pub fn new(policy: &Policy) -> Self {
        Self {
            hpa: FleetHpa::new(policy),
            home: Home::new(policy),
        }
    }
}

impl Autoscaler for PrivateOnly {
    fn name(&self) -> &'static str {
        "private-only"
    }

    fn decide(&mut self, snapshot: &Snapshot) -> Outcome {
        let mut targets = Vec::new();
        for workload in self.hpa.workloads.clone() {
            let replicas = count(snapshot, &workload.id, |name| self.home.has(name));
            let max = workload.max_replicas;
            let desired = self.hpa.desired(&workload, snapshot, replicas, max);
            targets.extend(self.home.split(snapshot, &workload, desired));
            targets.extend(self.home.public.iter().map(|cluster| TargetCount {
                workload: workload.id.clone(),
                cluster: cluster.clone(),
                replicas: 0,
            }));
        }
        Outcome {
            targets,
            ..Outcome::default()
        }
    }
}

/// The private clusters by name, and the public ones.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) private: Vec<ClusterId>,
    pub(super) public: Vec<ClusterId>,
}

impl Home {
    pub(super) fn new(policy: &Policy) -> Self {
        let of = |tier| {
            let clusters = policy
                .clusters
                .iter()
                .filter(|cluster| cluster.tier == tier);
            let mut names: Vec<ClusterId> = clusters.map(|cluster| cluster.name.clone()).collect();
            names.sort();
            names
        };
        Self {
            private: of(Tier::Private),
            public: of(Tier::Public),
        }
    }

    pub(super) fn has(&self, cluster: &ClusterId) -> bool {
        self.private.contains(cluster)
    }

    /// Replicas of a workload that have or would have a place at home.
    pub(super) fn room(&self, snapshot: &Snapshot, workload: &WorkloadSpec) -> u32 {
        let clusters = snapshot
            .clusters
            .iter()
            .filter(|cluster| self.has(&cluster.name));
        clusters
            .map(|cluster| room(cluster, workload))
            .fold(0, u32::saturating_add)
    }

    /// Fills one private cluster after another; the last one takes what has no place.
    pub(super) fn split(
        &self,
        snapshot: &Snapshot,
        workload: &WorkloadSpec,
        replicas: u32,
    ) -> Vec<TargetCount> {
        let mut left = replicas;
        let mut targets = Vec::new();
        for (index, name) in self.private.iter().enumerate() {
            let state = snapshot
                .clusters
                .iter()
                .find(|cluster| cluster.name == *name);
            let is_last = index + 1 == self.private.len();
            let here = if is_last {
                left
            } else {
                left.min(state.map_or(0, |state| room(state, workload)))
            };
            left -= here;
            targets.push(TargetCount {
                workload: workload.id.clone(),
                cluster: name.clone(),
                replicas: here,
            });
        }
        targets
    }
}

/// Replicas of a workload that a cluster's nodes hold or could hold beside everything else.
fn room(cluster: &ClusterState, workload: &WorkloadSpec) -> u32 {
    let on_node = cluster.nodes.iter().map(|node| {
        let own = node
            .replicas
            .iter()
            .find(|here| here.workload == workload.id);
        let own = own.map_or(0, |here| here.bound + here.ready);
        let free = node.allocatable.minus(&node.used);
        own.saturating_add(free.fits(&workload.requests))
    });
    on_node.fold(0, u32::saturating_add)
}
