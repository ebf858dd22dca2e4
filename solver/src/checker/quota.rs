//! Quotas: of servers, which bind new nodes, and of namespaces, which bind new replicas.
//!
//! A node that exists or is in flight is in `used` already, and its size is the group's
//! allocatable, which is less than the server's. In a namespace what one workload gives back
//! counts for another: it is the planned state that has to fit.

use crate::policy::WorkloadSpec;
use crate::snapshot::{QuotaScope, QuotaState};

use super::facts::{Facts, Site};
use super::{Findings, Rule};

pub(super) fn check(facts: &Facts, found: &mut Findings) {
    for (cluster, site) in &facts.sites {
        for quota in site.state.iter().flat_map(|state| &state.quotas) {
            let left = i128::from(quota.limit.saturating_sub(quota.used));
            let (rule, wanted) = match namespace(&quota.scope) {
                None => (Rule::NodeQuota, new_nodes(site, &quota.scope)),
                Some(namespace) => (
                    Rule::NamespaceQuota,
                    new_replicas(facts, site, namespace, &quota.scope),
                ),
            };
            if wanted > left {
                found.add(
                    rule,
                    cluster,
                    format!(
                        "{}: {wanted} more, {} of {} used",
                        quota.name, quota.used, quota.limit
                    ),
                );
            }
        }
    }
}

/// Whether the quotas of the workload's namespace leave room for one more replica of it.
pub(super) fn namespace_allows_one_more(
    facts: &Facts,
    workload: &WorkloadSpec,
    site: &Site,
) -> bool {
    let allows = |quota: &QuotaState| {
        let Some(namespace) = namespace(&quota.scope) else {
            return true;
        };
        let left = i128::from(quota.limit.saturating_sub(quota.used));
        !is_in(workload, namespace)
            || added_replicas(facts, site, namespace, &quota.scope) + size(workload, &quota.scope)
                <= left
    };
    site.state
        .is_none_or(|state| state.quotas.iter().all(allows))
}

fn namespace(scope: &QuotaScope) -> Option<&str> {
    match scope {
        QuotaScope::Instances | QuotaScope::InstanceCpu | QuotaScope::InstanceMemory => None,
        QuotaScope::NamespacePods(name)
        | QuotaScope::NamespaceCpu(name)
        | QuotaScope::NamespaceMemory(name) => Some(name),
    }
}

fn is_in(workload: &WorkloadSpec, namespace: &str) -> bool {
    workload
        .id
        .0
        .split_once('/')
        .is_some_and(|(own, _)| own == namespace)
}

/// What one replica takes of a namespace's quota.
fn size(workload: &WorkloadSpec, scope: &QuotaScope) -> i128 {
    match scope {
        QuotaScope::NamespaceCpu(_) => i128::from(workload.requests.cpu_milli.0),
        QuotaScope::NamespaceMemory(_) => i128::from(workload.requests.memory_bytes.0),
        _ => 1,
    }
}

fn new_nodes(site: &Site, scope: &QuotaScope) -> i128 {
    site.groups
        .values()
        .map(|group| {
            let each = match scope {
                QuotaScope::InstanceCpu => group.spec.allocatable.cpu_milli.0,
                QuotaScope::InstanceMemory => group.spec.allocatable.memory_bytes.0,
                _ => 1,
            };
            i128::from(group.new_nodes()) * i128::from(each)
        })
        .sum()
}

/// What the plan takes more of the namespace's quota, less what it gives back; 0 where it adds
/// no replica.
fn new_replicas(facts: &Facts, site: &Site, namespace: &str, scope: &QuotaScope) -> i128 {
    let adds = facts.workloads.values().any(|workload| {
        is_in(workload, namespace) && facts.increase(&workload.id, &site.spec.name) > 0
    });
    if !adds {
        return 0;
    }
    members(facts, namespace)
        .map(|workload| {
            let existing = facts.observed(&workload.id, &site.spec.name).existing();
            let planned = facts.replicas(&workload.id, &site.spec.name);
            (i128::from(planned) - i128::from(existing)) * size(workload, scope)
        })
        .sum()
}

/// What the plan takes more of the namespace's quota beyond the pods that exist, with nothing
/// given back: the strictest count.
fn added_replicas(facts: &Facts, site: &Site, namespace: &str, scope: &QuotaScope) -> i128 {
    members(facts, namespace)
        .map(|workload| {
            let here = facts.observed(&workload.id, &site.spec.name);
            let planned = facts.replicas(&workload.id, &site.spec.name);
            let more = planned.max(here.existing()).saturating_sub(here.pods);
            i128::from(more) * size(workload, scope)
        })
        .sum()
}

fn members<'f>(
    facts: &'f Facts,
    namespace: &'f str,
) -> impl Iterator<Item = &'f WorkloadSpec> + 'f {
    facts
        .workloads
        .values()
        .copied()
        .filter(move |workload| is_in(workload, namespace))
}

#[cfg(test)]
mod tests {
    use crate::checker::fixture::Case;

    use super::*;

    fn with_quota(scope: QuotaScope, left: u64) -> Case {
        let mut case = Case::spilling();
        case.state("cloud").quotas = vec![QuotaState {
            name: "a quota".into(),
            scope,
            limit: 10_000 + left,
            used: 10_000,
        }];
        case
    }

    #[test]
    fn a_new_node_beyond_the_quota_of_servers_is_named() {
        for (scope, enough) in [
            (QuotaScope::Instances, 1),
            (QuotaScope::InstanceCpu, 2_000),
            (QuotaScope::InstanceMemory, 8 << 30),
        ] {
            let mut case = with_quota(scope.clone(), enough);
            case.group_plan("on-demand").planned = 2;
            case.assert_silent_on(Rule::NodeQuota);
            let mut case = with_quota(scope, enough - 1);
            case.assert_silent_on(Rule::NodeQuota);
            case.group_plan("on-demand").planned = 2;
            case.assert_names(Rule::NodeQuota);
        }
    }

    #[test]
    fn a_new_replica_beyond_the_quota_of_its_namespace_is_named() {
        for (scope, enough) in [
            (QuotaScope::NamespacePods("shop".into()), 1),
            (QuotaScope::NamespaceCpu("shop".into()), 1_000),
            (QuotaScope::NamespaceMemory("shop".into()), 1 << 30),
        ] {
            with_quota(scope.clone(), enough).assert_silent_on(Rule::NamespaceQuota);
            with_quota(scope, enough - 1).assert_names(Rule::NamespaceQuota);
        }
    }

    #[test]
    fn the_quota_of_another_namespace_does_not_bind() {
        with_quota(QuotaScope::NamespacePods("blog".into()), 0)
            .assert_silent_on(Rule::NamespaceQuota);
    }
}
