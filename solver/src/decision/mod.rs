//! The answer of one tick: what to do, what to remember, and why.

mod plan;
mod rationale;
mod reason;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use plan::{ClusterPlan, GroupCount, GroupPlan, Plan, Step, StepKind, Victim, WorkloadPlan};
pub use rationale::{
    CapState, Counterfactual, Counterfactuals, Level, MetricRationale, Money, MoveRationale,
    Notice, PrivateCore, Rationale, ScalingStep, SolverReport, Spilled, Survivability, Unplaced,
    WorkloadRationale,
};
pub use reason::{
    CapRung, DemandRung, MoveReason, NoticeReason, ReadingProblem, ScalingReason, SolverMethod,
    SpillReason, UnplacedReason,
};

use crate::memory::Memory;
use crate::schema::SchemaVersion;

/// The answer of one tick.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Decision {
    /// Version of this format.
    pub schema_version: SchemaVersion,
    /// What computed it.
    pub versions: Versions,
    /// What to do.
    pub plan: Plan,
    /// What to hand back at the next tick.
    pub memory: Memory,
    /// Why.
    pub rationale: Rationale,
}

/// What a decision depends on besides its input. A replay under other versions is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Versions {
    /// Version of this crate.
    pub core: String,
    /// The LP backend and its version.
    pub backend: String,
    /// Version of the compiled-in time-zone data.
    pub tzdata: String,
}
