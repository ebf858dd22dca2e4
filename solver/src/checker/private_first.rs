//! The private-first audit: no replica is in public while one more certainly fits at home, unless
//! the reason that is given names what keeps it out there.
//!
//! Home has room where, after the plan has landed, a node that the replica may run on takes it.
//! Of a cluster that has room the rules that keep one more out are derived; without any the spill
//! is wrong, and with some the reason has to be a rule: a full or shut cluster elsewhere explains
//! nothing then. What holds back a move
//! explains replicas that run, and only those; whether it is true is judged in
//! [`super::spill_reason`].

use crate::decision::SpillReason;
use crate::policy::WorkloadSpec;

use super::bounds::cluster_max;
use super::closed::{Closed, closed};
use super::facts::Facts;
use super::kept_out::{is_rule, kept_out};
use super::prediction::Prediction;
use super::spill_reason::{is_of_running, is_of_starting};
use super::together;
use super::{Findings, Rule};

pub(super) fn check(facts: &Facts, prediction: &Prediction, found: &mut Findings) {
    for workload in facts.workloads.values() {
        if facts.private_first(workload) {
            together::audit(facts, prediction, workload, found);
            audit(facts, prediction, workload, found);
        }
    }
}

fn audit(facts: &Facts, prediction: &Prediction, workload: &WorkloadSpec, found: &mut Findings) {
    let Some(rationale) = facts.rationale(&workload.id) else {
        return;
    };
    let spilled = rationale.spilled.iter().filter(|s| s.replicas > 0);
    for spilled in spilled {
        let silent = facts.sites.get(&spilled.cluster).is_some_and(|site| {
            let why = closed(site, facts.latest_now());
            matches!(why, Some(Closed::Unreachable | Closed::NeverObserved))
        });
        if is_of_running(spilled.reason)
            || is_of_starting(spilled.reason)
            || spilled.reason == SpillReason::FitUnknown
            || (silent && spilled.reason == SpillReason::Unreachable)
        {
            continue;
        }
        let open = facts
            .sites
            .values()
            .filter(|site| site.is_private() && cluster_max(workload, &site.spec.name) != Some(0));
        let roomy: Vec<_> = open
            .filter_map(|site| Some((site, prediction.room(workload, site)?)))
            .map(|(site, node)| {
                let rules = kept_out(facts, workload, &spilled.cluster, site);
                (site, node, rules)
            })
            .collect();
        // Which of several homes the rule belongs to is not said.
        let named = is_rule(spilled.reason);
        let free = roomy.iter().find(|(_, _, rules)| rules.is_empty());
        let unexplained = free.or(roomy.first().filter(|_| !named));
        if let Some((site, node, rules)) = unexplained {
            let rules = rules.iter().map(|r| r.as_str()).collect::<Vec<_>>();
            let kept = if rules.is_empty() {
                "nothing keeps it out".to_owned()
            } else {
                format!("what keeps it out is {}", rules.join(", "))
            };
            found.add(
                Rule::PrivateFirst,
                &workload.id,
                format!(
                    "{} replicas in {} for {}, and node {node} in {} takes one: {kept}",
                    spilled.replicas, spilled.cluster, spilled.reason, site.spec.name
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checker::fixture::{Case, Mutation};
    use crate::memory::Correction;
    use crate::policy::{ClusterBound, Fill};

    use super::*;

    fn with_room() -> Case {
        let mut case = Case::spilling();
        case.node("home-2").used.cpu_milli.0 -= 500;
        case
    }

    #[test]
    fn a_replica_spilled_for_want_of_room_while_a_private_node_has_it_is_named() {
        Case::spilling().assert_silent_on(Rule::PrivateFirst);
        with_room().assert_names(Rule::PrivateFirst);
    }

    #[test]
    fn one_milli_core_or_pod_slot_too_few_is_no_room() {
        let mut case = with_room();
        case.node("home-2").used.cpu_milli.0 += 1;
        case.assert_silent_on(Rule::PrivateFirst);
        let mut case = with_room();
        case.node("home-2").used.pods = case.node("home-2").allocatable.pods;
        case.assert_silent_on(Rule::PrivateFirst);
    }

    #[test]
    fn room_that_the_workload_may_not_use_does_not_count() {
        let mutations: [(&str, Mutation); 7] = [
            ("unschedulable", |c| c.node("home-2").unschedulable = true),
            ("leaving", |c| {
                c.node("home-2").leaving = true;
                c.place("home", 3);
            }),
            ("headroom", |c| c.home().headroom.percent = 1),
            ("cordoned", |c| c.home().cordoned = true),
            ("stale", |c| c.home().capacity_max_age_ms.0 = 0),
            ("a refused pod", |c| c.target("home").unschedulable = 1),
            ("money alone decides", |c| {
                c.web().fill = Some(Fill::Cheapest);
            }),
        ];
        for (name, mutate) in mutations {
            let mut case = with_room();
            case.state("home").observed_at_ms.0 -= 1;
            mutate(&mut case);
            let named = case.names(Rule::PrivateFirst);
            assert!(!named, "{name}");
        }
    }

    #[test]
    fn a_rule_that_keeps_a_replica_out_in_spite_of_room_has_to_be_the_reason() {
        let rules: [(SpillReason, Mutation); 4] = [
            (SpillReason::FitUnknown, |c| {
                c.memory.corrections = vec![Correction {
                    cluster: "home".into(),
                    workload: "shop/web".into(),
                    at_ms: c.snapshot.now_ms,
                }];
            }),
            (SpillReason::ClusterBound, |c| {
                c.web().cluster_bounds = vec![ClusterBound {
                    cluster: "home".into(),
                    min: 0,
                    max: Some(6),
                }];
            }),
            (SpillReason::Spread, |c| c.burst().max_cluster_percent = 75),
            (SpillReason::Survivability, |c| {
                c.burst().survive_percent = 25;
            }),
        ];
        for (reason, mutate) in rules {
            let mut case = with_room();
            mutate(&mut case);
            assert!(case.names(Rule::PrivateFirst), "NoRoom beside {reason}");
            case.rationale().spilled[0].reason = reason;
            assert!(!case.names(Rule::PrivateFirst), "{reason}");
            assert!(!case.names(Rule::SpillReason), "{reason}");
        }
    }

    #[test]
    fn a_fresh_replica_beside_room_is_found_whatever_reason_it_is_given() {
        for reason in SpillReason::ALL {
            let mut case = with_room();
            case.rationale().spilled[0].reason = *reason;
            let found = case.names(Rule::PrivateFirst) || case.names(Rule::SpillReason);
            assert!(found, "{reason}");
        }
    }

    #[test]
    fn room_promised_to_an_asked_replica_does_not_count() {
        let mut case = with_room();
        case.target("home").spec_replicas = 7;
        case.assert_silent_on(Rule::PrivateFirst);
    }
}
