//! What the controller reports in `status`.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cluster::Tier;
use crate::text::{Quantity, Usd};

/// What is known of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterStatus {
    /// The generation of the spec that this status answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// `Ready`, `Accepted`, `Lost`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// The state in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When its nodes and pods were last seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_at: Option<Time>,
    /// Nodes that exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nodes: Option<u32>,
    /// Cores that replicas may still use on existing nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_cpu: Option<Quantity>,
    /// Each node group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupStatus>,
}

/// What is known of a node group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupStatus {
    /// Its name.
    pub name: String,
    /// Nodes that exist.
    pub nodes: u32,
    /// Nodes ordered and not there yet.
    #[serde(default)]
    pub in_flight: u32,
    /// Cores requested on them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_cpu: Option<Quantity>,
    /// Cores that are left on them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_cpu: Option<Quantity>,
    /// Memory requested on them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_memory: Option<Quantity>,
    /// Memory that is left on them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_memory: Option<Quantity>,
    /// Price of a node, USD per hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_per_hour: Option<Usd>,
    /// When the price was read from its source; absent for a fixed one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_observed_at: Option<Time>,
    /// Learned boot time; absent until enough nodes have booted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boot: Option<BootStatus>,
}

/// Learned boot time, in whole seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BootStatus {
    /// Median.
    pub p50_seconds: u32,
    /// 95th percentile.
    pub p95_seconds: u32,
}

/// What a policy's workloads do together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyStatus {
    /// The generation of the spec that this status answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// `Accepted`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// Workloads that name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workloads: Option<u32>,
    /// Replicas planned in public clusters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_replicas: Option<u32>,
    /// USD per hour as planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_per_hour: Option<Usd>,
    /// The rung of the money cap's ladder that is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap_rung: Option<String>,
}

/// What a workload does, where, at what cost, and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HybridAutoscalerStatus {
    /// The generation of the spec that this status answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Pods of the fleet that exist, for the `scale` subresource.
    #[serde(default)]
    pub replicas: u32,
    /// The pods' label selector, for the `scale` subresource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// Replicas the fleet shall have.
    #[serde(default)]
    pub desired_replicas: u32,
    /// Replicas that are Ready.
    #[serde(default)]
    pub ready_replicas: u32,
    /// Replicas planned in public clusters.
    #[serde(default)]
    pub public_replicas: u32,
    /// Desired replicas without a place.
    #[serde(default)]
    pub unplaced_replicas: u32,
    /// Where.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub clusters: Vec<PlacedStatus>,
    /// Its share of the nodes it is planned on, by replicas, in USD per hour; an estimate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_per_hour: Option<Usd>,
    /// The reason in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `AbleToScale`, `ScalingActive` and `ScalingLimited` as in HPA, and from the controller `Accepted` and
    /// `MetricsRead`, which name each field that is wrong or cannot be read, with the remedy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

/// A workload in one cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlacedStatus {
    /// The cluster's name.
    pub name: String,
    /// Its tier, where the controller knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Tier")]
    pub tier: Option<Tier>,
    /// Replicas it shall end up with.
    pub desired: u32,
    /// Replicas that are Ready.
    pub ready: u32,
}
