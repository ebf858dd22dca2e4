//! The placement as a plan with names, and its reasons.

use crate::capacity::{Condition, Fleet};
use crate::decision::{
    CapState, ClusterPlan, GroupCount, GroupPlan, MoveRationale, MoveReason, Notice, Plan, Step,
    StepKind, Survivability, Victim, WorkloadPlan, WorkloadRationale,
};
use crate::units::{MicroUsd, MicroUsdPerHour};

use super::explain::{self, Facts, Outlook};
use super::recall::of_workload;
use super::{Cap, Demand, Placed};

/// The plan: where replicas shall be, what nodes that takes, and what to write now.
pub(crate) fn plan(
    fleet: &Fleet<'_>,
    demand: &Demand,
    placed: &Placed,
    apply: &[Vec<u32>],
) -> Plan {
    let mut plan = Plan::default();
    for (w, workload) in fleet.workloads.iter().enumerate() {
        let mut clusters = Vec::new();
        for (c, cluster) in fleet.clusters.iter().enumerate() {
            let replicas = placed.counts.in_cluster(fleet, w, c);
            let spec = workload.existing[c].spec;
            if replicas == 0 && apply[w][c] == 0 && spec == 0 {
                continue;
            }
            let groups = cluster
                .groups
                .clone()
                .map(|g| GroupCount {
                    group: fleet.groups[g].spec.name.clone(),
                    replicas: placed.groups[w][g],
                })
                .filter(|g| g.replicas > 0)
                .collect();
            clusters.push(ClusterPlan {
                cluster: cluster.spec.name.clone(),
                replicas,
                apply: apply[w][c],
                groups,
            });
        }
        plan.workloads.push(WorkloadPlan {
            id: workload.spec.id.clone(),
            desired: demand.desired[w].saturating_add(demand.beyond[w]),
            unplaced: demand.desired[w]
                .saturating_sub(placed.counts.total(w))
                .saturating_add(demand.beyond[w]),
            clusters,
            weights: Vec::new(),
        });
    }
    plan.groups = groups(fleet, placed);
    plan.steps = steps(fleet, placed, apply);
    plan.victims = victims(fleet, placed);
    plan
}

fn groups(fleet: &Fleet<'_>, placed: &Placed) -> Vec<GroupPlan> {
    fleet
        .groups
        .iter()
        .zip(&placed.nodes)
        .filter(|(g, planned)| g.held() > 0 || **planned > 0)
        .map(|(g, planned)| GroupPlan {
            cluster: fleet.clusters[g.cluster].spec.name.clone(),
            group: g.spec.name.clone(),
            nodes: g.held(),
            planned: *planned,
            price: g.price,
        })
        .collect()
}

/// Writes in order: additions, then removals, each by workload and cluster.
fn steps(fleet: &Fleet<'_>, placed: &Placed, apply: &[Vec<u32>]) -> Vec<Step> {
    let mut steps = Vec::new();
    for (w, workload) in fleet.workloads.iter().enumerate() {
        for (c, cluster) in fleet.clusters.iter().enumerate() {
            let (from, to) = (workload.existing[c].spec, apply[w][c]);
            if from != to {
                steps.push(Step {
                    workload: workload.spec.id.clone(),
                    cluster: cluster.spec.name.clone(),
                    kind: if to > from {
                        StepKind::Add
                    } else {
                        StepKind::Remove
                    },
                    from,
                    to,
                    reason: move_reason(fleet, placed, w, c),
                });
            }
        }
    }
    steps.sort_by_key(|s| s.kind);
    steps
}

/// Why replicas of `w` move to or from cluster `c`; `None` when they do not.
fn move_reason(fleet: &Fleet<'_>, placed: &Placed, w: usize, c: usize) -> Option<MoveReason> {
    let workload = &fleet.workloads[w];
    let recalled = of_workload(&placed.verdicts, w)
        .iter()
        .any(|v| v.replicas > 0 && (v.from == c || v.to == c));
    let displaced = placed
        .displaced
        .keys()
        .any(|(v, from, to)| *v == w && (*from == c || *to == c));
    let clusters = 0..fleet.clusters.len();
    if recalled {
        Some(MoveReason::Recall)
    } else if displaced {
        Some(MoveReason::Displaced)
    } else if clusters
        .clone()
        .any(|d| fleet.gone(w, d) && fleet.workloads[w].existing[d].spec > 0)
    {
        Some(MoveReason::Failover)
    } else if clusters.clone().any(|d| {
        fleet.clusters[d].condition == Condition::Cordoned
            && fleet.workloads[w].existing[d].spec > 0
    }) {
        Some(MoveReason::Evacuate)
    } else {
        // What the plan wants, for what leaves is written only when the new ones are Ready.
        let planned = |d| placed.counts.in_cluster(fleet, w, d);
        let targets = || workload.existing.iter().enumerate();
        let shrinks = targets().any(|(d, e)| planned(d) < e.spec);
        let grows = targets().any(|(d, e)| planned(d) > e.spec);
        let stuck = targets().any(|(d, e)| planned(d) < e.spec && e.unschedulable > 0);
        match (shrinks && grows, stuck) {
            (false, _) => None,
            (true, true) => Some(MoveReason::Unschedulable),
            // Nothing else moves a running replica against its will.
            (true, false) => Some(MoveReason::Floor),
        }
    }
}

fn victims(fleet: &Fleet<'_>, placed: &Placed) -> Vec<Victim> {
    let mut victims: Vec<Victim> = placed
        .packed
        .leaving
        .iter()
        .map(|l| Victim {
            workload: fleet.workloads[l.workload].spec.id.clone(),
            cluster: fleet.clusters[fleet.groups[fleet.nodes[l.node].group].cluster]
                .spec
                .name
                .clone(),
            node: fleet.nodes[l.node].name.to_owned(),
            replicas: l.replicas,
        })
        .collect();
    victims.sort_by(|a, b| {
        (&a.workload, &a.cluster, &a.node).cmp(&(&b.workload, &b.cluster, &b.node))
    });
    victims
}

/// The placement's part of a workload's reasons, by workload index, and the floors that it does
/// not reach.
pub(crate) fn rationale(
    fleet: &Fleet<'_>,
    demand: &Demand,
    placed: &Placed,
    caps: &[Cap],
) -> (Vec<WorkloadRationale>, Vec<Notice>) {
    let facts = Facts {
        demand,
        counts: &placed.counts,
        cuts: &placed.cuts,
        packed: &placed.packed,
        outlook: Outlook::of(fleet, &placed.counts, &placed.packed),
        caps,
        verdicts: &placed.verdicts,
        nodes: &placed.nodes,
    };
    let unmet = (0..fleet.workloads.len())
        .flat_map(|w| explain::unmet(fleet, &facts, w))
        .collect();
    let reasons = fleet
        .workloads
        .iter()
        .enumerate()
        .map(|(w, workload)| WorkloadRationale {
            id: workload.spec.id.clone(),
            spilled: explain::spilled(fleet, &facts, w),
            unplaced: explain::unplaced(fleet, &facts, w),
            moves: moves(fleet, placed, w),
            survivability: survivability(fleet, placed, w),
            ..WorkloadRationale::default()
        })
        .collect();
    (reasons, unmet)
}

fn moves(fleet: &Fleet<'_>, placed: &Placed, w: usize) -> Vec<MoveRationale> {
    let name = |c: usize| fleet.clusters[c].spec.name.clone();
    let recalls = of_workload(&placed.verdicts, w)
        .iter()
        .map(|v| MoveRationale {
            from: name(v.from),
            to: name(v.to),
            replicas: v.replicas,
            reason: v.reason,
            saving: MicroUsdPerHour(v.saving),
            cost: MicroUsd(v.cost),
        });
    let displaced = placed
        .displaced
        .iter()
        .filter(|((v, _, _), _)| *v == w)
        .map(|((_, from, to), replicas)| MoveRationale {
            from: name(*from),
            to: name(*to),
            replicas: *replicas,
            reason: MoveReason::Displaced,
            saving: MicroUsdPerHour(0),
            cost: MicroUsd(0),
        });
    let mut all: Vec<MoveRationale> = recalls.chain(displaced).collect();
    all.sort_by(|a, b| (&a.from, &a.to, a.reason).cmp(&(&b.from, &b.to, b.reason)));
    all.dedup_by(|next, kept| {
        let same = next.replicas == 0
            && kept.replicas == 0
            && (&next.from, &next.to, next.reason) == (&kept.from, &kept.to, kept.reason);
        if same && next.saving > kept.saving {
            kept.saving = next.saving;
            kept.cost = next.cost;
        }
        same
    });
    all
}

fn survivability(fleet: &Fleet<'_>, placed: &Placed, w: usize) -> Option<Survivability> {
    let wanted_percent = fleet.workloads[w].policy.survive_percent;
    if wanted_percent == 0 {
        return None;
    }
    let total = placed.counts.total(w);
    let largest = (0..fleet.clusters.len())
        .map(|c| placed.counts.in_cluster(fleet, w, c))
        .max()
        .unwrap_or(0);
    let percent = (u64::from(total - largest) * 100)
        .checked_div(u64::from(total))
        .unwrap_or(100);
    Some(Survivability {
        wanted_percent,
        planned_percent: u8::try_from(percent).unwrap_or(100),
    })
}

/// Each cap with the rung that the plan reaches.
pub(crate) fn cap_states(fleet: &Fleet<'_>, placed: &Placed, caps: &[Cap]) -> Vec<CapState> {
    caps.iter()
        .map(|cap| {
            let planned = cap.rate(fleet, &placed.counts, &placed.nodes);
            CapState {
                policy: fleet.bursts[cap.policy].name.clone(),
                allowed: MicroUsdPerHour(cap.allowed),
                planned: MicroUsdPerHour(planned),
                rung: explain::planned_rung(fleet, cap, planned),
            }
        })
        .collect()
}
