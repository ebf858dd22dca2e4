//! The baselines on a load that home cannot carry.

use spillway_sim::hosts::{
    Autoscaler, BurstRule, HpaClusterAutoscaler, PrivateOnly, ThresholdBurst,
};
use spillway_sim::record::RunRecord;

use crate::fixture::{Given, config, policy, simulate};

/// Half an hour at 2 requests a second of a second each, the second third at 8.
fn rush() -> Given {
    let calm = |from: u64| (0..1_200).map(move |n| (from + n * 500, 1_000));
    let rush = (0..4_800).map(|n| (600_000 + n * 125, 1_000));
    let all: Vec<_> = calm(0).chain(rush).chain(calm(1_200_000)).collect();
    Given::millis(&all)
}

fn record(autoscaler: &mut dyn Autoscaler) -> RunRecord {
    simulate(&config(2, 2, ""), rush(), autoscaler)
}

#[test]
fn private_only_pays_nothing_and_is_late() {
    let record = record(&mut PrivateOnly::new(&policy()));
    assert_eq!(record.summary.money.on_demand.0, 0);
    assert_eq!(record.summary.replica_time.public_ms, 0);
    assert!(
        record.summary.objective.requests_late > 2_000,
        "{:?}",
        record.summary.objective
    );
    let most = record
        .series
        .iter()
        .map(|row| row.workloads[0].ready_milli[0])
        .max();
    assert_eq!(most, Some(4_000), "two nodes hold four");
}

#[test]
fn hpa_in_the_public_cloud_keeps_the_objective_and_pays_for_everything() {
    let record = record(&mut HpaClusterAutoscaler::new(&policy()));
    let last = record.series.last().expect("there are rows");
    assert_eq!(last.workloads[0].ready_milli[0], 0, "nothing stays at home");
    let private_only = self::record(&mut PrivateOnly::new(&policy()));
    assert!(
        record.summary.objective.requests_late < private_only.summary.objective.requests_late / 2
    );
    assert!(record.summary.money.on_demand.0 > 0);
}

#[test]
fn a_threshold_burst_pays_less_than_the_cloud_alone_and_is_on_time_more_often_than_home_alone() {
    let burst = record(&mut ThresholdBurst::new(&policy(), BurstRule::default()));
    let home = record(&mut PrivateOnly::new(&policy()));
    let cloud = record(&mut HpaClusterAutoscaler::new(&policy()));
    let late = |record: &RunRecord| record.summary.objective.requests_late;
    assert!(
        late(&burst) < late(&home),
        "{} {}",
        late(&burst),
        late(&home)
    );
    let paid = |record: &RunRecord| record.summary.money.on_demand;
    assert!(
        paid(&burst) < paid(&cloud),
        "{:?} {:?}",
        paid(&burst),
        paid(&cloud)
    );
}
