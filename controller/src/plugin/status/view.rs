//! The fleet at a glance, computed from the last tick and its decision. What is not known is absent.

use std::collections::BTreeMap;

use serde::Serialize;
use spillway_crds::api::{HybridAutoscaler, HybridAutoscalerStatus, Mode};
use spillway_crds::text::Usd;
use spillway_crds::{Statuses, workload_id};
use spillway_solver::decision::{Notice, WorkloadPlan};
use spillway_solver::policy::{ClusterSpec, Pause, Tier};
use spillway_solver::snapshot::NodeState;

use super::super::home::Seen;
use super::super::moment::Moment;
use super::super::words;

/// The fleet.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::plugin) struct Status {
    /// When it was decided last.
    pub decided_at: String,
    /// How long ago, in milliseconds.
    pub age_ms: u64,
    /// Whether it is what the cluster holds, and not a folder.
    pub live: bool,
    /// Where replicas may run.
    pub clusters: Vec<Cluster>,
    /// Of the private nodes' cpu, how much is requested; absent where no private node was seen.
    pub private_fill_percent: Option<u64>,
    /// What is scaled.
    pub workloads: Vec<Workload>,
    /// What is not acted on.
    pub refused: Vec<Refused>,
    /// What the plan costs, and what was spent.
    pub money: Money,
    /// Bounds of money.
    pub caps: Vec<Cap>,
    /// What else a person should know.
    pub notices: Vec<Notice>,
    /// What is not visible.
    pub notes: Vec<String>,
}

/// A cluster.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::plugin) struct Cluster {
    pub name: String,
    pub tier: Tier,
    pub cordoned: bool,
    /// Absent where it was never seen.
    pub seen: Option<Capacity>,
}

/// What was seen of a cluster.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::plugin) struct Capacity {
    /// How old the sight is, in milliseconds.
    pub age_ms: u64,
    /// For how long its API has not answered; absent while it answers.
    pub silent_ms: Option<u64>,
    /// Whether it has been silent for so long that it counts as lost.
    pub lost: bool,
    pub nodes: usize,
    /// Nodes that are ordered and not there yet.
    pub ordered: u32,
    /// Thousandths of a core that pods may use.
    pub allocatable_cpu_milli: u64,
    /// Thousandths of a core that pods request.
    pub used_cpu_milli: u64,
    /// Thousandths of a core that new pods may still have.
    pub free_cpu_milli: u64,
}

/// A workload.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::plugin) struct Workload {
    pub id: String,
    /// Absent where its object is not visible.
    pub mode: Option<Mode>,
    /// What of it is paused, as the core was told; all of it is a mode.
    pub paused: Vec<&'static str>,
    pub desired: u32,
    pub ready: u32,
    pub places: Vec<Place>,
    pub unplaced: u32,
    pub usd_per_hour: Option<Usd>,
    pub reason: Option<String>,
    /// What keeps its plan from being written.
    pub hindrance: Option<String>,
}

/// A workload in a cluster.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::plugin) struct Place {
    pub cluster: String,
    pub replicas: u32,
    pub ready: u32,
}

/// A workload that is not acted on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::plugin) struct Refused {
    pub id: String,
    pub problems: Vec<String>,
}

/// Money.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::plugin) struct Money {
    pub usd_per_hour: Usd,
    pub on_demand: Usd,
    pub spot: Usd,
    pub private_cores: Usd,
    pub egress: Usd,
    /// Since the full hour, midnight and the first of the month (UTC); absent where it is not known.
    pub spent: Option<Spent>,
}

/// Money spent in public clusters.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::plugin) struct Spent {
    pub hour: Usd,
    pub day: Usd,
    pub month: Usd,
}

/// A bound of money.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::plugin) struct Cap {
    pub policy: String,
    pub planned: Usd,
    pub allowed: Usd,
    pub rung: String,
}

impl Status {
    pub(super) fn of(seen: &Seen) -> Self {
        let moment = &seen.moment;
        let snapshot = &moment.tick.snapshot;
        let rationale = &moment.decision.rationale;
        let usd = |micro: i64| Usd::from_micro(micro);
        let autoscalers = seen.autoscalers.as_deref();
        let objects = autoscalers.unwrap_or_default().iter();
        let objects: BTreeMap<String, &HybridAutoscaler> = objects
            .map(|object| (workload_id(object), object))
            .collect();
        let statuses = Statuses::new(&moment.decision, snapshot);
        let plans = moment.decision.plan.workloads.iter();
        let mut specs: Vec<&ClusterSpec> = moment.tick.policy.clusters.iter().collect();
        specs.sort_by_key(|spec| (spec.tier, &spec.name));
        let pauses: BTreeMap<_, Pause> = moment
            .tick
            .policy
            .workloads
            .iter()
            .map(|spec| (&spec.id, spec.pause))
            .collect();
        let caps = rationale.caps.iter().map(|cap| Cap {
            policy: cap.policy.to_string(),
            planned: usd(cap.planned.0),
            allowed: usd(cap.allowed.0),
            rung: cap.rung.to_string(),
        });
        let money = rationale.money;
        Self {
            decided_at: words::time(snapshot.now_ms),
            age_ms: seen.now.since(snapshot.now_ms).0,
            live: seen.home.is_some(),
            clusters: specs
                .into_iter()
                .map(|spec| cluster(spec, moment))
                .collect(),
            private_fill_percent: private_fill(moment),
            workloads: plans
                .map(|plan| {
                    let object = objects.get(plan.id.as_str()).copied();
                    let pause = pauses.get(&plan.id).copied().unwrap_or_default();
                    workload(plan, statuses.of(&plan.id), object, pause)
                })
                .collect(),
            refused: autoscalers.map(refused).unwrap_or_default(),
            money: Money {
                usd_per_hour: usd(money.paid().0),
                on_demand: usd(money.on_demand.0),
                spot: usd(money.spot.0),
                private_cores: usd(money.marginal.0),
                egress: usd(money.egress.0),
                spent: snapshot.spend.as_ref().map(|spend| Spent {
                    hour: usd(spend.hour_micro_usd.0),
                    day: usd(spend.day_micro_usd.0),
                    month: usd(spend.month_micro_usd.0),
                }),
            },
            caps: caps.collect(),
            notices: rationale.notices.clone(),
            notes: seen.notes.clone(),
        }
    }
}

fn cluster(spec: &ClusterSpec, moment: &Moment) -> Cluster {
    let now = moment.tick.snapshot.now_ms;
    let seen = moment.seen(spec.name.as_str()).map(|state| {
        let sum = |amount: fn(&NodeState) -> u64| state.nodes.iter().map(amount).sum();
        let silent = state.unreachable_since_ms.map(|since| now.since(since));
        Capacity {
            age_ms: now.since(state.observed_at_ms).0,
            silent_ms: silent.map(|silent| silent.0),
            lost: silent.is_some_and(|silent| silent >= spec.lost_after_ms),
            nodes: state.nodes.len(),
            ordered: state.groups.iter().map(|group| group.in_flight).sum(),
            allocatable_cpu_milli: sum(|node| node.allocatable.cpu_milli.0),
            used_cpu_milli: sum(|node| node.used.cpu_milli.0),
            free_cpu_milli: sum(free),
        }
    });
    Cluster {
        name: spec.name.to_string(),
        tier: spec.tier,
        cordoned: spec.cordoned,
        seen,
    }
}

fn free(node: &NodeState) -> u64 {
    if node.unschedulable {
        return 0;
    }
    node.allocatable.minus(&node.used).cpu_milli.0
}

fn private_fill(moment: &Moment) -> Option<u64> {
    let specs = moment.tick.policy.clusters.iter();
    let private = specs.filter(|spec| spec.tier == Tier::Private);
    let nodes = private
        .filter_map(|spec| moment.seen(spec.name.as_str()))
        .flat_map(|state| &state.nodes);
    let (mut used, mut all) = (0, 0_u64);
    for node in nodes {
        used += node.used.cpu_milli.0;
        all += node.allocatable.cpu_milli.0;
    }
    (100 * used).checked_div(all)
}

fn workload(
    plan: &WorkloadPlan,
    status: HybridAutoscalerStatus,
    object: Option<&HybridAutoscaler>,
    pause: Pause,
) -> Workload {
    let parts = [
        (pause.up, "scaling up"),
        (pause.down, "scaling down"),
        (pause.moves, "moves"),
    ];
    let paused = parts.into_iter().filter(|(paused, _)| *paused);
    let paused = paused.map(|(_, part)| part).collect();
    let places = status.clusters.iter().map(|placed| Place {
        cluster: placed.name.clone(),
        replicas: placed.desired,
        ready: placed.ready,
    });
    Workload {
        id: plan.id.to_string(),
        mode: object.map(|object| object.spec.mode),
        paused,
        desired: plan.desired,
        ready: status.ready_replicas,
        places: places.collect(),
        unplaced: plan.unplaced,
        usd_per_hour: status.cost_per_hour,
        reason: status.reason,
        hindrance: object.and_then(|object| failed(object, "AbleToScale")),
    }
}

/// The message of a condition that does not hold.
fn failed(object: &HybridAutoscaler, condition: &str) -> Option<String> {
    let mut conditions = object.status.iter().flat_map(|status| &status.conditions);
    let found = conditions.find(|found| found.type_ == condition && found.status == "False");
    found.map(|found| format!("{} [{}]", found.message, found.reason))
}

/// Workloads that are not acted on, with all their problems.
pub(in crate::plugin) fn refused(autoscalers: &[HybridAutoscaler]) -> Vec<Refused> {
    let all = autoscalers.iter().filter_map(|object| {
        let mut conditions = object.status.iter().flat_map(|status| &status.conditions);
        let accepted =
            conditions.find(|found| found.type_ == "Accepted" && found.status == "False")?;
        Some(Refused {
            id: workload_id(object),
            problems: accepted.message.split("; ").map(str::to_owned).collect(),
        })
    });
    all.collect()
}

#[cfg(test)]
mod tests;
