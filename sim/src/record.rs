//! What one simulated run leaves behind: plain data, filled by the world and read by the outputs.
//!
//! Nothing is computed, formatted or written here. Decisions are not held here either: they are streamed tick by tick
//! to a [`DecisionSink`], because a month of snapshots does not fit in memory.
//!
//! All of it is the same for the same input and seed, byte for byte; the one exception, [`Timing`], is not serialized.

mod faults;
mod load;

use std::io;

use serde::{Deserialize, Serialize};
use spillway_solver::decision::{Decision, Versions};
use spillway_solver::ids::{ClusterId, GroupId, WorkloadId};
use spillway_solver::memory::Memory;
use spillway_solver::policy::{CapacityType, Policy, Tier};
use spillway_solver::snapshot::Snapshot;
use spillway_solver::units::{MicroUsd, MicroUsdPerHour, Millis, UnixMs};

use crate::config::Mode;
pub use faults::{AppliedFault, FaultSpan};
pub use load::{LlmTimes, LoadGap, LoadNotes};

/// One run of one autoscaler under one policy over one trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunRecord {
    /// What was run.
    pub meta: RunMeta,
    /// Totals of the whole run.
    pub summary: Summary,
    /// Totals of each workload, in the order that [`Interval::workloads`] keeps.
    pub workloads: Vec<WorkloadSummary>,
    /// Consecutive intervals of [`RunMeta::interval_ms`] from the start to the horizon.
    pub series: Vec<Interval>,
    /// Every node that existed or was asked for, by cluster, group and `from_ms`.
    pub nodes: Vec<NodeLife>,
    /// Each fault of the world with what it did, in the order of the world file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<AppliedFault>,
    /// How long the run took. Differs from run to run, so it is in no file.
    #[serde(skip)]
    pub timing: Timing,
}

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
    /// The clusters, in the order that [`WorkloadInterval::ready_milli`] keeps: private ones first.
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

/// Totals of a whole run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Summary {
    /// Where the requests went.
    pub requests: Requests,
    /// What was paid.
    pub money: MoneySpent,
    /// The money beside the least that any policy pays; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<CostBound>,
    /// How the objective was kept.
    pub objective: ObjectiveKept,
    /// Time from a request's arrival to the start of its service.
    pub queue_delay: Quantiles,
    /// Time from a request's arrival to its end.
    pub sojourn: Quantiles,
    /// Time that Ready replicas existed, by tier.
    pub replica_time: ReplicaTime,
    /// How closely supply followed demand.
    pub elasticity: Elasticity,
    /// What was paid or owned and not used.
    pub waste: Waste,
    /// What changed, how often.
    pub churn: Churn,
    /// From demand exceeding Ready replicas to Ready replicas meeting it again.
    pub reaction: Quantiles,
}

/// Totals of one workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadSummary {
    /// Which workload.
    pub id: WorkloadId,
    /// The queue delay that its objective allows; absent when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective_ms: Option<Millis>,
    /// Where its requests went.
    pub requests: Requests,
    /// How its objective was kept.
    pub objective: ObjectiveKept,
    /// Its queue delay.
    pub queue_delay: Quantiles,
    /// Its sojourn time.
    pub sojourn: Quantiles,
    /// Time that its Ready replicas existed, by tier.
    pub replica_time: ReplicaTime,
    /// How closely its supply followed its demand.
    pub elasticity: Elasticity,
    /// Its changes; nodes belong to no workload and stay 0.
    pub churn: Churn,
}

/// Where the requests went: `arrived = done + queued + in_service + dropped`, always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Requests {
    /// Arrived.
    pub arrived: u64,
    /// Served to the end.
    pub done: u64,
    /// Waiting at the horizon.
    pub queued: u64,
    /// In service at the horizon.
    pub in_service: u64,
    /// Lost: refused, or cut off with the replica that served them.
    pub dropped: u64,
}

/// Money by kind. Each is the sum over its intervals, to the micro-dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoneySpent {
    /// On-demand nodes, per second with the provider's minimum.
    pub on_demand: MicroUsd,
    /// Spot nodes, likewise.
    pub spot: MicroUsd,
    /// Marginal cost of private cores in use.
    pub marginal: MicroUsd,
    /// Bytes that left a cluster.
    pub egress: MicroUsd,
}

impl MoneySpent {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> MicroUsd {
        self.on_demand
            .saturating_add(self.spot)
            .saturating_add(self.marginal)
            .saturating_add(self.egress)
    }
}

/// A run's money beside the least that any policy could have paid for the same work, all of the future known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CostBound {
    /// The bound: `docs/bound.md` says of what.
    pub least: MicroUsd,
    /// What the run paid above it; never negative.
    pub over: MicroUsd,
    /// `over / least`, the regret; absent where the least is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regret: Option<f64>,
}

impl CostBound {
    /// For a run that paid so much.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a report's figure")]
    pub fn new(paid: MicroUsd, least: MicroUsd) -> Self {
        let over = paid.saturating_sub(least);
        Self {
            least,
            over,
            regret: (least.0 > 0).then(|| over.0 as f64 / least.0 as f64),
        }
    }
}

/// How an objective was kept, counted both ways: by requests and by time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectiveKept {
    /// Requests of workloads that have an objective.
    pub requests: u64,
    /// Those whose queue delay exceeded it, including those that wait beyond it at the horizon and those dropped.
    pub requests_late: u64,
    /// Intervals times workloads with an objective in which a request started or waited.
    pub intervals: u64,
    /// Those whose 95th percentile of queue delay exceeded the objective.
    pub intervals_late: u64,
}

/// Quantiles of a distribution of times, from a log-linear histogram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Quantiles {
    /// How many values; all else is 0 when there are none.
    pub count: u64,
    /// Mean, in microseconds as all below.
    pub mean_us: u64,
    /// Median.
    pub p50_us: u64,
    /// 95th percentile.
    pub p95_us: u64,
    /// 99th percentile.
    pub p99_us: u64,
    /// 99.9th percentile.
    pub p999_us: u64,
    /// Largest.
    pub max_us: u64,
}

/// Milliseconds times Ready replicas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplicaTime {
    /// In private clusters.
    pub private_ms: u64,
    /// In public clusters.
    pub public_ms: u64,
}

/// The SPEC elasticity metrics (SPEC-RG-2016-01) over demanded replicas `d` and Ready replicas `s`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Elasticity {
    /// Mean of `max(0, d - s)`: replicas missing.
    pub missing_replicas: f64,
    /// Mean of `max(0, s - d)`: replicas to spare.
    pub spare_replicas: f64,
    /// Share of the time with `d > s`, percent.
    pub under_time_percent: f64,
    /// Share of the time with `s > d`, percent.
    pub over_time_percent: f64,
    /// Share of the intervals in which supply and demand moved in different directions, percent.
    pub instability_percent: f64,
}

/// What was paid or owned and not used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Waste {
    /// Milliseconds times allocatable milli-CPU of public nodes that no replica of ours requested.
    pub public_idle_core_ms: u64,
    /// Milliseconds times public Ready replicas that would have fit into private room at that moment, whether or not a
    /// named constraint kept them away.
    pub leak_replica_ms: u64,
}

/// What changed, how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Churn {
    /// Writes of `spec.replicas` that changed it.
    pub actions: u64,
    /// Replicas started.
    pub replica_starts: u64,
    /// Replicas stopped.
    pub replica_stops: u64,
    /// Replicas that left one cluster for another at an unchanged count.
    pub moves: u64,
    /// Changes of a target within 10 minutes of one in the other direction.
    pub reversals: u64,
    /// Nodes ordered.
    pub node_starts: u64,
    /// Nodes given back or taken.
    pub node_stops: u64,
}

/// One interval of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Interval {
    /// Its first instant.
    pub at_ms: UnixMs,
    /// Money spent within it. A node's start-up minimum falls into the interval in which the node began.
    pub money: MoneySpent,
    /// Mean number of public nodes that were paid for, in thousandths.
    pub public_nodes_milli: u64,
    /// Each workload, in the order of [`RunRecord::workloads`].
    pub workloads: Vec<WorkloadInterval>,
}

/// One workload in one interval. Means are over time, in thousandths of a replica.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadInterval {
    /// Offered load: service time that arrived within the interval, divided by its length and by
    /// the requests that a replica serves at once.
    pub demand_milli: u64,
    /// Ready replicas in each cluster, in the order of [`RunMeta::clusters`].
    pub ready_milli: Vec<u64>,
    /// Replicas asked for and not Ready.
    pub pending_milli: u64,
    /// Requests that arrived.
    pub arrived: u64,
    /// Requests served to the end.
    pub done: u64,
    /// Requests waiting at the interval's end.
    pub queued: u64,
    /// How long the longest of those has waited by then.
    pub oldest_us: u64,
    /// Queue delay of the requests whose service began within the interval; absent when none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<DelayQuantiles>,
}

/// Queue delay within an interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DelayQuantiles {
    /// Median, in microseconds as all below.
    pub p50_us: u64,
    /// 95th percentile.
    pub p95_us: u64,
    /// 99th percentile.
    pub p99_us: u64,
}

/// The life of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeLife {
    /// Where.
    pub cluster: ClusterId,
    /// In which group.
    pub group: GroupId,
    /// The node's name.
    pub node: String,
    /// How it is paid.
    pub capacity_type: CapacityType,
    /// When it was ordered; the start of the run for nodes that were there.
    pub from_ms: UnixMs,
    /// When it took its first pods; absent when it never did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_ms: Option<UnixMs>,
    /// When it was gone; absent when it is there at the horizon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<UnixMs>,
    /// Whether the provider took it (spot interruption, failure) instead of us giving it back.
    #[serde(default)]
    pub interrupted: bool,
    /// Its price at the order.
    pub price: MicroUsdPerHour,
    /// How its price changed while it was there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repriced: Vec<Repriced>,
}

/// A node has another price from a time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Repriced {
    /// From when on.
    pub at_ms: UnixMs,
    /// The price.
    pub price: MicroUsdPerHour,
}

/// Where the wall-clock time of a run went.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timing {
    /// Reading and scaling the trace, seconds.
    pub ingest_s: f64,
    /// Inside the decision core, seconds.
    pub decide_s: f64,
    /// Everything else of the run, seconds.
    pub engine_s: f64,
    /// Events that the engine handled.
    pub events: u64,
    /// Calls of the decision core.
    pub decides: u64,
}

/// The version of the format of recorded decisions. The first had no version and no last line, so that a file that was
/// cut off looked whole; it is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DecisionsVersion {
    /// The second.
    #[default]
    #[serde(rename = "v1alpha2")]
    V1Alpha2,
}

/// What stands before the ticks: all that, with the snapshots, decides what follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DecisionsHeader {
    /// Version of the file's format.
    pub schema_version: DecisionsVersion,
    /// How reports call the run.
    pub name: String,
    /// What made the decisions; only those of `spillway` can be replayed by the decision core.
    pub autoscaler: String,
    /// What computed them.
    pub versions: Versions,
    /// The policy of every tick.
    pub policy: Policy,
    /// The memory before the first tick. Before each later tick it is the decision's before.
    pub memory: Memory,
}

/// Takes each tick's decision as it is made.
pub trait DecisionSink {
    /// Called once, before the first tick.
    ///
    /// # Errors
    ///
    /// When it cannot be stored; the run ends.
    fn begin(&mut self, header: &DecisionsHeader) -> io::Result<()>;

    /// Called for each tick in order. The memory that `decision` was made with is that of the tick before, or the
    /// header's.
    ///
    /// # Errors
    ///
    /// When it cannot be stored; the run ends.
    fn tick(&mut self, snapshot: &Snapshot, decision: &Decision) -> io::Result<()>;
}

/// Takes no notice.
impl DecisionSink for () {
    fn begin(&mut self, _header: &DecisionsHeader) -> io::Result<()> {
        Ok(())
    }

    fn tick(&mut self, _snapshot: &Snapshot, _decision: &Decision) -> io::Result<()> {
        Ok(())
    }
}

/// Hands everything to both, first to the first.
impl<A: DecisionSink, B: DecisionSink> DecisionSink for (A, B) {
    fn begin(&mut self, header: &DecisionsHeader) -> io::Result<()> {
        self.0.begin(header)?;
        self.1.begin(header)
    }

    fn tick(&mut self, snapshot: &Snapshot, decision: &Decision) -> io::Result<()> {
        self.0.tick(snapshot, decision)?;
        self.1.tick(snapshot, decision)
    }
}
