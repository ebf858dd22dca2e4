use serde_json::json;
use spillway_solver::units::UnixMs;

use super::super::super::moment::burst;
use super::*;

fn seen() -> Seen {
    let moment = burst();
    Seen {
        plans: crate::plans::Plans::default(),
        now: UnixMs(moment.tick.snapshot.now_ms.0 + 9_000),
        moment,
        autoscalers: None,
        notes: Vec::new(),
        home: None,
    }
}

fn autoscaler(name: &str, mode: &str, condition: &str, message: &str) -> HybridAutoscaler {
    serde_json::from_value(json!({
        "apiVersion": "spillway.dev/v1alpha1", "kind": "HybridAutoscaler",
        "metadata": {"namespace": "shop", "name": name},
        "spec": {"scaleTargetRef": {"name": name}, "maxReplicas": 9, "mode": mode, "metrics": []},
        "status": {"conditions": [{
            "type": condition, "status": "False", "reason": "Invalid", "message": message,
            "lastTransitionTime": "2026-03-02T18:00:00Z"
        }]}
    }))
    .expect("an autoscaler")
}

#[test]
fn the_fleet_has_its_clusters_its_workloads_and_its_money() {
    let status = Status::of(&seen());
    assert_eq!(status.age_ms, 9_000);
    let home = status.clusters[0].seen.as_ref().expect("it was seen");
    assert_eq!((home.nodes, home.allocatable_cpu_milli), (4, 15_680));
    assert_eq!(status.private_fill_percent, Some(96));
    let orders = &status.workloads[0];
    assert_eq!((orders.desired, orders.unplaced), (40, 9));
    assert_eq!(status.money.usd_per_hour, "1.08".into());
    assert_eq!(status.caps[0].rung, "NoLowPriorityBurst");
    assert_eq!(status.notices.len(), 2);
}

#[test]
fn what_was_not_seen_is_absent_and_not_zero() {
    let mut seen = seen();
    seen.moment.tick.snapshot.clusters.clear();
    seen.moment.tick.snapshot.spend = None;
    let status = Status::of(&seen);
    assert!(status.clusters.iter().all(|cluster| cluster.seen.is_none()));
    assert_eq!(status.private_fill_percent, None);
    assert!(status.money.spent.is_none());
    assert!(
        status
            .workloads
            .iter()
            .all(|workload| workload.mode.is_none())
    );
}

#[test]
fn a_cluster_is_lost_when_it_is_silent_for_longer_than_its_spec_allows() {
    let mut seen = seen();
    let now = seen.moment.tick.snapshot.now_ms.0;
    for (silent, lost) in [(29_000, false), (30_000, true)] {
        seen.moment.tick.snapshot.clusters[0].unreachable_since_ms = Some(UnixMs(now - silent));
        let status = Status::of(&seen);
        let home = status.clusters[0].seen.as_ref().expect("it was seen");
        assert_eq!(
            (home.silent_ms, home.lost),
            (u64::try_from(silent).ok(), lost)
        );
    }
}

#[test]
fn a_refused_workload_has_all_its_problems_and_a_hindered_one_its_hindrance() {
    let mut seen = seen();
    seen.autoscalers = Some(vec![
        autoscaler(
            "web",
            "Paused",
            "AbleToScale",
            "mode is Paused: replicas stay as they are",
        ),
        autoscaler(
            "new",
            "Active",
            "Accepted",
            "spec.metrics is empty; spec.policy names nobody",
        ),
    ]);
    let status = Status::of(&seen);
    let web = status
        .workloads
        .iter()
        .find(|workload| workload.id == "shop/web");
    let web = web.expect("it is decided");
    assert_eq!(web.mode, Some(Mode::Paused));
    assert_eq!(
        web.hindrance.as_deref(),
        Some("mode is Paused: replicas stay as they are [Invalid]")
    );
    assert_eq!(status.refused[0].id, "shop/new");
    assert_eq!(
        status.refused[0].problems,
        ["spec.metrics is empty", "spec.policy names nobody"]
    );
}

#[test]
fn what_is_paused_in_part_is_said_before_the_reason() {
    let mut seen = seen();
    for workload in &mut seen.moment.tick.policy.workloads {
        workload.pause.down = workload.id.as_str() == "shop/web";
        workload.pause.moves = workload.pause.down;
    }
    let status = Status::of(&seen);
    let page = crate::plugin::status::page::page(&status, crate::plugin::print::Paint(false));
    let of = |id: &str| {
        page.lines()
            .find(|line| line.contains(id))
            .expect("it is there")
    };
    assert!(
        of("shop/web").contains("scaling down and moves paused; "),
        "{page}"
    );
    assert!(!of("shop/reports").contains("paused"), "{page}");
}
