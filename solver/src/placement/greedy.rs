//! One replica after another, the cheapest place next: what people would do without a solver.
//!
//! It prices the same tick in other ways, and stands in when the backend gives no answer.

use crate::capacity::{Amounts, Condition, Fleet, add_amounts, fits, nothing, times};
use crate::policy::Tier;

use super::model::{Counts, Demand};

/// Which clusters may be used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Private first, then public.
    PrivateFirst,
    /// Private ones only.
    PrivateOnly,
    /// Public ones only.
    PublicOnly,
}

/// Places every desired replica anew, by priority and name. Rates of nodes, and of what public
/// replicas send, may not exceed `allowed` in all, so that it stays below any money cap.
pub(crate) fn place(fleet: &Fleet<'_>, demand: &Demand, which: Use, allowed: i64) -> Counts {
    let mut counts = Counts::none(fleet);
    let mut room: Vec<Amounts> = Vec::new();
    for (g, group) in fleet.groups.iter().enumerate() {
        if group.elastic() {
            room.push(nothing(&group.fresh));
        } else {
            room.push(group.capacity.clone());
            counts.nodes[g] = group.held();
        }
    }
    let mut rate = 0;
    let mut order: Vec<usize> = (0..fleet.workloads.len()).collect();
    order.sort_by_key(|w| (std::cmp::Reverse(fleet.workloads[*w].spec.priority), *w));
    for w in order {
        let mut left = demand.desired[w];
        while left > 0 {
            let Some(g) = cheapest(fleet, which, &room, &counts, w, allowed - rate) else {
                break;
            };
            let request = &fleet.workloads[w].request;
            if !fits(request, &room[g]) {
                add_amounts(&mut room[g], &fleet.groups[g].fresh, 1);
                counts.nodes[g] += 1;
                rate += fleet.groups[g].price.0;
            }
            // As long as the place has room nothing becomes cheaper than it, so its rest is
            // filled at once.
            let open = fleet.clusters[fleet.groups[g].cluster].condition == Condition::Usable;
            let most = if open { left } else { 1 };
            let each = sends(fleet, w, g);
            let paid = (allowed - rate).checked_div(each).unwrap_or(i64::MAX);
            let most = most.min(u32::try_from(paid).unwrap_or(u32::MAX));
            let count = times(request, &room[g], most);
            add_amounts(&mut room[g], request, -i64::from(count));
            let holding = fleet.workloads[w].holding[g];
            let stay = holding.saturating_sub(counts.stay[w][g]).min(count);
            counts.stay[w][g] += stay;
            counts.add[w][g] += count - stay;
            left -= count;
            rate += each * i64::from(count);
        }
    }
    counts
}

/// The group where one more replica of `w` costs least: tier first where private fills first,
/// then what is paid more, then by name.
fn cheapest(
    fleet: &Fleet<'_>,
    which: Use,
    room: &[Amounts],
    counts: &Counts,
    w: usize,
    left: i64,
) -> Option<usize> {
    let workload = &fleet.workloads[w];
    (0..fleet.groups.len())
        .filter(|g| workload.eligible[*g] && allowed_tier(which, fleet.tier(*g)))
        .filter(|g| {
            let c = fleet.groups[*g].cluster;
            fleet.clusters[c].condition == Condition::Usable
                || counts.stay[w][*g] < workload.holding[*g]
        })
        .filter_map(|g| {
            let group = &fleet.groups[g];
            let node = if fits(&workload.request, &room[g]) {
                0
            } else {
                let may_grow = group.elastic()
                    && counts.nodes[g] < group.held() + group.growth
                    && fits(&workload.request, &group.fresh)
                    && group.price.0 <= left - sends(fleet, w, g);
                if !may_grow {
                    return None;
                }
                group.price.0
            };
            if sends(fleet, w, g) > left {
                return None;
            }
            let cost = workload.running_cost[group.cluster]
                .weighed
                .saturating_add(node);
            let tier = if which == Use::PrivateFirst {
                fleet.tier(g)
            } else {
                Tier::Private
            };
            Some(((tier, cost, g), g))
        })
        .min()
        .map(|(_, g)| g)
}

/// What one replica of `w` sends from group `g` per hour, where money caps count it.
fn sends(fleet: &Fleet<'_>, w: usize, g: usize) -> i64 {
    match fleet.tier(g) {
        Tier::Public => fleet.workloads[w].running_cost[fleet.groups[g].cluster].egress,
        Tier::Private => 0,
    }
}

fn allowed_tier(which: Use, tier: Tier) -> bool {
    match which {
        Use::PrivateFirst => true,
        Use::PrivateOnly => tier == Tier::Private,
        Use::PublicOnly => tier == Tier::Public,
    }
}
