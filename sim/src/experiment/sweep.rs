//! A sweep: one world and policy under many settings of some of their fields.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rand::RngExt as _;
use serde::Deserialize;
use serde_json::Value;
use spillway_crds::{Origin, Problem};

use super::Seeds;
use super::policy_test::LoadOptions;
use super::read::{Broken, Sketch, document};
use super::setting::Field;
use super::values::Values;
use crate::config::ApiVersion;
use crate::figures::figure;
use crate::random;

/// A sweep's file.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sweep {
    /// `sim.spillway.dev/v1alpha1`.
    pub api_version: ApiVersion,
    /// `Sweep`.
    pub kind: Kind,
    /// What it is for.
    pub name: String,
    /// The world file, seen from this file's folder as all paths here.
    pub world: PathBuf,
    /// The files with the Kubernetes objects.
    pub policies: Vec<PathBuf>,
    /// The trace and how to read it; absent: the world's own load.
    #[serde(default)]
    pub load: LoadOptions,
    /// What decides.
    #[serde(default = "Sweep::default_autoscalers")]
    pub autoscalers: Vec<String>,
    /// Each point is run under each; absent: the world's seed.
    #[serde(default)]
    pub seeds: Option<Seeds>,
    /// The fields by object and path, with what they are set to.
    pub vary: BTreeMap<String, BTreeMap<String, Values>>,
    /// Draws points instead of taking all combinations.
    #[serde(default)]
    pub random: Option<Random>,
    /// Figures of which less is better; the front is made of these.
    #[serde(default = "Sweep::default_objectives")]
    pub objectives: Vec<String>,
    /// The file and its lines, for problems.
    #[serde(skip)]
    pub origin: Origin,
}

/// The kind of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Kind {
    /// A sweep.
    Sweep,
}

/// A random search.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Random {
    /// Points drawn.
    pub samples: u32,
    /// Seed of the draws; not that of the runs.
    #[serde(default)]
    pub seed: u64,
}

/// Most points of a sweep: a mistyped grid shall not fill the memory.
const MOST: usize = 1_000_000;

impl Sweep {
    fn default_autoscalers() -> Vec<String> {
        vec!["spillway".to_owned()]
    }

    fn default_objectives() -> Vec<String> {
        ["costUsd", "lateRequestsPercent", "replicaStarts"]
            .map(str::to_owned)
            .to_vec()
    }

    /// Reads a sweep; `file` names it in problems.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, each with its line.
    pub fn read(file: &str, text: &str) -> Result<Self, Broken> {
        Self::sketch(file, text)?.sound()
    }

    /// Reads what has the shape of a sweep, so that what it names can be looked at too.
    ///
    /// # Errors
    ///
    /// All that is wrong with its shape, each with its line.
    pub fn sketch(file: &str, text: &str) -> Result<Sketch<Self>, Broken> {
        let what = "a Sweep with apiVersion, kind, name, world, policies and vary";
        let (sweep, node) = document::<Self>(file, text, what)?;
        let sweep = Self {
            origin: Origin::of(file, &node),
            ..sweep
        };
        let problems = sweep.problems();
        Ok(Sketch {
            document: sweep,
            problems,
        })
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (path, is_empty) in [
            ("policies", self.policies.is_empty()),
            ("autoscalers", self.autoscalers.is_empty()),
            ("objectives", self.objectives.is_empty()),
            ("vary", self.vary.values().all(BTreeMap::is_empty)),
        ] {
            if is_empty {
                problems.push(self.problem(path, "is empty: write at least one"));
            }
        }
        for (list, names) in [
            ("autoscalers", &self.autoscalers),
            ("objectives", &self.objectives),
        ] {
            for (n, name) in names.iter().enumerate() {
                if names[..n].contains(name) {
                    let path = format!("{list}[{n}]");
                    problems.push(
                        self.problem(&path, format!("`{name}` is there twice; write it once")),
                    );
                }
            }
        }
        for (n, name) in self.objectives.iter().enumerate() {
            if let Err(message) = figure(name) {
                problems.push(self.problem(&format!("objectives[{n}]"), message));
            }
        }
        if self.random.is_some_and(|random| random.samples == 0) {
            problems.push(self.problem("random.samples", "must be at least 1"));
        }
        let mut points = Some(1_usize);
        for (field, values, path) in self.fields() {
            match values {
                Values::List(list) if list.is_empty() => {
                    problems.push(self.problem(&path, "is empty: write at least one value"));
                }
                Values::List(list) => points = points.and_then(|points| points.checked_mul(list.len())),
                Values::Range(_) if self.random.is_none() => problems.push(self.problem(
                    &path,
                    format!("is a range, and a grid needs values: write `{}: [...]`, or add `random: {{samples: 50}}`", field.path),
                )),
                Values::Range(_) => {}
            }
        }
        if self.random.is_none() && points.is_none_or(|points| points > MOST) {
            let message = format!(
                "has more than {MOST} combinations: leave values out, or add `random: {{samples: 50}}`"
            );
            problems.push(self.problem("vary", message));
        }
        problems
    }

    /// Something wrong with a field of the file.
    #[must_use]
    pub fn problem(&self, path: &str, message: impl Into<String>) -> Problem {
        self.origin.problem(path, message)
    }

    /// The fields that vary, with their values and their place in the file, by object and path.
    #[must_use]
    pub fn fields(&self) -> Vec<(Field, &Values, String)> {
        let fields = self.vary.iter().flat_map(|(object, fields)| {
            fields.iter().map(move |(path, values)| {
                let field = Field {
                    object: object.clone(),
                    path: path.clone(),
                };
                (field, values, format!("vary.{object}.{path}"))
            })
        });
        fields.collect()
    }

    /// All points: a value for each of [`Sweep::fields`]. The last field changes first.
    #[must_use]
    pub fn points(&self) -> Vec<Vec<Value>> {
        let fields = self.fields();
        if let Some(random) = self.random {
            let samples = 0..random.samples;
            return samples.map(|n| drawn(random.seed, n, &fields)).collect();
        }
        let mut points = vec![Vec::new()];
        for (_, values, _) in &fields {
            let Values::List(list) = values else { continue };
            let longer = points.iter().flat_map(|point| {
                list.iter().map(move |value| {
                    let mut point: Vec<Value> = point.clone();
                    point.push(value.clone());
                    point
                })
            });
            points = longer.collect();
        }
        points
    }
}

/// The `n`th point of a random search. Each has its own draws, so more samples leave the first ones as they are.
fn drawn(seed: u64, n: u32, fields: &[(Field, &Values, String)]) -> Vec<Value> {
    let draw = |(field, values, _): &(Field, &Values, String)| {
        let name = format!("{}: {} {n}", field.object, field.path);
        let mut stream = random::stream(seed, "sweep", &name);
        values.at(stream.random())
    };
    fields.iter().map(draw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SOUND: &str = "\
apiVersion: sim.spillway.dev/v1alpha1
kind: Sweep
name: how long to wait
world: world.yaml
policies: [shop.yaml]
vary:
  HybridAutoscaler/shop/orders:
    spec.behavior.scaleDown.stabilizationWindowSeconds: [60, 300]
  BurstPolicy/default:
    spec.caps.usdPerHour: [\"0.5\", \"1\", \"2\"]
";

    #[test]
    fn a_grid_is_every_combination_and_the_last_field_changes_first() {
        let sweep = Sweep::read("a.yaml", SOUND).expect("sound");
        let labels: Vec<String> = sweep
            .fields()
            .into_iter()
            .map(|(field, ..)| field.object)
            .collect();
        assert_eq!(
            labels,
            ["BurstPolicy/default", "HybridAutoscaler/shop/orders"]
        );
        let points = sweep.points();
        assert_eq!(points.len(), 6);
        assert_eq!(points[0], [json!("0.5"), json!(60)]);
        assert_eq!(points[1], [json!("0.5"), json!(300)]);
    }

    #[test]
    fn more_samples_leave_the_first_ones_as_they_are() {
        let ranged = SOUND.replace("[60, 300]", "{from: 60, to: 1800}");
        let sample = |samples: u32, seed: u64| {
            let text = format!("{ranged}random: {{samples: {samples}, seed: {seed}}}\n");
            Sweep::read("a.yaml", &text).expect("sound").points()
        };
        let (few, many) = (sample(5, 1), sample(20, 1));
        assert_eq!(few, many[..5]);
        assert_ne!(few, sample(5, 2));
        for point in &many {
            let seconds = point[1].as_u64().expect("whole ends give whole numbers");
            assert!((60..=1800).contains(&seconds));
        }
    }

    #[test]
    fn all_that_is_wrong_is_said_with_its_line() {
        let bad = SOUND
            .replace("[60, 300]", "{from: 60, to: 1800}")
            .replace("[\"0.5\", \"1\", \"2\"]", "[]")
            + "objectives: [costUsd, joy]\nautoscalers: [spillway, spillway]\n";
        let broken = Sweep::read("a.yaml", &bad).expect_err("wrong").to_string();
        for says in [
            "a.yaml:8: vary.HybridAutoscaler/shop/orders.spec.behavior.scaleDown.stabilizationWindowSeconds: is a range",
            "a.yaml:10: vary.BurstPolicy/default.spec.caps.usdPerHour: is empty",
            "a.yaml:11: objectives[1]: no figure is called `joy`",
            "a.yaml:12: autoscalers[1]: `spillway` is there twice",
        ] {
            assert!(broken.contains(says), "{says} is missing in\n{broken}");
        }
    }
}
