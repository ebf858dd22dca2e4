//! From the least possible cost to what a run paid, step by step.
//!
//! A table with a bar in each row: it reads without colours, and without the bars.

use std::fmt::Write as _;

use spillway_solver::units::MicroUsd;

use super::Run;
use super::html::Text;
use super::units::{approx, short, usd};
use crate::record::{MoneySpent, RunRecord};

/// A step of the way.
struct Step {
    name: &'static str,
    amount: MicroUsd,
    /// Whether the bar begins at zero: the first and the last.
    whole: bool,
}

/// How many times the median a cost is that would leave the others' bars too short to be read.
const OUTLIER: i64 = 4;

/// Writes a waterfall for each run: all on one scale, but those that would empty it, which have their own.
pub(super) fn write(out: &mut String, runs: &[Run]) {
    let scale = shared_scale(runs);
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
        write_run(out, &run.record, steps, scale);
    }
    out.push_str("</div>\n");
}

/// The largest cost but for those several times the median: a bar of it is as wide as there is room.
fn shared_scale(runs: &[Run]) -> i64 {
    let totals = runs.iter().map(|run| run.record.summary.money.total().0);
    let mut totals: Vec<i64> = totals.filter(|total| *total > 0).collect();
    totals.sort_unstable();
    // Of two runs the cheaper one is the median.
    let Some(median) = totals.get(totals.len().saturating_sub(1) / 2) else {
        return 1;
    };
    let most = median.saturating_mul(OUTLIER);
    let usual = totals.iter().copied().filter(|total| *total <= most);
    usual.max().unwrap_or(1)
}

/// Whether the steps begin at a bound.
pub(super) fn has_bound(runs: &[Run]) -> bool {
    runs.iter().any(|run| run.record.summary.bound.is_some())
}

fn write_run<'a>(
    out: &mut String,
    run: &RunRecord,
    steps: impl Iterator<Item = &'a Step>,
    shared_scale: i64,
) {
    let scale = shared_scale.max(run.summary.money.total().0);
    let _ = write!(
        out,
        "<table class=waterfall><caption>{}",
        Text(&run.meta.name)
    );
    if scale > shared_scale {
        let times = short(approx(scale) / approx(shared_scale));
        let _ = write!(
            out,
            " <small>on its own scale: {times} times the others'</small>"
        );
    }
    out.push_str("</caption><tbody>\n");
    let percent = |amount: MicroUsd| 100.0 * approx(amount.0) / approx(scale);
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
