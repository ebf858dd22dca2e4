//! How the decisions of a run were found.

use spillway_solver::decision::{SolverMethod, SolverReport};

use crate::record::{CertifiedGap, SolverWork};

/// Counts of decisions so far.
#[derive(Debug, Default)]
pub(super) struct Solved {
    work: SolverWork,
    gaps: CertifiedGap,
}

impl Solved {
    /// Counts a decision.
    pub(super) fn count(&mut self, report: &SolverReport) {
        let work = &mut self.work;
        work.decisions += 1;
        match report.method {
            SolverMethod::Nothing => work.nothing += 1,
            SolverMethod::Reused => work.reused += 1,
            SolverMethod::Exact => work.exact += 1,
            SolverMethod::Rounded => work.rounded += 1,
            SolverMethod::Greedy => work.greedy += 1,
        }
        // A reused answer repeats the report of its first solve.
        if matches!(report.method, SolverMethod::Nothing | SolverMethod::Reused) {
            return;
        }
        work.cuts += u64::from(report.cuts);
        // An exact answer is the least, whatever its relaxation says.
        if report.method != SolverMethod::Exact && report.bound.0 > 0 {
            let over = report.cost.0.saturating_sub(report.bound.0);
            let percent = 100.0 * float(over) / float(report.bound.0);
            self.gaps.solves += 1;
            self.gaps.mean_percent += percent;
            self.gaps.most_percent = self.gaps.most_percent.max(percent);
        }
    }

    /// All together; `None` where nothing was decided by the core.
    pub(super) fn work(&self) -> Option<SolverWork> {
        let mut gap = self.gaps;
        gap.mean_percent /= float(i64::try_from(gap.solves.max(1)).unwrap_or(i64::MAX));
        (self.work.decisions > 0).then(|| SolverWork {
            gap: (gap.solves > 0).then_some(gap),
            ..self.work
        })
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a report's figure, never fed back into the run"
)]
fn float(value: i64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use spillway_solver::units::MicroUsdPerHour;

    use super::*;

    #[test]
    fn solves_are_counted_by_their_method_and_only_new_inexact_ones_have_a_gap() {
        let report = |method, bound, cost, cuts| SolverReport {
            method,
            bound: MicroUsdPerHour(bound),
            cost: MicroUsdPerHour(cost),
            cuts,
            ..SolverReport::default()
        };
        let mut solved = Solved::default();
        assert_eq!(solved.work(), None, "a baseline solves nothing");
        for report in [
            report(SolverMethod::Nothing, 0, 0, 0),
            report(SolverMethod::Exact, 100, 150, 1),
            report(SolverMethod::Rounded, 100, 104, 2),
            report(SolverMethod::Reused, 100, 104, 2),
            report(SolverMethod::Greedy, 50, 54, 0),
            report(SolverMethod::Greedy, 0, 7, 0),
        ] {
            solved.count(&report);
        }
        let work = solved.work().expect("decisions");
        let methods = [
            work.nothing,
            work.reused,
            work.exact,
            work.rounded,
            work.greedy,
        ];
        assert_eq!(
            (work.decisions, methods, work.cuts),
            (6, [1, 1, 1, 1, 2], 3)
        );
        let gap = work.gap.expect("two with a bound");
        assert_eq!(
            (gap.solves, gap.mean_percent, gap.most_percent),
            (2, 6.0, 8.0)
        );
    }
}
