//! Replicas do not move between clusters whose pod templates are known to differ: a recall
//! must not roll an image back.
//!
//! A move is a decrease below what runs in one cluster and an increase in another while the
//! desired count stays; a pending replica that is placed elsewhere has rolled nothing back. A cluster that takes no replicas is left without asking, and so is one whose decrease
//! the rationale calls mandatory (displaced, evacuated, failed over, a floor).

use crate::decision::MoveReason;
use crate::ids::ClusterId;
use crate::policy::WorkloadSpec;

use super::closed::closed;
use super::facts::Facts;
use super::{Findings, Rule};

pub(super) fn check(facts: &Facts, found: &mut Findings) {
    for workload in facts.workloads.values() {
        let before = facts.memory.workloads.get(&workload.id);
        let now = facts.plan(&workload.id);
        if let (Some(before), Some(now)) = (before, now)
            && before.desired == now.desired
        {
            optional_moves(facts, workload, found);
        }
    }
}

fn optional_moves(facts: &Facts, workload: &WorkloadSpec, found: &mut Findings) {
    for (from, site) in &facts.sites {
        let here = facts.observed(&workload.id, from);
        let left = facts.planned(&workload.id, from);
        let shrinks = left.is_some_and(|left| left.replicas < here.running);
        let Some(old) = here.template else { continue };
        if !shrinks
            || closed(site, facts.latest_now()).is_some()
            || is_mandatory(facts, workload, from)
        {
            continue;
        }
        for to in facts.sites.keys() {
            let Some(new) = facts.observed(&workload.id, to).template else {
                continue;
            };
            if new != old && facts.increase(&workload.id, to) > 0 {
                found.add(
                    Rule::TemplateMove,
                    &workload.id,
                    format!("from {from} with template {old} to {to} with {new}"),
                );
            }
        }
    }
}

fn is_mandatory(facts: &Facts, workload: &WorkloadSpec, from: &ClusterId) -> bool {
    facts.rationale(&workload.id).is_some_and(|rationale| {
        rationale.moves.iter().any(|m| {
            m.from == *from
                && matches!(
                    m.reason,
                    MoveReason::Displaced
                        | MoveReason::Evacuate
                        | MoveReason::Failover
                        | MoveReason::Floor
                )
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::checker::fixture::Case;

    use super::*;

    fn moving() -> Case {
        let mut case = Case::moving_home();
        case.target("home").spec_replicas = 5;
        case.node("home-2").replicas[0].bound = 0;
        case
    }

    #[test]
    fn a_move_between_known_and_different_templates_is_named() {
        let mut case = moving();
        case.target("home").template = Some("a".into());
        case.target("cloud").template = Some("a".into());
        case.assert_silent_on(Rule::TemplateMove);
        case.target("home").template = Some("b".into());
        case.assert_names(Rule::TemplateMove);
        case.target("cloud").template = None;
        case.assert_silent_on(Rule::TemplateMove);
    }

    #[test]
    fn leaving_a_cordoned_cluster_is_not_an_optional_move() {
        let mut case = moving();
        case.target("home").template = Some("a".into());
        case.target("cloud").template = Some("b".into());
        case.cloud().cordoned = true;
        case.assert_silent_on(Rule::TemplateMove);
    }

    #[test]
    fn growth_of_the_fleet_is_not_a_move() {
        let mut case = moving();
        case.target("home").template = Some("a".into());
        case.target("cloud").template = Some("b".into());
        case.remember_desired(5);
        case.assert_silent_on(Rule::TemplateMove);
    }
}
