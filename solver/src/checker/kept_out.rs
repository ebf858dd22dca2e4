//! What keeps one more replica out of a private cluster in spite of room: bounds, shares, what
//! shall survive, a quota, a fit that is not known. Each is derived from the documents; what the
//! rationale says is not read.

use crate::decision::SpillReason;
use crate::ids::ClusterId;
use crate::policy::{Placement, WorkloadSpec};

use super::bounds::{cluster_max, cluster_min};
use super::facts::{Facts, Site};
use super::quota::namespace_allows_one_more;
use super::spot::evens_out_spot;

/// Whether the reason is a rule that may hold in spite of room.
pub(super) const fn is_rule(reason: SpillReason) -> bool {
    matches!(
        reason,
        SpillReason::ClusterBound
            | SpillReason::Spread
            | SpillReason::Survivability
            | SpillReason::ActiveActive
            | SpillReason::CoPlacement
            | SpillReason::SpotShare
            | SpillReason::Quota
            | SpillReason::FitUnknown
    )
}

/// The rules that keep one more replica, taken from the public cluster `from`, out of `home`.
pub(super) fn kept_out(
    facts: &Facts,
    workload: &WorkloadSpec,
    from: &ClusterId,
    home: &Site,
) -> Vec<SpillReason> {
    let name = &home.spec.name;
    let planned = facts.replicas(&workload.id, name);
    let leaving = facts.replicas(&workload.id, from);
    let full = cluster_max(workload, name).is_some_and(|max| planned >= max);
    let bare = workload.cluster_bounds.iter().any(|b| b.cluster == *from)
        && leaving <= cluster_min(workload, from);
    let burst = facts.burst(workload);
    let keeps_one = burst.is_some_and(|p| p.placement == Placement::ActiveActive) && leaving <= 1;
    let rules = [
        (full || bare, SpillReason::ClusterBound),
        (beyond_share(facts, workload, planned), SpillReason::Spread),
        (
            beyond_survival(facts, workload, planned),
            SpillReason::Survivability,
        ),
        (keeps_one, SpillReason::ActiveActive),
        (workload.co_placement.is_some(), SpillReason::CoPlacement),
        (
            evens_out_spot(facts, workload, from),
            SpillReason::SpotShare,
        ),
        (
            !namespace_allows_one_more(facts, workload, home),
            SpillReason::Quota,
        ),
        (
            workload.unmodelled || facts.corrected(&workload.id, name),
            SpillReason::FitUnknown,
        ),
    ];
    let holding = rules.into_iter().filter(|(holds, _)| *holds);
    holding.map(|(_, reason)| reason).collect()
}

/// Whether one more makes the cluster's share larger than any may be.
fn beyond_share(facts: &Facts, workload: &WorkloadSpec, planned: u64) -> bool {
    let (Some(burst), Some(plan)) = (facts.burst(workload), facts.plan(&workload.id)) else {
        return false;
    };
    let percent = u64::from(burst.max_cluster_percent);
    percent < 100 && planned >= (u64::from(plan.desired) * percent).div_ceil(100)
}

/// Whether one more would leave fewer after the loss of the cluster than shall survive, and
/// fewer than survive the worst loss now.
fn beyond_survival(facts: &Facts, workload: &WorkloadSpec, planned: u64) -> bool {
    let (Some(burst), Some(plan)) = (facts.burst(workload), facts.plan(&workload.id)) else {
        return false;
    };
    let percent = u64::from(burst.survive_percent.min(100));
    let wanted = (u64::from(plan.desired) * percent).div_ceil(100);
    let counts = || {
        let sites = facts.sites.keys();
        sites.map(|cluster| facts.replicas(&workload.id, cluster))
    };
    let total: u64 = counts().sum();
    let largest = counts().max().unwrap_or(0);
    percent > 0 && planned >= largest.max(total.saturating_sub(wanted))
}
