//! The table of what was decided and why, folded away, with a filter where scripts run.

use std::fmt::Write as _;

use spillway_solver::units::MicroUsd;

use super::Run;
use super::html::Text;
use super::units::{count, time, usd};
use super::words::words;
use crate::decisions::{Change, Why};

/// Changes shown of all runs together, and of one: the largest are kept. All are in `decisions.jsonl`; more would make
/// a page of many megabytes that nobody scrolls through.
const MOST_TOGETHER: usize = 3_000;
const MOST: usize = 1_000;

/// Reasons shown of one change.
const MOST_WHY: usize = 6;

/// Writes a foldable table for each run.
pub(super) fn write(out: &mut String, runs: &[Run]) {
    for (index, run) in runs.iter().enumerate() {
        if run.record.meta.autoscaler != "spillway" {
            let _ = writeln!(
                out,
                "<p><b>{}</b> is a baseline and gives no reasons.</p>",
                Text(&run.record.meta.name)
            );
            continue;
        }
        let shown = largest(&run.changes, MOST.min(MOST_TOGETHER / runs.len()));
        let number = |n: usize| count(u64::try_from(n).unwrap_or(u64::MAX));
        let all = number(run.changes.len());
        let _ = write!(
            out,
            "<details class=changes><summary><b>{}</b>: {all} changes</summary>",
            Text(&run.record.meta.name)
        );
        if shown.len() < run.changes.len() {
            let _ = write!(
                out,
                "<p>The {} largest of {all}; decisions.jsonl has all.</p>",
                number(shown.len())
            );
        }
        let _ = writeln!(
            out,
            "<div class=scroll tabindex=0 role=region aria-label=\"Decisions of {}\"><table id=changes-{index}><thead><tr>\
             <th scope=col>Time (UTC)<th scope=col>Workload<th scope=col>Replicas<th scope=col>Why\
             <th scope=col class=number>Cost per hour</tr></thead><tbody>",
            Text(&run.record.meta.name)
        );
        for change in shown {
            row(out, change);
        }
        out.push_str("</tbody></table></div></details>\n");
    }
}

/// The largest changes, in the order of time.
fn largest(changes: &[Change], most: usize) -> Vec<&Change> {
    let mut shown: Vec<&Change> = changes.iter().collect();
    if shown.len() > most {
        shown.sort_by_key(|change| std::cmp::Reverse(change.size()));
        shown.truncate(most);
        shown.sort_by(|a, b| (a.at_ms, &a.workload).cmp(&(b.at_ms, &b.workload)));
    }
    shown
}

fn row(out: &mut String, change: &Change) {
    let _ = write!(
        out,
        "<tr><td>{}<td>{}<td>",
        time(change.at_ms, "%a %-d %H:%M:%S"),
        Text(&change.workload.0)
    );
    let _ = writeln!(
        out,
        "{}<td><ul>{}</ul><td class=number>{}</tr>",
        targets(change),
        reasons(&change.why),
        usd(MicroUsd(change.cost.0))
    );
}

/// What was written, as HTML.
pub(super) fn targets(change: &Change) -> String {
    let mut out = String::new();
    for (index, target) in change.clusters.iter().enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        let name = Text(&target.cluster.0);
        let _ = write!(out, "{comma}{name} {}→{}", target.from, target.to);
    }
    if change.unplaced > 0 {
        let _ = write!(out, ", {} without a place", change.unplaced);
    }
    out
}

/// Reasons in words, as items of a list.
pub(super) fn reasons(why: &[Why]) -> String {
    let mut out = String::new();
    for Why { code, detail } in why.iter().take(MOST_WHY) {
        let colon = if detail.is_empty() { "" } else { ": " };
        let _ = write!(
            out,
            "<li>{}{colon}{} <code>{}</code>",
            words(*code),
            Text(detail),
            code.as_str()
        );
    }
    let more = why.len().saturating_sub(MOST_WHY);
    if more > 0 {
        let _ = write!(out, "<li>and {more} more");
    }
    out
}
