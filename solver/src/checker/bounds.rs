//! Bounds on counts: a workload's maximum, its bounds in single clusters, and the policy's caps
//! over all of its workloads.
//!
//! Maxima are judged against what exists: a count that a tightened bound has overtaken may
//! stay. A shortfall of a cluster's minimum is a violation only if nothing at all says why: no
//! unplaced or spilled replica, no move, no reached cap, no notice, and the cluster takes
//! replicas. The fleet's `min_replicas` is not judged: a scaled-to-zero target, a ceiling by the
//! clock and the policy's cap may each lie below it, and which one did is arithmetic of scaling.

use std::collections::BTreeMap;

use crate::ids::{ClusterId, PolicyId};
use crate::policy::WorkloadSpec;

use super::closed::closed;
use super::eligibility::cluster_refusal;
use super::facts::{Facts, Site};
use super::{Findings, Rule};

/// The workload's maximum in the cluster; the least of several.
pub(super) fn cluster_max(workload: &WorkloadSpec, cluster: &ClusterId) -> Option<u64> {
    workload
        .cluster_bounds
        .iter()
        .filter(|bound| bound.cluster == *cluster)
        .filter_map(|bound| bound.max.map(u64::from))
        .min()
}

/// The workload's minimum in the cluster; the largest of several.
pub(super) fn cluster_min(workload: &WorkloadSpec, cluster: &ClusterId) -> u64 {
    workload
        .cluster_bounds
        .iter()
        .filter(|bound| bound.cluster == *cluster)
        .map(|bound| u64::from(bound.min))
        .max()
        .unwrap_or(0)
}

/// Most replicas of the workload that one cluster may have by its policy, rounded up; `None`
/// where no share is asked for, and for a co-placed workload, which is in one cluster.
pub(super) fn share_limit(facts: &Facts, workload: &WorkloadSpec) -> Option<u64> {
    let percent = u64::from(facts.burst(workload)?.max_cluster_percent);
    let desired = u64::from(facts.plan(&workload.id)?.desired);
    (percent < 100 && workload.co_placement.is_none()).then(|| (percent * desired).div_ceil(100))
}

pub(super) fn check(facts: &Facts, found: &mut Findings) {
    for workload in facts.workloads.values() {
        desired_max(facts, workload, found);
        for site in facts.sites.values() {
            cluster_bounds(facts, workload, site, found);
        }
    }
    policy_caps(facts, found);
}

fn desired_max(facts: &Facts, workload: &WorkloadSpec, found: &mut Findings) {
    if let Some(plan) = facts.plan(&workload.id)
        && plan.desired > workload.max_replicas
    {
        found.add(
            Rule::DesiredMax,
            &workload.id,
            format!(
                "desired {}, maximum {}",
                plan.desired, workload.max_replicas
            ),
        );
    }
}

fn cluster_bounds(facts: &Facts, workload: &WorkloadSpec, site: &Site, found: &mut Findings) {
    let cluster = &site.spec.name;
    let planned = facts.replicas(&workload.id, cluster);
    if let Some(max) = cluster_max(workload, cluster)
        && planned > max
        && facts.increase(&workload.id, cluster) > 0
    {
        found.add(
            Rule::ClusterMax,
            format!("{} in {cluster}", workload.id),
            format!("{planned} planned, maximum {max}"),
        );
    }
    let min = cluster_min(workload, cluster);
    let Some(plan) = facts.plan(&workload.id) else {
        return;
    };
    let all_minima: u64 = workload
        .cluster_bounds
        .iter()
        .map(|bound| u64::from(bound.min))
        .sum();
    if planned < min
        && all_minima <= u64::from(plan.desired)
        && closed(site, facts.latest_now()).is_none()
        && cluster_refusal(workload, site).is_none()
        && plan.unplaced == 0
        && !facts.explained(workload, cluster)
    {
        found.add(
            Rule::ClusterMin,
            format!("{} in {cluster}", workload.id),
            format!("{planned} planned, minimum {min}, and nothing says why"),
        );
    }
}

/// Replicas of a policy's workloads that are planned and that exist.
#[derive(Default)]
struct Total {
    planned: u64,
    existing: u64,
}

fn policy_caps(facts: &Facts, found: &mut Findings) {
    let mut all: BTreeMap<&PolicyId, Total> = BTreeMap::new();
    let mut public: BTreeMap<&PolicyId, Total> = BTreeMap::new();
    for workload in facts.workloads.values() {
        for (cluster, site) in &facts.sites {
            let planned = facts.replicas(&workload.id, cluster);
            let existing = facts.observed(&workload.id, cluster).existing();
            let mut totals = vec![&mut all];
            if site.is_public() {
                totals.push(&mut public);
            }
            for total in totals {
                let total = total.entry(&workload.policy).or_default();
                total.planned += planned;
                total.existing += existing;
            }
        }
    }
    for burst in &facts.policy.burst_policies {
        for (rule, totals, cap) in [
            (Rule::PolicyReplicas, &all, burst.max_replicas),
            (
                Rule::PolicyPublicReplicas,
                &public,
                burst.max_public_replicas,
            ),
        ] {
            if let (Some(total), Some(cap)) = (totals.get(&burst.name), cap)
                && total.planned > u64::from(cap).max(total.existing)
            {
                found.add(
                    rule,
                    &burst.name,
                    format!(
                        "{} planned, {} exist, at most {cap}",
                        total.planned, total.existing
                    ),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checker::fixture::Case;
    use crate::policy::ClusterBound;

    use super::*;

    fn bound(cluster: &str, min: u32, max: Option<u32>) -> ClusterBound {
        ClusterBound {
            cluster: cluster.into(),
            min,
            max,
        }
    }

    #[test]
    fn a_desired_count_above_the_maximum_is_named() {
        let mut case = Case::spilling();
        case.web().max_replicas = 8;
        case.assert_silent_on(Rule::DesiredMax);
        case.web().max_replicas = 7;
        case.assert_names(Rule::DesiredMax);
    }

    #[test]
    fn an_increase_above_a_clusters_maximum_is_named_and_what_exists_is_not() {
        let mut case = Case::spilling();
        case.web().cluster_bounds = vec![bound("cloud", 0, Some(1))];
        case.assert_names(Rule::ClusterMax);
        case.target("cloud").spec_replicas = 2;
        case.assert_silent_on(Rule::ClusterMax);
    }

    #[test]
    fn a_silent_shortfall_of_a_clusters_minimum_is_named() {
        let mut case = Case::spilling();
        case.web().cluster_bounds = vec![bound("cloud", 3, None)];
        case.rationale().spilled.clear();
        case.assert_names(Rule::ClusterMin);
        case.plan().unplaced = 1;
        case.assert_silent_on(Rule::ClusterMin);
    }

    #[test]
    fn an_increase_above_the_policys_caps_is_named() {
        let mut case = Case::spilling();
        case.burst().max_replicas = Some(8);
        case.burst().max_public_replicas = Some(2);
        case.assert_silent_on(Rule::PolicyReplicas);
        case.assert_silent_on(Rule::PolicyPublicReplicas);
        case.burst().max_replicas = Some(7);
        case.burst().max_public_replicas = Some(1);
        case.assert_names(Rule::PolicyReplicas);
        case.assert_names(Rule::PolicyPublicReplicas);
        case.target("cloud").spec_replicas = 2;
        case.assert_silent_on(Rule::PolicyPublicReplicas);
    }
}
