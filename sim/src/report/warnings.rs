//! What a reader has to know before any figure, at the head of the page.

use std::fmt::Write as _;

use super::Run;
use super::html::Text;
use crate::record::RunRecord;
use crate::warnings::of_runs;

/// Writes the warnings of all runs, each once.
pub(super) fn write(out: &mut String, runs: &[Run]) {
    let records: Vec<&RunRecord> = runs.iter().map(|run| &run.record).collect();
    list(out, &of_runs(&records));
}

/// Writes warnings, where there are any.
pub(super) fn list(out: &mut String, told: &[String]) {
    if told.is_empty() {
        return;
    }
    out.push_str("<section class=warnings><h2>Before you read on</h2><ul>\n");
    for warning in told {
        let _ = writeln!(out, "<li>{}</li>", Text(warning));
    }
    out.push_str("</ul></section>\n");
}
