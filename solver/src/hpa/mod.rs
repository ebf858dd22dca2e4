//! HPA v2 decisions, to the letter.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// placeholder
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Behavior {}
/// placeholder
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recommendation {}
/// placeholder
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScaleEvent {}
