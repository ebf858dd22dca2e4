//! Where users' traffic is steered, and by what.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::window::Day;
use crate::text::Quantity;

/// How traffic follows replicas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Traffic {
    /// What is written. Default: nothing; weights are computed and shown all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub targets: Vec<TrafficTarget>,
    /// Steers by a load metric ahead of the replicas, `w = ceil(base * max(0, m/target - 1))`.
    /// Default: weights follow Ready replicas, which sends nobody to a cluster that cannot serve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feed_forward: Option<FeedForward>,
}

/// One thing that carries weights; exactly one of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("has(self.route53) != has(self.httpRoute)")
        .message("set exactly one of route53 and httpRoute")
)]
pub struct TrafficTarget {
    /// Weighted records of one name, one per cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route53: Option<Route53Record>,
    /// A Gateway API `HTTPRoute` whose backends carry weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_route: Option<HttpRoute>,
}

/// A weighted DNS record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Route53Record {
    /// The hosted zone's id.
    #[schemars(length(min = 1, max = 32))]
    pub hosted_zone_id: String,
    /// The record's name; the set identifier of each record is the cluster's name.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
}

/// An `HTTPRoute` of the workload's namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HttpRoute {
    /// The cluster it lies in.
    #[schemars(length(min = 1, max = 253))]
    pub cluster: String,
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// The feed-forward formula: private clusters weigh `base`, public ones what the metric is
/// above the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FeedForward {
    /// Weight of the private clusters, 1-255. Default: 16: shares in steps of a sixteenth of the
    /// private weight, and room for sixteen times the target before 255.
    #[serde(default = "base")]
    #[schemars(range(min = 1, max = 255))]
    pub base: u32,
    /// Load that the private clusters take alone, as a quantity above zero.
    pub target: Quantity,
    /// Least weight of the public clusters, 0-255. Default: 0.
    #[serde(default)]
    #[schemars(range(min = 0, max = 255))]
    pub minimum: u32,
    /// Further least weights by the clock; of those that are open the highest counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub scheduled: Vec<ScheduledWeight>,
    /// Never lower the public weight by the formula. Default: false.
    #[serde(default)]
    pub disable_scale_in: bool,
}

fn base() -> u32 {
    16
}

/// A least weight of the public clusters in a window that recurs weekly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScheduledWeight {
    /// IANA time zone, such as `Europe/Berlin`.
    #[schemars(length(min = 1, max = 64))]
    pub time_zone: String,
    /// Weekdays on which the window starts. Default: every day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 7))]
    pub days: Option<Vec<Day>>,
    /// Time of day at which it opens, `HH:MM`.
    #[schemars(length(max = 5), regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub start: String,
    /// Time of day at which it closes, `HH:MM`. At or before `start` it lies on the next day.
    #[schemars(length(max = 5), regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub end: String,
    /// The weight, 0-255.
    #[schemars(range(min = 0, max = 255))]
    pub weight: u32,
}
