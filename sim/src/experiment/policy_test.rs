//! A policy test: a run and what must hold of it, as a file that is kept beside the policy.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use spillway_crds::{Origin, Problem};

use super::read::{Broken, Sketch, partly};
use super::{Assertion, Seeds};
use crate::config::ApiVersion;

/// Options of the command line's load by their names, each with its values.
pub type LoadOptions = BTreeMap<String, serde_json::Value>;

/// A policy test.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyTest {
    /// `sim.spillway.dev/v1alpha1`.
    pub api_version: ApiVersion,
    /// `PolicyTest`.
    pub kind: Kind,
    /// What it shows, as a sentence.
    pub name: String,
    /// The world file, seen from this file's folder as all paths here.
    pub world: PathBuf,
    /// The files with the Kubernetes objects.
    pub policies: Vec<PathBuf>,
    /// The trace and how to read it; absent: the world's own load.
    #[serde(default)]
    pub load: LoadOptions,
    /// Whose runs are judged.
    #[serde(default = "PolicyTest::default_autoscaler")]
    pub autoscaler: String,
    /// A run for each; absent: the world's seed.
    #[serde(default)]
    pub seeds: Option<Seeds>,
    /// What must hold in each run, as it is written; [`PolicyTest::assertions`] is what it says.
    assert: Vec<serde_json::Value>,
    /// What must hold in each run, by its place in the list of the file.
    #[serde(skip)]
    pub assertions: BTreeMap<usize, Assertion>,
    /// The file and its lines, for problems.
    #[serde(skip)]
    pub origin: Origin,
}

/// The kind of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Kind {
    /// A policy test.
    PolicyTest,
}

impl PolicyTest {
    fn default_autoscaler() -> String {
        "spillway".to_owned()
    }

    /// Reads a policy test; `file` names it in problems.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, each with its line.
    pub fn read(file: &str, yaml: &str) -> Result<Self, Broken> {
        Self::sketch(file, yaml)?.sound()
    }

    /// Reads what names its files as a policy test does, so that these can be looked at too.
    ///
    /// # Errors
    ///
    /// All that is wrong with its shape, each with its line, where that hides which files are meant.
    pub fn sketch(file: &str, yaml: &str) -> Result<Sketch<Self>, Broken> {
        let what = "a PolicyTest with apiVersion, kind, name, world, policies and assert";
        let mut read = partly::<Self>(file, yaml, what)?;
        let mut problems = std::mem::take(&mut read.problems);
        if ["world", "policies", "load"]
            .iter()
            .any(|path| read.is_unknown(path))
        {
            return Err(Broken(problems));
        }
        let mut test = Self {
            origin: Origin::of(file, &read.node),
            ..read.document.clone()
        };
        if read.is_unknown("autoscaler") {
            test.autoscaler = Self::default_autoscaler();
        }
        for (n, written) in test.assert.iter().enumerate() {
            match Assertion::read(written.clone()) {
                Ok(assertion) => {
                    test.assertions.insert(n, assertion);
                }
                Err(message) => problems.push(test.problem(&format!("assert[{n}]"), message)),
            }
        }
        for (path, empty) in [
            ("policies", test.policies.is_empty()),
            ("assert", test.assert.is_empty()),
        ] {
            if empty && !read.is_unknown(path) {
                problems.push(test.problem(path, "is empty: write at least one"));
            }
        }
        Ok(Sketch {
            document: test,
            problems,
        })
    }

    /// Something wrong with a field of the file.
    #[must_use]
    pub fn problem(&self, path: &str, message: impl Into<String>) -> Problem {
        self.origin.problem(path, message)
    }

    /// The autoscalers that run, with the field that names each: the judged one first, then each that an assertion
    /// names besides.
    #[must_use]
    pub fn autoscalers(&self) -> Vec<(&str, String)> {
        let mut names = vec![(self.autoscaler.as_str(), "autoscaler".to_owned())];
        for (n, assertion) in &self.assertions {
            if let Some(of) = assertion.other()
                && !names.iter().any(|(name, _)| *name == of)
            {
                names.push((of, format!("assert[{n}]")));
            }
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "\
apiVersion: sim.spillway.dev/v1alpha1
kind: PolicyTest
name: the day is cheap
world: world.yaml
policies: [shop.yaml]
seeds: 1..3
load: {trace: monday.csv, scale: 2}
assert:
- costUsd <= 6 USD
- shop/web lateRequestsPercent < 1%
- {figure: costUsd, atMost: 90%, of: threshold-burst}
";

    #[test]
    fn a_test_names_the_autoscalers_that_it_needs() {
        let test = PolicyTest::read("a.yaml", SOUND).expect("sound");
        let names: Vec<&str> = test.autoscalers().iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["spillway", "threshold-burst"]);
        assert_eq!(test.origin.line("assert[1]"), Some(10));
    }

    #[test]
    fn all_that_is_wrong_is_said_with_its_line() {
        let bad = SOUND
            .replace("1..3", "3..1")
            .replace("world: world.yaml\n", "wold: world.yaml\n");
        let broken = PolicyTest::read("a.yaml", &bad)
            .expect_err("wrong")
            .to_string();
        for says in [
            "a.yaml:4: wold: is not known: did you mean `world`?",
            "a.yaml:6: seeds: 3..1 is empty",
        ] {
            assert!(broken.contains(says), "{says} is missing in\n{broken}");
        }
        let bad = SOUND
            .replace("costUsd <=", "cosUsd <=")
            .replace("atMost: 90%", "most: 90%");
        let broken = PolicyTest::read("a.yaml", &bad)
            .expect_err("wrong")
            .to_string();
        for says in [
            "a.yaml:9: assert[0]: no figure is called `cosUsd`",
            "a.yaml:11: assert[2]: unknown field `most`",
        ] {
            assert!(broken.contains(says), "{says} is missing in\n{broken}");
        }
        let broken = PolicyTest::read("a.yaml", "")
            .expect_err("empty")
            .to_string();
        assert!(
            broken.contains("a.yaml:1: is empty: write a PolicyTest"),
            "{broken}"
        );
    }
}
