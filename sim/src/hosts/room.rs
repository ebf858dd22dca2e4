//! Places for replicas in one tick: free room on nodes and nodes that may still come. What one
//! workload is given, the next does not get again.

use spillway_solver::ids::{ClusterId, GroupId};
use spillway_solver::policy::{ClusterSpec, Grower, WorkloadSpec};
use spillway_solver::resources::Resources;
use spillway_solver::snapshot::Snapshot;

use crate::config::takes;

/// What is free everywhere.
#[derive(Debug)]
pub(super) struct Room<'a> {
    clusters: Vec<Free<'a>>,
}

#[derive(Debug)]
struct Free<'a> {
    spec: &'a ClusterSpec,
    nodes: Vec<(GroupId, Resources)>,
    /// Nodes that each group may still add, those on their way included.
    to_come: Vec<u32>,
}

impl<'a> Room<'a> {
    /// As the snapshot shows it; a cluster that was not observed has none.
    pub(super) fn new(clusters: &'a [ClusterSpec], snapshot: &Snapshot) -> Self {
        let free = |spec: &'a ClusterSpec| {
            let state = snapshot
                .clusters
                .iter()
                .find(|state| state.name == spec.name)?;
            let open = state.nodes.iter().filter(|node| !node.unschedulable);
            let to_come = spec.groups.iter().map(|group| {
                let there = state.nodes.iter().filter(|node| node.group == group.name);
                let there = u32::try_from(there.count()).unwrap_or(u32::MAX);
                match group.grower {
                    Grower::NodeAutoscaler => group.max_nodes.saturating_sub(there),
                    Grower::Nobody => 0,
                }
            });
            Some(Free {
                spec,
                nodes: open
                    .map(|node| (node.group.clone(), node.allocatable.minus(&node.used)))
                    .collect(),
                to_come: to_come.collect(),
            })
        };
        Self {
            clusters: clusters.iter().filter_map(free).collect(),
        }
    }

    /// Takes up to `want` places for a workload in a cluster and says how many it got.
    pub(super) fn take(&mut self, cluster: &ClusterId, workload: &WorkloadSpec, want: u32) -> u32 {
        let mut clusters = self.clusters.iter_mut();
        let Some(free) = clusters.find(|free| free.spec.name == *cluster) else {
            return 0;
        };
        let each = &workload.requests;
        let mut got = 0;
        let group = |name: &GroupId| free.spec.groups.iter().find(|group| group.name == *name);
        for (name, left) in &mut free.nodes {
            if group(name).is_some_and(|group| takes(group, workload)) {
                let here = left.fits(each).min(want - got);
                *left = left.minus(&Resources::default().plus(each, here));
                got += here;
            }
        }
        for (group, to_come) in free.spec.groups.iter().zip(&mut free.to_come) {
            let on_new = group.allocatable.minus(&group.daemons).fits(each);
            if on_new > 0 && takes(group, workload) {
                let here = on_new.saturating_mul(*to_come).min(want - got);
                *to_come -= here.div_ceil(on_new);
                got += here;
            }
        }
        got
    }
}
