//! Orders of nodes that fail or take long.

use spillway_sim::config::RunConfig;
use spillway_solver::ids::GroupId;
use spillway_solver::snapshot::QuotaScope;
use spillway_solver::units::{MicroUsdPerHour, UnixMs};

use super::{Witness, applied};
use crate::fixture::{Given, config, simulate};

const START_MS: i64 = 1_772_409_600_000;

/// The seconds at which nodes of the cloud were ordered and came up, when `replicas` are asked
/// for at 15 s; the cloud's part of the world file, then the rest.
fn orders(more: &str, replicas: u32) -> (Vec<(i64, Option<i64>)>, Witness) {
    orders_of(&config(1, 1, more), replicas)
}

fn orders_of(config: &RunConfig, replicas: u32) -> (Vec<(i64, Option<i64>)>, Witness) {
    let mut witness = Witness::new(vec![(15, "cloud", replicas)]);
    let record = simulate(config, Given::millis(&[]), &mut witness);
    let second = |at: UnixMs| (at.0 - START_MS) / 1_000;
    let cloud = record.nodes.iter().filter(|node| node.cluster == "cloud");
    let lives = cloud.map(|node| (second(node.from_ms), node.ready_ms.map(second)));
    (lives.collect(), witness)
}

const LACK: &str = "horizon: 10m\nfaults: [{kind: insufficientCapacity, cluster: cloud, group: nodes, at: 1s, for: 4m}]\n";

#[test]
fn karpenter_asks_again_three_minutes_after_it_was_told_that_there_is_no_capacity() {
    let (calm, _) = orders("horizon: 10m\n", 1);
    assert_eq!(calm, [(17, Some(47))]);
    // Refused at 17 s and at 198 s (a batch takes a second), ordered at 379 s.
    let (lives, witness) = orders(LACK, 1);
    assert_eq!(lives, [(379, Some(409))]);
    let seen = |second| {
        let cloud = witness.cluster(second, "cloud");
        let at = cloud.groups[0].insufficient_capacity_at_ms;
        at.map(|at| (at.0 - START_MS) / 1_000)
    };
    assert_eq!((seen(15), seen(30), seen(300)), (None, Some(17), Some(198)));
    assert_eq!(
        witness.cluster(45, "cloud").targets[0].unschedulable,
        1,
        "and no node will come"
    );
}

#[test]
fn cluster_autoscaler_backs_off_for_five_minutes_and_then_for_twice_as_long() {
    let autoscaler = "    nodeAutoscaler: {clusterAutoscaler: {scanInterval: 10s}}\n";
    let long = LACK.replace("4m}", "6m}").replace("10m", "20m");
    let (lives, _) = orders(&format!("{autoscaler}{long}"), 1);
    // Scans at 20 s and at 320 s fail; the next order is made 600 s later.
    assert_eq!(lives, [(920, Some(950))]);
}

#[test]
fn a_group_that_has_capacity_is_taken_instead() {
    let mut config = config(1, 1, LACK);
    let mut dearer = config.policy.clusters[1].groups[0].clone();
    dearer.name = GroupId::from("dearer");
    dearer.price = MicroUsdPerHour(dearer.price.0 * 2);
    config.policy.clusters[1].groups.push(dearer);
    let (lives, witness) = orders_of(&config, 1);
    assert_eq!(lives, [(17, Some(47))], "at once");
    let nodes = &witness.cluster(60, "cloud").nodes;
    assert_eq!(nodes[0].group, GroupId::from("dearer"));
}

#[test]
fn orders_beyond_a_quota_find_no_valid_host() {
    let (calm, _) = orders("    quotas: {instances: 2, cores: 4}\nhorizon: 2m\n", 4);
    assert_eq!(calm.len(), 2, "two nodes hold four replicas");
    for quota in ["instances: 1", "cores: 3", "instances: 9, cores: 2"] {
        let (lives, witness) = orders(&format!("    quotas: {{{quota}}}\nhorizon: 2m\n"), 4);
        assert_eq!(lives.len(), 1, "{quota}");
        let cloud = witness.cluster(60, "cloud");
        assert!(cloud.groups[0].insufficient_capacity_at_ms.is_some());
        let used: Vec<u64> = cloud.quotas.iter().map(|quota| quota.used).collect();
        match &cloud.quotas[0].scope {
            QuotaScope::Instances => assert_eq!(used[0], 1),
            _ => assert_eq!(used[0], 2_000, "in thousandths of a core"),
        }
    }
}

#[test]
fn a_quota_that_is_cut_binds_until_it_is_raised_again() {
    let cut = "    quotas: {instances: 5}\nhorizon: 10m\nfaults: [{kind: quotaCut, cluster: cloud, instances: 1, at: 10s, for: 2m}]\n";
    let (lives, witness) = orders(cut, 4);
    // The second order is refused at 17 s and made three minutes and a batch later.
    assert_eq!(lives, [(17, Some(47)), (198, Some(228))]);
    let limit = |second| witness.cluster(second, "cloud").quotas[0].limit;
    assert_eq!((limit(30), limit(150)), (1, 5));
}

#[test]
fn a_slow_boot_takes_a_multiple_of_the_drawn_time() {
    let slow = "horizon: 5m\nfaults: [{kind: slowBoot, cluster: cloud, factor: 2.5, at: 0s}]\n";
    assert_eq!(orders(slow, 1).0, [(17, Some(17 + 75))]);
    let other = slow.replace("factor", "group: nodes, factor");
    assert_eq!(orders(&other, 1).0, [(17, Some(17 + 75))]);
}

#[test]
fn a_fault_with_a_rate_is_drawn_by_a_stream_of_its_own() {
    let rate = "horizon: 50h\nfaults:\n- {kind: slowBoot, cluster: cloud, factor: 2, perHour: 2, for: 1m}\n";
    let spans = |more: &str, seed| {
        let mut config = config(1, 1, &format!("{rate}{more}"));
        config.world.seed = seed;
        let record = simulate(&config, Given::millis(&[]), &mut Witness::new(Vec::new()));
        record.faults[0].clone()
    };
    let fault = spans("", 1);
    assert!(
        (70..130).contains(&fault.times),
        "about a hundred: {}",
        fault.times
    );
    let another = "- {kind: slowImagePull, cluster: cloud, factor: 2, perHour: 7, for: 1m}\n";
    assert_eq!(spans(another, 1), fault, "another fault changes nothing");
    assert_ne!(spans("", 2).spans, fault.spans);
}

#[test]
fn what_was_refused_is_counted() {
    let mut witness = Witness::new(vec![(15, "cloud", 1)]);
    let record = simulate(&config(1, 1, LACK), Given::millis(&[]), &mut witness);
    assert_eq!((applied(&record).times, applied(&record).struck), (1, 2));
}
