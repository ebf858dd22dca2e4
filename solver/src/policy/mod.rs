//! What people decided: clusters, bursting rules and workloads, already converted and
//! validated. The Kubernetes kinds these come from, their defaults and their error messages
//! live in `spillway-crds`.

mod burst;
mod cluster;
mod workload;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use burst::{
    AtCap, BurstPolicy, CapLadder, Fill, MoneyCaps, MoveBudget, OnUnreachable, Placement, Recall,
    SpotRule,
};
pub use cluster::{
    CapacityType, ClusterSpec, GroupSpec, Grower, Headroom, Scheduling, Taint, TaintEffect, Tier,
};
pub use workload::{
    Activation, ClusterBound, DataSetUse, Fallback, MetricSpec, Pause, QueueTarget, ResourceName,
    ServiceRate, Target, Toleration, TrafficSpec, WorkloadSpec,
};

use crate::ids::WorkloadId;
use crate::schema::SchemaVersion;
use crate::units::Millis;

/// Everything configured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// Version of this format.
    pub schema_version: SchemaVersion,
    /// Where replicas may run.
    pub clusters: Vec<ClusterSpec>,
    /// The platform team's bursting rules.
    pub burst_policies: Vec<BurstPolicy>,
    /// What is scaled.
    pub workloads: Vec<WorkloadSpec>,
    /// Workloads whose specification makes no sense at the moment: nothing is decided for them, and
    /// what was remembered of them stays for the time when it does again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<WorkloadId>,
    /// Settings of the whole fleet.
    #[serde(default)]
    pub settings: Settings,
}

/// Settings of the whole fleet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// Down-scaling window where a workload's behavior names none. 300 s as in HPA; shorter
    /// windows follow noise, longer ones keep paid replicas.
    pub downscale_stabilization_ms: Millis,
    /// HPA's tolerance in thousandths, both directions. 100 as in HPA.
    pub tolerance_milli: u32,
    /// HPA's CPU initialization period: 5 min.
    pub cpu_initialization_period_ms: Millis,
    /// HPA's initial readiness delay: 30 s.
    pub initial_readiness_delay_ms: Millis,
    /// How far a snapshot's clock may lie behind memory's and still be taken for skew; beyond
    /// it the tick acts on memory's clock and scales nothing down.
    pub max_clock_skew_ms: Millis,
    /// How long asked replicas whose pods have not appeared keep their room reserved. 15 min
    /// as Cluster Autoscaler's provision limit; too short books the same room twice.
    pub reservation_ms: Millis,
    /// After "insufficient capacity" or "no valid host", how long a group gets no new nodes.
    /// 5 min as Cluster Autoscaler's first back-off.
    pub capacity_backoff_ms: Millis,
    /// How old a price may be before it is reported as stale. 24 h: twice Karpenter's refresh.
    pub price_max_age_ms: Millis,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            downscale_stabilization_ms: Millis(300_000),
            tolerance_milli: 100,
            cpu_initialization_period_ms: Millis(300_000),
            initial_readiness_delay_ms: Millis(30_000),
            max_clock_skew_ms: Millis(60_000),
            reservation_ms: Millis(900_000),
            capacity_backoff_ms: Millis(300_000),
            price_max_age_ms: Millis(86_400_000),
        }
    }
}
