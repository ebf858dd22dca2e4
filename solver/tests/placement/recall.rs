//! The way home at a constant count: what is weighed before a replica moves.

use spillway_solver::decision::{MoveReason, SpillReason};
use spillway_solver::memory::MoveRecord;
use spillway_solver::units::{Millis, UnixMs};

use crate::decided::Decided;
use crate::world::{NOW, PRICE, World};

/// Four replicas on one public node, and an empty node at home for an hour.
fn away() -> World {
    let mut world = World::new(1);
    world.node("eks", "m5", "m5-0");
    world.workload("web", 4);
    world.run("web", "eks", "m5-0", 4);
    world.remembered("web").room_since_ms = Some(UnixMs(NOW.0 - 3_600_000));
    world
}

fn stays(plan: &Decided, spill: SpillReason, not_moved: MoveReason) {
    assert_eq!(plan.at("web", "home"), 0, "{not_moved}");
    assert!(plan.0.plan.steps.is_empty(), "{not_moved}");
    assert_eq!(plan.why_spilled("web"), Some(spill));
    assert_eq!(plan.reasons("web").moves[0].reason, not_moved);
}

#[test]
fn what_pays_goes_home_and_is_made_before_it_is_broken() {
    let plan = away().decide();
    assert_eq!(plan.split("web"), (4, 0, 0));
    assert_eq!(
        (plan.apply("web", "home"), plan.apply("web", "eks")),
        (4, 4)
    );
    let begun = &plan.reasons("web").moves[0];
    assert_eq!((begun.replicas, begun.reason), (4, MoveReason::Recall));
    assert_eq!(begun.saving.0, PRICE);
    assert_eq!(begun.cost.0, PRICE / 60, "both places for a minute of boot");
}

#[test]
fn room_that_has_not_lasted_moves_nothing() {
    let mut world = away();
    world.remembered("web").room_since_ms = Some(UnixMs(NOW.0 - 59_999));
    stays(&world.decide(), SpillReason::Dwell, MoveReason::Dwell);
    world.remembered("web").room_since_ms = None;
    let plan = world.decide();
    stays(&plan, SpillReason::Dwell, MoveReason::Dwell);
    let since = plan.0.memory.workloads["shop/web"].room_since_ms;
    assert_eq!(since, Some(NOW), "the dwell begins");
}

#[test]
fn a_move_that_does_not_pay_is_not_made() {
    let mut world = away();
    world.burst().recall.payback_percent = 10_000;
    stays(&world.decide(), SpillReason::Payback, MoveReason::Payback);
}

#[test]
fn a_home_that_costs_more_than_the_node_saves_nothing() {
    let mut world = away();
    world.spec("home").marginal_per_core.0 = PRICE;
    stays(&world.decide(), SpillReason::Payback, MoveReason::Payback);
}

#[test]
fn half_a_node_is_not_freed() {
    let mut world = away();
    world.node_state("home", "metal-0").used = crate::world::amount(2_000, 2, 2);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 4, 0));
    assert_eq!(plan.reasons("web").moves[0].reason, MoveReason::NoRoom);
}

#[test]
fn a_step_bounds_what_moves_at_a_time() {
    let mut world = away();
    world.burst().recall.step = 1;
    let plan = world.decide();
    assert_eq!(plan.split("web"), (1, 3, 0));
    assert_eq!(
        (plan.apply("web", "home"), plan.apply("web", "eks")),
        (1, 4)
    );
}

#[test]
fn a_spent_budget_moves_nothing() {
    let mut world = away();
    world.burst().recall.budget.moves = 3;
    world.remembered("web").moves.push(MoveRecord {
        at_ms: UnixMs(NOW.0 - 60_000),
        replicas: 3,
    });
    stays(
        &world.decide(),
        SpillReason::ChurnBudget,
        MoveReason::ChurnBudget,
    );
    world.burst().recall.budget.window_ms = Millis(30_000);
    assert_eq!(world.decide().at("web", "home"), 3, "the window has passed");
}

#[test]
fn different_pod_templates_freeze_moves() {
    let mut world = away();
    world.target("web", "home").template = Some("old".into());
    world.target("web", "eks").template = Some("new".into());
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 4, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::TemplateMismatch));
}

#[test]
fn no_surge_allowed_is_no_move() {
    let mut world = away();
    world.of("web").move_surge = 0;
    assert_eq!(world.decide().split("web"), (0, 4, 0));
}

#[test]
fn a_workload_that_fills_the_cheapest_first_is_not_recalled() {
    let mut world = away();
    world.of("web").fill = Some(spillway_solver::policy::Fill::Cheapest);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 4, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::CheapestFirst));
}

#[test]
fn moving_replicas_changes_no_desired_count() {
    let mut world = away();
    let moving = world.decide();
    // Two have started at home, two are still to start; all four run on in public.
    world.run("web", "home", "metal-0", 2);
    world.target("web", "home").spec_replicas = 4;
    world.target("web", "home").pending = 2;
    world.memory = moving.0.memory.clone();
    world.snapshot.now_ms = UnixMs(NOW.0 + 15_000);
    let plan = world.decide();
    assert_eq!(plan.plan("web").desired, 4);
    assert_eq!(plan.split("web"), (4, 0, 0));
    assert_eq!(
        plan.apply("web", "eks"),
        2,
        "as many as are ready at home go"
    );
}

/// A group of two that runs on one public node, and a home for all of it.
fn group_away() -> World {
    let mut world = World::new(1);
    world.node("eks", "m5", "m5-0");
    for name in ["api", "db"] {
        world.workload(name, 2).co_placement = Some("shop".into());
        world.run(name, "eks", "m5-0", 2);
    }
    for name in ["api", "db"] {
        world.remembered(name).room_since_ms = Some(UnixMs(NOW.0 - 3_600_000));
    }
    world
}

#[test]
fn a_co_placement_group_goes_home_together_once_that_pays() {
    let plan = group_away().decide();
    assert_eq!((plan.at("api", "home"), plan.at("db", "home")), (2, 2));

    let mut dear = group_away();
    dear.spec("home").marginal_per_core.0 = 1_000_000;
    let plan = dear.decide();
    assert_eq!((plan.at("api", "eks"), plan.at("db", "eks")), (2, 2));
    assert_eq!(plan.why_spilled("api"), Some(SpillReason::Payback));
}

#[test]
fn a_co_placement_group_of_which_one_replica_finds_no_room_stays_as_a_whole() {
    let mut world = group_away();
    world.workload("other", 1);
    world.run("other", "home", "metal-0", 1);
    let plan = world.decide();
    assert_eq!((plan.at("api", "eks"), plan.at("db", "eks")), (2, 2));
    assert_eq!(plan.why_spilled("api"), Some(SpillReason::CoPlacement));
    let detail = &plan.reasons("api").spilled[0].detail;
    assert!(detail.contains("2 shop/api, 2 shop/db"), "{detail}");
}

#[test]
fn a_co_placement_group_that_waits_names_what_it_waits_for() {
    let waits = |change: &dyn Fn(&mut World)| {
        let mut world = group_away();
        change(&mut world);
        let plan = world.decide();
        assert_eq!((plan.at("api", "eks"), plan.at("db", "eks")), (2, 2));
        plan.why_spilled("db")
    };
    let now = NOW;
    let fresh = waits(&|w| w.remembered("db").room_since_ms = Some(now));
    assert_eq!(fresh, Some(SpillReason::Dwell));
    let pinned = waits(&|w| w.bound("db", "eks", 1, None));
    assert_eq!(pinned, Some(SpillReason::CoPlacement));
    let no_surge = waits(&|w| w.of("api").move_surge = 0);
    assert_eq!(no_surge, Some(SpillReason::ChurnBudget));
    let images = waits(&|w| {
        w.target("db", "home").template = Some("b".into());
        w.target("db", "eks").template = Some("a".into());
    });
    assert_eq!(images, Some(SpillReason::TemplateMismatch));
    let spent = waits(&|w| {
        let moves = w.burst().recall.budget.moves;
        w.remembered("api").moves = vec![MoveRecord {
            at_ms: now,
            replicas: moves,
        }];
    });
    assert_eq!(spent, Some(SpillReason::ChurnBudget));
}

#[test]
fn a_co_placement_group_that_does_not_run_yet_starts_at_home_whatever_public_nodes_are_there() {
    let mut world = World::new(1);
    world.spec("home").marginal_per_core.0 = 1_000_000;
    world.workload("other", 1);
    world.node("eks", "m5", "m5-0");
    world.run("other", "eks", "m5-0", 1);
    world.bound("other", "eks", 1, None);
    world.workload("api", 1).co_placement = Some("shop".into());
    world.workload("db", 1).co_placement = Some("shop".into());
    let plan = world.decide();
    assert_eq!((plan.at("api", "home"), plan.at("db", "home")), (1, 1));
}

#[test]
fn paused_moves_stay_where_they_are_with_all_that_shares_their_node() {
    let mut world = away();
    world.of("web").pause.moves = true;
    stays(&world.decide(), SpillReason::Paused, MoveReason::Paused);

    let mut world = World::new(1);
    world.node("eks", "m5", "m5-0");
    for name in ["web", "worker"] {
        world.workload(name, 2);
        world.run(name, "eks", "m5-0", 2);
        world.remembered(name).room_since_ms = Some(UnixMs(NOW.0 - 3_600_000));
    }
    world.of("worker").pause.moves = true;
    stays(&world.decide(), SpillReason::Paused, MoveReason::Paused);
}

#[test]
fn paused_moves_leave_a_cordoned_cluster_all_the_same() {
    let mut world = away();
    world.of("web").pause.moves = true;
    world.spec("eks").cordoned = true;
    assert_eq!(world.decide().split("web").0, 4);
}
