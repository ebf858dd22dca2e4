//! What to do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{ClusterId, GroupId, WorkloadId};
use crate::traffic::ClusterWeight;
use crate::units::MicroUsdPerHour;

use super::reason::MoveReason;

/// What to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// Per workload, by id.
    pub workloads: Vec<WorkloadPlan>,
    /// Per node group that has or gets nodes: a prediction of what its autoscaler will do.
    pub groups: Vec<GroupPlan>,
    /// What to write now, in this order.
    pub steps: Vec<Step>,
    /// Where within a cluster replicas shall go first when a target shrinks.
    pub victims: Vec<Victim>,
}

/// The plan for one workload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadPlan {
    /// Whose.
    pub id: WorkloadId,
    /// Replicas the fleet shall have.
    pub desired: u32,
    /// Where, by cluster name; every cluster that has or gets some.
    pub clusters: Vec<ClusterPlan>,
    /// Desired replicas that have no place.
    pub unplaced: u32,
    /// Traffic weights; empty when no traffic is managed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<ClusterWeight>,
}

/// A workload in one cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterPlan {
    /// Where.
    pub cluster: ClusterId,
    /// Replicas it shall end up with.
    pub replicas: u32,
    /// `spec.replicas` to write now: on the way there, make before break.
    pub apply: u32,
    /// In which node groups they are predicted to land.
    pub groups: Vec<GroupCount>,
}

/// Replicas in a node group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupCount {
    /// Which group.
    pub group: GroupId,
    /// How many.
    pub replicas: u32,
}

/// What a node group is predicted to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupPlan {
    /// Where.
    pub cluster: ClusterId,
    /// Which group.
    pub group: GroupId,
    /// Nodes that exist or are in flight.
    pub nodes: u32,
    /// Nodes that the plan keeps or adds.
    pub planned: u32,
    /// Price of one node.
    pub price: MicroUsdPerHour,
}

/// One write of `spec.replicas`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// Whose.
    pub workload: WorkloadId,
    /// Where.
    pub cluster: ClusterId,
    /// What kind.
    pub kind: StepKind,
    /// `spec.replicas` as observed.
    pub from: u32,
    /// `spec.replicas` to write.
    pub to: u32,
    /// Why, when it is part of a move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<MoveReason>,
}

/// What a write does. Additions come before removals.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum StepKind {
    /// More replicas.
    Add,
    /// Fewer replicas.
    Remove,
}

/// A node whose replicas of a workload go first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Victim {
    /// Whose.
    pub workload: WorkloadId,
    /// Where.
    pub cluster: ClusterId,
    /// On which node.
    pub node: String,
    /// How many.
    pub replicas: u32,
}
