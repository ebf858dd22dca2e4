//! Whether the reason given for a public replica of a private-first workload can be true.
//!
//! Only what is cheap to see is checked: a cluster that is said to be cordoned is, a share that
//! is said to bind was asked for. Reasons that keep a running replica (dwell, payback, budget)
//! cannot explain more replicas than exist there: this is what stops a planner from calling a
//! fresh spill an optional move. A fit is unknown only where pods still look for nodes. Where
//! several private clusters exist one that shows the reason is enough; where none exists `NoRoom`
//! and `NoEligibleGroup` are both true. Not judged: `NoRoom` (the private-first audit does that)
//! and `Returning`.

use std::collections::BTreeMap;

use crate::decision::{SpillReason, Spilled};
use crate::ids::ClusterId;
use crate::policy::{Fill, Placement, WorkloadSpec};

use super::closed::{Closed, closed};
use super::eligibility::{far_data_set, group_refusal, missing_capability};
use super::facts::{Facts, Site};
use super::{Findings, Rule};

pub(super) fn check(facts: &Facts, found: &mut Findings) {
    for workload in facts.workloads.values() {
        if !facts.private_first(workload) {
            continue;
        }
        let Some(rationale) = facts.rationale(&workload.id) else {
            continue;
        };
        let mut kept: BTreeMap<&ClusterId, u64> = BTreeMap::new();
        for spilled in &rationale.spilled {
            if spilled.replicas > 0 && !plausible(facts, workload, spilled) {
                found.add(
                    Rule::SpillReason,
                    format!("{} in {}", workload.id, spilled.cluster),
                    format!(
                        "{} replicas for {}, which does not hold",
                        spilled.replicas, spilled.reason
                    ),
                );
            }
            if keeps_running_ones(spilled.reason) {
                *kept.entry(&spilled.cluster).or_default() += u64::from(spilled.replicas);
            }
        }
        for (cluster, kept) in kept {
            let existing = facts.observed(&workload.id, cluster).existing();
            if kept > existing {
                found.add(
                    Rule::SpillReason,
                    format!("{} in {cluster}", workload.id),
                    format!("{kept} replicas kept by dwell, payback or budget, {existing} exist"),
                );
            }
        }
    }
}

fn keeps_running_ones(reason: SpillReason) -> bool {
    matches!(
        reason,
        SpillReason::Dwell | SpillReason::Payback | SpillReason::ChurnBudget
    )
}

fn plausible(facts: &Facts, workload: &WorkloadSpec, spilled: &Spilled) -> bool {
    let private = |shows: &dyn Fn(&Site) -> bool| {
        facts
            .sites
            .values()
            .any(|site| site.is_private() && shows(site))
    };
    let burst = facts.burst(workload);
    let shut = |reasons: &[Closed]| {
        private(&|site| closed(site, facts.latest_now()).is_some_and(|why| reasons.contains(&why)))
    };
    match spilled.reason {
        SpillReason::NoRoom
        | SpillReason::Returning
        | SpillReason::Dwell
        | SpillReason::Payback
        | SpillReason::ChurnBudget => true,
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
        SpillReason::ClusterBound => !workload.cluster_bounds.is_empty(),
        SpillReason::Survivability => burst.is_some_and(|p| p.survive_percent > 0),
        SpillReason::Spread => burst.is_some_and(|p| p.max_cluster_percent < 100),
        SpillReason::CoPlacement => workload.co_placement.is_some(),
        SpillReason::Quota => {
            private(&|site| site.state.is_some_and(|state| !state.quotas.is_empty()))
        }
        SpillReason::StaleCapacity => {
            // What does not answer grows stale, and both words are true of it.
            shut(&[Closed::Stale, Closed::Unreachable, Closed::NeverObserved])
        }
        SpillReason::Unreachable => shut(&[Closed::Unreachable, Closed::NeverObserved]),
        SpillReason::Cordoned => private(&|site| site.spec.cordoned),
        SpillReason::FitUnknown => {
            workload.unmodelled
                || private(&|site| facts.corrected(&workload.id, &site.spec.name))
                || private(&|site| lands_some(facts, site))
        }
        SpillReason::MoneyCap => burst.is_some_and(|p| {
            p.caps.per_hour.is_some() || p.caps.per_day.is_some() || p.caps.per_month.is_some()
        }),
        SpillReason::TemplateMismatch => {
            let there = facts.observed(&workload.id, &spilled.cluster).template;
            private(&|site| {
                let home = facts.observed(&workload.id, &site.spec.name).template;
                home.is_some() && there.is_some() && home != there
            })
        }
        SpillReason::CheapestFirst => {
            workload.fill.or(burst.map(|p| p.fill)) == Some(Fill::Cheapest)
        }
        SpillReason::ActiveActive => burst.is_some_and(|p| p.placement == Placement::ActiveActive),
    }
}

/// Whether pods find their nodes in the cluster this tick: those that pend, and those that the
/// plan adds. Which node each takes is the scheduler's choice, so that whether one more fits
/// beside them may depend on it.
fn lands_some(facts: &Facts, site: &Site) -> bool {
    facts.workloads.keys().any(|id| {
        facts.observed(id, &site.spec.name).floating() > 0
            || facts.increase(id, &site.spec.name) > 0
    })
}

#[cfg(test)]
mod tests {
    use crate::checker::fixture::{Case, Mutation};
    use crate::policy::ClusterBound;
    use crate::snapshot::{QuotaScope, QuotaState};
    use crate::units::{MicroUsd, UnixMs};

    use super::*;

    #[test]
    fn each_reason_needs_what_it_names() {
        let cases: &[(SpillReason, Mutation)] = &[
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
                    penalty_per_ms: crate::units::MicroUsdPerHour(0),
                }];
            }),
            (SpillReason::ClusterBound, |c| {
                c.web().cluster_bounds = vec![ClusterBound {
                    cluster: "home".into(),
                    min: 0,
                    max: Some(6),
                }];
            }),
            (SpillReason::Survivability, |c| {
                c.burst().survive_percent = 50;
            }),
            (SpillReason::Spread, |c| c.burst().max_cluster_percent = 75),
            (SpillReason::CoPlacement, |c| {
                c.web().co_placement = Some("shop".into());
            }),
            (SpillReason::Quota, |c| {
                c.state("home").quotas = vec![QuotaState {
                    name: "nova.cores".into(),
                    scope: QuotaScope::InstanceCpu,
                    limit: 8,
                    used: 8,
                }];
            }),
            (SpillReason::StaleCapacity, |c| {
                c.state("home").observed_at_ms = UnixMs(0);
            }),
            (SpillReason::Unreachable, |c| {
                c.state("home").unreachable_since_ms = Some(UnixMs(0));
            }),
            (SpillReason::Cordoned, |c| c.home().cordoned = true),
            (SpillReason::FitUnknown, |c| c.web().unmodelled = true),
            (SpillReason::FitUnknown, |c| c.target("home").pending = 1),
            (SpillReason::MoneyCap, |c| {
                c.burst().caps.per_hour = Some(MicroUsd(1));
            }),
            (SpillReason::TemplateMismatch, |c| {
                c.target("home").template = Some("a".into());
                c.target("cloud").template = Some("b".into());
            }),
            (SpillReason::ActiveActive, |c| {
                c.burst().placement = Placement::ActiveActive;
            }),
        ];
        for (reason, make_true) in cases {
            let mut case = Case::spilling();
            case.rationale().spilled[0].reason = *reason;
            assert!(case.names(Rule::SpillReason), "{reason} without cause");
            make_true(&mut case);
            assert!(!case.names(Rule::SpillReason), "{reason} with its cause");
        }
    }

    #[test]
    fn a_private_first_workload_is_never_placed_by_price() {
        let mut case = Case::spilling();
        case.rationale().spilled[0].reason = SpillReason::CheapestFirst;
        case.assert_names(Rule::SpillReason);
    }

    #[test]
    fn a_fresh_spill_is_not_kept_by_dwell() {
        let mut case = Case::spilling();
        case.rationale().spilled[0].reason = SpillReason::Dwell;
        case.assert_names(Rule::SpillReason);
        case.target("cloud").spec_replicas = 2;
        case.assert_silent_on(Rule::SpillReason);
    }
}
