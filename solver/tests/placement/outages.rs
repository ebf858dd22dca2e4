//! What is stale, unreachable, lost, leaving, refused or unknown.

use spillway_solver::decision::{NoticeReason, SolverMethod, SpillReason, UnplacedReason};
use spillway_solver::memory::{Correction, Memory, Reservation};
use spillway_solver::policy::{CapacityType, Grower, OnUnreachable, Tier};
use spillway_solver::snapshot::NodeReplicas;
use spillway_solver::units::{Bytes, MicroUsd, Millis, UnixMs};

use crate::decided::Decided;
use crate::world::{NOW, World, amount, group};

fn ago(ms: i64) -> UnixMs {
    UnixMs(NOW.0 - ms)
}

fn said(plan: &Decided, reason: NoticeReason) -> bool {
    plan.notices().iter().any(|n| n.reason == reason)
}

#[test]
fn a_stale_cluster_keeps_what_it_has_and_takes_nothing_new() {
    let mut world = World::new(2);
    world.workload("web", 5);
    world.run("web", "home", "metal-0", 3);
    world.state("home").observed_at_ms = ago(120_001);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (3, 2, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::StaleCapacity));
    assert!(said(&plan, NoticeReason::StaleCapacity));
}

#[test]
fn an_unreachable_cluster_holds_and_nothing_is_written_there() {
    let mut world = World::new(2);
    world.workload("web", 6);
    world.run("web", "home", "metal-0", 4);
    world.state("home").unreachable_since_ms = Some(ago(10_000));
    let plan = world.decide();
    assert_eq!(plan.split("web"), (4, 2, 0));
    assert_eq!(plan.apply("web", "home"), 4);
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::Unreachable));
}

#[test]
fn an_unreachable_cluster_that_holds_more_than_is_wanted_hides_no_unmet_duty() {
    let mut world = World::new(2);
    world.workload("web", 2);
    world.run("web", "home", "metal-0", 4);
    world.run("web", "home", "metal-1", 4);
    world.state("home").unreachable_since_ms = Some(ago(10_000));
    world.workload("other", 6);
    let plan = world.decide();
    assert_eq!(plan.at("web", "home"), 8);
    assert_eq!(plan.split("other"), (0, 6, 0));
    assert_eq!(plan.level("unserved@0"), 0);
}

#[test]
fn spot_that_cannot_be_reached_is_no_contradiction_where_its_share_cannot_be_kept() {
    // Two on spot are half of four at least, and three are wanted.
    let mut world = World::new(1);
    world.burst().spot.max_percent = 50;
    world.cluster("spot", Tier::Public);
    let mut spot = group("s5", amount(4_000, 16, 20));
    spot.capacity_type = CapacityType::Spot;
    spot.grower = Grower::NodeAutoscaler;
    spot.max_nodes = 10;
    world.group("spot", spot);
    world.node("spot", "s5", "s5-0");
    world.node("eks", "m5", "m5-0");
    world.workload("web", 3);
    world.run("web", "spot", "s5-0", 2);
    world.run("web", "eks", "m5-0", 2);
    world.state("spot").unreachable_since_ms = Some(ago(10_000));
    let plan = world.decide();
    assert_ne!(plan.0.rationale.solver.method, SolverMethod::Greedy);
    assert_eq!(plan.at("web", "spot"), 2);
    assert_eq!(plan.plan("web").unplaced, 0);
}

#[test]
fn a_lost_cluster_is_replaced_where_the_policy_says_so() {
    let mut world = World::new(2);
    world.workload("web", 4);
    world.run("web", "home", "metal-0", 4);
    world.state("home").unreachable_since_ms = Some(ago(90_001));
    assert_eq!(world.decide().split("web"), (4, 0, 0), "hold");
    world.burst().on_unreachable = OnUnreachable::Replace {
        after_ms: Millis(60_000),
    };
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 4, 0));
    assert_eq!(plan.apply("web", "home"), 4, "nobody can write there");
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::Unreachable));
    world.state("home").unreachable_since_ms = Some(ago(80_000));
    assert_eq!(world.decide().split("web"), (4, 0, 0), "not lost yet");
}

#[test]
fn replacing_only_when_traffic_is_lost_asks_for_both() {
    let mut world = World::new(2);
    world.workload("web", 4);
    world.run("web", "home", "metal-0", 4);
    world.state("home").unreachable_since_ms = Some(ago(90_001));
    world.burst().on_unreachable = OnUnreachable::ReplaceIfTrafficLost {
        after_ms: Millis(60_000),
    };
    for (serves, expected) in [
        (None, (4, 0, 0)),
        (Some(true), (4, 0, 0)),
        (Some(false), (0, 4, 0)),
    ] {
        world.state("home").serves_traffic = serves;
        assert_eq!(world.decide().split("web"), expected, "{serves:?}");
    }
}

#[test]
fn ready_replicas_of_a_lost_cluster_cover_no_removal_elsewhere() {
    let mut world = World::new(2);
    world.node("eks", "m5", "m5-0");
    world.workload("web", 4);
    world.run("web", "home", "metal-0", 4);
    world.run("web", "eks", "m5-0", 2);
    world.cluster("aks", spillway_solver::policy::Tier::Public);
    let mut cheap = world.group_spec("eks", "m5").clone();
    cheap.price.0 = 1;
    world.group("aks", cheap);
    world.burst().on_unreachable = OnUnreachable::Replace {
        after_ms: Millis(0),
    };
    world.state("home").unreachable_since_ms = Some(ago(90_001));
    world.spec("eks").cordoned = true;
    let plan = world.decide();
    assert_eq!(plan.at("web", "aks"), 4);
    assert_eq!(plan.apply("web", "eks"), 2, "they are all that serves");
}

#[test]
fn a_cordoned_cluster_drains_make_before_break() {
    let mut world = World::new(2);
    world.workload("web", 4);
    world.run("web", "home", "metal-0", 4);
    world.spec("home").cordoned = true;
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 4, 0));
    assert_eq!(
        (plan.apply("web", "home"), plan.apply("web", "eks")),
        (4, 4)
    );
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::Cordoned));
}

#[test]
fn a_cordoned_cluster_keeps_what_fits_nowhere_else() {
    let mut world = World::new(2);
    world.group_spec("eks", "m5").max_nodes = 0;
    world.workload("web", 4);
    world.run("web", "home", "metal-0", 4);
    world.spec("home").cordoned = true;
    assert_eq!(world.decide().split("web"), (4, 0, 0));
}

#[test]
fn what_is_pinned_to_a_cordoned_cluster_stays() {
    let mut world = World::new(2);
    let web = world.workload("web", 4);
    web.min_replicas = 4;
    web.max_replicas = 4;
    world.bound("web", "home", 4, Some(4));
    world.run("web", "home", "metal-0", 4);
    world.spec("home").cordoned = true;
    let plan = world.decide();
    assert_eq!(plan.split("web"), (4, 0, 0));
    assert_eq!(plan.apply("web", "home"), 4);
}

#[test]
fn replicas_on_a_leaving_node_are_replaced_before_they_go() {
    let mut world = World::new(0);
    world.node("eks", "m5", "m5-0");
    world.workload("web", 3);
    world.run("web", "eks", "m5-0", 3);
    world.node_state("eks", "m5-0").leaving = true;
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 3, 0));
    assert_eq!(plan.nodes("m5"), 1, "a new node");
    world.node("home", "metal", "metal-new");
    let plan = world.decide();
    assert_eq!(plan.split("web"), (3, 0, 0));
    assert_eq!(plan.apply("web", "eks"), 3, "they serve until they go");
}

#[test]
fn insufficient_capacity_backs_off_and_is_named() {
    let mut world = World::new(1);
    world.workload("web", 6);
    world.group_state("eks", "m5").insufficient_capacity_at_ms = Some(ago(10_000));
    let plan = world.decide();
    assert_eq!(plan.split("web"), (4, 0, 2));
    assert_eq!(
        plan.why_unplaced("web"),
        Some(UnplacedReason::InsufficientCapacity)
    );
    assert!(said(&plan, NoticeReason::InsufficientCapacity));
    world.group_state("eks", "m5").insufficient_capacity_at_ms = Some(ago(300_000));
    assert_eq!(world.decide().split("web"), (4, 2, 0), "and tries again");
}

#[test]
fn replicas_that_stay_unschedulable_correct_the_capacity_for_a_while() {
    let mut world = World::new(2);
    world.workload("web", 3);
    world.run("web", "home", "metal-0", 1);
    let target = world.target("web", "home");
    target.spec_replicas = 3;
    target.pending = 2;
    target.unschedulable = 2;
    let plan = world.decide();
    assert_eq!(plan.split("web"), (1, 2, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::FitUnknown));
    assert!(said(&plan, NoticeReason::CapacityCorrected));

    let target = world.target("web", "home");
    target.spec_replicas = 1;
    target.pending = 0;
    target.unschedulable = 0;
    world.memory = plan.0.memory.clone();
    world.memory.reservations.clear();
    assert_eq!(world.decide().split("web"), (1, 2, 0), "it is remembered");
    world.memory.corrections[0].at_ms = ago(300_000);
    assert_eq!(world.decide().split("web"), (3, 0, 0), "and tried again");
}

#[test]
fn what_the_scheduler_refused_is_told_with_when_it_is_tried_again() {
    let mut world = World::new(2);
    world.workload("web", 3);
    world.run("web", "home", "metal-0", 1);
    world.group_spec("eks", "m5").max_nodes = 0;
    world.memory.corrections.push(Correction {
        cluster: "home".into(),
        workload: "shop/web".into(),
        at_ms: ago(60_000),
    });
    let plan = world.decide();
    let unplaced = &plan.reasons("web").unplaced[0];
    assert_eq!(unplaced.reason, UnplacedReason::FitUnknown);
    assert_eq!(
        unplaced.detail,
        "the scheduler of home refused one at 11:59:00 UTC; none is tried there until \
         12:04:00 UTC, 240 s from now"
    );
}

#[test]
fn what_is_not_modelled_is_tried_one_at_a_time() {
    let mut world = World::new(2);
    world.workload("web", 4).unmodelled = true;
    let plan = world.decide();
    assert_eq!(plan.at("web", "home"), 1);
    assert_eq!(plan.at("web", "eks"), 1);
    assert_eq!(plan.plan("web").unplaced, 2);
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::FitUnknown));
    assert_eq!(plan.why_unplaced("web"), Some(UnplacedReason::FitUnknown));
}

#[test]
fn a_snapshot_that_lags_does_not_book_the_same_room_twice() {
    let mut world = World::new(1);
    world.workload("web", 4);
    let plan = world.decide();
    assert_eq!(plan.apply("web", "home"), 4);
    assert_eq!(plan.0.memory.reservations.len(), 1);
    // The write is not seen yet, and another workload comes.
    world.memory = plan.0.memory.clone();
    world.snapshot.now_ms = UnixMs(NOW.0 + 15_000);
    world.workload("api", 4).id = "shop/api".into();
    world.want("web", 4);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (4, 0, 0));
    assert_eq!(plan.split("api"), (0, 4, 0));
}

fn reserved(at: UnixMs, pending: u32) -> World {
    let mut world = World::new(1);
    world.workload("web", 0);
    world.workload("api", 4);
    world.memory.reservations.push(Reservation {
        cluster: "home".into(),
        workload: "shop/web".into(),
        epoch: 1,
        target: 4,
        asked_at_ms: at,
    });
    world.want("web", 4);
    // In public api costs more, so that the room is its when nobody else holds it.
    world.spec("eks").egress_per_gib = MicroUsd(90_000);
    world.of("api").egress_per_hour = Bytes(1 << 29);
    world.target("web", "home").pending = pending;
    world.target("web", "home").spec_replicas = pending;
    world
}

#[test]
fn a_reservation_runs_out_unless_one_of_its_pods_is_pending() {
    let asked = |world: &World| {
        let plan = world.decide();
        let mut all = plan.0.memory.reservations.clone();
        all.retain(|r| r.workload == "shop/web");
        all
    };
    let old = reserved(ago(900_000), 0);
    assert_eq!(old.decide().at("api", "home"), 4, "its room is free again");
    let young = reserved(ago(899_999), 0);
    assert_eq!(young.decide().at("web", "home"), 4);
    let pending = reserved(ago(900_000), 1);
    assert_eq!(pending.decide().at("web", "home"), 4);
    assert_eq!(asked(&pending)[0].asked_at_ms, ago(900_000), "it ages on");
}

#[test]
fn with_its_memory_lost_a_tick_adopts_what_runs_and_moves_nothing() {
    let mut world = World::new(2);
    world.node("eks", "m5", "m5-0");
    world.workload("web", 4);
    world.run("web", "eks", "m5-0", 4);
    world.memory = Memory::default();
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 4, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::Dwell));
    assert!(plan.0.plan.steps.is_empty());
    assert!(said(&plan, NoticeReason::MemoryLost));
}

#[test]
fn a_workload_that_is_refused_for_now_is_not_forgotten() {
    let mut world = World::new(2);
    world.workload("web", 4);
    let refused = world.policy.workloads[0].id.clone();
    world.memory = world.decide().0.memory;
    let before = world.memory.workloads[&refused].clone();
    world.policy.workloads.clear();
    assert!(world.decide().0.memory.workloads.is_empty(), "deleted");
    world.policy.refused = vec![refused.clone()];
    assert_eq!(world.decide().0.memory.workloads[&refused], before);
}

#[test]
fn a_node_that_takes_no_pods_is_no_room() {
    let mut world = World::new(2);
    world.workload("web", 8);
    world.node_state("home", "metal-1").unschedulable = true;
    assert_eq!(world.decide().split("web"), (4, 4, 0));
}

#[test]
fn terminating_replicas_hold_their_room_until_they_are_gone() {
    let mut world = World::new(1);
    world.workload("web", 4);
    let node = world.node_state("home", "metal-0");
    node.used = crate::world::amount(2_000, 2, 2);
    node.replicas.push(NodeReplicas {
        workload: "shop/web".into(),
        terminating: 2,
        ..NodeReplicas::default()
    });
    assert_eq!(world.decide().split("web"), (2, 2, 0));
}

#[test]
fn a_price_that_is_too_old_is_said() {
    let mut world = World::new(1);
    world.workload("web", 6);
    world.group_state("eks", "m5").price = Some(spillway_solver::snapshot::Price {
        micro_usd_per_hour: spillway_solver::units::MicroUsdPerHour(111),
        observed_at_ms: ago(86_400_001),
    });
    let plan = world.decide();
    assert!(said(&plan, NoticeReason::StalePrice));
    assert_eq!(plan.0.rationale.money.on_demand.0, 111);
}

#[test]
fn running_replicas_stay_on_nodes_that_are_larger_than_their_group_says() {
    let mut world = World::new(0);
    world.group_spec("eks", "m5").max_nodes = 1;
    world.node("eks", "m5", "m5-0");
    world.node_state("eks", "m5-0").allocatable = crate::world::amount(8_000, 32, 40);
    world.workload("web", 8);
    world.run("web", "eks", "m5-0", 8);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 8, 0));
    assert!(plan.0.plan.steps.is_empty());
}
