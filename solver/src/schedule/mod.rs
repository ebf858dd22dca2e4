//! Scheduled bounds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// placeholder
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScheduledBound {}
