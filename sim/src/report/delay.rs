//! Queue delay against the objective.

use super::buckets::Buckets;
use super::plot::{Axis, HEIGHT, Panel, TimeAxis, WIDTH, line};
use super::units::{approx, percent, span};
use super::{Run, workload_heading};
use crate::record::{DelayQuantiles, WorkloadInterval, WorkloadSummary};

/// Height of a panel on the page, pixels.
const HEIGHT_PX: u32 = 130;

/// Delays below this sit on the bottom: nobody waits for them.
const SMALLEST_S: f64 = 1e-3;

type Pick = fn(&DelayQuantiles) -> u64;
const QUANTILES: [(&str, &str, Pick); 3] = [
    ("p50", "p50", |delay| delay.p50_us),
    ("p95", "p95", |delay| delay.p95_us),
    ("p99", "p99", |delay| delay.p99_us),
];

/// Writes a panel for each run, all with the same axes.
pub(super) fn write(out: &mut String, runs: &[Run], workload: usize, time: &TimeAxis) {
    let curves: Vec<[Vec<Option<f64>>; 3]> = runs
        .iter()
        .map(|run| QUANTILES.map(|(_, _, pick)| quantile(run, workload, pick)))
        .collect();
    let objective_s = runs
        .iter()
        .filter_map(|run| run.record.workloads.get(workload)?.objective_ms)
        .map(|objective| approx(objective.0) / 1e3)
        .fold(0.0, f64::max);
    let largest = curves.iter().flatten().flatten().flatten();
    let largest = largest.copied().fold(objective_s * 2.0, f64::max);
    let axis = Axis::log_seconds(largest.max(0.1), |seconds| span(micros(seconds)));
    workload_heading(out, runs, workload);
    for (run, curves) in runs.iter().zip(&curves) {
        let width = Buckets::of(&run.record).width;
        let mut shapes = String::new();
        let mut names = Vec::new();
        if objective_s > 0.0 {
            let y = axis.y(objective_s);
            shapes = format!(
                "<rect class=\"late\" x=\"0\" y=\"0\" width=\"{WIDTH}\" height=\"{y:.1}\"/>\
                 <path class=\"objective\" d=\"M0 {y:.1}H{WIDTH}\"/>"
            );
            names.push(("objective", "objective", y));
        }
        for ((name, class, _), curve) in QUANTILES.iter().zip(curves) {
            let heights: Vec<Option<f64>> = curve
                .iter()
                .map(|delay| delay.map(|delay| axis.y(delay)))
                .collect();
            shapes.push_str(&line(class, width, &heights));
            let last = heights.iter().rev().find_map(|height| *height);
            names.push((*name, *class, last.unwrap_or(HEIGHT)));
        }
        let note = run
            .record
            .workloads
            .get(workload)
            .map(note)
            .unwrap_or_default();
        Panel {
            name: &run.record.meta.name,
            description: format!(
                "Queue delay over time under {}. {note}.",
                run.record.meta.name
            ),
            note,
            height_px: HEIGHT_PX,
            shapes,
            time,
            axis: Some(&axis),
            names,
        }
        .write(out);
    }
}

fn note(workload: &WorkloadSummary) -> String {
    let p95 = span(workload.queue_delay.p95_us);
    let kept = &workload.objective;
    match workload.objective_ms {
        None => format!("95 % of requests waited at most {p95}"),
        Some(objective) => format!(
            "{} of requests waited longer than {}; 95 % at most {p95}",
            percent(kept.requests_late, kept.requests),
            span(objective.0.saturating_mul(1_000)),
        ),
    }
}

/// A quantile in seconds. A request that still waits has waited at least so long: the oldest counts like the 99th
/// percentile, and like all of them where no service began.
fn quantile(run: &Run, workload: usize, pick: Pick) -> Vec<Option<f64>> {
    let delay_us = |row: &WorkloadInterval| match &row.delay {
        Some(delay) if pick(delay) == delay.p99_us => Some(delay.p99_us.max(row.oldest_us)),
        Some(delay) => Some(pick(delay)),
        None => (row.queued > 0).then_some(row.oldest_us),
    };
    Buckets::of(&run.record).largest(|interval| {
        let micros = interval.workloads.get(workload).and_then(delay_us)?;
        Some((approx(micros) / 1e6).max(SMALLEST_S))
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "ticks are positive and a few months at most"
)]
fn micros(seconds: f64) -> u64 {
    (seconds * 1e6).round() as u64
}
