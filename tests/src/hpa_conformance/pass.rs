//! Kind `reconcile`: a whole pass.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use spillway_solver::hpa::limits::Bounds;
use spillway_solver::hpa::reconcile::{Outcome, Settings, State, ZeroRule, reconcile};
use spillway_solver::hpa::{
    Behavior, ConditionReason, ConditionStatus, ConditionType, Conditions,
    DEFAULT_DOWNSCALE_STABILIZATION_SECONDS, MetricReading, ToleranceBand,
};

use super::CaseError;
use super::input::{
    BehaviorInput, CpuInput, NOW_MS, PodInput, RecommendationInput, TolerancesInput,
    null_as_default, translated,
};
use super::metric::{MetricInput, Target, report};
use super::steps::{
    CeilingInput, DEFAULT_MIN_REPLICAS, EventsInput, stored_events, stored_replicas,
};

const CONFIGURABLE_TOLERANCE: &str = "HPAConfigurableTolerance";
const SCALE_TO_ZERO: &str = "HPAScaleToZero";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PassCase {
    #[serde(default)]
    min_replicas: Option<u32>,
    max_replicas: u32,
    spec_replicas: u32,
    /// Defaults to `specReplicas`.
    #[serde(default)]
    status_replicas: Option<u32>,
    #[serde(default)]
    ready_pods: Option<u32>,
    #[serde(default)]
    pods: Option<Vec<PodInput>>,
    #[serde(default)]
    metrics: Option<Vec<MetricInput>>,
    #[serde(default)]
    behavior: Option<BehaviorInput>,
    #[serde(default)]
    tolerance: Option<TolerancesInput>,
    #[serde(default)]
    downscale_stabilization_seconds: Option<u32>,
    /// `null` before the first pass ever.
    #[serde(default)]
    recommendations: Option<Vec<RecommendationInput>>,
    #[serde(default, deserialize_with = "null_as_default")]
    initial_conditions: Vec<ConditionInput>,
    #[serde(default, deserialize_with = "null_as_default")]
    feature_gates: BTreeMap<String, bool>,
    #[serde(flatten)]
    events: EventsInput,
    #[serde(flatten)]
    ceiling: CeilingInput,
    #[serde(flatten)]
    cpu: CpuInput,
}

#[derive(Deserialize)]
struct ConditionInput {
    #[serde(rename = "type")]
    condition_type: String,
    status: String,
    reason: String,
}

/// Whether a pass turns on what lies outside the solver: a selector that is missing or
/// ambiguous, or a failure to read or write the scale.
pub(super) fn only_kubernetes_does(inputs: &Value) -> bool {
    inputs.as_object().is_some_and(|inputs| {
        inputs.iter().any(|(name, value)| {
            let name = name.to_lowercase();
            let concerned = ["selector", "error", "fail"]
                .iter()
                .any(|word| name.contains(word));
            concerned && !matches!(value, Value::Null | Value::Bool(false))
        })
    })
}

pub(super) fn answer(case: PassCase) -> Result<Value, CaseError> {
    let zero = case.zero_rule();
    let gate_off = case.feature_gates.get(CONFIGURABLE_TOLERANCE) == Some(&false);
    let behavior: Option<Behavior> = case.behavior.map(Into::into);
    let default_band: ToleranceBand = case.tolerance.unwrap_or_default().into();
    let spec = case.spec_replicas;
    let target = Target {
        spec,
        status: case.status_replicas.unwrap_or(spec),
        ready_pods: Target::ready(case.ready_pods, case.pods.as_deref()),
        pods: case.pods.unwrap_or_default(),
        band: match &behavior {
            Some(behavior) if !gate_off => default_band.overridden_by(behavior),
            _ => default_band,
        },
        cpu: case.cpu,
    };
    let metrics = match case.metrics {
        Some(metrics) if !metrics.is_empty() => metrics,
        _ => vec![MetricInput::default_cpu()],
    };
    let readings: Vec<MetricReading> = metrics.iter().map(|metric| target.read(metric)).collect();
    let settings = Settings {
        behavior: behavior.as_ref(),
        bounds: Bounds {
            min: case.min_replicas.unwrap_or(DEFAULT_MIN_REPLICAS),
            max: case.max_replicas,
        },
        downscale_seconds: case
            .downscale_stabilization_seconds
            .unwrap_or(DEFAULT_DOWNSCALE_STABILIZATION_SECONDS),
        ceiling: case.ceiling.into(),
        zero,
    };
    let mut state = State {
        recommendations: case.recommendations.map(|log| translated(Some(log))),
        events: case.events.into(),
        conditions: conditions(&case.initial_conditions)?,
    };
    let outcome = reconcile(settings, &mut state, spec, &readings, NOW_MS);
    Ok(described(&outcome, &state, &metrics, &readings))
}

impl PassCase {
    /// Which upstream's rule for zero replicas a case is about. Cases of the newer one
    /// say whether its gate is on; those of the older one know no such gate.
    fn zero_rule(&self) -> ZeroRule {
        let about = ConditionType::ScaledToZero.as_str();
        let known = self
            .initial_conditions
            .iter()
            .any(|c| c.condition_type == about);
        match self.feature_gates.get(SCALE_TO_ZERO) {
            Some(&gate) => ZeroRule::Condition { gate },
            None if known => ZeroRule::Condition { gate: false },
            None => ZeroRule::MinIsZero,
        }
    }
}

fn conditions(inputs: &[ConditionInput]) -> Result<Conditions, CaseError> {
    let mut conditions = Conditions::default();
    for input in inputs {
        let types = [
            ConditionType::AbleToScale,
            ConditionType::ScalingActive,
            ConditionType::ScalingLimited,
            ConditionType::ScaledToZero,
        ];
        let condition_type = types
            .into_iter()
            .find(|t| t.as_str() == input.condition_type);
        let status = match input.status.as_str() {
            "True" => ConditionStatus::True,
            "False" => ConditionStatus::False,
            _ => ConditionStatus::Unknown,
        };
        let reason = ConditionReason::from_name(&input.reason);
        let (Some(condition_type), Some(reason)) = (condition_type, reason) else {
            return Err(CaseError::BadField {
                field: "inputs.initialConditions",
                wanted: "conditions with a type and a reason that HPA knows",
            });
        };
        conditions.set(condition_type, status, reason);
    }
    Ok(conditions)
}

fn described(
    outcome: &Outcome,
    state: &State,
    metrics: &[MetricInput],
    readings: &[MetricReading],
) -> Value {
    let conditions: Value = state
        .conditions
        .as_slice()
        .iter()
        .map(|condition| {
            json!({
                "type": condition.condition_type.as_str(),
                "status": condition.status.as_str(),
                "reason": condition.reason.as_str(),
            })
        })
        .collect();
    let rescale_event = outcome.rescale.as_ref().map(|rescale| {
        json!({
            "type": "Normal",
            "reason": "SuccessfulRescale",
            "message": rescale.message(),
        })
    });
    let reports: Value = metrics
        .iter()
        .zip(readings)
        .map(|(metric, reading)| report(metric, reading))
        .collect();
    let log = state.recommendations.as_deref().unwrap_or_default();
    json!({
        "desiredReplicas": outcome.desired,
        "rescaled": outcome.rescale.is_some(),
        "error": outcome.failure.is_some(),
        "conditions": conditions,
        "rescaleEvent": rescale_event,
        "limitReason": outcome.normalized.map(|n| n.limited.reason.as_str()),
        "stabilizedReplicas": outcome.normalized.map(|n| n.stabilized.replicas),
        "currentMetrics": reports,
        "storedRecommendations": stored_replicas(log),
        "storedRecommendationCount": log.len(),
        "storedScaleUpEvents": stored_events(&state.events.up),
        "storedScaleDownEvents": stored_events(&state.events.down),
    })
}
