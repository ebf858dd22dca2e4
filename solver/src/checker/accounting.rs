//! Whether the decision adds up and names only what exists.
//!
//! - Each workload of the policy has one plan; nothing else appears, and nothing twice.
//! - Placed and unplaced replicas make up the desired ones, a cluster's groups its replicas, the
//!   reasons of unplaced ones their number, and, for a private-first workload, the reasons of
//!   spilled ones the public replicas of each cluster.
//! - The scaling steps lead from the remembered count (any count, where none is remembered) to
//!   the desired one.
//! - A cluster whose target asks for replicas is named, be it to take them away.
//! - A group's `nodes` are those that exist and are in flight; leaving ones may be counted.

use std::collections::BTreeSet;

use crate::decision::{ClusterPlan, WorkloadPlan, WorkloadRationale};
use crate::ids::WorkloadId;
use crate::policy::WorkloadSpec;

use super::facts::{Facts, Site};
use super::{Findings, Rule};

/// A workload whose policy is not there is planned by nobody, and a notice says so.
fn has_policy(facts: &Facts, workload: &WorkloadSpec) -> bool {
    let policies = &facts.policy.burst_policies;
    policies.iter().any(|p| p.name == workload.policy)
}

pub(super) fn check(facts: &Facts, found: &mut Findings) {
    names(facts, found);
    for workload in facts.workloads.values() {
        if let Some(plan) = facts.plan(&workload.id) {
            sums(facts, plan, found);
            clusters_named(facts, plan, found);
            let rationale = facts.rationale(&workload.id);
            unplaced(plan, rationale, found);
            spilled(facts, workload, rationale, found);
            scaling(facts, plan, rationale, found);
        } else if has_policy(facts, workload) {
            found.add(
                Rule::WorkloadMissing,
                &workload.id,
                "it is in the policy and not in the plan",
            );
        }
    }
    group_nodes(facts, found);
}

fn names(facts: &Facts, found: &mut Findings) {
    let mut seen = Seen::default();
    let known = |id: &WorkloadId| facts.workloads.contains_key(id);
    for plan in &facts.decision.plan.workloads {
        seen.note(found, "plan", &plan.id.0, known(&plan.id));
        for place in &plan.clusters {
            let subject = format!("{} in {}", plan.id, place.cluster);
            let site = facts.sites.get(&place.cluster);
            seen.note(found, "place", &subject, site.is_some());
            for count in &place.groups {
                let subject = format!("{subject}/{}", count.group);
                let there = site.is_some_and(|site| site.groups.contains_key(&count.group));
                seen.note(found, "place", &subject, there);
            }
        }
    }
    for group in &facts.decision.plan.groups {
        let site = facts.sites.get(&group.cluster);
        let there = site.is_some_and(|site| site.groups.contains_key(&group.group));
        let subject = format!("{}/{}", group.cluster, group.group);
        seen.note(found, "group", &subject, there);
    }
    for rationale in &facts.decision.rationale.workloads {
        seen.note(found, "rationale", &rationale.id.0, known(&rationale.id));
    }
}

/// What has appeared so far, by kind.
#[derive(Default)]
struct Seen(BTreeSet<(&'static str, String)>);

impl Seen {
    fn note(&mut self, found: &mut Findings, kind: &'static str, subject: &str, known: bool) {
        if !known {
            found.add(Rule::Unknown, subject, format!("{kind}: not in the policy"));
        }
        if !self.0.insert((kind, subject.to_owned())) {
            found.add(Rule::Twice, subject, format!("{kind}: appears again"));
        }
    }
}

fn sums(facts: &Facts, plan: &WorkloadPlan, found: &mut Findings) {
    let placed: u64 = plan.clusters.iter().map(|c| u64::from(c.replicas)).sum();
    // What a cluster that does not answer holds cannot be reduced.
    let fixed: u64 = facts
        .sites
        .values()
        .filter(|site| site.state.is_some_and(|s| s.unreachable_since_ms.is_some()))
        .map(|site| facts.replicas(&plan.id, &site.spec.name))
        .sum();
    if placed + u64::from(plan.unplaced) != u64::from(plan.desired).max(fixed) {
        found.add(
            Rule::DesiredSum,
            &plan.id,
            format!(
                "{placed} placed and {} unplaced of {}",
                plan.unplaced, plan.desired
            ),
        );
    }
    for place in &plan.clusters {
        let in_groups: u64 = place.groups.iter().map(|g| u64::from(g.replicas)).sum();
        if in_groups != u64::from(place.replicas) {
            found.add(
                Rule::GroupSum,
                subject(plan, place),
                format!("{in_groups} in groups of {}", place.replicas),
            );
        }
    }
}

fn subject(plan: &WorkloadPlan, place: &ClusterPlan) -> String {
    format!("{} in {}", plan.id, place.cluster)
}

fn clusters_named(facts: &Facts, plan: &WorkloadPlan, found: &mut Findings) {
    for cluster in facts.sites.keys() {
        let spec = facts.observed(&plan.id, cluster).spec;
        if spec > 0 && facts.planned(&plan.id, cluster).is_none() {
            found.add(
                Rule::ClusterForgotten,
                format!("{} in {cluster}", plan.id),
                format!("its target asks for {spec} replicas"),
            );
        }
    }
}

fn unplaced(plan: &WorkloadPlan, rationale: Option<&WorkloadRationale>, found: &mut Findings) {
    let reasons: u64 = rationale
        .iter()
        .flat_map(|r| &r.unplaced)
        .map(|unplaced| u64::from(unplaced.replicas))
        .sum();
    if reasons != u64::from(plan.unplaced) {
        found.add(
            Rule::UnplacedSum,
            &plan.id,
            format!("{} unplaced, {reasons} with a reason", plan.unplaced),
        );
    }
}

fn spilled(
    facts: &Facts,
    workload: &WorkloadSpec,
    rationale: Option<&WorkloadRationale>,
    found: &mut Findings,
) {
    if !facts.private_first(workload) {
        return;
    }
    let entries = || rationale.iter().flat_map(|r| &r.spilled);
    for (cluster, site) in &facts.sites {
        let reasons: u64 = entries()
            .filter(|spilled| spilled.cluster == **cluster)
            .map(|spilled| u64::from(spilled.replicas))
            .sum();
        let public = if site.is_public() {
            facts.replicas(&workload.id, cluster)
        } else {
            0
        };
        if reasons != public {
            found.add(
                Rule::SpilledSum,
                format!("{} in {cluster}", workload.id),
                format!("{public} public replicas, {reasons} with a reason"),
            );
        }
    }
    let is_public = |spilled: &&crate::decision::Spilled| {
        facts
            .sites
            .get(&spilled.cluster)
            .is_some_and(Site::is_public)
    };
    if let Some(stray) = entries().find(|spilled| !is_public(spilled)) {
        found.add(
            Rule::SpilledSum,
            format!("{} in {}", workload.id, stray.cluster),
            "a reason for spill in a cluster that is not public",
        );
    }
}

fn scaling(
    facts: &Facts,
    plan: &WorkloadPlan,
    rationale: Option<&WorkloadRationale>,
    found: &mut Findings,
) {
    let mut at = facts.memory.workloads.get(&plan.id).map(|w| w.desired);
    for step in rationale.iter().flat_map(|r| &r.scaling) {
        if at.is_some_and(|at| at != step.from) {
            found.add(
                Rule::ScalingChain,
                &plan.id,
                format!(
                    "{:?} goes from {}, the count before is {}",
                    step.reason,
                    step.from,
                    at.unwrap_or(0)
                ),
            );
        }
        at = Some(step.to);
    }
    if let Some(end) = at
        && end != plan.desired
    {
        found.add(
            Rule::ScalingChain,
            &plan.id,
            format!("the steps end at {end}, desired is {}", plan.desired),
        );
    }
}

fn group_nodes(facts: &Facts, found: &mut Findings) {
    for (cluster, site) in &facts.sites {
        for (name, group) in &site.groups {
            let Some(plan) = group.plan else { continue };
            let most = group.nodes_and_in_flight();
            let leaving = group.nodes.iter().filter(|node| node.leaving).count() as u64;
            let least = most - leaving;
            if !(least..=most).contains(&u64::from(plan.nodes)) {
                found.add(
                    Rule::GroupNodes,
                    format!("{cluster}/{name}"),
                    format!("{} nodes said, {least} to {most} there", plan.nodes),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checker::fixture::{Case, Mutation};
    use crate::decision::{GroupCount, SpillReason, Spilled};

    use super::*;

    #[test]
    fn each_way_not_to_add_up_is_named() {
        let mutations: &[(&str, Rule, Mutation)] = &[
            ("a workload without a plan", Rule::WorkloadMissing, |c| {
                c.decision.plan.workloads.clear();
            }),
            ("an unknown workload", Rule::Unknown, |c| {
                c.plan().id = "shop/other".into();
            }),
            ("an unknown cluster", Rule::Unknown, |c| {
                c.plan().clusters[0].cluster = "elsewhere".into();
            }),
            ("an unknown group", Rule::Unknown, |c| {
                c.plan().clusters[0].groups[0].group = "other".into();
            }),
            ("an unknown group plan", Rule::Unknown, |c| {
                c.group_plan("on-demand").group = "other".into();
            }),
            ("an unknown rationale", Rule::Unknown, |c| {
                c.rationale().id = "shop/other".into();
            }),
            ("a workload twice", Rule::Twice, |c| {
                let again = c.plan().clone();
                c.decision.plan.workloads.push(again);
            }),
            ("a cluster twice", Rule::Twice, |c| {
                let again = c.plan().clusters[0].clone();
                c.plan().clusters.push(again);
            }),
            ("a group twice", Rule::Twice, |c| {
                c.plan().clusters[0].groups.push(GroupCount {
                    group: "metal".into(),
                    replicas: 0,
                });
            }),
            ("a group plan twice", Rule::Twice, |c| {
                let again = c.group_plan("on-demand").clone();
                c.decision.plan.groups.push(again);
            }),
            ("a replica lost", Rule::DesiredSum, |c| c.plan().desired = 9),
            ("a replica in no group", Rule::GroupSum, |c| {
                c.plan().clusters[0].groups[0].replicas -= 1;
            }),
            (
                "an unplaced replica without a reason",
                Rule::UnplacedSum,
                |c| {
                    c.plan().unplaced = 1;
                },
            ),
            ("a public replica without a reason", Rule::SpilledSum, |c| {
                c.rationale().spilled[0].replicas = 1;
            }),
            ("a reason for spill at home", Rule::SpilledSum, |c| {
                c.rationale().spilled.push(Spilled {
                    cluster: "home".into(),
                    replicas: 0,
                    reason: SpillReason::NoRoom,
                    detail: String::new(),
                });
            }),
            ("a chain that begins elsewhere", Rule::ScalingChain, |c| {
                c.remember_desired(6);
            }),
            ("a chain that ends elsewhere", Rule::ScalingChain, |c| {
                c.rationale().scaling[0].to = 7;
            }),
            ("a change without a step", Rule::ScalingChain, |c| {
                c.rationale().scaling.clear();
            }),
            ("a forgotten cluster", Rule::ClusterForgotten, |c| {
                c.plan().clusters.remove(0);
            }),
            ("a node that is not there", Rule::GroupNodes, |c| {
                c.group_plan("on-demand").nodes = 2;
            }),
        ];
        for (name, rule, mutate) in mutations {
            let mut case = Case::spilling();
            mutate(&mut case);
            assert!(case.names(*rule), "{name}: {:?}", case.check());
        }
    }

    #[test]
    fn without_a_remembered_count_the_chain_begins_anywhere() {
        let mut case = Case::spilling();
        case.memory.workloads.clear();
        case.assert_silent_on(Rule::ScalingChain);
    }
}
