//! Random worlds: several clusters and groups, replicas in every state, all rules at random.

use spillway_solver::policy::{
    AtCap, CapacityType, Fill, Grower, OnUnreachable, Placement, Scheduling, Tier,
};
use spillway_solver::snapshot::{NodeReplicas, QuotaScope};
use spillway_solver::units::{Bytes, MicroUsd, MicroUsdPerHour, Millis, UnixMs};

use crate::dice::Dice;
use crate::world::{NOW, World, amount, burst, group};

/// The world of a seed: up to three clusters, five groups and five workloads.
pub fn small(seed: u64) -> World {
    let mut dice = Dice::new(seed);
    world(
        seed,
        1 + dice.below(3),
        1 + dice.below(5),
        1 + dice.below(5),
    )
}

/// A world of `clusters` clusters with `groups` groups in all and this many workloads.
pub fn world(seed: u64, clusters: u32, groups: u32, workloads: u32) -> World {
    let mut dice = Dice::new(seed);
    let mut world = World::default();
    for c in 0..clusters {
        let tier = if c * 2 < clusters {
            Tier::Private
        } else {
            Tier::Public
        };
        world.cluster(&format!("c{c}"), tier);
        troubles(&mut dice, &mut world, &format!("c{c}"));
    }
    for g in 0..groups {
        let c = g % clusters;
        let private = c * 2 < clusters;
        add_group(
            &mut dice,
            &mut world,
            &format!("c{c}"),
            &format!("g{g:02}"),
            private,
        );
    }
    world.policy.burst_policies = (0..3).map(|p| rules(&mut dice, &format!("p{p}"))).collect();
    for w in 0..workloads {
        add_workload(&mut dice, &mut world, &format!("w{w:02}"));
    }
    egress(&mut Dice::new(seed ^ EGRESS), &mut world);
    world
}

/// Sets its dice apart, so that what is sent changes nothing else of a world.
const EGRESS: u64 = 0xe92e;

/// Some public clusters ask money for what some workloads send.
fn egress(dice: &mut Dice, world: &mut World) {
    for cluster in &mut world.policy.clusters {
        let price = dice.one_of(&[0, 30_000, 90_000]);
        if cluster.tier == Tier::Public {
            cluster.egress_per_gib = MicroUsd(price);
        }
    }
    for workload in &mut world.policy.workloads {
        workload.egress_per_hour = Bytes(dice.one_of(&[0, 1 << 28, 3_000_000_000]));
    }
}

fn troubles(dice: &mut Dice, world: &mut World, cluster: &str) {
    let spec = world.spec(cluster);
    spec.cordoned = dice.below(12) == 0;
    spec.marginal_per_core.0 = i64::from(dice.one_of(&[0, 0, 5_000]));
    spec.headroom.percent = dice.one_of(&[0, 0, 0, 10]);
    spec.scheduling = dice.one_of(&[Scheduling::LeastAllocated, Scheduling::MostAllocated]);
    let state = world.state(cluster);
    match dice.below(14) {
        0 => state.observed_at_ms = UnixMs(NOW.0 - 200_000),
        1 => state.unreachable_since_ms = Some(UnixMs(NOW.0 - 10_000)),
        2 => state.unreachable_since_ms = Some(UnixMs(NOW.0 - 600_000)),
        _ => {}
    }
    if dice.below(5) == 0 {
        let limit = u64::from(dice.below(30));
        let used = u64::from(dice.below(30)).min(limit);
        let scope = dice.one_of(&[0, 1]);
        let scope = [
            QuotaScope::NamespacePods("shop".into()),
            QuotaScope::Instances,
        ][scope]
            .clone();
        world.quota(cluster, scope, limit, used);
    }
}

fn add_group(dice: &mut Dice, world: &mut World, cluster: &str, name: &str, private: bool) {
    let cores = u64::from(dice.one_of(&[2_u32, 4, 8]));
    let mut spec = group(name, amount(cores * 1_000, cores * 4, 15));
    spec.daemons = amount(100, 0, 1);
    if private {
        spec.grower = dice.one_of(&[Grower::Nobody, Grower::Nobody, Grower::NodeAutoscaler]);
    } else {
        spec.grower = Grower::NodeAutoscaler;
        spec.capacity_type = dice.one_of(&[CapacityType::OnDemand, CapacityType::Spot]);
        let spot = i64::from(spec.capacity_type == CapacityType::Spot);
        let price = i64::try_from(cores).expect("few") * 50_000 + i64::from(dice.below(20_000));
        spec.price = MicroUsdPerHour(price / (1 + 2 * spot));
    }
    let nodes = dice.below(if private { 5 } else { 3 });
    spec.max_nodes = nodes + dice.below(6);
    world.group(cluster, spec);
    for n in 0..nodes {
        let node = format!("{name}-{n}");
        world.node(cluster, name, &node);
        let state = world.node_state(cluster, &node);
        state.used = state
            .used
            .plus(&amount(u64::from(dice.below(1_000)), 0, 1), 1);
        state.unschedulable = dice.below(12) == 0;
        state.leaving = dice.below(15) == 0;
    }
    let state = world.group_state(cluster, name);
    state.in_flight = dice.one_of(&[0, 0, 1]);
    if dice.below(10) == 0 {
        state.insufficient_capacity_at_ms = Some(UnixMs(NOW.0 - 5_000));
    }
}

fn rules(dice: &mut Dice, name: &str) -> spillway_solver::policy::BurstPolicy {
    let mut rules = burst(name);
    rules.fill = dice.one_of(&[Fill::PrivateFirst, Fill::PrivateFirst, Fill::Cheapest]);
    rules.placement = dice.one_of(&[
        Placement::Overflow,
        Placement::Overflow,
        Placement::ActiveActive,
        Placement::Standby,
    ]);
    rules.survive_percent = dice.one_of(&[0, 0, 30, 50]);
    rules.max_cluster_percent = dice.one_of(&[100, 100, 70]);
    rules.spot.max_percent = dice.one_of(&[100, 50, 0]);
    rules.spot.on_demand_floor = dice.one_of(&[0, 0, 2]);
    rules.on_unreachable = dice.one_of(&[
        OnUnreachable::Hold,
        OnUnreachable::Replace {
            after_ms: Millis(0),
        },
    ]);
    rules.max_public_replicas = (dice.below(6) == 0).then(|| dice.below(20));
    if dice.below(3) == 0 {
        rules.caps.per_hour = Some(MicroUsd(i64::from(dice.below(2_000_000))));
        rules.caps.at_cap = dice.one_of(&[AtCap::Hold, AtCap::Shed]);
    }
    rules.recall.step = 1 + dice.below(5);
    rules
}

fn add_workload(dice: &mut Dice, world: &mut World, name: &str) {
    let desired = dice.below(12);
    let spec = world.workload(name, desired);
    spec.policy = format!("p{}", dice.below(3)).as_str().into();
    spec.requests = amount(dice.one_of(&[250, 500, 1_000, 1_500]), 1, 1);
    spec.priority = dice.one_of(&[-10, 0, 0, 10]);
    spec.min_replicas = dice.below(3).min(desired);
    spec.max_replicas = 20;
    spec.move_surge = dice.below(4);
    spec.unmodelled = dice.below(20) == 0;
    spec.co_placement = (dice.below(15) == 0).then(|| "together".into());
    let clusters: Vec<String> = world
        .policy
        .clusters
        .iter()
        .map(|c| c.name.to_string())
        .collect();
    for cluster in &clusters {
        if dice.below(10) == 0 {
            let min = dice.below(2);
            world.bound(
                name,
                cluster,
                min,
                (dice.below(2) == 0).then(|| min + dice.below(4)),
            );
        }
        if dice.below(2) == 0 {
            place(dice, world, name, cluster);
        }
    }
    world.remembered(name).room_since_ms =
        (dice.below(2) == 0).then(|| UnixMs(NOW.0 - i64::from(dice.below(600_000))));
}

/// Some replicas of `name` in `cluster`, in several states.
fn place(dice: &mut Dice, world: &mut World, name: &str, cluster: &str) {
    let requests = world.of(name).requests.clone();
    let id = format!("shop/{name}");
    let mut exist = 0;
    for node in &mut world.state(cluster).nodes {
        let room = node.allocatable.minus(&node.used).fits(&requests);
        let ready = dice.below(4).min(room);
        let bound = u32::from(dice.below(8) == 0).min(room - ready);
        if ready + bound > 0 {
            node.used = node.used.plus(&requests, ready + bound);
            node.replicas.push(NodeReplicas {
                workload: id.as_str().into(),
                bound,
                ready,
                terminating: 0,
            });
            exist += ready + bound;
        }
    }
    let pending = dice.one_of(&[0, 0, 0, 2]);
    let asked = dice.one_of(&[0, 0, 1]);
    let refused = dice.below(10) == 0;
    let target = world.target(name, cluster);
    target.pending = pending;
    target.unschedulable = if refused { pending.min(1) } else { 0 };
    target.spec_replicas = exist + pending + asked;
}
