//! Kinds `group-pods`, `resource-ratio`, `usage-ratio`: pieces of the per-pod metrics.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use spillway_solver::hpa::MetricFailure;
use spillway_solver::hpa::pods::{Pod, group_pods};
use spillway_solver::hpa::ratio;

use super::CaseError;
use super::input::{Age, CpuInput, NOW_MS, PodInput, null_as_default, sample};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupCase {
    pods: Vec<PodInput>,
    #[serde(default)]
    pod_metrics: BTreeMap<String, SampleInput>,
    #[serde(default)]
    resource: String,
    #[serde(flatten)]
    cpu: CpuInput,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SampleInput {
    value_milli: i64,
    sample_age_seconds: Age,
    #[serde(deserialize_with = "null_as_default")]
    window_seconds: f64,
}

pub(super) fn group(case: GroupCase) -> Value {
    let pods: Vec<Pod> = case.pods.iter().map(Into::into).collect();
    let samples = case
        .pod_metrics
        .into_iter()
        .map(|(pod, input)| {
            let sample = sample(
                input.value_milli,
                input.sample_age_seconds,
                input.window_seconds,
            );
            (pod, sample)
        })
        .collect();
    let cpu = case.cpu.readiness(&case.resource);
    let groups = group_pods(&pods, &samples, cpu, NOW_MS);
    json!({
        "readyPodCount": groups.counted,
        "unreadyPods": groups.unready,
        "missingPods": groups.missing,
        "ignoredPods": groups.ignored,
    })
}

/// The inputs of a ratio, whatever their exact names: `target…` is a number,
/// `…requests…` maps pods to requests, and the other map or list holds the usage. A usage
/// is a number of thousandths or an object with `valueMilli`.
struct RatioInputs {
    usage_milli: BTreeMap<String, i64>,
    requests_milli: BTreeMap<String, i64>,
    target: i64,
}

impl RatioInputs {
    fn from_json(inputs: &Value) -> Result<Self, CaseError> {
        let inputs = inputs.as_object().ok_or(CaseError::BadField {
            field: "inputs",
            wanted: "an object",
        })?;
        let is_requests = |name: &str| name.to_lowercase().contains("request");
        let target = inputs
            .iter()
            .find(|(name, value)| name.starts_with("target") && value.is_i64())
            .and_then(|(_, value)| value.as_i64());
        Ok(Self {
            usage_milli: by_pod(inputs, |name| !is_requests(name)).ok_or(CaseError::BadField {
                field: "inputs.metricsMilli",
                wanted: "the usage of each pod in thousandths",
            })?,
            requests_milli: by_pod(inputs, is_requests).unwrap_or_default(),
            target: target.ok_or(CaseError::BadField {
                field: "inputs.target",
                wanted: "a whole number (targetUtilization or targetMilli)",
            })?,
        })
    }
}

fn by_pod(
    inputs: &Map<String, Value>,
    wanted: impl Fn(&str) -> bool,
) -> Option<BTreeMap<String, i64>> {
    let amount = |value: &Value| value.as_i64().or_else(|| value["valueMilli"].as_i64());
    inputs
        .iter()
        .filter(|(name, _)| wanted(name))
        .find_map(|(_, value)| match value {
            Value::Object(pods) => pods
                .iter()
                .map(|(pod, value)| Some((pod.clone(), amount(value)?)))
                .collect(),
            Value::Array(pods) => pods
                .iter()
                .enumerate()
                .map(|(n, value)| Some((n.to_string(), amount(value)?)))
                .collect(),
            _ => None,
        })
}

fn error(failure: &MetricFailure) -> Value {
    let text = failure.to_string();
    json!({ "error": text, "errorContains": text })
}

pub(super) fn resource_ratio(inputs: &Value) -> Result<Value, CaseError> {
    let inputs = RatioInputs::from_json(inputs)?;
    let target = i32::try_from(inputs.target).map_err(|_| CaseError::BadField {
        field: "inputs.targetUtilization",
        wanted: "a percentage within int32",
    })?;
    let ratio = ratio::utilization_ratio(&inputs.usage_milli, &inputs.requests_milli, target);
    Ok(ratio.map_or_else(
        |failure| error(&failure),
        |ratio| {
            json!({
                "ratio": ratio.ratio,
                "utilizationRatio": ratio.ratio,
                "usageRatio": ratio.ratio,
                "currentUtilization": ratio.percent,
                "currentAverageMilli": ratio.mean_milli,
                "rawAverageMilli": ratio.mean_milli,
                "rawAverageValueMilli": ratio.mean_milli,
                "averageMilli": ratio.mean_milli,
                "currentUsageMilli": ratio.mean_milli,
            })
        },
    ))
}

pub(super) fn usage_ratio(inputs: &Value) -> Result<Value, CaseError> {
    let inputs = RatioInputs::from_json(inputs)?;
    let ratio = ratio::usage_ratio(&inputs.usage_milli, inputs.target);
    Ok(ratio.map_or_else(
        |failure| error(&failure),
        |ratio| {
            json!({
                "ratio": ratio.ratio,
                "usageRatio": ratio.ratio,
                "currentUsageMilli": ratio.mean_milli,
                "currentAverageMilli": ratio.mean_milli,
                "averageMilli": ratio.mean_milli,
            })
        },
    ))
}
