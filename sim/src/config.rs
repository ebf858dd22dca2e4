//! The world file: what a simulated run needs to know beyond the policy objects.
//!
//! Clusters, node groups, prices and workloads are not described here: they come from the same
//! objects that production applies. Here is what reality adds to them: nodes that exist, boot
//! times, what pods take to start, how metrics are scraped. Every span is written with its unit.

mod fault;
mod fault_problems;
mod first_place;
mod load;
mod problems;
mod read;
mod routing;
mod seen;
mod service_problems;
mod span;
mod start;

use serde::{Deserialize, Serialize};
use spillway_crds::Origin;
use spillway_solver::ids::{ClusterId, GroupId, WorkloadId};
use spillway_solver::policy::Policy;

pub use fault::{Fault, FaultKind};
pub(crate) use first_place::{first_with_room, takes, without_place};
pub use load::{Load, LoadPattern, LoadShape, PointProcessName, ServiceShape};
pub use problems::ConfigError;
pub use read::BrokenWorld;
pub use routing::{Assignment, Dns, Routing, WithoutReplicas};
pub use span::{SignedSpan, Span};

use crate::record::InputName;
use crate::time::Nanos;
use crate::warnings::Warning;

/// Everything that a run is made of besides its arrivals and its autoscaler.
#[derive(Clone, Debug)]
pub struct RunConfig {
    /// How reports call the run.
    pub name: String,
    /// The input files as the user named them.
    pub inputs: Vec<InputName>,
    /// The world.
    pub world: World,
    /// What people decided.
    pub policy: Policy,
    /// What of it is rarely meant; its objects are known to their reader alone.
    pub doubts: Vec<Warning>,
}

/// A world file.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct World {
    /// `sim.spillway.dev/v1alpha1`.
    pub api_version: ApiVersion,
    /// `World`.
    pub kind: Kind,
    /// The first instant of the run, such as `2026-03-02T00:00:00Z`, in the years 1970 to 2199.
    #[serde(deserialize_with = "start::read")]
    pub start: jiff::Timestamp,
    /// Length of the run; absent: to the end of the interval of the last arrival.
    #[serde(default)]
    pub horizon: Option<Span>,
    /// Seed of every random draw.
    #[serde(default)]
    pub seed: u64,
    /// How requests are simulated.
    #[serde(default)]
    pub mode: Mode,
    /// How often the autoscaler decides. 15 s as HPA; longer ones react later, shorter ones see
    /// the same scrape twice.
    #[serde(default = "World::default_tick")]
    pub tick: Span,
    /// Length of a row of the time series. One minute: finer than a node boots, coarse enough
    /// for a plot of a day.
    #[serde(default = "World::default_interval")]
    pub interval: Span,
    /// How metrics come to the autoscaler.
    #[serde(default)]
    pub metrics: Metrics,
    /// How late the autoscaler sees nodes and pods. 1 s: a watch is quick, not instant.
    #[serde(default = "World::default_observation_delay")]
    pub observation_delay: Span,
    /// What pods take to start and to stop.
    #[serde(default)]
    pub pods: PodTimes,
    /// Load to be generated, where no trace is given.
    #[serde(default)]
    pub load: Option<Load>,
    /// The clusters of the policy.
    pub clusters: Vec<WorldCluster>,
    /// The workloads of the policy; one that is not listed takes the defaults.
    #[serde(default)]
    pub workloads: Vec<WorldWorkload>,
    /// What breaks, and when.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// The file and its lines, for problems.
    #[serde(skip)]
    pub origin: Origin,
    /// Whether its nodes are those of a snapshot: facts, which may exceed what limits allow by now.
    #[serde(skip)]
    pub seen: bool,
}

/// How requests are simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// Each request by itself: exact.
    #[default]
    Requests,
    /// As a fluid: months in seconds, and approximate.
    Rates,
}

impl Mode {
    /// Whether each request is simulated by itself.
    #[must_use]
    pub fn is_requests(&self) -> bool {
        *self == Self::Requests
    }
}

/// The version of the format; there is one so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ApiVersion {
    /// The first.
    #[serde(rename = "sim.spillway.dev/v1alpha1")]
    V1Alpha1,
}

/// The kind of the object; there is one so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Kind {
    /// A world.
    World,
}

/// How metrics come to the autoscaler.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Metrics {
    /// Time between two scrapes. 15 s, the usual setting; longer ones age every decision.
    pub interval: Span,
    /// From a scrape until a query can see it. 5 s.
    pub lag: Span,
    /// The window of rates, as in `rate(x[1m])`. 1 min: four scrapes, the least that survives a
    /// missed one; longer windows react later, shorter ones follow noise.
    pub rate_window: Span,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            interval: Span(Nanos::from_secs(15)),
            lag: Span(Nanos::from_secs(5)),
            rate_window: Span(Nanos::from_secs(60)),
        }
    }
}

/// What pods take to start and to stop.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PodTimes {
    /// From a pod's creation to its binding where there is room. 100 ms.
    pub scheduling: Span,
    /// Image pull, once for each workload on a node. 15 s: some 500 MB.
    pub image_pull: Span,
    /// From the image to Ready. 5 s: process start and the first readiness probe.
    pub readiness: Span,
    /// What a pod that is being deleted gets to finish its requests; then they are retried
    /// elsewhere. 30 s, the default of Kubernetes.
    pub termination_grace: Span,
}

impl Default for PodTimes {
    fn default() -> Self {
        Self {
            scheduling: Span(Nanos::from_millis(100)),
            image_pull: Span(Nanos::from_secs(15)),
            readiness: Span(Nanos::from_secs(5)),
            termination_grace: Span(Nanos::from_secs(30)),
        }
    }
}

/// One cluster.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorldCluster {
    /// The `Cluster` object's name.
    pub name: ClusterId,
    /// Who grows the groups that have a node autoscaler.
    #[serde(default)]
    pub node_autoscaler: NodeAutoscaler,
    /// Its node groups; one that is not listed starts without nodes.
    #[serde(default)]
    pub groups: Vec<WorldGroup>,
    /// Limits of its cloud project.
    #[serde(default)]
    pub quotas: Quotas,
}

/// Limits of a cloud project; an order beyond one fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Quotas {
    /// Most servers: Nova's `instances`. Absent: no limit.
    #[serde(default)]
    pub instances: Option<u32>,
    /// Most cores of all servers, counted as pods may use them: Nova's `cores`. Absent: no limit.
    #[serde(default)]
    pub cores: Option<u32>,
}

/// One node group.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorldGroup {
    /// The group's name in the `Cluster` object.
    pub name: GroupId,
    /// Nodes that are up at the start.
    #[serde(default)]
    pub initial_nodes: u32,
    /// From the order of a node until it takes pods; absent: the `Cluster` object's figures.
    #[serde(default)]
    pub boot: Option<Boot>,
}

/// Two quantiles of a boot time; a lognormal distribution goes through them.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Boot {
    /// Median.
    pub p50: Span,
    /// 95th percentile, not below the median.
    pub p95: Span,
}

/// A model of what adds and removes nodes.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum NodeAutoscaler {
    /// Karpenter.
    Karpenter(Karpenter),
    /// Cluster Autoscaler.
    ClusterAutoscaler(ClusterAutoscaler),
}

impl Default for NodeAutoscaler {
    fn default() -> Self {
        Self::Karpenter(Karpenter::default())
    }
}

/// Karpenter: nodes for pending pods at once, empty nodes back soon.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Karpenter {
    /// How long it gathers pods. 1 s, its `batchIdleDuration`.
    pub batch: Span,
    /// How long a node must be empty. 30 s, as its examples; 0 s gives a node away between two
    /// waves of replicas.
    pub consolidate_after: Span,
}

impl Default for Karpenter {
    fn default() -> Self {
        Self {
            batch: Span(Nanos::from_secs(1)),
            consolidate_after: Span(Nanos::from_secs(30)),
        }
    }
}

/// Cluster Autoscaler, with the defaults of its flags.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ClusterAutoscaler {
    /// `--scan-interval`.
    pub scan_interval: Span,
    /// `--scale-down-unneeded-time`.
    pub unneeded: Span,
    /// `--scale-down-delay-after-add`.
    pub delay_after_add: Span,
    /// `--scale-down-utilization-threshold` in percent; requests of daemons count.
    pub utilization_percent: u32,
}

impl Default for ClusterAutoscaler {
    fn default() -> Self {
        Self {
            scan_interval: Span(Nanos::from_secs(10)),
            unneeded: Span(Nanos::from_secs(600)),
            delay_after_add: Span(Nanos::from_secs(600)),
            utilization_percent: 50,
        }
    }
}

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

impl World {
    fn default_tick() -> Span {
        Span(Nanos::from_secs(15))
    }

    fn default_interval() -> Span {
        Span(Nanos::from_secs(60))
    }

    fn default_observation_delay() -> Span {
        Span(Nanos::from_secs(1))
    }
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

#[cfg(test)]
mod tests;
