//! Faults of the world: a ground behind every plot while one ran, and a table of all.

use std::fmt::Write as _;

use spillway_solver::units::UnixMs;

use super::Run;
use super::html::Text;
use super::units::{count, time};

/// Times of one fault up to which each is drawn. More would hide the plots and swell the page.
const MOST_DRAWN: usize = 50;

/// When faults ran, of the first run: what is drawn by time is the same in all.
pub(super) fn spans(runs: &[Run]) -> Vec<(UnixMs, UnixMs)> {
    let Some(Run { record, .. }) = runs.first() else {
        return Vec::new();
    };
    let end = record.meta.start_ms.plus(record.meta.horizon_ms);
    let drawn = record.faults.iter();
    drawn
        .filter(|fault| fault.spans.len() <= MOST_DRAWN)
        .flat_map(|fault| &fault.spans)
        .map(|span| (span.from_ms, span.until_ms.unwrap_or(end)))
        .collect()
}

/// Writes the table: what, where, when first, how often, and what it struck in each run.
pub(super) fn write(out: &mut String, runs: &[Run]) {
    let Some(first) = runs.first() else { return };
    out.push_str("<div class=scroll tabindex=0 role=region aria-label=\"Faults\"><table><thead><tr><th scope=col>Fault<th scope=col>Where<th scope=col>First<th scope=col class=number>Times");
    for run in runs {
        let _ = write!(
            out,
            "<th scope=col class=number>Struck under {}",
            Text(&run.record.meta.name)
        );
    }
    out.push_str("</tr></thead><tbody>\n");
    for (n, fault) in first.record.faults.iter().enumerate() {
        let begins = fault.spans.first();
        let began = begins.map_or_else(
            || "never".to_owned(),
            |span| time(span.from_ms, "%a %-d, %H:%M"),
        );
        let _ = write!(
            out,
            "<tr><td>{}<td>{}<td>{began}<td class=number>{}",
            Text(&fault.kind),
            Text(&fault.target),
            count(fault.times)
        );
        for run in runs {
            let struck = run.record.faults.get(n).map_or(0, |fault| fault.struck);
            let _ = write!(out, "<td class=number>{}", count(struck));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
}
