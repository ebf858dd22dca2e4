//! Conformance of `spillway_solver::hpa` with `HorizontalPodAutoscaler` v2: one case
//! in JSON in, the answer of the solver's functions in JSON out.
//!
//! Here is only the translation between JSON and the solver's types. Answers hold every
//! key that a case of their kind may expect, and some more. `{"unsupported":true}` stands
//! for what only Kubernetes itself does: label selectors, failures of the scale
//! subresource, the requests in a pod's spec.
//!
//! Times are ages in seconds before [`input::NOW_MS`]; an age of `null` is the distant past.

pub mod input;
mod metric;
mod pass;
mod per_pod;
mod steps;

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Why a case has no answer.
#[derive(Debug)]
pub enum CaseError {
    /// The case is not JSON, or a field is missing or of the wrong type.
    Json(serde_json::Error),
    /// The kind is none of the known ones.
    UnknownKind(String),
    /// A field holds something that no case should hold.
    BadField {
        /// The field, as a path in the case.
        field: &'static str,
        /// What it must hold.
        wanted: &'static str,
    },
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(f, "the case is not as expected: {error}"),
            Self::UnknownKind(kind) => write!(
                f,
                "unknown kind {kind:?}; known: metric, stabilize, normalize, scale-limit, \
                 scale-events, behavior-defaults, reconcile, group-pods, pod-requests, \
                 resource-ratio, usage-ratio"
            ),
            Self::BadField { field, wanted } => write!(f, "{field} must be {wanted}"),
        }
    }
}

impl std::error::Error for CaseError {}

impl From<serde_json::Error> for CaseError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

/// Answers a case given as text.
///
/// # Errors
/// The text is no case; see [`CaseError`].
pub fn answer_text(case: &str) -> Result<Value, CaseError> {
    let case: Value = serde_json::from_str(case)?;
    let kind = case["kind"].as_str().ok_or(CaseError::BadField {
        field: "kind",
        wanted: "a string beside inputs",
    })?;
    answer(kind, &case["inputs"])
}

/// Answers the case of `kind` with `inputs`.
///
/// # Errors
/// The inputs do not fit the kind; see [`CaseError`].
pub fn answer(kind: &str, inputs: &Value) -> Result<Value, CaseError> {
    match kind {
        "metric" => Ok(metric::answer(parse(inputs)?)),
        "stabilize" => steps::stabilize(parse(inputs)?),
        "normalize" => Ok(steps::normalize(parse(inputs)?)),
        "scale-limit" => Ok(steps::scale_limit(parse(inputs)?)),
        "scale-events" => Ok(steps::scale_events(parse(inputs)?)),
        "behavior-defaults" => Ok(steps::behavior_defaults(parse(inputs)?)),
        "reconcile" if pass::only_kubernetes_does(inputs) => Ok(unsupported()),
        "reconcile" => pass::answer(parse(inputs)?),
        "group-pods" => Ok(per_pod::group(parse(inputs)?)),
        "resource-ratio" => per_pod::resource_ratio(inputs),
        "usage-ratio" => per_pod::usage_ratio(inputs),
        "pod-requests" => Ok(unsupported()),
        unknown => Err(CaseError::UnknownKind(unknown.to_owned())),
    }
}

fn parse<T: DeserializeOwned>(inputs: &Value) -> Result<T, CaseError> {
    Ok(T::deserialize(inputs)?)
}

fn unsupported() -> Value {
    json!({ "unsupported": true })
}
