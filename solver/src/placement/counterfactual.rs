//! The same tick decided in other ways: all in public, all at home, greedily. Each from nothing
//! and without caps; priced again only where something that it depends on has changed.

use crate::capacity::Fleet;
use crate::decision::{Counterfactual, Counterfactuals};
use crate::memory::{Memory, PricedOtherwise};
use crate::policy::Tier;

use super::greedy::{self, Use};
use super::hash::Fnv;
use super::model::Demand;
use super::money::money;

/// What the other ways would have cost, with what is remembered of it.
pub(crate) fn counterfactuals(
    fleet: &Fleet<'_>,
    demand: &Demand,
    memory: &Memory,
) -> PricedOtherwise {
    let input_hash = fingerprint(fleet, demand);
    let last = memory.priced_otherwise.as_ref();
    if let Some(last) = last.filter(|last| last.input_hash == input_hash) {
        return last.clone();
    }
    let price = |which: Use| {
        let counts = greedy::place(fleet, demand, which, i64::MAX);
        let served: u32 = (0..fleet.workloads.len()).map(|w| counts.total(w)).sum();
        let desired: u32 = demand.desired.iter().sum();
        Counterfactual {
            cost: money(fleet, &counts, &counts.nodes).paid(),
            unserved: desired - served,
        }
    };
    PricedOtherwise {
        input_hash,
        costs: Counterfactuals {
            all_public: price(Use::PublicOnly),
            all_private: price(Use::PrivateOnly),
            greedy: price(Use::PrivateFirst),
        },
    }
}

/// A hash of all that [`greedy::place`] and [`money`] read.
fn fingerprint(fleet: &Fleet<'_>, demand: &Demand) -> String {
    let mut h = Fnv::new();
    for cluster in &fleet.clusters {
        h.number(i64::from(cluster.spec.tier == Tier::Public));
        h.number(cluster.condition as i64);
        h.number(cluster.spec.marginal_per_core.0);
        h.number(cluster.spec.egress_per_gib.0);
    }
    for group in &fleet.groups {
        h.number(group.spec.capacity_type as i64);
        h.number(i64::try_from(group.cluster).unwrap_or(i64::MAX));
        h.number(i64::from(group.elastic()));
        h.number(i64::from(group.held()));
        h.number(i64::from(group.growth));
        h.number(group.price.0);
        for amount in group.fresh.iter().chain(&group.capacity) {
            h.number(*amount);
        }
    }
    let shut = |g: &usize| !fleet.takes_new(fleet.groups[*g].cluster);
    let kept: Vec<usize> = (0..fleet.groups.len()).filter(shut).collect();
    for (workload, desired) in fleet.workloads.iter().zip(&demand.desired) {
        h.number(i64::from(*desired));
        h.number(i64::from(workload.spec.priority));
        h.flags(&workload.eligible);
        for amount in &workload.request {
            h.number(*amount);
        }
        h.number(i64::try_from(workload.spec.requests.cpu_milli.0).unwrap_or(i64::MAX));
        h.number(i64::try_from(workload.spec.egress_per_hour.0).unwrap_or(i64::MAX));
        for cost in &workload.running_cost {
            h.number(cost.penalty);
            h.number(cost.weighed);
        }
        // Of a cluster that takes nothing new, what it holds is all that may be used.
        for g in &kept {
            h.number(i64::from(workload.holding[*g]));
        }
    }
    h.text()
}
