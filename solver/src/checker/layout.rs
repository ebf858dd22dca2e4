//! How replicas are laid over the clusters: spread, standby, active-active, co-placement.
//!
//! - Spread bounds increases only, and a cluster's own minimum goes before it.
//! - Standby forbids public increases while a private cluster takes replicas; one that answers
//!   but is stale or cordoned is not held against the plan. A public minimum goes before it.
//! - Active-active asks for a replica where one would plainly fit: the cluster has an eligible
//!   group that may grow, and no quota rows; and it is violated only if nothing says why not.
//! - A co-placement group grows in one cluster; and it does not begin a second one while it
//!   stays whole in a first that still takes replicas.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::ClusterId;
use crate::policy::{Grower, Placement, WorkloadSpec};

use super::bounds::{cluster_max, cluster_min, share_limit};
use super::capacity::backing_off;
use super::closed::closed;
use super::eligibility::{cluster_refusal, eligible};
use super::facts::{Facts, Site};
use super::{Findings, Rule};

pub(super) fn check(facts: &Facts, found: &mut Findings) {
    for workload in facts.workloads.values() {
        spread(facts, workload, found);
        match facts.burst(workload).map(|policy| policy.placement) {
            Some(Placement::Standby) => standby(facts, workload, found),
            Some(Placement::ActiveActive) => active_active(facts, workload, found),
            Some(Placement::Overflow) | None => {}
        }
    }
    co_placement(facts, found);
}

fn spread(facts: &Facts, workload: &WorkloadSpec, found: &mut Findings) {
    let Some(limit) = share_limit(facts, workload) else {
        return;
    };
    for cluster in facts.sites.keys() {
        let planned = facts.replicas(&workload.id, cluster);
        if planned > limit.max(cluster_min(workload, cluster))
            && facts.increase(&workload.id, cluster) > 0
        {
            found.add(
                Rule::Spread,
                format!("{} in {cluster}", workload.id),
                format!("{planned} planned, its share is {limit}"),
            );
        }
    }
}

fn standby(facts: &Facts, workload: &WorkloadSpec, found: &mut Findings) {
    let Some(home) = facts
        .sites
        .values()
        .find(|site| site.is_private() && closed(site, facts.latest_now()).is_none())
    else {
        return;
    };
    for (cluster, site) in &facts.sites {
        let added = facts.increase(&workload.id, cluster);
        let planned = facts.replicas(&workload.id, cluster);
        if site.is_public() && added > 0 && planned > cluster_min(workload, cluster) {
            found.add(
                Rule::Standby,
                format!("{} in {cluster}", workload.id),
                format!("{added} replicas more while {} answers", home.spec.name),
            );
        }
    }
}

fn active_active(facts: &Facts, workload: &WorkloadSpec, found: &mut Findings) {
    let Some(plan) = facts.plan(&workload.id) else {
        return;
    };
    let may_run = |site: &Site| {
        cluster_refusal(workload, site).is_none()
            && cluster_max(workload, &site.spec.name) != Some(0)
    };
    let clusters = facts.sites.values().filter(|site| may_run(site)).count();
    if plan.unplaced > 0
        || workload.co_placement.is_some()
        || (plan.desired as usize) < clusters
        || facts
            .burst(workload)
            .is_some_and(|p| p.max_public_replicas.is_some())
    {
        return;
    }
    for (cluster, site) in &facts.sites {
        if facts.replicas(&workload.id, cluster) == 0
            && may_run(site)
            && plainly_fits(facts, workload, site)
            && !facts.explained(workload, cluster)
        {
            found.add(
                Rule::ActiveActive,
                format!("{} in {cluster}", workload.id),
                format!(
                    "none of {} replicas, and nothing says why not",
                    plan.desired
                ),
            );
        }
    }
}

fn plainly_fits(facts: &Facts, workload: &WorkloadSpec, site: &Site) -> bool {
    closed(site, facts.latest_now()).is_none()
        && site.state.is_some_and(|state| state.quotas.is_empty())
        && site.groups.values().any(|group| {
            let room = group
                .spec
                .allocatable
                .minus(&group.spec.daemons)
                .fits(&workload.requests);
            eligible(workload, site, group)
                && room > 0
                && group.spec.grower == Grower::NodeAutoscaler
                && group.planned() < u64::from(group.spec.max_nodes)
                && !backing_off(facts, group)
        })
}

/// What a co-placement group does in one cluster.
#[derive(Default)]
struct Together {
    planned: u64,
    existing: u64,
    added: u64,
}

fn co_placement(facts: &Facts, found: &mut Findings) {
    let mut groups: BTreeMap<&str, BTreeMap<&ClusterId, Together>> = BTreeMap::new();
    for workload in facts.workloads.values() {
        let Some(name) = &workload.co_placement else {
            continue;
        };
        for cluster in facts.sites.keys() {
            let here = groups.entry(name).or_default().entry(cluster).or_default();
            here.planned += facts.replicas(&workload.id, cluster);
            here.existing += facts.observed(&workload.id, cluster).existing();
            here.added += facts.increase(&workload.id, cluster);
        }
    }
    for (name, clusters) in groups {
        let growing: BTreeSet<&ClusterId> = clusters
            .iter()
            .filter(|(_, here)| here.added > 0)
            .map(|(cluster, _)| *cluster)
            .collect();
        let begun = clusters
            .iter()
            .any(|(_, here)| here.added > 0 && here.existing == 0);
        let staying = clusters.iter().find(|(cluster, here)| {
            here.planned > 0
                && here.planned >= here.existing
                && !growing.contains(*cluster)
                && closed(&facts.sites[*cluster], facts.latest_now()).is_none()
        });
        if growing.len() > 1 {
            let names: Vec<&str> = growing.iter().map(|cluster| cluster.as_str()).collect();
            found.add(
                Rule::CoPlacement,
                name,
                format!("it grows in {}", names.join(" and in ")),
            );
        } else if let (true, Some((home, _))) = (begun, staying) {
            found.add(
                Rule::CoPlacement,
                name,
                format!("it begins another cluster and stays whole in {home}"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checker::fixture::Case;
    use crate::policy::ClusterBound;
    use crate::units::UnixMs;

    use super::*;

    #[test]
    fn an_increase_beyond_the_share_of_a_cluster_is_named() {
        let mut case = Case::spilling();
        case.burst().max_cluster_percent = 25;
        case.assert_silent_on(Rule::Spread);
        case.burst().max_cluster_percent = 12;
        case.assert_names(Rule::Spread);
    }

    #[test]
    fn a_public_increase_while_a_private_cluster_answers_is_named_under_standby() {
        let mut case = Case::spilling();
        case.burst().placement = Placement::Standby;
        case.assert_names(Rule::Standby);
        case.state("home").unreachable_since_ms = Some(UnixMs(1));
        case.assert_silent_on(Rule::Standby);
    }

    #[test]
    fn a_public_minimum_goes_before_standby() {
        let mut case = Case::spilling();
        case.burst().placement = Placement::Standby;
        case.web().cluster_bounds = vec![ClusterBound {
            cluster: "cloud".into(),
            min: 2,
            max: None,
        }];
        case.assert_silent_on(Rule::Standby);
    }

    #[test]
    fn an_active_active_cluster_without_a_replica_is_named_unless_something_says_why() {
        let mut case = Case::spilling();
        case.burst().placement = Placement::ActiveActive;
        case.place("cloud", 0);
        case.rationale().spilled.clear();
        case.assert_names(Rule::ActiveActive);
        case.cloud().cordoned = true;
        case.assert_silent_on(Rule::ActiveActive);
    }

    #[test]
    fn a_group_that_grows_in_two_clusters_or_begins_a_second_is_named() {
        let mut case = Case::spilling();
        case.web().co_placement = Some("shop".into());
        case.assert_silent_on(Rule::CoPlacement);
        case.place("home", 7);
        case.assert_names(Rule::CoPlacement);

        let mut case = Case::spilling();
        case.web().co_placement = Some("shop".into());
        case.target("cloud").spec_replicas = 0;
        case.node("cloud-1").replicas.clear();
        case.assert_names(Rule::CoPlacement);
        case.place("home", 2);
        case.assert_silent_on(Rule::CoPlacement);
    }
}
