//! What exists of each workload in a cluster, each replica in exactly one state.

use std::collections::BTreeMap;

use crate::ids::WorkloadId;
use crate::memory::Reservation;
use crate::snapshot::{ClusterState, NodeState};
use crate::units::{Millis, UnixMs};

use super::amounts::MOST_REPLICAS;

/// Replicas of one workload in one cluster, each count at most [`MOST_REPLICAS`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Existing {
    /// `spec.replicas` as observed.
    pub(crate) spec: u32,
    /// Ready on nodes that stay.
    pub(crate) ready: u32,
    /// Bound, not Ready, on nodes that stay.
    pub(crate) bound: u32,
    /// On nodes that are leaving, Ready or not: they go with the node.
    pub(crate) leaving: u32,
    /// The Ready ones of those: they serve until they go.
    pub(crate) leaving_ready: u32,
    /// Pods bound to no node that the scheduler may still place.
    pub(crate) pending: u32,
    /// Pods that the scheduler has refused.
    pub(crate) unschedulable: u32,
    /// Asked for, no pod seen yet.
    pub(crate) asked: u32,
    /// Hash of the pod template.
    pub(crate) template: Option<String>,
}

impl Existing {
    /// Replicas that hold or will hold a place in the cluster.
    pub(crate) fn holding(&self) -> u32 {
        self.ready
            .saturating_add(self.bound)
            .saturating_add(self.pending)
            .saturating_add(self.asked)
    }

    /// Holds each count within what placement considers.
    fn hold_within_bounds(&mut self) {
        for count in [
            &mut self.spec,
            &mut self.ready,
            &mut self.bound,
            &mut self.leaving,
            &mut self.leaving_ready,
            &mut self.pending,
            &mut self.unschedulable,
        ] {
            *count = (*count).min(MOST_REPLICAS);
        }
    }

    /// Replicas that serve now.
    pub(crate) fn serving(&self) -> u32 {
        self.ready.saturating_add(self.leaving_ready)
    }

    /// Pods that are there.
    pub(crate) fn pods(&self) -> u32 {
        self.ready
            .saturating_add(self.bound)
            .saturating_add(self.leaving)
            .saturating_add(self.pending)
            .saturating_add(self.unschedulable)
    }
}

/// Whose the replicas on a node are, in the node's order: indices of workloads, `None` of those
/// that the policy does not know.
pub(crate) type Whose = Vec<Option<usize>>;

/// Whose the replicas on each node of `cluster` are. A name is looked up once: to do it wherever
/// it is asked for would be a good part of a calm tick.
pub(crate) fn whose(cluster: &ClusterState, index: &BTreeMap<&WorkloadId, usize>) -> Vec<Whose> {
    let of = |n: &NodeState| {
        let replicas = n.replicas.iter();
        replicas.map(|r| index.get(&r.workload).copied()).collect()
    };
    cluster.nodes.iter().map(of).collect()
}

/// Counts the states of every workload of `index` in `cluster`.
///
/// A reservation stands for what was written after the snapshot was taken: until `lifetime` is
/// over, or for as long as a pod of it is pending, the larger of it and the observed
/// `spec.replicas` counts as asked for.
pub(crate) fn count(
    cluster: &ClusterState,
    index: &BTreeMap<&WorkloadId, usize>,
    whose: &[Whose],
    reservations: &[Reservation],
    now: UnixMs,
    lifetime: Millis,
) -> Vec<Existing> {
    let mut all = vec![Existing::default(); index.len()];
    for (node, whose) in cluster.nodes.iter().zip(whose) {
        for (r, w) in node.replicas.iter().zip(whose) {
            let Some(e) = w.map(|w| &mut all[w]) else {
                continue;
            };
            if node.leaving {
                e.leaving = e.leaving.saturating_add(r.ready).saturating_add(r.bound);
                e.leaving_ready = e.leaving_ready.saturating_add(r.ready);
            } else {
                e.ready = e.ready.saturating_add(r.ready);
                e.bound = e.bound.saturating_add(r.bound);
            }
        }
    }
    for t in &cluster.targets {
        if let Some(e) = index.get(&t.workload).map(|w| &mut all[*w]) {
            e.spec = t.spec_replicas;
            e.unschedulable = t.unschedulable.min(t.pending);
            e.pending = t.pending - e.unschedulable;
            e.template.clone_from(&t.template);
        }
    }
    let mut promised = vec![0; all.len()];
    for r in reservations.iter().filter(|r| r.cluster == cluster.name) {
        if let Some(w) = index.get(&r.workload)
            && (all[*w].pending > 0 || now.since(r.asked_at_ms) < lifetime)
        {
            promised[*w] = r.target;
        }
    }
    for (e, promised) in all.iter_mut().zip(promised) {
        e.hold_within_bounds();
        let promised = promised.min(MOST_REPLICAS);
        e.asked = e.spec.max(promised).saturating_sub(e.pods());
    }
    all
}
