//! Prices that change.

use spillway_solver::units::MicroUsdPerHour;

use super::{Witness, applied};
use crate::fixture::{Given, config, simulate};

#[test]
fn a_price_step_is_seen_and_billed_from_then_on_until_it_is_over() {
    let run = |faults: &str| {
        let mut witness = Witness::new(vec![(15, "cloud", 1)]);
        let config = config(1, 1, &format!("horizon: 200s\n{faults}"));
        (simulate(&config, Given::millis(&[]), &mut witness), witness)
    };
    // Ordered at 17 s, a thousand micro-USD a second.
    assert_eq!(run("").0.summary.money.on_demand.0, 183_000);
    let step = "faults: [{kind: priceStep, cluster: cloud, group: nodes, factor: 2.5, at: 137s, for: 1m}]\n";
    let (record, witness) = run(step);
    assert_eq!(
        record.summary.money.on_demand.0,
        120_000 + 60 * 2_500 + 3_000
    );
    let price = |second| {
        let price = witness.cluster(second, "cloud").groups[0].price;
        price.expect("it is known").micro_usd_per_hour
    };
    let (usual, high) = (MicroUsdPerHour(3_600_000), MicroUsdPerHour(9_000_000));
    assert_eq!((price(135), price(150)), (usual, high));
    let node = record.nodes.iter().find(|node| node.cluster == "cloud");
    let repriced = &node.expect("it was ordered").repriced;
    let prices: Vec<MicroUsdPerHour> = repriced.iter().map(|step| step.price).collect();
    assert_eq!(prices, [high, usual]);
    assert_eq!(applied(&record).times, 1);
}
