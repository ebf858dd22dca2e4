//! What Karpenter and Cluster Autoscaler do in the world, as their timings say.

use spillway_sim::record::{NodeLife, RunRecord};

use crate::fixture::{Given, Script, config, simulate};

const START_MS: i64 = 1_772_409_600_000;

/// Seconds at which each cloud node was ordered and gone.
fn cloud_nodes(record: &RunRecord) -> Vec<(i64, Option<i64>)> {
    let seconds = |ms: i64| (ms - START_MS) / 1_000;
    let cloud = record.nodes.iter().filter(|node| node.cluster == "cloud");
    let life = |node: &NodeLife| {
        (
            seconds(node.from_ms.0),
            node.until_ms.map(|at| seconds(at.0)),
        )
    };
    cloud.map(life).collect()
}

#[test]
fn karpenter_orders_as_many_nodes_as_the_pods_fill_and_returns_each_when_it_is_empty() {
    let script = vec![(15, "cloud", 3), (120, "cloud", 2), (300, "cloud", 0)];
    let config = config(1, 1, "horizon: 600s\n");
    let record = simulate(&config, Given::millis(&[]), &mut Script(script));
    let nodes = cloud_nodes(&record);
    assert_eq!(nodes.len(), 2, "three pods of one core on nodes of two");
    assert!(nodes.iter().all(|(from, _)| *from == 17), "{nodes:?}");
    let mut gone: Vec<Option<i64>> = nodes.iter().map(|(_, gone)| *gone).collect();
    gone.sort_unstable();
    assert_eq!(
        gone,
        [Some(330), Some(330)],
        "the ReplicaSet takes a pod from the node that has two, so both nodes stay"
    );
}

#[test]
fn cluster_autoscaler_keeps_a_node_until_it_was_unneeded_for_ten_minutes() {
    let script = vec![(15, "cloud", 1), (120, "cloud", 0)];
    let more = "    nodeAutoscaler: {clusterAutoscaler: {}}\nhorizon: 1000s\n";
    let record = simulate(&config(1, 1, more), Given::millis(&[]), &mut Script(script));
    // Ordered by the scan at 20 s; empty after the scan at 120 s, so unneeded from 130 s on.
    assert_eq!(cloud_nodes(&record), [(20, Some(730))]);
}

#[test]
fn cluster_autoscaler_moves_the_pods_of_a_node_that_is_hardly_used() {
    let script = vec![(15, "cloud", 3), (120, "cloud", 2)];
    let more =
        "    nodeAutoscaler: {clusterAutoscaler: {utilizationPercent: 60}}\nhorizon: 1000s\n";
    let record = simulate(&config(1, 1, more), Given::millis(&[]), &mut Script(script));
    let nodes = cloud_nodes(&record);
    let gone = nodes.iter().filter(|(_, gone)| gone.is_some()).count();
    assert_eq!(
        (nodes.len(), gone),
        (2, 1),
        "two half-used nodes become one: {nodes:?}"
    );
    let last = record.series.last().expect("there are rows");
    assert_eq!(last.workloads[0].ready_milli, [1_000, 2_000]);
}

#[test]
fn a_group_never_grows_beyond_its_maximum() {
    let script = vec![(15, "cloud", 50)];
    let config = config(1, 1, "horizon: 300s\n");
    let record = simulate(&config, Given::millis(&[]), &mut Script(script));
    assert_eq!(cloud_nodes(&record).len(), 10);
    let last = record.series.last().expect("there are rows");
    assert_eq!(last.workloads[0].ready_milli, [1_000, 20_000]);
    assert_eq!(last.workloads[0].pending_milli, 30_000);
}
