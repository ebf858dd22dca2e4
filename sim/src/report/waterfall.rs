//! From the least possible cost to what a run paid, step by step.
//!
//! A table with a bar in each row: it reads without colours, and without the bars.

use std::fmt::Write as _;

use spillway_solver::units::MicroUsd;

use super::Run;
use super::html::Text;
use super::units::{approx, usd};
use crate::record::{MoneySpent, RunRecord};

/// A step of the way.
struct Step {
    name: &'static str,
    amount: MicroUsd,
    /// Whether the bar begins at zero: the first and the last.
    whole: bool,
}

/// Writes a waterfall for each run, all on one scale.
pub(super) fn write(out: &mut String, runs: &[Run]) {
    let totals = runs.iter().map(|run| run.record.summary.money.total().0);
    let most = totals.max().unwrap_or(0).max(1);
    let steps: Vec<Vec<Step>> = runs.iter().map(|run| steps(&run.record)).collect();
    // The same rows in all, so that they are compared row by row.
    let shown = |step: &Step| {
        let same = steps
            .iter()
            .flatten()
            .filter(|other| other.name == step.name);
        step.whole || same.map(|other| other.amount.0).any(|amount| amount > 0)
    };
    out.push_str("<div class=waterfalls>\n");
    for (run, steps) in runs.iter().zip(&steps) {
        let steps = steps.iter().filter(|step| shown(step));
        write_run(out, &run.record.meta.name, steps, most);
    }
    out.push_str("</div>\n");
}

/// Whether the steps begin at a bound.
pub(super) fn has_bound(runs: &[Run]) -> bool {
    runs.iter().any(|run| run.record.summary.bound.is_some())
}

fn write_run<'a>(out: &mut String, name: &str, steps: impl Iterator<Item = &'a Step>, most: i64) {
    let _ = writeln!(
        out,
        "<table class=waterfall><caption>{}</caption><tbody>",
        Text(name)
    );
    let percent = |amount: MicroUsd| 100.0 * approx(amount.0) / approx(most);
    let mut from = MicroUsd(0);
    for step in steps {
        let left = if step.whole { MicroUsd(0) } else { from };
        from = left.saturating_add(step.amount);
        let _ = writeln!(
            out,
            "<tr{}><th scope=row>{}<td><i style=\"left:{:.2}%;width:{:.2}%\"></i><td>{}</tr>",
            if step.whole { " class=whole" } else { "" },
            step.name,
            percent(left),
            percent(step.amount),
            usd(step.amount)
        );
    }
    out.push_str("</tbody></table>\n");
}

fn steps(run: &RunRecord) -> Vec<Step> {
    let step = |name, amount| Step {
        name,
        amount,
        whole: false,
    };
    let whole = |name, amount| Step {
        name,
        amount,
        whole: true,
    };
    let money: &MoneySpent = &run.summary.money;
    let mut steps = match run.summary.bound {
        Some(bound) => vec![
            whole("least possible", bound.least),
            step("starts of nodes", bound.parts.starts),
            step("empty room", bound.parts.empty_room),
            step("idle replicas", bound.parts.idle_replicas),
            step("place and time", bound.parts.place),
        ],
        None => vec![
            step("private", money.marginal),
            step("on-demand", money.on_demand),
            step("spot", money.spot),
            step("egress", money.egress),
        ],
    };
    steps.push(whole("cost", money.total()));
    steps
}
