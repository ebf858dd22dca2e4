//! Kinds `stabilize`, `normalize`, `scale-limit`, `scale-events`, `behavior-defaults`:
//! one step of a pass each.

use serde::Deserialize;
use serde_json::{Value, json};
use spillway_solver::hpa::events::change_in_period;
use spillway_solver::hpa::limits::{Bounds, rate_limit};
use spillway_solver::hpa::{
    Behavior, DEFAULT_DOWNSCALE_STABILIZATION_SECONDS, Direction, Recommendation, ScaleEvent,
    ScaleEvents, ScaleUpCeiling, limit,
};

use super::CaseError;
use super::input::{
    BehaviorInput, EventInput, NOW_MS, RecommendationInput, RulesInput, translated,
};

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DirectionInput {
    Up,
    Down,
}

impl From<DirectionInput> for Direction {
    fn from(input: DirectionInput) -> Self {
        match input {
            DirectionInput::Up => Self::Up,
            DirectionInput::Down => Self::Down,
        }
    }
}

/// The ceiling of upstream's test binary, flattened into a case's inputs.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CeilingInput {
    #[serde(default)]
    scale_up_limit_factor: Option<u32>,
    #[serde(default)]
    scale_up_limit_minimum: Option<u32>,
}

impl From<CeilingInput> for ScaleUpCeiling {
    fn from(input: CeilingInput) -> Self {
        let default = Self::default();
        Self {
            factor: input.scale_up_limit_factor.unwrap_or(default.factor),
            minimum: input.scale_up_limit_minimum.unwrap_or(default.minimum),
        }
    }
}

/// Own rescales, flattened into a case's inputs.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventsInput {
    #[serde(default)]
    past_scale_up_events: Option<Vec<EventInput>>,
    #[serde(default)]
    past_scale_down_events: Option<Vec<EventInput>>,
}

impl From<EventsInput> for ScaleEvents {
    fn from(input: EventsInput) -> Self {
        Self {
            up: translated(input.past_scale_up_events),
            down: translated(input.past_scale_down_events),
        }
    }
}

pub(super) fn stored_events(log: &[ScaleEvent]) -> Value {
    log.iter()
        .map(|event| json!({ "change": event.change, "outdated": event.outdated }))
        .collect()
}

pub(super) fn stored_replicas(log: &[Recommendation]) -> Vec<u32> {
    log.iter().map(|entry| entry.replicas).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StabilizeCase {
    /// Only looked at with a behavior.
    #[serde(default)]
    current_replicas: Option<u32>,
    desired_replicas: u32,
    #[serde(default)]
    behavior: Option<BehaviorInput>,
    #[serde(default)]
    recommendations: Option<Vec<RecommendationInput>>,
    #[serde(default)]
    downscale_stabilization_seconds: Option<u32>,
}

pub(super) fn stabilize(case: StabilizeCase) -> Result<Value, CaseError> {
    let mut log = translated(case.recommendations);
    let behavior: Option<Behavior> = case.behavior.map(Into::into);
    let current = match (case.current_replicas, &behavior) {
        (Some(current), _) => current,
        (None, None) => 0,
        (None, Some(_)) => {
            return Err(CaseError::BadField {
                field: "currentReplicas",
                wanted: "a count, since behavior compares with it",
            });
        }
    };
    let stabilized = spillway_solver::hpa::stabilize(
        &mut log,
        behavior.as_ref(),
        case.downscale_stabilization_seconds
            .unwrap_or(DEFAULT_DOWNSCALE_STABILIZATION_SECONDS),
        current,
        case.desired_replicas,
        NOW_MS,
    );
    Ok(json!({
        "stabilizedReplicas": stabilized.replicas,
        "reason": stabilized.reason().as_str(),
        "storedRecommendations": stored_replicas(&log),
        "storedRecommendationCount": log.len(),
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NormalizeCase {
    current_replicas: u32,
    desired_replicas: u32,
    #[serde(default)]
    min_replicas: Option<u32>,
    max_replicas: u32,
    #[serde(default)]
    behavior: Option<BehaviorInput>,
    #[serde(flatten)]
    events: EventsInput,
    #[serde(flatten)]
    ceiling: CeilingInput,
}

/// HPA's `minReplicas` where it is not set.
pub(super) const DEFAULT_MIN_REPLICAS: u32 = 1;

pub(super) fn normalize(case: NormalizeCase) -> Value {
    let behavior: Option<Behavior> = case.behavior.map(Into::into);
    let limited = limit(
        behavior.as_ref(),
        case.ceiling.into(),
        &case.events.into(),
        case.current_replicas,
        case.desired_replicas,
        Bounds {
            min: case.min_replicas.unwrap_or(DEFAULT_MIN_REPLICAS),
            max: case.max_replicas,
        },
        NOW_MS,
    );
    json!({
        "desiredReplicas": limited.replicas,
        "limitReason": limited.reason.as_str(),
        "limited": limited.is_limited(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScaleLimitCase {
    direction: DirectionInput,
    current_replicas: u32,
    #[serde(default)]
    rules: Option<RulesInput>,
    #[serde(flatten)]
    events: EventsInput,
}

pub(super) fn scale_limit(case: ScaleLimitCase) -> Value {
    let direction = case.direction.into();
    let behavior = Behavior::of(direction, case.rules.unwrap_or_default().into());
    let events = case.events.into();
    let limit = rate_limit(&behavior, direction, &events, case.current_replicas, NOW_MS);
    json!({ "limit": limit })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScaleEventsCase {
    direction: DirectionInput,
    #[serde(default)]
    events: Option<Vec<EventInput>>,
    previous_replicas: u32,
    new_replicas: u32,
    /// Without rules there is no behavior, and nothing is stored.
    #[serde(default)]
    rules: Option<RulesInput>,
    #[serde(default)]
    period_seconds: Option<u32>,
}

pub(super) fn scale_events(case: ScaleEventsCase) -> Value {
    let direction = case.direction.into();
    let mut events = ScaleEvents::default();
    let log: Vec<ScaleEvent> = translated(case.events);
    let change = case
        .period_seconds
        .map(|seconds| change_in_period(&log, seconds, NOW_MS));
    match direction {
        Direction::Up => events.up = log,
        Direction::Down => events.down = log,
    }
    if let Some(rules) = case.rules {
        let behavior = Behavior::of(direction, rules.into());
        events.store(&behavior, case.previous_replicas, case.new_replicas, NOW_MS);
    }
    let stored = match direction {
        Direction::Up => &events.up,
        Direction::Down => &events.down,
    };
    json!({
        "replicasChangeInPeriod": change,
        "storedEvents": stored_events(stored),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DefaultsCase {
    direction: DirectionInput,
    #[serde(default)]
    rules: Option<RulesInput>,
}

pub(super) fn behavior_defaults(case: DefaultsCase) -> Value {
    let direction = case.direction.into();
    let behavior = Behavior::of(direction, case.rules.unwrap_or_default().into());
    let tolerance = behavior.tolerance_milli(direction).map(f64::from);
    json!({
        "policies": behavior.policies(direction),
        "selectPolicy": behavior.select_policy(direction),
        "stabilizationWindowSeconds": behavior.stabilization_window_seconds(direction),
        "tolerance": tolerance.map(|milli| milli / 1_000.0),
    })
}
