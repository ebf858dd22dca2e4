//! What the host observed: the only source of facts, including the time.
//!
//! Nothing here is configuration (that is [`crate::policy`]) and nothing is remembered
//! (that is [`crate::memory`]). A cluster that cannot be reached appears with the last state
//! that was seen and the time it was seen at.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{ClusterId, GroupId, WorkloadId};
use crate::resources::Resources;
use crate::schema::SchemaVersion;
use crate::units::{MicroUsd, MicroUsdPerHour, Millis, UnixMs};

/// Everything observed for one tick.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Snapshot {
    /// Version of this format.
    pub schema_version: SchemaVersion,
    /// The tick's time on the host's clock.
    pub now_ms: UnixMs,
    /// Each cluster of the policy; a missing one is treated as never observed.
    pub clusters: Vec<ClusterState>,
    /// What was measured for each workload.
    pub workloads: Vec<WorkloadState>,
    /// Money spent so far; absent when the host does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spend: Option<Spend>,
}

/// Money spent in the public clusters since the running hour, day and month began (UTC).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Spend {
    /// Since the full hour.
    pub hour_micro_usd: MicroUsd,
    /// Since midnight.
    pub day_micro_usd: MicroUsd,
    /// Since the first of the month.
    pub month_micro_usd: MicroUsd,
}

/// One cluster as last observed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterState {
    /// The `Cluster` object's name.
    pub name: ClusterId,
    /// When the nodes and replicas below were observed.
    pub observed_at_ms: UnixMs,
    /// Since when the cluster's API has not answered; absent while it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreachable_since_ms: Option<UnixMs>,
    /// Whether users' traffic still reaches the cluster; absent when nobody probes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serves_traffic: Option<bool>,
    /// Nodes that exist.
    #[serde(default)]
    pub nodes: Vec<NodeState>,
    /// What is observed of each node group.
    #[serde(default)]
    pub groups: Vec<GroupState>,
    /// Quotas that bind new replicas or new nodes.
    #[serde(default)]
    pub quotas: Vec<QuotaState>,
    /// The scale target of each workload in this cluster.
    #[serde(default)]
    pub targets: Vec<TargetState>,
}

/// One node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeState {
    /// The node's name.
    pub name: String,
    /// The node group it belongs to.
    pub group: GroupId,
    /// What pods may use of it.
    pub allocatable: Resources,
    /// Requests of all pods on it, of any owner, including terminating ones. What others hold on
    /// a node of a public group is taken for daemons that go with the node: a group that Spillway
    /// spills into is meant for what it spills.
    pub used: Resources,
    /// Our workloads' replicas on it; their requests are part of `used`.
    #[serde(default)]
    pub replicas: Vec<NodeReplicas>,
    /// Whether it takes no new pods (cordoned or not ready).
    #[serde(default)]
    pub unschedulable: bool,
    /// Whether something (a node autoscaler, a spot notice) is taking it away.
    #[serde(default)]
    pub leaving: bool,
}

/// Replicas of one workload on one node, each in exactly one state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeReplicas {
    /// Whose replicas.
    pub workload: WorkloadId,
    /// Bound to the node, not Ready yet.
    #[serde(default)]
    pub bound: u32,
    /// Ready.
    #[serde(default)]
    pub ready: u32,
    /// Being deleted; they still hold their requests.
    #[serde(default)]
    pub terminating: u32,
}

/// What is observed of a node group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupState {
    /// The group's name within its cluster.
    pub name: GroupId,
    /// Nodes ordered and not there yet.
    #[serde(default)]
    pub in_flight: u32,
    /// The price of one node now; absent when the source has none, then the policy's price holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// When the provider last said it has no such capacity (or no valid host).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insufficient_capacity_at_ms: Option<UnixMs>,
    /// Learned boot time quantiles; absent until enough nodes have booted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<BootTime>,
}

/// A price and when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Price {
    /// Per node and hour.
    pub micro_usd_per_hour: MicroUsdPerHour,
    /// When it was read from its source.
    pub observed_at_ms: UnixMs,
}

/// From asking for a node to a Ready replica on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BootTime {
    /// Median.
    pub p50_ms: Millis,
    /// 95th percentile.
    pub p95_ms: Millis,
}

/// One quota row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuotaState {
    /// A name for the explanation, such as `nova.cores` or `resourcequota/shop/compute`.
    pub name: String,
    /// What the row limits.
    pub scope: QuotaScope,
    /// The limit, in the scope's unit.
    pub limit: u64,
    /// What is used of it now.
    pub used: u64,
}

/// What a quota row counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum QuotaScope {
    /// Servers of the cluster's cloud project (Nova `instances`, server-group members).
    Instances,
    /// Milli-CPU of all servers of the cloud project (Nova `cores`).
    InstanceCpu,
    /// Bytes of memory of all servers of the cloud project (Nova `ram`).
    InstanceMemory,
    /// Pods of one namespace (`ResourceQuota` `pods`).
    NamespacePods(String),
    /// Milli-CPU requested in one namespace (`ResourceQuota` `requests.cpu`).
    NamespaceCpu(String),
    /// Bytes of memory requested in one namespace (`ResourceQuota` `requests.memory`).
    NamespaceMemory(String),
}

/// A workload's scale target in one cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TargetState {
    /// Whose target.
    pub workload: WorkloadId,
    /// `spec.replicas` as read.
    pub spec_replicas: u32,
    /// Pods that exist and are bound to no node.
    #[serde(default)]
    pub pending: u32,
    /// Those of the pending that the scheduler has refused for longer than it needs to try.
    #[serde(default)]
    pub unschedulable: u32,
    /// Pods beyond `spec_replicas` that only a roll-out has started.
    #[serde(default)]
    pub rollout_surge: u32,
    /// A hash of the effective pod template; replicas do not move between different ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

/// What was measured for one workload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadState {
    /// Whose metrics.
    pub id: WorkloadId,
    /// Readings by the name of the metric in the policy.
    #[serde(default)]
    pub metrics: BTreeMap<String, MetricState>,
}

/// All that was read for one metric of one workload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricState {
    /// The metric itself; for a queue its backlog in items.
    #[serde(default)]
    pub primary: Reading,
    /// The alternative query, asked when the policy names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternative: Option<Reading>,
    /// For a queue: arrivals per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrivals: Option<Reading>,
    /// For a queue: completions per second in each cluster.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub completions: BTreeMap<ClusterId, Reading>,
}

/// The outcome of one query. "No data" has several causes, and none of them is zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, tag = "kind")]
pub enum Reading {
    /// The query succeeded with these series.
    #[serde(rename_all = "camelCase")]
    Series {
        /// When the newest sample was taken.
        at_ms: UnixMs,
        /// Values in thousandths, one a series.
        values_milli: Vec<i64>,
    },
    /// Per-pod samples, for `Pods` and `Resource` metrics.
    #[serde(rename_all = "camelCase")]
    Pods {
        /// When the newest sample was taken.
        at_ms: UnixMs,
        /// Each pod of the workload, with or without a sample.
        pods: Vec<PodReading>,
    },
    /// The query was not asked yet.
    #[default]
    NotAsked,
    /// The query succeeded and returned no series.
    Empty,
    /// A value was NaN or infinite.
    NotANumber,
    /// The source answered with only a part of the data.
    Partial,
    /// The source did not answer, or with an error.
    #[serde(rename_all = "camelCase")]
    Failed {
        /// The source's words.
        message: String,
    },
}

/// One pod with what HPA's rules need to know of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodReading {
    /// Pod name, unique within the cluster and workload.
    pub name: String,
    /// Where it runs.
    pub cluster: ClusterId,
    /// `status.phase`.
    pub phase: PodPhase,
    /// The Ready condition; absent when the pod has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<bool>,
    /// When Ready last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_changed_at_ms: Option<UnixMs>,
    /// `status.startTime`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at_ms: Option<UnixMs>,
    /// Whether it is being deleted.
    #[serde(default)]
    pub deleting: bool,
    /// The sample in thousandths of the metric's unit (milli-CPU for cpu); absent when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_milli: Option<i64>,
    /// When the sample was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled_at_ms: Option<UnixMs>,
    /// The span the sample covers.
    #[serde(default)]
    pub window_ms: Millis,
    /// The pod's (or the named container's) request in the same unit; absent when not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_milli: Option<i64>,
}

/// `status.phase` of a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PodPhase {
    /// Not running yet.
    #[default]
    Pending,
    /// Running.
    Running,
    /// Ended well.
    Succeeded,
    /// Ended badly.
    Failed,
    /// The node does not report.
    Unknown,
}
