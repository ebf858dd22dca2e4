//! One workload's decision with its reasons. What is not known is absent.

use serde::Serialize;
use spillway_crds::Statuses;
use spillway_crds::text::Usd;
use spillway_solver::decision::{
    Counterfactual, DemandRung, MetricRationale, MoveRationale, PrivateCore, ReadingProblem,
    ScalingStep, Spilled, StepKind, Survivability, Unplaced, WorkloadPlan,
};
use spillway_solver::policy::{Fill, Placement, Tier, WorkloadSpec};
use spillway_solver::snapshot::Reading;
use spillway_solver::units::UnixMs;

use super::super::home::Told;
use super::super::moment::Moment;
use super::super::words;
use super::otherwise::{self, Otherwise, Room};
use super::target;

/// The answer about a workload.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    pub id: String,
    /// Why it is not acted on; empty where it is.
    pub problems: Vec<String>,
    /// Absent where nothing was decided for it.
    pub explained: Option<Explained>,
    /// What was told of it last, newest first; absent where that is not visible.
    pub told: Option<Vec<Told>>,
    /// What is not visible.
    pub notes: Vec<String>,
}

/// A workload's decision.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Explained {
    pub decided_at: String,
    pub age_ms: u64,
    pub policy: String,
    /// How replicas are laid over the clusters; absent where the policy is not there.
    pub placement: Option<Placement>,
    /// Which cluster fills first.
    pub fill: Option<Fill>,
    pub min_replicas: u32,
    pub max_replicas: u32,
    /// The count before this tick; absent where nothing was remembered.
    pub before: Option<u32>,
    pub desired: u32,
    pub ready: u32,
    pub unplaced_replicas: u32,
    /// Its share of the nodes it is planned on; an estimate.
    pub usd_per_hour: Option<Usd>,
    pub metrics: Vec<Metric>,
    pub scaling: Vec<ScalingStep>,
    pub places: Vec<Place>,
    pub spilled: Vec<Spilled>,
    pub unplaced: Vec<Unplaced>,
    pub moves: Vec<MoveRationale>,
    pub survivability: Option<Survivability>,
    /// What the tick asks to write, in this order.
    pub steps: Vec<Step>,
    /// When the count changed last, as far as it is remembered.
    pub last_change: Option<Change>,
    /// The same tick with one thing changed.
    pub otherwise: Vec<Otherwise>,
    /// What one more private node would take; absent where nothing is in public.
    pub room: Option<Room>,
    /// The whole fleet decided in other ways.
    pub fleet: Fleet,
}

/// A metric.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metric {
    pub name: String,
    /// What it shall be; absent where the metric is no longer in the policy.
    pub wanted: Option<String>,
    /// What it is, in words.
    pub value: Option<String>,
    /// The same in thousandths.
    pub value_milli: Option<i64>,
    pub age_ms: Option<u64>,
    pub proposal: Option<u32>,
    pub rung: DemandRung,
    pub problem: Option<ReadingProblem>,
    /// The words of the source that failed.
    pub said: Option<String>,
}

/// A workload in a cluster.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place {
    pub cluster: String,
    /// Absent where the cluster is no longer in the policy.
    pub tier: Option<Tier>,
    /// What it shall end up with.
    pub replicas: u32,
    pub ready: u32,
    /// What the target said; absent where there was no target.
    pub read: Option<u32>,
    /// What the target shall say now: on the way, more is added before anything is removed.
    pub apply: u32,
    /// Where in the cluster they are expected.
    pub groups: Vec<String>,
}

/// A write that the tick asks for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Step {
    pub cluster: String,
    pub kind: StepKind,
    pub from: u32,
    pub to: u32,
    /// The code, where it is part of a move.
    pub reason: Option<String>,
}

/// A change of the count.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change {
    /// Replicas more, or fewer.
    pub by: i64,
    pub at: String,
    /// How long before the tick.
    pub before_ms: u64,
}

/// The whole fleet.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fleet {
    pub usd_per_hour: Usd,
    pub all_public: Counterfactual,
    pub all_private: Counterfactual,
    pub greedy: Counterfactual,
    pub private_core: Vec<PrivateCore>,
}

impl Explained {
    /// Nothing where nothing was decided for it.
    pub(super) fn of(moment: &Moment, id: &str, now: UnixMs) -> Option<Self> {
        let snapshot = &moment.tick.snapshot;
        let decision = &moment.decision;
        let rationale = &decision.rationale;
        let spec = moment
            .tick
            .policy
            .workloads
            .iter()
            .find(|spec| spec.id == id)?;
        let plan = decision.plan.workloads.iter().find(|plan| plan.id == id)?;
        let why = rationale.workloads.iter().find(|why| why.id == id)?;
        let status = Statuses::new(decision, snapshot).of(&plan.id);
        let steps = decision
            .plan
            .steps
            .iter()
            .filter(|step| step.workload == id);
        let mut rules = moment.tick.policy.burst_policies.iter();
        let rules = rules.find(|rules| rules.name == spec.policy);
        let metrics = why.metrics.iter();
        let others = rationale.counterfactuals;
        Some(Self {
            decided_at: words::time(snapshot.now_ms),
            age_ms: now.since(snapshot.now_ms).0,
            policy: spec.policy.to_string(),
            placement: rules.map(|rules| rules.placement),
            fill: spec.fill.or(rules.map(|rules| rules.fill)),
            min_replicas: spec.min_replicas,
            max_replicas: spec.max_replicas,
            before: moment
                .tick
                .memory
                .workloads
                .get(&spec.id)
                .map(|memory| memory.desired),
            desired: plan.desired,
            ready: status.ready_replicas,
            unplaced_replicas: plan.unplaced,
            usd_per_hour: status.cost_per_hour.clone(),
            metrics: metrics
                .map(|metric| Metric::of(metric, spec, moment))
                .collect(),
            scaling: why.scaling.clone(),
            places: places(moment, plan, &status.clusters),
            spilled: why.spilled.clone(),
            unplaced: why.unplaced.clone(),
            moves: why.moves.clone(),
            survivability: why.survivability,
            steps: steps
                .map(|step| Step {
                    cluster: step.cluster.to_string(),
                    kind: step.kind,
                    from: step.from,
                    to: step.to,
                    reason: step.reason.map(|reason| reason.to_string()),
                })
                .collect(),
            last_change: last_change(moment, spec),
            otherwise: otherwise::all(moment, spec),
            room: otherwise::room(moment, spec),
            fleet: Fleet {
                usd_per_hour: Usd::from_micro(rationale.money.paid().0),
                all_public: others.all_public,
                all_private: others.all_private,
                greedy: others.greedy,
                private_core: rationale.private_core.clone(),
            },
        })
    }
}

impl Metric {
    fn of(metric: &MetricRationale, spec: &WorkloadSpec, moment: &Moment) -> Self {
        let known = spec.metrics.iter().find(|known| known.name == metric.name);
        let value = known.zip(metric.value_milli);
        Self {
            name: metric.name.clone(),
            wanted: known.map(|known| target::wanted(&known.target)),
            value: value.map(|(known, milli)| target::value(&known.target, milli)),
            value_milli: metric.value_milli,
            age_ms: metric.age_ms.map(|age| age.0),
            proposal: metric.proposal,
            rung: metric.rung,
            problem: metric.problem,
            said: said(moment, spec, &metric.name),
        }
    }
}

/// The words of the source that failed.
fn said(moment: &Moment, spec: &WorkloadSpec, metric: &str) -> Option<String> {
    let mut states = moment.tick.snapshot.workloads.iter();
    let state = states.find(|state| state.id == spec.id)?;
    let state = state.metrics.get(metric)?;
    let readings = [Some(&state.primary), state.arrivals.as_ref()];
    readings
        .into_iter()
        .flatten()
        .find_map(|reading| match reading {
            Reading::Failed { message } => Some(message.clone()),
            _ => None,
        })
}

/// Also where some are Ready and none shall be.
fn places(
    moment: &Moment,
    plan: &WorkloadPlan,
    placed: &[spillway_crds::api::PlacedStatus],
) -> Vec<Place> {
    let all = placed.iter().map(|status| {
        let mut planned = plan.clusters.iter();
        let planned = planned.find(|planned| planned.cluster == status.name);
        let targets = moment.seen(&status.name).map(|state| &state.targets);
        let mut targets = targets.into_iter().flatten();
        let groups = planned.into_iter().flat_map(|planned| &planned.groups);
        Place {
            cluster: status.name.clone(),
            tier: moment.cluster(&status.name).map(|spec| spec.tier),
            replicas: status.desired,
            ready: status.ready,
            read: targets
                .find(|target| target.workload == plan.id)
                .map(|target| target.spec_replicas),
            apply: planned.map_or(0, |planned| planned.apply),
            groups: groups
                .filter(|group| group.replicas > 0)
                .map(|group| format!("{} {}", group.replicas, group.group))
                .collect(),
        }
    });
    all.collect()
}

fn last_change(moment: &Moment, spec: &WorkloadSpec) -> Option<Change> {
    let memory = moment.decision.memory.workloads.get(&spec.id)?;
    let ups = memory
        .scale_ups
        .iter()
        .map(|event| (event.at_ms, i64::from(event.change)));
    let downs = memory
        .scale_downs
        .iter()
        .map(|event| (event.at_ms, -i64::from(event.change)));
    let (at, by) = ups.chain(downs).max_by_key(|(at, _)| *at)?;
    let at = UnixMs(at);
    Some(Change {
        by,
        at: words::time(at),
        before_ms: moment.tick.snapshot.now_ms.since(at).0,
    })
}

#[cfg(test)]
mod tests;
