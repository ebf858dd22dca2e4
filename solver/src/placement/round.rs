//! From a relaxed solution to integers: whole replicas and nodes first, then what is left goes
//! where the relaxation leaned and the rows allow it, then nodes that nobody needs go.
//!
//! Rounding knows rows, not rules: a new rule needs nothing here.

use crate::capacity::Fleet;

use super::levels::CAP_OVERRUN;
use super::lp::{self, Bound, Model};
use super::model::{Counts, Demand, Problem};
use super::terms::Term;

/// The integer value of each variable of a plan. Slack takes the least value its rows need.
pub(crate) fn values_of(p: &Problem, counts: &Counts) -> Vec<i64> {
    let mut values = vec![0; p.model.vars.len()];
    let mut chosen = vec![false; p.model.vars.len()];
    let mut set = |term: &Term, count: u32| {
        if let Term::Var(v) = term {
            values[*v] = i64::from(count);
            chosen[*v] = true;
        }
    };
    let stay = p.stay.cells().zip(counts.stay.cells());
    let add = p.add.cells().zip(counts.add.cells());
    let nodes = p.nodes.iter().zip(&counts.nodes);
    for (term, count) in stay.chain(add).chain(nodes) {
        set(term, *count);
    }
    for row in &p.model.rows {
        let mut slack = row.terms.iter().filter(|(v, _)| !chosen[*v]);
        let (Some((v, c)), None) = (slack.next(), slack.next()) else {
            continue;
        };
        let rest: i64 = row
            .terms
            .iter()
            .filter(|(u, _)| u != v)
            .map(|(u, c)| values[*u] * c)
            .sum();
        let lacking = match row.bound {
            Bound::Most(b) => rest - b,
            Bound::Least(b) | Bound::Equal(b) => b - rest,
        };
        let needed = (lacking.max(0) + c.abs() - 1) / c.abs();
        values[*v] = values[*v].max(needed);
    }
    values
}

/// How far below a whole number slack is taken to be where it is still open.
const OPEN: f64 = 1e-3;

/// A plan that knows no rows, changed to one that holds every row of `p`.
pub(crate) fn into_rows(
    p: &Problem,
    fleet: &Fleet<'_>,
    demand: &Demand,
    counts: &Counts,
) -> Counts {
    let chosen = chosen(p);
    let mut values = values_of(p, counts);
    for (v, value) in values.iter_mut().enumerate() {
        let bounds = p.model.vars[v];
        *value = (*value).clamp(bounds.lower, bounds.upper);
    }
    for (w, desired) in demand.desired.iter().enumerate() {
        let constant = |t: &Term| match t {
            Term::Const(c) => *c,
            Term::Var(_) => 0,
        };
        let places = || p.stay[w].iter().chain(&p.add[w]);
        let mut left = i64::from(*desired) - places().map(constant).sum::<i64>();
        for term in places() {
            if let Term::Var(v) = term {
                values[*v] = values[*v].min(left.max(p.model.vars[*v].lower));
                left -= values[*v];
            }
        }
    }
    // Of several choices that exclude each other one is made: so slack is not whole yet.
    let open = |(v, value): (usize, &i64)| {
        let whole = lp::float(*value);
        if chosen[v] {
            whole
        } else {
            whole * (1.0 - OPEN)
        }
    };
    let relaxed: Vec<f64> = values.iter().enumerate().map(open).collect();
    round(p, fleet, demand, &relaxed)
}

/// By variable, whether it is a replica or a node, and not slack.
fn chosen(p: &Problem) -> Vec<bool> {
    let mut chosen = vec![false; p.model.vars.len()];
    for term in p.stay.cells().chain(p.add.cells()).chain(&p.nodes) {
        if let Term::Var(v) = term {
            chosen[*v] = true;
        }
    }
    chosen
}

/// Rounds `relaxed` to a plan that holds every row. Parts of replicas may need money beyond a cap
/// for a floor that no whole one reaches; so the caps are tried as they are too, and the plan with
/// the better duties is taken.
pub(crate) fn round(p: &Problem, fleet: &Fleet<'_>, demand: &Demand, relaxed: &[f64]) -> Counts {
    let granted = round_within(p, fleet, demand, relaxed);
    let mut capped = relaxed.to_vec();
    for overrun in p.duties.iter().filter(|d| d.name == CAP_OVERRUN) {
        for (v, _) in &overrun.sum.terms {
            capped[*v] = 0.0;
        }
    }
    if capped == relaxed {
        return granted;
    }
    let within = round_within(p, fleet, demand, &capped);
    if duties(p, &within) < duties(p, &granted) {
        within
    } else {
        granted
    }
}

/// The duties of a plan, in order.
fn duties(p: &Problem, counts: &Counts) -> Vec<i64> {
    let values = values_of(p, counts);
    p.duties.iter().map(|d| d.sum.value(&values)).collect()
}

fn round_within(p: &Problem, fleet: &Fleet<'_>, demand: &Demand, relaxed: &[f64]) -> Counts {
    let mut r = Rounding::new(&p.model, p, relaxed);
    let mut order: Vec<usize> = (0..fleet.workloads.len()).collect();
    order.sort_by_key(|w| (std::cmp::Reverse(fleet.workloads[*w].spec.priority), *w));
    for term in &p.nodes {
        if let Term::Var(v) = term
            && lp::ceil(relaxed[*v]) > r.values[*v]
        {
            r.raise(*v);
        }
    }
    r.give_up_nodes(p, fleet);
    r.repair(p, &order);
    for w in &order {
        let mut left = i64::from(demand.desired[*w]) - r.placed(p, *w);
        for (stay, add, g) in leaning(p, fleet, *w, relaxed) {
            while left > 0
                && (stay.is_some_and(|v| r.raise(v)) || add.is_some_and(|v| r.raise_on(p, v, g)))
            {
                left -= 1;
            }
        }
    }
    for (g, term) in p.nodes.iter().enumerate() {
        if let Term::Var(v) = term
            && fleet.groups[g].price.0 > 0
        {
            while r.lower(*v) {}
        }
    }
    Counts::read(p, &r.values)
}

/// The places of `w`: those that the relaxation used first, then by cost and name.
fn leaning(
    p: &Problem,
    fleet: &Fleet<'_>,
    w: usize,
    relaxed: &[f64],
) -> Vec<(Option<usize>, Option<usize>, usize)> {
    let var = |t: Term| match t {
        Term::Var(v) => Some(v),
        Term::Const(_) => None,
    };
    let mut places: Vec<_> = (0..fleet.groups.len())
        .filter_map(|g| {
            let (stay, add) = (var(p.stay[w][g]), var(p.add[w][g]));
            let share = |v: Option<usize>| v.map_or(0.0, |v| relaxed[v].fract().max(0.0));
            let used = lp::floor((share(stay) + share(add)) * 1000.0);
            let cost = fleet.workloads[w].running_cost[fleet.groups[g].cluster].weighed;
            let key = (
                -used,
                fleet.tier(g),
                cost.saturating_add(fleet.groups[g].price.0),
                g,
            );
            (stay.is_some() || add.is_some()).then_some((key, (stay, add, g)))
        })
        .collect();
    places.sort_by_key(|(key, _)| *key);
    places.into_iter().map(|(_, place)| place).collect()
}

/// Slack as integers: rounded up where the rows that only slack meets allow it, so that of
/// several choices the one that the relaxation leaned to most is made.
fn whole_slack(model: &Model, chosen: &[bool], relaxed: &[f64]) -> Vec<i64> {
    let mut values: Vec<i64> = relaxed.iter().map(|x| lp::floor(*x)).collect();
    let own: Vec<_> = model
        .rows
        .iter()
        .filter(|row| row.terms.iter().all(|(v, _)| !chosen[*v]))
        .collect();
    let holds = |values: &[i64]| {
        own.iter().all(|row| match row.bound {
            Bound::Most(most) => row.terms.iter().map(|(v, c)| values[*v] * c).sum::<i64>() <= most,
            _ => true,
        })
    };
    let mut order: Vec<usize> = (0..values.len())
        .filter(|v| !chosen[*v] && lp::ceil(relaxed[*v]) > values[*v])
        .collect();
    order.sort_by_key(|v| (lp::floor(-relaxed[*v].fract() * 1e6), *v));
    for v in order {
        values[v] += 1;
        if !holds(&values) {
            values[v] -= 1;
        }
    }
    values
}

struct Rounding<'m> {
    model: &'m Model,
    values: Vec<i64>,
    /// Rows of each variable with its coefficient.
    columns: Vec<Vec<(usize, i64)>>,
    activity: Vec<i64>,
    /// Right-hand side, with what the relaxation's slack grants.
    most: Vec<Option<i64>>,
}

impl<'m> Rounding<'m> {
    fn new(model: &'m Model, p: &Problem, relaxed: &[f64]) -> Self {
        let chosen = chosen(p);
        let values: Vec<i64> = relaxed
            .iter()
            .zip(&chosen)
            .map(|(x, chosen)| if *chosen { lp::floor(*x) } else { 0 })
            .collect();
        let mut columns = vec![Vec::new(); model.vars.len()];
        let mut activity = vec![0; model.rows.len()];
        let mut most = vec![None; model.rows.len()];
        let slack = whole_slack(model, &chosen, relaxed);
        for (r, row) in model.rows.iter().enumerate() {
            let mut granted = 0;
            for (v, c) in &row.terms {
                if chosen[*v] {
                    columns[*v].push((r, *c));
                    activity[r] += values[*v] * c;
                } else {
                    granted -= slack[*v] * c;
                }
            }
            if let Bound::Most(b) = row.bound {
                most[r] = Some(b + granted);
            }
        }
        Self {
            model,
            values,
            columns,
            activity,
            most,
        }
    }

    fn shift(&mut self, v: usize, by: i64) {
        self.values[v] += by;
        for (r, c) in &self.columns[v] {
            self.activity[*r] += by * c;
        }
    }

    fn holds(&self, v: usize) -> bool {
        self.columns[v]
            .iter()
            .all(|(r, _)| self.most[*r].is_none_or(|most| self.activity[*r] <= most))
    }

    fn try_shift(&mut self, v: usize, by: i64) -> bool {
        let to = self.values[v] + by;
        if to > self.model.vars[v].upper || to < self.model.vars[v].lower {
            return false;
        }
        self.shift(v, by);
        if self.holds(v) {
            return true;
        }
        self.shift(v, -by);
        false
    }

    fn raise(&mut self, v: usize) -> bool {
        self.try_shift(v, 1)
    }

    fn lower(&mut self, v: usize) -> bool {
        self.try_shift(v, -1)
    }

    /// Raises `v`, with one more node of group `g` if that is what it takes.
    fn raise_on(&mut self, p: &Problem, v: usize, g: usize) -> bool {
        if self.raise(v) {
            return true;
        }
        let Term::Var(node) = p.nodes[g] else {
            return false;
        };
        if !self.raise(node) {
            return false;
        }
        self.raise(v) || {
            self.shift(node, -1);
            false
        }
    }

    fn placed(&self, p: &Problem, w: usize) -> i64 {
        p.stay[w]
            .iter()
            .chain(&p.add[w])
            .map(|t| match t {
                Term::Var(v) => self.values[*v],
                Term::Const(c) => *c,
            })
            .sum()
    }

    /// Takes nodes out of rows that they break, those that cost most first.
    fn give_up_nodes(&mut self, p: &Problem, fleet: &Fleet<'_>) {
        let mut nodes: Vec<(usize, usize)> = p
            .nodes
            .iter()
            .enumerate()
            .filter_map(|(g, term)| match term {
                Term::Var(v) => Some((g, *v)),
                Term::Const(_) => None,
            })
            .collect();
        nodes.sort_by_key(|(g, _)| (std::cmp::Reverse(fleet.groups[*g].price), *g));
        for (_, v) in nodes {
            while self.values[v] > self.model.vars[v].lower && self.breaks(v) {
                self.shift(v, -1);
            }
        }
    }

    /// Takes replicas out of rows that rounding down has broken, lowest priority first, added ones
    /// before those that stay. One that goes may break the share that another keeps of it, so this
    /// is done until no row is broken.
    fn repair(&mut self, p: &Problem, order: &[usize]) {
        let vars: Vec<usize> = [&p.add, &p.stay]
            .into_iter()
            .flat_map(|table| order.iter().rev().flat_map(|w| &table[*w]))
            .filter_map(|t| match t {
                Term::Var(v) => Some(*v),
                Term::Const(_) => None,
            })
            .collect();
        let mut broken = true;
        while broken {
            broken = false;
            for v in &vars {
                while self.values[*v] > self.model.vars[*v].lower && self.breaks(*v) {
                    self.shift(*v, -1);
                    broken = true;
                }
            }
        }
    }

    fn breaks(&self, v: usize) -> bool {
        self.columns[v]
            .iter()
            .any(|(r, c)| *c > 0 && self.most[*r].is_some_and(|most| self.activity[*r] > most))
    }
}
