//! New templates.

use super::{Witness, applied};
use crate::fixture::{Given, config, simulate};

#[test]
fn a_roll_out_replaces_every_pod_with_a_quarter_more_and_a_quarter_less() {
    let faults = "horizon: 300s\nfaults: [{kind: rollOut, workload: shop/worker, at: 72s}]\n";
    let mut witness = Witness::new(Vec::new());
    let record = simulate(&config(3, 4, faults), Given::millis(&[]), &mut witness);
    assert_eq!(record.summary.churn.replica_starts, 4, "each one anew");
    assert_eq!(record.summary.churn.replica_stops, 4);
    let mut surges = Vec::new();
    for snapshot in &witness.seen {
        let home = &snapshot.clusters[0];
        let replicas = home.nodes.iter().flat_map(|node| &node.replicas);
        let (mut ready, mut bound) = (0, 0);
        for replica in replicas {
            ready += replica.ready;
            bound += replica.bound;
        }
        let all = ready + bound + home.targets[0].pending;
        assert!(ready >= 3 && all <= 5, "{ready} Ready of {all}");
        surges.push(home.targets[0].rollout_surge);
    }
    assert!(surges.contains(&1), "it is seen: {surges:?}");
    assert_eq!((surges.first(), surges.last()), (Some(&0), Some(&0)));
    assert_eq!(applied(&record).times, 1);
}

#[test]
fn a_target_that_changes_while_it_rolls_ends_as_it_was_asked() {
    for replicas in [0, 1, 3, 6] {
        let faults = "horizon: 300s\nfaults: [{kind: rollOut, workload: shop/worker, at: 61s}]\n";
        let mut witness = Witness::new(vec![(75, "home", replicas)]);
        let record = simulate(&config(4, 4, faults), Given::millis(&[]), &mut witness);
        let last = record.series.last().expect("five minutes");
        assert_eq!(
            last.workloads[0].ready_milli[0],
            u64::from(replicas) * 1_000
        );
        let surge = witness.cluster(285, "home").targets[0].rollout_surge;
        assert_eq!(surge, 0, "{replicas}");
    }
}
