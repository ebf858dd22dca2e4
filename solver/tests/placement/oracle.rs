//! Small random instances against brute force: every integer placement is enumerated under the
//! aggregate rules as they are documented, and the levels are compared one by one.
//!
//! Requests divide a node, so that no floor cut binds; where the fit on nodes cut the aggregate
//! model, its levels are no longer those of the model and the instance is not counted.

use spillway_solver::decision::SolverMethod;
use spillway_solver::policy::{AtCap, CapacityType, Fill, Grower, Placement};
use spillway_solver::snapshot::QuotaScope;
use spillway_solver::units::{Bytes, MicroUsd, MicroUsdPerHour};

use crate::world::{Decided, World, amount, burst, group};

/// A small generator (xorshift), so that a seed names an instance for ever.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u32) -> u32 {
        for _ in 0..3 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
        }
        u32::try_from((self.0 >> 33) % u64::from(n)).expect("below n")
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(u32::try_from(all.len()).expect("few")) as usize]
    }
}

const CORES: u32 = 4;

#[derive(Clone, Debug)]
struct Job {
    desired: u32,
    min: u32,
    cores: u32,
    priority: i32,
    cheapest: bool,
    /// By group.
    runs: [u32; 3],
    bound: Option<(usize, u32, Option<u32>)>,
}

/// Groups 0 is at home and fixed, 1 and 2 are public and grow.
#[derive(Clone, Debug)]
struct Instance {
    jobs: Vec<Job>,
    home_nodes: u32,
    /// Cores that others use on the first home node.
    foreign: u32,
    most_nodes: [u32; 3],
    existing_nodes: [u32; 3],
    price: [i64; 3],
    marginal: i64,
    survive: u32,
    share: u32,
    active_active: bool,
    standby: bool,
    most_public: Option<u32>,
    cap: Option<(i64, bool)>,
    cordoned: bool,
    quota: Option<u32>,
    /// What a public replica sends, micro-USD per hour.
    sends: i64,
}

fn instance(seed: u64) -> Instance {
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

fn world(i: &Instance) -> World {
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

const CLUSTER: [usize; 3] = [0, 1, 1];

/// All ways to place at most `desired` replicas in three groups.
fn ways(desired: u32) -> Vec<[u32; 3]> {
    let mut all = Vec::new();
    for a in 0..=desired {
        for b in 0..=desired - a {
            for c in 0..=desired - a - b {
                all.push([a, b, c]);
            }
        }
    }
    all
}

fn up(count: u32, percent: u32) -> u32 {
    (count * percent).div_ceil(100)
}

fn in_cluster(x: &[u32; 3], c: usize) -> u32 {
    (0..3).filter(|g| CLUSTER[*g] == c).map(|g| x[g]).sum()
}

/// Whether one workload may be placed like this, whatever the others do.
fn allowed(i: &Instance, job: &Job, x: &[u32; 3]) -> bool {
    let added = |g: usize| x[g].saturating_sub(job.runs[g]);
    let closed = (i.cordoned
        || job
            .bound
            .is_some_and(|(c, _, max)| c == 0 && max == Some(0)))
        && added(0) > 0;
    let forbidden = job
        .bound
        .is_some_and(|(c, _, max)| c == 1 && max == Some(0))
        && added(1) + added(2) > 0;
    // Home answers even without nodes; under maintenance it does not.
    let standing_by = i.standby && !i.active_active && !i.cordoned && added(1) + added(2) > 0;
    let too_many = job
        .bound
        .is_some_and(|(c, _, max)| max.is_some_and(|max| in_cluster(x, c) > max));
    let too_large = i.share < 100
        && (0..2)
            .any(|c| in_cluster(x, c) > up(job.desired, i.share).max(in_cluster(&job.runs, c)));
    let both_ways = (0..2).any(|c| {
        let groups = || (0..3).filter(|g| CLUSTER[*g] == c);
        let added: u32 = groups().map(added).sum();
        let kept: u32 = groups().map(|g| x[g].min(job.runs[g])).sum();
        let running: u32 = groups().map(|g| job.runs[g].min(job.desired)).sum();
        added > 0 && kept < running
    });
    !(closed || forbidden || standing_by || too_many || too_large || both_ways)
}

/// Mandatory replicas that one workload lacks.
fn floors(i: &Instance, job: &Job, x: &[u32; 3]) -> u32 {
    let total: u32 = x.iter().sum();
    let mut missing = job.min.min(job.desired).saturating_sub(total);
    if let Some((c, min, _)) = job.bound {
        missing += min.min(job.desired).saturating_sub(in_cluster(x, c));
    }
    let wanted = up(job.desired, i.survive);
    missing += (0..2)
        .map(|c| wanted.saturating_sub(total - in_cluster(x, c)))
        .max()
        .unwrap_or(0);
    if i.active_active {
        let eligible = |c: usize| {
            !job.bound
                .is_some_and(|(b, _, max)| b == c && max == Some(0))
        };
        let open: Vec<usize> = (0..2)
            .filter(|c| eligible(*c) && !(*c == 0 && i.cordoned))
            .collect();
        if open.len() <= job.desired as usize {
            missing += open
                .iter()
                .map(|c| 1_u32.saturating_sub(in_cluster(x, *c)))
                .sum::<u32>();
        }
    }
    missing
}

/// The levels of a joint placement; `None` when it breaks a rule.
fn levels(i: &Instance, xs: &[[u32; 3]]) -> Option<Vec<i64>> {
    let load = |g: usize| -> u32 { i.jobs.iter().zip(xs).map(|(j, x)| j.cores * x[g]).sum() };
    if load(0) > i.home_nodes * CORES - i.foreign {
        return None;
    }
    let nodes = [0, load(1).div_ceil(CORES), load(2).div_ceil(CORES)];
    if nodes[1] > i.most_nodes[1] || nodes[2] > i.most_nodes[2] {
        return None;
    }
    let public: u32 = xs.iter().map(|x| x[1] + x[2]).sum();
    let ran: u32 = i.jobs.iter().map(|j| j.runs[1] + j.runs[2]).sum();
    if i.most_public.is_some_and(|most| public > most.max(ran)) {
        return None;
    }
    let home: u32 = xs.iter().map(|x| x[0]).sum();
    let home_ran: u32 = i.jobs.iter().map(|j| j.runs[0]).sum();
    if i.quota.is_some_and(|more| home > home_ran + more) {
        return None;
    }
    let rate = |nodes: [u32; 3], public: u32| {
        let paid = i64::from(nodes[1]) * i.price[1] + i64::from(nodes[2]) * i.price[2];
        paid + i64::from(public) * i.sends
    };
    let overrun = i.cap.map_or(0, |(cap, shed)| {
        let running = rate(i.existing_nodes, ran);
        (rate(nodes, public) - if shed { cap } else { cap.max(running) }).max(0)
    });
    let mut all = vec![
        i.jobs
            .iter()
            .zip(xs)
            .map(|(j, x)| i64::from(floors(i, j, x)))
            .sum(),
        overrun,
    ];
    let mut priorities: Vec<i32> = i.jobs.iter().map(|j| j.priority).collect();
    priorities.sort_unstable_by(|a, b| b.cmp(a));
    priorities.dedup();
    let lowest = priorities.last().copied();
    let (mut cordoned, mut moves, mut spilled) = (0, 0, 0);
    for p in priorities {
        let of_priority = || i.jobs.iter().zip(xs).filter(|(j, _)| j.priority == p);
        all.push(
            of_priority()
                .map(|(j, x)| i64::from(j.desired - x.iter().sum::<u32>()))
                .sum(),
        );
        let stay_at_home = of_priority().map(|(j, x)| i64::from(x[0].min(j.runs[0])));
        let stay: i64 = stay_at_home.filter(|_| i.cordoned).sum();
        let leave: i64 = of_priority()
            .flat_map(|(j, x)| (0..3).map(move |g| (g, j.runs[g].saturating_sub(x[g]))))
            .filter(|(g, _)| !(i.cordoned && *g == 0))
            .map(|(_, left)| i64::from(left))
            .sum();
        if lowest != Some(p) {
            all.push(stay + leave);
        }
        cordoned += stay;
        moves += leave;
    }
    for (j, x) in i.jobs.iter().zip(xs) {
        spilled += if j.cheapest {
            0
        } else {
            i64::from(x[1] + x[2])
        };
    }
    let marginal: i64 = i
        .jobs
        .iter()
        .zip(xs)
        .map(|(j, x)| i64::from(j.cores * x[0]) * i.marginal)
        .sum();
    all.extend([cordoned, moves, rate(nodes, public) + marginal, spilled]);
    Some(all)
}

fn best(i: &Instance) -> Vec<i64> {
    let choices: Vec<Vec<[u32; 3]>> = i
        .jobs
        .iter()
        .map(|job| {
            let mut all = ways(job.desired);
            all.retain(|x| allowed(i, job, x));
            all
        })
        .collect();
    let mut best: Option<Vec<i64>> = None;
    let mut at = vec![0; choices.len()];
    loop {
        let xs: Vec<[u32; 3]> = at.iter().zip(&choices).map(|(a, c)| c[*a]).collect();
        if let Some(found) = levels(i, &xs)
            && best.as_ref().is_none_or(|b| found < *b)
        {
            best = Some(found);
        }
        let Some(next) = at.iter().zip(&choices).position(|(a, c)| a + 1 < c.len()) else {
            return best.expect("placing nothing breaks no rule");
        };
        at[..next].fill(0);
        at[next] += 1;
    }
}

fn reported(plan: &Decided) -> Vec<i64> {
    let levels = &plan.0.rationale.solver.levels;
    levels.iter().map(|l| l.value).collect()
}

#[test]
fn a_thousand_small_instances_equal_brute_force_level_by_level() {
    let mut compared = 0;
    let mut wrong = Vec::new();
    for seed in 0..1_300 {
        let i = instance(seed);
        let (plan, found) = world(&i).judged();
        if !found.is_empty() {
            wrong.push(format!("seed {seed}: {found}\n{i:?}"));
        }
        let solver = &plan.0.rationale.solver;
        if solver.cuts > 0 {
            continue;
        }
        let exact = matches!(solver.method, SolverMethod::Exact | SolverMethod::Nothing);
        assert!(exact, "seed {seed}: {}", solver.method);
        compared += 1;
        let expected = best(&i);
        if reported(&plan) != expected {
            wrong.push(format!(
                "seed {seed}: {:?}, best {expected:?}\n{i:?}",
                solver.levels
            ));
        }
    }
    assert!(compared >= 1_000, "only {compared} were compared");
    assert!(
        wrong.is_empty(),
        "{} wrong of {compared}:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(6)].join("\n")
    );
}
