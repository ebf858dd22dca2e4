//! `trace inspect`: what is in a trace.

use super::trace::Source;
use super::{CommandError, Console, Format, Outcome};
use crate::time::Nanos;
use crate::trace::{Inspection, draw, short};

const EXAMPLES: &str = "\
Examples:
  spillway-sim trace inspect monday.csv.gz
  zcat access.log.*.gz | spillway-sim trace inspect - --bin-width 1m
  spillway-sim trace inspect --prometheus https://prometheus.example.com --from 2026-11-16 --until 2026-11-17 \\
      --query 'sum(rate(http_requests_total[1m]))' --output json";

/// Width of the bins by which single requests are counted.
const BIN: Nanos = Nanos::from_secs(60);

/// Workloads and gaps that are listed for people.
const LISTED: usize = 10;

/// Say what is in a trace and draw its rate over time
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
}

pub(super) fn run(
    args: &Args,
    format: Format,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let (content, _files) = args.source.open(true)?;
    let width = args.source.reading.bin_width.unwrap_or(BIN);
    let inspection = Inspection::of(content, width)?;
    match format {
        Format::Json => console.json(&inspection)?,
        Format::Table => print(&inspection, console)?,
    }
    Ok(Outcome::Done)
}

fn print(inspection: &Inspection, console: &mut Console<'_>) -> std::io::Result<()> {
    let Inspection {
        notes,
        workloads,
        requests,
        from,
        bin_width,
        rates,
        columns,
    } = inspection;
    let at = |time: Nanos| clock(time, notes.origin_unix_ms);
    let out = &mut console.out;
    writeln!(out, "source     {}", notes.source)?;
    if let Some(format) = notes.format {
        writeln!(out, "format     {format}")?;
    }
    for line in &notes.head {
        writeln!(out, "head       {}: {}", line.name, line.value)?;
    }
    writeln!(out, "rows       {}", notes.rows)?;
    if notes.left_out > 0 {
        writeln!(out, "left out   {}, of unknown length", notes.left_out)?;
    }
    writeln!(
        out,
        "span       {} to {}, {}",
        at(*from),
        at(notes.end),
        length(notes.end.saturating_sub(*from))
    )?;
    writeln!(out, "requests   {requests}")?;
    writeln!(
        out,
        "rate       min {}, median {}, p99 {}, max {}, in bins of {bin_width}",
        short(rates.min),
        short(rates.median),
        short(rates.p99),
        short(rates.max)
    )?;
    for (index, workload) in workloads.iter().take(LISTED).enumerate() {
        let title = if index == 0 { "workloads" } else { "" };
        let mean = workload.service_mean;
        let mean = mean.map_or("unknown".to_owned(), |mean| mean.to_string());
        writeln!(
            out,
            "{title:<10} {}: {} requests, mean service time {mean}",
            workload.name, workload.requests
        )?;
    }
    if workloads.len() > LISTED {
        writeln!(out, "{:<10} and {} more", "", workloads.len() - LISTED)?;
    }
    let gaps = &notes.gaps;
    writeln!(out, "gaps       {}, {} bins", gaps.count, gaps.missing_bins)?;
    for gap in gaps.first.iter().take(LISTED) {
        let name = workloads.get(gap.workload as usize).map_or("", |w| &w.name);
        writeln!(out, "{:<10} {name} {} to {}", "", at(gap.from), at(gap.to))?;
    }
    for remark in &notes.remarks {
        writeln!(out, "note       {remark}")?;
    }
    writeln!(out)?;
    write!(out, "{}", draw(columns))?;
    if let (Some(first), Some(last)) = (columns.first(), columns.last()) {
        writeln!(
            out,
            "{:>13}{} to {}, a column is {}",
            "",
            at(first.from),
            at(last.from + last.width),
            length(first.width)
        )?;
    }
    Ok(())
}

/// A time by the calendar where the trace has one, else since its beginning.
fn clock(time: Nanos, origin_unix_ms: Option<i64>) -> String {
    let ms = i64::try_from(time.as_millis()).ok();
    let ms = origin_unix_ms.and_then(|origin| origin.checked_add(ms?));
    match ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()) {
        Some(time) => time.to_string(),
        None => time.to_string(),
    }
}

/// A span in days, hours, minutes and seconds, without those that are zero.
fn length(span: Nanos) -> String {
    let seconds = span.as_millis() / 1_000;
    let units = [
        (seconds / 86_400, "d"),
        (seconds / 3_600 % 24, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
    ];
    let parts: Vec<String> = units
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if parts.is_empty() {
        return span.to_string();
    }
    parts.join(" ")
}
