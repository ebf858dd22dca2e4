//! `behavior`, as in `autoscaling/v2`: the same names, units and defaults.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::Quantity;

/// How fast the count may change, as in `autoscaling/v2`. Even an empty behavior switches on
/// the default rate policies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Behavior {
    /// Rules on the way up. Default: no window; 4 pods or 100 % per 15 s, whichever is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale_up: Option<ScalingRules>,
    /// Rules on the way down. Default: 300 s window; 100 % per 15 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale_down: Option<ScalingRules>,
}

/// The rules of one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScalingRules {
    /// Seconds of proposals that are looked back at, 0-3600. Default: 0 up, 300 down.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 3600))]
    pub stabilization_window_seconds: Option<u32>,
    /// How several policies combine. Default: `Max`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub select_policy: Option<SelectPolicy>,
    /// Rate policies. Default: those of HPA.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 16))]
    pub policies: Option<Vec<ScalingPolicy>>,
    /// Deviation from the target that is ignored, as a quantity: "0.05" is 5 %. Default: 0.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Quantity>,
}

/// At most `value` pods or percent per period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScalingPolicy {
    /// What `value` counts.
    #[serde(rename = "type")]
    pub policy_type: PolicyType,
    /// Pods or percent, above 0.
    #[schemars(range(min = 1))]
    pub value: u32,
    /// Seconds, 1-1800.
    #[schemars(range(min = 1, max = 1800))]
    pub period_seconds: u32,
}

/// What a rate policy counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PolicyType {
    /// Replicas.
    Pods,
    /// Percent of the replicas at the period's start.
    Percent,
}

/// How several rate policies combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SelectPolicy {
    /// The biggest change that one of them allows.
    Max,
    /// The smallest.
    Min,
    /// No change in this direction.
    Disabled,
}
