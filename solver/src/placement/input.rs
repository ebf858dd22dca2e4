//! What earlier ticks and the fit on nodes say about a place: cuts to the model.

use std::collections::BTreeMap;

use crate::capacity::{Fleet, add_amounts, fits};
use crate::memory::Memory;
use crate::policy::{CapacityType, Tier};
use crate::units::UnixMs;

use super::caps::Cap;
use super::fit::{Leaving, Packed, Slot, fixed, gone, open_to, pack, put_in, still_on_nodes};
use super::growth::Growth;
use super::home::{Rules, by_priority, spot_share_kept};
use super::limits::{blocked, cut as cut_off, homes, leaves, public_left};
use super::model::{Counts, Cuts, standing_by};
use super::rules::low_priority;
use super::vacating::{Wanted, waited};

/// Replicas that found no node, by (workload, cluster).
pub(crate) type Unfit = BTreeMap<(usize, usize), u32>;

/// The cuts a tick begins with: places where the scheduler refused what should have fitted,
/// and workloads of which the core does not read enough, one of which is tried at a time.
pub(crate) fn cuts(fleet: &Fleet<'_>, memory: &Memory) -> Cuts {
    let mut cuts = Cuts::default();
    let mut wanted: Option<Wanted> = None;
    for (w, workload) in fleet.workloads.iter().enumerate() {
        for (c, e) in workload.existing.iter().enumerate() {
            let refused = e.unschedulable > 0
                && waited(fleet, memory, w, c).is_none()
                && !wanted
                    .get_or_insert_with(|| Wanted::last(fleet, memory))
                    .vacates(fleet, w, c);
            let now = refused.then_some(fleet.now);
            let probing = e.pending + e.asked + e.bound > 0;
            if let Some(at) = now.or_else(|| remembered(fleet, memory, w, c)) {
                cuts.adds.insert((w, c), 0);
                cuts.refused.insert((w, c), at);
            } else if workload.spec.unmodelled {
                cuts.adds.insert((w, c), u32::from(!probing));
                cuts.probes.insert((w, c));
            }
        }
    }
    cuts
}

/// When replicas of `w` were last unschedulable in `c`, if that is not long ago.
fn remembered(fleet: &Fleet<'_>, memory: &Memory, w: usize, c: usize) -> Option<UnixMs> {
    let here = memory.corrections.iter().filter(|k| {
        k.workload == fleet.workloads[w].spec.id && k.cluster == fleet.clusters[c].spec.name
    });
    let lasts = fleet.policy.settings.capacity_backoff_ms;
    here.map(|k| k.at_ms)
        .filter(|at| fleet.now.since(*at) < lasts)
        .max()
}

/// What found no node, except a single replica that is tried on purpose.
pub(crate) fn unfit(fleet: &Fleet<'_>, cuts: &Cuts, counts: &Counts, packed: &Packed) -> Unfit {
    packed
        .missing
        .iter()
        .filter(|(at, _)| {
            let canonically = packed.missing_canonically.contains_key(*at);
            canonically || !cuts.probes.contains(*at) || counts.added(fleet, at.0, at.1) > 1
        })
        .map(|(at, missing)| (*at, *missing))
        .collect()
}

/// What has to leave the plan: what found no node; else what sends for more than a cap allows. The
/// model hopes that what runs on two nodes may fit on one, and the node that stays after all is
/// paid too. Those of the lowest priority go first, and none that runs.
pub(crate) fn misfits(
    fleet: &Fleet<'_>,
    caps: &[Cap],
    cuts: &Cuts,
    counts: &Counts,
    packed: &Packed,
) -> Unfit {
    let mut misfits = unfit(fleet, cuts, counts, packed);
    if !misfits.is_empty() {
        return misfits;
    }
    let nodes = packed.nodes(fleet);
    for cap in caps {
        let granted = cap.most.max(cap.rate(fleet, counts, &counts.nodes));
        let mut beyond = cap.rate(fleet, counts, &nodes).saturating_sub(granted);
        for w in by_priority(fleet).into_iter().rev() {
            for (g, group) in fleet.groups.iter().enumerate() {
                let each = cap.each_sends(fleet, w, g);
                if each > 0 && beyond > 0 && counts.add[w][g] > 0 {
                    let most = u32::try_from((beyond - 1) / each + 1).unwrap_or(u32::MAX);
                    let leave = most.min(counts.add[w][g]);
                    *misfits.entry((w, group.cluster)).or_insert(0) += leave;
                    beyond -= each.saturating_mul(i64::from(leave));
                }
            }
        }
    }
    misfits
}

fn unbound(fleet: &Fleet<'_>, counts: &Counts, w: usize, c: usize) -> u32 {
    fleet.clusters[c]
        .groups
        .clone()
        .map(|g| counts.stay[w][g].saturating_sub(fleet.workloads[w].on_nodes[g]))
        .sum()
}

/// Cuts what found no node. Where it fits in the scheduler's likeliest order but not in every
/// one, one replica is tried at a time.
pub(crate) fn cut(
    fleet: &Fleet<'_>,
    cuts: &mut Cuts,
    counts: &Counts,
    packed: &Packed,
    unfit: &Unfit,
) {
    for ((w, c), missing) in unfit {
        let at = (*w, *c);
        let added = counts.added(fleet, *w, *c);
        let certain = added.saturating_sub(*missing);
        let canonically = packed.missing_canonically.get(&at).copied().unwrap_or(0);
        let likely = added.saturating_sub(canonically);
        let waiting = fleet.workloads[*w].existing[*c].pending > 0;
        if certain == 0 && likely > 0 && !waiting && packed.missing.contains_key(&at) {
            cuts.adds.insert(at, 1);
            cuts.probes.insert(at);
        } else {
            cuts.adds.insert(at, certain);
            cuts.fitted.insert(at);
        }
        if *missing > added {
            let stays = unbound(fleet, counts, *w, *c).saturating_sub(missing - added);
            cuts.unbound.insert(at, stays);
        }
    }
}

/// What found no node in one home is not sent through all the others in turn: those are cut for it
/// too that have no room for one more of it, even without what is less urgent. The model sees their
/// room in sum and would find out one home a round.
pub(crate) fn cut_full_homes(
    fleet: &Fleet<'_>,
    cuts: &mut Cuts,
    counts: &Counts,
    packed: &Packed,
    unfit: &Unfit,
) {
    for (w, from) in unfit.keys() {
        let urgency = |w: &usize| fleet.workloads[*w].spec.priority;
        let takes_one = |slot: &Slot| {
            let mut room = slot.room.clone();
            for (other, count) in &slot.ours {
                if urgency(other) < urgency(w) {
                    let request = &fleet.workloads[*other].request;
                    add_amounts(&mut room, request, i64::from(*count));
                }
            }
            fits(&fleet.workloads[*w].request, &room)
        };
        for home in homes(fleet).filter(|home| home != from && fixed(fleet, *home)) {
            let at = (*w, home);
            let full = !open_to(fleet, home, *w, &packed.slots).any(|(_, slot)| takes_one(slot));
            if full && !cuts.adds.contains_key(&at) {
                cuts.adds.insert(at, counts.added(fleet, *w, home));
                cuts.fitted.insert(at);
            }
        }
    }
}

/// Takes what has left the plan to another group where new nodes may still open, as far as it
/// fits there. Where its kind leaves a cluster, fewer leave instead.
pub(crate) fn elsewhere(
    fleet: &Fleet<'_>,
    rules: &Rules<'_>,
    counts: &mut Counts,
    unfit: &Unfit,
    evicted: &[Leaving],
) {
    let mut packed = pack(fleet, rules.caps, counts, evicted);
    let mut growth = Growth::new(fleet, rules.caps, counts, &packed);
    let gone = gone(fleet, evicted);
    for ((w, from), missing) in unfit {
        let open: Vec<usize> = (0..fleet.groups.len())
            .filter(|g| fleet.groups[*g].cluster != *from && fleet.groups[*g].elastic())
            .filter(|g| fleet.workloads[*w].eligible[*g] && !fleet.bound_to_spot_rule(*w, *g))
            .filter(|g| {
                fleet.tier(*g) == Tier::Private
                    || (!standing_by(fleet, *w) && !low_priority(fleet, rules.caps, *w))
            })
            .collect();
        for _ in 0..*missing {
            let leaving = |g: usize| counts.stay[*w][g] < still_on_nodes(fleet, &gone, *w, g);
            let found = open.iter().find(|g| {
                let to = fleet.groups[**g].cluster;
                let shut = public_left(fleet, counts, *w) == 0 && fleet.tier(**g) == Tier::Public;
                let allowed = !shut
                    && (leaving(**g)
                        || !leaves(fleet, counts, *w, fleet.clusters[to].groups.clone())
                            && !cut_off(fleet, counts, rules.cuts, *w, to))
                    && blocked(fleet, rules.demand, counts, *w, *from, to).is_none();
                if !allowed || !growth.send(fleet, *w, **g) {
                    return false;
                }
                let found = put_in(fleet, &mut growth, &mut packed, *w, **g);
                if !found {
                    growth.send_not(fleet, *w, **g);
                }
                found
            });
            let Some(g) = found else {
                break;
            };
            if leaving(*g) {
                counts.stay[*w][*g] += 1;
            } else {
                counts.add[*w][*g] += 1;
            }
        }
    }
}

/// Cuts every workload at home to what is added there: more comes only where it is shown to fit
/// beside the rest.
pub(crate) fn hold_at_home(fleet: &Fleet<'_>, cuts: &mut Cuts, counts: &Counts) {
    for w in 0..fleet.workloads.len() {
        for c in homes(fleet) {
            let added = counts.added(fleet, w, c);
            let most = cuts.adds.entry((w, c)).or_insert(added);
            if *most >= added {
                *most = added;
                cuts.fitted.insert((w, c));
            }
        }
    }
}

/// Takes what finds no node out of the plan until all that is left does; returns what went.
pub(crate) fn without_unfit(
    fleet: &Fleet<'_>,
    rules: &Rules<'_>,
    counts: &mut Counts,
    packed: &mut Packed,
    evicted: &[Leaving],
) -> Unfit {
    let mut gone = Unfit::new();
    loop {
        let unfit = misfits(fleet, rules.caps, rules.cuts, counts, packed);
        if unfit.is_empty() {
            return gone;
        }
        give_up(fleet, counts, evicted, &unfit);
        *packed = pack(fleet, rules.caps, counts, evicted);
        for (at, missing) in unfit {
            *gone.entry(at).or_insert(0) += missing;
        }
    }
}

/// Takes what found no node out of the plan, and with it what may not be on spot without it. What
/// was to stay and is `evicted` is on no node either: left in the plan it would be unfit for ever.
pub(crate) fn give_up(fleet: &Fleet<'_>, counts: &mut Counts, evicted: &[Leaving], unfit: &Unfit) {
    let gone = gone(fleet, evicted);
    for ((w, c), missing) in unfit {
        let mut left = *missing;
        for g in fleet.clusters[*c].groups.clone() {
            let back = counts.add[*w][g].min(left);
            counts.add[*w][g] -= back;
            left -= back;
            let on_nodes = still_on_nodes(fleet, &gone, *w, g);
            let unbound = counts.stay[*w][g].saturating_sub(on_nodes);
            let back = unbound.min(left);
            counts.stay[*w][g] -= back;
            left -= back;
        }
        while !spot_share_kept(fleet, counts, *w, 0) {
            let spot = |g: &usize| fleet.groups[*g].spec.capacity_type == CapacityType::Spot;
            let mut groups = (0..fleet.groups.len()).filter(spot);
            let Some(g) = groups.find(|g| counts.add[*w][*g] > 0) else {
                break;
            };
            counts.add[*w][g] -= 1;
        }
    }
}
