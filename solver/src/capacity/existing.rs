//! What exists of one workload in one cluster, each replica in exactly one state.

use crate::ids::{ClusterId, WorkloadId};
use crate::memory::Reservation;
use crate::snapshot::ClusterState;
use crate::units::{Millis, UnixMs};

/// Replicas of one workload in one cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Existing {
    /// `spec.replicas` as observed.
    pub(crate) spec: u32,
    /// Ready on nodes that stay.
    pub(crate) ready: u32,
    /// Ready on nodes that are leaving: they serve until then.
    pub(crate) ready_leaving: u32,
    /// Bound, not Ready, on nodes that stay.
    pub(crate) bound: u32,
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
    /// Counts the states of `workload` in `cluster`. A reservation stands for what was written
    /// after the snapshot was taken: until its time is over, or a pod of it is pending, the
    /// larger of it and the observed `spec.replicas` counts.
    pub(crate) fn of(
        cluster: &ClusterState,
        workload: &WorkloadId,
        reservation: Option<&Reservation>,
        now: UnixMs,
        lifetime: Millis,
    ) -> Self {
        let mut e = Self::default();
        for node in &cluster.nodes {
            for r in node.replicas.iter().filter(|r| r.workload == *workload) {
                if node.leaving {
                    e.ready_leaving = e.ready_leaving.saturating_add(r.ready);
                } else {
                    e.ready = e.ready.saturating_add(r.ready);
                    e.bound = e.bound.saturating_add(r.bound);
                }
            }
        }
        if let Some(t) = cluster.targets.iter().find(|t| t.workload == *workload) {
            e.spec = t.spec_replicas;
            e.unschedulable = t.unschedulable.min(t.pending);
            e.pending = t.pending - e.unschedulable;
            e.template.clone_from(&t.template);
        }
        let pods = e.ready + e.ready_leaving + e.bound + e.pending + e.unschedulable;
        let promised = reservation
            .filter(|r| e.pending > 0 || now.since(r.asked_at_ms) < lifetime)
            .map_or(0, |r| r.target);
        e.asked = e.spec.max(promised).saturating_sub(pods);
        e
    }

    /// Replicas that hold or will hold a place in the cluster.
    pub(crate) fn holding(&self) -> u32 {
        self.ready + self.bound + self.pending + self.asked
    }

    /// Replicas that serve.
    pub(crate) fn serving(&self) -> u32 {
        self.ready + self.ready_leaving
    }
}

/// The reservation of `workload` in `cluster`.
pub(crate) fn reservation<'a>(
    all: &'a [Reservation],
    cluster: &ClusterId,
    workload: &WorkloadId,
) -> Option<&'a Reservation> {
    all.iter()
        .find(|r| r.cluster == *cluster && r.workload == *workload)
}
