//! Who may run where, whatever room there is: capabilities, data sets, bounds, selectors,
//! taints and the size of a node.

use crate::policy::{ClusterSpec, GroupSpec, Taint, TaintEffect, Toleration, WorkloadSpec};

/// Why a workload may not run in a cluster or node group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ineligible {
    /// The cluster lacks this capability.
    Capability(String),
    /// The cluster is too far from this data set, or out of its reach.
    DataSet(String),
    /// The workload's bounds forbid the cluster.
    Forbidden,
    /// The group lacks this label.
    Selector(String),
    /// The group has this taint.
    Taint(String),
}

/// What keeps `workload` from `cluster` as a whole.
pub(crate) fn cluster(workload: &WorkloadSpec, cluster: &ClusterSpec) -> Option<Ineligible> {
    if workload
        .cluster_bounds
        .iter()
        .any(|b| b.cluster == cluster.name && b.max == Some(0))
    {
        return Some(Ineligible::Forbidden);
    }
    if let Some(lacking) = workload
        .capabilities
        .iter()
        .find(|c| !cluster.capabilities.contains(*c))
    {
        return Some(Ineligible::Capability(lacking.clone()));
    }
    workload
        .data_sets
        .iter()
        .find(|d| match cluster.round_trips_ms.get(&d.name) {
            None => true,
            Some(trip) => d.max_round_trip_ms.is_some_and(|most| *trip > most),
        })
        .map(|d| Ineligible::DataSet(d.name.clone()))
}

/// What keeps `workload` from the nodes of `group`, apart from their size.
pub(crate) fn group(workload: &WorkloadSpec, group: &GroupSpec) -> Option<Ineligible> {
    if let Some((key, value)) = workload
        .node_selector
        .iter()
        .find(|(key, value)| group.labels.get(*key) != Some(*value))
    {
        return Some(Ineligible::Selector(format!("{key}={value}")));
    }
    group
        .taints
        .iter()
        .find(|t| {
            t.effect != TaintEffect::PreferNoSchedule
                && !workload.tolerations.iter().any(|o| tolerates(o, t))
        })
        .map(|t| Ineligible::Taint(format!("{}={}", t.key, t.value)))
}

/// Kubernetes' rule: an absent key, value or effect matches all.
fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    toleration.key.as_ref().is_none_or(|k| *k == taint.key)
        && toleration.value.as_ref().is_none_or(|v| *v == taint.value)
        && toleration.effect.is_none_or(|e| e == taint.effect)
}
