//! Where a workload may run: required capabilities, reach of its data sets, node selector,
//! taints, and a node that is large enough for one replica.
//!
//! Only increases are judged. Replicas that exist in a cluster but on no staying node (pending,
//! asked) may be planned in any of its groups, because the plan has to put them somewhere.

use crate::policy::{Taint, TaintEffect, Toleration, WorkloadSpec};

use super::facts::{Facts, Group, Site};
use super::{Findings, Rule};

/// Why the workload may not run in the cluster.
pub(super) fn cluster_refusal(workload: &WorkloadSpec, site: &Site) -> Option<String> {
    missing_capability(workload, site)
        .map(|name| format!("it lacks {name}"))
        .or_else(|| {
            far_data_set(workload, site).map(|name| format!("data set {name} is out of reach"))
        })
}

/// A capability that the workload requires and the cluster lacks.
pub(super) fn missing_capability<'w>(workload: &'w WorkloadSpec, site: &Site) -> Option<&'w str> {
    workload
        .capabilities
        .iter()
        .find(|name| !site.spec.capabilities.contains(*name))
        .map(String::as_str)
}

/// A data set that the workload uses and the cluster does not reach in time.
pub(super) fn far_data_set<'w>(workload: &'w WorkloadSpec, site: &Site) -> Option<&'w str> {
    workload
        .data_sets
        .iter()
        .find(|data| match site.spec.round_trips_ms.get(&data.name) {
            None => true,
            Some(trip) => data.max_round_trip_ms.is_some_and(|max| *trip > max),
        })
        .map(|data| data.name.as_str())
}

/// Why the workload may not run in the group, whatever its cluster offers.
pub(super) fn group_refusal(workload: &WorkloadSpec, group: &Group) -> Option<String> {
    let spec = group.spec;
    if let Some((name, value)) = workload
        .node_selector
        .iter()
        .find(|(name, value)| spec.labels.get(*name) != Some(value))
    {
        return Some(format!("its nodes lack the label {name}={value}"));
    }
    if let Some(taint) = spec
        .taints
        .iter()
        .find(|taint| !tolerated(taint, &workload.tolerations))
    {
        return Some(format!("its taint {} is not tolerated", taint.key));
    }
    let fits_new = spec
        .allocatable
        .minus(&spec.daemons)
        .fits(&workload.requests)
        > 0;
    let fits_existing = || {
        group
            .nodes
            .iter()
            .any(|node| node.allocatable.fits(&workload.requests) > 0)
    };
    (!fits_new && !fits_existing()).then(|| "no node is large enough for one replica".to_owned())
}

/// Whether the workload may run in the cluster and the group.
pub(super) fn eligible(workload: &WorkloadSpec, site: &Site, group: &Group) -> bool {
    cluster_refusal(workload, site).is_none() && group_refusal(workload, group).is_none()
}

/// Kubernetes' rule: a toleration matches a taint if key, value and effect do, and what it
/// leaves out matches everything. `PreferNoSchedule` keeps nobody off.
fn tolerated(taint: &Taint, tolerations: &[Toleration]) -> bool {
    taint.effect == TaintEffect::PreferNoSchedule
        || tolerations.iter().any(|t| {
            t.key.as_ref().is_none_or(|key| *key == taint.key)
                && t.value.as_ref().is_none_or(|value| *value == taint.value)
                && t.effect.is_none_or(|effect| effect == taint.effect)
        })
}

pub(super) fn check(facts: &Facts, found: &mut Findings) {
    for workload in facts.workloads.values() {
        for (cluster, site) in &facts.sites {
            let here = facts.observed(&workload.id, cluster);
            let added = facts.increase(&workload.id, cluster);
            if added > 0
                && let Some(why) = cluster_refusal(workload, site)
            {
                found.add(
                    Rule::ClusterIneligible,
                    format!("{} in {cluster}", workload.id),
                    format!("{added} replicas more, though {why}"),
                );
            }
            let misplaced: Vec<_> = site
                .groups
                .iter()
                .filter_map(|(name, group)| {
                    let planned = facts.group_replicas(&workload.id, cluster, name);
                    let running = facts.group_running(&workload.id, cluster, name);
                    let more = planned.saturating_sub(running);
                    (more > 0)
                        .then(|| group_refusal(workload, group))
                        .flatten()
                        .map(|why| (more, format!("{more} more in {name}, though {why}")))
                })
                .collect();
            if misplaced.iter().map(|(more, _)| more).sum::<u64>() > here.floating() {
                let details: Vec<String> = misplaced.into_iter().map(|(_, why)| why).collect();
                found.add(
                    Rule::GroupIneligible,
                    format!("{} in {cluster}", workload.id),
                    details.join("; "),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::checker::fixture::Case;
    use crate::policy::{DataSetUse, TaintEffect};
    use crate::units::{MicroUsdPerHour, Millis};

    use super::*;

    fn taint(key: &str, value: &str, effect: TaintEffect) -> Taint {
        Taint {
            key: key.into(),
            value: value.into(),
            effect,
        }
    }

    #[test]
    fn a_toleration_matches_what_it_leaves_out() {
        let spot = taint("spot", "yes", TaintEffect::NoSchedule);
        let with = |key: Option<&str>, value: Option<&str>, effect| Toleration {
            key: key.map(Into::into),
            value: value.map(Into::into),
            effect,
        };
        let cases = [
            ("no key tolerates all", with(None, None, None), true),
            ("no value is Exists", with(Some("spot"), None, None), true),
            (
                "the value counts",
                with(Some("spot"), Some("no"), None),
                false,
            ),
            ("the key counts", with(Some("gpu"), None, None), false),
            (
                "the effect counts",
                with(Some("spot"), None, Some(TaintEffect::NoExecute)),
                false,
            ),
        ];
        for (name, toleration, expected) in cases {
            assert_eq!(tolerated(&spot, &[toleration]), expected, "{name}");
        }
        assert!(tolerated(
            &taint("a", "", TaintEffect::PreferNoSchedule),
            &[]
        ));
    }

    #[test]
    fn an_increase_without_the_required_capability_is_named() {
        let mut case = Case::spilling();
        case.web().capabilities = BTreeSet::from(["fixedSourceIp".to_owned()]);
        case.assert_names(Rule::ClusterIneligible);
        case.cloud().capabilities = BTreeSet::from(["fixedSourceIp".to_owned()]);
        case.assert_silent_on(Rule::ClusterIneligible);
    }

    #[test]
    fn an_increase_too_far_from_a_data_set_is_named() {
        let mut case = Case::spilling();
        case.web().data_sets = vec![DataSetUse {
            name: "orders".into(),
            max_round_trip_ms: Some(Millis(10)),
            penalty_per_ms: MicroUsdPerHour(0),
        }];
        case.assert_names(Rule::ClusterIneligible);
        let trips = &mut case.cloud().round_trips_ms;
        trips.insert("orders".into(), Millis(11));
        case.assert_names(Rule::ClusterIneligible);
        case.cloud()
            .round_trips_ms
            .insert("orders".into(), Millis(10));
        case.assert_silent_on(Rule::ClusterIneligible);
    }

    #[test]
    fn an_increase_in_a_group_that_the_pods_may_not_run_in_is_named() {
        let mut case = Case::spilling();
        case.web().node_selector.insert("disk".into(), "ssd".into());
        case.assert_names(Rule::GroupIneligible);

        let mut case = Case::spilling();
        case.on_demand().taints = vec![taint("dedicated", "db", TaintEffect::NoExecute)];
        case.assert_names(Rule::GroupIneligible);

        let mut case = Case::spilling();
        case.web().requests.cpu_milli.0 = 100_000;
        case.assert_names(Rule::GroupIneligible);
    }

    #[test]
    fn a_pending_replica_may_stay_planned_where_it_may_no_longer_run() {
        let mut case = Case::spilling();
        case.web().node_selector.insert("disk".into(), "ssd".into());
        case.target("cloud").spec_replicas = 2;
        case.target("cloud").pending = 1;
        case.assert_silent_on(Rule::GroupIneligible);
    }
}
