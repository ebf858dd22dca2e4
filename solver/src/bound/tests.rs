//! The closed form against linear and integer programs, and the laws that a bound obeys.

use proptest::prelude::*;

use super::*;
use crate::placement::lp::{Bound, Kind, Model, Row, Var, minimise};
use crate::units::MilliCpu;

const HOUR: u128 = 3_600_000_000_000;
const HOUR_NS_U64: u64 = 3_600_000_000_000;

fn amounts(cpu_milli: u64, memory_bytes: u64, pods: u32) -> Resources {
    Resources {
        cpu_milli: MilliCpu(cpu_milli),
        memory_bytes: Bytes(memory_bytes),
        pods,
        ..Resources::default()
    }
}

/// Bins of an hour and whole replica-hours, so that an integer program has its optimum there.
fn horizons() -> impl Strategy<Value = Horizon> {
    let sizes = || (1_u64..5, 1_u64..5);
    let kinds = |rented: bool| {
        let counts = prop::collection::vec((sizes(), 1_u32..3, 1_i64..9), 1..3);
        counts.prop_map(move |kinds| {
            let kind = |((cpu, memory), count, price)| Nodes {
                room: amounts(cpu + 3, memory + 3, 6),
                count,
                price: MicroUsdPerHour(if rented { 1_000_000 * price } else { 0 }),
                marginal_per_core: MicroUsdPerHour(if rented { 0 } else { 90_000 * price }),
                takes: vec![true; 4],
                ..Nodes::default()
            };
            kinds.into_iter().map(kind).collect::<Vec<Nodes>>()
        })
    };
    let bins = prop::collection::vec((0_u128..5, 0_u128..4), 5);
    let work = (sizes(), bins, 0_u128..3).prop_map(|((cpu, memory), bins, unserved)| {
        let (mut arrived, mut due) = (0, 0);
        let mut work = Work {
            replica: amounts(cpu, memory, 1),
            ..Work::default()
        };
        for (more, slack) in bins {
            arrived += more;
            due = arrived.saturating_sub(slack + unserved).max(due);
            work.arrived.push(arrived * HOUR);
            work.due.push(due * HOUR);
        }
        work.served = arrived.saturating_sub(unserved).max(due) * HOUR;
        work
    });
    let works = prop::collection::vec(work, 1..4);
    (kinds(false), kinds(true), works).prop_map(|(owned, rented, works)| Horizon {
        bin_ns: 3_600_000_000_000,
        owned,
        rented,
        works,
    })
}

fn hours(work: u128) -> i64 {
    i64::try_from(work / HOUR).expect("few hours")
}

/// A model under construction: variables with costs in pico-USD, and rows.
#[derive(Default)]
struct Program {
    model: Model,
    objective: Vec<(usize, i64)>,
}

impl Program {
    fn var(&mut self, upper: i64, cost: i64) -> usize {
        self.model.vars.push(Var { lower: 0, upper });
        let var = self.model.vars.len() - 1;
        self.objective.push((var, cost));
        var
    }

    fn row(&mut self, terms: Vec<(usize, i64)>, bound: Bound) {
        self.model.rows.push(Row { terms, bound });
    }

    /// Work is done between its arrival and its due time, whoever does it.
    fn in_time(&mut self, work: &Work, done_in: &[Vec<usize>]) {
        let curve = Curve::new(work);
        let mut so_far = Vec::new();
        for (bin, vars) in done_in.iter().enumerate() {
            so_far.extend(vars.iter().map(|var| (*var, 1)));
            let (due, arrived) = curve.at(bin);
            self.row(so_far.clone(), Bound::Least(hours(due)));
            self.row(so_far.clone(), Bound::Most(hours(arrived)));
        }
    }

    fn optimum(&self, kind: Kind) -> Result<f64, String> {
        let solved = minimise(&self.model, &self.objective, kind)?;
        Ok(solved.objective)
    }
}

fn pico(cost: i128) -> i64 {
    i64::try_from(cost).expect("small prices")
}

/// The program in the head of the module, under one measure of rented and one of owned nodes.
fn under(horizon: &Horizon, rents: &[Option<i128>], measure: &Measure) -> Program {
    let mut program = Program::default();
    let home = home_costs(horizon);
    let bins = horizon.works[0].arrived.len();
    let mut used = vec![Vec::new(); bins];
    for (index, work) in horizon.works.iter().enumerate() {
        let size = small(measure.size(&work.replica));
        let mut done_in = Vec::new();
        for in_bin in &mut used {
            let mut here = Vec::new();
            if let Some(cost) = home[index] {
                let var = program.var(1_000, pico(cost));
                in_bin.push((var, size));
                here.push(var);
            }
            if let Some(cost) = rents[index] {
                here.push(program.var(1_000, pico(cost)));
            }
            done_in.push(here);
        }
        program.in_time(work, &done_in);
    }
    let all: BTreeSet<usize> = (0..horizon.works.len()).collect();
    let room = i64::try_from(room(horizon, &all, measure)).expect("small");
    for terms in used {
        program.row(terms, Bound::Most(room));
    }
    program
}

/// Every node kind under all measures at once; replicas and nodes by the hour.
fn in_full(horizon: &Horizon) -> Program {
    let mut program = Program::default();
    let measures = Measure::all(&horizon.works);
    let bins = horizon.works[0].arrived.len();
    let mut done_in = vec![vec![Vec::new(); horizon.works.len()]; bins];
    let kinds = horizon.owned.iter().map(|nodes| (nodes, false));
    for (nodes, rented) in kinds.chain(horizon.rented.iter().map(|nodes| (nodes, true))) {
        for in_bin in &mut done_in {
            let price = if rented { nodes.price.0 * 1_000_000 } else { 0 };
            let most = if rented {
                1_000
            } else {
                i64::from(nodes.count)
            };
            let count = program.var(most, price);
            let mut rows = vec![Vec::new(); measures.len()];
            for (index, work) in horizon.works.iter().enumerate() {
                if !nodes.take(index, work) {
                    continue;
                }
                let cost = pico(nodes.use_price(work).cast_signed());
                let var = program.var(1_000, cost);
                in_bin[index].push(var);
                for (row, measure) in rows.iter_mut().zip(&measures) {
                    row.push((var, small(measure.size(&work.replica))));
                }
            }
            for (mut row, measure) in rows.into_iter().zip(&measures) {
                row.push((count, -small(measure.size(&nodes.room))));
                program.row(row, Bound::Most(0));
            }
        }
    }
    for (index, work) in horizon.works.iter().enumerate() {
        let by_it: Vec<Vec<usize>> = done_in.iter().map(|bin| bin[index].clone()).collect();
        program.in_time(work, &by_it);
    }
    program
}

fn small(size: u64) -> i64 {
    i64::try_from(size).expect("small")
}

#[expect(clippy::cast_precision_loss, reason = "small sums of money")]
fn float(micro: i128) -> f64 {
    micro as f64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_closed_form_is_the_optimum_of_the_linear_program(horizon in horizons()) {
        let curves = curves(&horizon);
        let measures = Measure::all(&horizon.works);
        for rented in &measures {
            let rents = rents(&horizon, rented);
            let all_rented = everything_rented(&horizon, &curves, &rents);
            for measure in &measures {
                let saved = saved_at_home(&horizon, &curves, &rents, measure, &mut BTreeMap::new());
                let found = float((all_rented - saved) / HOUR_NS);
                let optimum = under(&horizon, &rents, measure).optimum(Kind::Relaxed);
                let optimum = optimum.expect("rented nodes take everything");
                prop_assert!(
                    (found - optimum).abs() <= 1e-6 * optimum + 100.0,
                    "{rented:?} {measure:?}: {found} and {optimum}"
                );
            }
        }
    }

    #[test]
    fn the_bound_is_below_the_program_of_all_measures_and_that_below_whole_nodes_and_replicas(
        mut horizon in horizons(),
        takes in prop::collection::vec(any::<bool>(), 12),
    ) {
        // Some nodes refuse some work; the first rented kind and its works stay feasible.
        let kinds = horizon.owned.iter_mut().chain(horizon.rented.iter_mut().skip(1));
        for (kind, takes) in kinds.zip(takes.chunks(3)) {
            kind.takes = takes.to_vec();
        }
        let bound = float(least_cost(&horizon).0.into()) * 1e6;
        let program = in_full(&horizon);
        let relaxed = program.optimum(Kind::Relaxed).expect("rented nodes take everything");
        prop_assert!(bound <= relaxed * (1.0 + 1e-7), "{bound} above {relaxed}");
        if let Ok(whole) = program.optimum(Kind::Integer) {
            prop_assert!(relaxed <= whole * (1.0 + 1e-7), "{relaxed} above {whole}");
        }
    }

    #[test]
    fn the_bound_is_below_whole_nodes_and_slower_starts_and_longer_bills_only_cost_more(
        mut horizon in horizons(),
        (start, paid) in (0_u64..3, 0_u64..4),
    ) {
        for kind in &mut horizon.rented {
            kind.count = 1_000;
        }
        let plain = least_whole_cost(&horizon);
        for kind in &mut horizon.rented {
            (kind.start_ns, kind.least_paid_ns) = (start * HOUR_NS_U64, paid * HOUR_NS_U64);
        }
        // Where nothing starts in time, or the search is too long, there is nothing to compare.
        let (Ok(plain), Ok(whole)) = (plain, least_whole_cost(&horizon)) else {
            return Ok(());
        };
        let slack = MicroUsd(1 + plain.0 / 500_000);
        let bound = least_cost(&horizon);
        prop_assert!(bound.0 <= plain.0 + slack.0, "{bound:?} above {plain:?}");
        prop_assert!(plain.0 <= whole.0 + slack.0, "{plain:?} above {whole:?}");
    }

    #[test]
    fn what_fits_a_node_in_every_resource_fits_it_in_every_measure(
        replicas in prop::collection::vec((1_u64..9, 1_u64..9, 0_u64..3), 1..5),
        room in (1_u64..30, 1_u64..30, 0_u64..6),
        order in prop::collection::vec(0_usize..5, 12),
    ) {
        let with_gpu = |(cpu, memory, gpu), pods| {
            let mut amounts = amounts(cpu, memory, pods);
            amounts.extended.insert("gpu".to_owned(), gpu);
            amounts
        };
        let room = with_gpu(room, 5);
        let works: Vec<Work> = replicas.iter().map(|replica| Work {
            replica: with_gpu(*replica, 1),
            ..Work::default()
        }).collect();
        let mut free = room.clone();
        let mut on_it = Vec::new();
        for index in order {
            let replica = &works[index % works.len()].replica;
            if free.fits(replica) > 0 {
                free = free.minus(replica);
                on_it.push(replica);
            }
        }
        for measure in Measure::all(&works) {
            let taken: u64 = on_it.iter().map(|replica| measure.size(replica)).sum();
            prop_assert!(taken <= measure.size(&room), "{measure:?}");
        }
    }

    #[test]
    fn more_room_or_time_never_raises_it_and_dearer_nodes_or_more_work_never_lower_it(
        horizon in horizons(),
    ) {
        let bound = least_cost(&horizon);
        let changed = |change: &dyn Fn(&mut Horizon)| {
            let mut horizon = horizon.clone();
            change(&mut horizon);
            least_cost(&horizon)
        };
        prop_assert!(changed(&|horizon| horizon.owned[0].count += 1) <= bound);
        prop_assert!(changed(&|horizon| horizon.works[0].due.fill(0)) <= bound);
        prop_assert!(changed(&|horizon| horizon.rented[0].price.0 += 500_000) >= bound);
        prop_assert!(changed(&|horizon| horizon.owned[0].marginal_per_core.0 += 500_000) >= bound);
        prop_assert!(changed(&|horizon| horizon.works.push(horizon.works[0].clone())) >= bound);
    }
}

/// One work of one-core replicas, two owned cores, rented nodes of two cores at 2 USD an hour.
fn plain(arrived: &[u128], due: &[u128]) -> Horizon {
    let nodes = |count, price| Nodes {
        room: amounts(2_000, 100, 10),
        count,
        price: MicroUsdPerHour(price),
        takes: vec![true],
        ..Nodes::default()
    };
    let hours = |hours: &[u128]| hours.iter().map(|hours| hours * HOUR).collect();
    Horizon {
        bin_ns: 3_600_000_000_000,
        owned: vec![nodes(1, 0)],
        rented: vec![nodes(0, 2_000_000)],
        works: vec![Work {
            replica: amounts(1_000, 1, 1),
            served: arrived.last().map_or(0, |hours| hours * HOUR),
            arrived: hours(arrived),
            due: hours(due),
            ..Work::default()
        }],
    }
}

#[test]
fn what_owned_nodes_cannot_do_in_time_is_rented_by_the_share_of_a_node() {
    let cases: [(&str, &[u128], &[u128], i64); 5] = [
        ("nothing", &[], &[], 0),
        ("it fits", &[2, 4], &[2, 4], 0),
        ("an hour too much, which may wait", &[3, 4], &[0, 4], 0),
        (
            "an hour too much, which may not",
            &[3, 4],
            &[3, 4],
            1_000_000,
        ),
        ("at the end nothing can wait", &[0, 6], &[0, 0], 4_000_000),
    ];
    for (name, arrived, due, expected) in cases {
        assert_eq!(
            least_cost(&plain(arrived, due)),
            MicroUsd(expected),
            "{name}"
        );
    }
}

#[test]
fn a_node_has_room_for_whole_replicas_only() {
    let mut horizon = plain(&[0, 6], &[0, 0]);
    horizon.works[0].replica.cpu_milli.0 = 1_200;
    assert_eq!(
        least_cost(&horizon),
        MicroUsd(10_000_000),
        "two replicas by the core, but one a node"
    );
}

#[test]
fn what_only_owned_nodes_take_costs_what_they_cost_and_takes_their_room_first() {
    let mut horizon = plain(&[4, 4], &[4, 4]);
    horizon.owned[0].takes = vec![true; 2];
    horizon.owned[0].marginal_per_core = MicroUsdPerHour(10_000);
    let mut bound_to_home = horizon.works[0].clone();
    bound_to_home.served = 2 * HOUR;
    horizon.works.push(bound_to_home);
    // 2 hours at home at 0.01, 4 rented at 1.
    assert_eq!(least_cost(&horizon), MicroUsd(4_020_000));
}

#[test]
fn a_whole_node_is_paid_for_its_start_and_its_least_time() {
    // An owned node of two cores, and in the third hour three hours of work of one core each.
    let mut horizon = plain(&[0, 0, 3, 3, 3, 3], &[0, 0, 3, 3, 3, 3]);
    horizon.rented[0].count = 5;
    let whole = |change: &dyn Fn(&mut Nodes)| {
        let mut horizon = horizon.clone();
        change(&mut horizon.rented[0]);
        // To the micro-dollar; solvers are not more exact.
        least_whole_cost(&horizon).map(|cost| (cost.0 + 10) / 1_000 * 1_000)
    };
    assert_eq!(least_cost(&horizon), MicroUsd(1_000_000), "half a node");
    // The bins do not say that the node cannot serve on both cores in half of the hour.
    assert_eq!(whole(&|_| {}), Ok(1_000_000));
    assert_eq!(
        whole(&|nodes| nodes.start_ns = HOUR_NS_U64),
        Ok(3_000_000),
        "an hour to start, half an hour of work on both cores"
    );
    assert_eq!(
        whole(&|nodes| nodes.least_paid_ns = 2 * HOUR_NS_U64),
        Ok(4_000_000)
    );
    assert!(
        whole(&|nodes| nodes.start_ns = 4 * HOUR_NS_U64).is_err(),
        "it cannot be there in time"
    );
}

#[test]
fn on_a_node_run_the_replicas_that_fit_together() {
    // 3 + 3 of 5 do not fit, 3 + 2 do: beside a replica of the first work there is room for one
    // of the second, and two of the second take a node of their own.
    let mut horizon = plain(&[1], &[1]);
    horizon.owned[0].count = 0;
    horizon.rented[0].room.cpu_milli.0 = 5_000;
    horizon.rented[0].count = 9;
    horizon.works[0].replica.cpu_milli.0 = 3_000;
    let mut second = horizon.works[0].clone();
    second.replica.cpu_milli.0 = 2_000;
    second.served = 3 * HOUR;
    (second.arrived, second.due) = (vec![3 * HOUR], vec![3 * HOUR]);
    horizon.works.push(second);
    horizon.rented[0].takes = vec![true; 2];
    let whole = least_whole_cost(&horizon).expect("it is small").0;
    assert!(
        (whole - 4_000_000).abs() < 10,
        "one hour of both, one of two: {whole}"
    );
}
