//! What the controller has recorded: decided again, and each decision checked by who shares no code with the planner.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use spillway_records::{DecisionsReader, ReadError, Recorded, differences};
use spillway_sim::cli::{self, Console, Outcome};
use spillway_sim::hosts::Core;
use spillway_sim::trace::plain;
use spillway_solver::decision::Decision;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;
use spillway_solver::{checker, decide};
use spillway_testbed::Error;

/// Why nothing proves what the controller decided.
#[derive(Debug, thiserror::Error)]
pub enum Unproven {
    /// It did not end well, or its folder cannot be read.
    #[error(transparent)]
    End(#[from] Error),
    /// It left no records.
    #[error("{} has no records", .0.display())]
    NoRecords(PathBuf),
    /// Its records are refused, are not what is decided, or break a rule.
    #[error("{}: {said}", file.display())]
    Replay {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        said: String,
    },
}

/// A tick.
#[derive(Debug, Clone)]
pub struct Decided {
    /// What it saw.
    pub snapshot: Snapshot,
    /// What people had written.
    pub policy: Arc<Policy>,
    /// What it decided.
    pub decision: Decision,
}

impl Decided {
    /// Replicas that were asked for in all clusters when it looked.
    #[must_use]
    pub fn asked(&self) -> u32 {
        let targets = self.snapshot.clusters.iter().flat_map(|c| &c.targets);
        targets.map(|target| target.spec_replicas).sum()
    }

    /// Replicas that it wanted.
    #[must_use]
    pub fn desired(&self) -> u32 {
        self.decision.plan.workloads.iter().map(|w| w.desired).sum()
    }

    /// How many more there may be while some move.
    #[must_use]
    pub fn surge(&self) -> u32 {
        self.policy.workloads.iter().map(|w| w.move_surge).sum()
    }
}

/// Decides all files of a folder again; what `spillway-sim replay` says of each.
pub(super) fn replay(folder: &Path) -> Result<Vec<String>, Unproven> {
    let files = files(folder)?;
    files.iter().map(|file| replay_file(file)).collect()
}

/// The ticks of all files, also of one that is open, or was left open by a controller that was killed.
pub(super) fn decided(folder: &Path) -> Result<Vec<Decided>, Unproven> {
    let mut all = Vec::new();
    for file in files(folder)? {
        all.extend(read(&file)?);
    }
    Ok(all)
}

/// Whether nobody has put an end to it: only then it is packed.
fn is_open(file: &Path) -> bool {
    file.extension().is_some_and(|end| end == "jsonl")
}

/// In the order of time, as their names are.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Unproven> {
    let read = || {
        let paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
        paths.collect::<io::Result<Vec<PathBuf>>>()
    };
    let mut files = read().map_err(|source| Error::Io {
        path: folder.to_owned(),
        source,
    })?;
    files.retain(|file| is_open(file) || file.extension().is_some_and(|end| end == "zst"));
    files.sort();
    if files.is_empty() {
        return Err(Unproven::NoRecords(folder.to_owned()));
    }
    Ok(files)
}

fn replay_file(file: &Path) -> Result<String, Unproven> {
    let ticks = read(file)?.len();
    if is_open(file) {
        // `spillway-sim replay` refuses a file without an end.
        return Ok(format!(
            "{ticks} ticks decided again, each byte for byte as recorded"
        ));
    }
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console {
        out: &mut out,
        err: &mut err,
        interactive: false,
    };
    let args = ["spillway-sim", "replay"].map(OsString::from);
    let args = args.into_iter().chain([file.as_os_str().to_owned()]);
    let outcome = cli::run(args, &mut console, &Core);
    let [out, err] = [out, err].map(|said| String::from_utf8_lossy(&said).into_owned());
    match outcome {
        Outcome::Done => Ok(out),
        _ => Err(Unproven::Replay {
            file: file.to_owned(),
            said: out + &err,
        }),
    }
}

/// All ticks of a file, as far as it goes; each is decided again and checked.
fn read(file: &Path) -> Result<Vec<Decided>, Unproven> {
    let wrong = |said: String| Unproven::Replay {
        file: file.to_owned(),
        said,
    };
    let input = plain(file).map_err(|error| wrong(error.to_string()))?;
    let reader = DecisionsReader::new(input).map_err(|error| wrong(error.to_string()))?;
    let policy = Arc::new(reader.header().policy.clone());
    let mut memory = reader.header().memory.clone();
    let mut all = Vec::new();
    for tick in reader {
        let tick = match tick {
            Err(ReadError::NoEnd { .. }) => break,
            tick => tick.map_err(|error| wrong(error.to_string()))?,
        };
        let again = decide(&tick.snapshot, &policy, &memory);
        let places = differences(&tick.recorded, &again);
        if !places.is_empty() {
            return Err(wrong(format!("line {}: {places:?}", tick.line)));
        }
        // What was recorded is what is decided, or it would differ.
        let broken = checker::check(&tick.snapshot, &policy, &memory, &again);
        if !broken.is_empty() {
            return Err(wrong(format!(
                "line {} breaks rules: {broken:?}",
                tick.line
            )));
        }
        memory = match tick.recorded {
            Recorded::Full(decision) => decision.memory,
            Recorded::Digest(_) => again.memory.clone(),
        };
        all.push(Decided {
            snapshot: tick.snapshot,
            policy: Arc::clone(&policy),
            decision: again,
        });
    }
    Ok(all)
}
