//! CPU time and quality of `decide()` on synthetic fleets.
//!
//! `cargo bench -p spillway-solver --features highs --bench decide [-- 100 1000] [broken]
//! [unchecked]`. Times are CPU times of this thread, because wall time on a shared machine says
//! little. Every decision is also put to the independent checker, those between the timed ticks
//! too; `broken` prints what it finds in full, and `unchecked` leaves it out, which takes up to a
//! minute a decision at 1,000 workloads. The digest of a row is one of all its decisions: two
//! builds that decide alike print the same.

#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "what the core may not do is what a benchmark is for: it reads a clock and prints"
)]

mod fleet;
mod world;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::hint::black_box;

use spillway_solver::checker::{Rule, check};
use spillway_solver::decide;
use spillway_solver::decision::Decision;
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

use fleet::{Dice, Size, fleet};
use world::World;

const SEEDS: [u64; 3] = [1, 2, 3];
/// Steady ticks measured a seed.
const TICKS: usize = 5;
/// Ticks after which a world is expected to have done all that a plan asks for.
const SETTLED_AFTER: usize = 20;

fn main() {
    let asked: Vec<u64> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    println!("backend {}", spillway_solver::versions().backend);
    for (workloads, private_clusters, public_clusters) in [(100, 2, 1), (1_000, 6, 4)] {
        if asked.is_empty() || asked.contains(&workloads) {
            let size = Size {
                workloads,
                private_clusters,
                public_clusters,
            };
            println!("\n{workloads} workloads, {} groups", size.groups());
            println!("{HEAD}");
            for seed in SEEDS {
                run(size, seed);
            }
        }
    }
}

fn run(size: Size, seed: u64) {
    let mut dice = Dice(seed);
    let fleet = fleet(size, &mut dice);
    let mut world = World::new(fleet, &mut dice);
    world.adopt(&mut dice);
    let mut memory = Memory::default();
    let mut adoption = Table::new(seed, "adoption, all workloads open");
    adoption.tick(&mut world, &mut memory);
    settle(&mut world, &mut memory, &mut adoption);
    adoption.print();

    let mut steady = Table::new(seed, "10 % of the workloads changed");
    let mut calm = Table::new(seed, "nothing changed");
    for _ in 0..TICKS {
        world.shake(10, &mut dice);
        steady.tick(&mut world, &mut memory);
        settle(&mut world, &mut memory, &mut steady);
        calm.tick(&mut world, &mut memory);
    }
    steady.print();
    calm.print();

    let mut shaken = Table::new(seed, "all workloads changed");
    world.shake(100, &mut dice);
    shaken.tick(&mut world, &mut memory);
    shaken.print();
}

/// Ticks until a plan asks for nothing more; what they break counts to `table`.
fn settle(world: &mut World, memory: &mut Memory, table: &mut Table) {
    for _ in 0..SETTLED_AFTER {
        let snapshot = world.snapshot();
        let decision = decide(&snapshot, &world.fleet.policy, memory);
        table.audit(&snapshot, &world.fleet.policy, memory, &decision);
        *memory = decision.memory;
        if decision.plan.steps.is_empty() {
            return;
        }
        world.follow(&decision.plan);
    }
}

/// The kernel counts a thread's CPU time to 4 ms, so what is shorter than this is repeated.
const SHORT_NS: u64 = 60_000_000;
const REPEATS: u64 = 20;

const HEAD: &str = "seed | tick | CPU ms (least, median, most) | gap % | packed over bound % | \
greedy over bound % | unserved (greedy) | methods | solves again | broken rules | digest";

/// The ticks of one kind.
struct Table {
    seed: u64,
    name: &'static str,
    cpu_us: Vec<u64>,
    gap: Vec<f64>,
    packed: Vec<f64>,
    greedy: Vec<f64>,
    unserved: u32,
    greedy_unserved: u32,
    methods: BTreeMap<&'static str, u32>,
    cuts: u32,
    broken: BTreeMap<Rule, usize>,
    digest: DefaultHasher,
}

impl Table {
    fn new(seed: u64, name: &'static str) -> Self {
        Self {
            seed,
            name,
            cpu_us: Vec::new(),
            gap: Vec::new(),
            packed: Vec::new(),
            greedy: Vec::new(),
            unserved: 0,
            greedy_unserved: 0,
            methods: BTreeMap::new(),
            cuts: 0,
            broken: BTreeMap::new(),
            digest: DefaultHasher::new(),
        }
    }

    /// Decides one tick, notes what it took, and lets it happen.
    fn tick(&mut self, world: &mut World, memory: &mut Memory) {
        let snapshot = world.snapshot();
        let policy = &world.fleet.policy;
        let before = cpu_ns();
        let decision = decide(&snapshot, policy, memory);
        let mut took = cpu_ns() - before;
        if took < SHORT_NS {
            let before = cpu_ns();
            for _ in 0..REPEATS {
                black_box(decide(&snapshot, policy, memory));
            }
            took = (cpu_ns() - before) / REPEATS;
        }
        self.cpu_us.push(took / 1_000);
        self.audit(&snapshot, policy, memory, &decision);
        self.note(&decision);
        world.follow(&decision.plan);
        *memory = decision.memory;
    }

    /// Puts a decision to the independent checker.
    fn audit(&mut self, snapshot: &Snapshot, policy: &Policy, memory: &Memory, of: &Decision) {
        let text = serde_json::to_string(of).expect("a decision is written as JSON");
        self.digest.write(text.as_bytes());
        if std::env::args().any(|a| a == "unchecked") {
            return;
        }
        for violation in check(snapshot, policy, memory, of) {
            if std::env::args().any(|a| a == "broken") {
                println!("{} | {} | {violation:?}", self.seed, self.name);
            }
            *self.broken.entry(violation.rule).or_default() += 1;
        }
    }

    fn note(&mut self, decision: &Decision) {
        let report = &decision.rationale.solver;
        let greedy = &decision.rationale.counterfactuals.greedy;
        let over = |cost: i64| percent(cost - report.bound.0, report.bound.0);
        self.gap.push(over(report.cost.0));
        self.packed.push(over(report.packed.0));
        self.greedy.push(over(greedy.cost.0));
        self.unserved += decision
            .plan
            .workloads
            .iter()
            .map(|w| w.unplaced)
            .sum::<u32>();
        self.greedy_unserved += greedy.unserved;
        *self.methods.entry(report.method.as_str()).or_default() += 1;
        self.cuts += report.cuts;
    }

    fn print(mut self) {
        self.cpu_us.sort_unstable();
        let ms = |us: u64| percent(i64::try_from(us).unwrap_or(0), 1_000) / 100.0;
        let (least, most) = (self.cpu_us[0], self.cpu_us[self.cpu_us.len() - 1]);
        println!(
            "{} | {} | {:.2}, {:.2}, {:.2} | {:.2} | {:.1} | {:.1} | {} ({}) | {:?} | {} | {:?} | {:016x}",
            self.seed,
            self.name,
            ms(least),
            ms(self.cpu_us[self.cpu_us.len() / 2]),
            ms(most),
            median(&mut self.gap),
            median(&mut self.packed),
            median(&mut self.greedy),
            self.unserved,
            self.greedy_unserved,
            self.methods,
            self.cuts,
            self.broken,
            self.digest.finish(),
        );
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[expect(clippy::cast_precision_loss, reason = "printed with two digits")]
fn percent(part: i64, whole: i64) -> f64 {
    part as f64 * 100.0 / whole.max(1) as f64
}

/// Nanoseconds that this thread has spent on a CPU.
fn cpu_ns() -> u64 {
    let text =
        std::fs::read_to_string("/proc/self/schedstat").expect("the benchmark needs Linux's /proc");
    let field = text.split_whitespace().next();
    field
        .and_then(|f| f.parse().ok())
        .expect("the first field is nanoseconds on the CPU")
}
