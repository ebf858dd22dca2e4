//! What the decision core makes of faults.

use spillway_sim::config::{RunConfig, Span};
use spillway_sim::hosts::{Core, Spillway};
use spillway_sim::record::RunRecord;
use spillway_sim::time::Nanos;
use spillway_solver::policy::OnUnreachable;
use spillway_solver::units::Millis;

use super::example::{example, faults};
use super::ready;
use crate::fixture::{Given, simulate};

/// The example's clusters for four hours, with other faults.
fn broken(list: &str) -> RunConfig {
    let mut config = example();
    config.world.horizon = Some(Span(Nanos::from_secs(4 * 3_600)));
    config.world.faults = faults(list);
    config
}

/// Under requests of 5 s, so many in ten seconds, until some minute.
fn run(config: &RunConfig, in_ten: u64, until_minute: u64) -> RunRecord {
    let count = until_minute * 6 * in_ten;
    let requests: Vec<(u64, u64)> = (0..count).map(|n| (n * 10_000 / in_ten, 5_000)).collect();
    let source = Given::of_workload("orders", &requests);
    simulate(
        config,
        source,
        &mut Spillway::new(Core, config.policy.clone()),
    )
}

#[test]
fn a_lost_cluster_is_replaced_in_public_and_a_silent_one_that_serves_is_not() {
    // Eight replicas, all of which fit at home; they are replaced only where traffic is lost.
    let public = |list: &str| {
        let mut config = broken(list);
        let after_ms = Millis(300_000);
        let rule = OnUnreachable::ReplaceIfTrafficLost { after_ms };
        config.policy.burst_policies[0].on_unreachable = rule;
        let rows = ready(&run(&config, 16, 240));
        let most = |minutes: std::ops::Range<usize>| {
            rows[minutes].iter().map(|row| row[1]).max().unwrap_or(0) / 1_000
        };
        (most(0..60), most(60..120), most(230..240))
    };
    assert_eq!(public("[]"), (0, 0, 0));
    let (before, during, after) = public("[{kind: clusterLost, cluster: home, at: 1h, for: 1h}]");
    assert!(during >= 8, "all are replaced: {during}");
    assert_eq!((before, after), (0, 0), "and come home");
    let silent = public("[{kind: clusterUnreachable, cluster: home, at: 1h, for: 1h}]");
    assert_eq!(silent, (0, 0, 0));
}

#[test]
fn a_missing_metric_lowers_nothing_while_it_is_missing() {
    let at_70 = |list: &str| {
        let rows = ready(&run(&broken(list), 16, 60));
        (rows[59][0] / 1_000, rows[69][0] / 1_000)
    };
    let (before, after) = at_70("[]");
    assert!(
        after < before,
        "the load ends after an hour: {before} to {after}"
    );
    let gap = "[{kind: metricGap, workload: shop/orders, at: 60m, for: 10m}]";
    assert_eq!(at_70(gap), (before, before));
}

#[test]
fn a_burst_takes_the_group_that_a_price_step_has_made_cheaper() {
    let groups = |list: &str| {
        let record = run(&broken(list), 40, 60);
        let public = record.nodes.iter().filter(|node| node.cluster == "eks");
        let mut groups: Vec<String> = public.map(|node| node.group.to_string()).collect();
        groups.sort();
        groups.dedup();
        groups
    };
    assert_eq!(groups("[]"), ["m6i-xlarge-spot"]);
    let dear = "[{kind: priceStep, cluster: eks, group: m6i-xlarge-spot, factor: 4, at: 0s}]";
    assert_eq!(groups(dear), ["m6i-xlarge"]);
}
