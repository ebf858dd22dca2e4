//! The page as a whole: its order, its words, its style.

use std::fmt::Write as _;

use spillway_solver::units::{Millis, UnixMs};

use super::html::Text;
use super::plot::TimeAxis;
use super::units::{approx, short, time};
use super::verdict::{verdict, verdict_over_seeds};
use super::{
    Run, changes, delay, faults, money, nodes, over_seeds, overview, scatter, slowest, supply,
    totals, tradeoff, warnings, waterfall,
};
use crate::config::Mode;
use crate::experiment::OverSeeds;
use crate::hosts::Entry;
use crate::record::RunMeta;

const STYLE: &str = include_str!("style.css");
const GLANCE: &str = include_str!("glance.css");
const SCRIPT: &str = include_str!("filter.js");

/// Workloads drawn, those with the most requests first. The totals and the files have all.
const MOST_WORKLOADS: usize = 6;

/// The page for these runs over the same trace; the first one's clusters and workloads stand for all.
#[must_use]
pub fn render(runs: &[Run]) -> String {
    page(runs, None)
}

/// The page for runs of several seeds: `runs` are those of the first.
#[must_use]
pub fn render_over_seeds(runs: &[Run], over: &OverSeeds) -> String {
    page(runs, Some(over))
}

fn page(runs: &[Run], over: Option<&OverSeeds>) -> String {
    let mut out = String::new();
    let axis = time_axis(runs, TimeAxis::new);
    let names: Vec<&str> = runs
        .iter()
        .map(|run| run.record.meta.name.as_str())
        .collect();
    let title = format!("Spillway: {}", names.join(", "));
    let _ = writeln!(
        out,
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width,initial-scale=1\">\
         <meta http-equiv=Content-Security-Policy content=\"default-src 'none';style-src 'unsafe-inline';script-src 'unsafe-inline'\">\
         <title>{}</title>\n<style>{STYLE}{}{GLANCE}{}</style></head><body><main>",
        Text(&title),
        scatter::STYLE,
        over.map_or("", |_| over_seeds::STYLE)
    );
    opening(&mut out, runs, over);
    warnings::write(&mut out, runs);
    glance(&mut out, runs);
    if let Some(over) = over {
        let first = over.seeds.first().copied().unwrap_or_default();
        let lead = match over.seeds.len() {
            1 => format!("A dot is the run of seed {first}. One seed has no interval."),
            many => format!(
                "A dot is the mean of {many} runs, its whisker the 95 % interval. The seeds are paired: differences to {} are \
                 told far more sharply than the whiskers suggest. {}All else on this page but its headline is of seed {first}.",
                Text(&over.baseline),
                if over.resampled {
                    "Under each seed the trace is drawn anew from its own blocks: intervals are about the traffic. "
                } else {
                    ""
                }
            ),
        };
        section(&mut out, "Over all seeds", &lead);
        over_seeds::write(&mut out, over);
    }
    section(
        &mut out,
        "Totals",
        "▸ marks the best of those runs that kept late requests to 1 %. Each figure, and more of them, is explained in docs/metrics.md.",
    );
    totals::write(&mut out, runs);
    if runs.iter().any(|run| !run.record.faults.is_empty()) {
        section(
            &mut out,
            "Faults",
            "What was broken on purpose; behind the plots the <i class=fault></i>ground is darker while a fault ran. \
             Struck are nodes taken, pods crashed and orders refused.",
        );
        faults::write(&mut out, runs);
    }
    let workloads = drawn_workloads(runs);
    section(
        &mut out,
        "Demand and replicas",
        "Replicas, mean. <i class=demand></i>demand (offered load) against Ready replicas in <i class=private></i>private \
         and <i class=public></i>public clusters and those <i class=pending></i>asked for and not Ready.",
    );
    for workload in &workloads {
        supply::write(&mut out, runs, *workload, &axis);
    }
    section(
        &mut out,
        "Queue delay",
        "From arrival to the start of service, logarithmic: <i class=p50></i>median, <i class=p95></i>95th and \
         <i class=p99></i>99th percentile, the worst of each stretch. Above the <i class=objective></i>objective the ground is \
         tinted. Requests that still wait count with the time they have waited.",
    );
    for workload in &workloads {
        delay::write(&mut out, runs, *workload, &axis);
    }
    section(
        &mut out,
        "Money",
        "US dollars per hour: <i class=private></i>marginal cost of private cores, <i class=on-demand></i>on-demand and \
         <i class=spot></i>spot nodes, <i class=egress></i>egress.",
    );
    money::write(&mut out, runs, &axis);
    section(
        &mut out,
        "Public nodes",
        "A bar is a node from its order to its end: pale while it boots, then <i class=on-demand></i>on-demand or \
         <i class=spot></i>spot; a <i class=cut></i>mark at its end means that the provider took it.",
    );
    nodes::write(&mut out, runs, &axis);
    section(
        &mut out,
        "Decisions",
        "What each tick changed, with its reasons. <code>spillway-sim replay</code> decides each of them again.",
    );
    changes::write(&mut out, runs);
    inputs(&mut out, runs);
    let _ = writeln!(out, "</main><script>{SCRIPT}</script></body></html>");
    out
}

fn section(out: &mut String, heading: &str, lead: &str) {
    let _ = writeln!(out, "<h2>{heading}</h2><p class=lead>{lead}</p>");
}

/// From the earliest start to the latest end.
fn time_axis(runs: &[Run], new: fn(UnixMs, Millis) -> TimeAxis) -> TimeAxis {
    let metas = || runs.iter().map(|run| &run.record.meta);
    let start = metas().map(|meta| meta.start_ms).min().unwrap_or(UnixMs(0));
    let ends = metas().map(|meta| meta.start_ms.plus(meta.horizon_ms));
    let span = ends.max().map_or(Millis(1), |end| end.since(start));
    new(start, span).marked("fault", &faults::spans(runs))
}

fn drawn_workloads(runs: &[Run]) -> Vec<usize> {
    let Some(run) = runs.first() else {
        return Vec::new();
    };
    let workloads = &run.record.workloads;
    let mut order: Vec<usize> = (0..workloads.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(workloads[*index].requests.arrived));
    order.truncate(MOST_WORKLOADS);
    order
}

fn opening(out: &mut String, runs: &[Run], over: Option<&OverSeeds>) {
    let Some(first) = runs.first() else {
        out.push_str("<h1>No run</h1>");
        return;
    };
    let meta = &first.record.meta;
    // One seed tells no more than its runs do.
    let over = over.filter(|over| over.seeds.len() > 1);
    let verdict = over.map_or_else(|| verdict(runs), verdict_over_seeds);
    let all_seeds = over.map_or_else(String::new, |over| {
        format!("means of {} seeds, pictures of ", over.seeds.len())
    });
    let _ = writeln!(
        out,
        "<header><p class=brand>Spillway simulation</p><h1>{}</h1><p class=lead>{} h from {} UTC; {all_seeds}seed {}.</p></header>",
        Text(&verdict),
        short(approx(meta.horizon_ms.0) / 3_600_000.0),
        time(meta.start_ms, "%A %-d %B %Y, %H:%M"),
        meta.seed,
    );
    // Several runs say this in their cells.
    if runs.len() > 1 {
        return;
    }
    out.push_str("<ul class=headlines>\n");
    for run in runs {
        let _ = writeln!(
            out,
            "<li><b>{}</b> {}</li>",
            Text(&run.record.meta.name),
            Text(&totals::headline(&run.record))
        );
    }
    out.push_str("</ul>\n");
}

/// The pictures that tell the runs apart, before any table.
fn glance(out: &mut String, runs: &[Run]) {
    if runs.len() > 1 {
        section(
            out,
            "Cost and lateness",
            "A number is a run: <b>bold in a box</b> where no other run is cheaper and less late. On the tinted ground more \
             than 1 % of the requests were late, and a low cost wins nothing.",
        );
        if !tradeoff::write(out, runs) {
            out.push_str("<p>No two runs have figures to compare.</p>\n");
        }
        section(
            out,
            "Each run",
            "All replicas, mean: <i class=demand></i>demand against <i class=private></i>private, \
             <i class=public></i>public and <i class=pending></i>pending ones. Delay by its objective, logarithmic: the 95th \
             percentile of the worst workload; above 1 x the ground is tinted. All cells have the same axes.",
        );
        overview::write(out, runs, &time_axis(runs, TimeAxis::narrow));
    }
    let lead = if waterfall::has_bound(runs) {
        "From the least that any policy could have paid for the same work in the same time to what was paid. <b>Starts of \
         nodes</b>: boots, and minutes that are billed at least. <b>Empty room</b>: of public nodes, that no replica \
         requested. <b>Idle replicas</b>: those with nothing to do. <b>Place and time</b>: the rest, work that could have \
         run at home at some time or at a lower price."
    } else {
        "By kind; by rates nobody knows the least possible cost."
    };
    section(out, "Where the money went", lead);
    waterfall::write(out, runs);
    section(
        out,
        "The slowest minute",
        "When requests waited longest by their objective, on darker ground; what was there, and what was decided just before.",
    );
    slowest::write(out, runs);
}

/// What computed the decisions: the core's versions, or what the baseline is and is set to.
fn decided_by(meta: &RunMeta) -> String {
    let versions = &meta.versions;
    match Entry::called(&meta.autoscaler) {
        Some(baseline) if versions.core.is_empty() => {
            format!("{}; defaults: {}", baseline.rule, baseline.defaults)
        }
        _ => format!(
            "core {}, backend {}, tzdata {}",
            versions.core, versions.backend, versions.tzdata
        ),
    }
}

/// What was run, so that it can be run again.
fn inputs(out: &mut String, runs: &[Run]) {
    section(
        out,
        "Inputs",
        "The same inputs and seed give the same files, byte for byte.",
    );
    out.push_str("<div class=scroll tabindex=0 role=region aria-label=\"Inputs\"><table><thead><tr><th scope=col>Run<th scope=col>Autoscaler<th scope=col>Inputs<th scope=col>Arrivals<th scope=col>Versions or defaults</tr></thead><tbody>\n");
    for Run { record, .. } in runs {
        let meta = &record.meta;
        let files: Vec<String> = meta
            .inputs
            .iter()
            .map(|input| format!("{} {}", input.role, input.name))
            .collect();
        let arrivals = meta.point_process.as_deref().unwrap_or(match meta.mode {
            Mode::Requests => "single requests of the trace",
            Mode::Rates => "a fluid at the rates of the trace, no single requests",
        });
        let remarks = meta.load.remarks.join("; ");
        let colon = if remarks.is_empty() { "" } else { "; " };
        let _ = writeln!(
            out,
            "<tr><td>{}<td>{}<td>{}<td>{}{colon}{}<td>{}</tr>",
            Text(&meta.name),
            Text(&meta.autoscaler),
            Text(&files.join(", ")),
            Text(arrivals),
            Text(&remarks),
            Text(&decided_by(meta))
        );
    }
    out.push_str("</tbody></table></div>\n");
}
