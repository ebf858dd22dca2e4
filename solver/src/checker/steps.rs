//! What is written now: make before break.
//!
//! - The counts to write stay within `max_replicas + move_surge`, or within what exists.
//! - They take away no Ready replica below what is planned: a removal takes replicas that are
//!   not Ready first, or that run on leaving nodes; these serve until they go. Where the plan leaves replicas unplaced it is measured by the placed ones,
//!   so that giving up a place is not taken for breaking before making.
//! - Nothing is written to a cluster that does not answer.
//! - A count to write lies between the observed and the planned one.
//! - The steps are exactly the differences, additions before removals.
//!
//! A cluster of the snapshot that the plan does not name is written nothing. In a cluster that
//! was never observed the count is unknown; there only a step is held against the plan.

use std::collections::BTreeMap;

use crate::decision::StepKind;
use crate::ids::{ClusterId, WorkloadId};
use crate::policy::WorkloadSpec;

use super::facts::Facts;
use super::{Findings, Rule};

pub(super) fn check(facts: &Facts, found: &mut Findings) {
    for workload in facts.workloads.values() {
        totals(facts, workload, found);
        single_writes(facts, workload, found);
    }
    order(facts, found);
    differences(facts, found);
}

fn totals(facts: &Facts, workload: &WorkloadSpec, found: &mut Findings) {
    let Some(plan) = facts.plan(&workload.id) else {
        return;
    };
    let [mut apply, mut existing, mut serving, mut lost, mut placed] = [0_u64; 5];
    for (cluster, site) in &facts.sites {
        let here = facts.observed(&workload.id, cluster);
        let planned = facts.planned(&workload.id, cluster);
        let write = planned.map_or(here.spec, |p| p.apply);
        apply += write;
        existing += here.existing().max(here.pods);
        serving += here.ready + here.leaving_ready;
        placed += planned.map_or(0, |p| p.replicas);
        if site.state.is_some() {
            let not_ready = here.spec.max(here.pods) - here.ready;
            let removed = here.spec.saturating_sub(write);
            lost += removed.saturating_sub(not_ready);
        }
    }
    let limit = u64::from(workload.max_replicas) + u64::from(workload.move_surge);
    if apply > limit.max(existing) {
        found.add(
            Rule::Surge,
            &workload.id,
            format!("{apply} to be written, {existing} exist, at most {limit} with the surge"),
        );
    }
    let needed = placed.min(u64::from(plan.desired));
    let spare = serving.saturating_sub(needed);
    if lost > spare {
        found.add(
            Rule::ReadyLost,
            &workload.id,
            format!("{lost} Ready replicas removed, {serving} Ready, {needed} needed"),
        );
    }
}

fn single_writes(facts: &Facts, workload: &WorkloadSpec, found: &mut Findings) {
    for (cluster, site) in &facts.sites {
        let (Some(state), Some(planned)) = (site.state, facts.planned(&workload.id, cluster))
        else {
            continue;
        };
        let spec = facts.observed(&workload.id, cluster).spec;
        if planned.apply == spec {
            continue;
        }
        let subject = format!("{} in {cluster}", workload.id);
        let (low, high) = (planned.replicas.min(spec), planned.replicas.max(spec));
        if state.unreachable_since_ms.is_some() {
            found.add(
                Rule::UnreachableWrite,
                subject,
                format!("{spec} observed last, {} to be written", planned.apply),
            );
        } else if planned.apply < low || planned.apply > high {
            found.add(
                Rule::ApplyOffTheWay,
                subject,
                format!(
                    "{} to be written on the way from {spec} to {}",
                    planned.apply, planned.replicas
                ),
            );
        }
    }
}

fn order(facts: &Facts, found: &mut Findings) {
    let steps = &facts.decision.plan.steps;
    for (before, after) in steps.iter().zip(steps.iter().skip(1)) {
        if before.kind > after.kind {
            found.add(
                Rule::StepOrder,
                &after.workload,
                format!(
                    "added in {} after a removal in {}",
                    after.cluster, before.cluster
                ),
            );
        }
    }
}

fn differences(facts: &Facts, found: &mut Findings) {
    let mut due: BTreeMap<(&WorkloadId, &ClusterId), (u64, u64)> = BTreeMap::new();
    for workload in facts.workloads.keys() {
        for (cluster, site) in &facts.sites {
            let spec = facts.observed(workload, cluster).spec;
            if let (Some(_), Some(planned)) = (site.state, facts.planned(workload, cluster))
                && planned.apply != spec
            {
                due.insert((workload, cluster), (spec, planned.apply));
            }
        }
    }
    for step in &facts.decision.plan.steps {
        let (from, to) = (u64::from(step.from), u64::from(step.to));
        let kind = if to > from {
            StepKind::Add
        } else {
            StepKind::Remove
        };
        let expected = due.remove(&(&step.workload, &step.cluster));
        if expected != Some((from, to)) || kind != step.kind {
            let subject = format!("{} in {}", step.workload, step.cluster);
            let expected = expected.map_or_else(
                || "there is no difference".to_owned(),
                |(from, to)| format!("the difference is from {from} to {to}"),
            );
            found.add(
                Rule::StepMismatch,
                subject,
                format!("{:?} from {from} to {to}, and {expected}", step.kind),
            );
        }
    }
    for ((workload, cluster), (from, to)) in due {
        found.add(
            Rule::StepMismatch,
            format!("{workload} in {cluster}"),
            format!("no step from {from} to {to}"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::checker::fixture::{Case, Mutation};
    use crate::units::UnixMs;

    use super::*;

    #[test]
    fn writes_above_the_maximum_and_the_surge_are_named() {
        let mut case = Case::spilling();
        case.web().max_replicas = 7;
        case.web().move_surge = 1;
        case.assert_silent_on(Rule::Surge);
        case.web().move_surge = 0;
        case.assert_names(Rule::Surge);
    }

    #[test]
    fn a_removal_before_its_replacement_is_ready_is_named() {
        let mut case = Case::moving_home();
        assert_eq!(case.check(), []);
        case.write("cloud", 0);
        case.assert_names(Rule::ReadyLost);
        // One at home has become Ready.
        case.node("home-2").replicas[0].bound = 0;
        case.node("home-2").replicas[0].ready = 3;
        case.assert_silent_on(Rule::ReadyLost);
    }

    #[test]
    fn a_replica_that_is_not_ready_may_go_at_once() {
        let mut case = Case::moving_home();
        case.node("cloud-1").replicas[0].bound = 1;
        case.node("cloud-1").replicas[0].ready = 0;
        case.write("cloud", 0);
        case.assert_silent_on(Rule::ReadyLost);
    }

    #[test]
    fn a_write_to_a_cluster_that_does_not_answer_is_named() {
        let mut case = Case::spilling();
        case.state("cloud").unreachable_since_ms = Some(UnixMs(1));
        case.assert_names(Rule::UnreachableWrite);
        case.write("cloud", 1);
        case.assert_silent_on(Rule::UnreachableWrite);
    }

    #[test]
    fn a_write_beyond_the_planned_count_is_named() {
        let mut case = Case::spilling();
        case.write("cloud", 3);
        case.assert_names(Rule::ApplyOffTheWay);
        case.write("cloud", 0);
        case.assert_names(Rule::ApplyOffTheWay);
    }

    #[test]
    fn a_removal_before_an_addition_is_named() {
        let mut case = Case::spilling();
        let mut step = case.decision.plan.steps[0].clone();
        step.kind = StepKind::Remove;
        case.decision.plan.steps.insert(0, step);
        case.assert_names(Rule::StepOrder);
    }

    #[test]
    fn a_step_that_is_missing_too_many_or_wrong_is_named() {
        let mutations: [Mutation; 5] = [
            |c| c.decision.plan.steps.clear(),
            |c| {
                let step = c.decision.plan.steps[0].clone();
                c.decision.plan.steps.push(step);
            },
            |c| c.decision.plan.steps[0].from = 0,
            |c| c.decision.plan.steps[0].to = 3,
            |c| c.decision.plan.steps[0].kind = StepKind::Remove,
        ];
        for mutate in mutations {
            let mut case = Case::spilling();
            mutate(&mut case);
            case.assert_names(Rule::StepMismatch);
        }
    }
}
