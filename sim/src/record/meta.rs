//! What was run.

use serde::{Deserialize, Serialize};
use spillway_solver::decision::Versions;
use spillway_solver::ids::ClusterId;
use spillway_solver::policy::Tier;
use spillway_solver::units::{Millis, UnixMs};

use super::LoadNotes;
use crate::config::Mode;

/// What was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunMeta {
    /// How reports call this run; unique within a comparison.
    pub name: String,
    /// What made the decisions: `spillway` or the name of a baseline.
    pub autoscaler: String,
    /// The input files as the user named them, with what each was read as.
    pub inputs: Vec<InputName>,
    /// Seed of every random draw.
    pub seed: u64,
    /// How requests were simulated.
    #[serde(default, skip_serializing_if = "Mode::is_requests")]
    pub mode: Mode,
    /// How arrivals are laid within the bins of a rate-only trace; absent where the trace has single requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point_process: Option<String>,
    /// What else is to be known of the load.
    #[serde(default)]
    pub load: LoadNotes,
    /// First instant of the run.
    pub start_ms: UnixMs,
    /// Length of the run.
    pub horizon_ms: Millis,
    /// Length of an interval of the series; the last one may be shorter.
    pub interval_ms: Millis,
    /// The clusters, in the order that [`super::WorkloadInterval::ready_milli`] keeps: private ones first.
    pub clusters: Vec<ClusterName>,
    /// What computed the decisions.
    pub versions: Versions,
}

/// An input file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InputName {
    /// What it was read as: `world`, `policy` or `trace`.
    pub role: String,
    /// The path as given, or `embedded`.
    pub name: String,
}

/// A cluster and its tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterName {
    /// Its name.
    pub name: ClusterId,
    /// Whether it is owned or rented.
    pub tier: Tier,
}
