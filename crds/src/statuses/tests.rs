use spillway_solver::decision::{
    ClusterPlan, GroupCount, GroupPlan, MetricRationale, ReadingProblem, ScalingStep, SpillReason,
    Spilled, Unplaced, UnplacedReason,
};
use spillway_solver::snapshot::{ClusterState, NodeReplicas, NodeState, TargetState};
use spillway_solver::units::{MicroUsdPerHour, UnixMs};

use super::*;

const GROUP: (&str, &str) = ("eks", "m6i");

fn planned(id: &str, home: u32, eks: u32) -> WorkloadPlan {
    let at = |cluster: &str, group: &str, replicas| ClusterPlan {
        cluster: cluster.into(),
        replicas,
        apply: replicas,
        groups: vec![GroupCount {
            group: group.into(),
            replicas,
        }],
    };
    WorkloadPlan {
        id: id.into(),
        desired: home + eks,
        clusters: vec![at("home", "metal", home), at(GROUP.0, GROUP.1, eks)],
        ..WorkloadPlan::default()
    }
}

fn decision() -> Decision {
    let mut decision = Decision::default();
    decision.plan.workloads = vec![planned("shop/web", 4, 3), planned("shop/jobs", 0, 1)];
    decision.plan.groups = vec![GroupPlan {
        cluster: GROUP.0.into(),
        group: GROUP.1.into(),
        nodes: 1,
        planned: 2,
        price: MicroUsdPerHour(192_000),
    }];
    decision.rationale.workloads = vec![WorkloadRationale {
        id: "shop/web".into(),
        scaling: vec![ScalingStep {
            reason: ScalingReason::ScaleUpLimit,
            from: 4,
            to: 7,
        }],
        spilled: vec![Spilled {
            cluster: GROUP.0.into(),
            replicas: 3,
            reason: SpillReason::NoRoom,
            detail: "4 of 4 nodes are full".into(),
        }],
        ..WorkloadRationale::default()
    }];
    decision
}

fn snapshot() -> Snapshot {
    let node = NodeState {
        name: "n1".into(),
        replicas: vec![NodeReplicas {
            workload: "shop/web".into(),
            bound: 1,
            ready: 3,
            terminating: 5,
        }],
        ..NodeState::default()
    };
    Snapshot {
        now_ms: UnixMs(1_000),
        clusters: vec![ClusterState {
            name: "home".into(),
            nodes: vec![node],
            targets: vec![TargetState {
                workload: "shop/web".into(),
                pending: 2,
                ..TargetState::default()
            }],
            ..ClusterState::default()
        }],
        ..Snapshot::default()
    }
}

fn condition<'a>(status: &'a HybridAutoscalerStatus, kind: &str) -> (&'a str, &'a str) {
    let found = status
        .conditions
        .iter()
        .find(|condition| condition.type_ == kind);
    found.map_or(("", ""), |condition| (&condition.status, &condition.reason))
}

#[test]
fn the_status_says_how_many_where_at_what_cost_and_why() {
    let status = Statuses::new(&decision(), &snapshot()).of(&"shop/web".into());
    assert_eq!((status.desired_replicas, status.ready_replicas), (7, 3));
    assert_eq!((status.public_replicas, status.unplaced_replicas), (3, 0));
    assert_eq!(
        status.replicas, 6,
        "bound, ready and pending exist; terminating do not count"
    );
    let places: Vec<_> = status
        .clusters
        .iter()
        .map(|placed| (placed.name.as_str(), placed.desired, placed.ready))
        .collect();
    assert_eq!(places, [("eks", 3, 0), ("home", 4, 3)]);
    assert_eq!(
        status.cost_per_hour,
        Some("0.288".into()),
        "3 of 4 replicas on 2 nodes"
    );
    assert_eq!(
        status.reason.as_deref(),
        Some("3 public, NoRoom: 4 of 4 nodes are full")
    );
    assert_eq!(
        condition(&status, "AbleToScale"),
        ("True", "ReadyForNewScale")
    );
    assert_eq!(
        condition(&status, "ScalingActive"),
        ("True", "ValidMetricFound")
    );
    assert_eq!(
        condition(&status, "ScalingLimited"),
        ("True", "ScaleUpLimit")
    );
}

#[test]
fn what_is_not_served_comes_before_what_is_in_public() {
    let mut decision = decision();
    decision.rationale.workloads[0].unplaced = vec![Unplaced {
        replicas: 2,
        cluster: None,
        reason: UnplacedReason::MoneyCap,
        detail: "50 USD a day are spent".into(),
    }];
    let status = Statuses::new(&decision, &snapshot()).of(&"shop/web".into());
    assert_eq!(
        status.reason.as_deref(),
        Some("2 unplaced, MoneyCap: 50 USD a day are spent")
    );
}

#[test]
fn a_missing_metric_makes_scaling_inactive() {
    let mut decision = decision();
    decision.rationale.workloads[0].metrics = vec![MetricRationale {
        name: "requests".into(),
        rung: DemandRung::Hold,
        problem: Some(ReadingProblem::Stale),
        ..MetricRationale::default()
    }];
    let status = Statuses::new(&decision, &snapshot()).of(&"shop/web".into());
    assert_eq!(
        condition(&status, "ScalingActive"),
        ("False", "FailedGetMetric")
    );
    let message = &status.conditions[1].message;
    assert_eq!(message, "metric `requests` is missing: Hold, Stale");
}

#[test]
fn a_condition_that_did_not_change_keeps_its_time() {
    let before = Statuses::new(&decision(), &snapshot()).of(&"shop/web".into());
    let mut later = snapshot();
    later.now_ms = UnixMs(9_000);
    let mut status = Statuses::new(&decision(), &later).of(&"shop/web".into());
    assert_ne!(status.conditions, before.conditions);
    keep_transitions(&mut status, &before);
    assert_eq!(status.conditions, before.conditions);
}

#[test]
fn a_workload_without_a_decision_says_so() {
    let (decision, snapshot) = (Decision::default(), snapshot());
    let status = Statuses::new(&decision, &snapshot).of(&"shop/web".into());
    assert_eq!(condition(&status, "ScalingActive"), ("False", "NotDecided"));
}
