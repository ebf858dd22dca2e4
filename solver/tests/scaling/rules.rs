//! HPA's rules as a fleet sees them: window, limits, bounds, schedule, group cap, logs.

use spillway_solver::decision::{NoticeReason, ScalingReason};
use spillway_solver::hpa::{Behavior, Recommendation};
use spillway_solver::schedule::ScheduledBound;
use spillway_solver::snapshot::{MetricState, Reading};
use spillway_solver::units::{Millis, UnixMs};

use crate::fixture::{CLOUD, HOME, NOW, SHOP, World, average, fresh, queue, reasons};

fn behavior(json: &str) -> Behavior {
    serde_json::from_str(json).expect("a behavior")
}

/// Open at `NOW`, noon UTC.
fn scheduled(min: Option<u32>, max: Option<u32>) -> ScheduledBound {
    ScheduledBound {
        name: "noon".into(),
        time_zone: "UTC".into(),
        days: None,
        start: "11:00".into(),
        end: "13:00".into(),
        min_replicas: min,
        max_replicas: max,
    }
}

#[test]
fn the_largest_proposal_of_several_metrics_counts() {
    let mut world = World::with(4, average(10), fresh(60));
    world.measure("other", average(10), fresh(80));
    let answer = world.scale();
    let proposals: Vec<_> = answer
        .metrics
        .iter()
        .map(|metric| metric.proposal)
        .collect();
    assert_eq!((answer.desired, proposals), (8, vec![Some(6), Some(8)]));
}

#[test]
fn a_workload_without_metrics_keeps_its_count_within_its_bounds() {
    for (desired, expected) in [(4, 4), (101, 100), (0, 1)] {
        assert_eq!(World::new(desired).scale().desired, expected);
    }
}

#[test]
fn the_window_holds_a_scale_down_and_the_log_stays_raw() {
    let mut world = World::with(4, average(10), fresh(20));
    world.mind().recommendations = vec![Recommendation {
        at_ms: NOW - 100_000,
        replicas: 5,
    }];
    let answer = world.scale();
    assert_eq!(
        answer.desired, 5,
        "without behavior HPA goes to the log's highest"
    );
    assert_eq!(
        reasons(&answer),
        [
            ScalingReason::MetricsBelowTarget,
            ScalingReason::ScaleDownStabilized
        ]
    );
    assert_eq!(answer.memory.recommendations[1].replicas, 2);
}

#[test]
fn rate_policies_limit_and_know_only_changes_of_the_desired_count() {
    let policies = r#"{"scaleUp":{"policies":[{"type":"Pods","value":2,"periodSeconds":60}]}}"#;
    let mut world = World::with(4, average(10), fresh(100));
    world.spec().behavior = Some(behavior(policies));
    let first = world.tick(15);
    assert_eq!((first.desired, first.memory.scale_ups.len()), (6, 1));
    assert_eq!(reasons(&first)[1], ScalingReason::ScaleUpLimit);
    world.runs(crate::fixture::SHOP, HOME, 4, 0, 2);
    let second = world.tick(45);
    assert_eq!(
        (second.desired, second.memory.scale_ups.len()),
        (6, 1),
        "two a minute"
    );
    assert_eq!(world.tick(0).desired, 8, "a minute later two more");
}

#[test]
fn bounds_and_schedule_move_the_count_at_once() {
    use ScalingReason::{
        AboveMax, BelowMin, ScheduledCeiling, ScheduledFloor, TooFewReplicas, TooManyReplicas,
    };
    let none = None;
    for (sentence, desired, load, schedule, expected, reason) in [
        (
            "above max the count jumps down",
            150,
            500,
            none,
            100,
            AboveMax,
        ),
        ("below min it jumps up", 1, 500, none, 2, BelowMin),
        (
            "the maximum binds a scale-up",
            90,
            2_000,
            none,
            100,
            TooManyReplicas,
        ),
        (
            "the minimum binds a scale-down",
            4,
            0,
            none,
            2,
            TooFewReplicas,
        ),
        (
            "an open floor raises at once",
            4,
            40,
            Some((Some(10), None)),
            10,
            ScheduledFloor,
        ),
        (
            "an open floor binds a scale-down",
            12,
            0,
            Some((Some(10), None)),
            10,
            ScheduledFloor,
        ),
        (
            "an open ceiling lowers at once",
            12,
            120,
            Some((None, Some(10))),
            10,
            ScheduledCeiling,
        ),
        (
            "an open ceiling binds a scale-up",
            9,
            120,
            Some((None, Some(10))),
            10,
            ScheduledCeiling,
        ),
    ] {
        let mut world = World::with(desired, average(10), fresh(load));
        world.policy.settings.downscale_stabilization_ms = Millis(0);
        world.spec().min_replicas = 2;
        if let Some((min, max)) = schedule {
            world.spec().schedule = vec![scheduled(min, max)];
        }
        let answer = world.scale();
        assert_eq!(answer.desired, expected, "{sentence}");
        assert_eq!(reasons(&answer).pop(), Some(reason), "{sentence}");
        assert!(
            (answer.floor..=answer.ceiling).contains(&answer.desired),
            "{sentence}"
        );
    }
}

#[test]
fn where_the_schedule_conflicts_the_floor_holds_and_a_notice_says_so() {
    for (sentence, min, max, bounds, conflict) in [
        ("floor above ceiling", Some(10), Some(5), (10, 10), true),
        ("ceiling below min", None, Some(1), (2, 2), true),
        ("floor above max", Some(200), None, (100, 100), true),
        ("no conflict", Some(5), Some(10), (5, 10), false),
    ] {
        let mut world = World::new(4);
        world.spec().min_replicas = 2;
        world.spec().schedule = match (min, max) {
            (Some(10), Some(5)) => {
                let mut ceiling = scheduled(None, max);
                ceiling.name = "lunch".into();
                vec![scheduled(min, None), ceiling]
            }
            _ => vec![scheduled(min, max)],
        };
        let answer = world.scale();
        assert_eq!((answer.floor, answer.ceiling), bounds, "{sentence}");
        let said = answer
            .notices
            .iter()
            .any(|n| n.reason == NoticeReason::ScheduleConflict);
        assert_eq!(said, conflict, "{sentence}");
    }
}

#[test]
fn a_scheduled_ceiling_does_not_lower_by_a_clock_that_is_off() {
    let mut world = World::new(12);
    world.spec().schedule = vec![scheduled(None, Some(10))];
    world.memory.now_ms = Some(UnixMs(NOW + 120_000));
    assert_eq!(world.scale().desired, 12);
}

#[test]
fn the_group_cap_is_shared_out_by_priority_then_id_and_floors_come_first() {
    let counts = |cap| {
        let mut world = World::new(10);
        for (id, priority) in [("a/low", -1), ("b/equal", 0), ("c/high", 9)] {
            world.add(id, 10);
            world.policy.workloads.last_mut().unwrap().priority = priority;
        }
        world.policy.burst_policies[0].max_replicas = Some(cap);
        world
            .all()
            .into_iter()
            .map(|answer| answer.desired)
            .collect::<Vec<_>>()
    };
    // In order of id: a/low, b/equal, c/high, shop/web; the minimum is 1 each.
    assert_eq!(counts(40), [10, 10, 10, 10]);
    assert_eq!(counts(25), [1, 10, 10, 4]);
    assert_eq!(counts(13), [1, 1, 10, 1]);
    assert_eq!(counts(3), [0, 1, 1, 1], "the cap holds before the floors");
    assert_eq!(counts(0), [0, 0, 0, 0]);
}

#[test]
fn what_a_silent_cluster_holds_counts_against_the_group_cap() {
    let mut world = World::with(2, average(10), fresh(20));
    world.add("a/other", 10);
    world.policy.burst_policies[0].max_replicas = Some(12);
    world.runs(SHOP, CLOUD, 8, 0, 0);
    let other = |world: &World| world.all()[0].desired;
    assert_eq!(other(&world), 10);
    // Six of the eight are more than is wanted; now nothing can take them away.
    world.snapshot.clusters[CLOUD].unreachable_since_ms = Some(UnixMs(NOW));
    assert_eq!(other(&world), 4);
}

#[test]
fn a_floor_that_the_group_cap_cuts_is_told() {
    let mut world = World::new(2);
    world.spec().schedule = vec![scheduled(Some(9), None)];
    world.policy.burst_policies[0].max_replicas = Some(5);
    let answer = world.scale();
    assert_eq!((answer.desired, answer.floor), (5, 5));
    assert_eq!(answer.notices[0].reason, NoticeReason::FloorUnmet);
    assert_eq!(
        answer.notices[0].detail,
        "shall have at least 9 and gets 5: rules allows 5 replicas in all; raise its \
         maxReplicas, or lower a floor"
    );
}

#[test]
fn the_group_cap_names_itself_and_is_remembered() {
    let mut world = World::with(10, average(10), fresh(120));
    world.policy.burst_policies[0].max_replicas = Some(11);
    let answer = world.scale();
    assert_eq!(
        reasons(&answer),
        [ScalingReason::MetricAboveTarget, ScalingReason::GroupCap]
    );
    assert_eq!((answer.desired, answer.memory.desired), (11, 11));
}

#[test]
fn a_queue_is_sized_to_drain_in_time() {
    let mut world = World::with(4, queue(), fresh(3_000));
    world.reading().arrivals = Some(fresh(20));
    let answer = world.scale();
    assert_eq!(
        (answer.metrics[0].proposal, answer.desired),
        (Some(14), 8),
        "doubling binds"
    );
    assert_eq!(
        reasons(&answer),
        [ScalingReason::QueueDrain, ScalingReason::ScaleUpLimit]
    );
    world.reading().primary = fresh(-5);
    world.reading().arrivals = Some(fresh(-7));
    assert_eq!(
        world.scale().metrics[0].proposal,
        Some(0),
        "negative counts are none"
    );
}

#[test]
fn what_does_not_fit_at_home_is_sized_with_the_public_boot_time() {
    let mut world = World::with(4, queue(), fresh(0));
    world.reading().arrivals = Some(fresh(100));
    assert_eq!(
        world.scale().metrics[0].proposal,
        Some(28),
        "80/s pile up for 30 s"
    );
    world.home.replicas = 4;
    assert_eq!(
        world.scale().metrics[0].proposal,
        Some(46),
        "and 60/s for 90 s more"
    );
}

/// 40 items a second come and go; sampled some seconds after `NOW`.
fn flow(second: i64, backlog: i64) -> MetricState {
    let at = |value: i64| Reading::Series {
        at_ms: UnixMs(NOW + second * 1_000),
        values_milli: vec![value * 1_000],
    };
    MetricState {
        primary: at(backlog),
        arrivals: Some(at(40)),
        completions: [("home".into(), at(40))].into(),
        alternative: None,
    }
}

#[test]
fn growth_stops_where_more_replicas_complete_no_more() {
    let mut world = World::with(10, queue(), fresh(0));
    let mut grown = 0;
    let mut last = None;
    for tick in 0..40 {
        *world.reading() = flow(tick * 15, 1_000 + tick * 1_000);
        let answer = world.tick(15);
        grown = answer.desired.max(grown);
        world.runs(crate::fixture::SHOP, HOME, answer.desired, 0, 0);
        last = Some(answer);
    }
    let last = last.unwrap();
    assert!(
        reasons(&last).contains(&ScalingReason::NoThroughputGain),
        "{:?}",
        last.steps
    );
    assert_eq!(last.notices[0].reason, NoticeReason::NoThroughputGain);
    assert_eq!(last.desired, grown, "held, not lowered");
}

#[test]
fn what_is_paused_holds_its_direction_against_metrics_and_clock_and_not_against_its_bounds() {
    use ScalingReason::{
        AboveMax, BelowMin, MetricAboveTarget, MetricsBelowTarget, ScaleDownPaused, ScaleUpPaused,
    };
    let (up, down) = ((true, false), (false, true));
    for (sentence, paused, desired, load, schedule, expected, reason) in [
        ("a metric asks for more", up, 4, 80, None, 4, ScaleUpPaused),
        ("it may fall", up, 8, 40, None, 4, MetricsBelowTarget),
        (
            "all metrics ask for less",
            down,
            8,
            40,
            None,
            8,
            ScaleDownPaused,
        ),
        ("it may rise", down, 4, 80, None, 8, MetricAboveTarget),
        (
            "a scheduled floor does not raise it",
            up,
            4,
            80,
            Some(scheduled(Some(20), None)),
            4,
            ScaleUpPaused,
        ),
        (
            "a scheduled ceiling does not lower it",
            down,
            8,
            80,
            Some(scheduled(None, Some(3))),
            8,
            ScalingReason::WithinTolerance,
        ),
        ("the minimum raises it", up, 1, 80, None, 2, BelowMin),
        ("the maximum lowers it", down, 150, 80, None, 100, AboveMax),
    ] {
        let mut world = World::with(desired, average(10), fresh(load));
        world.policy.settings.downscale_stabilization_ms = Millis(0);
        let spec = world.spec();
        spec.min_replicas = 2;
        spec.pause.up = paused.0;
        spec.pause.down = paused.1;
        spec.schedule.extend(schedule);
        let answer = world.scale();
        assert_eq!(answer.desired, expected, "{sentence}");
        assert_eq!(reasons(&answer).last(), Some(&reason), "{sentence}");
        assert!(answer.floor <= answer.desired, "{sentence}");
    }
}

#[test]
fn what_is_adopted_is_no_rise_where_that_is_paused() {
    let mut world = World::with(4, average(10), fresh(80));
    world.memory.workloads.clear();
    world.runs(SHOP, HOME, 3, 0, 0);
    world.spec().schedule = vec![scheduled(Some(20), None)];
    world.spec().pause.up = true;
    assert_eq!(world.scale().desired, 3);
}
