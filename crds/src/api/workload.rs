//! `HybridAutoscaler`: what is scaled, on which metric, within which bounds.

#![expect(
    clippy::duplicated_attributes,
    reason = "each printer column names its type"
)]

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::amounts::{Amounts, Toleration};
use super::behavior::Behavior;
use super::burst_policy::Fill;
use super::metric::Metric;
use super::status::HybridAutoscalerStatus;
use super::traffic::Traffic;
use super::window::ScheduledBound;
use crate::text::{Quantity, TimeSpan, Usd};

/// What is scaled.
#[derive(CustomResource, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[kube(
    group = "spillway.dev",
    version = "v1alpha1",
    kind = "HybridAutoscaler",
    namespaced,
    doc = "Scales a workload over all clusters as one fleet: how many replicas as HPA v2 does, where by its BurstPolicy.",
    status = "HybridAutoscalerStatus",
    derive = "PartialEq",
    shortname = "hya",
    category = "spillway",
    scale(
        spec_replicas_path = ".spec.replicas",
        status_replicas_path = ".status.replicas",
        label_selector_path = ".status.selector"
    ),
    printcolumn(
        name = "Desired",
        type_ = "integer",
        json_path = ".status.desiredReplicas"
    ),
    printcolumn(name = "Ready", type_ = "integer", json_path = ".status.readyReplicas"),
    printcolumn(
        name = "Public",
        type_ = "integer",
        json_path = ".status.publicReplicas",
        description = "Replicas planned in public clusters"
    ),
    printcolumn(
        name = "Cost/h",
        type_ = "string",
        json_path = ".status.costPerHour",
        description = "Its share of the public nodes, USD per hour, estimated"
    ),
    printcolumn(
        name = "Mode",
        type_ = "string",
        json_path = ".spec.mode",
        priority = "1"
    ),
    printcolumn(
        name = "Unplaced",
        type_ = "integer",
        json_path = ".status.unplacedReplicas",
        priority = "1"
    ),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.reason"),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    )
)]
#[x_kube(
    validation = Rule::new("self.minReplicas <= self.maxReplicas")
        .message("minReplicas is above maxReplicas: lower the one or raise the other"),
    validation = Rule::new("has(self.replicas) != (has(self.metrics) && size(self.metrics) > 0)")
        .message("set exactly one of metrics (Spillway finds the count) and replicas (an HPA, KEDA or a person does)"),
    validation = Rule::new("!has(self.pause) || !has(self.replicas) || !(self.pause.scaleUp || self.pause.scaleDown)")
        .message("replicas is set by somebody else: pause whoever sets it, or set mode Paused"),
    validation = Rule::new("!has(self.pause) || !has(self.pause.pins) || size(self.pause.pins) == 0 || self.mode == 'Paused'")
        .message("pause.pins hold in mode Paused only: set it, or leave the pins out"),
    validation = Rule::new("!has(self.activation) || self.minReplicas == 0")
        .message("activation wakes a workload from zero: set minReplicas 0, or leave it out")
)]
pub struct HybridAutoscalerSpec {
    /// What is scaled in each cluster: the same kind and name in the same namespace everywhere.
    pub scale_target_ref: ScaleTargetRef,
    /// The bursting rules it follows. Default: the policy named `default`.
    #[serde(default)]
    pub policy_ref: PolicyRef,
    /// Overrides the policy's fill, where the policy allows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Fill")]
    pub fill: Option<Fill>,
    /// Whether decisions are acted on. Default: `Active`.
    #[serde(default)]
    pub mode: Mode,
    /// What of it is stopped for now. Default: nothing.
    #[serde(default, skip_serializing_if = "Pause::is_nothing")]
    pub pause: Pause,
    /// The fleet's count as an HPA, a KEDA ScaledObject or a person sets it through the `scale`
    /// subresource, instead of `metrics`; kept within minReplicas and maxReplicas. Default:
    /// absent, the metrics decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u32>,
    /// Fewest replicas of the fleet; 0 allows scale to zero. Default: 1, as in HPA.
    #[serde(default = "min_replicas")]
    pub min_replicas: u32,
    /// Most desired replicas of the fleet, at least 1. No default: it bounds what a wrong metric
    /// can cost.
    #[schemars(range(min = 1))]
    pub max_replicas: u32,
    /// Replicas beyond maxReplicas that may exist while replicas move: make before break.
    /// Default: 2, one whole step of a recall.
    #[serde(default = "move_surge")]
    pub move_surge: u32,
    /// What drives the count; the largest proposal wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Map(vec!["name".into()]))]
    pub metrics: Vec<Metric>,
    /// HPA v2 `behavior`. Default: absent, HPA's rules without behavior: a doubling (or 4) per
    /// pass up, a 300 s window down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behavior: Option<Behavior>,
    /// When it wakes from zero and goes back. Default with minReplicas 0: any metric above 0,
    /// and 5 min after the last activity, as in KEDA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<Activation>,
    /// Floors and ceilings by the clock. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Map(vec!["name".into()]))]
    pub schedule: Vec<ScheduledBound>,
    /// Who goes first when room is scarce; the higher is served first and keeps its place at
    /// home. Default: that of the pods' PriorityClass; offline 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// What one replica asks for. Read from the target's pod template when the controller runs;
    /// required offline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replica_requests: Option<Amounts>,
    /// Node labels it requires. Read from the target's pod template when the controller runs.
    /// Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    pub node_selector: BTreeMap<String, String>,
    /// Taints it tolerates. Read from the target's pod template when the controller runs.
    /// Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub tolerations: Vec<Toleration>,
    /// Cluster capabilities it requires, all of them, in the words of `Cluster`. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(min = 1, max = 128)))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Set)]
    pub required_capabilities: Vec<String>,
    /// Workloads with the same word run together in one cluster: they spill as a whole when home
    /// is too small for all of them, and come home as a whole. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub co_placement_group: Option<String>,
    /// Data sets it queries, and how often. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Map(vec!["name".into()]))]
    pub data_sets: Vec<DataSet>,
    /// Rules for single clusters. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Map(vec!["name".into()]))]
    pub clusters: Vec<ClusterRule>,
    /// Bytes a replica sends out of its cluster per hour, as a quantity. Default: 0.
    #[serde(default = "zero")]
    pub egress_per_replica_hour: Quantity,
    /// How traffic follows. Default: none is managed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traffic: Option<Traffic>,
}

fn min_replicas() -> u32 {
    1
}

fn move_surge() -> u32 {
    2
}

fn zero() -> Quantity {
    "0".into()
}

/// What is scaled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScaleTargetRef {
    /// Its API version. Default: `apps/v1`.
    #[serde(default = "apps_v1")]
    #[schemars(length(min = 1, max = 253))]
    pub api_version: String,
    /// Its kind; anything with a `scale` subresource. Default: `Deployment`.
    #[serde(default = "deployment")]
    #[schemars(length(min = 1, max = 63))]
    pub kind: String,
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

fn apps_v1() -> String {
    "apps/v1".to_owned()
}

fn deployment() -> String {
    "Deployment".to_owned()
}

/// A `BurstPolicy` by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRef {
    /// Its name. Default: `default`: one policy serves most fleets.
    #[serde(default = "default_policy")]
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

fn default_policy() -> String {
    "default".to_owned()
}

impl Default for PolicyRef {
    fn default() -> Self {
        Self {
            name: default_policy(),
        }
    }
}

/// Whether decisions are acted on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Mode {
    /// They are.
    #[default]
    Active,
    /// They are computed and reported only.
    Observe,
    /// Nothing is decided; replicas stay as they are.
    Paused,
}

/// What of a workload's scaling is stopped. The bounds minReplicas and maxReplicas hold all the
/// same, as in HPA, and so do caps of the policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pause {
    /// The count does not rise, neither by metrics nor by the clock. Default: false.
    #[serde(default)]
    pub scale_up: bool,
    /// The count does not fall, neither by metrics nor by the clock. Default: false.
    #[serde(default)]
    pub scale_down: bool,
    /// No replica moves between clusters to save money. Those that leave a lost or cordoned
    /// cluster, or make room for a higher priority, move all the same. Default: false.
    #[serde(default)]
    pub moves: bool,
    /// In mode Paused, what each of these clusters holds instead of what runs there; a rollback
    /// writes them. Default: none, what runs stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Map(vec!["name".into()]))]
    pub pins: Vec<PausedPin>,
}

impl Pause {
    /// Whether it stops nothing.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Replicas that a cluster holds while a workload is paused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PausedPin {
    /// The cluster's name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// How many.
    pub replicas: u32,
}

/// When a workload wakes from zero and goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Activation {
    /// Active while a metric is above this quantity; equal is not above. Default: 0.
    #[serde(default = "zero")]
    pub threshold: Quantity,
    /// How long it stays up after it was last active. Default: "5m", as in KEDA: a start costs
    /// more than a few idle minutes.
    #[serde(default = "cooldown")]
    pub cooldown: TimeSpan,
}

fn cooldown() -> TimeSpan {
    "5m".into()
}

impl Default for Activation {
    fn default() -> Self {
        Self {
            threshold: zero(),
            cooldown: cooldown(),
        }
    }
}

/// How a workload uses a data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataSet {
    /// Its name, as in `roundTrips` of a `Cluster`.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// Longest round-trip it bears. Default: any that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_round_trip: Option<TimeSpan>,
    /// How often a replica waits for it per hour, as a quantity. Default: 0, distance is not
    /// weighed.
    #[serde(default = "zero")]
    pub queries_per_replica_hour: Quantity,
    /// What an hour of such waiting is worth, in USD: its users' patience. Default: "0", only
    /// maxRoundTrip counts; the worth of a second differs too much between shops for a guess.
    #[serde(default = "no_usd")]
    pub waiting_price_per_hour: Usd,
}

fn no_usd() -> Usd {
    "0".into()
}

/// A workload's rule for one cluster: bounds, a pin, or a ban.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("!has(self.minReplicas) || !has(self.maxReplicas) || self.minReplicas <= self.maxReplicas")
        .message("minReplicas is above maxReplicas: lower the one or raise the other"),
    validation = Rule::new("[self.forbid, has(self.pin), has(self.minReplicas) || has(self.maxReplicas)].exists_one(r, r)")
        .message("set exactly one of forbid, pin, and minReplicas/maxReplicas")
)]
pub struct ClusterRule {
    /// The cluster's name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// At least so many replicas there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_replicas: Option<u32>,
    /// At most so many replicas there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_replicas: Option<u32>,
    /// Exactly so many replicas there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<u32>,
    /// None there. Default: false.
    #[serde(default)]
    pub forbid: bool,
}
