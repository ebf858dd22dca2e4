//! The world file: what a simulated run needs to know beyond the policy objects.
//!
//! Clusters, node groups, prices and workloads are not described here: they come from the same
//! objects that production applies. Here is what reality adds to them: nodes that exist, boot
//! times, what pods take to start, how metrics are scraped. Every span is written with its unit.

mod cluster;
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
mod workload;

use serde::{Deserialize, Serialize};
use spillway_crds::Origin;
use spillway_solver::policy::Policy;

pub use cluster::{
    Boot, ClusterAutoscaler, Karpenter, NodeAutoscaler, Quotas, WorldCluster, WorldGroup,
};
pub use fault::{Fault, FaultKind};
pub(crate) use first_place::{first_with_room, takes, without_place};
pub use load::{Load, LoadPattern, LoadShape, PointProcessName, ServiceShape};
pub use problems::ConfigError;
pub use read::BrokenWorld;
pub use routing::{Assignment, Dns, Routing, WithoutReplicas};
pub use span::{SignedSpan, Span};
pub use workload::{EgressSource, InitialReplicas, MetricSignal, Signal, WorldWorkload};

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

#[cfg(test)]
mod tests;
