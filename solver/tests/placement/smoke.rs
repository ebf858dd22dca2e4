//! The plain cases.

use spillway_solver::decision::{NoticeReason, SolverMethod, SpillReason, UnplacedReason};
use spillway_solver::memory::Reservation;
use spillway_solver::units::UnixMs;

use crate::world::{NOW, World, amount};

#[test]
fn what_fits_at_home_runs_at_home() {
    let mut world = World::new(2);
    world.workload("web", 8);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (8, 0, 0));
    assert_eq!(plan.nodes("m5"), 0);
    assert_eq!(plan.0.rationale.solver.method, SolverMethod::Exact);
}

#[test]
fn what_does_not_fit_at_home_spills() {
    let mut world = World::new(2);
    world.workload("web", 10);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (8, 2, 0));
    assert_eq!(plan.nodes("m5"), 1);
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::NoRoom));
}

#[test]
fn a_scale_down_leaves_public_first() {
    for marginal in [0, 50_000] {
        let mut world = World::new(2);
        world.spec("home").marginal_per_core.0 = marginal;
        world.node("eks", "m5", "m5-0");
        world.workload("web", 9);
        world.run("web", "home", "metal-0", 4);
        world.run("web", "home", "metal-1", 4);
        world.run("web", "eks", "m5-0", 2);
        let plan = world.decide();
        assert_eq!(plan.split("web"), (8, 1, 0), "marginal {marginal}");
    }
}

#[test]
fn what_fits_nowhere_is_left_with_the_constraint_that_binds() {
    let mut world = World::new(2);
    world.group_spec("eks", "m5").max_nodes = 1;
    world.workload("web", 14);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (8, 4, 2));
    assert_eq!(plan.why_unplaced("web"), Some(UnplacedReason::NoRoom));
}

#[test]
fn nothing_wanted_is_nothing_planned() {
    let plan = World::new(2).decide();
    assert!(plan.0.plan.workloads.is_empty());
    assert!(plan.0.plan.steps.is_empty());
    let empty = World::default().decide();
    assert!(empty.0.plan.steps.is_empty());
    let mut nowhere = World::default();
    nowhere.workload("web", 3);
    let plan = nowhere.decide();
    assert_eq!(plan.plan("web").unplaced, 3);
    assert_eq!(
        plan.why_unplaced("web"),
        Some(UnplacedReason::NoEligibleCluster)
    );
}

#[test]
fn an_empty_cluster_takes_nothing() {
    let mut world = World::new(0);
    world.workload("web", 3);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 3, 0));
}

#[test]
fn a_large_world_is_rounded_within_its_rows_and_near_its_bound() {
    let mut world = World::new(20);
    for g in 0..10 {
        let mut spec = world.group_spec("eks", "m5").clone();
        spec.name = format!("g{g}").as_str().into();
        spec.allocatable = amount(4_000 + 1_000 * g, 64, 60);
        spec.price.0 += 40_000 * i64::try_from(g).expect("few");
        world.group("eks", spec);
    }
    for w in 0..60 {
        let spec = world.workload(&format!("w{w:02}"), 4 + w % 7);
        spec.requests = amount(500 + 250 * u64::from(w % 5), 1, 1);
        spec.priority = i32::try_from(w % 3).expect("few");
    }
    let plan = world.judged().0;
    let solver = &plan.0.rationale.solver;
    assert_eq!(solver.method, SolverMethod::Rounded);
    for w in 0..60 {
        let name = format!("w{w:02}");
        let why = &plan.reasons(&name).unplaced;
        assert!(why.is_empty(), "{name}: {why:?}, {solver:?}");
    }
    let (bound, cost) = (solver.bound.0, solver.cost.0);
    assert!(
        cost >= bound && cost * 100 <= bound * 105,
        "{cost} of {bound}"
    );
    assert!(
        solver.packed.0 * 100 <= bound * 115,
        "{} of {bound}",
        solver.packed.0
    );
}

#[test]
fn a_tick_in_which_every_replica_is_where_it_shall_be_decides_nothing() {
    let mut world = World::new(2);
    world.workload("web", 4);
    world.run("web", "home", "metal-0", 4);
    let plan = world.decide();
    assert_eq!(plan.0.rationale.solver.method, SolverMethod::Nothing);
    assert!(plan.0.plan.steps.is_empty());
}

#[test]
fn a_reservation_that_ran_out_without_its_pods_is_said_once_nothing_of_it_is_pending() {
    let lifetime = World::default().policy.settings.reservation_ms.0;
    let lifetime = i64::try_from(lifetime).expect("minutes");
    for (sentence, age, pending, said) in [
        ("a young one is waited for", lifetime - 1, 0, false),
        (
            "an old one whose pods are pending is too",
            lifetime,
            2,
            false,
        ),
        ("an old one without pods has run out", lifetime, 0, true),
    ] {
        let mut world = World::new(2);
        world.workload("web", 4);
        world.run("web", "home", "metal-0", 2);
        world.target("web", "home").spec_replicas = 4;
        world.target("web", "home").pending = pending;
        world.memory.reservations.push(Reservation {
            cluster: "home".into(),
            workload: "shop/web".into(),
            epoch: 0,
            target: 4,
            asked_at_ms: UnixMs(NOW.0 - age),
        });
        let plan = world.decide();
        let notices = plan.notices().iter();
        let found: Vec<_> = notices
            .filter(|n| n.reason == NoticeReason::ReservationExpired)
            .map(|n| n.subject.as_str())
            .collect();
        let expected: &[&str] = if said { &["home"] } else { &[] };
        assert_eq!(found, expected, "{sentence}");
    }
}
