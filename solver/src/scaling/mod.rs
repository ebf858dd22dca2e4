//! From readings to the fleet's desired counts.
//!
//! Each workload is scaled as one, wherever its replicas run: HPA's functions
//! ([`crate::hpa`]) are literal and this module defines what they are given for a fleet. `spec` is
//! the desired count in memory, status and Ready leave out replicas on the move and roll-out surge,
//! and rate policies see only changes of the fleet's desired count. Moving replicas therefore
//! changes no proposal.
//!
//! Not here: where replicas run, and what of the desired count finds a place.

mod activation;
mod bounds;
mod census;
mod draft;
mod group_cap;
mod metric;
mod pass;
mod pods;
mod queued;

use std::collections::BTreeMap;

use crate::clock::Clock;
use crate::decision::{MetricRationale, Notice, ScalingStep};
use crate::ids::{ClusterId, PolicyId, WorkloadId};
use crate::memory::{Memory, WorkloadMemory};
use crate::policy::{BurstPolicy, ClusterSpec, OnUnreachable, Policy, Target, WorkloadSpec};
use crate::snapshot::{Snapshot, WorkloadState};

pub use crate::queue::HomeRoom;
pub use census::is_lost;

use census::Census;
use draft::{Draft, Known};

/// The scaling of one workload over the whole fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetWorkload {
    /// Whose.
    pub id: WorkloadId,
    /// Replicas the fleet shall have, `floor..=ceiling`.
    pub desired: u32,
    /// The effective minimum: configured, or raised by the schedule.
    pub floor: u32,
    /// The effective maximum: configured, or lowered by the schedule.
    pub ceiling: u32,
    /// What each metric said, in the policy's order.
    pub metrics: Vec<MetricRationale>,
    /// From the count before to `desired`.
    pub steps: Vec<ScalingStep>,
    /// What to remember: `desired`, the logs and the metrics are new, the rest (moves, weights) is
    /// handed on as it was.
    pub memory: WorkloadMemory,
    /// What a person should know.
    pub notices: Vec<Notice>,
    /// Whether all metrics are fresh and the clock is sound, so that a scale-down was possible.
    pub scale_down_allowed: bool,
}

/// Scales every workload of the policy; the answer is in order of id.
///
/// `home` says how many more replicas of a workload fit at home and how long new ones take there
/// and in public. Total: a workload without readings, memory or burst policy gets an answer too
/// (an unknown burst policy holds the replicas of clusters that do not answer and caps nothing).
#[must_use]
pub fn scale_fleet(
    snapshot: &Snapshot,
    policy: &Policy,
    memory: &Memory,
    clock: &Clock,
    home: &dyn Fn(&WorkloadId) -> HomeRoom,
) -> Vec<FleetWorkload> {
    let census = Census::new(snapshot);
    let clusters: BTreeMap<&ClusterId, &ClusterSpec> = policy
        .clusters
        .iter()
        .map(|cluster| (&cluster.name, cluster))
        .collect();
    let rules: BTreeMap<&PolicyId, &BurstPolicy> = policy
        .burst_policies
        .iter()
        .map(|rules| (&rules.name, rules))
        .collect();
    let states: BTreeMap<&WorkloadId, &WorkloadState> = snapshot
        .workloads
        .iter()
        .map(|state| (&state.id, state))
        .collect();

    let mut drafts: Vec<Draft<'_>> = policy
        .workloads
        .iter()
        .map(|workload| {
            let on_unreachable = rules
                .get(&workload.policy)
                .map_or(OnUnreachable::Hold, |rules| rules.on_unreachable);
            let existing = census.existing(&workload.id, &clusters, on_unreachable, clock);
            let known = Known {
                clusters: &clusters,
                existing: &existing,
                state: states.get(&workload.id).copied(),
                memory: memory.workloads.get(&workload.id),
                home: if asks_home(workload) {
                    home(&workload.id)
                } else {
                    HomeRoom::default()
                },
            };
            Draft::of(workload, &known, &policy.settings, clock)
        })
        .collect();
    drafts.sort_by(|a, b| a.workload.id.cmp(&b.workload.id));
    for rules in rules.values() {
        group_cap::apply(rules, &mut drafts);
    }
    drafts
        .into_iter()
        .map(|draft| draft.finish(clock))
        .collect()
}

/// Whether room at home has a say in a workload's count: only a backlog asks for it, and to
/// look at every node for every workload is a good part of a calm tick.
fn asks_home(workload: &WorkloadSpec) -> bool {
    let mut metrics = workload.metrics.iter();
    metrics.any(|metric| matches!(metric.target, Target::Queue(_)))
}
