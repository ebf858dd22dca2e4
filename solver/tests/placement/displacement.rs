//! Higher priority displaces lower at home before it spills: a table of the rule and of what it
//! leaves in place.

use spillway_solver::decision::MoveReason;

use crate::world::{Decided, World, amount};

/// Two nodes at home, full with eight of `low`; four of `high` are wanted and run nowhere.
fn full_of_low() -> World {
    let mut world = World::new(2);
    world.workload("low", 8).priority = -10;
    world.workload("high", 4);
    world.run("low", "home", "metal-0", 4);
    world.run("low", "home", "metal-1", 4);
    world
}

fn displaced(plan: &Decided, name: &str) -> u32 {
    let moves = plan.reasons(name).moves.iter();
    let displaced = moves.filter(|m| m.reason == MoveReason::Displaced);
    displaced.map(|m| m.replicas).sum()
}

#[test]
fn higher_priority_takes_the_places_of_lower_at_home_which_spills_in_its_stead() {
    let plan = full_of_low().decide();
    assert_eq!(plan.split("high"), (4, 0, 0));
    assert_eq!(plan.split("low"), (4, 4, 0));
    assert_eq!(displaced(&plan, "low"), 4);
}

#[test]
fn equal_priority_displaces_nobody() {
    let mut world = full_of_low();
    world.of("low").priority = 0;
    let plan = world.decide();
    assert_eq!(plan.split("high"), (0, 4, 0));
    assert_eq!(plan.split("low"), (8, 0, 0));
}

#[test]
fn a_cut_by_the_fit_on_nodes_keeps_nobody_from_displacing() {
    // The sums say that eight of these fit beside the others at home; on nodes none does.
    let mut world = World::new(4);
    for (name, priority, each) in [("web", 100, 450), ("orders", 0, 950), ("reports", -10, 950)] {
        let spec = world.workload(name, 0);
        spec.priority = priority;
        spec.requests.cpu_milli.0 = each;
    }
    for (node, web, orders, reports) in [(0, 2, 2, 1), (1, 2, 2, 1), (2, 2, 2, 1), (3, 1, 2, 1)] {
        let node = format!("metal-{node}");
        world.run("web", "home", &node, web);
        world.run("orders", "home", &node, orders);
        world.run("reports", "home", &node, reports);
    }
    world.want("web", 7);
    world.want("orders", 12);
    world.want("reports", 4);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (7, 0, 0));
    assert_eq!(plan.split("orders"), (12, 0, 0));
    assert_eq!(plan.split("reports"), (0, 4, 0));
}

#[test]
fn what_has_room_on_another_node_of_its_cluster_gives_no_place_up() {
    // Two of `low` would have to leave for `high`, and one of them would come home again at once:
    // a count that stays the same moves nothing, and `high` would wait for a place for ever.
    let mut world = World::new(2);
    world.workload("low", 4).priority = -10;
    world.workload("high", 1).requests.cpu_milli.0 = 2_000;
    world.run("low", "home", "metal-0", 4);
    world.node_state("home", "metal-1").used = amount(3_000, 3, 3);
    let plan = world.decide();
    assert_eq!(plan.split("high"), (0, 1, 0));
    assert_eq!(plan.split("low"), (4, 0, 0));
}
