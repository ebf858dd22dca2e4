//! The feed-forward formula, and the regression tests for the defects of the public operator that lie
//! in the arithmetic.

use super::*;

#[test]
fn the_formula_gives_the_public_operator_s_weights() {
    // (what, base, target, metric in thousandths, weights of eks and home)
    let table = [
        (
            "the operator's own example",
            8,
            1_000_000,
            3_000_000,
            [16, 8],
        ),
        (
            "at the target all stays private",
            8,
            1_000_000,
            1_000_000,
            [0, 8],
        ),
        (
            "below the target all stays private",
            8,
            1_000_000,
            1,
            [0, 8],
        ),
        ("a metric of zero is a number", 8, 1_000_000, 0, [0, 8]),
        (
            "the least excess rounds up",
            8,
            1_000_000,
            1_000_001,
            [1, 8],
        ),
        ("just a whole step", 8, 1_000_000, 1_125_000, [1, 8]),
        ("just above a whole step", 8, 1_000_000, 1_125_001, [2, 8]),
        ("the least target", 255, 1, 2, [255, 255]),
        ("the largest target", 8, u64::MAX, i64::MAX, [0, 8]),
    ];
    for (what, base, target, metric, expected) in table {
        let policy = FeedForward {
            base: NonZeroU8::new(base).expect("positive"),
            target_milli: NonZeroU64::new(target).expect("positive"),
            ..policy()
        };
        let clusters = [cluster("home", 10), cluster("eks", 3)];
        let answer = by_formula(
            &policy,
            &clusters,
            TrafficMetric::Value { milli: metric },
            &none(),
        );
        assert_eq!(numbers(&answer), expected, "{what}");
    }
}

#[test]
fn defect_2_a_nan_metric_holds_the_last_weights_and_does_not_send_all_traffic_home() {
    let policy = FeedForward {
        minimum: 1,
        ..policy()
    };
    let last = by_formula(&policy, &HOME_AND_EKS(), value(3000), &none());
    let answer = by_formula(&policy, &HOME_AND_EKS(), TrafficMetric::NotANumber, &last);
    assert_eq!(numbers(&answer), [16, 8]);
    assert_eq!(reasons(&answer), ["MetricNotANumber"; 2]);
}

#[test]
fn defect_3_a_metric_that_says_nothing_holds_and_each_cause_has_its_own_reason() {
    let last = by_formula(&policy(), &HOME_AND_EKS(), value(3000), &none());
    for (metric, reason) in [
        (TrafficMetric::Failed, "MetricFailed"),
        (TrafficMetric::Empty, "MetricEmpty"),
        (TrafficMetric::NotANumber, "MetricNotANumber"),
        (TrafficMetric::Stale, "MetricStale"),
        (TrafficMetric::Partial, "MetricPartial"),
        (TrafficMetric::Value { milli: -1 }, "MetricNegative"),
        (TrafficMetric::Value { milli: i64::MIN }, "MetricNegative"),
    ] {
        let answer = by_formula(&policy(), &HOME_AND_EKS(), metric, &last);
        assert_eq!(numbers(&answer), [16, 8], "{reason}");
        assert_eq!(reasons(&answer), [reason; 2]);
        assert_eq!(answer.tier_split, last.tier_split, "{reason}");
    }
}

#[test]
fn a_metric_that_says_nothing_on_the_first_tick_leaves_the_shares_to_ready_replicas() {
    let policy = FeedForward {
        minimum: 1,
        ..policy()
    };
    let answer = by_formula(&policy, &HOME_AND_EKS(), TrafficMetric::Failed, &none());
    assert_eq!(numbers(&answer), [3, 10]);
    assert_eq!(reasons(&answer), ["MetricFailed"; 2]);
}

#[test]
fn a_hold_freezes_a_ramp_where_it_stands() {
    let mode = TrafficMode::FeedForward(policy());
    let start = by_formula(&policy(), &HOME_AND_EKS(), value(0), &none());
    let under_way = ramped(&mode, Some(100), &HOME_AND_EKS(), value(3000), &start);
    assert_eq!(numbers(&under_way), [1, 9]);
    let held = ramped(
        &mode,
        Some(100),
        &HOME_AND_EKS(),
        TrafficMetric::Failed,
        &under_way,
    );
    assert_eq!(numbers(&held), [1, 9]);
}

#[test]
fn a_hold_gives_way_to_a_cluster_that_stops_serving_and_to_one_that_serves_again() {
    let before = by_formula(&policy(), &HOME_AND_EKS(), value(3000), &none());
    let alone = [cluster("home", 0), cluster("eks", 3)];
    let lost = by_formula(&policy(), &alone, TrafficMetric::Failed, &before);
    assert_eq!(numbers(&lost), [1, 0]);
    assert_eq!(reasons(&lost), ["LastTierServing", "NoReadyReplicas"]);
    let back = by_formula(&policy(), &HOME_AND_EKS(), TrafficMetric::Failed, &lost);
    assert_eq!(numbers(&back), [16, 8], "the last split that a metric gave");
}

#[test]
fn defect_4_disable_scale_in_never_lowers_the_public_weight() {
    let policy = FeedForward {
        disable_scale_in: true,
        ..policy()
    };
    let peak = by_formula(&policy, &HOME_AND_EKS(), value(3000), &none());
    let after = by_formula(&policy, &HOME_AND_EKS(), value(500), &peak);
    assert_eq!(numbers(&after), [16, 8]);
    assert_eq!(reasons(&after), ["ScaleInDisabled"; 2]);
    let higher = by_formula(&policy, &HOME_AND_EKS(), value(4000), &after);
    assert_eq!(numbers(&higher), [24, 8]);
    assert_eq!(reasons(&higher), ["Formula"; 2]);
}

#[test]
fn defect_4_disable_scale_in_survives_a_loss_of_memory_and_a_loss_of_the_private_cloud() {
    let policy = FeedForward {
        disable_scale_in: true,
        ..policy()
    };
    let adopted = TrafficWeights::adopt([("home", Tier::Private, 8), ("eks", Tier::Public, 16)]);
    let alone = [cluster("home", 0), cluster("eks", 3)];
    let lost = by_formula(&policy, &alone, value(500), &adopted);
    assert_eq!(numbers(&lost), [1, 0]);
    let back = by_formula(&policy, &HOME_AND_EKS(), value(500), &lost);
    assert_eq!(numbers(&back), [16, 8]);
}

#[test]
fn defect_5_a_weight_beyond_255_is_scaled_down_with_the_private_one_to_the_nearest_shares() {
    // (metric over target 1, what follows for eks and home with base 8)
    for (metric, expected) in [
        (32, [248, 8]),
        (33, [32, 1]),
        (100, [99, 1]),
        (9_000_000, [255, 1]),
    ] {
        let policy = FeedForward {
            target_milli: NonZeroU64::new(1000).expect("1"),
            ..policy()
        };
        let answer = by_formula(&policy, &HOME_AND_EKS(), value(metric), &none());
        assert_eq!(numbers(&answer), expected, "metric {metric}");
        let rescaled = if metric == 32 { "Formula" } else { "Rescaled" };
        assert_eq!(reasons(&answer)[0], rescaled, "metric {metric}");
    }
    let extreme = FeedForward {
        target_milli: NonZeroU64::MIN,
        base: NonZeroU8::MAX,
        ..policy()
    };
    let metric = TrafficMetric::Value { milli: i64::MAX };
    assert_eq!(
        numbers(&by_formula(&extreme, &HOME_AND_EKS(), metric, &none())),
        [255, 1]
    );
}

#[test]
fn defect_6_the_formula_s_weights_do_not_jump() {
    let mode = TrafficMode::FeedForward(policy());
    let mut last = by_formula(&policy(), &HOME_AND_EKS(), value(0), &none());
    let mut public = Vec::new();
    while numbers(&last) != [16, 8] {
        last = ramped(&mode, Some(250), &HOME_AND_EKS(), value(3000), &last);
        public.push(last.weights[0].share_ppm);
    }
    assert_eq!(public, [250_000, 500_000, 666_667]);
}

#[test]
fn defect_7_a_scheduled_minimum_over_midnight_is_open_in_its_own_zone_and_the_highest_open_one_holds()
 {
    let minimum = |zone: &str, start: &str, end: &str, weight| ScheduledMinimum {
        time_zone: zone.into(),
        days: None,
        start: start.into(),
        end: end.into(),
        weight,
    };
    let policy = FeedForward {
        minimum: 2,
        scheduled: vec![
            minimum("UTC", "22:00", "06:00", 4),
            minimum("Asia/Tokyo", "08:00", "10:00", 5),
            minimum("Europe/Berlin", "08:00", "10:00", 9),
        ],
        ..policy()
    };
    let answer = by_formula(&policy, &HOME_AND_EKS(), value(0), &none());
    assert_eq!(numbers(&answer), [5, 8]);
    assert_eq!(reasons(&answer), ["ScheduledMinimum"; 2]);

    let closed = FeedForward {
        scheduled: policy.scheduled[2..].to_vec(),
        ..policy.clone()
    };
    let answer = by_formula(&closed, &HOME_AND_EKS(), value(0), &none());
    assert_eq!(numbers(&answer), [2, 8]);
    assert_eq!(reasons(&answer), ["Minimum"; 2]);

    let mut bad = policy;
    bad.scheduled[1].end = "10.00".into();
    let problems = TrafficMode::FeedForward(bad).validate("spec.traffic");
    assert_eq!(problems.len(), 1);
    assert_eq!(
        problems[0].path,
        "spec.traffic.feedForward.scheduled[1].end"
    );
}

#[test]
fn defect_9_a_public_cluster_without_ready_replicas_or_unhealthy_gets_no_traffic() {
    let policy = FeedForward {
        minimum: 3,
        ..policy()
    };
    for (eks, reason) in [
        (cluster("eks", 0), "NoReadyReplicas"),
        (unhealthy("eks", 3), "Unhealthy"),
    ] {
        let answer = by_formula(&policy, &[cluster("home", 10), eks], value(3000), &none());
        assert_eq!(numbers(&answer), [0, 1]);
        assert_eq!(reasons(&answer), [reason, "LastTierServing"]);
    }
}

#[test]
fn defect_10_a_tier_may_have_several_clusters_which_share_its_weight_by_ready_replicas() {
    let clusters = [
        cluster("home-1", 6),
        cluster("home-2", 2),
        cluster("eks-1", 1),
        cluster("eks-2", 3),
    ];
    let answer = by_formula(&policy(), &clusters, value(3000), &none());
    // Public 2/3 as 1:3, private 1/3 as 3:1.
    assert_eq!(numbers(&answer), [2, 6, 3, 1]);
}

#[test]
fn the_public_tier_takes_all_when_only_it_serves_even_at_a_formula_of_zero() {
    let answer = by_formula(
        &policy(),
        &[cluster("home", 0), cluster("eks", 1)],
        value(0),
        &none(),
    );
    assert_eq!(numbers(&answer), [1, 0]);
    assert_eq!(reasons(&answer), ["LastTierServing", "NoReadyReplicas"]);
}
