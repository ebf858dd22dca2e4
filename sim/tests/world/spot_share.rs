//! How much of a workload runs on spot: as its bursting rules say, whoever decides.

use spillway_sim::record::RunRecord;
use spillway_solver::policy::CapacityType;

use crate::fixture::{Given, Script, config, on_spot, simulate};

/// Ten replicas in a cloud that has the same nodes on spot for a third of the price.
fn ten_in_the_cloud(max_percent: u8, on_demand_floor: u32) -> RunRecord {
    let mut config = config(0, 0, "horizon: 600s\n");
    let cloud = &mut config.policy.clusters[1];
    let mut spot = cloud.groups[0].clone();
    spot.name = "spot".into();
    spot.capacity_type = CapacityType::Spot;
    spot.price.0 /= 3;
    for group in [&mut cloud.groups[0], &mut spot] {
        group.max_nodes = 20;
    }
    cloud.groups.push(spot);
    let rules = on_spot(max_percent, on_demand_floor);
    config.policy.burst_policies.push(rules);
    simulate(
        &config,
        Given::millis(&[]),
        &mut Script(vec![(15, "cloud", 10)]),
    )
}

#[test]
fn spot_nodes_are_taken_by_the_share_that_the_rule_allows() {
    for (max_percent, floor, pays_spot, pays_on_demand) in [
        (0, 0, false, true),
        (50, 0, true, true),
        (100, 0, true, false),
        (100, 4, true, true),
        (100, 10, false, true),
    ] {
        let paid = ten_in_the_cloud(max_percent, floor).summary.money;
        assert_eq!(
            (paid.spot.0 > 0, paid.on_demand.0 > 0),
            (pays_spot, pays_on_demand),
            "{max_percent} % and {floor}"
        );
    }
}

#[test]
fn half_on_spot_is_half_of_the_replicas() {
    let record = ten_in_the_cloud(50, 0);
    let nodes = |group: &str| {
        record
            .nodes
            .iter()
            .filter(|node| node.group == group)
            .count()
    };
    assert_eq!(nodes("spot"), nodes("nodes"), "{:?}", record.nodes);
}
