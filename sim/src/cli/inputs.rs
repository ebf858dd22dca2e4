//! Files into documents; what is wrong with any of them is gathered, so that all is said at once.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use spillway_crds::{Origin, Problem, SoundPolicy, read_policy, read_yaml};
use spillway_solver::decision::Decision;
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;
use spillway_solver::validate;

use super::load::Load;
use super::{CommandError, json};
use crate::config::{RunConfig, World};
use crate::output::folder_name;
use crate::record::InputName;
use crate::warnings::{Warning, of_objects};

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
    /// Kubernetes objects, with what they say that is rarely meant. The name alone says nothing of a pipe.
    pub(super) fn policy(&mut self, path: &Path) -> Option<(Policy, Vec<Warning>)> {
        let text = self.text(path)?;
        let name = path.display().to_string();
        let called_json = path
            .extension()
            .is_some_and(|extension| extension == "json");
        if called_json || text.trim_start().starts_with('{') {
            let policy = self.sensible_text(&name, &text, validate::policy);
            return policy.map(|policy| (policy, Vec::new()));
        }
        match read_policy([(name.as_str(), text.as_str())]) {
            Ok(sound) => Some((sound.policy, of_objects(sound.warnings))),
            Err(broken) => {
                self.problems(&broken.problems);
                None
            }
        }
    }

    /// The policy of Kubernetes objects in several files, which may refer to each other. What of
    /// it is broken can still be asked for its names.
    fn objects(
        &mut self,
        paths: &[PathBuf],
        named_by: Option<&Origin>,
    ) -> Result<SoundPolicy, Option<Box<[Policy; 2]>>> {
        let texts = paths.iter().enumerate().map(|(n, path)| {
            let field = format!("policies[{n}]");
            let text = self.text_named(path, named_by.map(|file| (file, field.as_str())));
            text.map(|text| (path.display().to_string(), text))
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
        self.text_named(path, None)
    }

    /// The same of a file that a field of another file names.
    fn text_named(&mut self, path: &Path, named_by: Option<(&Origin, &str)>) -> Option<String> {
        match fs::read_to_string(path) {
            // Some editors begin a file with a byte order mark, which JSON does not know.
            Ok(text) => Some(match text.strip_prefix('\u{feff}') {
                Some(rest) => rest.to_owned(),
                None => text,
            }),
            Err(error) => {
                let name = path.display();
                let says = match error.kind() {
                    io::ErrorKind::InvalidData => format!(
                        "{name}: is no text in UTF-8: it is damaged, or another kind of file"
                    ),
                    _ => format!("{name}: cannot be read: {error}"),
                };
                match named_by {
                    Some((file, field)) => self.problem(file.problem(field, says)),
                    None => self.problem(says),
                }
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

    pub(super) fn problems(&mut self, problems: &[Problem]) {
        for problem in problems {
            self.problem(problem);
        }
    }

    /// Whether nothing is wrong so far.
    pub(super) fn are_sound(&self) -> bool {
        self.problems.is_empty()
    }

    /// Keeps a problem, or several lines of them; one that was told of a file is not told again when it is read again.
    pub(super) fn problem(&mut self, problem: impl Display) {
        for line in problem.to_string().lines() {
            if !self.problems.iter().any(|told| told == line) {
                self.problems.push(line.to_owned());
            }
        }
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
    /// The file that names these, where it is not the command line.
    pub named_by: Option<&'a Origin>,
    /// What is said where neither names a load; absent where that cannot be known.
    pub no_load: Option<String>,
}

impl Setting<'_> {
    /// Reads the files and checks that they fit each other.
    pub(super) fn read(self, inputs: &mut Inputs) -> Option<RunConfig> {
        let named_by = self.named_by.map(|file| (file, "world"));
        let text = inputs.text_named(self.world, named_by);
        let world = text.map(|text| World::read(&self.world.display().to_string(), &text));
        let policy = inputs.objects(&self.policies, self.named_by);
        let known: &[Policy] = match &policy {
            Ok(sound) => std::slice::from_ref(&sound.policy),
            Err(readings) => readings.as_deref().map_or(&[], |readings| readings),
        };
        // Of objects that say nothing it is told that they do, and not what else is missing for that.
        let is_empty = |policy: &Policy| policy.clusters.is_empty() && policy.workloads.is_empty();
        let known = if known.iter().all(is_empty) {
            &[]
        } else {
            known
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
        if self.load.name().is_none()
            && world.load.is_none()
            && let Some(no_load) = self.no_load
        {
            inputs.problem(no_load);
        }
        let SoundPolicy { policy, warnings } = policy.ok()?;
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
            doubts: of_objects(warnings),
        })
    }
}
