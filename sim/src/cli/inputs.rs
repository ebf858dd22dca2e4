//! Files into documents; what is wrong with any of them is gathered, so that all is said at once.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use spillway_crds::{read_policy, read_yaml};
use spillway_solver::decision::Decision;
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;
use spillway_solver::validate;

use super::load::{Load, NO_LOAD};
use super::{CommandError, json};
use crate::config::{RunConfig, World};
use crate::output::folder_name;
use crate::record::InputName;

/// Reads files and keeps what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    problems: Vec<String>,
}

impl Inputs {
    /// A JSON document that makes sense to `sense`; `None` leaves its problems.
    fn sensible<T: DeserializeOwned>(
        &mut self,
        path: &Path,
        sense: impl FnOnce(&T) -> Vec<validate::Problem>,
    ) -> Option<T> {
        let text = self.text(path)?;
        match json::read(&path.display().to_string(), &text, sense) {
            Ok(document) => Some(document),
            Err(problems) => {
                self.problems
                    .extend(problems.iter().map(ToString::to_string));
                None
            }
        }
    }

    /// A snapshot for a policy; where that could not be read, its own problems come first.
    pub(super) fn snapshot(&mut self, path: &Path, policy: Option<&Policy>) -> Option<Snapshot> {
        self.sensible(path, |snapshot| {
            policy.map_or_else(Vec::new, |policy| validate::snapshot(snapshot, policy))
        })
    }

    /// A memory; the empty one where no file is named.
    pub(super) fn memory(&mut self, path: Option<&Path>) -> Option<Memory> {
        path.map_or_else(
            || Some(Memory::default()),
            |path| self.sensible(path, validate::memory),
        )
    }

    /// A decision; whether it makes sense is for the checker to say.
    pub(super) fn decision(&mut self, path: &Path) -> Option<Decision> {
        self.sensible(path, |_| Vec::new())
    }

    /// A policy: Kubernetes objects where the name ends in `.yaml` or `.yml`, else JSON.
    pub(super) fn policy(&mut self, path: &Path) -> Option<Policy> {
        let extension = path.extension().and_then(OsStr::to_str);
        match extension {
            Some("yaml" | "yml") => self.objects(&[path.to_owned()]),
            _ => self.sensible(path, validate::policy),
        }
    }

    /// The policy of Kubernetes objects in several files, which may refer to each other.
    pub(super) fn objects(&mut self, paths: &[PathBuf]) -> Option<Policy> {
        let texts = paths.iter().map(|path| {
            self.text(path)
                .map(|text| (path.display().to_string(), text))
        });
        let texts: Vec<Option<(String, String)>> = texts.collect();
        if texts.iter().any(Option::is_none) {
            // Others may refer to what is in it, so only what is wrong without it is looked for.
            for (name, text) in texts.iter().flatten() {
                let problems = read_yaml(name, text).err().unwrap_or_default();
                self.problems
                    .extend(problems.iter().map(ToString::to_string));
            }
            return None;
        }
        let sources = texts.iter().flatten();
        match read_policy(sources.map(|(name, text)| (name.as_str(), text.as_str()))) {
            Ok(policy) => Some(policy),
            Err(problems) => {
                self.problems
                    .extend(problems.iter().map(ToString::to_string));
                None
            }
        }
    }

    /// A file as text; `None` leaves a problem.
    pub(super) fn text(&mut self, path: &Path) -> Option<String> {
        match fs::read_to_string(path) {
            // Some editors begin a file with a byte order mark, which JSON does not know.
            Ok(text) => Some(match text.strip_prefix('\u{feff}') {
                Some(rest) => rest.to_owned(),
                None => text,
            }),
            Err(error) => {
                self.problem(format_args!("{}: cannot be read: {error}", path.display()));
                None
            }
        }
    }

    /// Opens a trace, where one is named, for a look at its header.
    pub(super) fn trace(&mut self, load: &Load, seed: Option<u64>) {
        if let Some(Err(error)) = load.trace(seed) {
            self.problem(error);
        }
    }

    /// Runs of one report have a name each.
    pub(super) fn distinct<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(folder_name(name)) {
                self.problem(format_args!(
                    "two runs would be called `{name}`: name each autoscaler and variant once, and variants differently"
                ));
            }
        }
    }

    /// Keeps a problem.
    pub(super) fn problem(&mut self, problem: impl Display) {
        self.problems.push(problem.to_string());
    }

    /// The documents, if there is no problem with any input; all problems otherwise.
    pub(super) fn all<T>(self, documents: Option<T>) -> Result<T, CommandError> {
        match documents {
            Some(documents) if self.problems.is_empty() => Ok(documents),
            _ => Err(CommandError::Inputs(self.problems)),
        }
    }
}

/// The files that a run is made of.
pub(super) struct Setting<'a> {
    /// How reports call the run.
    pub name: String,
    /// The world file.
    pub world: &'a Path,
    /// The files with the Kubernetes objects.
    pub policies: Vec<PathBuf>,
    /// Replaces the world's seed.
    pub seed: Option<u64>,
    /// The trace, for its name.
    pub load: &'a Load,
}

impl Setting<'_> {
    /// Reads the files and checks that they fit each other.
    pub(super) fn read(self, inputs: &mut Inputs) -> Option<RunConfig> {
        let world = inputs.text(self.world).and_then(|text| {
            World::read(&self.world.display().to_string(), &text)
                .map_err(|error| inputs.problem(error))
                .ok()
        });
        let policy = inputs.objects(&self.policies);
        if let (Some(world), None) = (&world, &policy)
            && let Err(error) = world.check()
        {
            inputs.problem(error);
        }
        let (mut world, policy) = world.zip(policy)?;
        world.seed = self.seed.unwrap_or(world.seed);
        let input = |role: &str, path: &Path| InputName {
            role: role.to_owned(),
            name: path.display().to_string(),
        };
        let policies = self.policies.iter().map(|path| input("policy", path));
        let config = RunConfig {
            name: self.name,
            inputs: std::iter::once(input("world", self.world))
                .chain(policies)
                .chain(self.load.name())
                .collect(),
            world,
            policy,
        };
        if self.load.name().is_none() && config.world.load.is_none() {
            inputs.problem(NO_LOAD);
        }
        match config.check() {
            Ok(()) => Some(config),
            Err(error) => {
                inputs.problem(error);
                None
            }
        }
    }
}
