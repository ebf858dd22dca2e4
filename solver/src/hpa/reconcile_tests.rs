//! Tables for whole passes.

use super::*;
use crate::hpa::{Basis, MetricFailure, MetricSource, Proposal, Usage};

const NOW_MS: i64 = 10_000_000;
const GATE_ON: ZeroRule = ZeroRule::Condition { gate: true };
const GATE_OFF: ZeroRule = ZeroRule::Condition { gate: false };

fn settings(min: u32, max: u32) -> Settings<'static> {
    Settings {
        behavior: None,
        bounds: Bounds { min, max },
        downscale_seconds: 300,
        ceiling: ScaleUpCeiling::default(),
        zero: GATE_OFF,
    }
}

fn asks(source: MetricSource, replicas: u32) -> MetricReading {
    MetricReading {
        source,
        description: "queue".into(),
        result: Ok(Proposal {
            replicas,
            basis: Basis::OutsideTolerance,
            usage: Usage::plain(0),
        }),
    }
}

fn fails(source: MetricSource) -> MetricReading {
    MetricReading {
        source,
        description: "broken".into(),
        result: Err(MetricFailure::NoSeries),
    }
}

/// A controller that has run for long and holds nothing.
fn running() -> State {
    State {
        recommendations: Some(Vec::new()),
        ..State::default()
    }
}

fn reasons(state: &State) -> Vec<&'static str> {
    state
        .conditions
        .as_slice()
        .iter()
        .map(|c| c.reason.as_str())
        .collect()
}

fn pass(
    settings: Settings<'_>,
    state: &mut State,
    spec: u32,
    readings: &[MetricReading],
) -> Outcome {
    reconcile(settings, state, spec, readings, NOW_MS)
}

fn scaled_to_zero() -> State {
    let mut state = running();
    state.conditions.set(
        ConditionType::ScaledToZero,
        ConditionStatus::True,
        ConditionReason::ScaledToZero,
    );
    state
}

#[test]
fn the_first_pass_ever_holds_a_scale_down() {
    let mut state = State::default();
    let outcome = pass(
        settings(1, 9),
        &mut state,
        5,
        &[asks(MetricSource::External, 2)],
    );
    assert_eq!((outcome.desired, outcome.rescale), (5, None));
    assert_eq!(
        reasons(&state),
        [
            "ScaleDownStabilized",
            "ValidMetricFound",
            "DesiredWithinRange"
        ]
    );
    let log: Vec<_> = state
        .recommendations
        .into_iter()
        .flatten()
        .map(|r| r.replicas)
        .collect();
    assert_eq!(log, [5, 2]);
}

#[test]
fn an_empty_log_is_not_a_first_pass() {
    let outcome = pass(
        settings(1, 9),
        &mut running(),
        5,
        &[asks(MetricSource::External, 2)],
    );
    assert_eq!(outcome.desired, 2);
}

#[test]
fn outside_the_bounds_the_jump_is_immediate_and_reads_nothing() {
    let disabled: Behavior = serde_json::from_str(
        r#"{"scaleUp":{"selectPolicy":"Disabled"},"scaleDown":{"selectPolicy":"Disabled"}}"#,
    )
    .expect("valid behavior");
    let settings = Settings {
        behavior: Some(&disabled),
        ..settings(3, 9)
    };
    for (spec, desired, reason) in [
        (1, 3, "below Spec.MinReplicas"),
        (20, 9, "above Spec.MaxReplicas"),
    ] {
        let mut state = running();
        let outcome = pass(settings, &mut state, spec, &[fails(MetricSource::External)]);
        assert_eq!(outcome.desired, desired);
        assert_eq!(
            outcome.rescale.expect("a rescale").message(),
            format!("New size: {desired}; reason: Current number of replicas {reason}")
        );
        assert_eq!(reasons(&state), ["SucceededRescale"], "no ScalingLimited");
        assert_eq!(state.recommendations, Some(Vec::new()));
        let events = state.events.up.len() + state.events.down.len();
        assert_eq!(events, 1, "the rescale itself is logged");
    }
}

#[test]
fn exactly_at_a_bound_metrics_are_read() {
    for spec in [3, 9] {
        let mut state = running();
        let outcome = pass(
            settings(3, 9),
            &mut state,
            spec,
            &[asks(MetricSource::External, 6)],
        );
        assert_eq!(outcome.desired, 6);
        assert!(reasons(&state).contains(&"ValidMetricFound"));
    }
}

#[test]
fn a_rescale_is_logged_as_an_event_only_with_a_behavior() {
    let mut without = running();
    pass(
        settings(1, 9),
        &mut without,
        2,
        &[asks(MetricSource::External, 4)],
    );
    assert_eq!(without.events, ScaleEvents::default());
    let behavior = Behavior::default();
    let with_behavior = Settings {
        behavior: Some(&behavior),
        ..settings(1, 9)
    };
    let mut with = running();
    pass(
        with_behavior,
        &mut with,
        2,
        &[asks(MetricSource::External, 4)],
    );
    assert_eq!(with.events.up[0].change, 2);
}

#[test]
fn every_pass_with_a_proposal_is_logged_even_if_nothing_changes() {
    let mut state = running();
    let outcome = pass(
        settings(1, 9),
        &mut state,
        5,
        &[asks(MetricSource::External, 5)],
    );
    assert_eq!(outcome.rescale, None);
    assert_eq!(state.recommendations.map(|log| log.len()), Some(1));
    assert_eq!(outcome.normalized.map(|n| n.limited.replicas), Some(5));
}

#[test]
fn failed_metrics_stop_a_scale_down_and_are_reported_on_a_scale_up() {
    let readings = |replicas| {
        [
            asks(MetricSource::External, replicas),
            fails(MetricSource::Pods),
        ]
    };
    let mut state = running();
    let outcome = pass(settings(1, 9), &mut state, 5, &readings(4));
    assert_eq!((outcome.desired, outcome.rescale.is_some()), (5, false));
    assert!(outcome.failure.is_some());
    assert_eq!(
        reasons(&state),
        ["SucceededGetScale", "FailedGetPodsMetric"]
    );
    assert_eq!(state.recommendations, Some(Vec::new()), "nothing is logged");

    let mut state = running();
    let outcome = pass(settings(1, 9), &mut state, 5, &readings(6));
    assert_eq!((outcome.desired, outcome.failure.is_some()), (6, true));
    assert_eq!(
        reasons(&state),
        ["SucceededRescale", "ValidMetricFound", "DesiredWithinRange"]
    );
}

#[test]
fn the_event_names_the_reason_by_the_raw_proposal() {
    let message = |state: &mut State, spec, replicas| {
        let outcome = pass(
            settings(1, 99),
            state,
            spec,
            &[asks(MetricSource::External, replicas)],
        );
        outcome.rescale.map(|rescale| rescale.message())
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        message(&mut running(), 2, 9),
        text("New size: 4; reason: queue above target")
    );
    assert_eq!(
        message(&mut running(), 9, 2),
        text("New size: 2; reason: All metrics below target")
    );
    let mut held_high = State {
        recommendations: Some(vec![Recommendation {
            at_ms: NOW_MS,
            replicas: 7,
        }]),
        ..State::default()
    };
    assert_eq!(message(&mut held_high, 5, 5), text("New size: 7; reason: "));
}

#[test]
fn zero_replicas_mean_paused_unless_the_rule_says_otherwise() {
    use MetricSource::{External, Object, Pods};
    let rows = [
        (
            "older rule, min 0: metrics are read",
            ZeroRule::MinIsZero,
            0,
            running(),
            External,
            4,
        ),
        (
            "older rule, min 1: paused",
            ZeroRule::MinIsZero,
            1,
            running(),
            External,
            0,
        ),
        (
            "gate off: zero stays zero",
            GATE_OFF,
            0,
            scaled_to_zero(),
            External,
            0,
        ),
        (
            "gate on without the condition: paused",
            GATE_ON,
            0,
            running(),
            External,
            0,
        ),
        (
            "gate on with it: external wakes",
            GATE_ON,
            0,
            scaled_to_zero(),
            External,
            4,
        ),
        (
            "gate on with it: object wakes",
            GATE_ON,
            0,
            scaled_to_zero(),
            Object,
            4,
        ),
        (
            "gate on with it: per-pod metrics cannot wake",
            GATE_ON,
            0,
            scaled_to_zero(),
            Pods,
            0,
        ),
        (
            "gate on with it, min raised: any metric is read",
            GATE_ON,
            2,
            scaled_to_zero(),
            Pods,
            4,
        ),
    ];
    for (sentence, zero, min, mut state, source, desired) in rows {
        let settings = Settings {
            zero,
            ..settings(min, 9)
        };
        let outcome = pass(settings, &mut state, 0, &[asks(source, 8)]);
        assert_eq!(outcome.desired, desired, "{sentence}");
        let disabled = reasons(&state).contains(&"ScalingDisabled");
        assert_eq!(disabled, desired == 0, "{sentence}");
        let kept = reasons(&state).contains(&"ScaledToZero");
        assert_eq!(
            kept,
            zero == GATE_ON && source == Pods && min == 0,
            "{sentence}"
        );
    }
}

#[test]
fn from_zero_a_result_below_a_raised_min_is_raised_to_it() {
    let settings = Settings {
        zero: GATE_ON,
        ..settings(3, 9)
    };
    let mut state = scaled_to_zero();
    let outcome = pass(settings, &mut state, 0, &[asks(MetricSource::External, 0)]);
    assert_eq!(outcome.desired, 3);
    let behavior: Behavior =
        serde_json::from_str(r#"{"scaleUp":{"selectPolicy":"Disabled"}}"#).expect("valid");
    let settings = Settings {
        behavior: Some(&behavior),
        ..settings
    };
    let outcome = pass(
        settings,
        &mut scaled_to_zero(),
        0,
        &[asks(MetricSource::External, 0)],
    );
    let message = outcome.rescale.map(|rescale| rescale.message());
    assert_eq!(
        message.as_deref(),
        Some("New size: 3; reason: Current number of replicas below Spec.MinReplicas")
    );
}

#[test]
fn with_the_gate_every_rescale_says_whether_it_went_to_zero() {
    use MetricSource::{External, Pods};
    let rows = [
        (
            "to zero by an external metric",
            0,
            3,
            External,
            0,
            Some("ScaledToZero"),
        ),
        (
            "to zero without a metric that could wake it",
            0,
            3,
            Pods,
            0,
            Some("NotScaledToZero"),
        ),
        ("to one", 0, 3, External, 1, Some("NotScaledToZero")),
        ("no rescale", 0, 3, External, 3, None),
    ];
    for (sentence, min, spec, source, proposal, expected) in rows {
        let settings = Settings {
            zero: GATE_ON,
            ..settings(min, 9)
        };
        let mut state = running();
        pass(settings, &mut state, spec, &[asks(source, proposal)]);
        let last = reasons(&state)
            .into_iter()
            .find(|reason| reason.ends_with("caledToZero"));
        assert_eq!(last, expected, "{sentence}");
    }
}

#[test]
fn conditions_keep_the_order_in_which_they_were_first_set() {
    let settings = Settings {
        zero: GATE_ON,
        ..settings(0, 9)
    };
    let mut state = scaled_to_zero();
    pass(settings, &mut state, 0, &[asks(MetricSource::External, 2)]);
    assert_eq!(
        reasons(&state),
        [
            "NotScaledToZero",
            "SucceededRescale",
            "ValidMetricFound",
            "DesiredWithinRange"
        ]
    );
}
