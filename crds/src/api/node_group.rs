//! Node groups of a cluster: shape, price, growth.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::amounts::Amounts;
use crate::text::{TimeSpan, Usd};

/// Nodes of one shape and one price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("self.priceSource == 'Fixed' || !has(self.capacityType) || self.capacityType != 'Owned'")
        .message("an owned node has no EC2 price: leave priceSource out, or set capacityType OnDemand or Spot"),
    validation = Rule::new("self.priceSource != 'Ec2Spot' || (has(self.capacityType) && self.capacityType == 'Spot')")
        .message("priceSource Ec2Spot needs capacityType Spot"),
    validation = Rule::new("self.priceSource != 'Fixed' || !has(self.capacityType) || self.capacityType == 'Owned' || has(self.pricePerHour)")
        .message("a fixed price source needs pricePerHour, such as \"0.192\" (USD)"),
    validation = Rule::new("self.priceSource == 'Fixed' || has(self.instanceType)")
        .message("an EC2 price source needs instanceType, such as m6i.xlarge")
)]
pub struct NodeGroup {
    /// Name, unique within the cluster.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// Labels that its nodes carry: how nodes are told to belong to it, and what a workload's
    /// node selector is matched with. Default: none, which is enough for a cluster's only group.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    pub labels: BTreeMap<String, String>,
    /// Taints of its nodes. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub taints: Vec<Taint>,
    /// The provider's name for the shape, such as `m6i.xlarge`; needed for EC2 prices only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub instance_type: Option<String>,
    /// What pods may use of a new node (`kubectl get node -o jsonpath={.status.allocatable}`).
    /// No default: there is no catalogue of shapes, and capacity minus a guess overcommits.
    pub allocatable: Amounts,
    /// Pods a node takes (the kubelet's `maxPods`), 1-1000. Default: 110, the kubelet's own; on
    /// EKS without prefix delegation it is lower (58 for m6i.xlarge).
    #[serde(default = "max_pods")]
    #[schemars(range(min = 1, max = 1000))]
    pub max_pods: u32,
    /// What daemons request on each node. Default: none, for not every cluster has some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daemons: Option<Amounts>,
    /// How a node is paid. Default: `Owned` in a private cluster, `OnDemand` in a public one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity_type: Option<CapacityType>,
    /// Where the price comes from. Default: `Fixed`, the only one that needs no account.
    #[serde(default)]
    pub price_source: PriceSource,
    /// Price of a node in USD per hour as a decimal string, such as "0.192". Required unless
    /// nodes are owned; with an EC2 source it counts until the source has answered. Default for
    /// owned nodes: "0", for what is bought is sunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_per_hour: Option<Usd>,
    /// Who adds and removes nodes. Default: `Nobody` in a private cluster, `Karpenter` in a
    /// public one: what owns hardware cannot grow by the minute, and bursting needs what can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grower: Option<Grower>,
    /// Most nodes the group may have, 0-5000; what exists when nobody grows it. No default: it
    /// bounds what a wrong metric can cost.
    #[schemars(range(min = 0, max = 5000))]
    pub max_nodes: u32,
    /// From asking for a node to a Ready replica on it, where none is learned yet. Default: 90 s
    /// and 3 min when a group grows (an EC2 node with a pull), 15 s and 30 s when it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boot: Option<BootTime>,
}

/// The kubelet's default.
fn max_pods() -> u32 {
    110
}

/// A node taint, as in a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Taint {
    /// Its key.
    #[schemars(length(min = 1, max = 316))]
    pub key: String,
    /// Its value. Default: empty, as in a node.
    #[serde(default)]
    #[schemars(length(max = 63))]
    pub value: String,
    /// Its effect.
    pub effect: TaintEffect,
}

/// What a taint does to pods that do not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TaintEffect {
    /// New pods stay away.
    NoSchedule,
    /// New pods stay away if they can.
    PreferNoSchedule,
    /// New pods stay away and running ones leave.
    NoExecute,
}

/// How a node is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CapacityType {
    /// Bought: it costs nothing more to use.
    Owned,
    /// By the hour, for as long as one wants.
    OnDemand,
    /// By the hour, until the provider wants it back.
    Spot,
}

/// Where a node's price comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PriceSource {
    /// `pricePerHour`.
    #[default]
    Fixed,
    /// The EC2 price list for `instanceType`.
    Ec2OnDemand,
    /// The EC2 spot price history for `instanceType`.
    Ec2Spot,
}

/// Who adds and removes nodes. To the decision all but `Nobody` are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Grower {
    /// Nobody: the nodes that exist are all there are.
    Nobody,
    /// Karpenter sees pending pods.
    Karpenter,
    /// Cluster Autoscaler sees pending pods.
    ClusterAutoscaler,
    /// The controller sets the size of the EKS managed node group of this name.
    EksNodeGroup,
    /// The controller sets the size of the EC2 Auto Scaling group of this name.
    AutoScalingGroup,
    /// The controller sets the replicas of the Cluster API `MachineDeployment` of this name.
    ClusterApi,
    /// The controller sets the size of the Magnum node group of this name.
    Magnum,
}

/// From asking for a node to a Ready replica on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BootTime {
    /// Median, such as "90s".
    pub p50: TimeSpan,
    /// 95th percentile, such as "3m"; not below the median.
    pub p95: TimeSpan,
}
