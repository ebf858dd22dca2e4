//! Builds a linear model in which what is fixed is a constant, not a variable.

use super::lp::{Bound, Model, Row, Var};

/// A variable of the model, or a constant in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    Var(usize),
    Const(i64),
}

/// A sum of terms.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sum {
    pub(crate) terms: Vec<(usize, i64)>,
    pub(crate) constant: i64,
}

impl Sum {
    /// Adds `coefficient x term`.
    pub(crate) fn add(&mut self, term: Term, coefficient: i64) {
        match term {
            Term::Const(value) => {
                self.constant = self
                    .constant
                    .saturating_add(value.saturating_mul(coefficient));
            }
            Term::Var(_) if coefficient == 0 => {}
            Term::Var(var) => self.terms.push((var, coefficient)),
        }
    }

    /// Adds `coefficient x other`.
    pub(crate) fn add_sum(&mut self, other: &Self, coefficient: i64) {
        for (var, c) in &other.terms {
            self.terms.push((*var, c * coefficient));
        }
        self.constant += other.constant * coefficient;
    }

    /// The sum's value for integer values of the variables.
    pub(crate) fn value(&self, values: &[i64]) -> i64 {
        self.constant + self.terms.iter().map(|(v, c)| values[*v] * c).sum::<i64>()
    }
}

/// Collects variables and rows.
#[derive(Default)]
pub(crate) struct Builder {
    pub(crate) model: Model,
    /// Whether some row without variables does not hold: the constants contradict a rule.
    pub(crate) contradicted: bool,
}

impl Builder {
    /// A variable within bounds, or the constant when they meet.
    pub(crate) fn var(&mut self, lower: i64, upper: i64) -> Term {
        if upper <= lower {
            return Term::Const(lower);
        }
        self.model.vars.push(Var { lower, upper });
        Term::Var(self.model.vars.len() - 1)
    }

    /// `sum <= most`.
    pub(crate) fn most(&mut self, sum: Sum, most: i64) {
        let bound = most.saturating_sub(sum.constant);
        self.row(sum, Bound::Most(bound), bound >= 0);
    }

    /// `sum >= least`.
    pub(crate) fn least(&mut self, sum: Sum, least: i64) {
        let bound = least.saturating_sub(sum.constant);
        self.row(sum, Bound::Least(bound), bound <= 0);
    }

    /// `sum == value`.
    pub(crate) fn equal(&mut self, sum: Sum, value: i64) {
        let bound = value.saturating_sub(sum.constant);
        self.row(sum, Bound::Equal(bound), bound == 0);
    }

    fn row(&mut self, sum: Sum, bound: Bound, holds_without_variables: bool) {
        if sum.terms.is_empty() {
            self.contradicted |= !holds_without_variables;
        } else {
            self.model.rows.push(Row {
                terms: sum.terms,
                bound,
            });
        }
    }
}
