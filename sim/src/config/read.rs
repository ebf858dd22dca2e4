//! The world file's text into a world: all that is wrong with it at once, also where only a part
//! of it can be read.

use std::fmt;

use spillway_crds::document::{Mistake, Place, Unfinished, as_far_as_it_goes, parse_yaml};
use spillway_crds::{Origin, Problem};
use spillway_solver::policy::Policy;

use super::problems::{against, alone};
use super::{ConfigError, RunConfig, World};

/// A world that is written wrongly, as far as it could be read.
#[derive(Debug)]
pub struct BrokenWorld {
    file: String,
    mistakes: Vec<Mistake>,
    sketch: Option<Box<(Unfinished<World>, Origin)>>,
}

impl fmt::Display for BrokenWorld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problems(&[]).fmt(f)
    }
}

impl BrokenWorld {
    fn past_reading(file: &str, mistake: Mistake) -> Self {
        Self {
            file: file.to_owned(),
            mistakes: vec![mistake],
            sketch: None,
        }
    }

    /// All that is wrong with the file: its shape, and what makes no sense whatever is written
    /// where it could not be read, also for each of some policies.
    #[must_use]
    pub fn problems(&self, policies: &[Policy]) -> ConfigError {
        let shape = self.mistakes.iter().map(|mistake| Problem {
            column: None,
            ..mistake.clone().in_file(&self.file)
        });
        let mut problems: Vec<Problem> = shape.collect();
        if let Some((world, origin)) = self.sketch.as_deref() {
            let sense = |world: &World| {
                let world = World {
                    origin: origin.clone(),
                    ..world.clone()
                };
                let mut found = alone(&world);
                found.extend(against_all(&world, policies));
                found
            };
            problems.extend(world.sure(sense, |problem| &problem.path));
        }
        problems.sort_by_key(|problem| problem.line);
        ConfigError(problems)
    }
}

/// What is wrong with a world for each of some policies.
fn against_all(world: &World, policies: &[Policy]) -> Vec<Problem> {
    let mut each = policies.iter().map(|policy| against(world, policy));
    let mut all = each.next().unwrap_or_default();
    for problems in each {
        all.retain(|problem| problems.contains(problem));
    }
    all
}

impl World {
    /// Reads a world file; `file` names it in problems.
    ///
    /// # Errors
    ///
    /// With the line of all that is not YAML, unknown, missing or of the wrong type.
    pub fn read(file: &str, yaml: &str) -> Result<Self, BrokenWorld> {
        let tree = match parse_yaml(yaml, 1) {
            Ok(Some(tree)) => tree,
            Ok(None) => {
                let message = "is empty: write a World with apiVersion, kind, start and clusters";
                let mistake = Mistake {
                    place: Place { line: 1, column: 1 },
                    path: String::new(),
                    message: message.to_owned(),
                    meant: None,
                };
                return Err(BrokenWorld::past_reading(file, mistake));
            }
            Err(mistake) => return Err(BrokenWorld::past_reading(file, mistake)),
        };
        let origin = Origin::of(file, &tree);
        match as_far_as_it_goes::<Self>(&tree) {
            Ok(world) => Ok(Self { origin, ..world }),
            Err(mut unfinished) => Err(BrokenWorld {
                file: file.to_owned(),
                mistakes: std::mem::take(&mut unfinished.mistakes),
                sketch: Some(Box::new((unfinished, origin))),
            }),
        }
    }

    /// Checks the world against itself and against what can be read of its policy: everything
    /// that is wrong for each of `policies`.
    ///
    /// # Errors
    ///
    /// With everything that is wrong, each with its field.
    pub fn check(&self, policies: &[Policy]) -> Result<(), ConfigError> {
        let mut found = alone(self);
        found.extend(against_all(self, policies));
        ConfigError::unless_empty(found)
    }

    /// Something wrong with a field of the file.
    pub(crate) fn problem(&self, path: impl Into<String>, message: impl Into<String>) -> Problem {
        self.origin.problem(path, message)
    }
}

impl RunConfig {
    /// Checks the world against itself and against the policy.
    ///
    /// # Errors
    ///
    /// With everything that is wrong, each with its field.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.world.check(std::slice::from_ref(&self.policy))
    }
}
