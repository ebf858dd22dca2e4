//! Spot nodes that are taken back.

use spillway_sim::config::{RunConfig, Span};
use spillway_sim::hosts::{Core, Spillway};
use spillway_sim::record::{NodeLife, RunRecord};
use spillway_sim::time::Nanos;
use spillway_solver::policy::CapacityType;
use spillway_solver::units::UnixMs;

use super::example::{example, faults};
use super::{Witness, applied, ready};
use crate::fixture::{Given, config, on_spot, simulate};

const START_MS: i64 = 1_772_409_600_000;
const AT_150: &str =
    "horizon: 400s\nfaults: [{kind: spotInterruption, cluster: cloud, group: nodes, at: 150s}]\n";

/// The fixture's world with a cloud of spot nodes.
fn spot(more: &str) -> RunConfig {
    let mut config = config(0, 0, more);
    config.policy.clusters[1].groups[0].capacity_type = CapacityType::Spot;
    config.policy.burst_policies.push(on_spot(100, 0));
    config
}

fn lives(nodes: &[NodeLife]) -> Vec<(i64, Option<i64>, bool)> {
    let second = |at: UnixMs| (at.0 - START_MS) / 1_000;
    let life = |node: &NodeLife| {
        let until = node.until_ms.map(second);
        (second(node.from_ms), until, node.interrupted)
    };
    nodes.iter().map(life).collect()
}

#[test]
fn karpenter_drains_a_node_at_the_notice_and_orders_another() {
    let mut witness = Witness::new(vec![(15, "cloud", 1)]);
    let record = simulate(&spot(AT_150), Given::millis(&[]), &mut witness);
    // The idle pod goes at 150 s and its node with it; the next is ordered 2 s later and up at
    // 182 s, its pod Ready at 196 s.
    assert_eq!(
        lives(&record.nodes),
        [(17, Some(150), true), (152, None, false)]
    );
    let serving_ms: u64 = record
        .series
        .iter()
        .map(|row| row.workloads[0].ready_milli[1])
        .sum::<u64>();
    assert!(serving_ms > 0);
    assert_eq!(ready(&record)[3][1], 733, "from 196 s to 240 s");
    assert_eq!((applied(&record).times, applied(&record).struck), (1, 1));
}

#[test]
fn a_node_shows_that_it_leaves_for_two_minutes_and_what_it_serves_then_returns_to_the_queue() {
    // Cluster Autoscaler knows of no notices: the pod serves until it is killed at 270 s. The
    // request that it began at 65 s begins anew on the next node.
    let autoscaler = "    nodeAutoscaler: {clusterAutoscaler: {scanInterval: 10s}}\n";
    let mut witness = Witness::new(vec![(15, "cloud", 1)]);
    let config = spot(&format!("{autoscaler}{}", AT_150.replace("400s", "900s")));
    let source = Given::millis(&[(65_000, 300_000)]);
    let record = simulate(&config, source, &mut witness);
    let seen = |second| {
        let node = &witness.cluster(second, "cloud").nodes[0];
        (node.leaving, node.unschedulable, node.replicas[0].ready)
    };
    assert_eq!(seen(150), (false, false, 1));
    assert_eq!(seen(165), (true, true, 1), "and it serves on");
    assert_eq!(lives(&record.nodes)[0], (20, Some(270), true));
    assert_eq!(record.summary.requests.done, 1);
    // Ordered at 270 s, up at 300 s, Ready at 314 s, done at 614 s.
    assert_eq!(record.summary.sojourn.max_us.div_ceil(1_000_000), 549);
}

#[test]
fn a_rate_takes_nodes_as_an_exponential_life_does() {
    // A node lives half an hour on average and is replaced within a minute: in 100 h some 195.
    let rate = "horizon: 100h\nfaults: [{kind: spotInterruption, cluster: cloud, group: nodes, perNodeHour: 2}]\n";
    let run = |seed| {
        let mut config = spot(rate);
        config.world.seed = seed;
        let mut witness = Witness::new(vec![(15, "cloud", 1)]);
        simulate(&config, Given::millis(&[]), &mut witness)
    };
    let record = run(1);
    let fault = applied(&record);
    assert!((150..240).contains(&fault.times), "{}", fault.times);
    assert_eq!(fault.times, fault.struck);
    let taken = record.nodes.iter().filter(|node| node.interrupted).count();
    assert_eq!(taken as u64, fault.times);
    let bytes = |record: &RunRecord| serde_json::to_vec(record).expect("plain data");
    assert_eq!(
        bytes(&run(1)),
        bytes(&record),
        "the same seed, the same run"
    );
    assert_ne!(run(2).nodes, record.nodes);
}

#[test]
fn the_core_takes_on_demand_nodes_while_spot_ones_are_gone_and_bursts_on_spot_again() {
    let mut config = example();
    config.world.horizon = Some(Span(Nanos::from_secs(6 * 3_600)));
    config.world.faults =
        faults("[{kind: spotInterruption, cluster: eks, group: m6i-xlarge-spot, at: 1h, for: 1h}]");
    // Four requests each second, of 5 s: twenty replicas, more than home holds. In the third hour
    // one in eight of them comes, and all are at home.
    let third = 7_200_000..10_800_000;
    let requests: Vec<(u64, u64)> = (0..4 * 6 * 3_600)
        .map(|n| (n * 250, 5_000))
        .filter(|(at, _)| !third.contains(at) || at % 2_000 == 0)
        .collect();
    let source = Given::of_workload("orders", &requests);
    let mut spillway = Spillway::new(Core, config.policy.clone());
    let record = simulate(&config, source, &mut spillway);
    let start = record.meta.start_ms.0;
    let has = |group: &str, hour: i64| {
        let at = start + hour * 3_600_000 + 1_800_000;
        let there = |node: &&NodeLife| {
            node.group == group
                && node.from_ms.0 < at
                && node.until_ms.is_none_or(|until| until.0 > at)
        };
        record.nodes.iter().filter(there).count()
    };
    let hours: Vec<(usize, usize)> = (0..6)
        .map(|hour| (has("m6i-xlarge-spot", hour), has("m6i-xlarge", hour)))
        .collect();
    assert!(
        hours[0].0 > 0 && hours[0].1 == 0,
        "spot is cheaper: {hours:?}"
    );
    assert!(
        hours[1].0 == 0 && hours[1].1 > 0,
        "it is not there: {hours:?}"
    );
    assert_eq!(
        hours[2],
        (0, 0),
        "what is not needed is given back: {hours:?}"
    );
    assert!(hours[5].0 > 0 && hours[5].1 == 0, "spot again: {hours:?}");
}
