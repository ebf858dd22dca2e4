//! Files into documents; what is wrong with any of them is gathered, so that all is said at once.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use spillway_crds::{Objects, convert, read_yaml};
use spillway_solver::policy::Policy;

use super::CommandError;
use super::load::Load;
use crate::config::{RunConfig, World};
use crate::output::folder_name;
use crate::record::InputName;

/// Reads files and keeps what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    problems: Vec<String>,
}

impl Inputs {
    /// A JSON document; `None` leaves a problem with its place.
    pub(super) fn json<T: DeserializeOwned>(&mut self, path: &Path) -> Option<T> {
        let text = self.text(path)?;
        match serde_json::from_str(&text) {
            Ok(document) => Some(document),
            Err(error) => {
                // The place goes to the front, where editors look for it.
                let whole = error.to_string();
                let what = whole
                    .rsplit_once(" at line ")
                    .map_or(&*whole, |(what, _)| what);
                let (line, column) = (error.line(), error.column());
                self.problem(format_args!("{}:{line}:{column}: {what}", path.display()));
                None
            }
        }
    }

    /// A policy: Kubernetes objects where the name ends in `.yaml` or `.yml`, else JSON.
    pub(super) fn policy(&mut self, path: &Path) -> Option<Policy> {
        let extension = path.extension().and_then(OsStr::to_str);
        match extension {
            Some("yaml" | "yml") => self.objects(&[path.to_owned()]),
            _ => self.json(path),
        }
    }

    /// The policy of Kubernetes objects in several files, which may refer to each other.
    pub(super) fn objects(&mut self, paths: &[PathBuf]) -> Option<Policy> {
        let before = self.problems.len();
        let mut objects = Objects::default();
        for path in paths {
            let Some(text) = self.text(path) else {
                continue;
            };
            match read_yaml(&path.display().to_string(), &text) {
                Ok(more) => objects.extend(more),
                Err(problems) => self
                    .problems
                    .extend(problems.iter().map(ToString::to_string)),
            }
        }
        if self.problems.len() > before {
            return None;
        }
        match convert(&objects) {
            Ok(policy) => Some(policy),
            Err(problems) => {
                self.problems
                    .extend(problems.iter().map(ToString::to_string));
                None
            }
        }
    }

    /// An optional JSON document; its default where no file is named.
    pub(super) fn json_or_default<T: DeserializeOwned + Default>(
        &mut self,
        path: Option<&Path>,
    ) -> Option<T> {
        path.map_or_else(|| Some(T::default()), |path| self.json(path))
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

    /// Opens a trace for a look at its header.
    pub(super) fn trace(&mut self, load: &Load, seed: Option<u64>) {
        if let Err(error) = load.open(seed) {
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
                .chain([self.load.name()])
                .collect(),
            world,
            policy,
        };
        match config.check() {
            Ok(()) => Some(config),
            Err(error) => {
                inputs.problem(error);
                None
            }
        }
    }
}
