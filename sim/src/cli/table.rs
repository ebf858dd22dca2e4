//! The totals as a table for terminals.

use std::io;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::Console;
use crate::record::RunRecord;
use crate::report::totals;

/// Prints a row a measure and a column a run; `*` marks the best figure.
pub(super) fn print(runs: &[&RunRecord], console: &mut Console<'_>) -> io::Result<()> {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    let names = runs.iter().map(|run| run.meta.name.clone());
    table.set_header(std::iter::once(String::new()).chain(names));
    for row in totals(runs) {
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
    writeln!(console.out, "{table}")
}
