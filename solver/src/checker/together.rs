//! Co-placement groups and home: a group is in public as a whole only while no private cluster
//! certainly takes all of it, or while a move of all of it is held back.

use std::collections::BTreeMap;

use crate::decision::SpillReason;
use crate::ids::{ClusterId, WorkloadId};
use crate::policy::{Grower, WorkloadSpec};

use super::bounds::{cluster_max, cluster_min};
use super::closed::closed;
use super::facts::{Facts, Site};
use super::held_back::{
    boot_at_home, held, homes, landing, lasted_and_percent, pays_back, running_cost,
};
use super::prediction::Prediction;
use super::{Findings, Rule};

/// The workloads of the group of `workload`; itself alone where it has none.
pub(super) fn members<'a>(facts: &Facts<'a>, workload: &WorkloadSpec) -> Vec<&'a WorkloadSpec> {
    let all = facts.workloads.values().copied();
    all.filter(|w| {
        w.id == workload.id || (w.co_placement.is_some() && w.co_placement == workload.co_placement)
    })
    .collect()
}

/// Replicas for which their group is the reason: all of them while home takes no whole group,
/// and beside a group that runs those that follow it.
pub(super) fn audit(
    facts: &Facts,
    prediction: &Prediction,
    workload: &WorkloadSpec,
    found: &mut Findings,
) {
    let Some(rationale) = facts.rationale(&workload.id) else {
        return;
    };
    let group = members(facts, workload);
    let by_group = |reason| reason == SpillReason::CoPlacement;
    for spilled in rationale.spilled.iter().filter(|s| by_group(s.reason)) {
        let Some(home) = home_for_all(facts, prediction, &group, &spilled.cluster) else {
            continue;
        };
        let runs = |w: &WorkloadSpec| facts.observed(&w.id, &spilled.cluster).running;
        let planned = facts.replicas(&workload.id, &spilled.cluster);
        let follow = planned.saturating_sub(runs(workload));
        let held = group.iter().any(|w| runs(w) > 0);
        if !held || u64::from(spilled.replicas) > follow {
            found.add(
                Rule::PrivateFirst,
                &workload.id,
                format!(
                    "{} replicas in {} for {}, and {} takes all of the group",
                    spilled.replicas, spilled.cluster, spilled.reason, home.spec.name
                ),
            );
        }
    }
}

/// A private cluster that certainly takes all of the group, which is planned in `from` alone.
fn home_for_all<'f, 'a>(
    facts: &'f Facts<'a>,
    prediction: &Prediction<'a>,
    group: &[&'a WorkloadSpec],
    from: &ClusterId,
) -> Option<&'f Site<'a>> {
    let elsewhere = |w: &&WorkloadSpec| {
        let mut sites = facts.sites.keys();
        sites.any(|c| *c != from && facts.replicas(&w.id, c) > 0)
    };
    let tied =
        |w: &&WorkloadSpec| !facts.private_first(w) || w.unmodelled || cluster_min(w, from) > 0;
    if group.iter().any(|w| elsewhere(w) || tied(w)) {
        return None;
    }
    let all: BTreeMap<&WorkloadId, u64> = group
        .iter()
        .map(|w| (&w.id, facts.replicas(&w.id, from)))
        .filter(|(_, replicas)| *replicas > 0)
        .collect();
    homes(facts).find(|home| {
        let name = &home.spec.name;
        let allowed = |w: &&WorkloadSpec| {
            let replicas = facts.replicas(&w.id, from);
            cluster_max(w, name).is_none_or(|most| replicas <= most)
                && !facts.corrected(&w.id, name)
                // What already exists there would land among the rest.
                && facts.observed(&w.id, name).existing() == 0
                && !templates_differ(facts, w, from, name)
        };
        closed(home, facts.latest_now()).is_none()
            && home.state.is_some_and(|state| state.quotas.is_empty())
            && group.iter().all(allowed)
            && prediction.certainly_takes(facts, home, &all) == Some(true)
    })
}

fn templates_differ(
    facts: &Facts,
    workload: &WorkloadSpec,
    from: &ClusterId,
    home: &ClusterId,
) -> bool {
    let there = facts.observed(&workload.id, from).template;
    let here = facts.observed(&workload.id, home).template;
    there.is_some() && here.is_some() && there != here
}

/// Whether moving all of the group home from `from` pays by the policies of all its workloads,
/// by the reading that says so least: only nodes that nothing else may share are freed, nodes that
/// the plan gives up anyway are among them, and it starts at home as slowly as its surge allows.
pub(super) fn pays(facts: &Facts, group: &[&WorkloadSpec], from: &Site) -> bool {
    let of_group = |id: &WorkloadId| group.iter().any(|w| w.id == *id);
    let shared = landing(facts, from).any(|w| !of_group(&w.id));
    let freed: i128 = from
        .groups
        .values()
        .filter(|nodes| nodes.spec.grower != Grower::Nobody)
        .map(|nodes| {
            let alone = nodes.staying().filter(|node| {
                let mut on_it = held(node).peekable();
                !shared && on_it.peek().is_some() && on_it.all(|(id, _)| of_group(id))
            });
            let given_up = (nodes.staying().count() as u64).saturating_sub(nodes.planned());
            let freed = (alone.count() as u64).saturating_sub(given_up);
            i128::from(nodes.price().0) * i128::from(freed)
        })
        .sum();
    let (mut saving, mut double, mut rounds) = (freed, freed, 1);
    for workload in group {
        let replicas = facts.replicas(&workload.id, &from.spec.name);
        let each = homes(facts).map(|home| running_cost(workload, home.spec));
        let at_home = each.max().unwrap_or(0) * i128::from(replicas);
        saving += running_cost(workload, from.spec) * i128::from(replicas) - at_home;
        double += at_home;
        rounds = rounds.max(replicas.div_ceil(u64::from(workload.move_surge.max(1))));
    }
    // A node of the group that is still to come is paid twice as well.
    let coming: i128 = from
        .groups
        .values()
        .map(|nodes| {
            let more = nodes
                .planned()
                .saturating_sub(nodes.staying().count() as u64);
            i128::from(nodes.price().0) * i128::from(more)
        })
        .sum();
    let overlap = boot_at_home(facts).saturating_mul(rounds);
    group.iter().all(|workload| {
        let remembered = lasted_and_percent(facts, workload);
        pays_back(saving, double + coming, overlap, remembered)
    })
}

#[cfg(test)]
mod tests {
    use crate::checker::fixture::Case;

    use super::*;

    /// The spilled workload as a group of its own that no private cluster takes as a whole.
    fn grouped() -> Case {
        let mut case = Case::spilling();
        case.web().co_placement = Some("shop".into());
        for spilled in &mut case.rationale().spilled {
            spilled.reason = SpillReason::CoPlacement;
        }
        case
    }

    #[test]
    fn a_group_in_public_that_home_takes_as_a_whole_is_named() {
        let mut case = grouped();
        case.assert_silent_on(Rule::PrivateFirst);
        case.place("home", 0);
        case.target("home").spec_replicas = 0;
        for node in &mut case.state("home").nodes {
            node.replicas.clear();
            node.used = crate::resources::Resources::default();
        }
        case.assert_names(Rule::PrivateFirst);
    }
}
