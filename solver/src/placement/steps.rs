//! From where replicas are to where they shall be, make before break.
//!
//! There is no state of a move: each tick writes what is safe now. Additions go first, within
//! the surge; a removal may take what is not Ready, and Ready ones only as far as those that
//! remain cover what the plan places. Repeated ticks walk the whole way.

use crate::capacity::Fleet;

use super::model::{Counts, pinned_down};

/// `spec.replicas` to write, by workload and cluster.
pub(crate) fn apply(fleet: &Fleet<'_>, counts: &Counts) -> Vec<Vec<u32>> {
    (0..fleet.workloads.len())
        .map(|w| of_workload(fleet, counts, w))
        .collect()
}

fn of_workload(fleet: &Fleet<'_>, counts: &Counts, w: usize) -> Vec<u32> {
    let workload = &fleet.workloads[w];
    let clusters = 0..fleet.clusters.len();
    let spec = |c: usize| workload.existing[c].spec;
    let fixed = |c: usize| pinned_down(fleet, c) || fleet.clusters[c].state.is_none();
    let target = |c: usize| {
        if fixed(c) {
            spec(c)
        } else {
            counts.in_cluster(fleet, w, c)
        }
    };
    let mut apply: Vec<u32> = clusters.clone().map(|c| spec(c).max(target(c))).collect();

    let held: u32 = clusters.clone().map(spec).sum();
    let most = workload
        .spec
        .max_replicas
        .saturating_add(workload.spec.move_surge)
        .max(held);
    let mut order: Vec<usize> = clusters.collect();
    order.sort_by_key(|c| (std::cmp::Reverse(fleet.clusters[*c].spec.tier), *c));
    let mut beyond = apply.iter().sum::<u32>().saturating_sub(most);
    for c in &order {
        let back = (apply[*c] - spec(*c)).min(beyond);
        apply[*c] -= back;
        beyond -= back;
    }

    let ready: u32 = (0..fleet.clusters.len())
        .filter(|c| !fleet.gone(w, *c))
        .map(|c| workload.existing[c].serving())
        .sum();
    let placed: u32 = order.iter().map(|c| counts.in_cluster(fleet, w, *c)).sum();
    let mut spare = ready.saturating_sub(placed);
    for c in order {
        let e = &workload.existing[c];
        let unwanted = spec(c).saturating_sub(target(c));
        let not_ready = spec(c).saturating_sub(e.serving()).min(unwanted);
        let ready_too = (unwanted - not_ready).min(spare);
        spare -= ready_too;
        apply[c] -= not_ready + ready_too;
    }
    apply
}
