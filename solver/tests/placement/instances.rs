//! Small random instances: a few workloads, one private group and two public ones.

use spillway_solver::policy::{AtCap, CapacityType, Fill, Grower, Placement};
use spillway_solver::snapshot::QuotaScope;
use spillway_solver::units::{Bytes, MicroUsd, MicroUsdPerHour};

use crate::dice::Dice;
use crate::world::{World, amount, burst, group};

/// Cores of a node.
pub const CORES: u32 = 4;

#[derive(Clone, Debug)]
/// A workload.
pub struct Job {
    pub desired: u32,
    pub min: u32,
    pub cores: u32,
    pub priority: i32,
    pub cheapest: bool,
    /// By group.
    pub runs: [u32; 3],
    pub bound: Option<(usize, u32, Option<u32>)>,
}

/// Groups 0 is at home and fixed, 1 and 2 are public and grow.
#[derive(Clone, Debug)]
pub struct Instance {
    pub jobs: Vec<Job>,
    pub home_nodes: u32,
    /// Cores that others use on the first home node.
    pub foreign: u32,
    pub most_nodes: [u32; 3],
    pub existing_nodes: [u32; 3],
    pub price: [i64; 3],
    pub marginal: i64,
    pub survive: u32,
    pub share: u32,
    pub active_active: bool,
    pub standby: bool,
    pub most_public: Option<u32>,
    pub cap: Option<(i64, bool)>,
    pub cordoned: bool,
    pub quota: Option<u32>,
    /// What a public replica sends, micro-USD per hour.
    pub sends: i64,
}

/// The instance of a seed.
pub fn instance(seed: u64) -> Instance {
    let mut dice = Dice::new(seed);
    let home_nodes = dice.below(3);
    let mut existing_nodes = [home_nodes, dice.below(2), dice.below(2)];
    let most_nodes = [home_nodes, 1 + dice.below(2), 1 + dice.below(2)];
    let foreign = if home_nodes > 0 { dice.below(3) } else { 0 };
    existing_nodes[0] = home_nodes;
    let mut free = existing_nodes.map(|n| n * CORES);
    free[0] -= foreign;
    let jobs = (0..=dice.below(3))
        .map(|_| {
            let cores = dice.one_of(&[1, 1, 2, 4]);
            let mut runs = [0; 3];
            if dice.below(2) == 0 {
                for (g, run) in runs.iter_mut().enumerate() {
                    // One node's worth at most, so that what runs fits on real nodes.
                    let room = if g == 0 {
                        free[0].min(CORES - foreign)
                    } else {
                        free[g]
                    };
                    *run = dice.below(3).min(room / cores);
                    free[g] -= *run * cores;
                    if g == 0 && *run > 0 {
                        free[0] = 0;
                    }
                }
            }
            let running: u32 = runs.iter().sum();
            let desired = if running > 0 && dice.below(3) == 0 {
                running.min(4)
            } else {
                dice.below(5)
            };
            let bound = (dice.below(5) == 0).then(|| {
                let min = dice.below(2);
                let max = (dice.below(2) == 0).then(|| min + dice.below(2));
                (dice.below(2) as usize, min, max)
            });
            Job {
                desired,
                min: dice.below(3),
                cores,
                priority: dice.one_of(&[0, 0, 7]),
                cheapest: dice.below(4) == 0,
                runs,
                bound,
            }
        })
        .collect();
    Instance {
        jobs,
        home_nodes,
        foreign,
        most_nodes: std::array::from_fn(|g| most_nodes[g].max(existing_nodes[g])),
        existing_nodes,
        price: [
            0,
            100 + i64::from(dice.below(50)),
            90 + i64::from(dice.below(50)),
        ],
        marginal: dice.one_of(&[0, 0, 7]),
        survive: dice.one_of(&[0, 0, 0, 30, 50]),
        share: dice.one_of(&[100, 100, 60]),
        active_active: dice.below(6) == 0,
        standby: dice.below(8) == 0,
        most_public: (dice.below(5) == 0).then(|| dice.below(4)),
        cap: (dice.below(3) == 0).then(|| (i64::from(dice.below(300)), dice.below(2) == 0)),
        cordoned: dice.below(8) == 0,
        quota: (dice.below(5) == 0).then(|| dice.below(4)),
        sends: dice.one_of(&[0, 0, 9]),
    }
}

/// An instance as a tick's input.
pub fn world(i: &Instance) -> World {
    let mut world = World::new(i.home_nodes);
    world.spec("eks").groups.clear();
    world.state("eks").groups.clear();
    for (g, name) in [(1, "a"), (2, "b")] {
        let mut spec = group(name, amount(4_000, 16, 20));
        spec.capacity_type = CapacityType::OnDemand;
        spec.grower = Grower::NodeAutoscaler;
        spec.max_nodes = i.most_nodes[g];
        spec.price = MicroUsdPerHour(i.price[g]);
        world.group("eks", spec);
        for n in 0..i.existing_nodes[g] {
            world.node("eks", name, &format!("{name}-{n}"));
        }
    }
    if i.foreign > 0 {
        world.node_state("home", "metal-0").used = amount(u64::from(i.foreign) * 1_000, 0, 0);
    }
    world.spec("home").marginal_per_core.0 = i.marginal;
    world.spec("home").cordoned = i.cordoned;
    world.spec("eks").egress_per_gib = MicroUsd(i.sends);
    let mut rules = burst("burst");
    rules.survive_percent = u8::try_from(i.survive).expect("a percentage");
    rules.max_cluster_percent = u8::try_from(i.share).expect("a percentage");
    if i.active_active {
        rules.placement = Placement::ActiveActive;
    } else if i.standby {
        rules.placement = Placement::Standby;
    }
    rules.max_public_replicas = i.most_public;
    if let Some((cap, shed)) = i.cap {
        rules.caps.per_hour = Some(MicroUsd(cap));
        rules.caps.at_cap = if shed { AtCap::Shed } else { AtCap::Hold };
        // The ladder's third rung is a table's subject.
        rules.caps.ladder.low_priority_below = i32::MIN;
    }
    *world.burst() = rules;
    for (w, job) in i.jobs.iter().enumerate() {
        let name = format!("w{w}");
        let spec = world.workload(&name, job.desired);
        spec.requests = amount(u64::from(job.cores) * 1_000, 1, 1);
        spec.priority = job.priority;
        spec.min_replicas = job.min.min(job.desired);
        spec.egress_per_hour = Bytes(1 << 30);
        spec.fill = job.cheapest.then_some(Fill::Cheapest);
        for (g, node) in ["metal-0", "a-0", "b-0"].into_iter().enumerate() {
            if job.runs[g] > 0 {
                world.run(
                    &name,
                    if g == 0 { "home" } else { "eks" },
                    node,
                    job.runs[g],
                );
            }
        }
        if let Some((c, min, max)) = job.bound {
            world.bound(&name, ["home", "eks"][c], min, max);
        }
    }
    if let Some(quota) = i.quota {
        let used: u32 = i.jobs.iter().map(|j| j.runs[0]).sum();
        let scope = QuotaScope::NamespacePods("shop".into());
        world.quota("home", scope, u64::from(used + quota), u64::from(used));
    }
    world
}
