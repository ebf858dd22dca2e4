//! `summary.json`: the totals of every run.

use std::io::{self, Write};

use serde::Serialize;

use crate::experiment::OverSeeds;
use crate::record::{AppliedFault, RunMeta, RunRecord, Slowest, Summary, WorkloadSummary};
use crate::warnings::Warning;

/// Marks the file, and the directory that it lies in, as ours.
pub const FORMAT: &str = "spillway-sim-report";

/// Counts changes of the format that a reader of the last one would stumble over.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryFile<'a> {
    format: &'static str,
    schema_version: u32,
    runs: Vec<RunTotals<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    over_seeds: Option<&'a OverSeeds>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunTotals<'a> {
    meta: &'a RunMeta,
    summary: &'a Summary,
    workloads: &'a [WorkloadSummary],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    warnings: &'a [Warning],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    faults: &'a [AppliedFault],
    #[serde(skip_serializing_if = "Option::is_none")]
    slowest: Option<&'a Slowest>,
}

/// Writes the file. The same runs give the same bytes.
///
/// # Errors
///
/// When `out` refuses.
pub fn write_summary<'a>(
    out: impl Write,
    runs: impl IntoIterator<Item = &'a RunRecord>,
) -> io::Result<()> {
    write(out, runs, None)
}

/// Writes the file of runs of several seeds: `runs` are those of the first.
///
/// # Errors
///
/// When `out` refuses.
pub fn write_summary_over_seeds<'a>(
    out: impl Write,
    runs: impl IntoIterator<Item = &'a RunRecord>,
    over: &'a OverSeeds,
) -> io::Result<()> {
    write(out, runs, Some(over))
}

fn write<'a>(
    out: impl Write,
    runs: impl IntoIterator<Item = &'a RunRecord>,
    over_seeds: Option<&'a OverSeeds>,
) -> io::Result<()> {
    let runs = runs.into_iter().map(|run| RunTotals {
        meta: &run.meta,
        summary: &run.summary,
        workloads: &run.workloads,
        warnings: &run.warnings,
        faults: &run.faults,
        slowest: run.slowest.as_ref(),
    });
    let file = SummaryFile {
        format: FORMAT,
        schema_version: SCHEMA_VERSION,
        runs: runs.collect(),
        over_seeds,
    };
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &file)?;
    out.write_all(b"\n")?;
    out.flush()
}
