//! One case: its documents read as from files, and run.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use spillway_crds::{Problem, read_policy};

use super::case::Documents;
use crate::config::{RunConfig, World};
use crate::hosts::{Decide, Spillway};
use crate::record::RunRecord;
use crate::time::Nanos;
use crate::world::{self, RunError};

/// The rule that a case must keep.
const REFUSED: &str = "documents are refused";

/// What went wrong in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that was broken. Findings of one rule are taken for the same as a case shrinks.
    pub rule: String,
    /// When, since the start of the run; absent where it did not come to that.
    pub at: Option<Nanos>,
    /// The whole message.
    pub message: String,
}

impl Finding {
    /// Whether the documents make no sense, which is a defect of the dice and of nothing else.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.rule == REFUSED
    }
}

/// The figures of a case in which nothing was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Simulated time.
    pub simulated_ms: u64,
    /// Decisions, each with all checks.
    pub ticks: u64,
    /// Requests that arrived.
    pub requests: u64,
    /// Replicas started.
    pub starts: u64,
    /// Replicas that left one cluster for another.
    pub moves: u64,
    /// How often each kind of fault began.
    pub faults: BTreeMap<String, u64>,
}

/// Runs a case under a decision core.
///
/// # Errors
///
/// What it found: a broken invariant, a panic, or documents that are refused.
pub fn trial(documents: &Documents, core: &dyn Decide) -> Result<Passed, Finding> {
    // What a panic leaves behind belongs to this run alone and is dropped with it.
    catch_unwind(AssertUnwindSafe(|| run(documents, core)))
        .unwrap_or_else(|panic| Err(panicked(&*panic)))
        .map(|record| passed(&record))
}

/// The documents as `run` reads them.
pub(super) fn config(documents: &Documents) -> Result<RunConfig, Finding> {
    let world = World::read("world.yaml", &documents.world).map_err(|error| refused(&error))?;
    let policy = read_policy([("objects.yaml", documents.objects.as_str())]);
    let sound = policy.map_err(|broken| refused(&lines(&broken.problems)))?;
    let config = RunConfig {
        name: "soak".to_owned(),
        inputs: Vec::new(),
        world,
        policy: sound.policy,
        doubts: Vec::new(),
    };
    config.check().map_err(|error| refused(&error))?;
    Ok(config)
}

fn run(documents: &Documents, core: &dyn Decide) -> Result<RunRecord, Finding> {
    let config = config(documents)?;
    let arrivals = config.world.arrivals().map_err(|error| refused(&error))?;
    let arrivals = arrivals.ok_or_else(|| refused(&"the world has no load"))?;
    let mut autoscaler = Spillway::new(core, config.policy.clone());
    world::run(&config, arrivals, &mut autoscaler, &mut (), &mut |_| {}).map_err(|error| {
        let RunError::Violation(violation) = &error else {
            return refused(&error);
        };
        Finding {
            rule: violation.rule.to_string(),
            at: Some(violation.at),
            message: violation.to_string(),
        }
    })
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn refused(problem: &dyn Display) -> Finding {
    Finding {
        rule: REFUSED.to_owned(),
        at: None,
        message: problem.to_string(),
    }
}

fn panicked(panic: &(dyn Any + Send)) -> Finding {
    let words = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    Finding {
        rule: "a panic".to_owned(),
        at: None,
        message: format!("panicked: {}", words.unwrap_or("without a message")),
    }
}

fn passed(record: &RunRecord) -> Passed {
    let mut faults = BTreeMap::new();
    for fault in &record.faults {
        *faults.entry(fault.kind.clone()).or_default() += fault.times;
    }
    let summary = &record.summary;
    Passed {
        simulated_ms: record.meta.horizon_ms.0,
        ticks: record.timing.decides,
        requests: summary.requests.arrived,
        starts: summary.churn.replica_starts,
        moves: summary.churn.moves,
        faults,
    }
}
