//! The plain cases.

use spillway_solver::decision::{NoticeReason, SolverMethod, SpillReason, UnplacedReason};
use spillway_solver::memory::Reservation;
use spillway_solver::snapshot::QuotaScope;
use spillway_solver::units::{MicroUsd, UnixMs};

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
    let plan = world.decide();
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
        (
            "one that ran out a tick ago has been said",
            lifetime + 15_000,
            0,
            false,
        ),
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

#[test]
fn what_an_only_home_under_maintenance_leaves_is_called_cordoned() {
    let mut world = World::new(2);
    world.policy.clusters.retain(|c| c.name == "home");
    world.snapshot.clusters.retain(|c| c.name == "home");
    world.spec("home").cordoned = true;
    world.workload("web", 3);
    let plan = world.decide();
    assert_eq!(plan.why_unplaced("web"), Some(UnplacedReason::Cordoned));
}

#[test]
fn what_a_cap_or_a_quota_leaves_of_a_co_placed_workload_is_called_by_its_name() {
    let mut world = World::new(0);
    world.workload("web", 3).co_placement = Some("shop".into());
    world.burst().caps.per_hour = Some(MicroUsd(1));
    let plan = world.decide();
    assert_eq!(plan.why_unplaced("web"), Some(UnplacedReason::MoneyCap));

    let mut world = World::new(0);
    world.workload("web", 3).co_placement = Some("shop".into());
    world.quota("eks", QuotaScope::NamespacePods("shop".into()), 0, 0);
    let plan = world.decide();
    assert_eq!(plan.why_unplaced("web"), Some(UnplacedReason::Quota));
}

#[test]
fn a_replica_that_cannot_free_its_node_alone_is_told_what_shares_it() {
    let mut world = World::new(1);
    world.node("eks", "m5", "m5-0");
    world.workload("web", 6);
    world.run("web", "home", "metal-0", 2);
    world.run("web", "eks", "m5-0", 4);
    world.remembered("web").room_since_ms = Some(UnixMs(0));
    let plan = world.decide();
    let spilled = &plan.reasons("web").spilled[0];
    assert_eq!(
        (spilled.replicas, spilled.reason),
        (4, SpillReason::NodeStays)
    );
    assert!(
        spilled.detail.contains("holds 4 of ours"),
        "{}",
        spilled.detail
    );
}

#[test]
fn fresh_and_running_replicas_of_one_cluster_have_their_own_reasons() {
    let mut world = World::new(1);
    world.node("eks", "m5", "m5-0");
    world.workload("web", 5);
    world.run("web", "home", "metal-0", 2);
    world.run("web", "eks", "m5-0", 1);
    world.target("web", "eks").spec_replicas = 2;
    world.target("web", "eks").pending = 1;
    let plan = world.decide();
    let reasons: Vec<_> = plan
        .reasons("web")
        .spilled
        .iter()
        .map(|s| (s.replicas, s.reason))
        .collect();
    assert_eq!(plan.split("web"), (3, 2, 0));
    assert_eq!(
        reasons,
        [(1, SpillReason::Starting), (1, SpillReason::NodeStays)]
    );
}

#[test]
fn nothing_is_recalled_from_a_public_cluster_that_does_not_answer() {
    let mut world = World::new(2);
    world.node("eks", "m5", "m5-0");
    world.workload("web", 4);
    world.run("web", "eks", "m5-0", 4);
    world.remembered("web").room_since_ms = Some(UnixMs(0));
    world.state("eks").unreachable_since_ms = Some(UnixMs(NOW.0 - 10_000));
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 4, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::Unreachable));
}

#[test]
fn dwell_a_moved_replica_stays_put_for_the_dwell() {
    let mut world = World::new(2);
    world.node("eks", "m5", "m5-0");
    world.workload("web", 4);
    world.run("web", "eks", "m5-0", 4);
    let dwell = i64::try_from(world.burst().recall.dwell_ms.0).expect("minutes");
    for tick in 0..=dwell / 15_000 {
        let now = UnixMs(NOW.0 + tick * 15_000);
        world.snapshot.now_ms = now;
        for cluster in &mut world.snapshot.clusters {
            cluster.observed_at_ms = now;
        }
        let memory = world.memory.clone();
        world.want("web", 4);
        world.memory = memory;
        let plan = world.decide();
        let moves = tick * 15_000 >= dwell;
        assert_eq!(!plan.0.plan.steps.is_empty(), moves, "after {tick} ticks");
        if !moves {
            assert_eq!(plan.why_spilled("web"), Some(SpillReason::Dwell));
        }
        world.memory = plan.0.memory;
    }
}
