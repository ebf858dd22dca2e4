//! What would change it: the same tick, decided with one thing changed at a time.

use serde::Serialize;
use spillway_crds::text::Usd;
use spillway_solver::decision::ScalingReason;
use spillway_solver::policy::{MoneyCaps, Tier, WorkloadSpec};
use spillway_solver::snapshot::NodeState;

use super::super::moment::Moment;
use crate::store::Tick;

/// What would be with one thing changed.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Otherwise {
    /// The change in words.
    pub change: String,
    pub desired: u32,
    /// Replicas in public clusters.
    pub public: u32,
    pub unplaced: u32,
    /// More of the whole fleet's money per hour; negative is less.
    pub more_usd_per_hour: Usd,
}

/// What one more private node would take of what is in public. That comes home later than in one tick.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Room {
    /// `cluster/group`.
    pub node_of: String,
    /// Replicas of this workload that an empty node takes.
    pub replicas: u32,
    /// How long room must have lasted before replicas come home.
    pub dwell_ms: u64,
}

/// Replicas that shall be, are in public, and have no place; and micro-USD per hour of the fleet.
type Figures = (u32, u32, u32, i64);

/// Each change that is worth a thought for this workload and makes a difference to it.
pub(super) fn all(moment: &Moment, spec: &WorkloadSpec) -> Vec<Otherwise> {
    let now = figures(moment, spec);
    let changes = [
        without_cap(moment, spec),
        with_higher_maximum(moment, spec),
        with_another_private_node(moment, spec),
    ];
    let decided = changes.into_iter().flatten().map(|(change, tick)| {
        let then = figures(&Moment::of(tick), spec);
        (change, then)
    });
    let differ = decided.filter(|(_, then)| (then.0, then.1, then.2) != (now.0, now.1, now.2));
    let answers = differ.map(|(change, (desired, public, unplaced, cost))| Otherwise {
        change,
        desired,
        public,
        unplaced,
        more_usd_per_hour: Usd::from_micro(cost - now.3),
    });
    answers.collect()
}

/// Nothing where nothing is in public.
pub(super) fn room(moment: &Moment, spec: &WorkloadSpec) -> Option<Room> {
    let (_, public, ..) = figures(moment, spec);
    let policy = &moment.tick.policy;
    let mut clusters = policy.clusters.iter();
    let private = clusters.find(|cluster| cluster.tier == Tier::Private)?;
    let group = private.groups.first()?;
    let mut rules = policy.burst_policies.iter();
    let rules = rules.find(|rules| rules.name == spec.policy)?;
    (public > 0).then(|| Room {
        node_of: format!("{}/{}", private.name, group.name),
        replicas: group.allocatable.minus(&group.daemons).fits(&spec.requests),
        dwell_ms: rules.recall.dwell_ms.0,
    })
}

fn figures(moment: &Moment, spec: &WorkloadSpec) -> Figures {
    let decision = &moment.decision;
    let plan = decision
        .plan
        .workloads
        .iter()
        .find(|plan| plan.id == spec.id);
    let is_public = |name: &str| {
        let cluster = moment.cluster(name);
        cluster.is_some_and(|cluster| cluster.tier == Tier::Public)
    };
    let placed = plan.iter().flat_map(|plan| &plan.clusters);
    let public = placed.filter(|placed| is_public(placed.cluster.as_str()));
    (
        plan.map_or(0, |plan| plan.desired),
        public.map(|placed| placed.replicas).sum(),
        plan.map_or(0, |plan| plan.unplaced),
        decision.rationale.money.paid().0,
    )
}

fn without_cap(moment: &Moment, spec: &WorkloadSpec) -> Option<(String, Tick)> {
    let mut tick = moment.tick.clone();
    let mut policies = tick.policy.burst_policies.iter_mut();
    let policy = policies.find(|policy| policy.name == spec.policy)?;
    if policy.caps == MoneyCaps::default() {
        return None;
    }
    policy.caps = MoneyCaps::default();
    Some((
        format!("Without the money cap of policy {}", spec.policy),
        tick,
    ))
}

fn with_higher_maximum(moment: &Moment, spec: &WorkloadSpec) -> Option<(String, Tick)> {
    let mut reasons = moment.decision.rationale.workloads.iter();
    let why = reasons.find(|why| why.id == spec.id)?;
    let binds = |reason| {
        matches!(
            reason,
            ScalingReason::TooManyReplicas | ScalingReason::AboveMax
        )
    };
    let at_maximum = figures(moment, spec).0 >= spec.max_replicas;
    if !at_maximum && !why.scaling.iter().any(|step| binds(step.reason)) {
        return None;
    }
    let mut tick = moment.tick.clone();
    let mut specs = tick.policy.workloads.iter_mut();
    let changed = specs.find(|changed| changed.id == spec.id)?;
    changed.max_replicas = spec.max_replicas.saturating_mul(2);
    let change = format!("With maxReplicas {}", changed.max_replicas);
    Some((change, tick))
}

/// An empty node of the first private group.
fn with_another_private_node(moment: &Moment, spec: &WorkloadSpec) -> Option<(String, Tick)> {
    let (_, public, unplaced, _) = figures(moment, spec);
    if public + unplaced == 0 {
        return None;
    }
    let mut tick = moment.tick.clone();
    let specs = &mut tick.policy.clusters;
    let private = specs.iter_mut().find(|spec| spec.tier == Tier::Private)?;
    let group = private.groups.first_mut()?;
    group.max_nodes = group.max_nodes.saturating_add(1);
    let mut states = tick.snapshot.clusters.iter_mut();
    let state = states.find(|state| state.name == private.name)?;
    state.nodes.push(NodeState {
        name: "one-more".to_owned(),
        group: group.name.clone(),
        allocatable: group.allocatable.clone(),
        used: group.daemons.clone(),
        ..NodeState::default()
    });
    let change = format!("With one more node in {}/{}", private.name, group.name);
    Some((change, tick))
}

#[cfg(test)]
mod tests {
    use super::super::super::moment::burst;
    use super::*;

    #[test]
    fn a_workload_that_a_cap_binds_is_told_what_it_would_cost_to_lift_it() {
        let moment = burst();
        let orders = all(&moment, &moment.tick.policy.workloads[0]);
        let cap = &orders[0];
        assert_eq!(cap.change, "Without the money cap of policy default");
        assert_eq!(cap.unplaced, 0, "{orders:?}");
        assert!(cap.more_usd_per_hour.micro().expect("it costs more") > 0);
        let node = orders
            .iter()
            .find(|other| other.change.contains("one more node"));
        let node = node.expect("a private node helps");
        assert!(node.public + node.unplaced < 19 + 9, "{node:?}");
        let room = room(&moment, &moment.tick.policy.workloads[0]).expect("19 are in public");
        assert_eq!((room.node_of.as_str(), room.replicas), ("home/rack", 4));
    }

    #[test]
    fn nothing_is_said_that_makes_no_difference() {
        let moment = burst();
        let web = &moment.tick.policy.workloads[1];
        assert_eq!(web.id, "shop/web");
        assert_eq!(all(&moment, web), []);
        assert_eq!(room(&moment, web), None, "all of it is at home");
    }
}
