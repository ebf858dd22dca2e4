//! Traces as files: what is read from good ones, and what is said about bad ones.

mod access_logs;
mod anything;
mod azure_functions;
mod broken_tables;
mod json_lines;
mod k6;
mod live;
mod metric_lines;
mod open_metrics;
mod packed;
mod prometheus;
mod swf;
mod tables;

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use spillway_sim::time::Nanos;
use spillway_sim::trace::{
    Arrival, ArrivalSource, Content, PointProcess, ServiceDistribution, Trace, TraceError,
    TraceNotes, TraceOptions,
};

/// Options under which nothing is left to chance.
fn options() -> TraceOptions {
    TraceOptions {
        point_process: Some(PointProcess::Uniform),
        service: ServiceDistribution::Deterministic,
        service_mean: Some(Nanos::from_millis(100)),
        ..TraceOptions::default()
    }
}

fn fixture_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn fixture(name: &str) -> String {
    let path = fixture_path(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A whole trace: its arrivals, names of workloads and notes.
struct Whole {
    arrivals: Vec<Arrival>,
    workloads: Vec<String>,
    classes: Vec<String>,
    notes: TraceNotes,
}

fn read(input: impl Read + Send + 'static, options: &TraceOptions) -> Result<Whole, TraceError> {
    drain(Trace::read("trace.csv", input, options)?)
}

/// A trace of several fixtures.
fn read_fixtures(names: &[&str], options: &TraceOptions) -> Result<Whole, TraceError> {
    let paths: Vec<_> = names.iter().map(|name| fixture_path(name)).collect();
    drain(Trace::from(Content::open(&paths, options)?))
}

/// What is said about fixtures that are refused, with their bare names.
fn fixtures_refusal(names: &[&str], options: &TraceOptions) -> String {
    let error = read_fixtures(names, options).err();
    let folder = format!("{}/", fixture_path("").display());
    let folder = folder.replace("//", "/");
    error
        .unwrap_or_else(|| panic!("{names:?} was read"))
        .to_string()
        .replace(&folder, "")
}

fn drain(mut trace: Trace) -> Result<Whole, TraceError> {
    let mut arrivals = Vec::new();
    while let Some(arrival) = trace.next() {
        arrivals.push(arrival?);
    }
    Ok(Whole {
        arrivals,
        workloads: trace.workloads().to_vec(),
        classes: trace.classes().to_vec(),
        notes: trace.notes(),
    })
}

fn read_text(text: &str, options: &TraceOptions) -> Whole {
    read(Cursor::new(text.as_bytes().to_vec()), options).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(bytes: &[u8], options: &TraceOptions) -> String {
    let error = read(Cursor::new(bytes.to_vec()), options).err();
    error
        .unwrap_or_else(|| panic!("{:?} was read", String::from_utf8_lossy(bytes)))
        .to_string()
}

/// (time, service time, workload), in milliseconds and names.
fn short(whole: &Whole) -> Vec<(u64, u64, &str)> {
    let name = |arrival: &Arrival| whole.workloads[arrival.workload as usize].as_str();
    whole
        .arrivals
        .iter()
        .map(|a| (a.at.as_millis(), a.service.as_millis(), name(a)))
        .collect()
}
