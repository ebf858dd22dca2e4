//! Money per hour by kind.

use super::Run;
use super::buckets::{Buckets, peak};
use super::plot::{Axis, Panel, TimeAxis};
use super::stack::{self, Layer};
use super::units::{approx, usd, usd_of};
use crate::record::{MoneySpent, RunRecord};

/// Height of a panel on the page, pixels.
const HEIGHT_PX: u32 = 110;

/// Writes a panel for each run, all with the same axes.
pub(super) fn write(out: &mut String, runs: &[Run], time: &TimeAxis) {
    let drawn: Vec<Vec<Layer>> = runs.iter().map(|run| layers(&run.record)).collect();
    let peaks = drawn.iter().map(|layers| peak(&stack::totals(layers)));
    let axis = Axis::linear(peaks.fold(0.0, f64::max), usd_of);
    for (run, layers) in runs.iter().zip(&drawn) {
        let stack = stack::draw(layers, &axis, Buckets::of(&run.record).width);
        let total = usd(run.record.summary.money.total());
        Panel {
            name: &run.record.meta.name,
            note: match run.record.summary.bound {
                Some(bound) => format!("{total} in all; no policy less than {}", usd(bound.least)),
                None => format!("{total} in all"),
            },
            description: format!(
                "Money per hour over time under {}: {total} in all, at most {} an hour.",
                run.record.meta.name,
                usd_of(peak(&stack::totals(layers)))
            ),
            height_px: HEIGHT_PX,
            shapes: stack.shapes,
            time,
            axis: Some(&axis),
            names: stack.names,
        }
        .write(out);
    }
}

fn layers(run: &RunRecord) -> Vec<Layer> {
    let buckets = Buckets::of(run);
    let layer = |name, class, pick: fn(&MoneySpent) -> i64| Layer {
        name,
        class,
        values: buckets.per_hour(|interval| approx(pick(&interval.money)) / 1e6),
    };
    vec![
        layer("private", "private", |money| money.marginal.0),
        layer("on-demand", "on-demand", |money| money.on_demand.0),
        layer("spot", "spot", |money| money.spot.0),
        layer("egress", "egress", |money| money.egress.0),
    ]
}
