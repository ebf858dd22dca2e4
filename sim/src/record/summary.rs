//! Totals of a whole run and of its workloads. `docs/metrics.md` has the formula and the source of each.

use serde::{Deserialize, Serialize};
use spillway_solver::ids::WorkloadId;
use spillway_solver::units::Millis;

use super::{CostBound, MoneySpent};

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
    /// From an objective missed to the objective kept again.
    pub recovery: Quantiles,
    /// How far forecasts were off, all workloads added; absent where the autoscaler makes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<ForecastErrors>,
    /// How decisions were found; absent for a baseline, which solves nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solver: Option<SolverWork>,
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
    /// How long its demand exceeded its Ready replicas.
    pub reaction: Quantiles,
    /// How long its objective was missed.
    pub recovery: Quantiles,
    /// How far its forecasts were off; absent where there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<ForecastErrors>,
    /// Its requests by the classes that the trace names; empty where it names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<ClassSummary>,
}

/// The requests of one class of a workload that are done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClassSummary {
    /// As the trace names it.
    pub class: String,
    /// Those whose queue delay exceeded the workload's objective; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<u64>,
    /// Their queue delay.
    pub queue_delay: Quantiles,
    /// Their sojourn time.
    pub sojourn: Quantiles,
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

/// The SPEC elasticity metrics (SPEC-RG-2016-01) over demanded replicas `d` and Ready replicas `s`, interval by interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Elasticity {
    /// Mean of `max(0, d - s)`: replicas missing.
    pub missing_replicas: f64,
    /// Mean of `max(0, s - d)`: replicas to spare.
    pub spare_replicas: f64,
    /// Mean of `max(0, d - s) / d` over intervals with demand, percent; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_percent: Option<f64>,
    /// Mean of `max(0, s - d) / d` over intervals with demand, percent; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spare_percent: Option<f64>,
    /// Share of the time with `d > s`, percent.
    pub under_time_percent: f64,
    /// Share of the time with `s > d`, percent.
    pub over_time_percent: f64,
    /// Share of the intervals in which supply and demand did not go the same way, percent: the sum of the two below.
    pub instability_percent: f64,
    /// Share of the intervals in which supply rose without demand, or demand fell without supply, percent.
    pub supply_ahead_percent: f64,
    /// Share of the intervals in which demand rose without supply, or supply fell without demand, percent.
    pub demand_ahead_percent: f64,
    /// Changes of supply less changes of demand, per minute: negative where supply stands still while demand moves.
    pub jitter_per_minute: f64,
}

/// What was paid or owned and not used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Waste {
    /// Milliseconds times allocatable milli-CPU of public nodes that were up.
    pub public_core_ms: u64,
    /// Of these, what no replica of ours requested: the slack of packing.
    pub public_idle_core_ms: u64,
    /// Milliseconds times allocatable milli-CPU of private nodes that no replica of ours requested while one or more
    /// were Ready in public, whether or not a replica would have fit.
    pub private_idle_core_ms: u64,
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
    /// Public nodes ordered.
    pub node_starts: u64,
    /// Public nodes given back or taken.
    pub node_stops: u64,
}

/// How far forecasts were off, apart from what was made of them. All in replicas, means over the time that is forecast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ForecastErrors {
    /// Time that was forecast, milliseconds.
    pub forecast_ms: u64,
    /// Mean of the forecast less what came: above 0 where too much was expected.
    pub bias_replicas: f64,
    /// Mean size of that difference: the forecast error.
    pub forecast_error_replicas: f64,
    /// Mean size of Ready replicas less the forecast: the control error.
    pub control_error_replicas: f64,
}

/// How the decision core found its decisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SolverWork {
    /// Decisions.
    pub decisions: u64,
    /// Of these, with nothing to place.
    pub nothing: u64,
    /// The last answer again, because nothing had changed that it depends on.
    pub reused: u64,
    /// Solved exactly, by branch and bound.
    pub exact: u64,
    /// Solved by the rounded relaxation.
    pub rounded: u64,
    /// Placed one after another, because the backend gave no answer.
    pub greedy: u64,
    /// Times that a cut from the fit on nodes made a decision solve again.
    pub cuts: u64,
    /// How far the cost of a model that was not solved exactly may be above the least, certified by its relaxation;
    /// absent where all were solved exactly or cost nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<CertifiedGap>,
}

/// `(cost - bound) / bound` of models that were not solved exactly, percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertifiedGap {
    /// Those with a bound above 0.
    pub solves: u64,
    /// Their mean.
    pub mean_percent: f64,
    /// The largest.
    pub most_percent: f64,
}
