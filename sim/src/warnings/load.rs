//! Loads that leave a run, or a part of it, without requests, or that are not where the world thinks.

use super::{Code, Warning, warning};
use crate::config::RunConfig;
use crate::record::{Interval, RunRecord};
use crate::report::units::{short, time};
use spillway_solver::units::{Millis, UnixMs};

/// Share of a run without requests at its begin or end from which on its figures are those of an idle world.
const LONG_PERCENT: u64 = 10;

/// How far a trace's first instant may lie from the world's before they count as different: file names and people round
/// to the minute.
const SAME_START: Millis = Millis(60_000);

/// What is to be said about the load of a run.
pub(super) fn of(config: &RunConfig, record: &RunRecord) -> Vec<Warning> {
    let mut found = Vec::new();
    if record.summary.requests.arrived == 0 {
        found.push(warning(
            Code::NoRequests,
            "no request arrived in the whole run: its figures say nothing; look at the trace (`spillway-sim trace inspect`) \
             and at `horizon`",
        ));
    } else {
        found.extend(silence(config, record));
        found.extend(unnamed(config, record));
    }
    let gaps = record.meta.load.gap_warning();
    found.extend(gaps.map(|text| warning(Code::TraceGaps, text)));
    found
}

/// The time before the first and after the last requests.
fn silence(config: &RunConfig, record: &RunRecord) -> Vec<Warning> {
    let busy = |row: &Interval| row.workloads.iter().any(|workload| workload.arrived > 0);
    let first = record.series.iter().position(busy);
    let last = record.series.iter().rposition(busy);
    let (Some(first), Some(last)) = (first, last) else {
        return Vec::new();
    };
    let meta = &record.meta;
    let before = record.series[first].at_ms.since(meta.start_ms);
    let next = record.series.get(last + 1);
    let after = next.map_or(Millis(0), |row| {
        meta.start_ms.plus(meta.horizon_ms).since(row.at_ms)
    });
    let is_long = |span: Millis| span.0 * 100 > meta.horizon_ms.0 * LONG_PERCENT;
    let of = hours(meta.horizon_ms);
    let mut found = Vec::new();
    if is_long(before) {
        let text = format!(
            "the first request arrives {} after the start of a run of {of}: until then the figures are those of an idle \
             world; let the world `start` later, or look at the times in the trace",
            hours(before)
        );
        found.push(warning(Code::LoadBeginsLate, text));
    }
    if is_long(after) {
        let remedy = if config.world.seen {
            "ask of an earlier moment, or name a load that goes on"
        } else if config.world.horizon.is_some() {
            "shorten `horizon`"
        } else {
            "the trace says so; write a `horizon` that ends with its requests"
        };
        let text = format!(
            "no request arrives in the last {} of {of}: for that time the figures are those of an idle world; {remedy}",
            hours(after)
        );
        found.push(warning(Code::LoadEndsEarly, text));
    }
    found
}

/// Workloads that nothing arrived for although somebody named them for the trace, or nobody said a word about them.
fn unnamed(config: &RunConfig, record: &RunRecord) -> Vec<Warning> {
    let idle = record.workloads.iter();
    let idle = idle.filter(|workload| workload.requests.arrived == 0);
    let told = idle.filter_map(|workload| {
        let listed = config.world.workloads.iter();
        let mut listed = listed.filter(|listed| listed.id == workload.id);
        let id = &workload.id;
        let why = match listed.next() {
            None => "the world has no such workload, and the load has no requests of its name".to_owned(),
            Some(listed) if !listed.trace_names.is_empty() => {
                format!("the load has no requests of {}", listed.trace_names.join(", "))
            }
            // Listed without further names: that it idles is what was written.
            Some(_) => return None,
        };
        let text = format!(
            "{id}: {why}: it idles at its minimum, and its figures say nothing; name it in `workloads` of the world with \
             `traceNames` as the trace has them"
        );
        Some(warning(Code::NoRequests, text))
    });
    told.collect()
}

/// A trace with a calendar of its own.
pub(super) fn elsewhere(record: &RunRecord) -> Option<Warning> {
    let meta = &record.meta;
    let origin = meta.load.origin_ms?;
    if origin.0.abs_diff(meta.start_ms.0) < SAME_START.0 {
        return None;
    }
    let shown = |at: UnixMs| time(at, "%FT%TZ");
    let text = format!(
        "the trace begins at {}, and the world at {}: its first instant is taken as the world's, so schedules, days of \
         the week and caps by the day fall on other requests than they did; write `start: {}` into the world",
        shown(origin),
        shown(meta.start_ms),
        shown(origin)
    );
    Some(warning(Code::TraceElsewhere, text))
}

fn hours(span: Millis) -> String {
    let seconds = crate::report::units::approx(span.0) / 1e3;
    if seconds < 3_600.0 {
        format!("{} min", short(seconds / 60.0))
    } else {
        format!("{} h", short(seconds / 3_600.0))
    }
}
