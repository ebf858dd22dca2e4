//! Where replicas may run, and what it costs there.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{ClusterId, GroupId};
use crate::resources::Resources;
use crate::snapshot::BootTime;
use crate::units::{MicroUsd, MicroUsdPerHour, Millis};

/// One cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterSpec {
    /// Its name.
    pub name: ClusterId,
    /// Filled first (`Private`) or spilled to (`Public`).
    pub tier: Tier,
    /// Takes no new replicas and gives up those it has, for maintenance.
    #[serde(default)]
    pub cordoned: bool,
    /// What it offers beyond cpu and memory: `fixedSourceIp`, `storageClass/ssd`,
    /// `region/eu-west-1`; a workload requires them by the same words.
    #[serde(default)]
    pub capabilities: BTreeSet<String>,
    /// Round-trip time to each named data set. A data set that is not listed is out of reach.
    #[serde(default)]
    pub round_trips_ms: BTreeMap<String, Millis>,
    /// What a core in use costs per hour beyond the sunk nodes: power, licences.
    #[serde(default)]
    pub marginal_per_core: MicroUsdPerHour,
    /// What a GiB that leaves the cluster costs.
    #[serde(default)]
    pub egress_per_gib: MicroUsd,
    /// Room kept free on existing nodes.
    #[serde(default)]
    pub headroom: Headroom,
    /// Unreachable for longer than this means lost. 30 s of failures as in Karmada; too short
    /// treats a restart of the API server as a lost site.
    pub lost_after_ms: Millis,
    /// Capacity older than this takes no new replicas.
    pub capacity_max_age_ms: Millis,
    /// How its scheduler scores nodes.
    #[serde(default)]
    pub scheduling: Scheduling,
    /// Its node groups.
    pub groups: Vec<GroupSpec>,
}

/// Filled first, or spilled to.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Tier {
    /// Owned: filled first.
    Private,
    /// Rented: takes what does not fit.
    Public,
}

/// Room kept free in a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Headroom {
    /// Share of each node's allocatable cpu and memory that our replicas leave free, percent.
    #[serde(default)]
    pub percent: u8,
}

/// How kube-scheduler scores the nodes of a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Scheduling {
    /// Its default: pods spread over the emptiest nodes.
    #[default]
    LeastAllocated,
    /// Pods fill the fullest node that takes them.
    MostAllocated,
}

/// Nodes of one shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupSpec {
    /// Name within the cluster.
    pub name: GroupId,
    /// What pods may use of a new node.
    pub allocatable: Resources,
    /// What daemons request on each node.
    #[serde(default)]
    pub daemons: Resources,
    /// Labels of its nodes.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Taints of its nodes.
    #[serde(default)]
    pub taints: Vec<Taint>,
    /// How its nodes are paid.
    pub capacity_type: CapacityType,
    /// Price of a node where the snapshot has none. Zero for owned nodes, whose cost is sunk.
    pub price: MicroUsdPerHour,
    /// Who adds and removes nodes.
    pub grower: Grower,
    /// Most nodes the group may have; what exists when nobody grows it.
    #[serde(default)]
    pub max_nodes: u32,
    /// Boot time where none is learned.
    pub boot: BootTime,
}

/// A node taint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// Its value; empty when it has none.
    #[serde(default)]
    pub value: String,
    /// Its effect.
    pub effect: TaintEffect,
}

/// What a taint does to pods that do not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TaintEffect {
    /// Keeps new pods off.
    NoSchedule,
    /// Keeps new pods off where another node serves; here it changes nothing.
    PreferNoSchedule,
    /// Keeps new pods off and evicts running ones.
    NoExecute,
}

/// How a node is paid.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum CapacityType {
    /// Sunk: it costs nothing more to use.
    Owned,
    /// By the hour, for as long as one wants.
    OnDemand,
    /// By the hour, until the provider wants it back.
    Spot,
}

/// Who adds and removes a group's nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Grower {
    /// Nobody: the nodes that exist are all there are.
    Nobody,
    /// Karpenter or Cluster Autoscaler: it is predicted, not told.
    NodeAutoscaler,
}
