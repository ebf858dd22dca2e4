//! The bound against an exact program with whole nodes, starts and least bills, and that against what policies pay.
//! `docs/bound.md` has the distances that the test prints.

use std::io;

use spillway_records::{DecisionSink, DecisionsHeader};
use spillway_sim::config::RunConfig;
use spillway_sim::hosts::{
    Autoscaler, BurstRule, Core, HpaClusterAutoscaler, OrderedOverflow, PrivateOnly, Spillway,
    ThresholdBurst,
};
use spillway_sim::random::stream;
use spillway_sim::record::RunRecord;
use spillway_sim::time::Nanos;
use spillway_sim::trace::ArrivalSource;
use spillway_sim::world::run;
use spillway_solver::bound::{Horizon, least_cost, least_whole_cost};
use spillway_solver::decision::Decision;
use spillway_solver::policy::CapacityType;
use spillway_solver::snapshot::Snapshot;
use spillway_solver::units::{MicroUsd, MicroUsdPerHour};

use crate::fixture::{Given, Script, config};

/// Keeps the work that the bound was made of.
#[derive(Default)]
struct Keep(Option<Horizon>);

impl DecisionSink for Keep {
    fn begin(&mut self, _: &DecisionsHeader) -> io::Result<()> {
        Ok(())
    }

    fn tick(&mut self, _: &Snapshot, _: &Decision) -> io::Result<()> {
        Ok(())
    }

    fn judged(&mut self, work: &Horizon) {
        self.0 = Some(work.clone());
    }
}

/// What a run paid, and the least of it by both programs.
struct Judged {
    record: RunRecord,
    paid: i64,
    work: Horizon,
    relaxed: i64,
    whole: i64,
}

/// Bins of the exact program, in those of the bound: 17 s.
const JOINED: usize = 16;

/// Roundings of the world's bills and of the programs, which count parts of a bin, micro-USD.
const ROUNDING: i64 = 1_000;

/// `None` where the exact program took too long.
fn judge(
    config: &RunConfig,
    load: impl ArrivalSource,
    policy: &mut dyn Autoscaler,
) -> Option<Judged> {
    let mut kept = Keep::default();
    let record = run(config, load, policy, &mut kept, &mut |_| {}).expect("a sound run");
    let work = kept.0.expect("every run is judged").joined(JOINED);
    let whole = least_whole_cost(&work).ok()?.0;
    Some(Judged {
        paid: record.summary.money.total().0,
        relaxed: least_cost(&work).0,
        whole,
        work,
        record,
    })
}

/// Few nodes of two kinds in the cloud, one or two at home, one workload or two; all drawn.
fn small_world(seed: u64) -> RunConfig {
    use rand::RngExt;
    let mut random = stream(seed, "test", "world");
    let mut config = config(random.random_range(0..3), 0, "horizon: 10m\n");
    let boot = 1_000 * random.random_range(0..70);
    let cloud = &mut config.policy.clusters[1].groups;
    (cloud[0].boot.p50_ms.0, cloud[0].boot.p95_ms.0) = (boot, boot);
    let mut large = cloud[0].clone();
    large.name = "large".into();
    large.allocatable.cpu_milli.0 = 1_000 * random.random_range(3..6);
    large.price.0 = large.price.0 * random.random_range(12..30) / 10;
    cloud.push(large);
    config.policy.clusters[0].marginal_per_core = MicroUsdPerHour(random.random_range(0..90_000));
    if random.random() {
        let mut other = config.policy.workloads[0].clone();
        other.id = "shop/other".into();
        other.requests.cpu_milli.0 = 100 * random.random_range(3..19);
        config.policy.workloads.push(other);
    }
    config
}

/// Requests of some seconds in the first minutes, so that all of them can be done by the end.
fn small_load(seed: u64, workloads: usize) -> Given {
    use rand::RngExt;
    let mut random = stream(seed, "test", "load");
    let mut at = 0;
    let gap = random.random_range(400..4_000);
    let takes = random.random_range(500..9_000);
    let mut arrivals = Vec::new();
    while at < 240_000 {
        at += random.random_range(0..2 * gap);
        arrivals.push(spillway_sim::trace::Arrival {
            at: Nanos::from_millis(at),
            service: Nanos::from_millis(takes),
            workload: random.random_range(0..u32::try_from(workloads).expect("two at most")),
            class: 0,
            bytes: 0,
        });
    }
    Given::named(arrivals, &["worker", "other"][..workloads])
}

fn policies(config: &RunConfig) -> [Box<dyn Autoscaler + 'static>; 5] {
    let policy = &config.policy;
    let rule = BurstRule {
        queue_above: 5,
        ..BurstRule::default()
    };
    [
        Box::new(Spillway::new(&Core, policy.clone())),
        Box::new(ThresholdBurst::new(policy, rule)),
        Box::new(HpaClusterAutoscaler::new(policy)),
        Box::new(OrderedOverflow::new(policy)),
        Box::new(PrivateOnly::new(policy)),
    ]
}

/// Whether one run did all that another did, and as well.
fn serves_at_least_as_well(one: &RunRecord, other: &RunRecord) -> bool {
    let of = |record: &RunRecord| {
        let workloads = record.workloads.iter();
        let figures = workloads.map(|workload| {
            (
                workload.requests.queued + workload.requests.in_service + workload.requests.dropped,
                workload.objective.requests_late,
                workload.queue_delay.max_us,
            )
        });
        figures.collect::<Vec<_>>()
    };
    let pairs = of(one).into_iter().zip(of(other));
    // Requests of a workload take the same time, so that as many late ones are as much late work.
    pairs
        .into_iter()
        .all(|(one, other)| one.0 == 0 && other.0 == 0 && one.1 <= other.1 && one.2 <= other.2)
}

#[expect(clippy::cast_precision_loss, reason = "small sums of money")]
fn ratio(a: i64, b: i64) -> f64 {
    a as f64 / b as f64
}

/// Middle of the values, which are sorted.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[test]
fn the_bound_is_below_the_exact_program_and_that_below_every_policy_that_serves_as_well() {
    let (mut solved, mut pairs) = (0, 0);
    let (mut whole_by_bound, mut paid_by_whole) = (Vec::new(), Vec::new());
    for seed in 0..40 {
        let config = small_world(seed);
        let runs = policies(&config).into_iter().filter_map(|mut policy| {
            let load = small_load(seed, config.policy.workloads.len());
            judge(&config, load, policy.as_mut())
        });
        let runs: Vec<Judged> = runs.collect();
        solved += runs.len();
        for run in &runs {
            let name = format!("seed {seed}, {}", run.record.meta.autoscaler);
            let bound = run.record.summary.bound.expect("every run has a bound");
            assert!(bound.least.0 <= run.paid, "{name}");
            assert!(
                run.relaxed <= run.whole + ROUNDING,
                "{name}: {} above {}",
                run.relaxed,
                run.whole
            );
            assert!(
                run.whole <= run.paid + ROUNDING,
                "{name}: {} above {}",
                run.whole,
                run.paid
            );
            if run.relaxed > 1_000 {
                whole_by_bound.push(ratio(run.whole, run.relaxed));
                paid_by_whole.push(ratio(run.paid, run.whole));
            }
            for other in &runs {
                if serves_at_least_as_well(&other.record, &run.record) {
                    pairs += 1;
                    assert!(
                        run.whole <= other.paid + ROUNDING,
                        "{name}: {} above {} of {}",
                        run.whole,
                        other.paid,
                        other.record.meta.autoscaler
                    );
                }
            }
        }
    }
    println!(
        "{solved} of 200 runs solved, {pairs} pairs; of {} with rented work: exact by bound {:.2} (at most {:.2}), paid by exact {:.2}",
        whole_by_bound.len(),
        median(&mut whole_by_bound),
        whole_by_bound.last().copied().unwrap_or(f64::NAN),
        median(&mut paid_by_whole),
    );
    assert!(solved > 150 && pairs > 200 && whole_by_bound.len() > 50);
}

/// Eight minutes with work for one replica at home, and a rush in the middle.
fn rush() -> Given {
    let calm = (0..48).map(|n| (n * 10_000, 8_000));
    let rush = (0..60).map(|n| (120_000 + n * 2_000, 8_000));
    let mut requests: Vec<(u64, u64)> = calm.chain(rush).collect();
    requests.sort_unstable();
    Given::millis(&requests)
}

#[test]
fn each_rule_that_the_bound_leaves_out_puts_it_lower_and_the_best_script_is_near_the_exact_program()
{
    let mut config = config(1, 1, "tick: 30s\nhorizon: 600s\n");
    config.policy.clusters[0].groups[0].allocatable.pods = 1;
    let mut cheapest: Option<Judged> = None;
    // So many replicas in the cloud from a tick of the second minute on to another.
    for replicas in 1..=4 {
        for from in 2..=5_i64 {
            for until in from + 2..=14 {
                let script = vec![(30 * from, "cloud", replicas), (30 * until, "cloud", 0)];
                let judged = judge(&config, rush(), &mut Script(script));
                let Some(judged) = judged else { continue };
                let requests = judged.record.summary.requests;
                // A minute and a half is as long as anybody may wait.
                let waits = judged.record.summary.queue_delay.max_us > 90_000_000;
                if requests.done < requests.arrived || waits {
                    continue;
                }
                if cheapest.as_ref().is_none_or(|best| judged.paid < best.paid) {
                    cheapest = Some(judged);
                }
            }
        }
    }
    let best = cheapest.expect("some script serves all in time");
    let without = |change: &dyn Fn(&mut Horizon)| {
        let mut work = best.work.clone();
        change(&mut work);
        least_whole_cost(&work).expect("it is small").0
    };
    let each = |set: fn(&mut spillway_solver::bound::Nodes)| {
        without(&|work: &mut Horizon| work.rented.iter_mut().for_each(set))
    };
    let whole_nodes = each(|nodes| (nodes.start_ns, nodes.least_paid_ns) = (0, 0));
    let with_bills = each(|nodes| nodes.start_ns = 0);
    let with_starts = each(|nodes| nodes.least_paid_ns = 0);
    println!(
        "bound {}, whole nodes {whole_nodes}, with least bills {with_bills}, with starts {with_starts}, with both {}, best script {}",
        best.relaxed, best.whole, best.paid
    );
    let order = [best.relaxed, whole_nodes, with_bills, best.whole, best.paid];
    assert!(
        order.windows(2).all(|pair| pair[0] <= pair[1] + ROUNDING),
        "{order:?}"
    );
    assert!(whole_nodes <= with_starts + ROUNDING && with_starts <= best.whole + ROUNDING);
    assert!(with_starts > best.relaxed, "starting is not free");
    assert!(ratio(best.paid, best.whole) < 2.0, "{order:?}");
}

#[test]
fn a_kind_of_node_that_is_up_at_the_start_has_no_start_to_pay_for() {
    let mut config = config(0, 0, "    groups: [{name: nodes, initialNodes: 1}]\n");
    config.world.workloads[0].initial[0].cluster = "cloud".into();
    config.world.workloads[0].initial[0].replicas = 2;
    let requests: Vec<(u64, u64)> = (0..60).map(|n| (n * 2_000, 4_000)).collect();
    let judged = judge(&config, Given::millis(&requests), &mut Script(Vec::new()));
    let judged = judged.expect("it is small");
    let rented = judged.work.rented.first().expect("a kind");
    assert_eq!((rented.start_ns, rented.least_paid_ns), (0, 60_000_000_000));
    assert!(judged.whole <= judged.paid + ROUNDING);
    assert_eq!(
        config.policy.clusters[1].groups[0].capacity_type,
        CapacityType::OnDemand
    );
    assert!(judged.record.summary.money.total() > MicroUsd(0));
}
