//! Experiments as people run them: policy tests, comparisons over seeds, sweeps and their shards.

mod altered;
mod comparisons;
mod figures;
mod policy_tests;
mod resampling;
mod shards;
mod sweeps;

use std::fs;
use std::path::{Path, PathBuf};

use spillway_sim::cli::Answer;
use spillway_sim::hosts::Core;

fn spillway_sim(args: &[&str]) -> Answer {
    Answer::to(args, &Core)
}

/// Each of `all` stands in the text.
fn assert_has(text: &str, all: &[&str]) {
    for says in all {
        assert!(text.contains(says), "{says} is missing in\n{text}");
    }
}

fn example(name: &str) -> String {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    examples.join(name).display().to_string()
}

/// A folder with a short world of the demo's shop, removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("experiments-{test}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("the build folder can be written");
        let folder = Self(folder);
        let world =
            fs::read_to_string(example("policy-tests/worlds/quiet.yaml")).expect("an example");
        folder.write(
            "world.yaml",
            &world.replacen("horizon: 1h", "horizon: 20m", 1),
        );
        folder
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.0.join(name), text).expect("the build folder can be written");
        self.path(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn compare(&self, out: &str, more: &[&str]) -> Answer {
        let [world, out] = [self.path("world.yaml"), self.path(out)];
        let objects =
            ["clusters", "policy", "workloads"].map(|name| example(&format!("demo/{name}.yaml")));
        let mut args = vec!["compare", "--world", &world, "--out", &out, "--policies"];
        args.extend(objects.iter().map(String::as_str));
        args.extend(["--autoscaler", "spillway", "hpa-ca"]);
        args.extend(more);
        spillway_sim(&args)
    }

    /// A sweep over the folder's world, or another one.
    fn sweep(&self, world: &str, vary: &str) -> String {
        let objects =
            ["clusters", "policy", "workloads"].map(|name| example(&format!("demo/{name}.yaml")));
        let text = format!(
            "apiVersion: sim.spillway.dev/v1alpha1\nkind: Sweep\nname: a sweep\nworld: {world}\npolicies: [{}]\nseeds: 1..2\nvary:\n{vary}",
            objects.join(", ")
        );
        self.write("sweep.yaml", &text)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Fields of a sweep with six combinations.
const VARY: &str = "  HybridAutoscaler/shop/orders:
    spec.behavior.scaleDown.stabilizationWindowSeconds: [60, 300, 1800]
  BurstPolicy/default:
    spec.caps.usdPerHour: [\"0.5\", \"2\"]
";
