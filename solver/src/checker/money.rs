//! The prices used, and the money of the rationale computed again from the plan.
//!
//! Nodes: planned nodes times price, by capacity type; owned nodes cost nothing, and may be said to have
//! no price. Marginal cost:
//! per workload and cluster, cores asked for times the cluster's price of a core in use. Egress:
//! likewise, bytes sent times the price of a GiB. Penalties: replicas times the sum over data
//! sets of penalty per millisecond times round-trip; a data set out of reach has none. Products
//! are exact in 128 bits, divisions round down, and sums hold at 64 bits. The costs that the
//! solver reports of its own model are not money that is paid and are not judged.

use crate::policy::{CapacityType, WorkloadSpec};
use crate::units::MicroUsdPerHour;

use super::facts::{Facts, Site};
use super::{Findings, Rule};

/// Bytes in a GiB, the unit in which egress is priced.
const GIB: i128 = 1 << 30;

pub(super) fn check(facts: &Facts, found: &mut Findings) {
    let [
        mut on_demand,
        mut spot,
        mut marginal,
        mut egress,
        mut penalties,
    ] = [0_i128; 5];
    for (cluster, site) in &facts.sites {
        for (name, group) in &site.groups {
            let nodes = i128::from(group.planned());
            let cost = nodes * i128::from(group.price().0);
            match group.spec.capacity_type {
                CapacityType::Owned => {}
                CapacityType::OnDemand => on_demand += cost,
                CapacityType::Spot => spot += cost,
            }
            if let Some(plan) = group.plan
                && plan.price != group.price()
                && !(group.spec.capacity_type == CapacityType::Owned && plan.price.0 == 0)
            {
                found.add(
                    Rule::Price,
                    format!("{cluster}/{name}"),
                    format!(
                        "{} micro-USD per hour, observed {}",
                        plan.price.0,
                        group.price().0
                    ),
                );
            }
        }
        for workload in facts.workloads.values() {
            let replicas = i128::from(facts.replicas(&workload.id, cluster));
            marginal += product(
                &[
                    replicas,
                    i128::from(workload.requests.cpu_milli.0),
                    i128::from(site.spec.marginal_per_core.0),
                ],
                1_000,
            );
            egress += product(
                &[
                    replicas,
                    i128::from(workload.egress_per_hour.0),
                    i128::from(site.spec.egress_per_gib.0),
                ],
                GIB,
            );
            penalties = penalties.saturating_add(replicas.saturating_mul(penalty(workload, site)));
        }
    }
    let money = facts.decision.rationale.money;
    for (name, said, exact) in [
        ("on-demand nodes", money.on_demand, on_demand),
        ("spot nodes", money.spot, spot),
        ("marginal", money.marginal, marginal),
        ("egress", money.egress, egress),
        ("penalties", money.penalties, penalties),
    ] {
        let exact = at_64_bits(exact);
        if said != exact {
            found.add(
                Rule::Money,
                name,
                format!("{} micro-USD per hour, recomputed {}", said.0, exact.0),
            );
        }
    }
}

/// The product over `divisor`, rounded down; held at the type's bounds, which only nonsensical
/// input reaches.
fn product(factors: &[i128], divisor: i128) -> i128 {
    factors
        .iter()
        .fold(1_i128, |product, factor| product.saturating_mul(*factor))
        .div_euclid(divisor)
        .clamp(-BOUND, BOUND)
}

/// Far beyond 64 bits and far enough from 128 that sums of many do not overflow.
const BOUND: i128 = 1 << 100;

/// What one replica's distance to its data sets weighs per hour.
fn penalty(workload: &WorkloadSpec, site: &Site) -> i128 {
    workload
        .data_sets
        .iter()
        .filter_map(|data| {
            let trip = site.spec.round_trips_ms.get(&data.name)?;
            Some(i128::from(trip.0) * i128::from(data.penalty_per_ms.0))
        })
        .fold(0, i128::saturating_add)
}

pub(super) fn at_64_bits(exact: i128) -> MicroUsdPerHour {
    let bound = if exact < 0 { i64::MIN } else { i64::MAX };
    MicroUsdPerHour(i64::try_from(exact).unwrap_or(bound))
}

#[cfg(test)]
mod tests {
    use crate::checker::fixture::Case;
    use crate::decision::Money;
    use crate::policy::DataSetUse;
    use crate::snapshot::Price;
    use crate::units::{Bytes, MicroUsd, Millis, UnixMs};

    use super::*;

    #[test]
    fn each_kind_of_money_that_is_off_by_one_is_named() {
        let kinds: [fn(&mut Money) -> &mut MicroUsdPerHour; 5] = [
            |m| &mut m.on_demand,
            |m| &mut m.spot,
            |m| &mut m.marginal,
            |m| &mut m.egress,
            |m| &mut m.penalties,
        ];
        for kind in kinds {
            let mut case = Case::spilling();
            kind(&mut case.decision.rationale.money).0 += 1;
            case.assert_names(Rule::Money);
        }
    }

    #[test]
    fn the_parts_are_rounded_down_per_workload_and_cluster() {
        let mut case = Case::spilling();
        case.home().marginal_per_core = MicroUsdPerHour(7);
        case.web().requests.cpu_milli.0 = 999;
        case.cloud().egress_per_gib = MicroUsd(90_000);
        case.web().egress_per_hour = Bytes(1 << 29);
        case.cloud()
            .round_trips_ms
            .insert("orders".into(), Millis(4));
        case.web().data_sets = vec![DataSetUse {
            name: "orders".into(),
            max_round_trip_ms: None,
            penalty_per_ms: MicroUsdPerHour(3),
        }];
        let money = &mut case.decision.rationale.money;
        money.marginal = MicroUsdPerHour(41);
        money.egress = MicroUsdPerHour(90_000);
        money.penalties = MicroUsdPerHour(24);
        case.assert_silent_on(Rule::Money);
    }

    #[test]
    fn a_price_other_than_the_observed_one_is_named() {
        let mut case = Case::spilling();
        case.group_state("on-demand").price = Some(Price {
            micro_usd_per_hour: MicroUsdPerHour(90_000),
            observed_at_ms: UnixMs(0),
        });
        case.assert_names(Rule::Price);
        case.group_plan("on-demand").price = MicroUsdPerHour(90_000);
        case.assert_silent_on(Rule::Price);
        case.assert_names(Rule::Money);
    }

    #[test]
    fn an_owned_node_may_be_said_to_cost_nothing() {
        let mut case = Case::spilling();
        case.home().groups[0].price = MicroUsdPerHour(5);
        case.assert_silent_on(Rule::Price);
        case.group_plan("metal").price = MicroUsdPerHour(6);
        case.assert_names(Rule::Price);
    }
}
