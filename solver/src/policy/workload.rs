//! What is scaled, on which metric, within which bounds.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::hpa::Behavior;
use crate::ids::{ClusterId, PolicyId, WorkloadId};
use crate::resources::Resources;
use crate::schedule::ScheduledBound;
use crate::traffic::{Ramp, TrafficMode};
use crate::units::{Bytes, MicroUsdPerHour, Millis};

use super::burst::Fill;

/// One workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadSpec {
    /// `namespace/name`.
    pub id: WorkloadId,
    /// The bursting rules it follows.
    pub policy: PolicyId,
    /// Overrides the policy's fill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<Fill>,
    /// Fewest replicas; 0 allows scale to zero.
    pub min_replicas: u32,
    /// Most desired replicas.
    pub max_replicas: u32,
    /// Replicas beyond `max_replicas` that may exist while replicas move.
    pub move_surge: u32,
    /// What drives the count; the largest proposal wins.
    pub metrics: Vec<MetricSpec>,
    /// HPA v2 behavior; absent means HPA's rules without behavior.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behavior: Option<Behavior>,
    /// Below this activity a workload with `min_replicas` 0 goes to zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation: Option<Activation>,
    /// Floors and ceilings by the clock.
    #[serde(default)]
    pub schedule: Vec<ScheduledBound>,
    /// The pods' priority; the higher is served first and keeps its place at home.
    pub priority: i32,
    /// What one replica asks for.
    pub requests: Resources,
    /// Node labels it requires.
    #[serde(default)]
    pub node_selector: BTreeMap<String, String>,
    /// Taints it tolerates.
    #[serde(default)]
    pub tolerations: Vec<Toleration>,
    /// Cluster capabilities it requires.
    #[serde(default)]
    pub capabilities: BTreeSet<String>,
    /// Workloads of one group run together in one cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub co_placement: Option<String>,
    /// Data sets it queries.
    #[serde(default)]
    pub data_sets: Vec<DataSetUse>,
    /// Bounds in single clusters.
    #[serde(default)]
    pub cluster_bounds: Vec<ClusterBound>,
    /// Bytes a replica sends out of its cluster per hour.
    #[serde(default)]
    pub egress_per_hour: Bytes,
    /// How traffic follows; absent when none is managed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<TrafficSpec>,
    /// What the core does not read of its pods and the scheduler will (required affinity,
    /// topology spread, a foreign scheduler): its fit is unknown until one is observed.
    #[serde(default)]
    pub unmodelled: bool,
    /// What a person has stopped.
    #[serde(default, skip_serializing_if = "Pause::is_nothing")]
    pub pause: Pause,
}

/// What a person has stopped of a workload's scaling. Its bounds hold all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pause {
    /// The count does not rise, unless to `min_replicas`.
    #[serde(default)]
    pub up: bool,
    /// The count does not fall, unless to `max_replicas` or by the policy's cap.
    #[serde(default)]
    pub down: bool,
    /// No replica moves for money's sake. Those that leave a lost or cordoned cluster, make room
    /// for a higher priority or restore a floor move all the same.
    #[serde(default)]
    pub moves: bool,
}

impl Pause {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    const fn is_nothing(&self) -> bool {
        !self.up && !self.down && !self.moves
    }
}

/// A metric with its target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricSpec {
    /// Name, unique within the workload; readings carry it.
    pub name: String,
    /// What it shall be.
    pub target: Target,
    /// A sample older than this is stale.
    pub max_age_ms: Millis,
    /// What counts when it is not there.
    pub fallback: Fallback,
}

/// What a metric shall be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Target {
    /// The sum divided by replicas, in thousandths.
    AverageValue(i64),
    /// The sum itself, in thousandths.
    Value(i64),
    /// The mean over pods of a custom per-pod metric, in thousandths.
    PodsAverageValue(i64),
    /// Percent of the pods' request.
    #[serde(rename_all = "camelCase")]
    Utilization {
        /// Which resource.
        resource: ResourceName,
        /// Target percentage of the request.
        percent: u32,
    },
    /// The mean use of a resource over pods, in thousandths.
    #[serde(rename_all = "camelCase")]
    ResourceAverageValue {
        /// Which resource.
        resource: ResourceName,
        /// Target in thousandths.
        milli: i64,
    },
    /// A backlog that is drained within a time.
    Queue(QueueTarget),
}

/// A resource with HPA's special rules for `cpu`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ResourceName {
    /// CPU: samples of pods that were never ready do not count.
    Cpu,
    /// Memory.
    Memory,
}

/// A backlog that is drained within a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QueueTarget {
    /// The time.
    pub drain_within_ms: Millis,
    /// Items one replica completes.
    pub service_rate: ServiceRate,
}

/// Items one replica completes, in thousandths per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum ServiceRate {
    /// As given.
    GivenMilli(u32),
    /// Learned in each cluster while replicas are saturated; until then this.
    LearnedMilli(u32),
}

/// What counts when a metric is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fallback {
    /// How long the last good value counts.
    pub last_known_good_ms: Millis,
    /// After that, and when the alternative query gives nothing either, replicas are held for
    /// this long; then the floor counts.
    pub hold_ms: Millis,
    /// Replicas when nothing has been known for so long. Never lowers the count.
    pub floor_replicas: u32,
}

/// When a workload wakes and sleeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Activation {
    /// Active while a metric is above this, in thousandths; equal is not above.
    pub threshold_milli: i64,
    /// How long it stays up after it was last active.
    pub cooldown_ms: Millis,
}

/// A toleration, as in a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Toleration {
    /// The taint's key; absent tolerates every key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The taint's value; absent tolerates every value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The taint's effect; absent tolerates every effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<super::TaintEffect>,
}

/// How a workload uses a data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataSetUse {
    /// The data set's name.
    pub name: String,
    /// Longest round-trip it bears; absent bears any that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_round_trip_ms: Option<Millis>,
    /// What each millisecond of round-trip costs per replica and hour: its users' patience.
    #[serde(default)]
    pub penalty_per_ms: MicroUsdPerHour,
}

/// Bounds on a workload's replicas in one cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterBound {
    /// Which cluster.
    pub cluster: ClusterId,
    /// At least this many there.
    #[serde(default)]
    pub min: u32,
    /// At most this many there; 0 forbids the cluster. Equal to `min` is a pin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
}

/// How traffic follows Ready replicas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrafficSpec {
    /// By Ready share, or by the feed-forward formula.
    pub mode: TrafficMode,
    /// How fast weights may change.
    pub ramp: Ramp,
}
