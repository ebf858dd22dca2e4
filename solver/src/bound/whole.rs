//! The same with whole nodes, which take time to start and are paid for a while at least: a
//! mixed-integer program, for short horizons.
//!
//! A check of [`super::least_cost`], which leaves all of that out, and a measure of how much it
//! leaves out. It is below every policy's cost as well; `docs/bound.md` says why.

use super::{Horizon, Nodes, PICO, curves, home::Curve, unsigned};
use crate::placement::lp::{Bound, Model, Row, Var, minimise_mixed};
use crate::resources::Resources;
use crate::units::MicroUsd;

/// Work and time are counted in so many parts of a bin. More are more exact, but solvers like
/// numbers of one size.
const PARTS: u64 = 64;
const BIN: i64 = PARTS.cast_signed();
/// Nanoseconds in an hour.
const HOUR_NS: u128 = 3_600_000_000_000;

/// The least that any policy pays for whole nodes that does the work in time, rounded down.
///
/// # Errors
///
/// In the solver's words where it found no optimum: as a rule the horizon is too long, and has
/// to be [joined](Horizon::joined) into fewer bins or cut.
pub fn least_whole_cost(horizon: &Horizon) -> Result<MicroUsd, String> {
    let curves = curves(horizon);
    let mut program = Program::default();
    let bins = horizon.works.iter().map(|work| work.arrived.len()).min();
    let bins = bins.unwrap_or(0);
    // The program takes the first variables as whole.
    let whole: Vec<Whole> = horizon
        .rented
        .iter()
        .map(|_| Whole::new(&mut program, bins))
        .collect();
    let integers = program.model.vars.len();
    let mut done_in = vec![vec![Vec::new(); bins]; horizon.works.len()];
    for nodes in &horizon.owned {
        program.served(horizon, nodes, &mut done_in);
    }
    for (nodes, whole) in horizon.rented.iter().zip(&whole) {
        let served = program.served(horizon, nodes, &mut done_in);
        program.rented(horizon, nodes, whole, &served);
    }
    for (curve, done_in) in curves.iter().zip(&done_in) {
        program.in_time(&Part::of(horizon), curve, done_in);
    }
    let solved = minimise_mixed(&program.model, &program.objective, integers)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast saturates, and a cost of that size is none of a short horizon"
    )]
    let micro = (solved.objective * (1.0 - PRECISION) / PER_MICRO).floor() as i64;
    Ok(MicroUsd(micro.max(0)))
}

/// What a solver's optimum may be off by: tolerances of 1e-7 a row. Taken off, as this is a lower
/// bound.
const PRECISION: f64 = 1e-6;
/// Costs are counted in so many pico-dollars. What a replica of a few milli-cores costs for a part
/// of a bin is some micro-dollars: rounded to nano-dollars it is off by more than [`PRECISION`].
const UNIT_PICO: u128 = 10;
/// Units in a micro-dollar.
const PER_MICRO: f64 = 1e5;

/// Nodes of one kind in each bin, as variables: those paid for at some moment of it, and those
/// ordered in it.
struct Whole {
    paid_for: Vec<usize>,
    ordered: Vec<usize>,
}

impl Whole {
    fn new(program: &mut Program, bins: usize) -> Self {
        let mut each_bin = || (0..bins).map(|_| program.var(MOST_NODES, 0)).collect();
        Self {
            paid_for: each_bin(),
            ordered: each_bin(),
        }
    }
}

/// More nodes than a short horizon needs; solvers want an end.
const MOST_NODES: i64 = 10_000;
/// More parts than all nodes of a short horizon have.
const MOST_TIME: i64 = 1 << 30;

type Terms = Vec<(usize, i64)>;

#[derive(Default)]
struct Program {
    model: Model,
    objective: Terms,
}

impl Program {
    fn var(&mut self, upper: i64, cost: i64) -> usize {
        self.model.vars.push(Var { lower: 0, upper });
        let var = self.model.vars.len() - 1;
        if cost > 0 {
            self.objective.push((var, cost));
        }
        var
    }

    fn row(&mut self, terms: Terms, bound: Bound) {
        self.model.rows.push(Row { terms, bound });
    }

    /// The time for which nodes of a kind serve in each bin, by what runs on them at once. Adds
    /// the work that is done of each workload to `done_in`.
    fn served(
        &mut self,
        horizon: &Horizon,
        nodes: &Nodes,
        done_in: &mut [Vec<Vec<usize>>],
    ) -> Vec<Terms> {
        let patterns = patterns(horizon, nodes);
        let part = Part::of(horizon);
        let most = i64::from(nodes.count).saturating_mul(BIN);
        let mut served = Vec::new();
        for bin in 0..done_in.first().map_or(0, Vec::len) {
            let spent: Vec<usize> = patterns.iter().map(|_| self.var(MOST_TIME, 0)).collect();
            for (index, work) in horizon.works.iter().enumerate() {
                if !nodes.take(index, work) {
                    continue;
                }
                let done = self.var(MOST_TIME, part.price(nodes.use_price(work)));
                let mut row: Terms = vec![(done, 1)];
                let here = spent.iter().zip(&patterns);
                row.extend(here.map(|(var, pattern)| (*var, -i64::from(pattern[index]))));
                self.row(row, Bound::Most(0));
                done_in[index][bin].push(done);
            }
            let terms: Terms = spent.into_iter().map(|var| (var, 1)).collect();
            self.row(terms.clone(), Bound::Most(most));
            served.push(terms);
        }
        served
    }

    /// What rented nodes of a kind are paid for, and when they serve.
    fn rented(&mut self, horizon: &Horizon, nodes: &Nodes, whole: &Whole, served: &[Terms]) {
        let part = Part::of(horizon);
        let price = part.price(unsigned(nodes.price.0) * PICO);
        let least_paid = part.in_span(nodes.least_paid_ns.into());
        let start = part.in_span(nodes.start_ns.into());
        let bins = served.len();
        let paid: Vec<usize> = (0..bins).map(|_| self.var(MOST_TIME, price)).collect();
        let Whole { paid_for, ordered } = whole;
        let starts = part.whole_bins(nodes.start_ns);
        // A node that serves is there for longer than it starts.
        let stays = part.touched_bins(nodes.least_paid_ns).max(starts + 1);
        let sum = |vars: &[usize], factor: i64| -> Terms {
            vars.iter().map(|var| (*var, factor)).collect()
        };
        for at in 0..bins {
            // Nobody appears who was not ordered.
            let mut row = vec![(paid_for[at], 1), (ordered[at], -1)];
            if at > 0 {
                row.push((paid_for[at - 1], -1));
            }
            self.row(row, Bound::Most(0));
            // Who was ordered stays for a while.
            let mut row = sum(&ordered[(at + 1).saturating_sub(stays)..=at], 1);
            row.push((paid_for[at], -1));
            self.row(row, Bound::Most(0));
            // Who was neither ordered in this bin nor leaves in it is paid for all of it.
            if at + 1 < bins {
                let all = vec![
                    (paid_for[at + 1], BIN),
                    (ordered[at + 1], -BIN),
                    (ordered[at], -BIN),
                    (paid[at], -1),
                ];
                self.row(all, Bound::Most(0));
            }
            // By then the least of everybody who was ordered until now is paid.
            let by_then = (at + part.touched_bins(nodes.least_paid_ns)).min(bins - 1);
            let mut row = sum(&ordered[..=at], least_paid);
            row.extend(sum(&paid[..=by_then], -1));
            self.row(row, Bound::Most(0));
            // Who is starting serves not.
            let mut row = served[at].clone();
            row.push((paid_for[at], -BIN));
            row.extend(sum(&ordered[(at + 1).saturating_sub(starts)..=at], BIN));
            self.row(row, Bound::Most(0));
            // Who serves is paid.
            let mut row = served[at].clone();
            row.push((paid[at], -1));
            self.row(row, Bound::Most(0));
            // And starting was paid, too.
            let mut row: Terms = served[..=at].iter().flatten().copied().collect();
            row.extend(sum(&paid[..=at], -1));
            row.extend(sum(&ordered[..at.saturating_sub(starts)], start));
            self.row(row, Bound::Most(0));
        }
    }

    /// Work is done between its arrival and its due time, whoever does it.
    fn in_time(&mut self, part: &Part, curve: &Curve, done_in: &[Vec<usize>]) {
        let mut so_far = Terms::new();
        for (bin, vars) in done_in.iter().enumerate() {
            so_far.extend(vars.iter().map(|var| (*var, 1)));
            let (due, arrived) = curve.at(bin);
            self.row(so_far.clone(), Bound::Least(part.in_span(due)));
            self.row(so_far.clone(), Bound::Most(part.over_span(arrived)));
        }
    }
}

/// The unit of time and work: a part of a bin.
struct Part {
    bin_ns: u64,
}

impl Part {
    fn of(horizon: &Horizon) -> Self {
        Self {
            bin_ns: horizon.bin_ns.max(PARTS),
        }
    }

    /// Whole bins that pass in a span, whenever it begins.
    fn whole_bins(&self, span_ns: u64) -> usize {
        usize::try_from(span_ns / self.bin_ns).unwrap_or(usize::MAX)
    }

    /// Bins that a span touches at least.
    fn touched_bins(&self, span_ns: u64) -> usize {
        usize::try_from(span_ns.div_ceil(self.bin_ns)).unwrap_or(usize::MAX)
    }

    /// Parts in a span, rounded down.
    fn in_span(&self, span_ns: u128) -> i64 {
        signed(span_ns * u128::from(PARTS) / u128::from(self.bin_ns))
    }

    /// Parts in a span, rounded up.
    fn over_span(&self, span_ns: u128) -> i64 {
        signed((span_ns * u128::from(PARTS)).div_ceil(u128::from(self.bin_ns)))
    }

    /// Units of cost a part for pico-USD an hour, rounded down.
    fn price(&self, pico_per_hour: u128) -> i64 {
        let bin = pico_per_hour * u128::from(self.bin_ns) / HOUR_NS;
        signed(bin / u128::from(PARTS) / UNIT_PICO)
    }
}

/// What may run on a node at once: replicas of each work, as many as fit.
fn patterns(horizon: &Horizon, nodes: &Nodes) -> Vec<Vec<u32>> {
    let mut all = Vec::new();
    fill(horizon, nodes, &nodes.room, &mut Vec::new(), &mut all);
    let within = |a: &[u32], b: &[u32]| a != b && a.iter().zip(b).all(|(a, b)| a <= b);
    let full = |pattern: &&Vec<u32>| !all.iter().any(|other| within(pattern, other));
    all.iter().filter(full).cloned().collect()
}

fn fill(
    horizon: &Horizon,
    nodes: &Nodes,
    room: &Resources,
    begun: &mut Vec<u32>,
    all: &mut Vec<Vec<u32>>,
) {
    let Some(work) = horizon.works.get(begun.len()) else {
        all.push(begun.clone());
        return;
    };
    let most = if nodes.take(begun.len(), work) {
        room.fits(&work.replica)
    } else {
        0
    };
    let mut room = room.clone();
    for count in 0..=most {
        if count > 0 {
            room = room.minus(&work.replica);
        }
        begun.push(count);
        fill(horizon, nodes, &room, begun, all);
        begun.pop();
    }
}

fn signed(amount: u128) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}
