//! The totals as a table for terminals.

use std::io;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::Console;
use crate::experiment::OverSeeds;
use crate::record::RunRecord;
use crate::report::{KEPT_PERCENT, totals};

/// Prints a row a measure and a column a run; `*` marks the best figure, which is explained where there is one.
pub(super) fn print(runs: &[&RunRecord], console: &mut Console<'_>) -> io::Result<()> {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    let names = runs.iter().map(|run| run.meta.name.clone());
    table.set_header(std::iter::once(String::new()).chain(names));
    let mut any_best = false;
    for row in totals(runs) {
        any_best |= row.best.contains(&true);
        let figures = row.figures.iter().zip(&row.best);
        let figures = figures.map(|(figure, best)| {
            let mark = if *best { "* " } else { "" };
            format!("{mark}{figure}")
        });
        table.add_row(std::iter::once(row.name.to_owned()).chain(figures));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    writeln!(console.out, "{table}")?;
    if any_best {
        writeln!(
            console.out,
            "* the best of those runs that were late with at most {KEPT_PERCENT} % of the requests: to serve fewer is cheaper and wins nothing"
        )?;
    }
    Ok(())
}

/// Prints the means of several seeds with their intervals, a row a figure and a column a run, and what the paired
/// differences say.
pub(super) fn print_over_seeds(over: &OverSeeds, console: &mut Console<'_>) -> io::Result<()> {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    for (n, figure) in over.main_figures().enumerate() {
        if n == 0 {
            let names = figure.runs.iter().map(|run| run.run.clone());
            table.set_header(std::iter::once(String::new()).chain(names));
        }
        let unit = figure.figure.unit;
        let estimates = figure.runs.iter().map(|run| match run.estimate {
            None => "none".to_owned(),
            Some(estimate) => match estimate.interval {
                None => unit.show(estimate.mean),
                Some([_, high]) => format!(
                    "{} ± {}",
                    unit.show(estimate.mean),
                    unit.show(high - estimate.mean)
                ),
            },
        });
        table.add_row(std::iter::once(figure.figure.name.to_owned()).chain(estimates));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    match over.seeds.len() {
        1 => writeln!(console.out, "One seed, so there is no interval:")?,
        many if over.resampled => writeln!(
            console.out,
            "Mean of {many} seeds, each with the trace drawn anew from its blocks, ± half of its 95 % interval:"
        )?,
        many => writeln!(
            console.out,
            "Mean of {many} seeds ± half of its 95 % interval:"
        )?,
    }
    writeln!(console.out, "{table}")?;
    for verdict in over.verdicts() {
        writeln!(console.out, "{verdict}")?;
    }
    Ok(())
}
