//! Where the wall-clock time of runs went: for the eyes, and as a file of the user's own, because it differs from run to
//! run and the files of a report do not.

use std::io::{self, Write};

use serde::Serialize;

use super::Console;
use crate::record::{RunRecord, Timing};
use crate::report::units::{count, short};

/// Marks the file as ours.
const FORMAT: &str = "spillway-sim-timings";

/// Counts changes of the format that a reader of the last one would stumble over.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TimingsFile<'a> {
    format: &'static str,
    schema_version: u32,
    runs: Vec<OfRun<'a>>,
}

#[derive(Serialize)]
struct OfRun<'a> {
    name: &'a str,
    #[serde(flatten)]
    timing: Timing,
}

/// Says a line for each run.
pub(super) fn print(runs: &[&RunRecord], console: &mut Console<'_>) -> io::Result<()> {
    for run in runs {
        let Timing {
            ingest_s,
            decide_s,
            check_s,
            engine_s,
            events,
            decides,
        } = run.timing;
        writeln!(
            console.err,
            "{} took {} s: reading {} s, deciding {} s, checking {} s, engine {} s ({} events, {} decisions)",
            run.meta.name,
            short(ingest_s + decide_s + check_s + engine_s),
            short(ingest_s),
            short(decide_s),
            short(check_s),
            short(engine_s),
            count(events),
            count(decides),
        )?;
    }
    Ok(())
}

/// Writes all of it as JSON.
pub(super) fn write(mut out: impl Write, runs: &[&RunRecord]) -> io::Result<()> {
    let runs = runs.iter().map(|run| OfRun {
        name: &run.meta.name,
        timing: run.timing,
    });
    let file = TimingsFile {
        format: FORMAT,
        schema_version: SCHEMA_VERSION,
        runs: runs.collect(),
    };
    serde_json::to_writer_pretty(&mut out, &file)?;
    out.write_all(b"\n")
}
