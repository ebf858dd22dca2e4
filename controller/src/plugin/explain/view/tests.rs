use spillway_solver::decision::{ScalingReason, SpillReason, UnplacedReason};

use super::super::super::moment::burst;
use super::*;

fn explained(id: &str) -> Explained {
    let moment = burst();
    let now = UnixMs(moment.tick.snapshot.now_ms.0 + 4_000);
    Explained::of(&moment, id, now).expect("it is decided")
}

#[test]
fn a_workload_has_its_count_its_places_and_a_reason_for_each_replica_that_is_not_at_home() {
    let orders = explained("shop/orders");
    assert_eq!((orders.before, orders.desired), (Some(40), 40));
    assert_eq!((orders.min_replicas, orders.max_replicas), (2, 40));
    let reasons: Vec<_> = orders.scaling.iter().map(|step| step.reason).collect();
    assert_eq!(
        reasons,
        [
            ScalingReason::QueueDrain,
            ScalingReason::ScaleDownStabilized
        ]
    );
    let placed: u32 = orders.places.iter().map(|place| place.replicas).sum();
    assert_eq!(placed + orders.unplaced_replicas, orders.desired);
    let public = orders
        .places
        .iter()
        .filter(|place| place.tier == Some(Tier::Public));
    let public: u32 = public.map(|place| place.replicas).sum();
    let spilled: u32 = orders.spilled.iter().map(|spilled| spilled.replicas).sum();
    assert_eq!(
        (public, orders.spilled[0].reason),
        (spilled, SpillReason::NoRoom)
    );
    assert_eq!(orders.unplaced[0].reason, UnplacedReason::MoneyCap);
}

#[test]
fn a_metric_has_its_value_with_a_unit_and_what_it_proposes() {
    let orders = explained("shop/orders");
    let queue = &orders.metrics[0];
    assert_eq!(queue.value.as_deref(), Some("a backlog of 622 items"));
    assert_eq!((queue.age_ms, queue.proposal), (Some(15_000), Some(35)));
    let wanted = "drained within 2 min, where a replica does 0.625 items/s";
    assert_eq!(queue.wanted.as_deref(), Some(wanted));
}

#[test]
fn a_metric_that_failed_has_the_words_of_its_source_and_no_value() {
    let mut tick = burst().tick;
    let web = tick
        .snapshot
        .workloads
        .iter_mut()
        .find(|state| state.id == "shop/web");
    let metric = web
        .expect("it is measured")
        .metrics
        .get_mut("requests")
        .expect("it is read");
    metric.primary = Reading::Failed {
        message: "connection refused".to_owned(),
    };
    tick.memory.workloads.clear();
    let moment = Moment::of(tick);
    let now = moment.tick.snapshot.now_ms;
    let web = Explained::of(&moment, "shop/web", now).expect("it is decided");
    let metric = &web.metrics[0];
    assert_eq!(metric.said.as_deref(), Some("connection refused"));
    assert_eq!(metric.problem, Some(ReadingProblem::Failed));
    assert_eq!((metric.value_milli, metric.proposal), (None, None));
    assert_eq!(web.before, None, "nothing was remembered");
}

#[test]
fn what_the_tick_writes_is_told_and_nothing_of_others() {
    let web = explained("shop/web");
    assert_eq!(web.steps.len(), 1);
    assert_eq!((web.steps[0].from, web.steps[0].to), (6, 8));
    assert!(explained("shop/orders").steps.is_empty());
}

#[test]
fn of_a_workload_that_is_not_decided_nothing_is_explained() {
    let moment = burst();
    assert!(Explained::of(&moment, "shop/new", UnixMs(0)).is_none());
}
