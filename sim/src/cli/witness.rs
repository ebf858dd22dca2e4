//! What the checker found wrong in a run, kept as files with which `decide` and `check` repeat it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use spillway_solver::decision::{Decision, Versions};
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

use crate::hosts::Decide;
use crate::output::OutputError;

/// A decision core that remembers the first tick whose decision its checker did not accept.
#[derive(Debug)]
pub(super) struct Witness<D> {
    core: D,
    /// The documents as JSON, by the names of their options.
    seen: OnceLock<[(&'static str, String); 4]>,
}

impl<D: Decide> Witness<D> {
    pub(super) const fn new(core: D) -> Self {
        Self {
            core,
            seen: OnceLock::new(),
        }
    }

    /// Writes what was seen into the folder `OUT.failed-tick`, in the place of older files of
    /// these names, and says how to repeat it; `None` where nothing was seen.
    pub(super) fn testify(&self, out: &Path) -> Result<Option<String>, OutputError> {
        let Some(documents) = self.seen.get() else {
            return Ok(None);
        };
        let folder = beside(out);
        fs::create_dir_all(&folder).map_err(OutputError::io("make this folder", &folder))?;
        let mut command = "spillway-sim check".to_owned();
        for (option, json) in documents {
            let path = folder.join(format!("{option}.json"));
            fs::write(&path, json).map_err(OutputError::io("write this file", &path))?;
            let _ = write!(command, " --{option} {}", path.display());
        }
        Ok(Some(format!(
            "this is a defect of spillway; please report it with the files that repeat it: {command}"
        )))
    }
}

fn beside(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".failed-tick");
    out.with_file_name(name)
}

impl<D: Decide> Decide for Witness<D> {
    fn decide(&self, snapshot: &Snapshot, policy: &Policy, memory: &Memory) -> Decision {
        self.core.decide(snapshot, policy, memory)
    }

    fn versions(&self) -> Versions {
        self.core.versions()
    }

    fn check(
        &self,
        snapshot: &Snapshot,
        policy: &Policy,
        memory: &Memory,
        decision: &Decision,
    ) -> Vec<String> {
        let violations = self.core.check(snapshot, policy, memory, decision);
        if !violations.is_empty() {
            // A document of ours is always JSON; where it were not, the file says why.
            let json = |document: Result<String, serde_json::Error>| {
                document.unwrap_or_else(|error| error.to_string())
            };
            self.seen.get_or_init(|| {
                [
                    ("snapshot", json(serde_json::to_string_pretty(snapshot))),
                    ("policy", json(serde_json::to_string_pretty(policy))),
                    ("memory", json(serde_json::to_string_pretty(memory))),
                    ("decision", json(serde_json::to_string_pretty(decision))),
                ]
            });
        }
        violations
    }
}
