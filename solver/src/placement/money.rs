//! What a plan costs per hour.

use crate::capacity::Fleet;
use crate::decision::Money;
use crate::policy::CapacityType;
use crate::units::MicroUsdPerHour;

use super::model::Counts;

/// Costs of `counts` on `nodes` nodes a group. Each sum is exact and rounded down once, per
/// workload and cluster.
pub(crate) fn money(fleet: &Fleet<'_>, counts: &Counts, nodes: &[u32]) -> Money {
    let mut money = Money::default();
    for (group, nodes) in fleet.groups.iter().zip(nodes) {
        let cost = group.price.times(*nodes);
        match group.spec.capacity_type {
            CapacityType::Owned => {}
            CapacityType::OnDemand => money.on_demand = money.on_demand.saturating_add(cost),
            CapacityType::Spot => money.spot = money.spot.saturating_add(cost),
        }
    }
    for (w, workload) in fleet.workloads.iter().enumerate() {
        for (c, cluster) in fleet.clusters.iter().enumerate() {
            let replicas = counts.in_cluster(fleet, w, c);
            if replicas == 0 {
                continue;
            }
            let n = i128::from(replicas);
            let spec = workload.spec;
            let cpu = n.saturating_mul(i128::from(spec.requests.cpu_milli.0));
            let marginal = cpu.saturating_mul(i128::from(cluster.spec.marginal_per_core.0)) / 1000;
            let bytes = n * i128::from(spec.egress_per_hour.0);
            let egress = bytes.saturating_mul(i128::from(cluster.spec.egress_per_gib.0)) >> 30;
            let penalty = n * i128::from(workload.running_cost[c].penalty);
            money.marginal = money.marginal.saturating_add(held(marginal));
            money.egress = money.egress.saturating_add(held(egress));
            money.penalties = money.penalties.saturating_add(held(penalty));
        }
    }
    money
}

fn held(x: i128) -> MicroUsdPerHour {
    let most = i64::MAX;
    MicroUsdPerHour(i64::try_from(x.max(0)).unwrap_or(most))
}
