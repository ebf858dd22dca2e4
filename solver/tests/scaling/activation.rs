//! Sleeping and waking.

use spillway_solver::decision::ScalingReason;
use spillway_solver::policy::Activation;
use spillway_solver::schedule::ScheduledBound;
use spillway_solver::snapshot::Reading;
use spillway_solver::units::{Millis, UnixMs};

use crate::fixture::{NOW, World, aged, average, fresh, queue, reasons};

/// Wakes above 50, sleeps after 300 s; `desired` replicas with a target of 10 each.
fn world(desired: u32, value: i64, active_seconds_ago: Option<i64>) -> World {
    let mut world = World::with(desired, average(10), fresh(value));
    world.policy.settings.downscale_stabilization_ms = Millis(0);
    let spec = world.spec();
    spec.min_replicas = 0;
    spec.activation = Some(Activation {
        threshold_milli: 50_000,
        cooldown_ms: Millis(300_000),
    });
    world.mind().active_at_ms = active_seconds_ago.map(|ago| UnixMs(NOW - ago * 1_000));
    world
}

#[test]
fn activation_decides_between_none_and_some() {
    use ScalingReason::{Activated, CoolingDown, Deactivated, MetricAboveTarget};
    for (sentence, desired, value, active, expected, first) in [
        (
            "above the threshold it wakes to one",
            0,
            51,
            None,
            1,
            Some(Activated),
        ),
        ("at the threshold it does not", 0, 50, None, 0, None),
        (
            "awake, the metrics decide",
            4,
            80,
            Some(0),
            8,
            Some(MetricAboveTarget),
        ),
        (
            "inactive within the cooldown it stays up",
            2,
            20,
            Some(300),
            2,
            Some(CoolingDown),
        ),
        (
            "after the cooldown it sleeps",
            2,
            20,
            Some(301),
            0,
            Some(Deactivated),
        ),
        (
            "activation wins over the target: 40 waiting want 4",
            4,
            40,
            Some(301),
            0,
            Some(Deactivated),
        ),
        (
            "never active, there is nothing to cool down",
            2,
            0,
            None,
            0,
            Some(Deactivated),
        ),
        (
            "cooling down the metrics keep at least one",
            2,
            0,
            Some(10),
            1,
            Some(CoolingDown),
        ),
    ] {
        let answer = world(desired, value, active).scale();
        assert_eq!(answer.desired, expected, "{sentence}");
        assert_eq!(reasons(&answer).first().copied(), first, "{sentence}");
    }
}

#[test]
fn being_active_restarts_the_cooldown() {
    let answer = world(4, 51, Some(299)).scale();
    assert_eq!(answer.memory.active_at_ms, Some(UnixMs(NOW)));
}

#[test]
fn without_fresh_data_it_neither_sleeps_nor_misses_a_wake() {
    let mut sleepy = world(2, 0, Some(400));
    sleepy.reading().primary = Reading::Empty;
    assert_eq!(sleepy.scale().desired, 2, "an empty answer is not silence");

    let mut skewed = world(2, 0, Some(400));
    skewed.memory.now_ms = Some(UnixMs(NOW + 61_000));
    assert_eq!(skewed.scale().desired, 2, "nor is a clock that is off");

    let mut asleep = world(0, 0, None);
    asleep.reading().primary = aged(90, 0);
    asleep.reading().alternative = Some(fresh(60));
    assert_eq!(asleep.scale().desired, 1, "the alternative wakes it");
}

#[test]
fn the_fallback_floor_wakes_it_when_nothing_has_been_known_for_too_long() {
    let mut blind = world(0, 0, None);
    blind.reading().primary = Reading::Empty;
    blind.spec().metrics[0].fallback.floor_replicas = 3;
    blind
        .mind()
        .metrics
        .entry("load".into())
        .or_default()
        .missing_since_ms = Some(UnixMs(NOW - 300_001));
    let answer = blind.scale();
    assert_eq!(
        (answer.desired, reasons(&answer)),
        (3, vec![ScalingReason::FallbackFloor])
    );
}

#[test]
fn lost_memory_cools_down_before_it_sleeps() {
    let mut lost = world(2, 0, None);
    lost.memory.workloads.clear();
    let answer = lost.scale();
    assert_eq!(answer.desired, 2);
    assert_eq!(
        reasons(&answer)[..2],
        [ScalingReason::Adopted, ScalingReason::CoolingDown]
    );
}

#[test]
fn any_active_metric_keeps_it_awake() {
    let mut both = world(1, 0, Some(400));
    both.measure("other", average(1_000), fresh(51));
    assert_eq!(both.scale().desired, 1);
}

#[test]
fn arrivals_keep_a_queue_awake_though_its_backlog_is_empty() {
    for (arrivals, desired) in [(51, 10), (50, 0)] {
        let mut world = World::with(10, queue(), fresh(0));
        world.spec().min_replicas = 0;
        world.spec().activation = Some(Activation {
            threshold_milli: 50_000,
            cooldown_ms: Millis(0),
        });
        world.reading().arrivals = Some(fresh(arrivals));
        assert_eq!(world.scale().desired, desired);
    }
}

#[test]
fn neither_a_minimum_nor_a_scheduled_floor_lets_it_sleep() {
    let mut floor = world(2, 0, Some(400));
    floor.spec().min_replicas = 1;
    assert_eq!(floor.scale().desired, 1);

    let mut scheduled = world(0, 0, Some(400));
    scheduled.spec().schedule = vec![ScheduledBound {
        name: "day".into(),
        time_zone: "UTC".into(),
        days: None,
        start: "00:00".into(),
        end: "00:00".into(),
        min_replicas: Some(2),
        max_replicas: None,
    }];
    let answer = scheduled.scale();
    assert_eq!(
        (answer.desired, reasons(&answer)),
        (2, vec![ScalingReason::ScheduledFloor])
    );
}

#[test]
fn without_activation_a_minimum_of_zero_follows_the_metric() {
    for (desired, value, expected) in [(2, 0, 0), (0, 1, 1), (0, 0, 0)] {
        let mut world = world(desired, value, None);
        world.spec().activation = None;
        assert_eq!(world.scale().desired, expected);
    }
}

#[test]
fn a_per_pod_metric_says_nothing_at_zero_replicas_and_is_no_outage() {
    let mut world = world(0, 0, None);
    world.measure(
        "cpu",
        spillway_solver::policy::Target::PodsAverageValue(1),
        Reading::Empty,
    );
    world.spec().metrics[1].fallback.floor_replicas = 5;
    world
        .mind()
        .metrics
        .entry("cpu".into())
        .or_default()
        .missing_since_ms = Some(UnixMs(0));
    let answer = world.scale();
    assert_eq!(answer.desired, 0);
    assert_eq!(answer.memory.metrics["cpu"].missing_since_ms, None);
}
