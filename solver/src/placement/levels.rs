//! Solves the levels of the objective in order, each with the former ones frozen.
//!
//! Duties come first: floors, cap overrun, unserved by priority, cordoned clusters, moves. Then
//! money. Then the tie-break: fewest spilled replicas, then the earlier place by name. Moves
//! stand before money because a move for money's sake is optional: it has to pay for itself,
//! and is made by [`super::recall`] or not at all.

use super::lp::{self, Bound, Kind, Model, Objective, Row};
use super::model::Demand;
use super::model::{Counts, Problem};
use super::round;
use super::terms::Sum;
use crate::capacity::Fleet;
use crate::decision::SolverMethod;

/// Models with at most this many integers are solved exactly. Branch and bound of a larger one
/// may take for ever, and nothing here may depend on a clock; smaller is less exact. Random
/// fleets of 40 to 60 integers took up to 0.3 s for a level, of 60 to 70 up to 1.2 s, of 70 to
/// 80 up to 10 s.
const MOST_EXACT: usize = 40;

/// A solved placement.
#[derive(Clone, Debug)]
pub(crate) struct Solved {
    pub(crate) counts: Counts,
    pub(crate) method: SolverMethod,
    /// Name and value of each level.
    pub(crate) levels: Vec<(String, i64)>,
    /// Lower bound of the money, by the relaxation under the same duties.
    pub(crate) bound: i64,
    /// Money of the aggregate plan.
    pub(crate) cost: i64,
    /// The model with its duties frozen, to ask what a change would be worth.
    pub(crate) frozen: Model,
}

/// Solves `p`. `duties_least` makes the answer `None` unless every duty is at its least, which
/// is how the small model of a calm tick knows that no larger one could do better.
///
/// # Errors
/// The backend's words.
pub(crate) fn solve(
    p: &Problem,
    fleet: &Fleet<'_>,
    demand: &Demand,
    duties_least: bool,
) -> Result<Option<Solved>, String> {
    let exact = p.model.vars.len() <= MOST_EXACT;
    let kind = if exact { Kind::Integer } else { Kind::Relaxed };
    let mut model = p.model.clone();
    if !freeze_at_least(p, &mut model, kind)? {
        if duties_least {
            return Ok(None);
        }
        model.clone_from(&p.model);
        for duty in &p.duties {
            freeze(&mut model, &duty.sum, kind)?;
        }
    }
    let frozen = model.clone();
    let (relaxed, counts) = if exact {
        let value = freeze(&mut model, &p.money, kind)?;
        let mut last = Sum::default();
        last.add_sum(&p.spilled, rank_weight(p));
        last.add_sum(&p.order, 1);
        let values = integers(&minimise(&model, &last, kind)?);
        let bound = if value == 0 {
            0
        } else {
            relaxed_bound(p, &frozen)?
        };
        (bound, Counts::read(p, &values))
    } else {
        let mut money = Sum::default();
        money.add_sum(&p.money, 1);
        money.add_sum(&p.spilled, 1);
        let values = minimise(&model, &money, kind)?;
        let bound = relaxed_bound(p, &frozen)?;
        (bound, round::round(p, fleet, demand, &values))
    };
    let values = round::values_of(p, &counts);
    let levels = p
        .duties
        .iter()
        .map(|d| (d.name.clone(), d.sum.value(&values)))
        .chain([
            ("money".to_owned(), p.money.value(&values)),
            ("spilled".to_owned(), p.spilled.value(&values)),
        ])
        .collect();
    Ok(Some(Solved {
        cost: p.money.value(&values),
        counts,
        method: if exact {
            SolverMethod::Exact
        } else {
            SolverMethod::Rounded
        },
        levels,
        bound: relaxed,
        frozen,
    }))
}

/// One spilled replica weighs more than any difference in order.
fn rank_weight(p: &Problem) -> i64 {
    let most: i64 = p
        .order
        .terms
        .iter()
        .map(|(v, c)| c * p.model.vars[*v].upper)
        .sum();
    most + 1
}

/// Freezes every duty at its least if they all reach it together, in one solve.
fn freeze_at_least(p: &Problem, model: &mut Model, kind: Kind) -> Result<bool, String> {
    let mut all = Sum::default();
    let mut least = 0;
    for duty in &p.duties {
        all.add_sum(&duty.sum, 1);
        least += duty.least;
    }
    let values = minimise(model, &all, kind)?;
    let reached = all.constant_value(&values) <= float(least) + SLACK;
    if reached {
        for duty in p.duties.iter().filter(|d| !d.sum.terms.is_empty()) {
            model.rows.push(Row {
                terms: duty.sum.terms.clone(),
                bound: Bound::Most(duty.least - duty.sum.constant),
            });
        }
    }
    Ok(reached)
}

/// How far a relaxed sum of duties may lie above its least and still count as reached. More
/// would count a fraction of a replica as none and freeze what cannot be reached; the solver's
/// own noise is a hundredth of this.
const SLACK: f64 = 1e-5;

/// Minimises a level and adds the row that holds it there.
fn freeze(model: &mut Model, level: &Sum, kind: Kind) -> Result<i64, String> {
    if level.terms.is_empty() {
        return Ok(level.constant);
    }
    let values = minimise(model, level, kind)?;
    let value = match kind {
        Kind::Integer => level.value(&integers(&values)),
        Kind::Relaxed => lp::ceil(level.constant_value(&values)),
    };
    model.rows.push(Row {
        terms: level.terms.clone(),
        bound: Bound::Most(value - level.constant),
    });
    Ok(value)
}

fn minimise(model: &Model, sum: &Sum, kind: Kind) -> Result<Vec<f64>, String> {
    let objective: Objective = merged(&sum.terms);
    lp::minimise(model, &objective, kind).map(|s| s.values)
}

/// The money's lower bound under frozen duties.
pub(crate) fn relaxed_bound(p: &Problem, frozen: &Model) -> Result<i64, String> {
    let objective = merged(&p.money.terms);
    let solved = lp::minimise(frozen, &objective, Kind::Relaxed)?;
    Ok(lp::lower_bound(solved.objective).saturating_add(p.money.constant))
}

/// The model with its duties but moves frozen, relaxed: what a fleet placed from nothing costs.
pub(crate) fn free_of_moves(p: &Problem) -> Result<Model, String> {
    let mut model = p.model.clone();
    for duty in p.duties.iter().filter(|d| d.name != MOVES) {
        freeze(&mut model, &duty.sum, Kind::Relaxed)?;
    }
    Ok(model)
}

/// The level of moves.
pub(crate) const MOVES: &str = "moves";

/// What the money's bound becomes when private cluster `cluster` has one more core.
pub(crate) fn with_one_more_core(
    p: &Problem,
    frozen: &Model,
    cluster: usize,
) -> Result<i64, String> {
    let mut model = frozen.clone();
    let mut given = false;
    for (_, row) in p.cpu_rows.iter().filter(|(c, _)| *c == cluster) {
        if let Bound::Most(bound) = &mut model.rows[*row].bound
            && !given
        {
            *bound += 1000;
            given = true;
        }
    }
    relaxed_bound(p, &model)
}

fn merged(terms: &[(usize, i64)]) -> Objective {
    let mut sorted = terms.to_vec();
    sorted.sort_unstable();
    sorted.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    sorted
}

fn integers(values: &[f64]) -> Vec<i64> {
    values.iter().map(|v| lp::floor(*v + 0.5)).collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sums of replicas and micro-USD below 2^53"
)]
fn float(x: i64) -> f64 {
    x as f64
}

impl Sum {
    /// The sum's value for relaxed values of the variables.
    fn constant_value(&self, values: &[f64]) -> f64 {
        float(self.constant)
            + self
                .terms
                .iter()
                .map(|(v, c)| float(*c) * values[*v])
                .sum::<f64>()
    }
}
