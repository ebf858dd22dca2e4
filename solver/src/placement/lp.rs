//! The one place that names the LP crate: a linear model in integers, solved as it is or
//! relaxed. Nothing of a solve survives it: no handle, no basis, no time limit.

use good_lp::{Expression, ProblemVariables, SolverModel, Variable, constraint, variable};
#[cfg(feature = "highs")]
use good_lp::{ResolutionError, Solution};

/// One variable: an integer within bounds, relaxed on demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Var {
    pub(crate) lower: i64,
    pub(crate) upper: i64,
}

/// `sum(coefficient x variable)` bounded on one side, or equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) terms: Vec<(usize, i64)>,
    pub(crate) bound: Bound,
}

/// The right-hand side of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// At most.
    Most(i64),
    /// At least.
    Least(i64),
    /// Exactly.
    Equal(i64),
}

/// A linear model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) vars: Vec<Var>,
    pub(crate) rows: Vec<Row>,
}

/// A linear objective to be minimised.
pub(crate) type Objective = Vec<(usize, i64)>;

/// A solution and its objective.
#[derive(Clone, Debug)]
pub(crate) struct Solved {
    pub(crate) values: Vec<f64>,
    pub(crate) objective: f64,
}

/// Whether variables are integers or relaxed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Relaxed,
}

/// The backend's name and version, for [`crate::decision::Versions`].
pub(crate) const BACKEND: &str = if cfg!(feature = "highs") {
    "highs 2.4"
} else {
    "microlp 0.6"
};

/// Minimises `objective` over `model`.
///
/// # Errors
/// The backend's own words when it found no optimum. Every model built here has slack for
/// whatever may bind, so this is a search that was ended, a defect or a numerical failure, never
/// an answer.
pub(crate) fn minimise(model: &Model, objective: &Objective, kind: Kind) -> Result<Solved, String> {
    let integers = match kind {
        Kind::Integer => model.vars.len(),
        Kind::Relaxed => 0,
    };
    minimise_mixed(model, objective, integers)
}

/// Minimises `objective` over `model`, of whose variables the first `integers` are integers and the
/// others relaxed.
///
/// # Errors
/// As [`minimise`].
pub(crate) fn minimise_mixed(
    model: &Model,
    objective: &Objective,
    integers: usize,
) -> Result<Solved, String> {
    optimum(model, objective, integers, None)
}

/// Minimises `objective` over the relaxed `model`, beginning at a solution that is at hand. Which
/// of several optima is found depends on where the search begins, so this is for questions that
/// only ask what the optimum is. The pure-Rust backend begins where it always does, and so does
/// the other where it finds no way from `start`.
///
/// # Errors
/// As [`minimise`].
pub(crate) fn minimise_from(
    start: &[f64],
    model: &Model,
    objective: &Objective,
) -> Result<Solved, String> {
    optimum(model, objective, 0, Some(start)).or_else(|_| minimise(model, objective, Kind::Relaxed))
}

fn optimum(
    model: &Model,
    objective: &Objective,
    integers: usize,
    start: Option<&[f64]>,
) -> Result<Solved, String> {
    if model.vars.is_empty() {
        // Nothing is open to decision, which HiGHS calls an error.
        return Ok(Solved {
            values: Vec::new(),
            objective: 0.0,
        });
    }
    let rows = model.rows.iter();
    let found = attempt(model, rows.clone(), objective, integers, start);
    let found = found.or_else(|failure| match failure {
        Failure::Ended => Err(failure),
        // Where a pivot was too small, another order of the rows has others.
        Failure::Told(_) => attempt(model, rows.rev(), objective, integers, start),
    });
    found.map_err(|failure| match failure {
        Failure::Ended => format!("no proof of an optimum within {MOST_BRANCHES} branches"),
        Failure::Told(words) => words,
    })
}

/// Why there is no optimum.
enum Failure {
    /// The search was ended.
    Ended,
    /// What the backend says.
    Told(String),
}

fn attempt<'a>(
    model: &Model,
    rows: impl Iterator<Item = &'a Row>,
    objective: &Objective,
    integers: usize,
    start: Option<&[f64]>,
) -> Result<Solved, Failure> {
    let mut vars = ProblemVariables::new();
    let handles: Vec<Variable> = model
        .vars
        .iter()
        .enumerate()
        .map(|(i, v)| {
            let mut def = variable().min(float(v.lower)).max(float(v.upper));
            if let Some(start) = start {
                def = def.initial(start[i]);
            }
            vars.add(if i < integers { def.integer() } else { def })
        })
        .collect();
    let expression = |terms: &[(usize, i64)]| {
        let mut e = Expression::with_capacity(terms.len());
        for (var, coefficient) in terms {
            e.add_mul(float(*coefficient), handles[*var]);
        }
        e
    };
    let mut problem = backend(
        vars.minimise(expression(objective)),
        integers > 0,
        start.is_some(),
    );
    for row in rows {
        let left = expression(&row.terms);
        problem.add_constraint(match row.bound {
            Bound::Most(b) => constraint!(left <= float(b)),
            Bound::Least(b) => constraint!(left >= float(b)),
            Bound::Equal(b) => constraint!(left == float(b)),
        });
    }
    #[cfg(not(feature = "highs"))]
    let problem = &problem;
    let values = solve(problem, &handles)?;
    let objective = objective.iter().map(|(v, c)| float(*c) * values[*v]).sum();
    Ok(Solved { values, objective })
}

#[cfg(not(feature = "highs"))]
fn backend(
    problem: good_lp::variable::UnsolvedProblem,
    _: bool,
    _: bool,
) -> good_lp::solvers::microlp::MicroLpProblem {
    problem.using(good_lp::microlp)
}

/// Most nodes of one search by branch and bound. A clock must not decide, so this ends a search
/// that might last for ever; most need a few hundred. Fewer give up exact answers, more cost time
/// that the rounded answer is there to save.
const MOST_BRANCHES: i32 = 2_000;

/// The optimal values in order of creation, which is the variables' index.
#[cfg(not(feature = "highs"))]
fn solve(
    problem: &good_lp::solvers::microlp::MicroLpProblem,
    _: &[Variable],
) -> Result<Vec<f64>, Failure> {
    let mut options = microlp::SolveOptions::default();
    options.mip_gap = 0.0;
    options.node_limit = u64::try_from(MOST_BRANCHES).ok();
    let outcome = problem.as_inner().solve_with(options);
    let outcome = outcome.map_err(|e| Failure::Told(e.to_string()))?;
    if outcome.termination_reason() != microlp::TerminationReason::ProvenOptimal {
        return Err(Failure::Ended);
    }
    let solution = outcome.into_solution();
    let solution = solution.map_err(|_| Failure::Told("a proof without a solution".into()))?;
    Ok(solution.iter().map(|(_, value)| value).collect())
}

#[cfg(feature = "highs")]
fn solve(
    problem: impl SolverModel<Error = ResolutionError>,
    handles: &[Variable],
) -> Result<Vec<f64>, Failure> {
    let solution = problem.solve().map_err(|e| Failure::Told(e.to_string()))?;
    if !matches!(solution.status(), good_lp::SolutionStatus::Optimal) {
        return Err(Failure::Ended);
    }
    Ok(handles.iter().map(|v| solution.value(*v)).collect())
}

/// One thread, a fixed seed and closed gaps: a time or a thread count must not decide. For
/// these LPs presolve costs more than it saves; for integers it pays.
#[cfg(feature = "highs")]
fn backend(
    problem: good_lp::variable::UnsolvedProblem,
    has_integers: bool,
    started: bool,
) -> impl SolverModel<Error = ResolutionError> {
    use good_lp::solvers::highs::HighsPresolveType::{Off, On};
    problem
        .using(good_lp::highs)
        .set_threads(1)
        .set_option("random_seed", 0)
        .set_option("mip_rel_gap", 0.0)
        .set_option("mip_abs_gap", 0.0)
        .set_option("mip_max_nodes", MOST_BRANCHES)
        .set_option("simplex_strategy", if started { CHOOSE } else { DUAL })
        .set_presolve(if has_integers { On } else { Off })
}

/// HiGHS's number for the simplex that suits the point at which it begins: the primal one where that
/// point is a solution.
#[cfg(feature = "highs")]
const CHOOSE: i32 = 0;
/// HiGHS's number for the dual simplex, its default.
#[cfg(feature = "highs")]
const DUAL: i32 = 1;

/// Amounts stay below 2^53 by construction, so the conversion is exact.
#[expect(
    clippy::cast_precision_loss,
    reason = "amounts stay below 2^53 by construction"
)]
pub(crate) fn float(x: i64) -> f64 {
    x as f64
}

/// A solved value as the integer it is, or as the next one below within the tolerance.
#[expect(
    clippy::cast_possible_truncation,
    reason = "bounded by the variable's integer bounds"
)]
pub(crate) fn floor(x: f64) -> i64 {
    (x + TOLERANCE).floor() as i64
}

/// A solved value as the integer it is, or as the next one above within the tolerance.
#[expect(
    clippy::cast_possible_truncation,
    reason = "bounded by the variable's integer bounds"
)]
pub(crate) fn ceil(x: f64) -> i64 {
    (x - TOLERANCE).ceil() as i64
}

/// How far a solver's value may lie from the integer it stands for. Backends promise 1e-7 a
/// row; smaller splits integers into fractions, larger overfills pools.
const TOLERANCE: f64 = 1e-6;

/// A solver's objective as an integer lower bound.
pub(crate) fn lower_bound(objective: f64) -> i64 {
    floor(objective - objective.abs() * 1e-9)
}
