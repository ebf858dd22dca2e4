//! Files into documents; what is wrong with any of them is gathered, so that all is said at once.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use spillway_crds::{Problem, read_policy, read_yaml};
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
        sense: impl Fn(&T) -> Vec<validate::Problem>,
    ) -> Option<T> {
        let text = self.text(path)?;
        self.sensible_text(&path.display().to_string(), &text, sense)
    }

    fn sensible_text<T: DeserializeOwned>(
        &mut self,
        name: &str,
        text: &str,
        sense: impl Fn(&T) -> Vec<validate::Problem>,
    ) -> Option<T> {
        match json::read(name, text, sense) {
            Ok(document) => Some(document),
            Err(problems) => {
                self.problems(&problems);
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

    /// A policy: JSON where the text begins as a JSON object does or the file is called so, else
    /// Kubernetes objects. The name alone says nothing of a pipe.
    pub(super) fn policy(&mut self, path: &Path) -> Option<Policy> {
        let text = self.text(path)?;
        let name = path.display().to_string();
        let called_json = path
            .extension()
            .is_some_and(|extension| extension == "json");
        if called_json || text.trim_start().starts_with('{') {
            return self.sensible_text(&name, &text, validate::policy);
        }
        match read_policy([(name.as_str(), text.as_str())]) {
            Ok(policy) => Some(policy),
            Err(broken) => {
                self.problems(&broken.problems);
                None
            }
        }
    }

    /// The policy of Kubernetes objects in several files, which may refer to each other. What of
    /// it is broken can still be asked for its names.
    fn objects(&mut self, paths: &[PathBuf]) -> Result<Policy, Option<Box<[Policy; 2]>>> {
        let texts = paths.iter().map(|path| {
            self.text(path)
                .map(|text| (path.display().to_string(), text))
        });
        let texts: Vec<Option<(String, String)>> = texts.collect();
        if texts.iter().any(Option::is_none) {
            // Others may refer to what is in it, so only what is wrong without it is looked for.
            for (name, text) in texts.iter().flatten() {
                self.problems(&read_yaml(name, text).err().unwrap_or_default());
            }
            return Err(None);
        }
        let sources = texts.iter().flatten();
        read_policy(sources.map(|(name, text)| (name.as_str(), text.as_str()))).map_err(|broken| {
            self.problems(&broken.problems);
            broken.readings
        })
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

    /// A world, for a policy where that could be read.
    pub(super) fn world(&mut self, path: &Path, policy: Option<&Policy>) -> Option<World> {
        let text = self.text(path)?;
        match World::read(&path.display().to_string(), &text) {
            Ok(world) => Some(world),
            Err(broken) => {
                self.problem(broken.problems(policy.map_or(&[], std::slice::from_ref)));
                None
            }
        }
    }

    /// Opens a trace, where one is named, for a look at its header.
    pub(super) fn trace(&mut self, load: &Load, seed: Option<u64>) {
        if let Some(Err(error)) = load.content(seed) {
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

    fn problems(&mut self, problems: &[Problem]) {
        self.problems
            .extend(problems.iter().map(ToString::to_string));
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
        let text = inputs.text(self.world);
        let world = text.map(|text| World::read(&self.world.display().to_string(), &text));
        let policy = inputs.objects(&self.policies);
        let known: &[Policy] = match &policy {
            Ok(policy) => std::slice::from_ref(policy),
            Err(readings) => readings.as_deref().map_or(&[], |readings| readings),
        };
        let world = match world? {
            Ok(world) => world,
            Err(broken) => {
                inputs.problem(broken.problems(known));
                return None;
            }
        };
        let world = World {
            mode: self.load.mode.unwrap_or(world.mode),
            seed: self.seed.unwrap_or(world.seed),
            ..world
        };
        if let Err(error) = world.check(known) {
            inputs.problem(error);
        }
        if self.load.name().is_none() && world.load.is_none() {
            inputs.problem(NO_LOAD);
        }
        let policy = policy.ok()?;
        let input = |role: &str, path: &Path| InputName {
            role: role.to_owned(),
            name: path.display().to_string(),
        };
        let policies = self.policies.iter().map(|path| input("policy", path));
        Some(RunConfig {
            name: self.name,
            inputs: std::iter::once(input("world", self.world))
                .chain(policies)
                .chain(self.load.name())
                .collect(),
            world,
            policy,
        })
    }
}
