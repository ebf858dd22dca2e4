//! Why not private, and why not at all: the constraint that keeps each public replica from
//! home and each desired one from any place, with its numbers.

use crate::capacity::{Condition, Dims, Fleet, Ineligible, MOST_REPLICAS};
use crate::decision::{CapRung, MoveReason, SpillReason, Spilled, Unplaced, UnplacedReason};
use crate::policy::{CapacityType, Fill, Tier};
use crate::snapshot::QuotaScope;

use super::caps::Cap;
use super::co_placement;
use super::fit::{Packed, open_to, room_for};
use super::limits::{blocked, cut, homes, public_left, quota};
use super::model::{Counts, Cuts, Demand, standing_by};
use super::recall::{Verdict, templates_differ};
use super::rules;

/// What an explanation rests on.
pub(crate) struct Facts<'a> {
    pub(crate) demand: &'a Demand,
    pub(crate) counts: &'a Counts,
    pub(crate) cuts: &'a Cuts,
    pub(crate) packed: &'a Packed,
    pub(crate) caps: &'a [Cap],
    pub(crate) verdicts: &'a [Verdict],
    /// Nodes per group that the plan keeps or adds.
    pub(crate) nodes: &'a [u32],
}

/// "Why not private?", for each public cluster that has replicas of `w`.
pub(crate) fn spilled(fleet: &Fleet<'_>, facts: &Facts<'_>, w: usize) -> Vec<Spilled> {
    let public = (0..fleet.clusters.len()).filter(|c| fleet.clusters[*c].spec.tier == Tier::Public);
    let workload = &fleet.workloads[w];
    if workload.spec.co_placement.is_some() && workload.fill == Fill::PrivateFirst {
        return public
            .flat_map(|from| co_placement::spilled(fleet, facts.counts, facts.verdicts, w, from))
            .collect();
    }
    public
        .filter_map(|from| {
            let replicas = facts.counts.in_cluster(fleet, w, from);
            (replicas > 0).then(|| {
                let (reason, detail) = why_not_home(fleet, facts, w, from);
                Spilled {
                    cluster: fleet.clusters[from].spec.name.clone(),
                    replicas,
                    reason,
                    detail,
                }
            })
        })
        .collect()
}

fn why_not_home(
    fleet: &Fleet<'_>,
    facts: &Facts<'_>,
    w: usize,
    from: usize,
) -> (SpillReason, String) {
    if fleet.workloads[w].fill == Fill::Cheapest {
        return (
            SpillReason::CheapestFirst,
            "the policy fills the cheapest place first".into(),
        );
    }
    let mut nearest: Option<(SpillReason, usize)> = None;
    for home in homes(fleet) {
        let reason = match blocked(fleet, facts.demand, facts.counts, w, from, home) {
            Some(reason) => reason,
            None if room_for(fleet, home, w, &facts.packed.slots).is_some() => {
                return in_spite_of_room(fleet, facts, w, from, home);
            }
            None => SpillReason::NoRoom,
        };
        // A rule that holds in spite of room is what binds, whatever is full elsewhere.
        if closeness(reason) == RULE && room_for(fleet, home, w, &facts.packed.slots).is_some() {
            nearest = Some((reason, home));
            break;
        }
        if nearest.is_none_or(|(kept, _)| closeness(reason) < closeness(kept)) {
            nearest = Some((reason, home));
        }
    }
    let Some((reason, home)) = nearest else {
        let none = "there is no private cluster".into();
        return (SpillReason::NoEligibleGroup, none);
    };
    let name = &fleet.clusters[home].spec.name;
    let detail = match reason {
        SpillReason::NoRoom => room_detail(fleet, facts, w, home),
        _ => block_detail(fleet, w, home, reason),
    };
    (reason, format!("{name}: {detail}"))
}

/// How close a rule keeps a replica.
const RULE: u8 = 1;

/// Of several private clusters the one that is nearest to taking the replica is named: full,
/// then a rule, then out of service, then never.
fn closeness(reason: SpillReason) -> u8 {
    match reason {
        SpillReason::NoRoom => 0,
        SpillReason::Quota
        | SpillReason::Spread
        | SpillReason::Survivability
        | SpillReason::ActiveActive
        | SpillReason::CoPlacement => RULE,
        SpillReason::StaleCapacity | SpillReason::Unreachable | SpillReason::Cordoned => 2,
        _ => 3,
    }
}

/// There is room at `home`, so an exception keeps the replica out.
fn in_spite_of_room(
    fleet: &Fleet<'_>,
    facts: &Facts<'_>,
    w: usize,
    from: usize,
    home: usize,
) -> (SpillReason, String) {
    let name = &fleet.clusters[home].spec.name;
    if cut(fleet, facts.counts, facts.cuts, w, home) {
        return (
            SpillReason::FitUnknown,
            format!(
                "{name} may have room, but the scheduler's choice cannot be told; one is tried at a time"
            ),
        );
    }
    if templates_differ(fleet, w, from, home) {
        return (
            SpillReason::TemplateMismatch,
            format!("the pod template in {name} differs from the one it runs"),
        );
    }
    let verdict = facts
        .verdicts
        .iter()
        .filter(|v| v.workload == w && v.from == from)
        .min_by_key(|v| v.reason);
    let Some(v) = verdict else {
        return (
            SpillReason::Returning,
            format!("{name} has room; it goes home next"),
        );
    };
    let numbers = if v.reason == MoveReason::NoRoom {
        format!("{name} has room for it but not for all that shares its node; alone it frees none")
    } else {
        format!(
            "{name} has room; freeing its node saves {} micro-USD/h, moving costs {} micro-USD once",
            v.saving, v.cost
        )
    };
    (kept_by(v.reason), numbers)
}

/// What keeps running replicas away, by the verdict on their way home.
pub(crate) fn kept_by(verdict: MoveReason) -> SpillReason {
    match verdict {
        MoveReason::Dwell | MoveReason::MemoryLost => SpillReason::Dwell,
        MoveReason::ChurnBudget | MoveReason::Step => SpillReason::ChurnBudget,
        MoveReason::MoneyCap => SpillReason::MoneyCap,
        MoveReason::TemplateMismatch => SpillReason::TemplateMismatch,
        MoveReason::Recall => SpillReason::Returning,
        _ => SpillReason::Payback,
    }
}

fn block_detail(fleet: &Fleet<'_>, w: usize, home: usize, reason: SpillReason) -> String {
    let workload = &fleet.workloads[w];
    match (reason, &workload.barred[home]) {
        (SpillReason::Capability, Some(Ineligible::Capability(c))) => {
            format!("lacks capability {c}")
        }
        (SpillReason::DataSet, Some(Ineligible::DataSet(d))) => {
            format!("too far from data set {d}")
        }
        (SpillReason::NoEligibleGroup, _) => "no node group takes it".into(),
        (SpillReason::ClusterBound, _) => "its bounds there".into(),
        (SpillReason::Spread, _) => {
            format!(
                "no cluster may hold more than {} %",
                workload.policy.max_cluster_percent
            )
        }
        (SpillReason::Survivability, _) => {
            format!(
                "{} % shall survive the loss of any cluster",
                workload.policy.survive_percent
            )
        }
        (SpillReason::Unreachable, _) => "does not answer".into(),
        (SpillReason::StaleCapacity, _) => "its state is too old".into(),
        (SpillReason::Cordoned, _) => "under maintenance".into(),
        (SpillReason::Quota, _) => "the namespace's quota is used up".into(),
        (SpillReason::ActiveActive, _) => "every eligible cluster keeps one".into(),
        (SpillReason::CoPlacement, _) => "its group runs together elsewhere".into(),
        _ => reason.as_str().into(),
    }
}

/// The node at `home` that comes nearest to taking `w`, and what it lacks.
fn room_detail(fleet: &Fleet<'_>, facts: &Facts<'_>, w: usize, home: usize) -> String {
    let workload = &fleet.workloads[w];
    let best = open_to(fleet, home, w, &facts.packed.slots)
        .map(|(_, s)| {
            let lacks = (0..s.room.len())
                .filter(|d| workload.request[*d] > 0)
                .map(|d| {
                    let need = workload.request[d];
                    (
                        (need - s.room[d]).saturating_mul(1000) / need,
                        d,
                        s.room[d].max(0),
                    )
                })
                .max();
            lacks.unwrap_or((0, 0, 0))
        })
        .min();
    match best {
        None => "no node takes it".into(),
        Some((_, dim, room)) => format!(
            "full in {}: a replica asks for {}, the best node has {} left",
            fleet.dims.name(dim),
            amount(dim, workload.request[dim]),
            amount(dim, room),
        ),
    }
}

fn amount(dim: usize, x: i64) -> String {
    match dim {
        Dims::CPU => format!("{x}m"),
        Dims::MEMORY => format!("{x}Mi"),
        _ => x.to_string(),
    }
}

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
        (
            None,
            UnplacedReason::NoEligibleGroup,
            "no node group takes it".to_owned(),
        )
    } else {
        (0..fleet.groups.len())
            .filter(|g| workload.eligible[*g])
            .map(|g| {
                let (reason, detail) = binding(fleet, facts, w, g);
                (reason, fleet.groups[g].cluster, detail)
            })
            .min_by_key(|(reason, cluster, _)| (liftable(*reason), *cluster))
            .map_or(
                (None, UnplacedReason::NoRoom, String::new()),
                |(reason, c, detail)| (Some(fleet.clusters[c].spec.name.clone()), reason, detail),
            )
    };
    Some(Unplaced {
        replicas,
        cluster,
        reason,
        detail,
    })
}

/// Of several constraints the one that people can lift by a word is named.
fn liftable(reason: UnplacedReason) -> usize {
    const ORDER: [UnplacedReason; 13] = [
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
        UnplacedReason::StaleCapacity,
        UnplacedReason::NoRoom,
    ];
    ORDER
        .iter()
        .position(|r| *r == reason)
        .unwrap_or(ORDER.len())
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
            return (
                UnplacedReason::StaleCapacity,
                format!("{place} is under maintenance"),
            );
        }
        _ => {
            let why = format!("{place} does not answer or its state is too old");
            return (UnplacedReason::StaleCapacity, why);
        }
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
    if workload.spec.co_placement.is_some() {
        let why = "the group does not fit into one cluster as a whole".into();
        return (UnplacedReason::CoPlacement, why);
    }
    if quota(fleet, counts, w, c) {
        return (
            UnplacedReason::Quota,
            format!("a quota of {} is used up", cluster.spec.name),
        );
    }
    if fleet.tier(g) == Tier::Public
        && let Some(why) = public_rule(fleet, facts, w)
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
        && let Some(why) = growth_rule(fleet, facts, g, &place)
    {
        return why;
    }
    if cut(fleet, counts, facts.cuts, w, c) {
        let why = format!("whether more fit in {place} cannot be told; one is tried at a time");
        return (UnplacedReason::FitUnknown, why);
    }
    (
        UnplacedReason::NoRoom,
        format!("{place} {}", room_detail(fleet, facts, w, c)),
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

/// What keeps group `g` from one more node.
fn growth_rule(
    fleet: &Fleet<'_>,
    facts: &Facts<'_>,
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
        let planned = planned_rate(fleet, facts.nodes, cap);
        if planned.saturating_add(group.price.0) > cap.most {
            let why = format!(
                "a node costs {} micro-USD/h; {} of {} allowed are in use",
                group.price.0, planned, cap.allowed
            );
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

/// The rate of the nodes that count toward a cap.
pub(crate) fn planned_rate(fleet: &Fleet<'_>, nodes: &[u32], cap: &Cap) -> i64 {
    fleet
        .groups
        .iter()
        .zip(nodes)
        .zip(&cap.counts)
        .filter(|(_, counts)| **counts)
        .map(|((g, n), _)| g.price.times(*n).0)
        .sum()
}

/// The higher of the rung that runs and the one that the plan reaches.
pub(crate) fn planned_rung(fleet: &Fleet<'_>, cap: &Cap, planned: i64) -> CapRung {
    let burst = fleet.bursts[cap.policy];
    super::caps::rung(burst, planned, cap.allowed, cap.spend_unknown).max(cap.rung)
}
