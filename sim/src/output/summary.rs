//! `summary.json`: the totals of every run.

use std::io::{self, Write};

use serde::Serialize;

use crate::record::{AppliedFault, RunMeta, RunRecord, Summary, WorkloadSummary};

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
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunTotals<'a> {
    meta: &'a RunMeta,
    summary: &'a Summary,
    workloads: &'a [WorkloadSummary],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    faults: &'a [AppliedFault],
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
    let runs = runs.into_iter().map(|run| RunTotals {
        meta: &run.meta,
        summary: &run.summary,
        workloads: &run.workloads,
        faults: &run.faults,
    });
    let file = SummaryFile {
        format: FORMAT,
        schema_version: SCHEMA_VERSION,
        runs: runs.collect(),
    };
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &file)?;
    out.write_all(b"\n")?;
    out.flush()
}
