//! The least that any policy can pay for work that was done, with all of the future known.
//!
//! A lower bound for judging a policy by, no plan to follow. It is the optimum of a linear
//! program over the whole horizon, found without a solver. In bin `t` of length `b` owned nodes
//! do `h_wt` replica-time of work `w` and rented nodes `r_wt`:
//!
//! ```text
//! min  sum_wt (home_w h_wt + rent_w r_wt)
//! due_wt <= sum_{u <= t} (h_wu + r_wu) <= arrived_wt    for all w, t
//! sum_w size_w h_wt <= room b                           for all t
//! h, r >= 0
//! ```
//!
//! `size` and `room` are a measure (`measure.rs`) of replicas and nodes; every measure gives a
//! bound, the largest counts. What each relaxation leaves out, and why it only lowers the
//! optimum, is in `docs/bound.md`.
//!
//! The optimum in closed form: rented nodes do everything, less what owned nodes save. Work that
//! owned nodes can do in time is a matching of work to bins, so sets of it are a transversal
//! matroid and the greedy order is exact: the work that saves most per unit of room first. How
//! much the first `j` works together can have of the owned nodes is in `home.rs`.

mod home;
mod measure;
// The referee of these tests is the pure-Rust backend. Their programs count pico-USD, and costs of
// that size are beyond HiGHS's absolute tolerances: it ends with an error, and with none where they
// are a million times smaller, as placement's are. What is tested here calls no backend at all.
#[cfg(all(test, not(feature = "highs")))]
mod tests;
mod whole;

use std::collections::{BTreeMap, BTreeSet};

use home::Curve;
use measure::Measure;

pub use whole::least_whole_cost;

use crate::resources::Resources;
use crate::units::{Bytes, MicroUsd, MicroUsdPerHour};

/// Where work can be done, and the work.
#[derive(Clone, Debug, Default)]
pub struct Horizon {
    /// Length of a bin, nanoseconds.
    pub bin_ns: u64,
    /// Nodes that are paid whether used or not.
    pub owned: Vec<Nodes>,
    /// Nodes that are paid for while they exist. There are as many as anybody wants.
    pub rented: Vec<Nodes>,
    /// The work; [`Nodes::takes`] goes by its order.
    pub works: Vec<Work>,
}

/// Nodes of one kind.
#[derive(Clone, Debug, Default)]
pub struct Nodes {
    /// What pods may use of one node.
    pub room: Resources,
    /// Most that ever exist at once. Of rented nodes read by [`least_whole_cost`] alone.
    pub count: u32,
    /// The least that one ever costs. Not read of owned nodes.
    pub price: MicroUsdPerHour,
    /// The least that a core in use costs beyond its node.
    pub marginal_per_core: MicroUsdPerHour,
    /// The least that a GiB costs that leaves them.
    pub egress_per_gib: MicroUsd,
    /// Whether they take replicas of each work.
    pub takes: Vec<bool>,
    /// The least time from the order of a rented node until something serves on it. Read by
    /// [`least_whole_cost`] alone.
    pub start_ns: u64,
    /// The least time for which a rented node is paid. Read by [`least_whole_cost`] alone.
    pub least_paid_ns: u64,
}

impl Horizon {
    /// The same in longer bins, each of so many: a weaker bound and a smaller program.
    #[must_use]
    pub fn joined(mut self, bins: usize) -> Self {
        let bins = bins.max(1);
        let joined = |curve: &[u128]| {
            let ends = curve.chunks(bins).filter_map(|bins| bins.last());
            ends.copied().collect()
        };
        for work in &mut self.works {
            work.arrived = joined(&work.arrived);
            work.due = joined(&work.due);
        }
        let bins = u64::try_from(bins).unwrap_or(u64::MAX);
        self.bin_ns = self.bin_ns.saturating_mul(bins);
        self
    }
}

/// Work of one workload. Times are replica-nanoseconds: a replica does one in a nanosecond.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// What a replica requests.
    pub replica: Resources,
    /// The least that a replica sends in an hour of work.
    pub egress_per_hour: Bytes,
    /// The work that was done.
    pub served: u128,
    /// What had arrived by the end of each bin; more than was done if some was not.
    pub arrived: Vec<u128>,
    /// What had to be done by the end of each bin; as long as `arrived`.
    pub due: Vec<u128>,
}

/// Nanoseconds in an hour.
const HOUR_NS: i128 = 3_600_000_000_000;
/// Pico-dollars in a micro-dollar. Prices of a replica are fractions of those of nodes.
const PICO: u128 = 1_000_000;
/// Bytes in a GiB, the unit of egress prices.
const GIB: u128 = 1 << 30;

/// The least that any policy pays that does the work in time, rounded down. Pure and total.
#[must_use]
pub fn least_cost(horizon: &Horizon) -> MicroUsd {
    let curves = curves(horizon);
    let measures = Measure::all(&horizon.works);
    let rents = highest(measures.iter().map(|measure| rents(horizon, measure)));
    let mut least = 0;
    for measure in &measures {
        let mut known = BTreeMap::new();
        for rents in &rents {
            let saved = saved_at_home(horizon, &curves, rents, measure, &mut known);
            least = least.max(everything_rented(horizon, &curves, rents) - saved);
        }
    }
    let pico = least / HOUR_NS;
    MicroUsd(i64::try_from(pico / PICO.cast_signed()).unwrap_or(i64::MAX))
}

fn curves(horizon: &Horizon) -> Vec<Curve> {
    horizon.works.iter().map(Curve::new).collect()
}

/// What a replica of each work costs at least on rented nodes under a measure, pico-USD an hour;
/// `None` where no rented node takes it.
fn rents(horizon: &Horizon, measure: &Measure) -> Vec<Option<i128>> {
    cheapest(horizon, &horizon.rented, |nodes, work| {
        let share = u128::from(measure.size(&work.replica));
        let price = unsigned(nodes.price.0) * PICO;
        // A measure under which a node has no room gives replicas no size: they cost nothing.
        (price * share)
            .checked_div(u128::from(measure.size(&nodes.room)))
            .unwrap_or(0)
    })
}

/// Those costs that are not below others in every work: dearer nodes never lower a bound.
fn highest(costs: impl Iterator<Item = Vec<Option<i128>>>) -> Vec<Vec<Option<i128>>> {
    let below = |a: &[Option<i128>], b: &[Option<i128>]| a.iter().zip(b).all(|(a, b)| a <= b);
    let mut highest: Vec<Vec<Option<i128>>> = Vec::new();
    for costs in costs {
        if highest.iter().any(|other| below(&costs, other)) {
            continue;
        }
        highest.retain(|other| !below(other, &costs));
        highest.push(costs);
    }
    highest
}

/// What a replica of each work costs at least on owned nodes, pico-USD an hour.
fn home_costs(horizon: &Horizon) -> Vec<Option<i128>> {
    cheapest(horizon, &horizon.owned, |_, _| 0)
}

fn cheapest(
    horizon: &Horizon,
    kinds: &[Nodes],
    node_price: impl Fn(&Nodes, &Work) -> u128,
) -> Vec<Option<i128>> {
    let works = horizon.works.iter().enumerate();
    let cheapest = works.map(|(index, work)| {
        let takers = kinds.iter().filter(|nodes| nodes.take(index, work));
        let costs = takers.map(|nodes| node_price(nodes, work) + nodes.use_price(work));
        costs.min().map(u128::cast_signed)
    });
    cheapest.collect()
}

impl Nodes {
    /// Whether a replica may run on one of these, and fits.
    fn take(&self, index: usize, work: &Work) -> bool {
        self.takes.get(index).copied().unwrap_or(false) && self.room.fits(&work.replica) > 0
    }

    /// What a replica costs beyond its node, pico-USD an hour, rounded down.
    fn use_price(&self, work: &Work) -> u128 {
        let cores = unsigned(self.marginal_per_core.0) * u128::from(work.replica.cpu_milli.0);
        let egress = unsigned(self.egress_per_gib.0) * u128::from(work.egress_per_hour.0);
        cores * (PICO / 1_000) + egress * PICO / GIB
    }
}

/// The cost of doing everything on rented nodes that these take, and the rest on owned ones;
/// pico-USD an hour x nanoseconds.
fn everything_rented(horizon: &Horizon, curves: &[Curve], rents: &[Option<i128>]) -> i128 {
    let home = home_costs(horizon);
    let costs = rents.iter().zip(&home).map(|(rent, home)| rent.or(*home));
    let costs = curves.iter().zip(costs);
    costs
        .map(|(curve, cost)| cost.unwrap_or(0) * curve.served().cast_signed())
        .sum()
}

/// What owned nodes save at most under a measure, in the same unit, rounded up.
///
/// `known` keeps what sets of works can have of the owned nodes under this measure.
fn saved_at_home(
    horizon: &Horizon,
    curves: &[Curve],
    rents: &[Option<i128>],
    measure: &Measure,
    known: &mut BTreeMap<BTreeSet<usize>, u128>,
) -> i128 {
    let mut saved = 0;
    let mut before = 0;
    let mut first = BTreeSet::new();
    for (index, saving) in greedy_order(horizon, rents, measure) {
        first.insert(index);
        let size = u128::from(measure.size(&horizon.works[index].replica));
        let done = if size == 0 {
            curves[index].served()
        } else {
            let together = *known
                .entry(first.clone())
                .or_insert_with(|| done_at_home(horizon, curves, &first, measure));
            let more = together.saturating_sub(before);
            before = together;
            more.div_ceil(size)
        };
        saved += saving.unwrap_or(0) * done.cast_signed();
    }
    saved
}

/// The most that these works together can have of the owned nodes, size x nanoseconds.
fn done_at_home(
    horizon: &Horizon,
    curves: &[Curve],
    works: &BTreeSet<usize>,
    measure: &Measure,
) -> u128 {
    let size = |index: &usize| u128::from(measure.size(&horizon.works[*index].replica));
    let sized = works.iter().map(|index| (&curves[*index], size(index)));
    let sized: Vec<(&Curve, u128)> = sized.filter(|(_, size)| *size > 0).collect();
    let room = room(horizon, works, measure) * u128::from(horizon.bin_ns);
    home::most_done(room, &sized)
}

/// The works that owned nodes take and that are cheaper there, with what an hour of a replica
/// saves: first those that can run nowhere else (they save nothing and take their room), then by
/// saving per unit of room.
fn greedy_order(
    horizon: &Horizon,
    rents: &[Option<i128>],
    measure: &Measure,
) -> Vec<(usize, Option<i128>)> {
    let home = home_costs(horizon);
    let savings = rents.iter().zip(&home).enumerate();
    let savings = savings.filter_map(|(index, (rent, home))| {
        let home = (*home)?;
        let saving = rent.map(|rent| rent - home);
        saving
            .is_none_or(|saving| saving > 0)
            .then_some((index, saving))
    });
    let mut order: Vec<(usize, Option<i128>)> = savings.collect();
    let size = |index: usize| i128::from(measure.size(&horizon.works[index].replica));
    order.sort_by(|(a, saving_a), (b, saving_b)| {
        // saving_a / size_a against saving_b / size_b, the larger first.
        let (a, b) = (size(*a), size(*b));
        match (saving_a, saving_b) {
            (Some(x), Some(y)) => (y * a).cmp(&(x * b)).then(a.cmp(&b)),
            _ => saving_a.is_some().cmp(&saving_b.is_some()),
        }
    });
    order
}

/// Room of all owned nodes that take any of these works.
fn room(horizon: &Horizon, works: &BTreeSet<usize>, measure: &Measure) -> u128 {
    let welcome = |nodes: &&Nodes| {
        let mut works = works.iter();
        works.any(|index| nodes.take(*index, &horizon.works[*index]))
    };
    let takers = horizon.owned.iter().filter(welcome);
    takers
        .map(|nodes| u128::from(measure.size(&nodes.room)) * u128::from(nodes.count))
        .sum()
}

/// Prices are never negative; documents in which they are do not pass validation.
fn unsigned(price: i64) -> u128 {
    u128::try_from(price).unwrap_or(0)
}
