//! Whether one more replica may be in a cluster, whatever room there is there: the same rules
//! as the model's, asked one replica at a time.

use crate::capacity::{Condition, Fleet, Ineligible};
use crate::decision::SpillReason;
use crate::policy::{ClusterBound, Placement, Tier};
use crate::snapshot::{QuotaScope, QuotaState};

use super::model::{Counts, Cuts, Demand};
use super::rules;

/// What keeps one replica of `w` that is planned in cluster `from` out of cluster `to`.
pub(crate) fn blocked(
    fleet: &Fleet<'_>,
    demand: &Demand,
    counts: &Counts,
    w: usize,
    from: usize,
    to: usize,
) -> Option<SpillReason> {
    let workload = &fleet.workloads[w];
    closed_to(fleet, w, to)
        .or_else(|| bounds(fleet, counts, w, from, to))
        .or_else(|| shares(fleet, demand, counts, w, from, to))
        .or_else(|| {
            let keeps_one = workload.policy.placement == Placement::ActiveActive
                && counts.in_cluster(fleet, w, from) <= 1;
            keeps_one.then_some(SpillReason::ActiveActive)
        })
        .or_else(|| {
            workload
                .spec
                .co_placement
                .as_ref()
                .map(|_| SpillReason::CoPlacement)
        })
        .or_else(|| quota(fleet, counts, w, to).then_some(SpillReason::Quota))
}

/// What keeps one replica of `w` that has no place out of cluster `to`.
pub(crate) fn kept_out(
    fleet: &Fleet<'_>,
    demand: &Demand,
    counts: &Counts,
    w: usize,
    to: usize,
) -> Option<SpillReason> {
    let workload = &fleet.workloads[w];
    let there = counts.in_cluster(fleet, w, to);
    let full = bound_in(fleet, w, to).and_then(|b| b.max);
    let full = full.is_some_and(|most| there >= most);
    let share = i64::from(workload.policy.max_cluster_percent);
    let share = rules::share_up(demand.desired[w], share.min(100));
    closed_to(fleet, w, to)
        .or_else(|| full.then_some(SpillReason::ClusterBound))
        .or_else(|| (i64::from(there) >= share).then_some(SpillReason::Spread))
        .or_else(|| {
            let together = workload.spec.co_placement.is_some();
            together.then_some(SpillReason::CoPlacement)
        })
        .or_else(|| quota(fleet, counts, w, to).then_some(SpillReason::Quota))
}

/// What keeps every replica of `w` out of cluster `to`.
pub(crate) fn closed_to(fleet: &Fleet<'_>, w: usize, to: usize) -> Option<SpillReason> {
    let workload = &fleet.workloads[w];
    condition(fleet.clusters[to].condition)
        .or_else(|| workload.barred[to].as_ref().map(barred))
        .or_else(|| {
            let none = !fleet.clusters[to]
                .groups
                .clone()
                .any(|g| workload.eligible[g]);
            none.then_some(SpillReason::NoEligibleGroup)
        })
}

fn condition(condition: Condition) -> Option<SpillReason> {
    match condition {
        Condition::Usable => None,
        Condition::Stale => Some(SpillReason::StaleCapacity),
        Condition::Unreachable | Condition::Lost => Some(SpillReason::Unreachable),
        Condition::Cordoned => Some(SpillReason::Cordoned),
    }
}

fn barred(why: &Ineligible) -> SpillReason {
    match why {
        Ineligible::Capability(_) => SpillReason::Capability,
        Ineligible::DataSet(_) => SpillReason::DataSet,
        Ineligible::Forbidden => SpillReason::ClusterBound,
        Ineligible::Selector(_) | Ineligible::Taint(_) => SpillReason::NoEligibleGroup,
    }
}

fn bounds(
    fleet: &Fleet<'_>,
    counts: &Counts,
    w: usize,
    from: usize,
    to: usize,
) -> Option<SpillReason> {
    let bound = |c: usize| bound_in(fleet, w, c);
    let full = bound(to)
        .and_then(|b| b.max)
        .is_some_and(|most| counts.in_cluster(fleet, w, to) >= most);
    let bare = bound(from).is_some_and(|b| counts.in_cluster(fleet, w, from) <= b.min);
    (full || bare).then_some(SpillReason::ClusterBound)
}

/// The bounds of `w` in cluster `c`.
pub(crate) fn bound_in<'f>(fleet: &'f Fleet<'_>, w: usize, c: usize) -> Option<&'f ClusterBound> {
    let name = &fleet.clusters[c].spec.name;
    let bounds = &fleet.workloads[w].spec.cluster_bounds;
    bounds.iter().find(|b| b.cluster == *name)
}

fn shares(
    fleet: &Fleet<'_>,
    demand: &Demand,
    counts: &Counts,
    w: usize,
    from: usize,
    to: usize,
) -> Option<SpillReason> {
    let burst = fleet.workloads[w].policy;
    let desired = demand.desired[w];
    let there = i64::from(counts.in_cluster(fleet, w, to));
    if burst.max_cluster_percent < 100
        && there + 1 > rules::share_up(desired, i64::from(burst.max_cluster_percent))
    {
        return Some(SpillReason::Spread);
    }
    let wanted = rules::share_up(desired, i64::from(burst.survive_percent.min(100)));
    if wanted > 0 {
        let total = i64::from(counts.total(w));
        let missing = |shift: i64| {
            (0..fleet.clusters.len())
                .map(|c| {
                    let here = i64::from(counts.in_cluster(fleet, w, c))
                        + if c == to { shift } else { 0 }
                        - if c == from { shift } else { 0 };
                    wanted - (total - here)
                })
                .max()
                .unwrap_or(0)
                .max(0)
        };
        if missing(1) > missing(0) {
            return Some(SpillReason::Survivability);
        }
    }
    None
}

/// Whether a namespace's quota in cluster `c` has no room for one more replica of `w`.
pub(crate) fn quota(fleet: &Fleet<'_>, counts: &Counts, w: usize, c: usize) -> bool {
    over_quota(fleet, counts, w, c, 1)
}

/// Whether `more` replicas of `w` beyond `counts` exceed a namespace's quota in cluster `c`.
pub(crate) fn over_quota(
    fleet: &Fleet<'_>,
    counts: &Counts,
    w: usize,
    c: usize,
    more: u32,
) -> bool {
    binding_quota(fleet, counts, w, c, more).is_some()
}

/// The namespace's quota in cluster `c` that `more` replicas of `w` beyond `counts` exceed.
pub(crate) fn binding_quota<'a>(
    fleet: &Fleet<'a>,
    counts: &Counts,
    w: usize,
    c: usize,
    more: u32,
) -> Option<&'a QuotaState> {
    let cluster = &fleet.clusters[c];
    cluster.quotas.iter().copied().find(|quota| {
        let each = rules::per_replica(&quota.scope, fleet.workloads[w].spec);
        if each == 0 || cloud(&quota.scope) {
            return false;
        }
        let planned = fleet
            .workloads
            .iter()
            .enumerate()
            .map(|(v, workload)| {
                let planned = i64::from(counts.in_cluster(fleet, v, c));
                rules::per_replica(&quota.scope, workload.spec).saturating_mul(planned)
            })
            .fold(each.saturating_mul(i64::from(more)), i64::saturating_add);
        let left = quota.limit.saturating_sub(quota.used);
        let held = rules::pods_use(&quota.scope, fleet, c);
        planned > held.saturating_add(rules::quota_amount(&quota.scope, left))
    })
}

/// A quota that binds, for people, with its numbers.
pub(crate) fn quota_words(row: &QuotaState) -> String {
    format!(
        "quota {} is used up, {} of {} before this plan",
        row.name, row.used, row.limit
    )
}

/// Whether a quota binds nodes rather than replicas.
pub(crate) fn cloud(scope: &QuotaScope) -> bool {
    matches!(
        scope,
        QuotaScope::Instances | QuotaScope::InstanceCpu | QuotaScope::InstanceMemory
    )
}

/// Whether the fit on nodes, or what is not modelled, allows no further replica of `w` in `c`.
pub(crate) fn cut(fleet: &Fleet<'_>, counts: &Counts, cuts: &Cuts, w: usize, c: usize) -> bool {
    let added = counts.added(fleet, w, c);
    cuts.adds.get(&(w, c)).is_some_and(|most| added >= *most)
}

/// Whether replicas of `w` leave nodes of `groups` of a cluster. What is written there is one
/// number, so none come to it while some leave: the count would say that nothing changes.
pub(crate) fn leaves(
    fleet: &Fleet<'_>,
    counts: &Counts,
    w: usize,
    mut groups: impl Iterator<Item = usize>,
) -> bool {
    groups.any(|g| counts.stay[w][g] < fleet.workloads[w].on_nodes[g])
}

/// How many more public replicas the policy of `w` allows in all.
pub(crate) fn public_left(fleet: &Fleet<'_>, counts: &Counts, w: usize) -> u32 {
    let burst = fleet.workloads[w].policy;
    let Some(most) = burst.max_public_replicas else {
        return u32::MAX;
    };
    let public: u32 = (0..fleet.workloads.len())
        .filter(|v| fleet.workloads[*v].spec.policy == burst.name)
        .flat_map(|v| (0..fleet.groups.len()).map(move |g| (v, g)))
        .filter(|(_, g)| fleet.tier(*g) == Tier::Public)
        .map(|(v, g)| counts.stay[v][g] + counts.add[v][g])
        .sum();
    most.saturating_sub(public)
}

/// The private clusters, by name.
pub(crate) fn homes(fleet: &Fleet<'_>) -> impl Iterator<Item = usize> {
    (0..fleet.clusters.len()).filter(|c| fleet.clusters[*c].spec.tier == Tier::Private)
}
