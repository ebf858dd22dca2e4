//! The last tick and its decision, made again.

use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use spillway_solver::decide;
use spillway_solver::decision::Decision;
use spillway_solver::memory::Memory;
use spillway_solver::policy::ClusterSpec;
use spillway_solver::snapshot::ClusterState;
use spillway_solver::validate;

use crate::store::Tick;

/// The files of a tick in a folder: snapshot, policy, memory.
pub(super) const FILES: [&str; 3] = ["snapshot.json", "policy.json", "memory.json"];

/// A tick with its decision.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    /// What it was decided from.
    pub tick: Tick,
    /// What was decided.
    pub decision: Decision,
}

/// A folder that holds no tick.
#[derive(Debug, thiserror::Error)]
pub(super) enum MomentError {
    /// A file cannot be read.
    #[error("{}: cannot be read: {source}", file.display())]
    Io {
        /// Which.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file holds something else.
    #[error("{}: {source}", file.display())]
    Json {
        /// Which.
        file: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The files do not belong together, or say what cannot be.
    #[error("{}: the tick makes no sense: {}", folder.display(), problems.join("; "))]
    Senseless {
        /// Of which folder.
        folder: PathBuf,
        /// All that is wrong.
        problems: Vec<String>,
    },
}

impl Moment {
    /// Decides a tick again.
    pub(super) fn of(tick: Tick) -> Self {
        let decision = decide(&tick.snapshot, &tick.policy, &tick.memory);
        Self { tick, decision }
    }

    /// Reads a folder that `snapshot` has written.
    pub(super) fn read(folder: &Path) -> Result<Self, MomentError> {
        let [snapshot, policy, memory] = FILES.map(|name| folder.join(name));
        let tick = Tick {
            snapshot: read(&snapshot)?,
            policy: read(&policy)?,
            memory: read(&memory)?,
        };
        let mut problems = Vec::new();
        for (file, found) in [
            (FILES[0], validate::snapshot(&tick.snapshot, &tick.policy)),
            (FILES[1], validate::policy(&tick.policy)),
            (FILES[2], validate::memory(&tick.memory)),
        ] {
            let said = found
                .iter()
                .map(|problem| format!("{file} {}: {}", problem.path, problem.message));
            problems.extend(said);
        }
        if problems.is_empty() {
            Ok(Self::of(tick))
        } else {
            Err(MomentError::Senseless {
                folder: folder.to_owned(),
                problems,
            })
        }
    }

    /// Whether the controller remembers something else of this tick than is decided here: then it decides by other rules.
    pub(super) fn differs_from(&self, kept: &Memory) -> bool {
        let decided = &self.decision.memory;
        let workloads = decided.workloads.iter();
        // The controller also keeps what it remembers of workloads that are refused for now.
        decided.now_ms != kept.now_ms
            || decided.epoch != kept.epoch
            || workloads
                .into_iter()
                .any(|(id, memory)| kept.workloads.get(id) != Some(memory))
    }

    /// The spec of a cluster.
    pub(super) fn cluster(&self, name: &str) -> Option<&ClusterSpec> {
        let mut specs = self.tick.policy.clusters.iter();
        specs.find(|spec| spec.name == name)
    }

    /// A cluster as it was last seen, if ever.
    pub(super) fn seen(&self, name: &str) -> Option<&ClusterState> {
        let mut states = self.tick.snapshot.clusters.iter();
        states.find(|state| state.name == name)
    }

    /// The names of all workloads.
    pub(super) fn workloads(&self) -> Vec<&str> {
        let specs = self.tick.policy.workloads.iter();
        specs.map(|spec| spec.id.as_str()).collect()
    }
}

fn read<T: DeserializeOwned>(file: &Path) -> Result<T, MomentError> {
    let text = fs::read_to_string(file).map_err(|source| MomentError::Io {
        file: file.to_owned(),
        source,
    })?;
    serde_json::from_str(&text).map_err(|source| MomentError::Json {
        file: file.to_owned(),
        source,
    })
}

/// A tick in which a private cloud is full, a money cap binds and replicas wait for a place, with its decision.
#[cfg(test)]
pub(super) fn burst() -> Moment {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/plugin/fixtures/burst");
    Moment::read(&folder).expect("the fixture is a tick")
}

#[cfg(test)]
mod tests {
    use spillway_solver::memory::WorkloadMemory;

    use super::*;

    #[test]
    fn what_is_decided_again_is_what_was_decided_live() {
        let live: Decision =
            serde_json::from_str(include_str!("fixtures/burst/decision.json")).expect("a decision");
        assert_eq!(burst().decision, live);
    }

    #[test]
    fn a_controller_that_remembers_something_else_is_noticed() {
        let moment = burst();
        let mut kept = moment.decision.memory.clone();
        kept.workloads
            .insert("shop/refused".into(), WorkloadMemory::default());
        assert!(
            !moment.differs_from(&kept),
            "what is refused for now is kept besides"
        );
        kept.workloads.remove("shop/web");
        assert!(moment.differs_from(&kept));
    }

    #[test]
    fn a_folder_without_a_tick_names_the_file() {
        let error = Moment::read(Path::new("/nowhere")).expect_err("nothing is there");
        assert!(
            error
                .to_string()
                .starts_with("/nowhere/snapshot.json: cannot be read"),
            "{error}"
        );
    }
}
