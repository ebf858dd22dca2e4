//! `report.html`: one page for people. It holds all it needs (style, script, pictures), asks no network for anything,
//! and is read without its script.
//!
//! Figures come from [`crate::record`]; here they are rounded, drawn and put into words.

mod aside;
mod buckets;
mod changes;
mod delay;
mod effects;
mod faults;
mod html;
mod money;
mod nodes;
mod over_seeds;
mod overview;
mod page;
mod plot;
mod scatter;
mod slowest;
mod stack;
mod supply;
mod sweep;
mod totals;
mod tradeoff;
pub mod units;
mod verdict;
mod warnings;
mod waterfall;
mod words;

pub use page::{render, render_over_seeds};
pub(crate) use sweep::plain;
pub use sweep::render_sweep;
pub(crate) use totals::KEPT_PERCENT;
pub use totals::{TotalsRow, headline, totals};

use std::fmt::Write as _;

use html::Text;

use crate::decisions::Change;
use crate::record::RunRecord;

/// A finished run.
#[derive(Clone, Debug)]
pub struct Run {
    /// What it left.
    pub record: RunRecord,
    /// What its ticks changed, in the order of time.
    pub changes: Vec<Change>,
}

/// Says whose panels follow, where there is more than one workload.
fn workload_heading(out: &mut String, runs: &[Run], workload: usize) {
    let workloads = runs.first().map_or(&[][..], |run| &run.record.workloads);
    if workloads.len() > 1
        && let Some(workload) = workloads.get(workload)
    {
        let _ = writeln!(out, "<h3>{}</h3>", Text(&workload.id.0));
    }
}
