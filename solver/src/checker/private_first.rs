//! The private-first audit: no replica is spilled for want of room while one more fits at home.
//!
//! A replica is said to be spilled for want of room by its reason `NoRoom`; other reasons are
//! judged elsewhere. A private cluster counts as having room only where nothing else could keep
//! the replica out: its bound, its share, what shall survive, a namespace quota, a corrected capacity. Co-placed workloads are left out,
//! because it is the whole group that finds no room; so are workloads whose fit is unknown.

use crate::decision::SpillReason;
use crate::policy::WorkloadSpec;

use super::bounds::{cluster_max, share_limit};
use super::facts::{Facts, Site};
use super::prediction::Prediction;
use super::quota::namespace_allows_one_more;
use super::{Findings, Rule};

pub(super) fn check(facts: &Facts, found: &mut Findings) {
    let suspects: Vec<(&WorkloadSpec, u64)> = facts
        .workloads
        .values()
        .filter(|workload| facts.private_first(workload))
        .filter(|workload| workload.co_placement.is_none() && !workload.unmodelled)
        .map(|workload| (*workload, spilled_for_room(facts, workload)))
        .filter(|(_, spilled)| *spilled > 0)
        .collect();
    if suspects.is_empty() {
        return;
    }
    let prediction = Prediction::new(facts);
    for (workload, spilled) in suspects {
        let home = facts
            .sites
            .values()
            .filter(|site| site.is_private() && !kept_out(facts, workload, site))
            .find_map(|site| Some((site, prediction.room(workload, site)?)));
        if let Some((site, node)) = home {
            found.add(
                Rule::PrivateFirst,
                &workload.id,
                format!(
                    "{spilled} replicas spilled for want of room, and node {node} in {} takes one",
                    site.spec.name
                ),
            );
        }
    }
}

fn spilled_for_room(facts: &Facts, workload: &WorkloadSpec) -> u64 {
    facts.rationale(&workload.id).map_or(0, |rationale| {
        rationale
            .spilled
            .iter()
            .filter(|spilled| spilled.reason == SpillReason::NoRoom)
            .map(|spilled| u64::from(spilled.replicas))
            .sum()
    })
}

/// Whether something other than room keeps one more replica out of the cluster.
fn kept_out(facts: &Facts, workload: &WorkloadSpec, site: &Site) -> bool {
    let planned = facts.replicas(&workload.id, &site.spec.name);
    cluster_max(workload, &site.spec.name).is_some_and(|max| planned >= max)
        || share_limit(facts, workload).is_some_and(|limit| planned >= limit)
        || survival_limit(facts, workload).is_some_and(|limit| planned >= limit)
        || facts.corrected(&workload.id, &site.spec.name)
        || !namespace_allows_one_more(facts, workload, site)
}

/// Most replicas in one cluster of which the asked share survives its loss.
fn survival_limit(facts: &Facts, workload: &WorkloadSpec) -> Option<u64> {
    let burst = facts
        .policy
        .burst_policies
        .iter()
        .find(|p| p.name == workload.policy)?;
    let desired = u64::from(facts.plan(&workload.id)?.desired);
    let percent = u64::from(burst.survive_percent.min(100));
    let elsewhere = (desired * percent).div_ceil(100);
    (percent > 0).then(|| desired - elsewhere)
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
        let mutations: [(&str, Mutation); 10] = [
            ("unschedulable", |c| c.node("home-2").unschedulable = true),
            ("leaving", |c| {
                c.node("home-2").leaving = true;
                c.place("home", 3);
            }),
            ("headroom", |c| c.home().headroom.percent = 1),
            ("cordoned", |c| c.home().cordoned = true),
            ("stale", |c| c.home().capacity_max_age_ms.0 = 0),
            ("a refused pod", |c| c.target("home").unschedulable = 1),
            ("a corrected capacity", |c| {
                c.memory.corrections = vec![Correction {
                    cluster: "home".into(),
                    workload: "shop/web".into(),
                    at_ms: c.snapshot.now_ms,
                }];
            }),
            ("a bound", |c| {
                c.web().cluster_bounds = vec![ClusterBound {
                    cluster: "home".into(),
                    min: 0,
                    max: Some(6),
                }];
            }),
            ("a share", |c| c.burst().max_cluster_percent = 75),
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
    fn room_promised_to_an_asked_replica_does_not_count() {
        let mut case = with_room();
        case.target("home").spec_replicas = 7;
        case.assert_silent_on(Rule::PrivateFirst);
    }
}
