//! "Why not at all?": the constraint that leaves desired replicas without a place.

use crate::capacity::{Condition, Fleet, MOST_REPLICAS};
use crate::decision::{Unplaced, UnplacedReason};
use crate::ids::WorkloadId;
use crate::policy::{CapacityType, Tier};
use crate::snapshot::QuotaScope;
use crate::units::{MilliCpu, UnixMs};

use jiff::Timestamp;

use crate::placement::caps::{Cap, usd};
use crate::placement::limits::{binding_quota, cut, public_left, quota_words};
use crate::placement::model::standing_by;
use crate::placement::rules;

use super::Facts;
use super::outlook::best_lacks;

/// The constraint that leaves desired replicas of `w` without a place.
pub(crate) fn unplaced(fleet: &Fleet<'_>, facts: &Facts<'_>, w: usize) -> Vec<Unplaced> {
    let beyond = facts.demand.beyond[w];
    let ignored = (beyond > 0).then(|| Unplaced {
        replicas: beyond,
        cluster: None,
        reason: UnplacedReason::NoRoom,
        detail: format!("placement considers at most {MOST_REPLICAS} replicas of a workload"),
    });
    left_over(fleet, facts, w)
        .into_iter()
        .chain(ignored)
        .collect()
}

/// Of those that placement considers, the ones without a place.
fn left_over(fleet: &Fleet<'_>, facts: &Facts<'_>, w: usize) -> Option<Unplaced> {
    let replicas = facts.demand.desired[w].saturating_sub(facts.counts.total(w));
    if replicas == 0 {
        return None;
    }
    let workload = &fleet.workloads[w];
    let (cluster, reason, detail) = if workload.barred.iter().all(Option::is_some) {
        let none = "no cluster has what it requires".to_owned();
        (None, UnplacedReason::NoEligibleCluster, none)
    } else if !workload.eligible.contains(&true) {
        (None, UnplacedReason::NoEligibleGroup, too_large(fleet, w))
    } else {
        (0..fleet.groups.len())
            .filter(|g| workload.eligible[*g])
            .map(|g| (binding(fleet, facts, w, g), g))
            .min_by_key(|((reason, _), g)| {
                // Of a cap's refusals the one that the least money lifts.
                let price = fleet.groups[*g].price.0;
                let price = (*reason == UnplacedReason::MoneyCap).then_some(price);
                (liftable(*reason), price, fleet.groups[*g].cluster)
            })
            .map_or(
                (None, UnplacedReason::NoRoom, String::new()),
                |((reason, detail), g)| {
                    let cluster = &fleet.clusters[fleet.groups[g].cluster];
                    (Some(cluster.spec.name.clone()), reason, detail)
                },
            )
    };
    Some(Unplaced {
        replicas,
        cluster,
        reason,
        detail,
    })
}

/// Why no node group takes `w`, with what it asks for and what the largest new node offers.
fn too_large(fleet: &Fleet<'_>, w: usize) -> String {
    let spec = fleet.workloads[w].spec;
    let asked = &spec.requests;
    let groups = || fleet.groups.iter().map(|g| &g.spec.allocatable);
    let cpu = groups().map(|a| a.cpu_milli).max().unwrap_or_default();
    let memory = groups().map(|a| a.memory_bytes).max().unwrap_or_default();
    if asked.cpu_milli <= cpu && asked.memory_bytes <= memory {
        return "no node group that its selector and tolerations allow has a node large enough"
            .into();
    }
    format!(
        "no node group takes it: it asks for {} cores and {} MiB, the largest nodes offer {} cores and {} MiB",
        decimal_cores(asked.cpu_milli),
        asked.memory_bytes.0 >> 20,
        decimal_cores(cpu),
        memory.0 >> 20
    )
}

fn decimal_cores(cpu: MilliCpu) -> String {
    let (whole, milli) = (cpu.0 / 1000, cpu.0 % 1000);
    if milli == 0 {
        return whole.to_string();
    }
    format!("{whole}.{milli:03}")
}

/// Of several constraints the one that people can lift by a word is named.
fn liftable(reason: UnplacedReason) -> usize {
    const ORDER: [UnplacedReason; 14] = [
        UnplacedReason::MoneyCap,
        UnplacedReason::LowPriorityBurst,
        UnplacedReason::GroupCap,
        UnplacedReason::Quota,
        UnplacedReason::InsufficientCapacity,
        UnplacedReason::SpotRule,
        UnplacedReason::Spread,
        UnplacedReason::ClusterBound,
        UnplacedReason::CoPlacement,
        UnplacedReason::Standby,
        UnplacedReason::FitUnknown,
        UnplacedReason::Cordoned,
        UnplacedReason::StaleCapacity,
        UnplacedReason::NoRoom,
    ];
    ORDER
        .iter()
        .position(|r| *r == reason)
        .unwrap_or(ORDER.len())
}

/// What keeps one more replica of `w` out of cluster `c`; `None` where no group there takes it.
pub(super) fn binding_in(
    fleet: &Fleet<'_>,
    facts: &Facts<'_>,
    w: usize,
    c: usize,
) -> Option<String> {
    let groups = fleet.clusters[c].groups.clone();
    groups
        .filter(|g| fleet.workloads[w].eligible[*g])
        .map(|g| binding(fleet, facts, w, g))
        .min_by_key(|(reason, _)| liftable(*reason))
        .map(|(_, detail)| detail)
}

/// What keeps one more replica of `w` out of group `g`.
fn binding(fleet: &Fleet<'_>, facts: &Facts<'_>, w: usize, g: usize) -> (UnplacedReason, String) {
    let workload = &fleet.workloads[w];
    let group = &fleet.groups[g];
    let c = group.cluster;
    let cluster = &fleet.clusters[c];
    let place = format!("{}/{}", cluster.spec.name, group.spec.name);
    let counts = facts.counts;
    match cluster.condition {
        Condition::Usable => {}
        Condition::Cordoned => {
            let why = format!("{place} is under maintenance");
            return (UnplacedReason::Cordoned, why);
        }
        _ => {
            let why = format!("{place} does not answer or its state is too old");
            return (UnplacedReason::StaleCapacity, why);
        }
    }
    if let Some(other) = homeless_partner(fleet, w, c) {
        let why = format!(
            "its group runs in one cluster, and {} does not take {other}",
            cluster.spec.name
        );
        return (UnplacedReason::CoPlacement, why);
    }
    let here = counts.in_cluster(fleet, w, c);
    let bound = workload
        .spec
        .cluster_bounds
        .iter()
        .find(|b| b.cluster == cluster.spec.name);
    if let Some(most) = bound.and_then(|b| b.max).filter(|most| here >= *most) {
        return (
            UnplacedReason::ClusterBound,
            format!("at most {most} in {}", cluster.spec.name),
        );
    }
    let share = i64::from(workload.policy.max_cluster_percent);
    if share < 100 && i64::from(here) >= rules::share_up(facts.demand.desired[w], share) {
        let why = format!("no cluster may hold more than {share} %");
        return (UnplacedReason::Spread, why);
    }
    if let Some(row) = binding_quota(fleet, counts, w, c, 1) {
        let why = format!("{}: {}", cluster.spec.name, quota_words(row));
        return (UnplacedReason::Quota, why);
    }
    if fleet.tier(g) == Tier::Public
        && let Some(why) = public_rule(fleet, facts, w).or_else(|| egress_rule(fleet, facts, w, g))
    {
        return why;
    }
    if group.spec.capacity_type == CapacityType::Spot && fleet.bound_to_spot_rule(w, g) {
        return (
            UnplacedReason::SpotRule,
            format!("{place} is spot, and its share is used up"),
        );
    }
    if group.elastic()
        && let Some(why) = growth_rule(fleet, facts, w, g, &place)
    {
        return why;
    }
    if workload.spec.co_placement.is_some() {
        let why = "the group does not fit into one cluster as a whole".into();
        return (UnplacedReason::CoPlacement, why);
    }
    if cut(fleet, counts, facts.cuts, w, c) {
        return (UnplacedReason::FitUnknown, fit_unknown(fleet, facts, w, c));
    }
    (
        UnplacedReason::NoRoom,
        format!("{place} {}", best_lacks(fleet, &facts.packed.slots, w, c)),
    )
}

/// A workload of the co-placement group of `w` that can never run in cluster `c`.
fn homeless_partner<'a>(fleet: &Fleet<'a>, w: usize, c: usize) -> Option<&'a WorkloadId> {
    let group = fleet.workloads[w].spec.co_placement.as_ref()?;
    let partners = fleet
        .workloads
        .iter()
        .filter(|v| v.spec.co_placement.as_ref() == Some(group));
    partners
        .filter(|v| !fleet.clusters[c].groups.clone().any(|g| v.eligible[g]))
        .map(|v| &v.spec.id)
        .next()
}

/// Why no more of `w` is tried in cluster `c`.
fn fit_unknown(fleet: &Fleet<'_>, facts: &Facts<'_>, w: usize, c: usize) -> String {
    let name = &fleet.clusters[c].spec.name;
    if let Some(at) = facts.cuts.refused.get(&(w, c)) {
        let until = at.plus(fleet.policy.settings.capacity_backoff_ms);
        let left = until.since(fleet.now).0 / 1000;
        return format!(
            "the scheduler of {name} refused one at {}; none is tried there until {}, {left} s \
             from now",
            clock_time(*at),
            clock_time(until)
        );
    }
    if facts.cuts.probes.contains(&(w, c)) {
        return format!("whether more fit in {name} cannot be told; one is tried at a time");
    }
    let fit = facts.counts.added(fleet, w, c);
    format!("beside what else is planned for {name} only {fit} more are sure to find a node")
}

/// The time of day of an instant, UTC.
fn clock_time(at: UnixMs) -> String {
    Timestamp::from_millisecond(at.0).map_or_else(
        |_| format!("{} ms", at.0),
        |at| at.strftime("%H:%M:%S UTC").to_string(),
    )
}

fn public_rule(fleet: &Fleet<'_>, facts: &Facts<'_>, w: usize) -> Option<(UnplacedReason, String)> {
    let burst = fleet.workloads[w].policy;
    if standing_by(fleet, w) {
        let why = "public clusters stand by while a private one answers".into();
        return Some((UnplacedReason::Standby, why));
    }
    if rules::low_priority(fleet, facts.caps, w) {
        let why = format!(
            "the cap of {} is nearly reached and priority {} is below {}",
            burst.name, fleet.workloads[w].spec.priority, burst.caps.ladder.low_priority_below
        );
        return Some((UnplacedReason::LowPriorityBurst, why));
    }
    let most = burst.max_public_replicas?;
    (public_left(fleet, facts.counts, w) == 0).then(|| {
        let why = format!("{} allows {most} public replicas in all", burst.name);
        (UnplacedReason::GroupCap, why)
    })
}

/// What keeps group `g` from one more replica of `w` for what it sends.
fn egress_rule(
    fleet: &Fleet<'_>,
    facts: &Facts<'_>,
    w: usize,
    g: usize,
) -> Option<(UnplacedReason, String)> {
    facts.caps.iter().find_map(|cap| {
        let each = cap.each_sends(fleet, w, g);
        let replica = format!("what a replica sends costs {} USD/h", usd(each));
        let why = (each > 0).then(|| over(fleet, facts, cap, each, &replica))??;
        Some((UnplacedReason::MoneyCap, why))
    })
}

/// What a cap says to a rate that is `more` than the plan's, if it does not allow it.
fn over(fleet: &Fleet<'_>, facts: &Facts<'_>, cap: &Cap, more: i64, what: &str) -> Option<String> {
    let planned = cap.rate(fleet, facts.counts, facts.nodes);
    (planned.saturating_add(more) > cap.most).then(|| {
        format!(
            "cap of {}: {}; {} USD/h are in use, {what}",
            fleet.bursts[cap.policy].name,
            cap.because,
            usd(planned),
        )
    })
}

/// What keeps group `g` from one more node with a replica of `w` on it.
fn growth_rule(
    fleet: &Fleet<'_>,
    facts: &Facts<'_>,
    w: usize,
    g: usize,
    place: &str,
) -> Option<(UnplacedReason, String)> {
    let group = &fleet.groups[g];
    if group.backing_off {
        let why = format!("the provider has no capacity for {place} now; backing off");
        return Some((UnplacedReason::InsufficientCapacity, why));
    }
    if facts.nodes[g] >= group.held() + group.growth {
        return None;
    }
    for cap in facts.caps.iter().filter(|cap| cap.counts[g]) {
        let (price, each) = (group.price.0, cap.each_sends(fleet, w, g));
        let mut what = format!("a node costs {} USD/h", usd(price));
        if each > 0 {
            what = format!("{what}, what a replica sends {} USD/h", usd(each));
        }
        if let Some(why) = over(fleet, facts, cap, price.saturating_add(each), &what) {
            return Some((UnplacedReason::MoneyCap, why));
        }
    }
    let cluster = &fleet.clusters[group.cluster];
    let binds = |scope: &QuotaScope, left: u64| {
        let taken = |g: usize| {
            let each = rules::per_node(scope, fleet, g)?;
            let more = i64::from(facts.nodes[g]) - i64::from(fleet.groups[g].held());
            Some(each.saturating_mul(more))
        };
        let taken: i64 = cluster.groups.clone().filter_map(taken).sum();
        rules::per_node(scope, fleet, g)
            .is_some_and(|each| taken.saturating_add(each) > rules::quota_amount(scope, left))
    };
    let quotas = cluster.quotas.iter();
    let quota = quotas
        .copied()
        .find(|q| binds(&q.scope, q.limit.saturating_sub(q.used)));
    quota.map(|q| {
        (
            UnplacedReason::Quota,
            format!("{} is {} of {}", q.name, q.used, q.limit),
        )
    })
}
