//! What the user configures about traffic weights.

use std::collections::BTreeSet;
use std::num::{NonZeroU8, NonZeroU16, NonZeroU64};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schedule::{FieldProblem, OpenDays, Weekday, Window};

/// Where the target share of each cluster comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum TrafficMode {
    /// In proportion to Ready replicas: traffic follows the placement.
    ReadyShare,
    /// By a metric of the fleet's load, ahead of the replicas.
    FeedForward(FeedForward),
}

impl TrafficMode {
    /// All that is wrong with the mode's scheduled minima; each problem's path begins with `path`.
    #[must_use]
    pub fn validate(&self, path: &str) -> Vec<FieldProblem> {
        let Self::FeedForward(FeedForward { scheduled, .. }) = self else {
            return Vec::new();
        };
        let mut problems = Vec::new();
        for (index, minimum) in scheduled.iter().enumerate() {
            for (field, problem) in OpenDays::parse(&minimum.window())
                .err()
                .into_iter()
                .flatten()
            {
                let path = format!("{path}.feedForward.scheduled[{index}]{field}");
                problems.push(FieldProblem { path, problem });
            }
        }
        problems
    }
}

/// The feed-forward formula: the private tier has the weight `base`, the public tier
/// `w = ceil(base * max(0, metric / target - 1))`, so that the private tier gets
/// `target / metric` of the traffic once the metric is above the target. The metric is the total
/// over all clusters. The formula, with `minimum`, the scheduled minima and `disableScaleIn`, is that
/// of the public operator `ch1aki/rebalancer`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FeedForward {
    /// Weight of the private tier, 1-255. Larger gives finer shares and reaches 255 earlier.
    pub base: NonZeroU8,
    /// Load that the private tier takes alone, in thousandths of the metric's unit, above zero.
    pub target_milli: NonZeroU64,
    /// Least weight of the public tier, 0-255.
    #[serde(default)]
    pub minimum: u8,
    /// Further least weights of the public tier in recurring windows; of those open the highest holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scheduled: Vec<ScheduledMinimum>,
    /// Never lower the public tier's weight in relation to the private tier's.
    #[serde(default)]
    pub disable_scale_in: bool,
}

/// A least weight of the public tier in a window as in [`crate::schedule`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScheduledMinimum {
    /// IANA name of the time zone.
    pub time_zone: String,
    /// Weekdays on which the window starts. Absent: every day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<BTreeSet<Weekday>>,
    /// `HH:MM`.
    pub start: String,
    /// `HH:MM`; at or before `start` it lies on the next day.
    pub end: String,
    /// Least weight of the public tier, 0-255.
    pub weight: u8,
}

impl ScheduledMinimum {
    fn window(&self) -> Window<'_> {
        Window {
            time_zone: &self.time_zone,
            days: self.days.as_ref(),
            start: &self.start,
            end: &self.end,
        }
    }

    /// Whether it applies at that instant (Unix milliseconds). A window that cannot be read, which
    /// [`TrafficMode::validate`] reports, never opens.
    #[must_use]
    pub fn is_open(&self, now_ms: i64) -> bool {
        OpenDays::parse(&self.window()).is_ok_and(|days| days.is_open(now_ms))
    }
}

/// How fast shares move towards their target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ramp {
    /// Most by which the share of any cluster changes per tick, in thousandths of all traffic;
    /// 1000 or more is no limit. Steps below 4 are finer than a weight of 1 in 256.
    pub max_step_milli: NonZeroU16,
}
