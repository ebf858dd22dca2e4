//! Tables and properties for the stabilization window.

use proptest::prelude::*;

use super::*;
use crate::hpa::DEFAULT_DOWNSCALE_STABILIZATION_SECONDS as DOWNSCALE;
use crate::hpa::ScalingRules;

const NOW_MS: i64 = 10_000_000;

fn log(entries: &[(i64, u32)]) -> Vec<Recommendation> {
    entries
        .iter()
        .map(|&(age_seconds, replicas)| Recommendation {
            at_ms: NOW_MS - age_seconds * 1_000,
            replicas,
        })
        .collect()
}

fn windows(up: Option<u32>, down: Option<u32>) -> Behavior {
    let rules = |stabilization_window_seconds| {
        Some(ScalingRules {
            stabilization_window_seconds,
            ..ScalingRules::default()
        })
    };
    Behavior {
        scale_up: rules(up),
        scale_down: rules(down),
    }
}

/// The result and the replicas in the log afterwards.
fn run(
    entries: &[(i64, u32)],
    behavior: Option<&Behavior>,
    spec: u32,
    proposal: u32,
) -> (u32, Option<Held>, Vec<u32>) {
    let mut log = log(entries);
    let stabilized = stabilize(&mut log, behavior, DOWNSCALE, spec, proposal, NOW_MS);
    let stored = log.iter().map(|entry| entry.replicas).collect();
    (stabilized.replicas, stabilized.held, stored)
}

#[test]
fn without_behavior_only_scale_downs_are_held() {
    assert_eq!(
        run(&[(60, 8)], None, 8, 3),
        (8, Some(Held::ScaleDown), vec![8, 3])
    );
    assert_eq!(run(&[(60, 1)], None, 1, 3), (3, None, vec![1, 3]));
}

#[test]
fn without_behavior_an_entry_of_exactly_the_window_still_holds() {
    assert_eq!(
        run(&[(300, 8)], None, 8, 3),
        (8, Some(Held::ScaleDown), vec![8, 3])
    );
    assert_eq!(run(&[(301, 8)], None, 8, 3), (3, None, vec![3]));
}

#[test]
fn the_last_entry_that_is_too_old_is_overwritten() {
    let entries = [(600, 10), (60, 4), (540, 9), (120, 5)];
    assert_eq!(
        run(&entries, None, 10, 3),
        (5, Some(Held::ScaleDown), vec![10, 4, 3, 5])
    );
}

#[test]
fn the_log_keeps_the_raw_proposal_and_not_the_result() {
    let behavior = windows(Some(300), Some(300));
    let (replicas, _, stored) = run(&[(60, 4)], Some(&behavior), 4, 9);
    assert_eq!((replicas, stored), (4, vec![4, 9]));
}

#[test]
fn with_behavior_an_entry_of_exactly_the_window_neither_holds_nor_is_overwritten() {
    let behavior = windows(Some(60), Some(60));
    assert_eq!(
        run(&[(60, 1)], Some(&behavior), 5, 9),
        (9, None, vec![1, 9])
    );
    assert_eq!(
        run(&[(59, 1)], Some(&behavior), 5, 9),
        (5, Some(Held::ScaleUp), vec![1, 9])
    );
    assert_eq!(run(&[(61, 1)], Some(&behavior), 5, 9), (9, None, vec![9]));
}

#[test]
fn with_behavior_an_entry_is_overwritten_only_if_too_old_for_both_windows() {
    let behavior = windows(Some(60), Some(600));
    assert_eq!(run(&[(100, 1)], Some(&behavior), 5, 9).2, [1, 9]);
    assert_eq!(run(&[(601, 1)], Some(&behavior), 5, 9).2, [9]);
}

#[test]
fn an_unset_up_window_is_zero_and_an_unset_down_window_the_controllers() {
    let behavior = Behavior::default();
    assert_eq!(
        run(&[(0, 1)], Some(&behavior), 1, 9).0,
        9,
        "scale-ups are not held"
    );
    assert_eq!(run(&[(299, 9)], Some(&behavior), 9, 1).0, 9);
    assert_eq!(run(&[(300, 9)], Some(&behavior), 9, 1).0, 1);
    let zero_down = windows(None, Some(0));
    assert_eq!(
        run(&[(0, 9)], Some(&zero_down), 9, 1).0,
        1,
        "a window of zero holds nothing"
    );
}

#[test]
fn the_result_is_the_least_change_of_spec_into_the_range() {
    let behavior = windows(Some(300), Some(300));
    for (sentence, spec, proposal, replicas, held) in [
        (
            "spec inside the range stays, going up",
            5,
            9,
            5,
            Some(Held::ScaleUp),
        ),
        (
            "spec inside the range stays, going down",
            5,
            4,
            5,
            Some(Held::ScaleDown),
        ),
        (
            "spec below the range rises to its lower end",
            1,
            9,
            3,
            Some(Held::ScaleUp),
        ),
        (
            "spec above the range falls to its upper end",
            12,
            9,
            9,
            None,
        ),
        (
            "spec above the range falls to a recent high",
            12,
            2,
            7,
            Some(Held::ScaleDown),
        ),
        (
            "no change that is held is named after the way up",
            5,
            5,
            5,
            None,
        ),
    ] {
        let (got, got_held, _) = run(&[(60, 3), (90, 7)], Some(&behavior), spec, proposal);
        assert_eq!((got, got_held), (replicas, held), "{sentence}");
    }
}

#[test]
fn the_reasons_are_hpas() {
    assert_eq!(Held::ScaleUp.as_str(), "ScaleUpStabilized");
    assert_eq!(Held::ScaleDown.as_str(), "ScaleDownStabilized");
    let free = Stabilized {
        replicas: 1,
        held: None,
    };
    assert_eq!(free.reason().as_str(), "ReadyForNewScale");
}

proptest! {
    #[test]
    fn with_behavior_the_result_lies_between_spec_and_proposal(
        entries in proptest::collection::vec((-10_i64..4_000, any::<u32>()), 0..8),
        up in 0_u32..3_600,
        down in 0_u32..3_600,
        spec: u32,
        proposal: u32,
    ) {
        let behavior = windows(Some(up), Some(down));
        let (replicas, _, _) = run(&entries, Some(&behavior), spec, proposal);
        prop_assert!(replicas >= spec.min(proposal) && replicas <= spec.max(proposal));
    }

    #[test]
    fn without_behavior_the_result_is_never_below_the_proposal(
        entries in proptest::collection::vec((any::<i64>(), any::<u32>()), 0..8),
        now_ms: i64,
        proposal: u32,
    ) {
        let mut log: Vec<_> = entries
            .into_iter()
            .map(|(at_ms, replicas)| Recommendation { at_ms, replicas })
            .collect();
        let before = log.len();
        let stabilized = stabilize(&mut log, None, u32::MAX, 0, proposal, now_ms);
        prop_assert!(stabilized.replicas >= proposal);
        prop_assert!(log.len() <= before + 1);
        let newest = Recommendation { at_ms: now_ms, replicas: proposal };
        prop_assert!(log.contains(&newest));
    }
}
