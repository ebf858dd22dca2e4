//! What is mandatory: minimums, bounds in clusters, survivability; and what runs together.

use crate::capacity::{Condition, Fleet};
use crate::placement::model::{Demand, Problem, pinned_down};
use crate::placement::terms::{Builder, Sum, Term};
use crate::policy::Placement;

use super::{everywhere, nodes_of, share_up, within};

/// `floors` grows by the variable of what is missing of `wanted`.
pub(super) fn floor(b: &mut Builder, floors: &mut Sum, mut have: Sum, wanted: i64) {
    if wanted <= 0 || (have.terms.is_empty() && have.constant >= wanted) {
        return;
    }
    let missing = b.var(0, wanted);
    have.add(missing, 1);
    floors.add(missing, 1);
    b.least(have, wanted);
}

/// The minimum of the moment is mandatory.
pub(super) fn minimums(
    b: &mut Builder,
    p: &Problem,
    fleet: &Fleet<'_>,
    demand: &Demand,
    floors: &mut Sum,
) {
    for w in 0..fleet.workloads.len() {
        let wanted = demand.floor[w].min(demand.desired[w]);
        floor(b, floors, everywhere(p, w), i64::from(wanted));
    }
}

/// A workload's bounds in single clusters are mandatory.
pub(super) fn cluster_bounds(
    b: &mut Builder,
    p: &Problem,
    fleet: &Fleet<'_>,
    demand: &Demand,
    floors: &mut Sum,
) {
    for (w, workload) in fleet.workloads.iter().enumerate() {
        for (c, cluster) in fleet.clusters.iter().enumerate() {
            let Some(bound) = workload
                .spec
                .cluster_bounds
                .iter()
                .find(|b| b.cluster == cluster.spec.name)
            else {
                continue;
            };
            let here = within(p, w, cluster.groups.clone());
            if let Some(most) = bound.max {
                let most = i64::from(most);
                let held = here.constant.max(most);
                b.most(
                    here.clone(),
                    if pinned_down(fleet, c) { held } else { most },
                );
            }
            if !fleet.gone(w, c) {
                floor(b, floors, here, i64::from(bound.min.min(demand.desired[w])));
            }
        }
    }
}

/// When any one cluster is lost, the asked share shall still run. Soft: what cannot be reached
/// is counted, the least of all clusters, and reported.
pub(super) fn survivability(
    b: &mut Builder,
    p: &Problem,
    fleet: &Fleet<'_>,
    demand: &Demand,
    floors: &mut Sum,
) {
    for (w, workload) in fleet.workloads.iter().enumerate() {
        let wanted = share_up(
            demand.desired[w],
            i64::from(workload.policy.survive_percent.min(100)),
        );
        if wanted <= 0 {
            continue;
        }
        let missing = b.var(0, wanted);
        floors.add(missing, 1);
        for cluster in &fleet.clusters {
            let elsewhere = (0..fleet.groups.len()).filter(|g| !cluster.groups.contains(g));
            let mut sum = within(p, w, elsewhere);
            sum.add(missing, 1);
            b.least(sum, wanted);
        }
    }
}

/// Every eligible cluster that takes replicas keeps one.
pub(super) fn active_active(
    b: &mut Builder,
    p: &Problem,
    fleet: &Fleet<'_>,
    demand: &Demand,
    floors: &mut Sum,
) {
    for (w, workload) in fleet.workloads.iter().enumerate() {
        if workload.policy.placement != Placement::ActiveActive {
            continue;
        }
        let open: Vec<usize> = (0..fleet.clusters.len())
            .filter(|c| fleet.clusters[*c].condition == Condition::Usable)
            .filter(|c| {
                fleet.clusters[*c]
                    .groups
                    .clone()
                    .any(|g| workload.eligible[g])
            })
            .collect();
        if nodes_of(open.len()) <= i64::from(demand.desired[w]) {
            for c in open {
                floor(b, floors, within(p, w, fleet.clusters[c].groups.clone()), 1);
            }
        }
    }
}

/// The workloads of a co-placement group run in one cluster.
pub(super) fn co_placement(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>, demand: &Demand) {
    for group in &fleet.together {
        let mut chosen = Sum::default();
        let here: Vec<Term> = fleet.clusters.iter().map(|_| b.var(0, 1)).collect();
        for y in &here {
            chosen.add(*y, 1);
        }
        b.most(chosen, 1);
        for w in &group.members {
            for (c, cluster) in fleet.clusters.iter().enumerate() {
                let mut sum = within(p, *w, cluster.groups.clone());
                if sum.terms.is_empty() && sum.constant > 0 {
                    continue;
                }
                sum.add(here[c], -i64::from(demand.desired[*w]));
                b.most(sum, 0);
            }
        }
    }
}
