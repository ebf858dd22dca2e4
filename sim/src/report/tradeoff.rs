//! What runs cost against how late they were: which of them no other beats in both.

use std::fmt::Write as _;

use super::Run;
use super::aside::{Aside, aside};
use super::html::Text;
use super::plot::{Axis, HEIGHT};
use super::scatter::{Point, Scatter};
use super::totals::KEPT_PERCENT;
use super::units::{span, usd_of};
use crate::figures::{Figure, figure};
use crate::record::RunRecord;

/// A run with both figures.
struct Placed<'a> {
    number: usize,
    run: &'a RunRecord,
    cost: f64,
    late: f64,
}

/// Writes the plot and its list, where there are two runs to compare; says whether it did.
pub(super) fn write(out: &mut String, runs: &[Run]) -> bool {
    let Some((late, placed)) = placed(runs) else {
        return false;
    };
    let of_requests = late.name == "lateRequestsPercent";
    let largest = placed.iter().map(|one| one.late).fold(0.0, f64::max);
    let up = if of_requests {
        Axis::log_decades(largest.max(KEPT_PERCENT), 1, |percent| {
            format!("{percent} %")
        })
    } else {
        Axis::log_seconds(largest.max(0.1), |seconds| span(micros(seconds)))
    };
    let costs: Vec<f64> = placed.iter().map(|one| one.cost).collect();
    let across = Axis::by_spread(&costs, usd_of_tick);
    let front = |one: &Placed<'_>| !placed.iter().any(|other| beats(other, one));
    let share = |height: f64| 1.0 - height / HEIGHT;
    let shares = placed
        .iter()
        .map(|one| (share(across.y(one.cost)), share(up.y(one.late))));
    let asides = aside(&shares.collect::<Vec<_>>());
    let points = placed.iter().zip(asides).map(|(one, place)| Point {
        target: id(one.number),
        label: format!("{}, {}", one.run.meta.name, figures(late, one)),
        at: (one.cost, one.late),
        mark: mark(one.number, place),
        front: front(one),
        says: format!(
            "<b>{}</b><br>{}",
            Text(&one.run.meta.name),
            figures(late, one)
        ),
    });
    out.push_str("<div class=tradeoff>\n");
    Scatter {
        name: if of_requests {
            "Late requests"
        } else {
            "Queue delay, 95th percentile"
        },
        meaning: "logarithmic; below and to the left is better",
        across_name: if across.is_logarithmic() {
            "Cost, logarithmic"
        } else {
            "Cost"
        },
        across,
        up,
        tinted_above: of_requests.then_some(KEPT_PERCENT),
        points: points.collect(),
    }
    .write(out);
    out.push_str("<ol class=runs>\n");
    for one in &placed {
        let class = if front(one) { " class=front" } else { "" };
        let _ = writeln!(
            out,
            "<li{class} value={}><b>{}</b> {}",
            one.number,
            Text(&one.run.meta.name),
            figures(late, one)
        );
    }
    out.push_str("</ol></div>\n");
    true
}

/// A number, on its point or beside it at the end of a line.
fn mark(number: usize, place: Option<Aside>) -> String {
    let Some(place) = place else {
        return format!("<b>{number}</b>");
    };
    let (right, up) = place.offset();
    format!(
        "<i class=leader style=\"width:{:.0}px;transform:rotate({:.0}deg)\"></i>\
         <b style=\"transform:translate({right:.1}px,{:.1}px)\">{number}</b>",
        place.distance, -place.degrees, -up
    )
}

/// Whole dollars without cents: many labels stand side by side.
fn usd_of_tick(dollars: f64) -> String {
    let label = usd_of(dollars);
    label
        .strip_suffix(".00")
        .map_or(label.clone(), str::to_owned)
}

/// The id of a run's cell in the overview; runs are counted from 1.
pub(super) fn id(number: usize) -> String {
    format!("run-{number}")
}

/// The runs in their order, by late requests or, where no run has an objective, by queue delay.
fn placed(runs: &[Run]) -> Option<(&'static Figure, Vec<Placed<'_>>)> {
    let cost = figure("costUsd").ok()?;
    ["lateRequestsPercent", "delayP95"]
        .into_iter()
        .filter_map(|name| figure(name).ok())
        .map(|late| {
            let placed = runs.iter().zip(1..).filter_map(|(run, number)| {
                Some(Placed {
                    number,
                    run: &run.record,
                    cost: cost.of_run(&run.record.summary)?,
                    late: late.of_run(&run.record.summary)?,
                })
            });
            (late, placed.collect::<Vec<_>>())
        })
        .find(|(_, placed)| placed.len() > 1)
}

/// At least as good in both, and better in one.
fn beats(other: &Placed<'_>, one: &Placed<'_>) -> bool {
    let no_worse = other.cost <= one.cost && other.late <= one.late;
    no_worse && (other.cost < one.cost || other.late < one.late)
}

fn figures(late: &Figure, one: &Placed<'_>) -> String {
    let word = if late.name == "delayP95" {
        "p95"
    } else {
        "late"
    };
    format!("{}, {} {word}", usd_of(one.cost), late.unit.show(one.late))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "ticks are positive and a few months at most"
)]
fn micros(seconds: f64) -> u64 {
    (seconds * 1e6).round() as u64
}
