//! "Why not private?": what keeps each public replica from home.
//!
//! Replicas that are new in public, that start there and that run there are told apart: what
//! holds back a move (dwell, payback, the churn budget, a cap's rung) holds back only what runs.

use crate::capacity::{Fleet, Ineligible};
use crate::decision::{MoveReason, SpillReason, Spilled};
use crate::policy::{Fill, Tier};

use crate::placement::caps::usd;
use crate::placement::co_placement;
use crate::placement::fit::Slot;
use crate::placement::home::spot_share_allows;
use crate::placement::limits::{binding_quota, blocked, bound_in, cut, homes, quota_words};
use crate::placement::model::{Counts, pinned_down};
use crate::placement::recall::of_workload;
use crate::placement::restraint::templates_differ;

use super::Facts;

/// How far a public replica is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// This plan adds it.
    New,
    /// It was asked for; no node that stays holds it.
    Starting,
    /// A node that stays holds it.
    Running,
}

/// "Why not private?", for the public replicas of `w`: by cluster, and of those in one cluster
/// the new ones first; those with one answer together.
pub(crate) fn spilled(fleet: &Fleet<'_>, facts: &Facts<'_>, w: usize) -> Vec<Spilled> {
    let mut all: Vec<Spilled> = Vec::new();
    let workload = &fleet.workloads[w];
    let together = workload.spec.co_placement.is_some()
        && workload.fill == Fill::PrivateFirst
        && homes(fleet).next().is_some();
    for from in (0..fleet.clusters.len()).filter(|c| fleet.clusters[*c].spec.tier == Tier::Public) {
        for (stage, replicas) in stages(fleet, facts, w, from) {
            let (reason, detail) = if together && !pinned_down(fleet, from) {
                co_placement::why_not_home(fleet, facts, w, from, stage)
            } else {
                why_not_home(fleet, facts, w, from, stage)
            };
            let cluster = &fleet.clusters[from].spec.name;
            let same =
                |s: &&mut Spilled| (&s.cluster, s.reason, &s.detail) == (cluster, reason, &detail);
            match all.iter_mut().find(same) {
                Some(s) => s.replicas += replicas,
                None => all.push(Spilled {
                    cluster: cluster.clone(),
                    replicas,
                    reason,
                    detail,
                }),
            }
        }
    }
    all
}

/// The public replicas of `w` in cluster `from` by stage; stages without any are left out.
fn stages(
    fleet: &Fleet<'_>,
    facts: &Facts<'_>,
    w: usize,
    from: usize,
) -> impl Iterator<Item = (Stage, u32)> {
    let (mut new, mut starting, mut running) = (0, 0, 0);
    for g in fleet.clusters[from].groups.clone() {
        let stay = facts.counts.stay[w][g];
        let on_nodes = stay.min(fleet.workloads[w].on_nodes[g]);
        new += facts.counts.add[w][g];
        starting += stay - on_nodes;
        running += on_nodes;
    }
    let all = [
        (Stage::New, new),
        (Stage::Starting, starting),
        (Stage::Running, running),
    ];
    all.into_iter().filter(|(_, replicas)| *replicas > 0)
}

fn why_not_home(
    fleet: &Fleet<'_>,
    facts: &Facts<'_>,
    w: usize,
    from: usize,
    stage: Stage,
) -> (SpillReason, String) {
    if fleet.workloads[w].fill == Fill::Cheapest {
        let why = "the policy fills the cheapest place first";
        return (SpillReason::CheapestFirst, why.into());
    }
    if pinned_down(fleet, from) {
        let why = format!("{} does not answer", fleet.clusters[from].spec.name);
        return (SpillReason::Unreachable, why);
    }
    let rule = |home: usize| blocked(fleet, facts.demand, facts.counts, w, from, home);
    // What holds in spite of room is what binds, whatever is full or shut elsewhere.
    let roomy = homes(fleet)
        .filter(|home| facts.outlook.has_room(w, *home))
        .min_by_key(|home| rule(*home).is_some());
    if let Some(home) = roomy {
        return match rule(home) {
            Some(reason) => (reason, block_detail(fleet, facts, w, from, home, reason)),
            None => in_spite_of_room(fleet, facts, w, from, home, stage),
        };
    }
    let mut shut: Vec<(SpillReason, usize)> = homes(fleet)
        .map(|home| (rule(home).unwrap_or(SpillReason::NoRoom), home))
        .collect();
    shut.sort_by_key(|(reason, home)| (closeness(*reason), *home));
    let Some((nearest, _)) = shut.first() else {
        let none = "there is no private cluster".into();
        return (SpillReason::NoEligibleGroup, none);
    };
    // The nearest gives the code; people want to know of the others too.
    let words = shut.iter().map(|(reason, home)| match reason {
        SpillReason::NoRoom => {
            let name = &fleet.clusters[*home].spec.name;
            let lacks = facts.outlook.lacking(w, *home).unwrap_or_default();
            format!("{name}: {lacks}")
        }
        reason => block_detail(fleet, facts, w, from, *home, *reason),
    });
    (*nearest, words.collect::<Vec<_>>().join("; "))
}

/// Of several private clusters without room the one that is nearest to taking the replica is
/// named: full, then a rule, then out of service, then never.
fn closeness(reason: SpillReason) -> u8 {
    match reason {
        SpillReason::NoRoom => 0,
        SpillReason::Quota
        | SpillReason::Spread
        | SpillReason::Survivability
        | SpillReason::ActiveActive
        | SpillReason::CoPlacement => 1,
        SpillReason::StaleCapacity | SpillReason::Unreachable | SpillReason::Cordoned => 2,
        _ => 3,
    }
}

/// There is room at `home` and no rule keeps the replica out, so an exception does.
fn in_spite_of_room(
    fleet: &Fleet<'_>,
    facts: &Facts<'_>,
    w: usize,
    from: usize,
    home: usize,
    stage: Stage,
) -> (SpillReason, String) {
    let name = &fleet.clusters[home].spec.name;
    if stage != Stage::Running && evens_out_spot(fleet, facts.counts, w, from) {
        let most = fleet.workloads[w].policy.spot.max_percent;
        let why = format!("{name} has room; without it more than {most} % in public were on spot");
        return (SpillReason::SpotShare, why);
    }
    if cut(fleet, facts.counts, facts.cuts, w, home) || stage == Stage::New {
        let why = format!("{name} may have room, but the scheduler's choice cannot be told");
        return (SpillReason::FitUnknown, why);
    }
    if stage == Stage::Starting {
        let why = format!("{name} has room; what starts elsewhere comes home once it runs");
        return (SpillReason::Starting, why);
    }
    if templates_differ(fleet, w, from, home) {
        let why = format!("the pod template in {name} differs from the one it runs");
        return (SpillReason::TemplateMismatch, why);
    }
    let verdict = of_workload(facts.verdicts, w)
        .iter()
        .filter(|v| v.from == from)
        .min_by_key(|v| v.reason);
    let weighed = verdict.and_then(|v| Some((held_back_by(v.reason)?, v)));
    let Some((reason, v)) = weighed else {
        let why = format!("{name} has room; {}", shared_node(fleet, facts, w, from));
        return (SpillReason::NodeStays, why);
    };
    let why = format!(
        "{name} has room; freeing its node saves {} USD/h, moving costs {} USD once",
        usd(v.saving),
        usd(v.cost)
    );
    (reason, why)
}

/// Whether the cluster has a replica off spot that may not leave, or too large a share were on spot.
fn evens_out_spot(fleet: &Fleet<'_>, counts: &Counts, w: usize, from: usize) -> bool {
    let mut groups = fleet.clusters[from].groups.clone();
    groups.any(|g| {
        counts.stay[w][g] + counts.add[w][g] > 0 && !spot_share_allows(fleet, counts, w, g)
    })
}

/// What holds running replicas back, by the verdict on their way home.
pub(crate) fn held_back_by(verdict: MoveReason) -> Option<SpillReason> {
    match verdict {
        MoveReason::Recall => Some(SpillReason::Returning),
        MoveReason::Payback => Some(SpillReason::Payback),
        MoveReason::Dwell | MoveReason::MemoryLost => Some(SpillReason::Dwell),
        MoveReason::ChurnBudget | MoveReason::Step => Some(SpillReason::ChurnBudget),
        MoveReason::MoneyCap => Some(SpillReason::MoneyCap),
        MoveReason::Paused => Some(SpillReason::Paused),
        _ => None,
    }
}

/// What the public node of `w` that holds the fewest of ours would keep.
fn shared_node(fleet: &Fleet<'_>, facts: &Facts<'_>, w: usize, from: usize) -> String {
    let held = |slot: &&Slot| slot.ours.values().sum::<u32>();
    let slots = facts.packed.slots.iter();
    let node = slots
        .filter(|slot| fleet.groups[slot.group].cluster == from && slot.ours.contains_key(&w))
        .min_by_key(held);
    let Some(slot) = node else {
        return "its node in public is not known".into();
    };
    if !fleet.groups[slot.group].elastic() {
        return "nobody takes its public node away".into();
    }
    let all: u32 = held(&slot);
    format!(
        "its public node holds {all} of ours, {} of them its own, and stays until all of them leave",
        slot.ours.get(&w).copied().unwrap_or(0)
    )
}

/// What a rule says to one replica of `w` that would come from `from` to `home`.
fn block_detail(
    fleet: &Fleet<'_>,
    facts: &Facts<'_>,
    w: usize,
    from: usize,
    home: usize,
    reason: SpillReason,
) -> String {
    let workload = &fleet.workloads[w];
    let why = match (reason, &workload.barred[home]) {
        (SpillReason::Capability, Some(Ineligible::Capability(c))) => {
            format!("lacks capability {c}")
        }
        (SpillReason::DataSet, Some(Ineligible::DataSet(d))) => {
            format!("too far from data set {d}")
        }
        (SpillReason::NoEligibleGroup, _) => "no node group takes it".into(),
        (SpillReason::ClusterBound, Some(_)) => "forbidden there".into(),
        (SpillReason::ClusterBound, None) => bound_words(fleet, facts, w, from, home),
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
        (SpillReason::Quota, _) => binding_quota(fleet, facts.counts, w, home, 1)
            .map_or_else(|| reason.as_str().into(), quota_words),
        (SpillReason::ActiveActive, _) => "every eligible cluster keeps one".into(),
        (SpillReason::CoPlacement, _) => "its group runs together elsewhere".into(),
        _ => reason.as_str().into(),
    };
    format!("{}: {why}", fleet.clusters[home].spec.name)
}

/// The bound of a cluster that keeps a replica of `w` in `from` and out of `home`.
fn bound_words(fleet: &Fleet<'_>, facts: &Facts<'_>, w: usize, from: usize, home: usize) -> String {
    let most = bound_in(fleet, w, home).and_then(|bound| bound.max);
    if let Some(most) = most.filter(|most| facts.counts.in_cluster(fleet, w, home) >= *most) {
        return format!("at most {most} there");
    }
    let least = bound_in(fleet, w, from).map_or(0, |bound| bound.min);
    format!("{} keeps at least {least}", fleet.clusters[from].spec.name)
}
