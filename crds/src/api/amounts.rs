//! What a replica asks for, and where it may run, as in a pod.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::node_group::TaintEffect;
use crate::text::Quantity;

/// Amounts of cpu, memory and extended resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Amounts {
    /// Cores, as a Kubernetes quantity: "500m", 4.
    pub cpu: Quantity,
    /// Bytes, as a Kubernetes quantity: "2Gi".
    pub memory: Quantity,
    /// Extended resources by name, whole: `{nvidia.com/gpu: 1}`. Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 16))]
    pub extended: BTreeMap<String, Quantity>,
}

/// A toleration, as in a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Toleration {
    /// The taint's key; with operator `Exists`, absent tolerates every key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 316))]
    pub key: Option<String>,
    /// How the value is compared. Default: `Equal`, as in a pod.
    #[serde(default)]
    pub operator: TolerationOperator,
    /// The taint's value; absent is the empty one. Not with operator `Exists`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub value: Option<String>,
    /// The taint's effect; absent tolerates every effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<TaintEffect>,
}

/// How a toleration compares the taint's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TolerationOperator {
    /// Equal values.
    #[default]
    Equal,
    /// Any value.
    Exists,
}
