//! Solves the levels of the objective in order, each with the former ones frozen.
//!
//! Duties come first: floors, cap overrun, unserved by priority, each but the lowest followed by
//! the moves of that priority, cordoned clusters, moves. Then money. Then the tie-break: fewest
//! spilled replicas, then the earlier place by name. Moves stand before money because a move for
//! money's sake is optional: it has to pay for itself, and is made by [`super::recall`] or not at
//! all.

use super::lp::{self, Bound, Kind, Model, Objective, Row, Var, float};
use super::model::{Counts, Demand, Level, Problem};
use super::round;
use super::terms::{Sum, Term};
use crate::capacity::Fleet;
use crate::decision::SolverMethod;

/// Models with at most this many integers are solved exactly. Branch and bound of a larger one
/// may take for ever, and nothing here may depend on a clock; smaller is less exact. Random
/// fleets of 40 to 60 integers took up to 0.3 s for a level, of 60 to 70 up to 1.2 s, of 70 to
/// 80 up to 10 s. A smaller one whose search still does not end is rounded.
const MOST_EXACT: usize = 40;

/// Whether a model is small enough to be solved exactly.
pub(crate) fn is_exact(p: &Problem) -> bool {
    p.model.vars.len() <= MOST_EXACT
}

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
    /// To ask what a change would be worth.
    pub(crate) frozen: Frozen,
}

/// A model with its duties frozen, and a solution of it.
#[derive(Clone, Debug)]
pub(crate) struct Frozen {
    pub(crate) model: Model,
    pub(crate) solved: lp::Solved,
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
    if is_exact(p)
        && let Ok(solved) = solve_as(p, fleet, demand, duties_least, true)
    {
        return Ok(solved);
    }
    solve_as(p, fleet, demand, duties_least, false)
}

/// Solves `p` exactly or rounded.
fn solve_as(
    p: &Problem,
    fleet: &Fleet<'_>,
    demand: &Demand,
    duties_least: bool,
    exact: bool,
) -> Result<Option<Solved>, String> {
    let kind = if exact { Kind::Integer } else { Kind::Relaxed };
    let mut money = Sum::default();
    money.add_sum(&p.money, 1);
    if !exact {
        money.add_sum(&p.spilled, 1);
    }
    let calm = at_least(p, p.duties.iter()).and_then(|frozen| {
        let solved = minimise(&frozen, &money, kind).ok()?;
        Some((frozen, solved))
    });
    let (frozen, solved) = match calm {
        Some(calm) => calm,
        None if duties_least => return Ok(None),
        None => {
            let (frozen, at_hand) = freeze_duties(p, p.duties.iter(), kind)?;
            let solved = minimise(&frozen, &money, kind);
            let solved = match kind {
                Kind::Integer => solved?,
                Kind::Relaxed => solved.unwrap_or_else(|_| unproved(&frozen, &money, at_hand)),
            };
            (frozen, solved)
        }
    };
    let (bound, counts) = if exact {
        let value = p.money.value(&integers(&solved.values));
        let mut model = frozen.clone();
        hold(&mut model, &p.money, value);
        let mut last = Sum::default();
        last.add_sum(&p.spilled, rank_weight(p));
        last.add_sum(&p.order, 1);
        let values = integers(&minimise(&model, &last, kind)?.values);
        let bound = if value == 0 {
            0
        } else {
            relaxed_bound(p, &frozen)?
        };
        (bound, Counts::read(p, &values))
    } else {
        let bound = lp::lower_bound(solved.objective)
            .saturating_add(money.constant)
            .saturating_sub(most_spilled(p, demand));
        (bound, round::round(p, fleet, demand, &solved.values))
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
        bound,
        frozen: Frozen {
            model: frozen,
            solved,
        },
    }))
}

/// What is at hand where the backend fails on the money of a relaxed model: it keeps every rule,
/// which a plan by hand would not. Of its money no more is known than what the variables' own
/// bounds say.
fn unproved(frozen: &Model, money: &Sum, at_hand: Vec<f64>) -> lp::Solved {
    let least = money.terms.iter().map(|(v, c)| {
        let Var { lower, upper } = frozen.vars[*v];
        (c * lower).min(c * upper)
    });
    lp::Solved {
        values: at_hand,
        objective: float(least.sum()),
    }
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

/// The most that the spilled replicas of a relaxed solution add to its objective: what money's
/// bound loses by being read off the one solve that minimises both.
fn most_spilled(p: &Problem, demand: &Demand) -> i64 {
    let open = p.unserved.iter().zip(&demand.desired);
    let open = open.filter(|(unserved, _)| matches!(unserved, Term::Var(_)));
    p.spilled.constant + open.map(|(_, desired)| i64::from(*desired)).sum::<i64>()
}

/// The model with each of `duties` held at its least, which nothing may be able to meet; `None`
/// when the constants alone exceed one.
fn at_least<'p>(p: &Problem, duties: impl Iterator<Item = &'p Level>) -> Option<Model> {
    let mut model = p.model.clone();
    for duty in duties {
        if duty.sum.terms.is_empty() && duty.sum.constant > duty.least {
            return None;
        }
        hold(&mut model, &duty.sum, duty.least);
    }
    Some(model)
}

/// Freezes the duties in order; returns a solution of the model with it. A level that the solution
/// at hand has at its least needs no solve of its own: nothing goes below, and that solution keeps
/// the former levels.
fn freeze_duties<'p>(
    p: &'p Problem,
    duties: impl Iterator<Item = &'p Level> + Clone,
    kind: Kind,
) -> Result<(Model, Vec<f64>), String> {
    let mut model = p.model.clone();
    let mut all = Sum::default();
    for duty in duties.clone() {
        all.add_sum(&duty.sum, 1);
    }
    let mut values = minimise(&model, &all, kind)?.values;
    for duty in duties {
        if duty.sum.constant_value(&values) <= float(duty.least) + SLACK {
            hold(&mut model, &duty.sum, duty.least);
        } else if !duty.sum.terms.is_empty() {
            match freeze(&mut model, &duty.sum, kind) {
                Ok(least) => values = least,
                // A backend may fail on one level of a relaxed model (a basis too near to a
                // singular one). What is at hand keeps every rule; a plan by hand would not.
                Err(_) if kind == Kind::Relaxed => {
                    hold(
                        &mut model,
                        &duty.sum,
                        lp::ceil(duty.sum.constant_value(&values)),
                    );
                }
                Err(failed) => return Err(failed),
            }
        }
    }
    Ok((model, values))
}

/// Adds the row that keeps `level` at `value` or below.
fn hold(model: &mut Model, level: &Sum, value: i64) {
    if !level.terms.is_empty() {
        model.rows.push(Row {
            terms: level.terms.clone(),
            bound: Bound::Most(value - level.constant),
        });
    }
}

/// How far a relaxed sum of duties may lie above its least and still count as reached. More
/// would count a fraction of a replica as none and freeze what cannot be reached; the solver's
/// own noise is a hundredth of this.
const SLACK: f64 = 1e-5;

/// Minimises a level and holds it there; returns the solution.
fn freeze(model: &mut Model, level: &Sum, kind: Kind) -> Result<Vec<f64>, String> {
    let values = minimise(model, level, kind)?.values;
    let value = match kind {
        Kind::Integer => level.value(&integers(&values)),
        Kind::Relaxed => lp::ceil(level.constant_value(&values)),
    };
    hold(model, level, value);
    Ok(values)
}

fn minimise(model: &Model, sum: &Sum, kind: Kind) -> Result<lp::Solved, String> {
    let objective: Objective = merged(&sum.terms);
    lp::minimise(model, &objective, kind)
}

/// The money's lower bound under frozen duties.
fn relaxed_bound(p: &Problem, frozen: &Model) -> Result<i64, String> {
    Ok(bound_of(p, &minimise(frozen, &p.money, Kind::Relaxed)?))
}

fn bound_of(p: &Problem, solved: &lp::Solved) -> i64 {
    lp::lower_bound(solved.objective).saturating_add(p.money.constant)
}

/// The model with its duties but moves frozen, relaxed, at its least money: what a fleet placed
/// from nothing costs. Where a plan is known to have every duty at its least (`reached`) they need
/// no solves of their own, which are most of the work.
pub(crate) fn free_of_moves(p: &Problem, reached: bool) -> Result<Frozen, String> {
    let duties = p.duties.iter().filter(|d| !d.name.starts_with(MOVES));
    let least = reached.then(|| at_least(p, duties.clone())).flatten();
    if let Some(model) = least
        && let Ok(solved) = minimise(&model, &p.money, Kind::Relaxed)
    {
        return Ok(Frozen { model, solved });
    }
    let (model, values) = freeze_duties(p, duties, Kind::Relaxed)?;
    cheapest(p, model, &values)
}

/// A frozen model at its least money; `start` solves it.
pub(crate) fn cheapest(p: &Problem, model: Model, start: &[f64]) -> Result<Frozen, String> {
    let solved = lp::minimise_from(start, &model, &merged(&p.money.terms))?;
    Ok(Frozen { model, solved })
}

/// Whether a plan whose levels are `reached` has every duty of `p` but moves at its least.
pub(crate) fn at_their_least(p: &Problem, reached: &[(&str, i64)]) -> bool {
    let mut duties = p.duties.iter().filter(|d| !d.name.starts_with(MOVES));
    duties.all(|d| {
        let mut same = reached.iter().filter(|(name, _)| *name == d.name);
        same.any(|(_, value)| *value <= d.least)
    })
}

/// The level of what floors take beyond the money caps.
pub(crate) const CAP_OVERRUN: &str = "capOverrun";

/// The level of what is not served, with the priority behind it.
pub(crate) const UNSERVED: &str = "unserved@";

/// The level of moves; those of one priority add it to this name.
pub(crate) const MOVES: &str = "moves";

/// How far the money's bound falls when each of `clusters` has one more core. Cores that the
/// `cheapest` solution leaves over are worth nothing, which needs no solve. The core is a variable
/// that the solution at hand has at nothing, so that the search goes on from there.
pub(crate) fn worth_of_a_core(
    p: &Problem,
    cheapest: &Frozen,
    clusters: impl Iterator<Item = usize>,
) -> Result<Vec<(usize, i64)>, String> {
    let Frozen { model, solved: now } = cheapest;
    let money = merged(&p.money.terms);
    let mut start = now.values.clone();
    start.push(0.0);
    clusters
        .map(|cluster| {
            let row = p.cpu_rows.iter().find(|(c, _)| *c == cluster);
            let Some((_, row)) = row.filter(|(_, row)| is_tight(&model.rows[*row], &now.values))
            else {
                return Ok((cluster, 0));
            };
            let mut model = model.clone();
            model.rows[*row].terms.push((model.vars.len(), -1));
            model.vars.push(Var {
                lower: 0,
                upper: 1000,
            });
            let then = lp::minimise_from(&start, &model, &money)?;
            Ok((cluster, (bound_of(p, now) - bound_of(p, &then)).max(0)))
        })
        .collect()
}

fn is_tight(row: &Row, values: &[f64]) -> bool {
    let activity: f64 = row.terms.iter().map(|(v, c)| float(*c) * values[*v]).sum();
    matches!(row.bound, Bound::Most(bound) if activity > float(bound) - 1.0)
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
