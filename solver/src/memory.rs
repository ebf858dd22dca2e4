//! What one tick leaves to the next: the only state between ticks, all integers.
//!
//! A host stores it as it is and hands it back. Losing it is survived: what runs is adopted,
//! a full window is held, no optional move is made.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decision::{Counterfactuals, PrivateCore, SolverReport};
use crate::hpa::{Recommendation, ScaleEvent};
use crate::ids::{ClusterId, GroupId, WorkloadId};
use crate::schema::SchemaVersion;
use crate::traffic::TrafficWeights;
use crate::units::UnixMs;

/// What one tick leaves to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Memory {
    /// Version of this format.
    pub schema_version: SchemaVersion,
    /// The last tick's time; absent before the first tick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now_ms: Option<UnixMs>,
    /// Counts the plans that changed a target; names reservations.
    #[serde(default)]
    pub epoch: u64,
    /// Per workload.
    #[serde(default)]
    pub workloads: BTreeMap<WorkloadId, WorkloadMemory>,
    /// Room promised to replicas that were asked for and have not appeared.
    #[serde(default)]
    pub reservations: Vec<Reservation>,
    /// Places where replicas that should fit stayed unschedulable.
    #[serde(default)]
    pub corrections: Vec<Correction>,
    /// Places where pods were refused only because others had not left yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refused>,
    /// The last placement and the hash of what it was computed from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<LastPlacement>,
    /// The last tick priced in other ways, and the hash of what that was computed from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priced_otherwise: Option<PricedOtherwise>,
}

/// What is remembered of one workload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadMemory {
    /// The fleet's desired count: HPA's `spec.replicas`.
    pub desired: u32,
    /// HPA's log of raw proposals.
    #[serde(default)]
    pub recommendations: Vec<Recommendation>,
    /// Changes of the fleet's desired count upward.
    #[serde(default)]
    pub scale_ups: Vec<ScaleEvent>,
    /// Changes of the fleet's desired count downward.
    #[serde(default)]
    pub scale_downs: Vec<ScaleEvent>,
    /// Per metric.
    #[serde(default)]
    pub metrics: BTreeMap<String, MetricMemory>,
    /// When it was last active; absent when it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_at_ms: Option<UnixMs>,
    /// Optional moves, newest last, as far back as the churn window reaches.
    #[serde(default)]
    pub moves: Vec<MoveRecord>,
    /// Since when a spilled replica would have had room at home without a break.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_since_ms: Option<UnixMs>,
    /// The last traffic weights.
    #[serde(default)]
    pub weights: TrafficWeights,
}

/// What is remembered of one metric.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricMemory {
    /// The last good sum in thousandths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good: Option<Good>,
    /// The last good arrival rate in thousandths per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good_arrivals: Option<Good>,
    /// Since when no rung above "hold" has answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_since_ms: Option<UnixMs>,
    /// Learned service rate of one replica, thousandths per second, per cluster.
    #[serde(default)]
    pub service_rate_milli: BTreeMap<ClusterId, LearnedRate>,
    /// The time that the next lesson is about; absent where nothing is learned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesson: Option<Lesson>,
    /// From where growth of a saturated queue's throughput is measured; absent while it is not
    /// saturated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput: Option<ThroughputPoint>,
}

/// The point from which growth of throughput is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ThroughputPoint {
    /// Ready replicas of the fleet.
    pub ready: u32,
    /// Completions per second of the fleet, thousandths.
    pub total_milli: i64,
    /// Since when there have been clearly more replicas without more throughput.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grown_since_ms: Option<UnixMs>,
}

/// A good value and when it was sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Good {
    /// Thousandths.
    pub milli: i64,
    /// When it was sampled.
    pub at_ms: UnixMs,
}

/// The time over which completions are judged, and how much waited in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lesson {
    /// When it began.
    pub since_ms: UnixMs,
    /// What all its readings of the backlog have in common.
    pub waiting: Waiting,
}

/// How much waited over some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Waiting {
    /// At each reading at least an item for each Ready replica: all were busy.
    Saturated,
    /// At no reading an item: replicas had time to spare.
    Nothing,
    /// Neither.
    Something,
}

/// A learned service rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LearnedRate {
    /// Items per second of one replica, thousandths.
    pub milli: u32,
    /// Lessons it rests on, counted up to the window of the average.
    pub samples: u32,
    /// Fewest Ready replicas since the lesson began.
    pub fewest: u32,
    /// Most Ready replicas since the lesson began.
    pub most: u32,
}

/// Replicas that were moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoveRecord {
    /// When the move began.
    pub at_ms: UnixMs,
    /// How many.
    pub replicas: u32,
}

/// Room promised to replicas that were asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reservation {
    /// Where.
    pub cluster: ClusterId,
    /// For whom.
    pub workload: WorkloadId,
    /// The plan that asked.
    pub epoch: u64,
    /// Replicas of the target that were to exist in all.
    pub target: u32,
    /// When they were asked for.
    pub asked_at_ms: UnixMs,
}

/// A place where replicas that should fit stayed unschedulable: nothing more is planned there
/// for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Correction {
    /// Where.
    pub cluster: ClusterId,
    /// Whose replicas.
    pub workload: WorkloadId,
    /// When they were last seen unschedulable.
    pub at_ms: UnixMs,
}

/// Pods that the scheduler refused because others were still to leave their place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refused {
    /// Where.
    pub cluster: ClusterId,
    /// Whose pods.
    pub workload: WorkloadId,
    /// When others were last seen there that were still to leave.
    pub at_ms: UnixMs,
}

/// What the last tick would have cost in other ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PricedOtherwise {
    /// Hash of all that it depends on; an equal input gets the equal answer.
    pub input_hash: String,
    /// The costs.
    pub costs: Counterfactuals,
}

/// The last placement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LastPlacement {
    /// The plan: replicas that no node holds yet are predicted in these groups.
    pub counts: Vec<PlacedCount>,
    /// Hash of the solver's input; an equal input gets the equal answer without a solve.
    pub input_hash: String,
    /// The solver's answer, before it met nodes.
    pub solved: Vec<PlacedCount>,
    /// Nodes per group in the solver's answer.
    pub solved_nodes: Vec<GroupNodes>,
    /// How it was found, to be said again when it is reused: the levels of the first solve, which
    /// is the answer that is reused, and how often its tick solved again.
    pub report: SolverReport,
    /// What one more private core was worth.
    pub private_core: Vec<PrivateCore>,
}

/// Replicas of a workload in a node group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlacedCount {
    /// Whose.
    pub workload: WorkloadId,
    /// Where.
    pub cluster: ClusterId,
    /// In which group.
    pub group: GroupId,
    /// How many.
    pub replicas: u32,
}

/// Nodes of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupNodes {
    /// Where.
    pub cluster: ClusterId,
    /// Which group.
    pub group: GroupId,
    /// How many.
    pub nodes: u32,
}
