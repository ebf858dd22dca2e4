//! Quotas: of the cloud on new nodes, of a namespace on new replicas.

use crate::capacity::{Dims, Fleet, MOST, Workload};
use crate::placement::model::{Problem, pinned_down};
use crate::placement::terms::{Builder, Sum};
use crate::snapshot::QuotaScope;

/// Quotas of the cloud bind new nodes, quotas of a namespace bind new replicas.
pub(super) fn quotas(b: &mut Builder, p: &Problem, fleet: &Fleet<'_>) {
    for (c, cluster) in fleet.clusters.iter().enumerate() {
        if pinned_down(fleet, c) {
            continue;
        }
        for quota in &cluster.quotas {
            let left = quota.limit.saturating_sub(quota.used);
            let mut sum = Sum::default();
            let mut held = 0;
            for g in cluster.groups.clone() {
                if let Some(each) = per_node(&quota.scope, fleet, g) {
                    sum.add(p.nodes[g], each);
                    held += each.saturating_mul(i64::from(fleet.groups[g].held()));
                    continue;
                }
                for (w, workload) in fleet.workloads.iter().enumerate() {
                    let each = per_replica(&quota.scope, workload.spec);
                    sum.add(p.stay[w][g], each);
                    sum.add(p.add[w][g], each);
                }
            }
            held = held.saturating_add(pods_use(&quota.scope, fleet, c));
            let left = quota_amount(&quota.scope, left);
            let most = held.saturating_add(left);
            b.most(sum, most);
        }
    }
}

/// What our pods in cluster `c` use of a namespace's quota: all that exist, as the API server
/// counts them, and none that are only asked for.
pub(crate) fn pods_use(scope: &QuotaScope, fleet: &Fleet<'_>, c: usize) -> i64 {
    let used = |w: &Workload<'_>| {
        per_replica(scope, w.spec).saturating_mul(i64::from(w.existing[c].pods()))
    };
    fleet
        .workloads
        .iter()
        .map(used)
        .fold(0, i64::saturating_add)
}

/// What one new node of a group takes of a cloud quota; `None` for a namespace's quota.
pub(crate) fn per_node(scope: &QuotaScope, fleet: &Fleet<'_>, g: usize) -> Option<i64> {
    let group = &fleet.groups[g];
    let size = fleet.dims.need(&group.spec.allocatable);
    let each = match scope {
        QuotaScope::Instances => 1,
        QuotaScope::InstanceCpu => size[Dims::CPU],
        QuotaScope::InstanceMemory => size[Dims::MEMORY],
        _ => return None,
    };
    Some(if group.elastic() { each } else { 0 })
}

/// What one replica takes of a namespace's quota.
pub(crate) fn per_replica(scope: &QuotaScope, workload: &crate::policy::WorkloadSpec) -> i64 {
    let namespace = workload.id.as_str().split('/').next().unwrap_or_default();
    let amount = |x: u64| i64::try_from(x).unwrap_or(MOST).min(MOST);
    match scope {
        QuotaScope::NamespacePods(n) if n == namespace => 1,
        QuotaScope::NamespaceCpu(n) if n == namespace => amount(workload.requests.cpu_milli.0),
        QuotaScope::NamespaceMemory(n) if n == namespace => {
            amount(workload.requests.memory_bytes.0.div_ceil(1 << 20))
        }
        _ => 0,
    }
}

/// A quota's rest in the model's unit: memory in MiB, rounded down.
pub(crate) fn quota_amount(scope: &QuotaScope, left: u64) -> i64 {
    let left = match scope {
        QuotaScope::InstanceMemory | QuotaScope::NamespaceMemory(_) => left >> 20,
        _ => left,
    };
    i64::try_from(left).unwrap_or(i64::MAX).min(1 << 50)
}
