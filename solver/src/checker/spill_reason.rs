//! Whether the reason given for a public replica of a private-first workload is true.
//!
//! The reasons are a closed list, and each is derived from snapshot, policy, memory and plan. Where
//! several private clusters exist one that shows the reason is enough (the private-first audit
//! adds that it is one with room, where one has room); where none exists `NoRoom` and
//! `NoEligibleGroup` are both true. What holds back a move explains replicas on nodes that stay,
//! `Starting` those that exist on none, and neither more than there are: this is what stops a
//! planner from calling a fresh spill an optional move. `NoRoom` is judged by the private-first
//! audit.

use std::collections::BTreeMap;

use crate::decision::{SpillReason, Spilled};
use crate::ids::ClusterId;
use crate::policy::WorkloadSpec;

use super::closed::{Closed, closed};
use super::eligibility::{far_data_set, group_refusal, missing_capability};
use super::facts::{Facts, Site};
use super::held_back::holds_back;
use super::kept_out::kept_out;
use super::prediction::Prediction;
use super::{Findings, Rule};

/// Whether the reason holds back a move of what runs.
pub(super) const fn is_of_running(reason: SpillReason) -> bool {
    matches!(
        reason,
        SpillReason::Dwell
            | SpillReason::Payback
            | SpillReason::ChurnBudget
            | SpillReason::MoneyCap
            | SpillReason::TemplateMismatch
            | SpillReason::Returning
            | SpillReason::NodeStays
            | SpillReason::Paused
    )
}

/// Whether the reason explains what exists and runs nowhere yet.
pub(super) const fn is_of_starting(reason: SpillReason) -> bool {
    matches!(reason, SpillReason::Starting)
}

pub(super) fn check(facts: &Facts, prediction: &Prediction, found: &mut Findings) {
    for workload in facts.workloads.values() {
        let Some(rationale) = facts.rationale(&workload.id) else {
            continue;
        };
        if !facts.private_first(workload) {
            continue;
        }
        for spilled in &rationale.spilled {
            if spilled.replicas > 0 && !proved(facts, prediction, workload, spilled) {
                found.add(
                    Rule::SpillReason,
                    format!("{} in {}", workload.id, spilled.cluster),
                    format!(
                        "{} replicas for {}, which does not hold",
                        spilled.replicas, spilled.reason
                    ),
                );
            }
        }
        enough_exist(facts, workload, &rationale.spilled, found);
    }
}

/// Reasons of what exists explain no more replicas than exist.
fn enough_exist(facts: &Facts, workload: &WorkloadSpec, all: &[Spilled], found: &mut Findings) {
    let mut by_cluster: BTreeMap<&ClusterId, (u64, u64)> = BTreeMap::new();
    for spilled in all {
        let (running, starting) = by_cluster.entry(&spilled.cluster).or_default();
        if is_of_running(spilled.reason) {
            *running += u64::from(spilled.replicas);
        } else if is_of_starting(spilled.reason) {
            *starting += u64::from(spilled.replicas);
        }
    }
    for (cluster, (running, starting)) in by_cluster {
        let here = facts.observed(&workload.id, cluster);
        for (said, exist, what) in [
            (running, here.running, "run and are held back"),
            (starting, here.floating(), "start there already"),
        ] {
            if said > exist {
                found.add(
                    Rule::SpillReason,
                    format!("{} in {cluster}", workload.id),
                    format!("{said} replicas are said to {what}, {exist} do"),
                );
            }
        }
    }
}

fn proved(
    facts: &Facts,
    prediction: &Prediction,
    workload: &WorkloadSpec,
    spilled: &Spilled,
) -> bool {
    let private = |shows: &dyn Fn(&Site) -> bool| {
        facts
            .sites
            .values()
            .any(|site| site.is_private() && shows(site))
    };
    let shut = |reasons: &[Closed]| {
        private(&|site| closed(site, facts.latest_now()).is_some_and(|why| reasons.contains(&why)))
    };
    let from = facts.sites.get(&spilled.cluster);
    match spilled.reason {
        // The private-first audit and the counts judge these.
        SpillReason::NoRoom | SpillReason::Starting => true,
        SpillReason::NoEligibleGroup => {
            !private(&|_| true)
                || private(&|site| {
                    site.groups
                        .values()
                        .all(|g| group_refusal(workload, g).is_some())
                })
        }
        SpillReason::Capability => private(&|site| missing_capability(workload, site).is_some()),
        SpillReason::DataSet => private(&|site| far_data_set(workload, site).is_some()),
        SpillReason::ClusterBound
        | SpillReason::Survivability
        | SpillReason::Spread
        | SpillReason::CoPlacement
        | SpillReason::SpotShare
        | SpillReason::Quota
        | SpillReason::ActiveActive => private(&|site| {
            kept_out(facts, workload, &spilled.cluster, site).contains(&spilled.reason)
        }),
        SpillReason::StaleCapacity => {
            // What does not answer grows stale, and both words are true of it.
            shut(&[Closed::Stale, Closed::Unreachable, Closed::NeverObserved])
        }
        SpillReason::Unreachable => {
            let silent = [Closed::Unreachable, Closed::NeverObserved];
            let there = from.and_then(|site| closed(site, facts.latest_now()));
            shut(&silent) || there.is_some_and(|why| silent.contains(&why))
        }
        SpillReason::Cordoned => private(&|site| site.spec.cordoned),
        SpillReason::FitUnknown => private(&|site| {
            kept_out(facts, workload, &spilled.cluster, site).contains(&SpillReason::FitUnknown)
                || fit_unknown(facts, prediction, workload, site)
        }),
        // A private-first workload is not placed by price.
        SpillReason::CheapestFirst => false,
        SpillReason::Dwell
        | SpillReason::Payback
        | SpillReason::ChurnBudget
        | SpillReason::MoneyCap
        | SpillReason::TemplateMismatch
        | SpillReason::Returning
        | SpillReason::NodeStays
        | SpillReason::Paused => {
            from.is_some_and(|from| holds_back(facts, prediction, workload, from, spilled.reason))
        }
    }
}

/// Whether pods find their nodes in the cluster this tick (those that pend, and those that the
/// plan adds) and one more is not certain to fit beside them: which node each takes is the
/// scheduler's choice.
fn fit_unknown(
    facts: &Facts,
    prediction: &Prediction,
    workload: &WorkloadSpec,
    site: &Site,
) -> bool {
    let lands = facts.workloads.keys().any(|id| {
        facts.observed(id, &site.spec.name).floating() > 0
            || facts.increase(id, &site.spec.name) > 0
    });
    let one = BTreeMap::from([(&workload.id, 1)]);
    lands && prediction.certainly_takes(facts, site, &one) != Some(true)
}

#[cfg(test)]
mod tests {
    use crate::checker::fixture::{Case, Mutation};
    use crate::decision::{MoveRationale, MoveReason};
    use crate::memory::Correction;
    use crate::policy::{ClusterBound, Fill, Grower, Placement};
    use crate::snapshot::{QuotaScope, QuotaState};
    use crate::units::{MicroUsd, MicroUsdPerHour, UnixMs};

    use super::*;

    fn one(reason: SpillReason) -> Spilled {
        Spilled {
            cluster: "cloud".into(),
            replicas: 1,
            reason,
            detail: String::new(),
        }
    }

    /// Six replicas at home, which has room for one more, and one that has long run in the cloud.
    fn held(reason: SpillReason) -> Case {
        let mut case = Case::spilling();
        case.node("home-2").used.cpu_milli.0 -= 500;
        case.plan().desired = 7;
        case.place("cloud", 1);
        case.write("cloud", 1);
        case.rationale().spilled = vec![one(reason)];
        let web = case.memory.workloads.values_mut().next();
        web.expect("it is remembered").room_since_ms = Some(UnixMs(0));
        case
    }

    fn one_recalled() -> MoveRationale {
        MoveRationale {
            from: "cloud".into(),
            to: "home".into(),
            replicas: 1,
            reason: MoveReason::Recall,
            saving: MicroUsdPerHour(100_000),
            cost: MicroUsd(1_000),
        }
    }

    /// What makes each reason of a running replica true.
    const OF_RUNNING: &[(SpillReason, Mutation)] = &[
        (SpillReason::Paused, |c| c.web().pause.moves = true),
        (SpillReason::Dwell, |c| {
            let now = c.snapshot.now_ms;
            let web = c.memory.workloads.values_mut().next();
            web.expect("it is remembered").room_since_ms = Some(now);
        }),
        (SpillReason::Dwell, |c| c.memory.workloads.clear()),
        (SpillReason::Payback, |c| {
            c.burst().recall.payback_percent = u32::MAX;
        }),
        (SpillReason::Payback, |c| {
            c.home().marginal_per_core = MicroUsdPerHour(100_000);
        }),
        (SpillReason::ChurnBudget, |c| {
            c.burst().recall.budget.moves = 0;
        }),
        (SpillReason::ChurnBudget, |c| c.burst().recall.step = 0),
        (SpillReason::ChurnBudget, |c| c.web().move_surge = 0),
        (SpillReason::MoneyCap, |c| {
            c.burst().caps.per_hour = Some(MicroUsd(1));
        }),
        (SpillReason::MoneyCap, |c| {
            c.burst().caps.per_day = Some(MicroUsd(1_000_000_000));
        }),
        (SpillReason::TemplateMismatch, |c| {
            c.target("home").template = Some("a".into());
            c.target("cloud").template = Some("b".into());
        }),
        (SpillReason::Returning, |c| {
            c.target("cloud").spec_replicas = 2;
            c.place("home", 7);
            c.rationale().moves = vec![one_recalled()];
        }),
        (SpillReason::Returning, |c| {
            c.target("cloud").spec_replicas = 2;
            c.target("home").spec_replicas = 7;
            c.target("home").pending = 1;
            c.place("home", 7);
            c.rationale().moves = vec![one_recalled()];
        }),
        (SpillReason::NodeStays, |c| {
            c.on_demand().grower = Grower::Nobody;
        }),
        (SpillReason::NodeStays, |c| {
            c.node("cloud-1").replicas[0].ready = 2;
        }),
        (SpillReason::NodeStays, |c| {
            let mut other = c.web().clone();
            other.id = "shop/other".into();
            other.fill = Some(Fill::Cheapest);
            c.policy.workloads.push(other);
            let mut beside = c.node("cloud-1").replicas[0].clone();
            beside.workload = "shop/other".into();
            c.node("cloud-1").replicas.push(beside);
        }),
    ];

    /// What makes each of the other reasons true.
    const OF_ANY: &[(SpillReason, Mutation)] = &[
        (SpillReason::NoEligibleGroup, |c| {
            c.web().node_selector.insert("disk".into(), "ssd".into());
        }),
        (SpillReason::Capability, |c| {
            c.web().capabilities.insert("gpu".into());
        }),
        (SpillReason::DataSet, |c| {
            c.web().data_sets = vec![crate::policy::DataSetUse {
                name: "orders".into(),
                max_round_trip_ms: None,
                penalty_per_ms: MicroUsdPerHour(0),
            }];
        }),
        (SpillReason::ClusterBound, |c| {
            c.web().cluster_bounds = vec![ClusterBound {
                cluster: "home".into(),
                min: 0,
                max: Some(6),
            }];
        }),
        (SpillReason::ClusterBound, |c| {
            c.web().cluster_bounds = vec![ClusterBound {
                cluster: "cloud".into(),
                min: 2,
                max: None,
            }];
        }),
        (SpillReason::Survivability, |c| {
            c.burst().survive_percent = 25;
        }),
        (SpillReason::Spread, |c| c.burst().max_cluster_percent = 75),
        (SpillReason::CoPlacement, |c| {
            c.web().co_placement = Some("shop".into());
        }),
        (SpillReason::SpotShare, |c| {
            c.place_in("cloud", &[("on-demand", 1), ("spot", 1)]);
            c.burst().spot.max_percent = 50;
        }),
        (SpillReason::Quota, |c| {
            c.state("home").quotas = vec![QuotaState {
                name: "pods".into(),
                scope: QuotaScope::NamespacePods("shop".into()),
                limit: 6,
                used: 6,
            }];
        }),
        (SpillReason::StaleCapacity, |c| {
            c.state("home").observed_at_ms = UnixMs(0);
        }),
        (SpillReason::Unreachable, |c| {
            c.state("home").unreachable_since_ms = Some(UnixMs(0));
        }),
        (SpillReason::Unreachable, |c| {
            c.state("cloud").unreachable_since_ms = Some(UnixMs(0));
        }),
        (SpillReason::Cordoned, |c| c.home().cordoned = true),
        (SpillReason::FitUnknown, |c| c.web().unmodelled = true),
        (SpillReason::FitUnknown, |c| {
            c.memory.corrections = vec![Correction {
                cluster: "home".into(),
                workload: "shop/web".into(),
                at_ms: c.snapshot.now_ms,
            }];
        }),
        (SpillReason::FitUnknown, |c| c.target("home").pending = 1),
        (SpillReason::ActiveActive, |c| {
            c.burst().placement = Placement::ActiveActive;
            c.place("cloud", 1);
        }),
        (SpillReason::Starting, |c| {
            c.target("cloud").spec_replicas = 3;
        }),
    ];

    #[test]
    fn each_reason_needs_what_it_names() {
        for (reason, make_true) in OF_ANY {
            let mut case = Case::spilling();
            case.rationale().spilled[0].reason = *reason;
            assert!(case.names(Rule::SpillReason), "{reason} without cause");
            make_true(&mut case);
            assert!(!case.names(Rule::SpillReason), "{reason} with its cause");
        }
    }

    #[test]
    fn each_reason_that_holds_back_a_running_replica_needs_what_it_names() {
        for (reason, make_true) in OF_RUNNING {
            let mut case = held(*reason);
            assert!(case.names(Rule::SpillReason), "{reason} without cause");
            make_true(&mut case);
            assert!(!case.names(Rule::SpillReason), "{reason} with its cause");
        }
    }

    #[test]
    fn no_reason_that_holds_back_a_move_excuses_a_fresh_spill() {
        for (reason, make_true) in OF_RUNNING {
            let mut case = held(*reason);
            make_true(&mut case);
            case.plan().desired = 8;
            case.place("cloud", 3);
            case.rationale().spilled[0].replicas = 3;
            case.assert_names(Rule::SpillReason);
        }
        let mut case = Case::spilling();
        case.rationale().spilled[0].reason = SpillReason::Starting;
        case.assert_names(Rule::SpillReason);
    }

    #[test]
    fn every_reason_has_its_forgery() {
        let tables = OF_ANY.iter().chain(OF_RUNNING).map(|(reason, _)| *reason);
        let mut forged: Vec<SpillReason> = tables.collect();
        // These two have their own tests: here and beside the private-first audit.
        forged.extend([SpillReason::CheapestFirst, SpillReason::NoRoom]);
        for reason in SpillReason::ALL {
            assert!(forged.contains(reason), "{reason} is never forged");
        }
    }

    #[test]
    fn a_private_first_workload_is_never_placed_by_price() {
        let mut case = Case::spilling();
        case.rationale().spilled[0].reason = SpillReason::CheapestFirst;
        case.assert_names(Rule::SpillReason);
    }

    #[test]
    fn a_fit_that_is_certain_is_not_unknown() {
        let mut case = Case::spilling();
        case.rationale().spilled[0].reason = SpillReason::FitUnknown;
        case.target("home").pending = 1;
        case.target("home").spec_replicas = 7;
        case.assert_silent_on(Rule::SpillReason);
        case.node("home-1").used.cpu_milli.0 -= 500;
        case.node("home-2").used.cpu_milli.0 -= 500;
        case.assert_names(Rule::SpillReason);
    }
}
