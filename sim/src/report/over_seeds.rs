//! Several seeds on the page: a dot and a whisker for each run's figure, and what the differences say.
//!
//! Drawn with boxes of HTML placed by percentages, so that names and figures keep their size on a phone.

use std::fmt::Write as _;

use super::html::Text;
use crate::experiment::over_seeds::{FigureOverSeeds, OverSeeds};

pub(super) const STYLE: &str = include_str!("over_seeds.css");

/// Writes the section's pictures, below its heading.
pub(super) fn write(out: &mut String, over: &OverSeeds) {
    out.push_str("<ul class=verdicts>\n");
    for verdict in over.verdicts() {
        let _ = writeln!(out, "<li>{}</li>", Text(verdict));
    }
    out.push_str("</ul>\n<div class=whiskers>\n");
    for figure in over.main_figures() {
        write_figure(out, figure);
    }
    out.push_str("</div>\n");
}

fn write_figure(out: &mut String, figure: &FigureOverSeeds) {
    let unit = figure.figure.unit;
    let (low, high) = range(figure);
    let place = |value: f64| 100.0 * (value - low) / (high - low);
    let _ = writeln!(
        out,
        "<figure><figcaption><b>{}</b> <span>{}</span></figcaption><dl>",
        figure.figure.name, figure.figure.meaning
    );
    for run in &figure.runs {
        let _ = write!(out, "<dt>{}</dt>", Text(&run.run));
        let Some(estimate) = run.estimate else {
            out.push_str("<dd><span class=track></span>none</dd>\n");
            continue;
        };
        out.push_str("<dd><span class=track aria-hidden=true>");
        if let Some([from, to]) = estimate.interval {
            let _ = write!(
                out,
                "<i class=whisker style=\"left:{:.1}%;width:{:.1}%\"></i>",
                place(from),
                place(to) - place(from)
            );
        }
        let _ = write!(
            out,
            "<i class=dot style=\"left:{:.1}%\"></i></span>{}",
            place(estimate.mean),
            unit.show(estimate.mean)
        );
        if let Some([from, to]) = estimate.interval {
            let _ = write!(
                out,
                " <small>{} to {}</small>",
                unit.show(from),
                unit.show(to)
            );
        }
        out.push_str("</dd>\n");
    }
    out.push_str("</dl></figure>\n");
}

/// From the least to the most of all whiskers, with some air.
fn range(figure: &FigureOverSeeds) -> (f64, f64) {
    let estimates = || figure.runs.iter().filter_map(|run| run.estimate);
    let ends = || {
        estimates().flat_map(|estimate| {
            let interval = estimate.interval.unwrap_or([estimate.mean; 2]);
            [interval[0], estimate.mean, interval[1]]
        })
    };
    let low = ends().fold(f64::INFINITY, f64::min);
    let high = ends().fold(f64::NEG_INFINITY, f64::max);
    let air = if high > low { 0.04 * (high - low) } else { 0.5 };
    (low - air, high + air)
}
