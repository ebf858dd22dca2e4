//! Traffic weights.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// placeholder
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrafficMode {}
/// placeholder
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ramp {}
/// placeholder
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterWeight {}
