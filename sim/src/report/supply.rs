//! Demand against Ready replicas, stacked by where they run.

use std::fmt::Write as _;

use spillway_solver::policy::Tier;

use super::buckets::{Buckets, peak};
use super::plot::{Axis, HEIGHT, Panel, TimeAxis, line};
use super::stack::{self, Layer};
use super::units::{approx, count, percent, short};
use super::{Run, workload_heading};
use crate::record::{Interval, RunRecord, WorkloadInterval};

/// Height of a panel on the page, pixels.
const HEIGHT_PX: u32 = 150;
/// Height of the panel of a few minutes, likewise.
const WINDOW_PX: u32 = 96;

/// Writes a panel for each run, all with the same axes.
pub(super) fn write(out: &mut String, runs: &[Run], workload: usize, time: &TimeAxis) {
    let drawn: Vec<_> = runs
        .iter()
        .map(|run| layers(&run.record, workload))
        .collect();
    let peaks = drawn
        .iter()
        .map(|(layers, demand)| peak(&stack::totals(layers)).max(peak(demand)));
    let axis = Axis::linear(peaks.fold(0.0, f64::max), short);
    workload_heading(out, runs, workload);
    for (run, (layers, demand)) in runs.iter().zip(&drawn) {
        let stack = draw(layers, demand, &axis, Buckets::of(&run.record).width);
        let note = note(&run.record, workload);
        Panel {
            name: &run.record.meta.name,
            description: format!(
                "Replicas over time under {}: demand peaks at {}, Ready and asked-for replicas at {}. {note}.",
                run.record.meta.name,
                short(peak(demand)),
                short(peak(&stack::totals(layers)))
            ),
            note,
            height_px: HEIGHT_PX,
            shapes: stack.shapes,
            time,
            axis: Some(&axis),
            names: stack.names,
        }
        .write(out);
    }
}

/// Writes one panel of a part of a run.
pub(super) fn write_window(out: &mut String, part: &RunRecord, workload: usize, time: &TimeAxis) {
    let (layers, demand) = layers(part, workload);
    let most = peak(&stack::totals(&layers)).max(peak(&demand));
    let axis = Axis::linear(most, short);
    let mut stack = draw(&layers, &demand, &axis, Buckets::of(part).width);
    // The marked ground lies below; its edges are seen through the stack.
    for (from, until) in time.marks().1 {
        let _ = write!(
            stack.shapes,
            "<path class=\"edges\" d=\"M{from:.1} 0V{HEIGHT}M{until:.1} 0V{HEIGHT}\"/>"
        );
    }
    Panel {
        name: "Replicas around it",
        note: String::new(),
        description: format!(
            "Replicas in the minutes around the slowest one: demand peaks at {}, Ready and asked-for replicas at {}.",
            short(peak(&demand)),
            short(peak(&stack::totals(&layers)))
        ),
        height_px: WINDOW_PX,
        shapes: stack.shapes,
        time,
        axis: Some(&axis),
        names: stack.names,
    }
    .write(out);
}

/// The stack, and demand as a line on top of it.
fn draw(layers: &[Layer], demand: &[f64], axis: &Axis, width: f64) -> stack::Drawn {
    let mut stack = stack::draw(layers, axis, width);
    let heights: Vec<Option<f64>> = demand.iter().map(|value| Some(axis.y(*value))).collect();
    stack.shapes.push_str(&line("demand halo", width, &heights));
    stack.shapes.push_str(&line("demand", width, &heights));
    if let Some(Some(last)) = heights.last() {
        stack.names.push(("demand", "demand", *last));
    }
    stack
}

fn note(run: &RunRecord, workload: usize) -> String {
    let Some(totals) = run.workloads.get(workload) else {
        return String::new();
    };
    let time = &totals.replica_time;
    let waiting = totals.requests.queued;
    let public = percent(time.public_ms, time.private_ms + time.public_ms);
    if waiting == 0 {
        format!("{public} of replica time in public")
    } else {
        format!(
            "{public} of replica time in public, {} requests still waiting at the end",
            count(waiting)
        )
    }
}

fn layers(run: &RunRecord, workload: usize) -> (Vec<Layer>, Vec<f64>) {
    let buckets = Buckets::of(run);
    let mean = |value: &dyn Fn(&WorkloadInterval) -> u64| {
        let thousandths = |interval: &Interval| interval.workloads.get(workload).map_or(0, value);
        buckets.mean(|interval| approx(thousandths(interval)) / 1e3)
    };
    let ready = |tier: Tier| {
        mean(&|row| {
            let clusters = run.meta.clusters.iter().zip(&row.ready_milli);
            clusters
                .filter(|(cluster, _)| cluster.tier == tier)
                .map(|(_, ready)| ready)
                .sum()
        })
    };
    let layer = |name, class, values| Layer {
        name,
        class,
        values,
    };
    let layers = vec![
        layer("private", "private", ready(Tier::Private)),
        layer("public", "public", ready(Tier::Public)),
        layer("pending", "pending", mean(&|row| row.pending_milli)),
    ];
    (layers, mean(&|row| row.demand_milli))
}
