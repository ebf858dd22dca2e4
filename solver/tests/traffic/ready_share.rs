//! Shares of Ready replicas, and the ramp.

use super::*;

#[test]
fn weights_follow_ready_replicas() {
    // (what, clusters, weights, reasons)
    type Row = (&'static str, Vec<ClusterShare>, Vec<u8>, Vec<&'static str>);
    let table: Vec<Row> = vec![
        ("no cluster, no weight", vec![], vec![], vec![]),
        (
            "the smallest exact pair",
            vec![cluster("a", 40), cluster("b", 20)],
            vec![2, 1],
            vec!["ReadyShare"; 2],
        ),
        (
            "one cluster alone",
            vec![cluster("a", 7)],
            vec![1],
            vec!["ReadyShare"],
        ),
        (
            "no Ready replica, no weight",
            vec![cluster("a", 3), cluster("b", 0)],
            vec![1, 0],
            vec!["ReadyShare", "NoReadyReplicas"],
        ),
        (
            "unhealthy, no weight",
            vec![cluster("a", 3), unhealthy("b", 3)],
            vec![1, 0],
            vec!["ReadyShare", "Unhealthy"],
        ),
        (
            "never 0 by rounding",
            vec![cluster("a", 100_000), cluster("b", 1)],
            vec![255, 1],
            vec!["ReadyShare", "RaisedToOne"],
        ),
        (
            "the largest counts",
            vec![cluster("a", u32::MAX), cluster("b", u32::MAX)],
            vec![1, 1],
            vec!["ReadyShare"; 2],
        ),
        (
            "largest against smallest",
            vec![cluster("a", u32::MAX), cluster("b", 1)],
            vec![255, 1],
            vec!["ReadyShare", "RaisedToOne"],
        ),
        (
            "three clusters",
            vec![cluster("a", 1), cluster("b", 2), cluster("c", 3)],
            vec![1, 2, 3],
            vec!["ReadyShare"; 3],
        ),
        (
            "nothing serves and nothing is known",
            vec![cluster("a", 0), unhealthy("b", 9)],
            vec![0, 0],
            vec!["NothingServes"; 2],
        ),
    ];
    for (what, clusters, expected, why) in table {
        let answer = by_ready(&clusters, &none());
        assert_eq!(numbers(&answer), expected, "{what}");
        assert_eq!(reasons(&answer), why, "{what}");
    }
}

#[test]
fn the_last_weights_stay_while_nothing_serves_and_serving_again_has_no_ramp() {
    let first = by_ready(&[cluster("a", 2), cluster("b", 1)], &none());
    let lost = by_ready(
        &[cluster("a", 0), unhealthy("b", 1), cluster("new", 0)],
        &first,
    );
    assert_eq!(numbers(&lost), [2, 1, 0]);
    assert_eq!(reasons(&lost), ["NothingServes"; 3]);
    let again = [cluster("a", 0), cluster("b", 0), cluster("new", 4)];
    let back = ramped(
        &TrafficMode::ReadyShare,
        Some(10),
        &again,
        TrafficMetric::Empty,
        &lost,
    );
    assert_eq!(numbers(&back), [0, 0, 1]);
}

#[test]
fn a_ramp_goes_up_step_by_step_and_a_cluster_that_lost_all_ready_goes_down_at_once() {
    let tick = |clusters: &[ClusterShare], last: &TrafficWeights| {
        ramped(
            &TrafficMode::ReadyShare,
            Some(200),
            clusters,
            TrafficMetric::Empty,
            last,
        )
    };
    let home = tick(&[cluster("home", 5), cluster("eks", 0)], &none());
    assert_eq!(numbers(&home), [0, 1], "the first assignment has no ramp");
    let both = [cluster("home", 5), cluster("eks", 5)];
    let one = tick(&both, &home);
    assert_eq!(numbers(&one), [1, 4]);
    assert_eq!(reasons(&one), ["Ramping"; 2]);
    let two = tick(&both, &one);
    assert_eq!(numbers(&two), [2, 3]);
    let three = tick(&both, &two);
    assert_eq!(numbers(&three), [1, 1]);
    assert_eq!(reasons(&three), ["ReadyShare"; 2]);
    let lost = tick(&[cluster("home", 0), cluster("eks", 5)], &two);
    assert_eq!(numbers(&lost), [1, 0]);
    assert_eq!(reasons(&lost), ["ReadyShare", "NoReadyReplicas"]);
}

#[test]
fn the_traffic_of_a_lost_cluster_goes_to_the_others_in_proportion_and_the_ramp_goes_on() {
    let last = TrafficWeights::adopt([
        ("a", Tier::Private, 60),
        ("b", Tier::Private, 30),
        ("c", Tier::Private, 10),
    ]);
    let clusters = [cluster("a", 0), cluster("b", 1), cluster("c", 1)];
    let answer = ramped(
        &TrafficMode::ReadyShare,
        Some(50),
        &clusters,
        TrafficMetric::Empty,
        &last,
    );
    // 30:10 of 40 is 75 % and 25 %, and one step of 5 % towards the half is taken.
    assert_eq!(numbers(&answer), [0, 7, 3]);
}

#[test]
fn a_step_finer_than_a_weight_still_arrives() {
    let clusters = [cluster("a", 1), cluster("b", 1)];
    let mut last = TrafficWeights::adopt([("a", Tier::Private, 255), ("b", Tier::Private, 1)]);
    let mut ticks = 0;
    while last.weights[0].reason != WeightReason::ReadyShare {
        last = ramped(
            &TrafficMode::ReadyShare,
            Some(1),
            &clusters,
            TrafficMetric::Empty,
            &last,
        );
        ticks += 1;
        assert!(
            ticks <= 497,
            "the distance of 0.496094 takes 497 steps of a thousandth"
        );
    }
    assert_eq!(numbers(&last), [1, 1]);
    assert_eq!(ticks, 497);
}

/// The windows themselves are tested with the schedule.
#[test]
fn no_pair_of_weights_is_nearer_for_two_clusters_of_up_to_60_replicas() {
    for a in 0..=60u32 {
        for b in 0..=60u32 {
            if a + b == 0 {
                continue;
            }
            let chosen = numbers(&by_ready(&[cluster("a", a), cluster("b", b)], &none()));
            let (w, v) = (u32::from(chosen[0]), u32::from(chosen[1]));
            // Error |w / (w + v) - a / (a + b)| without its denominator a + b.
            let error = |w: u32, v: u32| (w * (a + b)).abs_diff(a * (w + v));
            for other_w in a.min(1)..=255 * a.min(1) {
                for other_v in b.min(1)..=255 * b.min(1) {
                    let nearer =
                        error(other_w, other_v) * (w + v) < error(w, v) * (other_w + other_v);
                    assert!(!nearer, "{a}:{b} as {w}:{v}, nearer {other_w}:{other_v}");
                }
            }
        }
    }
}
