//! Clusters that are lost, unreachable, or cut off from the autoscaler.

use spillway_sim::record::FaultSpan;
use spillway_solver::units::UnixMs;

use super::{Witness, applied, ready, steady};
use crate::fixture::{Given, config, simulate};

const START_MS: i64 = 1_772_409_600_000;

fn at_s(seconds: i64) -> UnixMs {
    UnixMs(START_MS + seconds * 1_000)
}

#[test]
fn a_lost_cluster_serves_nothing_and_comes_back_with_the_nodes_of_the_start() {
    let run = |faults: &str| {
        let mut witness = Witness::new(vec![(75, "home", 1)]);
        let config = config(2, 4, &format!("horizon: 240s\n{faults}"));
        let source = Given::millis(&steady(200));
        (simulate(&config, source, &mut witness), witness)
    };
    let (calm, _) = run("");
    assert_eq!(ready(&calm)[3], [1_000, 0], "without it the write succeeds");
    assert_eq!(calm.summary.queue_delay.max_us, 0);

    let (record, witness) = run("faults: [{kind: clusterLost, cluster: home, at: 60s, for: 1m}]\n");
    // At 120 s two nodes are up with their images; four pods are bound and Ready 4 s later.
    assert_eq!(
        ready(&record),
        [[4_000, 0], [0, 0], [3_733, 0], [4_000, 0]],
        "and the write at 75 s failed"
    );
    assert_eq!(
        record.summary.requests.done, 200,
        "what was cut off is retried"
    );
    assert!(
        record.summary.queue_delay.max_us > 60_000_000,
        "and has waited"
    );
    let taken = record.nodes.iter().filter(|node| node.interrupted);
    assert_eq!((taken.count(), record.nodes.len()), (2, 4));
    let during = witness.cluster(105, "home");
    assert_eq!(during.unreachable_since_ms, Some(at_s(60)));
    assert_eq!(during.serves_traffic, Some(false));
    assert_eq!(during.observed_at_ms, at_s(59), "as it was seen last");
    assert_eq!(during.nodes.len(), 2);
    assert_eq!(witness.cluster(135, "home").unreachable_since_ms, None);
    let fault = applied(&record);
    assert_eq!(
        (fault.kind.as_str(), fault.target.as_str()),
        ("clusterLost", "home")
    );
    assert_eq!((fault.times, fault.struck), (1, 2), "two nodes");
    let span = FaultSpan {
        from_ms: at_s(60),
        until_ms: Some(at_s(120)),
    };
    assert_eq!(fault.spans, [span]);
}

/// One replica for the cloud at 45 s, whose node is up at 77 s, and none any more at 105 s.
fn cut_off(kind: &str) -> (Vec<[u64; 2]>, Witness) {
    let mut witness = Witness::new(vec![(45, "cloud", 1), (105, "cloud", 0)]);
    let fault = format!("faults: [{{kind: {kind}, cluster: cloud, at: 50s, for: 70s}}]\n");
    let config = config(1, 1, &format!("horizon: 180s\n{fault}"));
    let record = simulate(&config, Given::millis(&steady(150)), &mut witness);
    (ready(&record), witness)
}

#[test]
fn behind_an_unreachable_api_nothing_is_bound_written_or_seen_and_pods_serve_on() {
    let (rows, witness) = cut_off("clusterUnreachable");
    // Bound at 120 s, when the API answers again, and Ready 14 s later.
    assert_eq!(rows, [[1_000, 0], [1_000, 0], [1_000, 766]]);
    let during = witness.cluster(105, "cloud");
    assert_eq!(during.unreachable_since_ms, Some(at_s(50)));
    assert_eq!(during.serves_traffic, Some(true));
    assert_eq!(during.observed_at_ms, at_s(44));
    assert!(during.nodes.is_empty(), "the node at 77 s is not seen");

    let mut script = Witness::new(Vec::new());
    let more =
        "horizon: 180s\nfaults: [{kind: clusterUnreachable, cluster: home, at: 50s, for: 70s}]\n";
    let record = simulate(
        &config(1, 2, more),
        Given::millis(&steady(150)),
        &mut script,
    );
    assert_eq!(ready(&record), [[2_000, 0]; 3], "what ran runs on");
}

#[test]
fn behind_a_partition_the_cluster_itself_goes_on() {
    let (rows, witness) = cut_off("partition");
    // Bound at 77 s and Ready at 91 s: 29 s of the second minute. The write at 105 s failed.
    assert_eq!(rows, [[1_000, 0], [1_000, 483], [1_000, 1_000]]);
    assert_eq!(
        witness.cluster(105, "cloud").unreachable_since_ms,
        Some(at_s(50))
    );
    assert_eq!(witness.cluster(135, "cloud").nodes.len(), 1);
}
