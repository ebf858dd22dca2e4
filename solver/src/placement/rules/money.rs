//! Money caps, and what their ladder gives to low priority.

use crate::capacity::Fleet;
use crate::decision::CapRung;
use crate::placement::caps::Cap;
use crate::placement::model::{Demand, Problem};
use crate::placement::terms::{Builder, Sum};
use crate::policy::Placement;

use super::share_up;

/// Money caps bind new spill; running nodes too where they are shed at the cap. Floors may
/// overrun them. Returns the overrun.
pub(super) fn money(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>, caps: &[Cap]) -> Sum {
    let mut overrun = Sum::default();
    for cap in caps {
        let mut sum = Sum::default();
        for (g, counts) in cap.counts.iter().enumerate() {
            if *counts {
                sum.add(p.nodes[g], fleet.groups[g].price.0);
            }
            for w in 0..fleet.workloads.len() {
                let each = cap.each_sends(fleet, w, g);
                sum.add(p.stay[w][g], each);
                sum.add(p.add[w][g], each);
            }
        }
        let beyond = b.var(0, MOST_OVERRUN);
        sum.add(beyond, -1);
        overrun.add(beyond, 1);
        b.most(sum, cap.most);
    }
    overrun
}

/// A thousand dollars per hour beyond a cap: more than any floor needs, small enough for the
/// backend's integers.
const MOST_OVERRUN: i64 = 1_000_000_000;

/// Whether the ladder gives `w` no new burst: its policy's cap is nearly reached and its
/// priority is low.
pub(crate) fn low_priority(fleet: &Fleet<'_>, caps: &[Cap], w: usize) -> bool {
    let workload = &fleet.workloads[w];
    caps.iter().any(|cap| {
        let burst = fleet.bursts[cap.policy];
        burst.name == workload.spec.policy
            && cap.rung >= CapRung::NoLowPriorityBurst
            && workload.spec.priority < burst.caps.ladder.low_priority_below
    })
}

/// How many more replicas `w` is owed in cluster `c` by mandatory floors: its minimum, its
/// bound there, what shall survive the loss of any one other cluster.
pub(crate) fn owed(fleet: &Fleet<'_>, demand: &Demand, w: usize, c: usize) -> u32 {
    let workload = &fleet.workloads[w];
    let held = |groups: &mut dyn Iterator<Item = usize>| -> u32 {
        groups
            .filter(|g| !fleet.gone(w, fleet.groups[*g].cluster))
            .map(|g| workload.holding[g])
            .sum()
    };
    let everywhere = held(&mut (0..fleet.groups.len()));
    let per_cluster = |c: usize| held(&mut fleet.clusters[c].groups.clone());
    let here = per_cluster(c);
    let others = (0..fleet.clusters.len()).filter(|other| *other != c);
    let worst_loss = others.map(per_cluster).max();
    let name = &fleet.clusters[c].spec.name;
    let bounds = workload.spec.cluster_bounds.iter();
    let bound = bounds.filter(|b| b.cluster == *name).map(|b| b.min).max();
    let survive = share_up(
        demand.desired[w],
        i64::from(workload.policy.survive_percent.min(100)),
    );
    let survive = u32::try_from(survive).unwrap_or(u32::MAX);
    let one = u32::from(workload.policy.placement == Placement::ActiveActive);
    demand.floor[w]
        .saturating_sub(everywhere)
        .max(bound.unwrap_or(0).saturating_sub(here))
        .max(worst_loss.map_or(0, |lost| survive.saturating_sub(everywhere - lost)))
        .max(one.saturating_sub(here))
}
