//! A higher priority takes a lower one's place at home before it spills.
//!
//! Only replicas that do not run yet take places; what gives way goes where they would have gone,
//! and [`super::steps`] makes it there before it breaks it here.

use std::collections::BTreeMap;

use crate::capacity::{Fleet, add_amounts, fits, nothing};
use crate::policy::Tier;

use super::fit::{Leaving, Packed, open_to, pack, pack_in, room_for};
use super::home::{Rules, evict, spilled_additions, spot_share_allows};
use super::input::unfit;
use super::limits::{blocked, cut, homes, leaves, public_left};
use super::model::{Counts, standing_by};
use super::restraint::templates_differ;
use super::rules::low_priority;
use super::tries::Tries;

/// How many swaps are tried past a cut before a replica is left where it is. Each costs a fit of the
/// whole fleet; fewer leave lower priorities in places that a higher one could take.
const TRIES: usize = 8;

/// A displaced replica: workload, and the clusters it goes from and to.
pub(crate) type Displaced = BTreeMap<(usize, usize, usize), u32>;

/// Lets spilled additions take the places of lower priorities at home, which take theirs. A cut of
/// this tick holds for what else was planned there: in spite of one a swap is made where the plan
/// with it is shown to fit, be it a cut of what comes or of what goes. Whose such cuts these were
/// and where is put to `freed`, an entry a replica.
pub(crate) fn displace(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    counts: &mut Counts,
    packed: &mut Packed,
    evicted: &mut Vec<Leaving>,
    freed: &mut Vec<(usize, usize)>,
) -> Displaced {
    let mut displaced = Displaced::new();
    for (w, p) in spilled_additions(fleet, counts) {
        let from = fleet.groups[p].cluster;
        while counts.add[w][p] > 0 && spot_share_allows(fleet, counts, w, p) {
            let swapped = homes(fleet).find_map(|c| {
                let past_cut = cut(fleet, counts, cx.cuts, w, c);
                if blocked(fleet, cx.demand, counts, w, from, c).is_some()
                    || leaves(fleet, counts, w, fleet.clusters[c].groups.clone())
                    || (past_cut && !cx.cuts.of_this_tick(fleet, w, c))
                {
                    return None;
                }
                let wish = Wish { w, p, c, past_cut };
                let swaps = find_swaps(fleet, cx, counts, packed, wish);
                swaps.into_iter().take(TRIES).find_map(|swap| {
                    let cut_there = cut(fleet, counts, cx.cuts, swap.victim, from);
                    if past_cut || cut_there {
                        let mut then = (counts.clone(), packed.clone(), evicted.clone());
                        let (counts_then, packed_then, evicted_then) = &mut then;
                        make(fleet, counts_then, packed_then, evicted_then, w, p, &swap);
                        then.1 = pack(fleet, cx.caps, &then.0, &then.2);
                        if !unfit(fleet, cx.cuts, &then.0, &then.1).is_empty() {
                            return None;
                        }
                        (*counts, *packed, *evicted) = then;
                    } else {
                        make(fleet, counts, packed, evicted, w, p, &swap);
                    }
                    let came = past_cut.then_some((swap.taken, (w, c)));
                    let went = cut_there.then_some((swap.count, (swap.victim, from)));
                    for (count, at) in came.into_iter().chain(went) {
                        freed.extend((0..count).map(|_| at));
                    }
                    Some((swap.victim, c, swap.count))
                })
            });
            let Some((victim, home, count)) = swapped else {
                break;
            };
            *displaced.entry((victim, home, from)).or_insert(0) += count;
        }
    }
    displaced
}

/// What gave way for nothing stays after all: swaps made after it may have left room in which all
/// land without its place. Returns whether any does; the caller packs anew.
pub(crate) fn stay_after_all(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    counts: &mut Counts,
    packed: &Packed,
    evicted: &mut Vec<Leaving>,
    displaced: &mut Displaced,
) -> bool {
    let mut any = false;
    let mut tries = Tries::of(fleet);
    for at in (0..evicted.len()).rev() {
        // Where the plan leaves no room for one of it, all do not land without its place.
        let leaves = &evicted[at];
        let home = fleet.groups[fleet.nodes[leaves.node].group].cluster;
        if room_for(fleet, home, leaves.workload, &packed.slots).is_none() {
            continue;
        }
        while let Some(leaving) = evicted.get(at).cloned() {
            if !tries.take() {
                return any;
            }
            let Some(then) = stays(fleet, cx, counts, evicted, at) else {
                break;
            };
            (*counts, *evicted) = then;
            any = true;
            let mut noted = displaced.range_mut((leaving.workload, home, 0)..);
            if let Some(((w, from, _), count)) = noted.next()
                && (*w, *from) == (leaving.workload, home)
            {
                *count -= 1;
            }
            displaced.retain(|_, count| *count > 0);
            if leaving.replicas == 1 {
                break;
            }
        }
    }
    any
}

/// The plan in which one replica of those that leave a node stays there, and one fewer is added
/// elsewhere, in public before at home; `None` where a rule or want of room is against it.
fn stays(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    counts: &Counts,
    evicted: &[Leaving],
    at: usize,
) -> Option<(Counts, Vec<Leaving>)> {
    let w = evicted[at].workload;
    let home = fleet.nodes[evicted[at].node].group;
    let c = fleet.groups[home].cluster;
    let mut added: Vec<usize> = (0..fleet.groups.len())
        .filter(|g| counts.add[w][*g] > 0 && fleet.groups[*g].cluster != c)
        .collect();
    added.sort_by_key(|g| fleet.tier(*g) == Tier::Private);
    let from = added.into_iter().find(|g| {
        blocked(fleet, cx.demand, counts, w, fleet.groups[*g].cluster, c).is_none()
            && (fleet.tier(*g) == Tier::Private || spot_share_allows(fleet, counts, w, *g))
    })?;
    let mut then = counts.clone();
    then.add[w][from] -= 1;
    then.stay[w][home] += 1;
    let mut leaving = evicted.to_vec();
    leaving[at].replicas -= 1;
    leaving.retain(|l| l.replicas > 0);
    // A look at the one cluster spares most fits of the whole fleet.
    let all_land = pack_in(fleet, cx.caps, &then, &leaving, c..c + 1);
    let all_land = unfit(fleet, cx.cuts, &then, &all_land).is_empty() && {
        let packed = pack(fleet, cx.caps, &then, &leaving);
        unfit(fleet, cx.cuts, &then, &packed).is_empty()
    };
    all_land.then_some((then, leaving))
}

/// `taken` spilled replicas on slot `away` take the places of `count` of `victim` on slot `home`.
struct Swap {
    victim: usize,
    count: u32,
    taken: u32,
    home: usize,
    away: usize,
}

/// Replicas of `w` that are added in public group `p` would rather be in cluster `c`.
#[derive(Clone, Copy)]
struct Wish {
    w: usize,
    p: usize,
    c: usize,
    /// Whether a cut that keeps them out of `c` is looked past.
    past_cut: bool,
}

/// The swaps that bring home the fewest: a victim that is larger than what comes needs the places
/// of several. Of these the ones that displace the lowest priority come first, then the fewest
/// replicas, then by name.
fn find_swaps(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    counts: &Counts,
    packed: &Packed,
    wish: Wish,
) -> Vec<Swap> {
    let Wish { w, p, .. } = wish;
    let slots = packed.slots.iter().enumerate();
    let away = slots
        .filter(|(_, s)| s.group == p)
        .filter_map(|(i, s)| Some((*s.ours.get(&w)?, std::cmp::Reverse(i), i)))
        .max();
    let Some((there, _, away)) = away else {
        return Vec::new();
    };
    let most = there.min(counts.add[w][p]);
    (1..=most)
        .take_while(|taken| comes_home(fleet, cx, counts, wish, *taken))
        .map(|taken| swaps_of(fleet, cx, counts, packed, wish, away, taken))
        .find(|swaps| !swaps.is_empty())
        .unwrap_or_default()
}

/// Whether the rules let `taken` replicas come. They do for the first; what keeps out one keeps
/// out those after it too.
fn comes_home(fleet: &Fleet<'_>, cx: &Rules<'_>, counts: &Counts, wish: Wish, taken: u32) -> bool {
    let Wish { w, p, c, past_cut } = wish;
    if taken == 1 {
        return true;
    }
    let mut then = counts.clone();
    then.add[w][p] -= taken - 1;
    then.add[w][fleet.clusters[c].groups.start] += taken - 1;
    blocked(fleet, cx.demand, &then, w, fleet.groups[p].cluster, c).is_none()
        && (past_cut || !cut(fleet, &then, cx.cuts, w, c))
        && spot_share_allows(fleet, &then, w, p)
}

/// The swaps of `taken` replicas, in the order in which they are tried.
fn swaps_of(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    counts: &Counts,
    packed: &Packed,
    wish: Wish,
    away: usize,
    taken: u32,
) -> Vec<Swap> {
    let Wish { w, p, c, .. } = wish;
    let workload = &fleet.workloads[w];
    let mut come = nothing(&workload.request);
    add_amounts(&mut come, &workload.request, i64::from(taken));
    let mut freed = packed.slots[away].room.clone();
    add_amounts(&mut freed, &come, 1);
    let mut swaps = Vec::new();
    for (home, slot) in packed.slots.iter().enumerate() {
        if fleet.groups[slot.group].cluster != c || !slot.usable || !workload.eligible[slot.group] {
            continue;
        }
        for (victim, there) in &slot.ours {
            let lower = &fleet.workloads[*victim];
            if lower.spec.priority >= workload.spec.priority {
                continue;
            }
            let Some(count) = enough(&come, &slot.room, &lower.request, *there) else {
                continue;
            };
            if !may_give_way(fleet, cx, counts, *victim, slot.group, p, count) {
                continue;
            }
            let same = lower.spec.policy == workload.spec.policy;
            let leaves = if same && workload.policy.max_public_replicas.is_some() {
                taken
            } else {
                0
            };
            if public_left(fleet, counts, *victim).saturating_add(leaves) < count {
                continue;
            }
            let mut needed = nothing(&freed);
            add_amounts(&mut needed, &lower.request, i64::from(count));
            let swap = Swap {
                victim: *victim,
                count,
                taken,
                home,
                away,
            };
            if !fits(&needed, &freed)
                || stays_beside(fleet, cx, counts, packed, *victim, home)
                || !may_send(fleet, cx, counts, wish, &swap)
            {
                continue;
            }
            swaps.push(((lower.spec.priority, count, *victim, home), swap));
        }
    }
    swaps.sort_by_key(|(key, _)| *key);
    swaps.into_iter().map(|(_, swap)| swap).collect()
}

/// Whether money caps allow what the victims send from where the others would have sent.
fn may_send(fleet: &Fleet<'_>, cx: &Rules<'_>, counts: &Counts, wish: Wish, swap: &Swap) -> bool {
    cx.caps.iter().all(|cap| {
        let comes = cap.each_sends(fleet, swap.victim, wish.p) * i64::from(swap.count);
        let goes = cap.each_sends(fleet, wish.w, wish.p) * i64::from(swap.taken);
        cap.allows(fleet, counts, comes - goes)
    })
}

/// Whether another node of the victim's cluster has room for it: what gives way would come home
/// again at once, beside the node that it left, and a count that stays the same moves nothing.
fn stays_beside(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    counts: &Counts,
    packed: &Packed,
    victim: usize,
    home: usize,
) -> bool {
    let c = fleet.groups[packed.slots[home].group].cluster;
    let shut = cut(fleet, counts, cx.cuts, victim, c) && !cx.cuts.of_this_tick(fleet, victim, c);
    let request = &fleet.workloads[victim].request;
    let mut others = open_to(fleet, c, victim, &packed.slots).filter(|(slot, _)| *slot != home);
    !shut && others.any(|(_, slot)| fits(request, &slot.room))
}

/// Whether `count` replicas of `victim` in group `home` may go to public group `p` instead. The
/// rules that keep one out keep out those after it too, so that the last one is asked for.
fn may_give_way(
    fleet: &Fleet<'_>,
    cx: &Rules<'_>,
    counts: &Counts,
    victim: usize,
    home: usize,
    p: usize,
    count: u32,
) -> bool {
    let workload = &fleet.workloads[victim];
    let c = fleet.groups[home].cluster;
    let to = fleet.groups[p].cluster;
    // Of group `p` itself what was to go stays instead, see [`move_out`].
    let others = fleet.clusters[to].groups.clone().filter(|g| *g != p);
    let open = workload.eligible[p]
        && !leaves(fleet, counts, victim, others)
        && workload.spec.co_placement.is_none()
        && !fleet.bound_to_spot_rule(victim, p)
        && !standing_by(fleet, victim)
        && !low_priority(fleet, cx.caps, victim)
        && !templates_differ(fleet, victim, c, to);
    let allows = |counts: &Counts| {
        let shut = cut(fleet, counts, cx.cuts, victim, to);
        (!shut || cx.cuts.of_this_tick(fleet, victim, to))
            && blocked(fleet, cx.demand, counts, victim, c, to).is_none()
    };
    if !open || !allows(counts) {
        return false;
    }
    count == 1 || {
        let mut then = counts.clone();
        move_out(fleet, &mut then, victim, home, p, count - 1);
        allows(&then)
    }
}

/// The fewest replicas of `each` whose leaving makes `request` fit into `room`.
fn enough(request: &[i64], room: &[i64], each: &[i64], there: u32) -> Option<u32> {
    let mut count = 0;
    for ((need, have), freed) in request.iter().zip(room).zip(each) {
        if *need == 0 || need <= have {
            continue;
        }
        if *freed <= 0 {
            return None;
        }
        let lacking = (need - have + freed - 1) / freed;
        count = count.max(u32::try_from(lacking).ok()?);
    }
    (count > 0 && count <= there).then_some(count)
}

/// Makes the swap. Victims that run leave their node.
fn make(
    fleet: &Fleet<'_>,
    counts: &mut Counts,
    packed: &mut Packed,
    evicted: &mut Vec<Leaving>,
    w: usize,
    p: usize,
    swap: &Swap,
) {
    let home = packed.slots[swap.home].group;
    let shift = |packed: &mut Packed, slot: usize, who: usize, by: i64| {
        let s = &mut packed.slots[slot];
        add_amounts(&mut s.room, &fleet.workloads[who].request, -by);
        let count = i64::from(s.ours.get(&who).copied().unwrap_or(0)) + by;
        match u32::try_from(count) {
            Ok(count) if count > 0 => s.ours.insert(who, count),
            _ => s.ours.remove(&who),
        };
    };
    shift(packed, swap.home, swap.victim, -i64::from(swap.count));
    shift(packed, swap.home, w, i64::from(swap.taken));
    shift(packed, swap.away, w, -i64::from(swap.taken));
    shift(packed, swap.away, swap.victim, i64::from(swap.count));
    counts.add[w][p] -= swap.taken;
    counts.add[w][home] += swap.taken;
    let running = move_out(fleet, counts, swap.victim, home, p, swap.count);
    if let Some(node) = packed.slots[swap.home].node
        && running > 0
    {
        evict(evicted, swap.victim, node, running);
    }
}

/// Plans `count` replicas of `victim`, predicted in group `home`, in public group `p` instead:
/// those that are added in its cluster first, of whichever group they were planned in, then
/// those that run in it. Returns how many of the latter.
fn move_out(
    fleet: &Fleet<'_>,
    counts: &mut Counts,
    victim: usize,
    home: usize,
    p: usize,
    count: u32,
) -> u32 {
    let cluster = fleet.clusters[fleet.groups[home].cluster].groups.clone();
    let mut left = count;
    for g in std::iter::once(home).chain(cluster) {
        let added = counts.add[victim][g].min(left);
        counts.add[victim][g] -= added;
        left -= added;
    }
    let running = counts.stay[victim][home].min(left);
    counts.stay[victim][home] -= running;
    // What is there already, and was to go again, stays.
    let moved = count - (left - running);
    let there = fleet.workloads[victim].holding[p].saturating_sub(counts.stay[victim][p]);
    counts.stay[victim][p] += there.min(moved);
    counts.add[victim][p] += moved - there.min(moved);
    running
}
