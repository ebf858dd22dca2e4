//! The outage ladder's effect on the count: every rung scales up, only the first scales down.

use spillway_solver::decision::{DemandRung, ReadingProblem, ScalingReason};
use spillway_solver::memory::Good;
use spillway_solver::snapshot::Reading;
use spillway_solver::units::UnixMs;

use crate::fixture::{NOW, World, aged, average, fresh, problem, queue, reasons};

/// 4 replicas for a load of 10 each, of which `value` is known on the given rung.
fn on(rung: DemandRung, value: i64) -> World {
    let mut world = World::with(4, average(10), fresh(value));
    // The log of proposals holds nothing back here.
    world.policy.settings.downscale_stabilization_ms.0 = 0;
    let mut memory = Good {
        milli: value * 1_000,
        at_ms: UnixMs(NOW - 100_000),
    };
    match rung {
        DemandRung::Fresh => return world,
        DemandRung::LastKnownGood => {}
        DemandRung::Alternative => {
            world.reading().alternative = Some(fresh(value));
            memory.at_ms = UnixMs(NOW - 120_001);
        }
        DemandRung::Hold => memory.at_ms = UnixMs(NOW - 120_001),
        DemandRung::Floor => {
            memory.at_ms = UnixMs(NOW - 600_000);
            world.spec().metrics[0].fallback.floor_replicas = u32::try_from(value / 10).unwrap();
        }
    }
    world.reading().primary = Reading::NotANumber;
    let mind = world.mind().metrics.entry("load".into()).or_default();
    mind.good = Some(memory);
    mind.missing_since_ms = (rung == DemandRung::Floor).then_some(UnixMs(NOW - 300_001));
    world
}

#[test]
fn every_rung_with_a_value_scales_up_and_only_fresh_scales_down() {
    use DemandRung::{Alternative, Floor, Fresh, Hold, LastKnownGood};
    use ScalingReason::{FallbackFloor, MetricAboveTarget, MetricsBelowTarget, MissingMetric};
    for (sentence, rung, value, desired, reason) in [
        ("fresh data scale up", Fresh, 60, 6, MetricAboveTarget),
        ("fresh data scale down", Fresh, 20, 2, MetricsBelowTarget),
        (
            "the last good value scales up",
            LastKnownGood,
            60,
            6,
            MetricAboveTarget,
        ),
        (
            "the last good value does not scale down",
            LastKnownGood,
            20,
            4,
            MissingMetric,
        ),
        (
            "the alternative scales up",
            Alternative,
            60,
            6,
            MetricAboveTarget,
        ),
        (
            "a fresh alternative does not scale down",
            Alternative,
            20,
            4,
            MissingMetric,
        ),
        ("nothing known holds", Hold, 60, 4, MissingMetric),
        ("the floor raises", Floor, 60, 6, FallbackFloor),
        ("the floor does not lower", Floor, 20, 4, FallbackFloor),
    ] {
        let answer = on(rung, value).scale();
        assert_eq!(answer.metrics[0].rung, rung, "{sentence}");
        assert_eq!(answer.desired, desired, "{sentence}");
        assert_eq!(reasons(&answer)[0], reason, "{sentence}");
        let expected = (rung != Fresh).then_some(ReadingProblem::NotANumber);
        assert_eq!(problem(&answer), expected, "{sentence}");
        assert_eq!(answer.scale_down_allowed, rung == Fresh, "{sentence}");
    }
}

#[test]
fn every_problem_of_a_reading_is_named_and_holds_the_count() {
    let failed = Reading::Failed {
        message: "connection refused".into(),
    };
    for (reading, expected) in [
        (Reading::NotAsked, ReadingProblem::NotAsked),
        (Reading::Empty, ReadingProblem::Empty),
        (Reading::NotANumber, ReadingProblem::NotANumber),
        (Reading::Partial, ReadingProblem::Partial),
        (failed, ReadingProblem::Failed),
        (aged(61, 0), ReadingProblem::Stale),
        (aged(-61, 0), ReadingProblem::ClockSkew),
        (crate::fixture::pods(vec![]), ReadingProblem::WrongKind),
    ] {
        let answer = World::with(4, average(10), reading).scale();
        assert_eq!((answer.desired, problem(&answer)), (4, Some(expected)));
        assert_eq!(reasons(&answer), [ScalingReason::MissingMetric]);
    }
}

#[test]
fn an_outage_walks_down_the_ladder_and_recovers() {
    let mut world = World::with(4, average(10), fresh(40));
    world.spec().metrics[0].fallback.floor_replicas = 9;
    let mut rungs = Vec::new();
    for minute in 0..9 {
        if minute == 1 {
            world.reading().primary = Reading::Empty;
        }
        let answer = world.tick(60);
        rungs.push((answer.metrics[0].rung.as_str(), answer.desired));
    }
    let expected = [
        ("Fresh", 4),
        ("LastKnownGood", 4),
        ("LastKnownGood", 4),
        ("Hold", 4),
        ("Hold", 4),
        ("Hold", 4),
        ("Hold", 4),
        ("Hold", 4),
        ("Hold", 4),
    ];
    assert_eq!(
        rungs, expected,
        "the hold lasts 5 minutes after the last rung above it"
    );
    let floor = world.tick(0);
    assert_eq!(
        (floor.metrics[0].rung, floor.desired),
        (DemandRung::Floor, 8),
        "a doubling at most"
    );
    world.reading().primary = Reading::Series {
        at_ms: world.snapshot.now_ms,
        values_milli: vec![90_000],
    };
    let back = world.tick(0);
    assert_eq!((back.metrics[0].rung, back.desired), (DemandRung::Fresh, 9));
    assert_eq!(back.memory.metrics["load"].missing_since_ms, None);
}

#[test]
fn one_missing_metric_forbids_the_scale_down_that_another_asks_for() {
    for (sentence, value, desired, reason) in [
        ("down is forbidden", 20, 4, ScalingReason::MissingMetric),
        ("up is not", 60, 6, ScalingReason::MetricAboveTarget),
        ("no change is not", 40, 4, ScalingReason::WithinTolerance),
    ] {
        let mut world = World::with(4, average(10), fresh(value));
        world.measure("other", average(10), Reading::Partial);
        let answer = world.scale();
        assert_eq!(
            (answer.desired, reasons(&answer)),
            (desired, vec![reason]),
            "{sentence}"
        );
    }
}

#[test]
fn a_queue_without_its_arrivals_may_only_grow() {
    for (sentence, backlog, desired, reason) in [
        (
            "the backlog alone takes 10",
            3_000,
            10,
            ScalingReason::QueueDrain,
        ),
        (
            "an empty backlog is no reason to shrink",
            0,
            6,
            ScalingReason::MissingMetric,
        ),
    ] {
        let mut world = World::with(6, queue(), fresh(backlog));
        world.reading().arrivals = Some(Reading::Empty);
        let answer = world.scale();
        assert_eq!(
            (answer.desired, reasons(&answer)),
            (desired, vec![reason]),
            "{sentence}"
        );
        assert_eq!(
            answer.metrics[0].problem,
            Some(ReadingProblem::Empty),
            "{sentence}"
        );
        assert!(!answer.scale_down_allowed, "{sentence}");
    }
}

#[test]
fn a_clock_that_is_off_scales_up_but_not_down() {
    for (sentence, behind, value, desired, reason) in [
        (
            "a minute behind is skew that is lifted",
            60_000,
            20,
            2,
            ScalingReason::MetricsBelowTarget,
        ),
        (
            "further behind nothing scales down",
            60_001,
            20,
            4,
            ScalingReason::ClockSkew,
        ),
        (
            "but up it does",
            60_001,
            60,
            6,
            ScalingReason::MetricAboveTarget,
        ),
    ] {
        let mut world = World::with(4, average(10), fresh(value));
        world.policy.settings.downscale_stabilization_ms.0 = 0;
        world.memory.now_ms = Some(UnixMs(NOW + behind));
        let answer = world.scale();
        assert_eq!(
            (answer.desired, reasons(&answer)),
            (desired, vec![reason]),
            "{sentence}"
        );
    }
}

#[test]
fn a_metric_that_proposes_nothing_forbids_a_scale_down_though_it_is_fresh() {
    let mut world = World::with(4, average(10), fresh(20));
    world.policy.settings.downscale_stabilization_ms.0 = 0;
    world.measure("broken", average(0), fresh(20));
    let answer = world.scale();
    assert_eq!(
        (answer.desired, answer.metrics[1].rung),
        (4, DemandRung::Fresh)
    );
    assert_eq!(reasons(&answer), [ScalingReason::MissingMetric]);
}

#[test]
fn while_time_stands_still_the_log_of_proposals_does_not_grow() {
    let mut world = World::with(4, average(10), fresh(60));
    world.memory.now_ms = Some(UnixMs(NOW + 120_000));
    for _ in 0..3 {
        assert_eq!(world.tick(0).memory.recommendations, []);
    }
}
