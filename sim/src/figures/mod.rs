//! The figures of a run by their names: in the table of a report, in policy tests, in conditions and in sweeps.
//!
//! Each is a number of `summary.json` in a unit that people use, and is computed here and nowhere else. A figure that a
//! run does not have (a share of nothing, a quantile of no requests) is absent, never zero. `docs/metrics.md` has the
//! formulas.

mod change;
mod common;
mod effort;
mod money;
mod service;
mod supply;
mod unit;

use spillway_crds::document::nearest;
use spillway_solver::ids::WorkloadId;

use crate::record::{RunRecord, Summary, WorkloadSummary};
use common::Common;
pub use unit::Unit;

/// The totals of a run, without its series.
#[derive(Clone, Debug, PartialEq)]
pub struct RunTotals {
    /// Of the whole run.
    pub summary: Summary,
    /// Of each workload.
    pub workloads: Vec<WorkloadSummary>,
}

impl From<&RunRecord> for RunTotals {
    fn from(record: &RunRecord) -> Self {
        Self {
            summary: record.summary.clone(),
            workloads: record.workloads.clone(),
        }
    }
}

/// A figure by its name.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Its name in files.
    pub name: &'static str,
    /// A shorter name for command lines; empty where there is none.
    pub short: &'static str,
    /// What it is measured in.
    pub unit: Unit,
    /// What it is, in a few words.
    pub meaning: &'static str,
    of: Of,
}

/// What has a figure.
#[derive(Clone, Copy, Debug)]
enum Of {
    /// The whole run only: money and nodes belong to no workload.
    Run(fn(&Summary) -> Option<f64>),
    /// The run and each workload.
    Each(fn(&Common<'_>) -> Option<f64>),
}

impl Figure {
    /// Its value for the whole run or for one workload; `None` where there is none.
    #[must_use]
    pub fn of(&self, totals: &RunTotals, workload: Option<&WorkloadId>) -> Option<f64> {
        let Some(id) = workload else {
            return self.of_run(&totals.summary);
        };
        let mut workloads = totals.workloads.iter();
        let workload = workloads.find(|workload| workload.id == *id)?;
        match self.of {
            Of::Run(_) => None,
            Of::Each(of) => of(&workload.into()),
        }
    }

    /// Its value for the whole run.
    #[must_use]
    pub fn of_run(&self, summary: &Summary) -> Option<f64> {
        match self.of {
            Of::Run(of) => of(summary),
            Of::Each(of) => of(&summary.into()),
        }
    }

    /// Whether single workloads have it too.
    #[must_use]
    pub const fn is_of_workloads(&self) -> bool {
        matches!(self.of, Of::Each(_))
    }

    const fn new(name: &'static str, unit: Unit, meaning: &'static str, of: Of) -> Self {
        Self {
            name,
            short: "",
            unit,
            meaning,
            of,
        }
    }

    const fn called(self, short: &'static str) -> Self {
        Self { short, ..self }
    }
}

/// All figures, in the order in which they are listed.
pub fn all() -> impl Iterator<Item = &'static Figure> {
    [
        money::FIGURES,
        service::FIGURES,
        supply::FIGURES,
        change::FIGURES,
        effort::FIGURES,
    ]
    .into_iter()
    .flatten()
}

/// The figure of this name, or short name.
///
/// # Errors
///
/// A sentence with the names that are known.
pub fn figure(name: &str) -> Result<&'static Figure, String> {
    let mut figures = all();
    let known =
        figures.find(|figure| figure.name == name || (!name.is_empty() && figure.short == name));
    known.ok_or_else(|| {
        let folded = name.to_lowercase();
        let near = all()
            .filter(|figure| {
                let known = figure.name.to_lowercase();
                known.contains(&folded) || folded.contains(&known)
            })
            .filter(|_| folded.len() > 2);
        let mut near: Vec<&str> = near.map(|figure| figure.name).collect();
        if near.is_empty() {
            let names = all().flat_map(|figure| [figure.name, figure.short]);
            let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
            near.extend(nearest(name, &names));
        }
        if near.is_empty() {
            let all: Vec<&str> = all().map(|figure| figure.name).collect();
            format!(
                "no figure is called `{name}`: write one of {}",
                all.join(", ")
            )
        } else {
            format!(
                "no figure is called `{name}`: did you mean {}?",
                near.join(" or ")
            )
        }
    })
}

#[cfg(test)]
mod tests {
    use spillway_solver::units::MicroUsd;

    use super::*;
    use crate::record::{MoneySpent, Waste};

    #[test]
    fn a_figure_without_a_value_is_absent_and_not_zero() {
        let nothing = RunTotals {
            summary: Summary::default(),
            workloads: Vec::new(),
        };
        for name in [
            "lateRequestsPercent",
            "delayP95",
            "publicSharePercent",
            "publicIdlePercent",
            "missingPercent",
            "recoveryP95",
            "costByLeast",
            "forecastErrorReplicas",
            "solves",
            "gapMaxPercent",
        ] {
            let figure = figure(name).expect("a known name");
            assert_eq!(figure.of(&nothing, None), None, "{name}");
        }
        let other = WorkloadId("shop/none".into());
        let moves = figure("moves").expect("a known name");
        assert_eq!(moves.of(&nothing, None), Some(0.0));
        assert_eq!(moves.of(&nothing, Some(&other)), None);
    }

    #[test]
    fn names_are_unique_and_an_unknown_one_is_answered_with_those_near_it() {
        let mut names: Vec<&str> = all()
            .flat_map(|figure| [figure.name, figure.short])
            .filter(|name| !name.is_empty())
            .collect();
        names.sort_unstable();
        let many = names.len();
        names.dedup();
        assert_eq!(names.len(), many);
        assert_eq!(figure("cost").expect("a short name").name, "costUsd");
        let near = figure("yP95").expect_err("no figure");
        assert!(
            near.contains("did you mean delayP95 or recoveryP95"),
            "{near}"
        );
        let far = figure("joy").expect_err("no figure");
        assert!(far.contains("write one of costUsd"), "{far}");
    }

    #[test]
    fn money_and_hours_are_in_the_units_of_people() {
        let totals = RunTotals {
            summary: Summary {
                money: MoneySpent {
                    spot: MicroUsd(2_500_000),
                    ..MoneySpent::default()
                },
                waste: Waste {
                    public_core_ms: 14_400_000_000,
                    public_idle_core_ms: 7_200_000_000,
                    ..Waste::default()
                },
                ..Summary::default()
            },
            workloads: Vec::new(),
        };
        let value = |name| figure(name).expect("known").of(&totals, None);
        assert_eq!(value("costUsd"), Some(2.5));
        assert_eq!(value("publicIdleCoreHours"), Some(2.0));
        assert_eq!(value("publicIdlePercent"), Some(50.0));
    }
}
