//! The answer of `what-if` as a page for people: a sentence, two tables, and what was assumed.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use spillway_solver::units::{MicroUsd, MicroUsdPerHour, Millis};

use crate::report::units;
use crate::whatif::{Answer, Seconds, Side, Spell};

/// Prints an answer.
pub(super) fn print(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    let at = units::time(answer.at_ms, "%F %T UTC");
    writeln!(out, "{}\n", answer.sentence)?;
    writeln!(out, "From {at} on, for {}:", span(answer.horizon_ms))?;
    show(&figures(answer), out)?;
    writeln!(out, "\nReady replicas:")?;
    show(&replicas(answer), out)?;
    if !answer.assumed.is_empty() {
        writeln!(out, "\nAssumed, because nobody said it:")?;
        for assumed in &answer.assumed {
            writeln!(out, "- {assumed}")?;
        }
    }
    let decisions = sides(answer).map(|side| side.decisions).sum();
    let decisions = units::count(decisions);
    writeln!(out, "\n{decisions} decisions checked, no invariant broken.")
}

fn sides(answer: &Answer) -> impl Iterator<Item = &Side> {
    std::iter::once(&answer.without).chain(&answer.with)
}

fn show(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    for line in table.to_string().lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn table<'t>(header: impl IntoIterator<Item = &'t str>, text_columns: usize) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header);
    for column in table.column_iter_mut().skip(text_columns) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn figures(answer: &Answer) -> Table {
    type Figure = fn(&Side) -> String;
    let rows: [(&str, Figure); 17] = [
        ("money", |side| units::usd(side.money.total)),
        ("  private cores", |side| units::usd(side.money.private)),
        ("  public nodes, on demand", |side| {
            units::usd(side.money.on_demand)
        }),
        ("  public nodes, spot", |side| units::usd(side.money.spot)),
        ("  egress", |side| units::usd(side.money.egress)),
        ("plan at the snapshot", |side| rate(side.money.per_hour_now)),
        ("most expensive plan", |side| rate(side.money.per_hour_peak)),
        ("plan at the end", |side| rate(side.money.per_hour_at_end)),
        ("fewer Ready than desired", |side| {
            span(side.seconds.missing_ms)
        }),
        ("  first time", |side| spell(side.seconds.missing)),
        ("objective missed", |side| span(side.seconds.late_ms)),
        ("  first time", |side| spell(side.seconds.late)),
        ("  requests late", |side| late(&side.seconds)),
        ("queue delay, 95th percentile", |side| {
            units::span(side.seconds.delay_p95_us)
        }),
        ("replicas moved", |side| units::count(side.moved)),
        ("without a place, at most", |side| {
            side.unplaced_peak.to_string()
        }),
        ("  at the end", |side| side.unplaced_at_end.to_string()),
    ];
    let header = ["", "AS IT IS", "WHAT IF"];
    let mut table = table(header.into_iter().take(1 + sides(answer).count()), 1);
    for (name, figure) in rows {
        table.add_row(std::iter::once(name.to_owned()).chain(sides(answer).map(figure)));
    }
    table
}

fn replicas(answer: &Answer) -> Table {
    let mut header = vec!["WORKLOAD", "CLUSTER", "NOW", "MOST", "AT THE END"];
    if answer.with.is_some() {
        header.extend(["WHAT IF: MOST", "AT THE END"]);
    }
    let mut table = table(header, 2);
    let mut places: Vec<_> = sides(answer)
        .flat_map(|side| &side.replicas)
        .map(|of| (&of.workload, &of.cluster, of.now))
        .collect();
    places.sort();
    places.dedup();
    for (workload, cluster, now) in places {
        let ends = sides(answer).flat_map(|side| {
            let mut there = side.replicas.iter();
            let there = there.find(|of| of.workload == *workload && of.cluster == *cluster);
            there.map_or([0, 0], |of| [of.peak, of.at_end])
        });
        let ends = ends.map(|count| count.to_string());
        let place = [workload.to_string(), cluster.to_string(), now.to_string()];
        table.add_row(place.into_iter().chain(ends));
    }
    table
}

fn rate(rate: MicroUsdPerHour) -> String {
    format!("{}/h", units::usd(MicroUsd(rate.0)))
}

fn span(span: Millis) -> String {
    units::span(span.0.saturating_mul(1_000))
}

fn late(seconds: &Seconds) -> String {
    units::percent(seconds.requests_late, seconds.requests)
}

/// When it was wrong first.
fn spell(spell: Option<Spell>) -> String {
    match spell {
        None => "never".to_owned(),
        Some(Spell { from_ms, to_ms }) => {
            let begins = match from_ms.0 {
                0 => "at once".to_owned(),
                _ => format!("after {}", span(from_ms)),
            };
            match to_ms {
                Some(to) => format!("{begins}, for {}", span(Millis(to.0 - from_ms.0))),
                None => format!("{begins}, to the end"),
            }
        }
    }
}
