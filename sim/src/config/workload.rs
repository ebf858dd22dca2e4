//! A workload of the world file: how its replicas serve requests, and what its metrics measure.

use serde::Deserialize;
use spillway_solver::ids::{ClusterId, WorkloadId};

use super::{Assignment, Routing, Span};

/// One workload.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorldWorkload {
    /// `namespace/name` of the `HybridAutoscaler`.
    pub id: WorkloadId,
    /// Its names in the trace besides `namespace/name`; absent: `name` alone.
    #[serde(default)]
    pub trace_names: Vec<String>,
    /// Requests, or batches of them, that a replica serves at once, each at full speed.
    #[serde(default = "WorldWorkload::default_concurrency")]
    pub concurrency: u32,
    /// Requests that a batch takes at most; all of it ends with its longest.
    #[serde(default = "WorldWorkload::default_batch")]
    pub batch: u32,
    /// Who decides in which cluster a request is served.
    #[serde(default)]
    pub routing: Routing,
    /// Classes of requests that are served before others, as the trace names them, the first first.
    #[serde(default)]
    pub classes: Vec<String>,
    /// Which replica serves a request.
    #[serde(default)]
    pub assignment: Assignment,
    /// Queue delay that its users accept; absent: the time in which its queue is to be drained.
    #[serde(default)]
    pub delay_objective: Option<Span>,
    /// Requests that may wait before further ones are refused; absent: no limit.
    #[serde(default)]
    pub most_waiting: Option<u32>,
    /// What its egress is counted from.
    #[serde(default)]
    pub egress: EgressSource,
    /// Replaces `pods.terminationGrace` for this workload.
    #[serde(default)]
    pub termination_grace: Option<Span>,
    /// What its metrics measure, where it is not what their target suggests.
    #[serde(default)]
    pub signals: Vec<MetricSignal>,
    /// Replicas at the start. Absent: the minimum, in the first cluster that has room for it,
    /// private ones first.
    #[serde(default)]
    pub initial: Vec<InitialReplicas>,
}

/// What a workload's egress is counted from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EgressSource {
    /// Its Ready replicas, at the policy's bytes per hour.
    #[default]
    Replicas,
    /// The bytes of each request in the trace.
    Requests,
}

/// What a metric of the policy measures.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricSignal {
    /// The metric's name in the `HybridAutoscaler`.
    pub metric: String,
    /// What it measures.
    pub signal: Signal,
}

/// What the world can measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Signal {
    /// Requests that wait, without those in service. What a `Queue` target reads.
    Backlog,
    /// Requests that wait or are in service. What `AverageValue` and `Value` targets read
    /// unless told otherwise.
    InFlight,
    /// Requests that arrive per second, over the rate window.
    ArrivalRate,
    /// Per pod: the busy share of its slots, over the rate window, times its cpu request. What
    /// `Utilization`, `ResourceAverageValue` and `PodsAverageValue` targets read.
    BusyCpu,
}

/// Replicas at the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InitialReplicas {
    /// Where.
    pub cluster: ClusterId,
    /// How many; they are Ready at the start where there is room.
    pub replicas: u32,
}

impl WorldWorkload {
    fn default_concurrency() -> u32 {
        1
    }

    fn default_batch() -> u32 {
        1
    }

    /// Requests that a replica serves at once when all its batches are full.
    #[must_use]
    pub const fn at_once(&self) -> u32 {
        self.concurrency.saturating_mul(self.batch)
    }

    /// A workload of which the world file says nothing.
    #[must_use]
    pub fn unlisted(id: WorkloadId) -> Self {
        Self {
            id,
            trace_names: Vec::new(),
            concurrency: Self::default_concurrency(),
            batch: Self::default_batch(),
            routing: Routing::default(),
            classes: Vec::new(),
            assignment: Assignment::default(),
            delay_objective: None,
            most_waiting: None,
            egress: EgressSource::default(),
            termination_grace: None,
            signals: Vec::new(),
            initial: Vec::new(),
        }
    }
}
