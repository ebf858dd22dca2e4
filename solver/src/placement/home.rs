//! Private first, exactly: what was planned in public and fits at home goes home.
//!
//! Only replicas that do not run yet are moved here; those that run are [`super::recall`]'s.

use crate::capacity::{Fleet, fits};
use crate::policy::{CapacityType, Fill, Tier};

use super::caps::Cap;
use super::fit::{Leaving, Packed, gone, pack_in, put, room_for, still_on_nodes};
use super::input::unfit;
use super::limits::{blocked, cut, homes, kept_out, leaves};
use super::model::{Counts, Cuts, Demand, pinned_down};
use super::tries::Tries;

/// What the rules are asked with.
pub(crate) struct Rules<'a> {
    pub(crate) demand: &'a Demand,
    pub(crate) caps: &'a [Cap],
    pub(crate) cuts: &'a Cuts,
}

/// Moves spilled additions home as far as they fit. Where their kind leaves home, fewer leave
/// instead. Returns whether any did.
pub(crate) fn pull_back(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    counts: &mut Counts,
    packed: &mut Packed,
) -> bool {
    let mut moved = false;
    for (w, p) in spilled_additions(fleet, counts) {
        while counts.add[w][p] > 0 && spot_share_allows(fleet, counts, w, p) {
            let from = fleet.groups[p].cluster;
            let open = || {
                homes(fleet).filter(|c| blocked(fleet, cx.demand, counts, w, from, *c).is_none())
            };
            let kept = open().find_map(|c| given_up(fleet, c, w, counts, packed));
            let slot = kept.or_else(|| {
                open()
                    .filter(|c| !cut(fleet, counts, cx.cuts, w, *c))
                    .filter(|c| !leaves(fleet, counts, w, fleet.clusters[*c].groups.clone()))
                    .find_map(|c| room_for(fleet, c, w, &packed.slots))
            });
            let Some(slot) = slot else {
                break;
            };
            put(fleet, packed, slot, w);
            counts.add[w][p] -= 1;
            let home = packed.slots[slot].group;
            if kept.is_some() {
                counts.stay[w][home] += 1;
            } else {
                counts.add[w][home] += 1;
            }
            moved = true;
        }
    }
    moved
}

/// A cut holds for what else was planned in the cluster when it was found, and room is looked for
/// behind all that lands. Takes home the spilled additions, and the replicas that have no place,
/// that now fit there in every order of the scheduler in spite of a cut, or ahead of lower
/// priorities; returns whose and where, an entry a replica. One at a time, so that all that fitted
/// still fits; the caller packs anew.
pub(crate) fn past_cuts(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    counts: &mut Counts,
    packed: &mut Packed,
    evicted: &[Leaving],
) -> Vec<(usize, usize)> {
    let mut freed = Vec::new();
    let mut tries = Tries::of(fleet);
    for (w, p) in spilled_additions(fleet, counts) {
        let from = fleet.groups[p].cluster;
        while counts.add[w][p] > 0 && spot_share_allows(fleet, counts, w, p) {
            let found = homes(fleet)
                .filter(|c| blocked(fleet, cx.demand, counts, w, from, *c).is_none())
                .find_map(|c| {
                    lands(
                        fleet,
                        cx,
                        counts,
                        packed,
                        evicted,
                        w,
                        Some(p),
                        c,
                        &mut tries,
                    )
                });
            let Some((c, then)) = found else {
                break;
            };
            *counts = then;
            freed.push((w, c));
        }
    }
    for w in by_priority(fleet) {
        while counts.total(w) < cx.demand.desired[w] {
            let found = homes(fleet)
                .filter(|c| cut(fleet, counts, cx.cuts, w, *c))
                .filter(|c| kept_out(fleet, cx.demand, counts, w, *c).is_none())
                .find_map(|c| lands(fleet, cx, counts, packed, evicted, w, None, c, &mut tries));
            let Some((c, then)) = found else {
                break;
            };
            *counts = then;
            freed.push((w, c));
        }
    }
    freed
}

/// Homes whose cut keeps out a replica that runs in public, though one more fits there beside the
/// plan in every order: whose and where. A cut is found for what was planned then, and what is
/// planned now is less. One each: what moves home is [`super::recall`]'s to say.
pub(crate) fn room_behind_cuts(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    counts: &Counts,
    packed: &Packed,
    evicted: &[Leaving],
) -> Vec<(usize, usize)> {
    let runs = |w: usize| {
        let mut groups = (0..fleet.groups.len()).filter(|g| fleet.tier(*g) == Tier::Public);
        fleet.workloads[w].fill == Fill::PrivateFirst && groups.any(|g| counts.stay[w][g] > 0)
    };
    let mut tries = Tries::of(fleet);
    (0..fleet.workloads.len())
        .filter(|w| runs(*w))
        .flat_map(|w| homes(fleet).map(move |c| (w, c)))
        .filter(|(w, c)| cut(fleet, counts, cx.cuts, *w, *c))
        .filter(|(w, c)| !leaves(fleet, counts, *w, fleet.clusters[*c].groups.clone()))
        .filter(|(w, c)| {
            lands(fleet, cx, counts, packed, evicted, *w, None, *c, &mut tries).is_some()
        })
        .collect()
}

/// The plan with one more replica of `w` at home in `c`, and one less added in public group `from`,
/// if it fits there beside the rest in every order: where one of its kind would leave, in room that is left, or among and ahead of
/// those of its priority and lower ones that land there too.
#[expect(clippy::too_many_arguments, reason = "a question about a whole plan")]
fn lands(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    counts: &Counts,
    packed: &Packed,
    evicted: &[Leaving],
    w: usize,
    from: Option<usize>,
    c: usize,
    tries: &mut Tries,
) -> Option<(usize, Counts)> {
    let groups = || fleet.clusters[c].groups.clone();
    let leaves = leaves(fleet, counts, w, groups());
    let group = if leaves {
        let gone = gone(fleet, evicted);
        groups().find(|g| counts.stay[w][*g] < still_on_nodes(fleet, &gone, w, *g))
    } else {
        may_land(fleet, cx, counts, packed, w, c)
    }?;
    if !tries.take() {
        return None;
    }
    let mut then = counts.clone();
    if let Some(from) = from {
        then.add[w][from] -= 1;
    }
    let more = if leaves {
        &mut then.stay
    } else {
        &mut then.add
    };
    more[w][group] += 1;
    fits_all(fleet, cx, &then, evicted, c).then_some((c, then))
}

/// The group at home in `c` where one more replica of `w` has room, or may have it among and ahead
/// of others that land.
fn may_land(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    counts: &Counts,
    packed: &Packed,
    w: usize,
    c: usize,
) -> Option<usize> {
    if cut(fleet, counts, cx.cuts, w, c) && !cx.cuts.of_this_tick(fleet, w, c) {
        return None;
    }
    let workload = &fleet.workloads[w];
    let room = room_for(fleet, c, w, &packed.slots).map(|slot| packed.slots[slot].group);
    room.or_else(|| {
        let behind =
            |v: &usize| *v != w && fleet.workloads[*v].spec.priority <= workload.spec.priority;
        let mut after = (0..fleet.workloads.len()).filter(behind);
        let ahead = after.any(|v| counts.added(fleet, v, c) > 0);
        let mut groups = fleet.clusters[c].groups.clone();
        groups.find(|g| ahead && workload.eligible[*g] && !fleet.groups[*g].nodes.is_empty())
    })
}

/// Whether all that `then` has in cluster `c` finds a node.
fn fits_all(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    then: &Counts,
    evicted: &[Leaving],
    c: usize,
) -> bool {
    let found = pack_in(fleet, cx.caps, then, evicted, c..c + 1);
    unfit(fleet, cx.cuts, then, &found).is_empty()
}

/// Whether a replica of `w` may leave public group `p` without those that remain being too
/// largely on spot.
pub(crate) fn spot_share_allows(fleet: &Fleet<'_>, counts: &Counts, w: usize, p: usize) -> bool {
    fleet.groups[p].spec.capacity_type == CapacityType::Spot || spot_share_kept(fleet, counts, w, 1)
}

/// Whether `w` is not too largely on spot once `leaving` more of its public replicas leave what is
/// paid in full. What runs there already may stay, so only additions count.
pub(crate) fn spot_share_kept(fleet: &Fleet<'_>, counts: &Counts, w: usize, leaving: u64) -> bool {
    let percent = u64::from(fleet.workloads[w].policy.spot.max_percent);
    if percent >= 100 {
        return true;
    }
    let (mut spot, mut public, mut more) = (0, 0, 0);
    for g in (0..fleet.groups.len()).filter(|g| fleet.tier(*g) == Tier::Public) {
        let here = counts.stay[w][g] + counts.add[w][g];
        public += u64::from(here);
        if fleet.groups[g].spec.capacity_type == CapacityType::Spot {
            spot += u64::from(here);
            more += here.saturating_sub(fleet.workloads[w].holding[g]);
        }
    }
    more == 0 || spot * 100 <= percent * public.saturating_sub(leaving)
}

/// Lets replicas at home stay in the place of spilled ones: of a workload that gives up some,
/// those in public go first, even where a core at home costs more than a public node's rest.
/// Returns whether any do.
pub(crate) fn keep_home(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    counts: &mut Counts,
    packed: &mut Packed,
) -> bool {
    let mut kept = false;
    for (w, workload) in fleet.workloads.iter().enumerate() {
        if workload.fill == Fill::Cheapest {
            continue;
        }
        for p in (0..fleet.groups.len()).filter(|g| fleet.tier(*g) == Tier::Public) {
            let from = fleet.groups[p].cluster;
            if pinned_down(fleet, from) {
                continue;
            }
            while counts.stay[w][p] > 0 && spot_share_allows(fleet, counts, w, p) {
                let slot = homes(fleet)
                    .filter(|c| blocked(fleet, cx.demand, counts, w, from, *c).is_none())
                    .find_map(|c| given_up(fleet, c, w, counts, packed));
                let Some(slot) = slot else {
                    break;
                };
                put(fleet, packed, slot, w);
                counts.stay[w][p] -= 1;
                counts.stay[w][packed.slots[slot].group] += 1;
                kept = true;
            }
        }
    }
    kept
}

/// Where one replica of `w` at home in `c` that the plan gives up could stay: on the node it
/// leaves, or where one that is on no node yet would land.
fn given_up(
    fleet: &Fleet<'_>,
    c: usize,
    w: usize,
    counts: &Counts,
    packed: &Packed,
) -> Option<usize> {
    let workload = &fleet.workloads[w];
    let fits_on = |n: usize| fits(&workload.request, &packed.slots[n].room);
    fleet.clusters[c]
        .groups
        .clone()
        .filter(|g| counts.stay[w][*g] < workload.holding[*g])
        .find_map(|g| {
            let left = |l: &&Leaving| l.workload == w && fleet.nodes[l.node].group == g;
            let on_node = packed.leaving.iter().filter(left).map(|l| l.node);
            if counts.stay[w][g] < workload.on_nodes[g] {
                on_node.into_iter().find(|n| fits_on(*n))
            } else {
                room_for(fleet, c, w, &packed.slots).filter(|s| packed.slots[*s].group == g)
            }
        })
}

/// Workloads that fill private first and public groups where replicas of theirs are added, by
/// priority.
pub(crate) fn spilled_additions(fleet: &Fleet<'_>, counts: &Counts) -> Vec<(usize, usize)> {
    let mut all: Vec<(usize, usize)> = (0..fleet.workloads.len())
        .filter(|w| fleet.workloads[*w].fill == Fill::PrivateFirst)
        .flat_map(|w| (0..fleet.groups.len()).map(move |g| (w, g)))
        .filter(|(w, g)| fleet.tier(*g) == Tier::Public && counts.add[*w][*g] > 0)
        .collect();
    // Spot comes home before what is paid in full: its share of the rest can only fall.
    all.sort_by_key(|(w, g)| {
        let paid = fleet.groups[*g].spec.capacity_type != CapacityType::Spot;
        let priority = std::cmp::Reverse(fleet.workloads[*w].spec.priority);
        (priority, *w, paid, *g)
    });
    all
}

/// Workloads, the highest priority first.
pub(crate) fn by_priority(fleet: &Fleet<'_>) -> Vec<usize> {
    let mut all: Vec<usize> = (0..fleet.workloads.len()).collect();
    all.sort_by_key(|w| (std::cmp::Reverse(fleet.workloads[*w].spec.priority), *w));
    all
}

/// Notes that running replicas leave a certain node.
pub(crate) fn evict(evicted: &mut Vec<Leaving>, workload: usize, node: usize, replicas: u32) {
    match evicted
        .iter_mut()
        .find(|e| e.workload == workload && e.node == node)
    {
        Some(e) => e.replicas += replicas,
        None => evicted.push(Leaving {
            workload,
            node,
            replicas,
        }),
    }
}
