//! What the weights of one tick are worked out from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::policy::{Ramp, TrafficMode};

/// Whether a cluster is filled first or takes what spills.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Tier {
    /// Filled first.
    Private,
    /// Takes the spill.
    Public,
}

/// What a cluster can serve of the workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterShare {
    /// Name of the cluster, unique in the list.
    pub cluster: String,
    /// Its tier.
    pub tier: Tier,
    /// Replicas that are Ready.
    pub ready_replicas: u32,
    /// Whether its health check passes.
    pub healthy: bool,
}

impl ClusterShare {
    /// Whether traffic may go there.
    #[must_use]
    pub fn serves(&self) -> bool {
        self.ready_replicas > 0 && self.healthy
    }
}

/// The newest answer of the feed-forward metric: the total over all clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum TrafficMetric {
    /// A number.
    Value {
        /// In thousandths of the metric's unit.
        milli: i64,
    },
    /// No sample.
    Empty,
    /// NaN or an infinity.
    NotANumber,
    /// Too old.
    Stale,
    /// Of a part of the sources only.
    Partial,
    /// The query failed.
    Failed,
}

/// All that the weights of one tick depend on, beside the last ones.
#[derive(Clone, Copy, Debug)]
pub struct TrafficInput<'a> {
    /// Where the target shares come from.
    pub mode: &'a TrafficMode,
    /// How fast to go there; `None` is at once.
    pub ramp: Option<Ramp>,
    /// The clusters of the workload, in any order.
    pub clusters: &'a [ClusterShare],
    /// The feed-forward metric; not looked at in other modes.
    pub metric: TrafficMetric,
    /// Unix milliseconds, for the scheduled minima.
    pub now_ms: i64,
}
