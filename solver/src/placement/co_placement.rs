//! Co-placement groups on their way home: all of a group goes, or none of it.
//!
//! The model keeps a group in one cluster. What is asked here is what the model does not ask:
//! whether a group that is planned in public fits at home as a whole. One that does not run
//! there yet goes home at once; one that runs there is an optional move, weighed over all the
//! nodes that it leaves empty. While a group moves its plan stays at home
//! ([`crate::capacity::Together::heading`]), and [`super::steps`] walks there within the surge.

use crate::capacity::{Fleet, Together};
use crate::decision::{MoveReason, SpillReason};
use crate::policy::{Fill, Tier};
use crate::units::{MicroUsdPerHour, Millis, UnixMs};

use super::caps::usd;
use super::explain::{Facts, Stage, held_back_by};
use super::fit::{Leaving, Packed, pack, pack_in, put, room_for};
use super::home::Rules;
use super::input::unfit;
use super::limits::{bound_in, closed_to, homes, over_quota};
use super::model::{Counts, pinned_down};
use super::recall::{Context, Verdict, of_workload};
use super::restraint::{moved_within_window, templates_differ, unmoved};

/// The public cluster in which the plan has the whole of a group that fills private first.
fn away(fleet: &Fleet<'_>, counts: &Counts, group: &Together<'_>) -> Option<usize> {
    let fills_home = |w: &usize| fleet.workloads[*w].fill == Fill::PrivateFirst;
    if !group.members.iter().all(fills_home) {
        return None;
    }
    let mut planned = (0..fleet.clusters.len()).filter(|c| {
        let here = |w: &usize| counts.in_cluster(fleet, *w, *c) > 0;
        group.members.iter().any(here)
    });
    let from = planned.next()?;
    let public = fleet.clusters[from].spec.tier == Tier::Public && !pinned_down(fleet, from);
    (public && planned.next().is_none()).then_some(from)
}

/// Whether replicas of a group that run in `from` are planned to stay there. What is on no node
/// yet runs nowhere, and starts at home as well.
fn runs(fleet: &Fleet<'_>, counts: &Counts, group: &Together<'_>, from: usize) -> bool {
    let groups = fleet.clusters[from].groups.clone();
    let stays = |w: &usize| {
        let on_node = |g: usize| counts.stay[*w][g].min(fleet.workloads[*w].on_nodes[g]);
        groups.clone().any(|g| on_node(g) > 0)
    };
    group.members.iter().any(stays)
}

/// Takes groups that are planned in public and do not run there yet home, where they fit.
/// Returns whether any went.
pub(crate) fn pull_back(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    counts: &mut Counts,
    evicted: &[Leaving],
) -> bool {
    let mut pulled = false;
    for group in &fleet.together {
        let Some(from) = away(fleet, counts, group) else {
            continue;
        };
        if !runs(fleet, counts, group, from)
            && let Some((_, at_home)) = landing(fleet, cx, counts, evicted, group)
        {
            *counts = at_home;
            pulled = true;
        }
    }
    pulled
}

/// The first private cluster that takes all of a group, and the plan with it there.
fn landing(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    counts: &Counts,
    evicted: &[Leaving],
    group: &Together<'_>,
) -> Option<(usize, Counts)> {
    homes(fleet).find_map(|home| {
        let moved = moved_to(fleet, cx, counts, evicted, group, home)?;
        Some((home, moved))
    })
}

/// The plan with all of a group in `home`; `None` when a rule or want of room keeps any of it
/// out.
fn moved_to(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    counts: &Counts,
    evicted: &[Leaving],
    group: &Together<'_>,
    home: usize,
) -> Option<Counts> {
    let rooms = fleet.clusters[home].groups.clone();
    let mut moved = counts.clone();
    let mut arriving = Vec::new();
    for w in group.members.iter().copied() {
        let mut left = counts.total(w);
        if left > 0 && closed_to(fleet, w, home).is_some() {
            return None;
        }
        moved.stay[w].fill(0);
        moved.add[w].fill(0);
        for g in rooms.clone() {
            let here = fleet.workloads[w].holding[g].min(left);
            moved.stay[w][g] = here;
            left -= here;
        }
        arriving.push((w, left));
    }
    let mut packed = pack_in(fleet, cx.caps, &moved, evicted, home..home + 1);
    for (w, left) in arriving {
        for _ in 0..left {
            let slot = room_for(fleet, home, w, &packed.slots)?;
            put(fleet, &mut packed, slot, w);
            moved.add[w][packed.slots[slot].group] += 1;
        }
    }
    let allowed = group
        .members
        .iter()
        .all(|w| allows(fleet, cx, &moved, *w, home));
    let packed = pack_in(fleet, cx.caps, &moved, evicted, home..home + 1);
    (allowed && unfit(fleet, cx.cuts, &moved, &packed).is_empty()).then_some(moved)
}

/// Whether the rules that count replicas let `w` be in `home` as `moved` has it.
fn allows(fleet: &Fleet<'_>, cx: &Rules<'_>, moved: &Counts, w: usize, home: usize) -> bool {
    let bounds = (0..fleet.clusters.len()).all(|c| {
        bound_in(fleet, w, c).is_none_or(|b| {
            let here = moved.in_cluster(fleet, w, c);
            b.min.min(cx.demand.desired[w]) <= here && b.max.is_none_or(|most| here <= most)
        })
    });
    let cut = cx.cuts.adds.get(&(w, home));
    bounds
        && cut.is_none_or(|most| moved.added(fleet, w, home) <= *most)
        && !over_quota(fleet, moved, w, home, 0)
}

/// Takes groups home that run in public, where that pays. A verdict for each of their workloads
/// says what was done or why nothing was.
pub(crate) fn recall(
    fleet: &Fleet<'_>,
    cx: &Context<'_>,
    counts: &mut Counts,
    packed: &mut Packed,
    evicted: &[Leaving],
) -> Vec<Verdict> {
    let rules = Rules {
        demand: cx.demand,
        caps: cx.caps,
        cuts: cx.cuts,
    };
    let mut verdicts = Vec::new();
    for group in &fleet.together {
        let Some(from) = away(fleet, counts, group) else {
            continue;
        };
        let Some((to, moved)) = landing(fleet, &rules, counts, evicted, group) else {
            let to = homes(fleet).next().unwrap_or(from);
            let none = |w: &usize| verdict(*w, from, to, MoveReason::NoRoom);
            verdicts.extend(group.members.iter().map(none));
            continue;
        };
        let (saving, cost) = worth(fleet, counts, &moved, packed, group, from, to);
        let refusal = refused(fleet, cx, group, from, to, saving, cost);
        for w in group.members.iter().copied() {
            let mut verdict = verdict(w, from, to, refusal.unwrap_or(MoveReason::Recall));
            verdict.saving = saving;
            verdict.cost = cost;
            if refusal.is_none() {
                verdict.replicas = moved.added(fleet, w, to);
            }
            verdicts.push(verdict);
        }
        if refusal.is_none() {
            *counts = moved;
            *packed = pack(fleet, cx.caps, counts, evicted);
        }
    }
    verdicts
}

fn verdict(workload: usize, from: usize, to: usize, reason: MoveReason) -> Verdict {
    Verdict {
        workload,
        from,
        to,
        replicas: 0,
        reason,
        saving: 0,
        cost: 0,
    }
}

/// What moving a group saves per hour, and what it costs once: the nodes that only it keeps are
/// paid while it starts at home, as many at a time as its surge allows.
fn worth(
    fleet: &Fleet<'_>,
    counts: &Counts,
    moved: &Counts,
    packed: &Packed,
    group: &Together<'_>,
    from: usize,
    to: usize,
) -> (i64, i64) {
    let of_group = |w: &usize| group.members.contains(w);
    let freed: i64 = packed
        .slots
        .iter()
        .filter(|s| fleet.groups[s.group].cluster == from && fleet.groups[s.group].elastic())
        .filter(|s| !s.ours.is_empty() && s.ours.keys().all(of_group))
        .map(|s| fleet.groups[s.group].price.0)
        .sum();
    let (mut saving, mut double, mut rounds) = (freed, freed, 1);
    for w in group.members.iter().copied() {
        let workload = &fleet.workloads[w];
        let replicas = i64::from(counts.total(w));
        let at_home = workload.running_cost[to].weighed * replicas;
        saving += workload.running_cost[from].weighed * replicas - at_home;
        double += at_home;
        let at_once = workload.spec.move_surge.max(1);
        rounds = rounds.max(moved.added(fleet, w, to).div_ceil(at_once));
    }
    let boot = fleet.clusters[to]
        .groups
        .clone()
        .map(|g| fleet.groups[g].boot.p95_ms)
        .max()
        .unwrap_or(Millis(0));
    let overlap = Millis(boot.0.saturating_mul(u64::from(rounds)));
    (saving, MicroUsdPerHour(double).over(overlap).0)
}

/// Why a group that fits at home stays away; `None` when it goes.
fn refused(
    fleet: &Fleet<'_>,
    cx: &Context<'_>,
    group: &Together<'_>,
    from: usize,
    to: usize,
    saving: i64,
    cost: i64,
) -> Option<MoveReason> {
    let members = || group.members.iter().copied();
    if members().any(|w| templates_differ(fleet, w, from, to)) {
        return Some(MoveReason::TemplateMismatch);
    }
    if members().any(|w| fleet.workloads[w].spec.move_surge == 0) {
        return Some(MoveReason::Step);
    }
    members()
        .find_map(|w| unmoved(fleet, cx, w, saving, cost))
        .or_else(|| {
            let spent = members().any(|w| moved_within_window(fleet, cx.memory, w).1 == 0);
            spent.then_some(MoveReason::ChurnBudget)
        })
}

/// Since when each workload of a group that runs in public has had room at home for all of the
/// group.
pub(crate) fn room_since(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    counts: &Counts,
    evicted: &[Leaving],
    before: impl Fn(usize) -> Option<UnixMs>,
    since: &mut [Option<UnixMs>],
) {
    for group in &fleet.together {
        if away(fleet, counts, group).is_none()
            || landing(fleet, cx, counts, evicted, group).is_none()
        {
            continue;
        }
        for w in &group.members {
            since[*w] = Some(before(*w).unwrap_or(fleet.now));
        }
    }
}

/// "Why not private?", for replicas of `w` in public cluster `from`: those that run there by what
/// keeps the group, the others because they go where it is.
pub(crate) fn why_not_home(
    fleet: &Fleet<'_>,
    facts: &Facts<'_>,
    w: usize,
    from: usize,
    stage: Stage,
) -> (SpillReason, String) {
    let name = fleet.workloads[w].spec.co_placement.as_deref();
    let name = name.unwrap_or_default();
    let mut verdicts = of_workload(facts.verdicts, w).iter();
    let verdict = verdicts.find(|v| v.from == from);
    match verdict {
        Some(v) if stage == Stage::Running && v.reason == MoveReason::TemplateMismatch => {
            other_template(fleet, name, w, from, v.to)
        }
        Some(v) if v.reason != MoveReason::NoRoom => {
            let home = &fleet.clusters[v.to].spec.name;
            let running = held_back_by(v.reason).filter(|_| stage == Stage::Running);
            let numbers = format!(
                "{home} has room for all of its group {name}; moving it saves {} USD/h and costs {} USD once",
                usd(v.saving),
                usd(v.cost)
            );
            if stage == Stage::Starting {
                let why = format!(
                    "{home} has room for all of its group {name}, which goes there once it runs"
                );
                return (SpillReason::Starting, why);
            }
            (running.unwrap_or(SpillReason::CoPlacement), numbers)
        }
        _ => (SpillReason::CoPlacement, whole(fleet, facts.counts, name)),
    }
}

/// That no private cluster takes all of a group, with its replicas.
fn whole(fleet: &Fleet<'_>, counts: &Counts, name: &str) -> String {
    let members = fleet.together.iter().find(|t| t.name == name);
    let each: Vec<String> = members
        .map_or(&[][..], |t| &t.members)
        .iter()
        .map(|w| format!("{} {}", counts.total(*w), fleet.workloads[*w].spec.id))
        .collect();
    format!(
        "no private cluster takes all of its group {name}: {}",
        each.join(", ")
    )
}

/// That the pod templates of some workload of a group differ: of `w` or of another.
fn other_template(
    fleet: &Fleet<'_>,
    name: &str,
    w: usize,
    from: usize,
    to: usize,
) -> (SpillReason, String) {
    let differs = |w: &usize| templates_differ(fleet, *w, from, to);
    let home = &fleet.clusters[to].spec.name;
    let group = fleet.together.iter().find(|t| t.name == name);
    let other = group.and_then(|t| t.members.iter().copied().find(differs));
    match other.filter(|_| !differs(&w)) {
        None => (
            SpillReason::TemplateMismatch,
            format!("the pod template in {home} differs from the one it runs"),
        ),
        Some(other) => (
            SpillReason::CoPlacement,
            format!(
                "goes home with all of its group {name}, and the pod template of {} in {home} differs",
                fleet.workloads[other].spec.id
            ),
        ),
    }
}
