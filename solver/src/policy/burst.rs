//! The platform team's bursting rules.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::PolicyId;
use crate::units::{MicroUsd, Millis};

/// Rules shared by the workloads that name them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BurstPolicy {
    /// Its name.
    pub name: PolicyId,
    /// How replicas are laid over the clusters.
    pub placement: Placement,
    /// Which cluster fills first.
    pub fill: Fill,
    /// Share of a workload's replicas, percent, that shall still run when any one cluster is
    /// lost; 0 asks for nothing. Soft: what is achievable is reported.
    #[serde(default)]
    pub survive_percent: u8,
    /// Largest share of a workload in one cluster, percent; 100 asks for nothing.
    pub max_cluster_percent: u8,
    /// Use of spot capacity.
    pub spot: SpotRule,
    /// Money caps over all workloads of this policy.
    #[serde(default)]
    pub caps: MoneyCaps,
    /// When replicas come home.
    pub recall: Recall,
    /// What happens to the replicas of a cluster that does not answer.
    pub on_unreachable: OnUnreachable,
    /// Most replicas that all its workloads together may have in public clusters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_public_replicas: Option<u32>,
    /// Most replicas that all its workloads together may have; it holds before their minimums.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_replicas: Option<u32>,
}

/// How replicas are laid over the clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Placement {
    /// Private clusters take what fits, public ones the rest.
    Overflow,
    /// Every eligible cluster keeps at least one replica.
    ActiveActive,
    /// Public clusters run nothing while a private cluster answers.
    Standby,
}

/// Which cluster fills first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Fill {
    /// No replica runs in public while it fits at home, unless a named constraint says so.
    PrivateFirst,
    /// Money alone decides.
    Cheapest,
}

/// Use of spot capacity by a workload's public replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpotRule {
    /// Largest share of the workload's public replicas on spot nodes, percent.
    pub max_percent: u8,
    /// Of the desired replicas as many stay off spot nodes, at home or on demand; where those
    /// find no place they are unplaced, and the rest still goes to spot.
    #[serde(default)]
    pub on_demand_floor: u32,
}

/// Caps on public spend. Absent means no cap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoneyCaps {
    /// Per hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<MicroUsd>,
    /// Per day (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<MicroUsd>,
    /// Per month (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_month: Option<MicroUsd>,
    /// What happens on the way to the cap.
    #[serde(default)]
    pub ladder: CapLadder,
    /// What happens to running replicas at the cap.
    #[serde(default)]
    pub at_cap: AtCap,
    /// The rate cap that failover from a lost cluster may use instead, per hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency_per_hour: Option<MicroUsd>,
}

/// Rungs on the way to the cap, in percent of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CapLadder {
    /// From here on it is said.
    pub warn_percent: u8,
    /// From here on no optional move is made.
    pub no_optional_moves_percent: u8,
    /// From here on workloads below `low_priority_below` get no new public replica.
    pub no_low_priority_burst_percent: u8,
    /// What low priority means.
    pub low_priority_below: i32,
}

impl Default for CapLadder {
    /// 80, 90 and 95 %: each rung leaves the next time to act before the cap itself.
    fn default() -> Self {
        Self {
            warn_percent: 80,
            no_optional_moves_percent: 90,
            no_low_priority_burst_percent: 95,
            low_priority_below: 0,
        }
    }
}

/// What happens to running public replicas at the cap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AtCap {
    /// They run on; only new spill is refused.
    #[default]
    Hold,
    /// They are given up, lowest priority first, until the cap holds.
    Shed,
}

/// When replicas come home at a constant count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recall {
    /// A move must save this percentage of what it costs (both sites run while it lasts) for
    /// as long as the room at home has lasted. 200: saves twice its cost.
    pub payback_percent: u32,
    /// How long the room at home must have lasted, and how long a moved replica stays put.
    pub dwell_ms: Millis,
    /// Most replicas of a workload in a move at a time.
    pub step: u32,
    /// Moves of a workload within a window.
    pub budget: MoveBudget,
}

/// At most `moves` replicas moved within `window_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoveBudget {
    /// Replicas.
    pub moves: u32,
    /// Window.
    pub window_ms: Millis,
}

/// What happens to the replicas of a cluster that does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum OnUnreachable {
    /// They count as running.
    Hold,
    /// They are replaced elsewhere once the cluster counts as lost and this much more passed.
    #[serde(rename_all = "camelCase")]
    Replace {
        /// Added to the cluster's `lost_after_ms`.
        after_ms: Millis,
    },
    /// As `Replace`, only if users' traffic is lost too.
    #[serde(rename_all = "camelCase")]
    ReplaceIfTrafficLost {
        /// Added to the cluster's `lost_after_ms`.
        after_ms: Millis,
    },
}
