//! Money caps: what they stop, and what they may not.

use spillway_solver::decision::{CapRung, MoveReason, NoticeReason, SpillReason, UnplacedReason};
use spillway_solver::policy::{AtCap, MoneyCaps, OnUnreachable, Tier};
use spillway_solver::snapshot::Spend;
use spillway_solver::units::{Bytes, MicroUsd, Millis, UnixMs};

use crate::world::{NOW, PRICE, World, amount, burst};

/// A cap that allows this many public nodes.
fn cap(nodes: i64) -> MoneyCaps {
    MoneyCaps {
        per_hour: Some(MicroUsd(PRICE * nodes)),
        ..MoneyCaps::default()
    }
}

/// `web` fills home and this many public nodes.
fn bursting(public_nodes: u32, desired: u32) -> World {
    let mut world = World::new(1);
    world.workload("web", desired);
    world.run("web", "home", "metal-0", 4);
    for n in 0..public_nodes {
        let node = format!("m5-{n}");
        world.node("eks", "m5", &node);
        world.run("web", "eks", &node, 4);
    }
    world
}

#[test]
fn a_cap_stops_new_spill() {
    let mut world = bursting(1, 16);
    world.burst().caps = cap(2);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (4, 8, 4));
    assert_eq!(plan.why_unplaced("web"), Some(UnplacedReason::MoneyCap));
    assert_eq!(plan.0.rationale.caps[0].rung, CapRung::Cap);
}

#[test]
fn a_cap_that_falls_below_what_runs_holds_it() {
    let mut world = bursting(2, 16);
    world.burst().caps = cap(1);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (4, 8, 4));
    assert!(plan.0.plan.steps.is_empty());
}

#[test]
fn a_cap_that_sheds_gives_up_the_lowest_priority_first() {
    let mut world = bursting(2, 12);
    world.of("web").priority = 5;
    world.workload("batch", 4);
    world.node("eks", "m5", "m5-9");
    world.run("batch", "eks", "m5-9", 4);
    world.burst().caps = cap(2);
    world.burst().caps.at_cap = AtCap::Shed;
    let plan = world.decide();
    assert_eq!(plan.split("web"), (4, 8, 0));
    assert_eq!(plan.split("batch"), (0, 0, 4));
    assert_eq!(plan.apply("batch", "eks"), 0);
    assert_eq!(plan.why_unplaced("batch"), Some(UnplacedReason::MoneyCap));
}

#[test]
fn no_cap_blocks_a_mandatory_floor() {
    for at_cap in [AtCap::Hold, AtCap::Shed] {
        let mut world = bursting(0, 10);
        world.burst().caps = cap(0);
        world.burst().caps.at_cap = at_cap;
        world.of("web").min_replicas = 6;
        let plan = world.decide();
        // The floor's two extra replicas need a node; what else it holds is served too.
        assert_eq!(plan.at("web", "home"), 4);
        assert!(plan.at("web", "eks") >= 2, "{at_cap:?}");
        assert_eq!(plan.nodes("m5"), 1);
        assert_eq!(plan.level("floors"), 0);
        assert_eq!(plan.level("capOverrun"), PRICE);
    }
}

#[test]
fn the_ladder_says_before_it_stops() {
    let rung = |percent: i64| {
        let mut world = bursting(1, 8);
        world.burst().caps.per_hour = Some(MicroUsd(PRICE * 100 / percent));
        let plan = world.decide();
        let said = plan
            .notices()
            .iter()
            .any(|n| n.reason == NoticeReason::MoneyCap);
        (plan.0.rationale.caps[0].rung, said)
    };
    assert_eq!(rung(79), (CapRung::Free, false));
    assert_eq!(rung(80), (CapRung::Warn, true));
    assert_eq!(rung(90), (CapRung::NoOptionalMoves, true));
    assert_eq!(rung(95), (CapRung::NoLowPriorityBurst, true));
    assert_eq!(rung(100), (CapRung::Cap, true));
}

#[test]
fn from_the_second_rung_on_no_optional_move_is_made() {
    let mut world = bursting(1, 4);
    world.state("home").nodes[0].replicas.clear();
    world.state("home").nodes[0].used = amount(0, 0, 0);
    world.target("web", "home").spec_replicas = 0;
    world.remembered("web").room_since_ms = Some(UnixMs(NOW.0 - 3_600_000));
    assert_eq!(world.decide().at("web", "home"), 4, "it would pay");
    world.burst().caps.per_hour = Some(MicroUsd(PRICE * 100 / 92));
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 4, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::MoneyCap));
    assert_eq!(plan.reasons("web").moves[0].reason, MoveReason::MoneyCap);
}

#[test]
fn from_the_third_rung_on_low_priority_gets_no_new_public_replica() {
    let mut world = bursting(9, 40);
    world.burst().caps.per_hour = Some(MicroUsd(PRICE * 9 * 100 / 96));
    world.workload("batch", 1).priority = -1;
    let plan = world.decide();
    assert_eq!(plan.split("batch"), (0, 0, 1));
    assert_eq!(
        plan.why_unplaced("batch"),
        Some(UnplacedReason::LowPriorityBurst)
    );
}

#[test]
fn low_priority_still_gets_its_minimum_and_no_more() {
    let mut world = bursting(9, 40);
    let mut small = world.group_spec("eks", "m5").clone();
    small.name = "small".into();
    small.allocatable = amount(1_000, 4, 10);
    small.price.0 = PRICE / 20;
    world.group("eks", small);
    world.burst().caps.per_hour = Some(MicroUsd(PRICE * 9 + 2 * PRICE / 20));
    let batch = world.workload("batch", 3);
    batch.priority = -1;
    batch.min_replicas = 2;
    let plan = world.decide();
    assert_eq!(plan.split("batch"), (0, 2, 1));
    for n in 0..2 {
        let node = format!("small-{n}");
        world.node("eks", "small", &node);
        world.run("batch", "eks", &node, 1);
    }
    let plan = world.decide();
    assert_eq!(plan.split("batch"), (0, 2, 1), "its minimum runs already");
}

#[test]
fn low_priority_is_owed_in_public_what_is_missing_after_the_worst_loss_of_one_cluster() {
    // Held in two private clusters and in public, desired; added in public.
    for (held, desired, added) in [
        ([3, 3, 0], 12, 3),
        ([4, 2, 0], 12, 4),
        ([3, 3, 2], 10, 0),
        ([4, 0, 0], 8, 4),
    ] {
        let mut world = World::new(1);
        world.cluster("home2", Tier::Private);
        let metal = world.group_spec("home", "metal").clone();
        world.group("home2", metal);
        world.node("home2", "metal", "metal-1");
        let mut meek = burst("meek");
        meek.survive_percent = 50;
        meek.caps.per_hour = Some(MicroUsd(PRICE * 10));
        world.policy.burst_policies.push(meek);
        world.workload("web", 44 - held[0] - held[1]);
        let batch = world.workload("batch", desired);
        batch.policy = "meek".into();
        batch.priority = -1;
        for n in 0..10 {
            let node = format!("m5-{n}");
            world.node("eks", "m5", &node);
            let batches = if n == 9 { held[2] } else { 0 };
            world.run("web", "eks", &node, if n == 9 { 0 } else { 4 });
            world.run("batch", "eks", &node, batches);
        }
        for (home, node, batches) in [("home", "metal-0", held[0]), ("home2", "metal-1", held[1])] {
            world.run("batch", home, node, batches);
            world.run("web", home, node, 4 - batches);
        }
        let plan = world.decide();
        assert_eq!(
            plan.at("batch", "eks"),
            held[2] + added,
            "{held:?} of {desired}"
        );
    }
}

#[test]
fn a_higher_priority_stays_at_home_though_a_lower_one_that_may_not_burst_goes_unserved() {
    let mut world = bursting(9, 40);
    world.burst().caps.per_hour = Some(MicroUsd(PRICE * 9 * 100 / 96));
    let roomy = &mut world.group_spec("eks", "m5").allocatable;
    *roomy = amount(8_000, 32, 20);
    for n in 0..9 {
        let node = world.node_state("eks", &format!("m5-{n}"));
        node.allocatable = amount(8_000, 32, 20);
    }
    world.workload("batch", 2).priority = -1;
    let plan = world.decide();
    assert_eq!(plan.split("web"), (4, 36, 0));
    assert_eq!(plan.split("batch"), (0, 0, 2));
}

#[test]
fn what_a_cap_keeps_out_is_told_with_the_cap_and_its_pace() {
    let mut world = bursting(0, 6);
    world.burst().caps.per_day = Some(MicroUsd(6 * PRICE));
    world.snapshot.spend = Some(Spend::default());
    let plan = world.decide();
    assert_eq!(
        plan.reasons("web").unplaced[0].detail,
        "cap of burst: of 1.20 USD a day 1.20 are left for 12 h: 0.10 USD/h now; \
         0.00 USD/h are in use, a node costs 0.20 USD/h"
    );
}

#[test]
fn failover_from_a_lost_cluster_may_use_the_emergency_cap() {
    let mut world = bursting(0, 4);
    world.burst().on_unreachable = OnUnreachable::Replace {
        after_ms: Millis(0),
    };
    world.burst().caps = cap(0);
    world.state("home").unreachable_since_ms = Some(UnixMs(NOW.0 - 600_000));
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 0, 4));
    world.burst().caps.emergency_per_hour = Some(MicroUsd(PRICE));
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 4, 0));
}

#[test]
fn an_unknown_spend_spreads_the_cap_and_stops_optional_moves() {
    let mut world = bursting(1, 12);
    world.burst().caps.per_day = Some(MicroUsd(PRICE * 24 * 2));
    let plan = world.decide();
    assert_eq!(plan.split("web"), (4, 8, 0), "two nodes all day long");
    assert!(
        plan.notices()
            .iter()
            .any(|n| n.reason == NoticeReason::SpendUnknown)
    );
    world.snapshot.spend = Some(Spend {
        day_micro_usd: MicroUsd(PRICE * 36),
        ..Spend::default()
    });
    let plan = world.decide();
    assert_eq!(
        plan.split("web"),
        (4, 4, 4),
        "a node for twelve hours is left"
    );
}

#[test]
fn the_rationales_money_is_that_of_the_plan() {
    let mut world = bursting(1, 14);
    world.spec("home").marginal_per_core.0 = 3_000;
    world.spec("eks").egress_per_gib = MicroUsd(90_000);
    world.of("web").egress_per_hour.0 = 1 << 29;
    let plan = world.decide();
    assert_eq!(plan.split("web"), (4, 10, 0));
    let money = plan.0.rationale.money;
    assert_eq!(money.on_demand.0, 3 * PRICE);
    assert_eq!(money.marginal.0, 4 * 3_000);
    assert_eq!(money.egress.0, 10 * 45_000);
    assert_eq!(plan.0.rationale.solver.packed, money.weighed());
    assert_eq!(plan.0.rationale.solver.cost, money.weighed());
}

#[test]
fn other_ways_are_priced_beside_the_plan() {
    let mut world = bursting(0, 10);
    world.group_spec("eks", "m5").max_nodes = 2;
    let plan = world.decide();
    let ways = plan.0.rationale.counterfactuals;
    assert_eq!(
        (ways.all_public.cost.0, ways.all_public.unserved),
        (2 * PRICE, 2)
    );
    assert_eq!((ways.all_private.cost.0, ways.all_private.unserved), (0, 6));
    assert_eq!((ways.greedy.cost.0, ways.greedy.unserved), (2 * PRICE, 0));
    let core = &plan.0.rationale.private_core[0];
    assert_eq!((core.cluster.as_str(), core.saves.0), ("home", PRICE / 4));
}

/// One public node of two has room for four replicas, each of which sends for 30,000 micro-USD/h.
fn sending() -> World {
    let mut world = bursting(1, 16);
    world.of("web").egress_per_hour = Bytes(1 << 29);
    world.spec("eks").egress_per_gib = MicroUsd(60_000);
    world
}

#[test]
fn what_public_replicas_send_counts_toward_a_cap() {
    for (per_hour, placed) in [
        // Two nodes and eight replicas: all that desired 16 leaves home to spill, less four.
        (2 * PRICE + 8 * 30_000, 8),
        (2 * PRICE + 8 * 30_000 - 1, 7),
        (2 * PRICE + 5 * 30_000 - 1, 4),
        // What runs is held.
        (0, 4),
    ] {
        let mut world = sending();
        world.burst().caps.per_hour = Some(MicroUsd(per_hour));
        let plan = world.decide();
        assert_eq!(plan.split("web").1, placed, "{per_hour}");
        assert_eq!(
            plan.why_unplaced("web"),
            Some(UnplacedReason::MoneyCap),
            "{per_hour}: {:?}",
            plan.reasons("web").unplaced
        );
        let planned = plan.0.rationale.caps[0].planned.0;
        let nodes = i64::from(plan.nodes("m5"));
        assert_eq!(planned, nodes * PRICE + i64::from(placed) * 30_000);
    }
}

#[test]
fn a_cap_that_sheds_takes_down_what_sends_too_much_and_says_what_a_replica_costs() {
    let mut world = sending();
    world.burst().caps.per_hour = Some(MicroUsd(PRICE + 3 * 30_000));
    world.burst().caps.at_cap = AtCap::Shed;
    let plan = world.decide();
    assert_eq!(plan.split("web").1, 3);
    let unplaced = &plan.reasons("web").unplaced;
    assert!(
        unplaced[0]
            .detail
            .contains("what a replica sends costs 0.03 USD/h")
            || unplaced[0].detail.contains("a node costs 0.20 USD/h"),
        "{unplaced:?}"
    );
}

#[test]
fn what_private_replicas_send_and_what_other_policies_send_count_toward_no_cap() {
    let mut world = sending();
    world.spec("home").egress_per_gib = MicroUsd(60_000_000);
    let mut free = burst("free");
    free.caps = MoneyCaps::default();
    world.policy.burst_policies.push(free);
    world.workload("other", 4).policy = "free".into();
    world.of("other").egress_per_hour = Bytes(1 << 40);
    world.burst().caps.per_hour = Some(MicroUsd(3 * PRICE + 8 * 30_000));
    assert_eq!(world.decide().split("web").1, 8);
}
