//! A recorded moment as options: a tick of a run's decisions, or the files that `decide` takes.

use std::path::{Path, PathBuf};

use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;
use spillway_solver::validate;

use super::inputs::Inputs;
use crate::decisions::{When, WhichTick, moment};
use crate::hosts::Decide;
use crate::record::InputName;
use crate::trace::plain;
use crate::warnings::Warning;

/// Where the moment is recorded.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Moment")]
pub(super) struct MomentArgs {
    /// A file that a run has written
    #[arg(
        long,
        value_name = "DECISIONS.JSONL",
        required_unless_present = "snapshot"
    )]
    decisions: Option<PathBuf>,
    /// The last tick at this time or before: of the day in UTC, or an instant [default: the last tick]
    #[arg(long, value_name = "TIME", requires = "decisions")]
    at: Option<When>,
    /// The tick of this number, counted from 1
    #[arg(long, value_name = "N", requires = "decisions", conflicts_with = "at")]
    tick: Option<u64>,
    /// What is: a snapshot as JSON
    #[arg(
        long,
        value_name = "FILE",
        requires = "policy",
        conflicts_with = "decisions"
    )]
    snapshot: Option<PathBuf>,
    /// What is wanted: a policy as JSON, or the Kubernetes objects as .yaml
    #[arg(long, value_name = "FILE", requires = "snapshot")]
    policy: Option<PathBuf>,
    /// What was: the memory of the decision before; nothing is remembered without it
    #[arg(long, value_name = "FILE", requires = "snapshot")]
    memory: Option<PathBuf>,
}

/// A moment as files have it.
pub(super) struct Found {
    pub snapshot: Snapshot,
    pub policy: Policy,
    /// What its objects say that is rarely meant.
    pub doubts: Vec<Warning>,
    pub memory: Memory,
    pub input: Vec<InputName>,
    pub assumed: Option<String>,
}

impl MomentArgs {
    /// All that is read.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        let files = [&self.decisions, &self.snapshot, &self.policy, &self.memory];
        files.into_iter().filter_map(|file| file.as_deref())
    }

    pub(super) fn read(&self, inputs: &mut Inputs, core: &dyn Decide) -> Option<Found> {
        match (&self.decisions, &self.snapshot, &self.policy) {
            (Some(path), ..) => self.recorded(path, inputs, core),
            (None, Some(snapshot), Some(policy_file)) => {
                let (policy, doubts) = inputs.policy(policy_file).unzip();
                let seen = inputs.snapshot(snapshot, policy.as_ref());
                let memory = inputs.memory(self.memory.as_deref());
                let assumed = self.memory.is_none().then(|| {
                    "nothing is remembered of earlier ticks (--memory): what runs is adopted"
                        .to_owned()
                });
                let remembered = self.memory.iter().map(|path| named("memory", path));
                let files = [named("snapshot", snapshot), named("policy", policy_file)];
                Some(Found {
                    snapshot: seen?,
                    policy: policy?,
                    doubts: doubts?,
                    memory: memory?,
                    input: files.into_iter().chain(remembered).collect(),
                    assumed,
                })
            }
            _ => None,
        }
    }

    fn recorded(&self, path: &Path, inputs: &mut Inputs, core: &dyn Decide) -> Option<Found> {
        let which = match (self.at, self.tick) {
            (Some(at), _) => WhichTick::At(at),
            (None, Some(number)) => WhichTick::Number(number),
            (None, None) => WhichTick::Last,
        };
        let file = plain(path).map_err(|error| format!("cannot be read: {error}"));
        let found =
            file.and_then(|file| moment(file, which, core).map_err(|error| error.to_string()));
        if let Ok(found) = &found {
            for problem in validate::snapshot(&found.snapshot, &found.policy) {
                inputs.problem(format_args!(
                    "{}: tick {}: snapshot.{}: {}",
                    path.display(),
                    found.number,
                    problem.path,
                    problem.message
                ));
            }
        }
        match found {
            Ok(found) => Some(Found {
                assumed: found.recorded_by.map(|versions| {
                    format!(
                        "the moment was recorded by core {}, and this is {}: decisions may differ from those recorded",
                        versions.core,
                        core.versions().core
                    )
                }),
                snapshot: found.snapshot,
                policy: found.policy,
                doubts: Vec::new(),
                memory: found.memory,
                input: vec![named("decisions", path)],
            }),
            Err(problem) => {
                inputs.problem(format_args!("{}: {problem}", path.display()));
                None
            }
        }
    }
}

fn named(role: &str, path: &Path) -> InputName {
    InputName {
        role: role.to_owned(),
        name: path.display().to_string(),
    }
}
