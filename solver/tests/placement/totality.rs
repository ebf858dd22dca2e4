//! Input that no cluster could have sent: every decision still comes, and soon.
//!
//! Overflow checks are on in tests, so that arithmetic which leaves its integers fails here. The
//! independent checker is not asked: it judges plans of worlds that can be.

use proptest::prelude::*;
use spillway_solver::decide;
use spillway_solver::decision::{Decision, UnplacedReason};
use spillway_solver::memory::{MoveRecord, PlacedCount, Reservation};
use spillway_solver::policy::{AtCap, OnUnreachable};
use spillway_solver::snapshot::{NodeReplicas, NodeState, Price, QuotaScope, Spend};
use spillway_solver::units::{Bytes, MicroUsd, MicroUsdPerHour, MilliCpu, Millis, UnixMs};

use crate::dice::Dice;
use crate::random;
use crate::world::{NOW, World, amount};

/// Six replicas wanted, four at home and one in public.
fn busy() -> World {
    let mut world = World::new(1);
    world.node("eks", "m5", "m5-0");
    world.workload("web", 6).max_replicas = u32::MAX;
    world.run("web", "home", "metal-0", 4);
    world.run("web", "eks", "m5-0", 1);
    world
}

fn decided(world: &World) -> Decision {
    decide(&world.snapshot, &world.policy, &world.memory)
}

fn wants_all_there_are(world: &mut World) {
    world.want("web", u32::MAX);
    world.of("web").min_replicas = u32::MAX;
    world.burst().survive_percent = u8::MAX;
}

fn every_count_at_its_end(world: &mut World) {
    world.of("web").move_surge = u32::MAX;
    world.bound("web", "home", u32::MAX, Some(u32::MAX));
    world.group_spec("home", "metal").max_nodes = u32::MAX;
    world.group_state("home", "metal").in_flight = u32::MAX;
    world.group_state("eks", "m5").in_flight = u32::MAX;
    for cluster in ["home", "eks"] {
        let target = world.target("web", cluster);
        target.spec_replicas = u32::MAX;
        target.pending = u32::MAX;
        target.unschedulable = u32::MAX;
        target.rollout_surge = u32::MAX;
    }
    for _ in 0..2 {
        world
            .node_state("home", "metal-0")
            .replicas
            .push(NodeReplicas {
                workload: "shop/web".into(),
                bound: u32::MAX,
                ready: u32::MAX,
                terminating: u32::MAX,
            });
    }
    let rules = world.burst();
    rules.max_replicas = Some(u32::MAX);
    rules.max_public_replicas = Some(u32::MAX);
    rules.spot.on_demand_floor = u32::MAX;
    rules.recall.step = u32::MAX;
    rules.recall.payback_percent = u32::MAX;
    rules.recall.budget.moves = u32::MAX;
}

fn every_amount_at_its_end(world: &mut World) {
    let most = amount_of(u64::MAX);
    world.of("web").requests = most.clone();
    world.of("web").egress_per_hour = Bytes(u64::MAX);
    world.group_spec("eks", "m5").allocatable = most.clone();
    world.node_state("home", "metal-0").allocatable = most.clone();
    world.node_state("home", "metal-0").used = most;
    world.quota("home", QuotaScope::NamespaceCpu("shop".into()), u64::MAX, 0);
    let scope = QuotaScope::NamespaceMemory("shop".into());
    world.quota("eks", scope, u64::MAX, u64::MAX);
    world.quota("eks", QuotaScope::InstanceCpu, u64::MAX, 1);
}

fn amount_of(each: u64) -> spillway_solver::resources::Resources {
    let mut all = amount(0, 0, u32::try_from(each).unwrap_or(u32::MAX));
    all.cpu_milli = MilliCpu(each);
    all.memory_bytes = Bytes(each);
    all.extended.insert("nvidia.com/gpu".into(), each);
    all
}

fn money_is(world: &mut World, each: i64) {
    world.group_spec("eks", "m5").price = MicroUsdPerHour(each);
    world.group_state("eks", "m5").price = Some(Price {
        micro_usd_per_hour: MicroUsdPerHour(each),
        observed_at_ms: NOW,
    });
    for cluster in ["home", "eks"] {
        world.spec(cluster).marginal_per_core = MicroUsdPerHour(each);
        world.spec(cluster).egress_per_gib = MicroUsd(each);
    }
    world.of("web").egress_per_hour = Bytes(u64::MAX);
    let caps = &mut world.burst().caps;
    caps.per_hour = Some(MicroUsd(each));
    caps.per_day = Some(MicroUsd(each));
    caps.per_month = Some(MicroUsd(each));
    caps.emergency_per_hour = Some(MicroUsd(each));
    caps.at_cap = AtCap::Shed;
    caps.ladder.warn_percent = u8::MAX;
    world.snapshot.spend = Some(Spend {
        hour_micro_usd: MicroUsd(each),
        day_micro_usd: MicroUsd(each.saturating_neg()),
        month_micro_usd: MicroUsd(each),
    });
}

fn time_is(world: &mut World, snapshot: i64, memory: i64) {
    world.snapshot.now_ms = UnixMs(snapshot);
    world.memory.now_ms = Some(UnixMs(memory));
    world.memory.epoch = u64::MAX;
    world.state("home").unreachable_since_ms = Some(UnixMs(memory));
    world.group_state("eks", "m5").insufficient_capacity_at_ms = Some(UnixMs(memory));
    world.burst().on_unreachable = OnUnreachable::Replace {
        after_ms: Millis(u64::MAX),
    };
    world.burst().recall.dwell_ms = Millis(u64::MAX);
    world.policy.settings.max_clock_skew_ms = Millis(u64::MAX);
    let moved = MoveRecord {
        at_ms: UnixMs(snapshot),
        replicas: u32::MAX,
    };
    world.remembered("web").moves = vec![moved, moved];
    world.remembered("web").room_since_ms = Some(UnixMs(memory));
}

fn names_that_are_not_there(world: &mut World) {
    world.of("web").policy = "gone".into();
    world.workload("api", 3);
    world.bound("api", "nowhere", 5, Some(0));
    world.node_state("home", "metal-0").group = "nothing".into();
    world.target("web", "home").workload = "shop/stranger".into();
    world.memory.reservations.push(Reservation {
        cluster: "nowhere".into(),
        workload: "shop/stranger".into(),
        epoch: 0,
        target: u32::MAX,
        asked_at_ms: UnixMs(i64::MIN),
    });
}

fn names_that_are_there_twice(world: &mut World) {
    let (policy, snapshot) = (&mut world.policy, &mut world.snapshot);
    for cluster in &mut policy.clusters {
        cluster.groups.extend(cluster.groups.clone());
    }
    policy.clusters.extend(policy.clusters.clone());
    policy.burst_policies.extend(policy.burst_policies.clone());
    policy.workloads.extend(policy.workloads.clone());
    for cluster in &mut snapshot.clusters {
        cluster.nodes.extend(cluster.nodes.clone());
        cluster.targets.extend(cluster.targets.clone());
        cluster.groups.extend(cluster.groups.clone());
    }
    snapshot.clusters.extend(snapshot.clusters.clone());
    snapshot.workloads.extend(snapshot.workloads.clone());
}

fn a_memory_of_everything(world: &mut World) {
    let count = PlacedCount {
        workload: "shop/web".into(),
        cluster: "home".into(),
        group: "metal".into(),
        replicas: u32::MAX,
    };
    let placement = world.memory.placement.get_or_insert_default();
    placement.counts = vec![count.clone(), count];
    world.memory.reservations.push(Reservation {
        cluster: "home".into(),
        workload: "shop/web".into(),
        epoch: u64::MAX,
        target: u32::MAX,
        asked_at_ms: NOW,
    });
}

#[test]
fn a_decision_comes_for_every_impossible_input() {
    type Spoil = fn(&mut World);
    let cases: [(&str, Spoil); 17] = [
        (
            "more replicas are wanted than there can be",
            wants_all_there_are,
        ),
        ("more nodes may come than there can be", |w| {
            wants_all_there_are(w);
            w.group_spec("eks", "m5").max_nodes = u32::MAX;
        }),
        ("every count is the largest", every_count_at_its_end),
        ("every amount is the largest", every_amount_at_its_end),
        ("money is the largest", |w| money_is(w, i64::MAX)),
        ("money is the smallest", |w| money_is(w, i64::MIN)),
        ("everything is free", |w| money_is(w, 0)),
        ("the clock jumps to the end of time", |w| {
            time_is(w, i64::MAX, i64::MIN);
        }),
        ("the clock jumps back to its beginning", |w| {
            time_is(w, i64::MIN, i64::MAX);
        }),
        ("nodes have nothing to give", |w| {
            w.group_spec("eks", "m5").allocatable = amount(0, 0, 0);
            w.node_state("home", "metal-0").allocatable = amount(0, 0, 0);
        }),
        ("replicas ask for nothing, and all are wanted", |w| {
            w.of("web").requests = amount(0, 0, 0);
            w.want("web", u32::MAX);
        }),
        ("clusters have no groups", |w| {
            w.spec("home").groups.clear();
            w.spec("eks").groups.clear();
        }),
        ("percentages are above a hundred", |w| {
            w.spec("home").headroom.percent = u8::MAX;
            let rules = w.burst();
            rules.survive_percent = u8::MAX;
            rules.max_cluster_percent = u8::MAX;
            rules.spot.max_percent = u8::MAX;
            rules.caps.ladder.no_low_priority_burst_percent = u8::MAX;
        }),
        ("names lead nowhere", names_that_are_not_there),
        ("every name is there twice", names_that_are_there_twice),
        ("memory promises the largest counts", a_memory_of_everything),
        ("a metric is at its end", |w| {
            let state = &mut w.snapshot.workloads[0].metrics;
            let load = state.get_mut("load").expect("the world's metric");
            load.primary = spillway_solver::snapshot::Reading::Series {
                at_ms: NOW,
                values_milli: vec![i64::MAX, i64::MAX, i64::MIN],
            };
        }),
    ];
    for (sentence, spoil) in cases {
        let mut world = busy();
        spoil(&mut world);
        let decision = decided(&world);
        let text = serde_json::to_string(&decision);
        assert!(text.is_ok(), "{sentence}");
        for w in &decision.plan.workloads {
            let placed: u32 = w.clusters.iter().map(|c| c.replicas).sum();
            let held = placed >= w.desired - w.unplaced.min(w.desired);
            assert!(held, "{sentence}: {w:?}");
        }
    }
}

#[test]
fn what_placement_does_not_consider_is_reported() {
    let mut world = World::new(1);
    world.workload("web", 0).max_replicas = u32::MAX;
    world.group_spec("eks", "m5").max_nodes = 2;
    world.want("web", 50_000);
    let decision = decided(&world);
    let plan = &decision.plan.workloads[0];
    assert_eq!((plan.desired, plan.unplaced), (50_000, 50_000 - 12));
    let unplaced = &decision.rationale.workloads[0].unplaced;
    let counts: Vec<_> = unplaced.iter().map(|u| (u.replicas, u.reason)).collect();
    assert_eq!(
        counts,
        [
            (10_000 - 12, UnplacedReason::NoRoom),
            (40_000, UnplacedReason::NoRoom)
        ]
    );
}

const COUNTS: [u32; 6] = [0, 1, 7, 30_000, i32::MAX.unsigned_abs(), u32::MAX];
const SIZES: [u64; 6] = [0, 1, 1_000, 1 << 40, i64::MAX.unsigned_abs(), u64::MAX];
const NUMBERS: [i64; 6] = [0, 1, -1, 1 << 53, i64::MAX, i64::MIN];

/// A random world in which some numbers are replaced by the ends of their types.
fn spoiled(seed: u64) -> World {
    let mut dice = Dice::new(seed);
    let mut world = random::world(seed, 1 + dice.below(2), dice.below(4), 1 + dice.below(3));
    let dice = &mut dice;
    for cluster in &mut world.policy.clusters {
        maybe(dice, &mut cluster.marginal_per_core.0, &NUMBERS);
        maybe(dice, &mut cluster.egress_per_gib.0, &NUMBERS);
        maybe(
            dice,
            &mut cluster.headroom.percent,
            &[0, 99, 100, 101, u8::MAX],
        );
        maybe(dice, &mut cluster.lost_after_ms.0, &SIZES);
        maybe(dice, &mut cluster.capacity_max_age_ms.0, &SIZES);
        for group in &mut cluster.groups {
            maybe(dice, &mut group.price.0, &NUMBERS);
            maybe(dice, &mut group.max_nodes, &COUNTS);
            maybe(dice, &mut group.allocatable.cpu_milli.0, &SIZES);
            maybe(dice, &mut group.allocatable.memory_bytes.0, &SIZES);
            maybe(dice, &mut group.daemons.pods, &COUNTS);
            maybe(dice, &mut group.boot.p95_ms.0, &SIZES);
        }
    }
    for rules in &mut world.policy.burst_policies {
        maybe(dice, &mut rules.survive_percent, &[0, 100, u8::MAX]);
        maybe(dice, &mut rules.max_cluster_percent, &[0, 1, u8::MAX]);
        maybe(dice, &mut rules.spot.on_demand_floor, &COUNTS);
        maybe(dice, &mut rules.recall.step, &COUNTS);
        maybe(dice, &mut rules.recall.payback_percent, &COUNTS);
        maybe(dice, &mut rules.recall.dwell_ms.0, &SIZES);
        let mut cap = 1_000_000;
        maybe(dice, &mut cap, &NUMBERS);
        rules.caps.per_hour = (dice.below(2) == 0).then_some(MicroUsd(cap));
        rules.caps.per_day = (dice.below(3) == 0).then_some(MicroUsd(cap));
    }
    for workload in &mut world.policy.workloads {
        maybe(dice, &mut workload.max_replicas, &COUNTS);
        maybe(dice, &mut workload.min_replicas, &COUNTS);
        maybe(dice, &mut workload.move_surge, &COUNTS);
        maybe(dice, &mut workload.priority, &[i32::MIN, i32::MAX]);
        maybe(dice, &mut workload.requests.cpu_milli.0, &SIZES);
        maybe(dice, &mut workload.requests.pods, &COUNTS);
        maybe(dice, &mut workload.egress_per_hour.0, &SIZES);
    }
    for cluster in &mut world.snapshot.clusters {
        maybe(dice, &mut cluster.observed_at_ms.0, &NUMBERS);
        for node in &mut cluster.nodes {
            maybe(dice, &mut node.allocatable.cpu_milli.0, &SIZES);
            maybe(dice, &mut node.used.memory_bytes.0, &SIZES);
            for replicas in &mut node.replicas {
                maybe(dice, &mut replicas.ready, &COUNTS);
                maybe(dice, &mut replicas.bound, &COUNTS);
            }
        }
        for target in &mut cluster.targets {
            maybe(dice, &mut target.spec_replicas, &COUNTS);
            maybe(dice, &mut target.pending, &COUNTS);
        }
        for group in &mut cluster.groups {
            maybe(dice, &mut group.in_flight, &COUNTS);
        }
        if dice.below(4) == 0 {
            cluster.nodes.push(NodeState::default());
        }
    }
    for memory in world.memory.workloads.values_mut() {
        maybe(dice, &mut memory.desired, &COUNTS);
    }
    maybe(dice, &mut world.snapshot.now_ms.0, &NUMBERS);
    world
}

/// One time in eight one of `ends`.
fn maybe<T: Copy>(dice: &mut Dice, value: &mut T, ends: &[T]) {
    if dice.below(8) == 0 {
        *value = dice.one_of(ends);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn numbers_at_the_ends_of_their_types_stop_no_decision(seed: u64) {
        let world = spoiled(seed);
        let decision = decided(&world);
        prop_assert!(serde_json::to_string(&decision).is_ok());
    }
}

#[test]
fn a_node_that_has_nothing_and_is_left_by_much_is_scored() {
    // Found by the property above: the free shares of cpu and memory added up past 64 bits.
    decided(&spoiled(2_795_u64.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
}
