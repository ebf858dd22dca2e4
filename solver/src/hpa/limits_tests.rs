//! Tables and properties for rate policies and bounds.

use proptest::prelude::*;

use super::*;
use crate::hpa::{ScaleEvent, ScalingRules};

const NOW_MS: i64 = 10_000_000;
const WIDE: Bounds = Bounds {
    min: 1,
    max: 10_000,
};

fn policy(policy_type: PolicyType, value: u32, period_seconds: u32) -> ScalingPolicy {
    ScalingPolicy {
        policy_type,
        value,
        period_seconds,
    }
}

fn pods(value: u32) -> ScalingPolicy {
    policy(PolicyType::Pods, value, 60)
}

fn percent(value: u32) -> ScalingPolicy {
    policy(PolicyType::Percent, value, 60)
}

fn behavior(direction: Direction, select: SelectPolicy, policies: &[ScalingPolicy]) -> Behavior {
    let rules = ScalingRules {
        select_policy: Some(select),
        policies: Some(policies.to_vec()),
        ..ScalingRules::default()
    };
    Behavior::of(direction, rules)
}

fn log(events: &[(i64, u32)]) -> Vec<ScaleEvent> {
    events
        .iter()
        .map(|&(age_seconds, change)| ScaleEvent {
            at_ms: NOW_MS - age_seconds * 1_000,
            change,
            outdated: false,
        })
        .collect()
}

fn rate(behavior: &Behavior, direction: Direction, spec: u32) -> i32 {
    rate_limit(behavior, direction, &ScaleEvents::default(), spec, NOW_MS)
}

fn limited(
    behavior: Option<&Behavior>,
    spec: u32,
    desired: u32,
    bounds: Bounds,
) -> (u32, &'static str) {
    let events = ScaleEvents::default();
    let ceiling = ScaleUpCeiling::default();
    let limited = limit(behavior, ceiling, &events, spec, desired, bounds, NOW_MS);
    (limited.replicas, limited.reason.as_str())
}

#[test]
fn without_behavior_a_pass_doubles_or_reaches_four() {
    let cases = [
        (
            "the minimum of 4 serves small counts",
            1,
            9,
            (4, "ScaleUpLimit"),
        ),
        ("twice spec above that", 3, 9, (6, "ScaleUpLimit")),
        (
            "exactly the ceiling is free",
            3,
            6,
            (6, "DesiredWithinRange"),
        ),
        ("from zero", 0, 9, (4, "ScaleUpLimit")),
        (
            "downwards only min counts",
            100,
            2,
            (2, "DesiredWithinRange"),
        ),
        ("below min", 100, 0, (1, "TooFewReplicas")),
    ];
    for (sentence, spec, desired, expected) in cases {
        assert_eq!(limited(None, spec, desired, WIDE), expected, "{sentence}");
    }
}

#[test]
fn without_behavior_max_is_named_where_it_is_not_above_the_ceiling() {
    let max = |max| Bounds { min: 1, max };
    assert_eq!(limited(None, 3, 9, max(5)), (5, "TooManyReplicas"));
    assert_eq!(limited(None, 3, 9, max(6)), (6, "TooManyReplicas"));
    assert_eq!(limited(None, 3, 9, max(7)), (6, "ScaleUpLimit"));
}

#[test]
fn without_behavior_a_count_below_min_is_raised_even_on_the_way_up() {
    let bounds = Bounds { min: 3, max: 9 };
    assert_eq!(limited(None, 0, 1, bounds), (3, "TooFewReplicas"));
    assert_eq!(limited(None, 2, 2, bounds), (3, "TooFewReplicas"));
}

#[test]
fn by_default_four_pods_or_a_doubling_per_15_s_up_and_everything_down() {
    let default = Behavior::default();
    assert_eq!(limited(Some(&default), 1, 50, WIDE), (5, "ScaleUpLimit"));
    assert_eq!(limited(Some(&default), 10, 50, WIDE), (20, "ScaleUpLimit"));
    assert_eq!(
        limited(Some(&default), 100, 1, WIDE),
        (1, "DesiredWithinRange")
    );
    let events = |age| ScaleEvents {
        up: log(&[(age, 5)]),
        down: Vec::new(),
    };
    assert_eq!(
        rate_limit(&default, Direction::Up, &events(14), 10, NOW_MS),
        10
    );
    assert_eq!(
        rate_limit(&default, Direction::Up, &events(15), 10, NOW_MS),
        20
    );
}

#[test]
fn percent_up_rounds_up_in_float64() {
    for (start, value, limit) in [
        (1, 1, 2),
        (3, 10, 4),
        (100, 10, 111),
        (10, 100, 20),
        (0, 50, 0),
    ] {
        let behavior = behavior(Direction::Up, SelectPolicy::Max, &[percent(value)]);
        assert_eq!(
            rate(&behavior, Direction::Up, start),
            limit,
            "{start} + {value} %"
        );
    }
}

#[test]
fn percent_down_rounds_toward_zero_in_float64() {
    for (start, value, limit) in [
        (1, 1, 0),
        (3, 10, 2),
        (10, 50, 5),
        (7, 50, 3),
        (5, 100, 0),
        (10, 150, -5),
    ] {
        let behavior = behavior(Direction::Down, SelectPolicy::Max, &[percent(value)]);
        assert_eq!(
            rate(&behavior, Direction::Down, start),
            limit,
            "{start} - {value} %"
        );
    }
}

#[test]
fn max_allows_the_biggest_change_and_min_the_smallest() {
    let both = [pods(3), percent(50)];
    for (direction, select, limit) in [
        (Direction::Up, SelectPolicy::Max, 15),
        (Direction::Up, SelectPolicy::Min, 13),
        (Direction::Down, SelectPolicy::Max, 5),
        (Direction::Down, SelectPolicy::Min, 7),
    ] {
        let behavior = behavior(direction, select, &both);
        assert_eq!(
            rate(&behavior, direction, 10),
            limit,
            "{direction:?} {select:?}"
        );
    }
}

#[test]
fn disabled_allows_no_change_in_its_direction_only() {
    let no_up = behavior(Direction::Up, SelectPolicy::Disabled, &[pods(100)]);
    assert_eq!(limited(Some(&no_up), 5, 50, WIDE), (5, "ScaleUpLimit"));
    assert_eq!(limited(Some(&no_up), 5, 2, WIDE), (2, "DesiredWithinRange"));
    let no_down = behavior(Direction::Down, SelectPolicy::Disabled, &[pods(100)]);
    assert_eq!(limited(Some(&no_down), 5, 2, WIDE), (5, "ScaleDownLimit"));
}

#[test]
fn going_up_names_the_rate_only_where_it_is_below_max() {
    let up = behavior(Direction::Up, SelectPolicy::Max, &[pods(5)]);
    let max = |max| Bounds { min: 1, max };
    assert_eq!(limited(Some(&up), 10, 50, max(16)), (15, "ScaleUpLimit"));
    assert_eq!(limited(Some(&up), 10, 50, max(15)), (15, "TooManyReplicas"));
    assert_eq!(
        limited(Some(&up), 10, 15, max(16)),
        (15, "DesiredWithinRange")
    );
}

#[test]
fn going_down_names_the_rate_only_where_it_is_above_min() {
    let down = behavior(Direction::Down, SelectPolicy::Max, &[pods(5)]);
    let min = |min| Bounds { min, max: 100 };
    assert_eq!(limited(Some(&down), 10, 1, min(4)), (5, "ScaleDownLimit"));
    assert_eq!(limited(Some(&down), 10, 1, min(5)), (5, "TooFewReplicas"));
    assert_eq!(
        limited(Some(&down), 10, 5, min(4)),
        (5, "DesiredWithinRange")
    );
}

#[test]
fn with_behavior_only_the_bound_in_the_direction_of_travel_is_looked_at() {
    let behavior = Behavior::default();
    let narrow = Bounds { min: 8, max: 9 };
    assert_eq!(
        limited(Some(&behavior), 3, 5, narrow),
        (5, "DesiredWithinRange")
    );
    assert_eq!(
        limited(Some(&behavior), 20, 15, narrow),
        (15, "DesiredWithinRange")
    );
    assert_eq!(
        limited(Some(&behavior), 20, 20, narrow),
        (20, "DesiredWithinRange")
    );
}

#[test]
fn events_of_both_directions_move_the_start_of_the_period() {
    let events = ScaleEvents {
        up: log(&[(59, 4), (60, 100)]),
        down: log(&[(10, 1)]),
    };
    let up = behavior(Direction::Up, SelectPolicy::Max, &[pods(5)]);
    let down = behavior(Direction::Down, SelectPolicy::Max, &[pods(5)]);
    // Start of the period: 10 - 4 + 1; the event of exactly 60 s no longer counts.
    assert_eq!(rate_limit(&up, Direction::Up, &events, 10, NOW_MS), 12);
    assert_eq!(rate_limit(&down, Direction::Down, &events, 10, NOW_MS), 2);
}

#[test]
fn each_policy_counts_its_own_period() {
    let events = ScaleEvents {
        up: log(&[(90, 6)]),
        down: Vec::new(),
    };
    let policies = [
        policy(PolicyType::Pods, 5, 60),
        policy(PolicyType::Pods, 8, 120),
    ];
    let least = behavior(Direction::Up, SelectPolicy::Min, &policies);
    assert_eq!(rate_limit(&least, Direction::Up, &events, 10, NOW_MS), 12);
}

#[test]
fn a_budget_that_is_used_up_stops_and_never_turns_round() {
    let used_up = ScaleEvents {
        up: log(&[(10, 15)]),
        down: Vec::new(),
    };
    let up = behavior(Direction::Up, SelectPolicy::Max, &[pods(5)]);
    assert_eq!(rate_limit(&up, Direction::Up, &used_up, 20, NOW_MS), 10);
    let ceiling = ScaleUpCeiling::default();
    let limited = limit(Some(&up), ceiling, &used_up, 20, 30, WIDE, NOW_MS);
    assert_eq!(
        (limited.replicas, limited.reason),
        (20, LimitReason::ScaleUpLimit)
    );
}

#[test]
fn without_any_policy_max_allows_nothing_and_min_everything() {
    let none = |direction, select| behavior(direction, select, &[]);
    assert_eq!(
        limited(Some(&none(Direction::Up, SelectPolicy::Max)), 5, 9, WIDE).0,
        5
    );
    assert_eq!(
        limited(Some(&none(Direction::Up, SelectPolicy::Min)), 5, 9, WIDE).0,
        9
    );
    assert_eq!(
        limited(Some(&none(Direction::Down, SelectPolicy::Max)), 5, 2, WIDE).0,
        5
    );
    assert_eq!(
        limited(Some(&none(Direction::Down, SelectPolicy::Min)), 5, 2, WIDE).0,
        2
    );
}

prop_compose! {
    fn any_policy()(pods: bool, value: u32, period_seconds: u32) -> ScalingPolicy {
        policy(if pods { PolicyType::Pods } else { PolicyType::Percent }, value, period_seconds)
    }
}

prop_compose! {
    fn any_event()(at_ms: i64, change: u32, outdated: bool) -> ScaleEvent {
        ScaleEvent { at_ms, change, outdated }
    }
}

proptest! {
    #[test]
    fn limits_never_turn_a_direction_round(
        select in prop_oneof![Just(SelectPolicy::Max), Just(SelectPolicy::Min), Just(SelectPolicy::Disabled)],
        policies in proptest::collection::vec(any_policy(), 0..4),
        up in proptest::collection::vec(any_event(), 0..4),
        down in proptest::collection::vec(any_event(), 0..4),
        spec in 0..=crate::hpa::MAX_REPLICAS,
        desired in 0..=crate::hpa::MAX_REPLICAS,
        now_ms: i64,
    ) {
        let rules = ScalingRules {
            select_policy: Some(select),
            policies: Some(policies),
            ..ScalingRules::default()
        };
        let behavior = Behavior { scale_up: Some(rules.clone()), scale_down: Some(rules) };
        let bounds = Bounds { min: 0, max: crate::hpa::MAX_REPLICAS };
        let events = ScaleEvents { up, down };
        let ceiling = ScaleUpCeiling::default();
        let limited = limit(Some(&behavior), ceiling, &events, spec, desired, bounds, now_ms);
        prop_assert!(limited.replicas >= spec.min(desired));
        prop_assert!(limited.replicas <= spec.max(desired));
        prop_assert_eq!(limited.is_limited(), limited.replicas != desired);
    }
}
