//! `soak`: random worlds until one fails.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::progress::Bar;
use super::{CommandError, Console, Format, Outcome};
use crate::experiment::parallel::cores;
use crate::hosts::Decide;
use crate::output::OutputError;
use crate::soak::{Case, Documents, Totals, campaign};

const EXAMPLES: &str = "\
Examples:
  spillway-sim soak
  spillway-sim soak --seeds 123
  spillway-sim soak --hours 100000 --out soak/";

/// Run random worlds with random faults, and check everything after each decision
///
/// Each seed is a world of its own, with all invariants and the independent checker on. A world that fails is made
/// smaller while it fails and written as a folder that `run` takes; the exit code is 1 then.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The seeds: one, or a range with both its ends
    #[arg(long, value_name = "A..B", default_value = "1..20", value_parser = seeds)]
    seeds: Seeds,
    /// Go on from the first seed until so many hours are simulated
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    hours: Option<u64>,
    /// Runs at a time [default: one for each core]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Directory for the worlds that fail; nothing there is replaced
    #[arg(long, value_name = "DIR", default_value = "spillway-soak")]
    out: PathBuf,
}

/// First and last.
#[derive(Clone, Copy, Debug)]
struct Seeds(u64, u64);

fn seeds(text: &str) -> Result<Seeds, String> {
    let seed = |text: &str| {
        let refuse =
            |_| format!("`{text}` is no seed: write a whole number like 1, or a range like 1..20");
        text.trim().parse::<u64>().map_err(refuse)
    };
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let seeds = Seeds(seed(first)?, seed(last)?);
    if seeds.0 > seeds.1 {
        return Err(format!("is empty: write {}..{}", seeds.1, seeds.0));
    }
    Ok(seeds)
}

pub(super) fn run(
    args: &Args,
    format: Format,
    console: &mut Console<'_>,
    core: &dyn Decide,
) -> Result<Outcome, CommandError> {
    let seeds = chosen(args);
    let bar = Bar::new("soaking", seeds.len(), console.interactive);
    let mut folders = BTreeMap::new();
    let threads = args.jobs.unwrap_or_else(cores);
    let totals = campaign(&seeds, threads, core, |seed, found| {
        drop(bar.run());
        let Some(found) = found else { return Ok(()) };
        // At once: a long campaign may be ended before its end.
        folders.insert(seed, write(&args.out, seed, &found.smallest.documents())?);
        writeln!(console.err, "seed {seed}: {}", found.finding.message)?;
        Ok::<_, CommandError>(())
    })?;
    drop(bar);
    match format {
        Format::Json => console.json(&document(&totals, &folders))?,
        Format::Table => print(&totals, &folders, console)?,
    }
    Ok(if totals.found.is_empty() {
        Outcome::Done
    } else {
        Outcome::Findings
    })
}

fn chosen(args: &Args) -> Vec<u64> {
    let Some(hours) = args.hours else {
        return (args.seeds.0..=args.seeds.1).collect();
    };
    let mut left_s = hours * 3_600;
    let mut seeds = Vec::new();
    for seed in args.seeds.0.. {
        if left_s == 0 {
            break;
        }
        left_s = left_s.saturating_sub(Case::new(seed).horizon_s);
        seeds.push(seed);
    }
    seeds
}

/// Writes a case into the first folder of its name that is free, or has it already.
fn write(out: &Path, seed: u64, documents: &Documents) -> Result<PathBuf, OutputError> {
    let files = [
        ("world.yaml", &documents.world),
        ("objects.yaml", &documents.objects),
    ];
    let has = |folder: &Path| {
        let mut files = files.iter();
        files.all(|(name, text)| {
            fs::read_to_string(folder.join(name)).is_ok_and(|old| old == **text)
        })
    };
    let mut folder = out.join(format!("seed-{seed}"));
    let mut n = 1;
    while folder.exists() && !has(&folder) {
        n += 1;
        folder = out.join(format!("seed-{seed}-{n}"));
    }
    fs::create_dir_all(&folder).map_err(OutputError::io("make this folder", &folder))?;
    for (name, text) in files {
        let path = folder.join(name);
        fs::write(&path, text).map_err(OutputError::io("write this file", &path))?;
    }
    Ok(folder)
}

fn repeat(seed: u64) -> String {
    format!("spillway-sim soak --seeds {seed}")
}

fn run_folder(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "spillway-sim run --world {folder}/world.yaml --policies {folder}/objects.yaml --out {folder}/run"
    )
}

fn print(
    totals: &Totals,
    folders: &BTreeMap<u64, PathBuf>,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let out = &mut console.out;
    let passed = &totals.passed;
    for ((seed, found), folder) in totals.found.iter().zip(folders.values()) {
        writeln!(out, "seed {seed}: {}", found.finding.message)?;
        writeln!(out, "  repeat it:      {}", repeat(*seed))?;
        writeln!(out, "  smallest world: {}", run_folder(folder))?;
    }
    writeln!(
        out,
        "{} seeds, {} simulated hours, {} decisions checked, {} requests, {} replicas started, {} moved",
        totals.seeds,
        hours(passed.simulated_ms),
        passed.ticks,
        passed.requests,
        passed.starts,
        passed.moves
    )?;
    let faults: Vec<String> = passed
        .faults
        .iter()
        .map(|(kind, times)| format!("{kind} {times}"))
        .collect();
    writeln!(out, "faults that began: {}", faults.join(", "))?;
    writeln!(out, "findings: {}", totals.found.len())?;
    Ok(())
}

fn document(totals: &Totals, folders: &BTreeMap<u64, PathBuf>) -> serde_json::Value {
    let passed = &totals.passed;
    let found = totals.found.iter().zip(folders.values());
    let found = found.map(|((seed, found), folder)| {
        json!({
            "seed": seed,
            "rule": found.finding.rule,
            "message": found.finding.message,
            "repeat": repeat(*seed),
            "run": run_folder(folder),
        })
    });
    json!({
        "seeds": totals.seeds,
        "simulatedHours": hours(passed.simulated_ms),
        "decisions": passed.ticks,
        "requests": passed.requests,
        "replicasStarted": passed.starts,
        "replicasMoved": passed.moves,
        "faults": passed.faults,
        "findings": found.collect::<Vec<_>>(),
    })
}

/// Whole hours: every case runs for some.
const fn hours(millis: u64) -> u64 {
    millis / 3_600_000
}
