//! Why: every action and refusal with its reason and its numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{ClusterId, PolicyId, WorkloadId};
use crate::units::{MicroUsd, MicroUsdPerHour, Millis};

use super::reason::{
    CapRung, DemandRung, MoveReason, NoticeReason, ReadingProblem, ScalingReason, SolverMethod,
    SpillReason, UnplacedReason,
};

/// Why the plan is what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rationale {
    /// Per workload, by id.
    pub workloads: Vec<WorkloadRationale>,
    /// What the plan costs per hour.
    pub money: Money,
    /// Each money cap.
    pub caps: Vec<CapState>,
    /// The same tick decided in other ways.
    pub counterfactuals: Counterfactuals,
    /// What one more private core would save.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub private_core: Vec<PrivateCore>,
    /// How the placement was found.
    pub solver: SolverReport,
    /// What else a person should know.
    pub notices: Vec<Notice>,
}

/// Why a workload has this many replicas, there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadRationale {
    /// Whose.
    pub id: WorkloadId,
    /// Each metric.
    pub metrics: Vec<MetricRationale>,
    /// From the count before to the count now.
    pub scaling: Vec<ScalingStep>,
    /// "Why not private?", for every public replica.
    pub spilled: Vec<Spilled>,
    /// Desired replicas without a place, with the constraint that binds.
    pub unplaced: Vec<Unplaced>,
    /// Moves begun, and moves not made.
    pub moves: Vec<MoveRationale>,
    /// What still runs when any one cluster is lost; absent when nothing is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survivability: Option<Survivability>,
}

/// What a metric said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricRationale {
    /// The metric.
    pub name: String,
    /// The rung of the outage ladder that answered.
    pub rung: DemandRung,
    /// Why a better rung did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<ReadingProblem>,
    /// Age of the value used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_ms: Option<Millis>,
    /// The value used, in thousandths: the sum of a metric, the backlog of a queue, the mean
    /// over pods, or percent of the request times a thousand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_milli: Option<i64>,
    /// The replicas it proposes; absent when it proposes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<u32>,
}

/// One step from the count before to the count now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScalingStep {
    /// What happened.
    pub reason: ScalingReason,
    /// The count before.
    pub from: u32,
    /// The count after.
    pub to: u32,
}

/// Public replicas and what keeps them from home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Spilled {
    /// Where they are.
    pub cluster: ClusterId,
    /// How many.
    pub replicas: u32,
    /// What keeps them from home.
    pub reason: SpillReason,
    /// The numbers, in words.
    pub detail: String,
}

/// Desired replicas without a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Unplaced {
    /// How many.
    pub replicas: u32,
    /// The cluster that the constraint belongs to; absent when it is none's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterId>,
    /// The constraint that binds.
    pub reason: UnplacedReason,
    /// The numbers, in words.
    pub detail: String,
}

/// A move begun, or one not made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoveRationale {
    /// From where.
    pub from: ClusterId,
    /// To where.
    pub to: ClusterId,
    /// How many replicas; 0 when none.
    pub replicas: u32,
    /// Why, or why not.
    pub reason: MoveReason,
    /// What the move saves per hour.
    pub saving: MicroUsdPerHour,
    /// What the move costs once.
    pub cost: MicroUsd,
}

/// What still runs when any one cluster is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Survivability {
    /// Asked for, percent of the replicas.
    pub wanted_percent: u8,
    /// Planned, percent of the replicas, rounded down.
    pub planned_percent: u8,
}

/// Costs per hour of the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Money {
    /// On-demand nodes.
    pub on_demand: MicroUsdPerHour,
    /// Spot nodes.
    pub spot: MicroUsdPerHour,
    /// Marginal cost of cores in use.
    pub marginal: MicroUsdPerHour,
    /// Egress.
    pub egress: MicroUsdPerHour,
    /// Latency and locality penalties: weighed in the decision, paid by nobody.
    pub penalties: MicroUsdPerHour,
}

impl Money {
    /// All that the decision weighs.
    #[must_use]
    pub fn weighed(&self) -> MicroUsdPerHour {
        self.paid().saturating_add(self.penalties)
    }

    /// All that is paid.
    #[must_use]
    pub fn paid(&self) -> MicroUsdPerHour {
        self.on_demand
            .saturating_add(self.spot)
            .saturating_add(self.marginal)
            .saturating_add(self.egress)
    }
}

/// A policy's money cap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CapState {
    /// Whose cap.
    pub policy: PolicyId,
    /// The rate that the tightest of its caps allows until the period ends.
    pub allowed: MicroUsdPerHour,
    /// The rate the plan runs at.
    pub planned: MicroUsdPerHour,
    /// The rung reached.
    pub rung: CapRung,
}

/// The same tick decided in other ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Counterfactuals {
    /// Every replica in public, private sites unused.
    pub all_public: Counterfactual,
    /// Every replica at home; what does not fit is unserved.
    pub all_private: Counterfactual,
    /// Private first, one replica after another, cheapest node next.
    pub greedy: Counterfactual,
}

/// What another way would have cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Counterfactual {
    /// Per hour.
    pub cost: MicroUsdPerHour,
    /// Desired replicas it would not serve.
    pub unserved: u32,
}

/// What one more core in a private cluster would save.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrivateCore {
    /// Where.
    pub cluster: ClusterId,
    /// Saved per hour, by the LP relaxation: an upper bound.
    pub saves: MicroUsdPerHour,
}

/// How the placement was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SolverReport {
    /// Which way.
    pub method: SolverMethod,
    /// The objective's levels in their order, each minimised with the former ones frozen.
    pub levels: Vec<Level>,
    /// Lower bound of the aggregate model's money, by its LP relaxation.
    pub bound: MicroUsdPerHour,
    /// The aggregate model's money as planned.
    pub cost: MicroUsdPerHour,
    /// Money after fitting on nodes.
    pub packed: MicroUsdPerHour,
    /// How often a cut from the fit on nodes made it solve again.
    pub cuts: u32,
}

/// One level of the objective.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Level {
    /// Its name.
    pub name: String,
    /// Its value: replicas or micro-USD per hour.
    pub value: i64,
}

/// What else a person should know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Notice {
    /// Which kind.
    pub reason: NoticeReason,
    /// Of what: a cluster, `cluster/group`, workload or policy.
    pub subject: String,
    /// The numbers, in words.
    pub detail: String,
}
