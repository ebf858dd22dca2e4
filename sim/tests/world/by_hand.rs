//! Two nodes, worked by hand to the second.

use spillway_sim::record::{NodeLife, Requests};
use spillway_solver::units::{Millis, UnixMs};

use crate::fixture::{Given, Script, config, simulate, try_simulate};

const START_MS: i64 = 1_772_409_600_000;

fn at_s(seconds: i64) -> UnixMs {
    UnixMs(START_MS + seconds * 1_000)
}

#[test]
fn a_burst_of_one_replica_takes_the_time_and_the_money_that_paper_says() {
    // Home holds two replicas. At 15 s a third is asked for in the cloud, at 120 s no more.
    //  15 pod, 16 unschedulable, 17 node ordered, 47 node up and pod bound, 61 Ready,
    // 120 deleted while idle, 150 node given back after being empty for 30 s.
    let requests = [
        (0, 20_000),
        (1_000, 20_000),
        (2_000, 20_000),
        (60_500, 30_000),
        (60_600, 30_000),
        (60_700, 30_000),
    ];
    let mut script = Script(vec![(15, "cloud", 1), (120, "cloud", 0)]);
    let config = config(1, 2, "horizon: 200s\n");
    let record = simulate(&config, Given::millis(&requests), &mut script);

    let cloud: Vec<&NodeLife> = record
        .nodes
        .iter()
        .filter(|node| node.cluster == "cloud")
        .collect();
    let [node] = cloud[..] else {
        panic!("one node was ordered: {cloud:?}");
    };
    assert_eq!(node.node, "nodes-0");
    assert_eq!(
        (node.from_ms, node.ready_ms, node.until_ms),
        (at_s(17), Some(at_s(47)), Some(at_s(150)))
    );
    let paid: Vec<i64> = record
        .series
        .iter()
        .map(|row| row.money.on_demand.0)
        .collect();
    assert_eq!(
        paid,
        [60_000, 43_000, 30_000, 0],
        "the first minute at once, then by the second"
    );
    assert_eq!(record.summary.money.on_demand.0, 133_000);

    let time = record.summary.replica_time;
    assert_eq!((time.private_ms, time.public_ms), (400_000, 59_000));
    let ready: Vec<&[u64]> = record
        .series
        .iter()
        .map(|row| &row.workloads[0].ready_milli[..])
        .collect();
    assert_eq!(ready, [[2_000, 0], [2_000, 983], [2_000, 0], [2_000, 0]]);

    let delay = record.summary.queue_delay;
    assert_eq!(delay.count, 6);
    assert_eq!(
        delay.max_us, 18_000_000,
        "the third waits until a replica is free at 20 s"
    );
    assert_eq!(
        delay.mean_us,
        18_300_000 / 6,
        "and the sixth for 0.3 s until the third is Ready"
    );
    let churn = record.summary.churn;
    assert_eq!((churn.actions, churn.reversals), (2, 1));
    assert_eq!((churn.node_starts, churn.node_stops), (1, 1));
}

#[test]
fn the_run_ends_with_the_interval_of_the_last_arrival() {
    for (last_ms, horizon_ms) in [(59_999, 60_000), (60_000, 120_000)] {
        let requests = Given::millis(&[(0, 10), (last_ms, 90_000)]);
        let record = simulate(&config(1, 1, ""), requests, &mut Script(Vec::new()));
        assert_eq!(record.meta.horizon_ms, Millis(horizon_ms), "{last_ms}");
        assert_eq!(
            record.summary.requests,
            Requests {
                arrived: 2,
                done: 1,
                in_service: 1,
                ..Requests::default()
            }
        );
    }
}

#[test]
fn a_replica_that_is_cut_off_after_its_grace_leaves_its_request_to_another() {
    // Both replicas work for 300 s from 0 s on. One is deleted at 15 s and killed at 45 s; its
    // request begins anew when the other one is done, at 300 s.
    let mut script = Script(vec![(15, "home", 1)]);
    let requests = Given::millis(&[(0, 300_000), (0, 300_000)]);
    let record = simulate(&config(1, 2, "horizon: 700s\n"), requests, &mut script);
    assert_eq!(record.summary.requests.done, 2);
    assert_eq!(record.summary.sojourn.max_us, 600_000_000);
}

#[test]
fn money_spent_for_late_requests_counts_those_that_still_wait() {
    // The objective is 60 s. One replica: the second request waits for 80 s, the third for ever.
    let requests = Given::millis(&[(0, 80_000), (0, 500_000), (0, 1)]);
    let record = simulate(
        &config(1, 1, "horizon: 300s\n"),
        requests,
        &mut Script(Vec::new()),
    );
    let kept = record.summary.objective;
    assert_eq!(
        (kept.requests, kept.requests_late),
        (3, 1),
        "the second is not done yet"
    );
    assert_eq!(
        kept.intervals_late, 4,
        "one waits beyond it from the second minute on"
    );
}

#[test]
fn an_interval_is_late_when_more_than_a_twentieth_of_its_requests_is_refused() {
    // One replica is busy all the time and one request may wait; the other of 20 or of 19 are refused.
    for (refused, late) in [(1_u64, 0), (2, 1)] {
        let mut config = config(1, 1, "horizon: 60s\n");
        config.world.workloads[0].most_waiting = Some(1);
        // 19 are served one after the other, and then several come at once.
        let mut requests: Vec<(u64, u64)> = (0..19).map(|n| (n * 1_000, 500)).collect();
        requests.extend((0..refused + 2).map(|_| (30_000, 1)));
        let record = simulate(&config, Given::millis(&requests), &mut Script(Vec::new()));
        assert_eq!(record.summary.requests.dropped, refused);
        let kept = record.summary.objective;
        assert_eq!(
            (kept.intervals, kept.intervals_late),
            (1, late),
            "{refused}"
        );
    }
}

#[test]
fn an_unknown_workload_is_named_with_those_that_are_known() {
    let mut config = config(1, 1, "");
    config.world.workloads[0].trace_names = vec!["other".to_owned()];
    let error = try_simulate(&config, Given::millis(&[(0, 1)]), &mut Script(Vec::new()))
        .expect_err("the trace says `worker`")
        .to_string();
    assert!(
        error.contains("`worker`") && error.contains("known: shop/worker, other"),
        "{error}"
    );
}

#[test]
fn a_world_that_does_not_fit_its_policy_is_refused_with_all_that_is_wrong() {
    let mut config = config(1, 1, "tick: 0s\n");
    config.world.clusters[1].name = "clod".into();
    config.world.clusters[0].groups[0].name = "node".into();
    config.world.workloads[0].concurrency = 0;
    let error = try_simulate(&config, Given::millis(&[]), &mut Script(Vec::new()))
        .expect_err("four fields are wrong")
        .to_string();
    for field in [
        "tick",
        "clusters[1].name",
        "clusters[0].groups[0].name",
        "workloads[0].concurrency",
    ] {
        assert!(error.contains(field), "{field} is missing: {error}");
    }
}
