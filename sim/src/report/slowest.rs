//! The slowest minute of each run: what was there, what was decided just before, and why.

use std::fmt::Write as _;

use spillway_solver::units::{Millis, UnixMs};

use super::changes::{reasons, targets};
use super::html::Text;
use super::plot::TimeAxis;
use super::units::{approx, count, short, span, time};
use super::{Run, supply};
use crate::decisions::{Change, why_of};
use crate::record::{DecisionThen, RunRecord, Slowest, Summary};

/// How long before the minute's end changes are shown, and how many: what was ordered earlier had time to boot.
const BEFORE: Millis = Millis(15 * 60_000);
const MOST_CHANGES: usize = 4;

/// Intervals drawn on each side of the minute.
const AROUND: usize = 20;

/// Writes an article for each run.
pub(super) fn write(out: &mut String, runs: &[Run]) {
    out.push_str("<div class=minutes>\n");
    for run in runs {
        let name = Text(&run.record.meta.name);
        let _ = writeln!(out, "<article class=minute><h3>{name}</h3>");
        match &run.record.slowest {
            Some(slowest) => write_minute(out, run, slowest),
            None => out.push_str("<p>No request waited in any minute.</p>\n"),
        }
        out.push_str("</article>\n");
    }
    out.push_str("</div>\n");
}

fn write_minute(out: &mut String, run: &Run, slowest: &Slowest) {
    let _ = writeln!(out, "<p>{}</p>", Text(&what_happened(&run.record, slowest)));
    around(out, run, slowest);
    out.push_str(
        "<table><thead><tr><th scope=col>At its end<th scope=col class=number>Asked for<th scope=col class=number>Ready<th scope=col class=number>Pending</tr></thead><tbody>\n",
    );
    for then in &slowest.clusters {
        let _ = writeln!(
            out,
            "<tr><th scope=row>{}<td class=number>{}<td class=number>{}<td class=number>{}</tr>",
            Text(&then.cluster.0),
            then.asked,
            then.ready,
            then.pending
        );
    }
    out.push_str("</tbody></table>\n");
    if run.record.meta.autoscaler != "spillway" {
        out.push_str("<p>It is a baseline and gives no reasons.</p>\n");
        return;
    }
    let before = changes_before(run, slowest);
    if before.is_empty() {
        let _ = writeln!(
            out,
            "<p>Nothing of it was changed in the {} before.</p>",
            span(BEFORE.0 * 1_000)
        );
    } else {
        out.push_str("<p>What was changed before:</p><dl>\n");
        for change in before {
            let _ = writeln!(
                out,
                "<dt>{} {}<dd><ul>{}</ul>",
                time(change.at_ms, "%H:%M:%S"),
                targets(change),
                reasons(&change.why)
            );
        }
        out.push_str("</dl>\n");
    }
    if let Some(decision) = &slowest.decision {
        said(out, decision);
    }
}

/// The minute in sentences.
fn what_happened(run: &RunRecord, slowest: &Slowest) -> String {
    let mut workloads = run.workloads.iter();
    let objective = workloads
        .find(|workload| workload.id == slowest.workload)
        .and_then(|workload| workload.objective_ms);
    let against = match objective {
        Some(objective) if objective.0 > 0 => format!(
            ", {} times the {} of the objective",
            short(approx(slowest.delay_us) / (approx(objective.0) * 1e3)),
            span(objective.0 * 1_000)
        ),
        _ => String::new(),
    };
    let asked: u64 = slowest
        .clusters
        .iter()
        .map(|then| u64::from(then.asked))
        .sum();
    let ready: u64 = slowest.clusters.iter().map(|then| then.ready).sum();
    let demand = approx(slowest.demand_milli) / 1e3;
    let remark = if approx(asked) < demand {
        ", too few"
    } else if approx(ready) < demand {
        ", too few of them in time"
    } else if slowest.queued > 0 {
        ", which had what waited before to work off"
    } else {
        "; what had to wait had come before they were"
    };
    format!(
        "{} to {} UTC: a request of {} waited {}{against}; {} waited at the end. Demand took {} replicas; at its end {asked} were asked for and {ready} Ready{remark}.",
        time(slowest.at_ms, "%a %-d, %H:%M"),
        time(slowest.until_ms, "%H:%M"),
        slowest.workload,
        span(slowest.delay_us),
        count(slowest.queued),
        short(demand),
    )
}

/// The workload's replicas in the minutes around.
fn around(out: &mut String, run: &Run, slowest: &Slowest) {
    let record = &run.record;
    let mut workloads = record.workloads.iter();
    let Some(index) = workloads.position(|workload| workload.id == slowest.workload) else {
        return;
    };
    let at = record
        .series
        .partition_point(|row| row.at_ms < slowest.at_ms);
    let from = at.saturating_sub(AROUND);
    let until = (at + AROUND + 1).min(record.series.len());
    let Some(first) = record.series.get(from).map(|row| row.at_ms) else {
        return;
    };
    let end = record.series.get(until).map_or_else(
        || record.meta.start_ms.plus(record.meta.horizon_ms),
        |row| row.at_ms,
    );
    let span = end.since(first);
    let mut meta = record.meta.clone();
    (meta.start_ms, meta.horizon_ms) = (first, span);
    let window = RunRecord {
        meta,
        summary: Summary::default(),
        workloads: record.workloads.clone(),
        series: record.series[from..until].to_vec(),
        nodes: Vec::new(),
        faults: Vec::new(),
        slowest: None,
        warnings: Vec::new(),
        timing: record.timing,
    };
    let minute: (UnixMs, UnixMs) = (slowest.at_ms, slowest.until_ms);
    let axis = TimeAxis::narrow(first, span).marked("minute", &[minute]);
    supply::write_window(out, &window, index, &axis);
}

/// The workload's last changes by the end of the minute, in the order of time.
fn changes_before<'a>(run: &'a Run, slowest: &Slowest) -> Vec<&'a Change> {
    let from = UnixMs(slowest.until_ms.0.saturating_sub_unsigned(BEFORE.0));
    let changes = run.changes.iter().filter(|change| {
        change.workload == slowest.workload
            && change.at_ms > from
            && change.at_ms <= slowest.until_ms
    });
    let mut last: Vec<&Change> = changes.rev().take(MOST_CHANGES).collect();
    last.reverse();
    last
}

/// The decision in force at the end of the minute.
fn said(out: &mut String, decision: &DecisionThen) {
    let plan = &decision.plan;
    let unplaced = match plan.unplaced {
        0 => String::new(),
        some => format!(", {some} of them without a place"),
    };
    let reasons = reasons(&why_of(&decision.rationale));
    let _ = write!(
        out,
        "<p>At {} the decision was {} replicas{unplaced}",
        time(decision.at_ms, "%H:%M:%S"),
        plan.desired,
    );
    if reasons.is_empty() {
        out.push_str(": as before.</p>\n");
    } else {
        let _ = writeln!(out, ":</p><ul>{reasons}</ul>");
    }
}
