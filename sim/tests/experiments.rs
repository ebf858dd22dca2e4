//! Experiments as people run them: policy tests, comparisons over seeds, sweeps and their shards.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use spillway_sim::cli::{self, Console, Outcome};
use spillway_sim::figures;
use spillway_sim::hosts::{Core, Decide};
use spillway_solver::decision::{Decision, Versions};
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

/// What a command line did.
struct Answer {
    outcome: Outcome,
    out: String,
    err: String,
}

fn spillway_sim(args: &[&str]) -> Answer {
    with_core(&Core, args)
}

fn with_core(core: &dyn Decide, args: &[&str]) -> Answer {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console {
        out: &mut out,
        err: &mut err,
        interactive: false,
    };
    let args = std::iter::once("spillway-sim").chain(args.iter().copied());
    let outcome = cli::run(args.map(OsString::from), &mut console, core);
    Answer {
        outcome,
        out: String::from_utf8(out).expect("text"),
        err: String::from_utf8(err).expect("text"),
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

#[test]
fn the_policy_tests_of_the_examples_pass() {
    let folder = Folder::new("examples");
    let junit = folder.path("junit.xml");
    let answer = spillway_sim(&[
        "test",
        &example("policy-tests"),
        "--junit",
        &junit,
        "--github",
    ]);
    assert_eq!(
        answer.outcome,
        Outcome::Done,
        "{}{}",
        answer.out,
        answer.err
    );
    assert!(answer.out.contains("4 of 4 tests passed"), "{}", answer.out);
    assert!(!answer.out.contains("::error"), "{}", answer.out);
    assert!(folder.read("junit.xml").contains("failures=\"0\""));
}

const TEST: &str = "\
apiVersion: sim.spillway.dev/v1alpha1
kind: PolicyTest
name: a quiet hour
world: world.yaml
policies: [CLUSTERS, POLICY, WORKLOADS]
seeds: 1..2
assert:
- publicSharePercent == 0%
- arrived < 10
- costUsd <= 10% of hpa-ca
";

fn policy_test() -> String {
    ["clusters", "policy", "workloads"]
        .iter()
        .fold(TEST.to_owned(), |text, name| {
            text.replace(&name.to_uppercase(), &example(&format!("demo/{name}.yaml")))
        })
}

#[test]
fn an_assertion_that_does_not_hold_is_told_with_its_line_and_what_was_found() {
    let folder = Folder::new("fails");
    let test = folder.write("test.yaml", &policy_test());
    let junit = folder.path("junit.xml");
    let answer = spillway_sim(&["test", &test, "--junit", &junit, "--github"]);
    assert_eq!(
        answer.outcome,
        Outcome::Findings,
        "{}{}",
        answer.out,
        answer.err
    );
    for says in [
        "pass  publicSharePercent == 0.0 %",
        "FAIL  arrived < 10",
        "(seed ",
        "pass  invariants",
        "1 of 1 tests failed",
        "line=9,title=a quiet hour::arrived < 10: found ",
    ] {
        assert!(
            answer.out.contains(says),
            "{says} is missing in\n{}",
            answer.out
        );
    }
    assert!(folder.read("junit.xml").contains("line=\"9\"><failure"));
}

/// The core with a checker that likes no decision.
struct Disliked;

impl Decide for Disliked {
    fn decide(&self, snapshot: &Snapshot, policy: &Policy, memory: &Memory) -> Decision {
        Core.decide(snapshot, policy, memory)
    }

    fn versions(&self) -> Versions {
        Core.versions()
    }

    fn check(&self, _: &Snapshot, _: &Policy, _: &Memory, _: &Decision) -> Vec<String> {
        vec!["Taste: none of it".to_owned()]
    }
}

#[test]
fn a_decision_that_the_checker_refuses_fails_the_test_and_stops_no_other() {
    let folder = Folder::new("disliked");
    let test = folder.write("test.yaml", &policy_test());
    let other = policy_test().replace("of hpa-ca", "of private-only");
    let other = folder.write(
        "other.yaml",
        &other.replace("seeds", "autoscaler: hpa-ca\nseeds"),
    );
    let answer = with_core(&Disliked, &["test", &test, &other]);
    assert_eq!(
        answer.outcome,
        Outcome::Findings,
        "{}{}",
        answer.out,
        answer.err
    );
    for says in [
        "FAIL  invariants",
        "spillway, seed 1: at 15s: the decision breaks a constraint",
        "Taste: none of it",
        "--autoscaler spillway --seed 1` leaves files",
        "pass  invariants",
    ] {
        assert!(
            answer.out.contains(says),
            "{says} is missing in\n{}",
            answer.out
        );
    }
}

#[test]
fn all_that_is_wrong_with_policy_tests_is_told_at_once() {
    let folder = Folder::new("bad-tests");
    let first = policy_test()
        .replace("arrived < 10", "arived < 10")
        .replace("costUsd <= 10% of hpa-ca", "shop/webb moves == 0");
    let first = folder.write("first.yaml", &first);
    let second = policy_test()
        .replace("seeds: 1..2", "autoscaler: spilway\nload: {trase: a.csv}")
        .replace("world: world.yaml", "world: gone.yaml");
    let second = folder.write("second.yaml", &second);
    let answer = spillway_sim(&["test", &first, &second]);
    assert_eq!(answer.outcome, Outcome::BadInput);
    for says in [
        "first.yaml:9: assert[1]: no figure is called `arived`",
        "second.yaml:7: load.trase: is not known: the options here are trace",
    ] {
        assert!(
            answer.err.contains(says),
            "{says} is missing in\n{}",
            answer.err
        );
    }
    let third = policy_test()
        .replace("arrived < 10", "shop/webb arrived < 10")
        .replace("of hpa-ca", "of hpa");
    let third = folder.write("third.yaml", &third);
    let answer = spillway_sim(&["test", &third]);
    assert_eq!(answer.outcome, Outcome::BadInput);
    for says in [
        "third.yaml:9: assert[1]: no HybridAutoscaler is called `shop/webb`; the policies have shop/orders, ",
        "third.yaml:10: assert[2]: no autoscaler is called `hpa`: write one of spillway, ",
    ] {
        assert!(
            answer.err.contains(says),
            "{says} is missing in\n{}",
            answer.err
        );
    }
}

#[test]
fn a_comparison_over_seeds_is_the_same_with_any_number_of_threads() {
    let folder = Folder::new("seeds");
    for jobs in ["1", "3"] {
        let answer = folder.compare(jobs, &["--seeds", "1..3", "--jobs", jobs]);
        assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
        for says in [
            "Mean of 3 seeds",
            "hpa-ca is",
            "95 % interval",
            "the difference is clear",
        ] {
            assert!(
                answer.out.contains(says),
                "{says} is missing in\n{}",
                answer.out
            );
        }
    }
    for file in [
        "summary.json",
        "report.html",
        "spillway/decisions.jsonl",
        "hpa-ca/timeseries.csv",
    ] {
        let [one, three] = ["1", "3"].map(|jobs| folder.read(&format!("{jobs}/{file}")));
        assert!(one == three, "{file} differs");
    }
    let summary: serde_json::Value =
        serde_json::from_str(&folder.read("1/summary.json")).expect("JSON");
    assert_eq!(summary["overSeeds"]["schemaVersion"], 1);
    assert_eq!(summary["overSeeds"]["seeds"], serde_json::json!([1, 2, 3]));
    let runs = summary["runs"].as_array().expect("a list");
    assert!(
        runs.iter().all(|run| run["meta"]["seed"] == 1),
        "files are of the first seed"
    );
    assert!(folder.read("1/report.html").contains("class=whisker"));
}

#[test]
fn a_condition_that_is_met_ends_with_exit_code_1() {
    let folder = Folder::new("fail-if");
    let answer = folder.compare(
        "cheap",
        &["--fail-if", "cost > +500%", "--fail-if", "moves > +100"],
    );
    assert_eq!(
        answer.outcome,
        Outcome::Findings,
        "public clouds cost more than electricity"
    );
    assert!(
        answer
            .err
            .contains("failed: `cost > +500%` is met: hpa-ca is "),
        "{}",
        answer.err
    );
    assert!(!answer.err.contains("`moves"), "{}", answer.err);
    let answer = folder.compare("dear", &["--baseline", "hpa-ca", "--fail-if", "cost > +5%"]);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);

    let answer = folder.compare("bad", &["--baseline", "kubernetes"]);
    assert_eq!(answer.outcome, Outcome::BadInput);
    assert!(
        answer
            .err
            .contains("no run is called `kubernetes`; there are spillway, hpa-ca"),
        "{}",
        answer.err
    );
    let answer = folder.compare("bad", &["--fail-if", "cost > 5%"]);
    assert_eq!(answer.outcome, Outcome::BadInput);
    assert!(answer.err.contains("without its sign"), "{}", answer.err);
}

const VARY: &str = "  HybridAutoscaler/shop/orders:
    spec.behavior.scaleDown.stabilizationWindowSeconds: [60, 300, 1800]
  BurstPolicy/default:
    spec.caps.usdPerHour: [\"0.5\", \"2\"]
";

#[test]
fn a_sweep_goes_on_where_it_stopped_and_ends_with_the_same_bytes() {
    let folder = Folder::new("resume");
    let sweep = folder.sweep("world.yaml", VARY);
    let run = |out: &str, jobs: &str| {
        let out = folder.path(out);
        spillway_sim(&["sweep", &sweep, "--out", &out, "--jobs", jobs])
    };
    let answer = run("whole", "1");
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    assert!(
        answer
            .out
            .contains("of 6 settings are on the front of costUsd"),
        "{}",
        answer.out
    );

    let whole = folder.read("whole/points.jsonl");
    assert_eq!(whole.lines().count(), 1 + 12);
    fs::create_dir(folder.0.join("torn")).expect("made");
    folder.write("torn/points.jsonl", &whole[..whole.len() / 2]);
    let answer = run("torn", "3");
    assert!(answer.err.contains("was cut off"), "{}", answer.err);
    assert!(
        answer.err.contains("of 12 runs are there already"),
        "{}",
        answer.err
    );
    for file in ["points.jsonl", "front.json", "sweep.html"] {
        let [torn, whole] = ["torn", "whole"].map(|out| folder.read(&format!("{out}/{file}")));
        assert!(torn == whole, "{file} differs");
    }

    folder.sweep("world.yaml", &VARY.replace("1800", "900"));
    let answer = run("whole", "1");
    assert_eq!(answer.outcome, Outcome::BadInput);
    assert!(
        answer.err.contains("runs of another sweep"),
        "{}",
        answer.err
    );
    assert_eq!(
        folder.read("whole/points.jsonl"),
        whole,
        "nothing is overwritten"
    );
}

#[test]
fn the_fields_of_a_sweep_are_checked_before_the_first_run() {
    let folder = Folder::new("fields");
    let vary = VARY
        .replace(
            "stabilizationWindowSeconds: [60,",
            "stabilisationWindowSeconds: [60,",
        )
        .replace("\"2\"]", "true]")
        + "  World:\n    clusters[7].name: [a]\n    tick: [0s, 15s]\n";
    let sweep = folder.sweep("world.yaml", &vary);
    let out = folder.path("out");
    let answer = spillway_sim(&["sweep", &sweep, "--out", &out]);
    assert_eq!(answer.outcome, Outcome::BadInput);
    assert!(
        answer
            .err
            .contains("sweep.yaml:13: vary.World.clusters[7].name[0]: there is no [7]"),
        "{}",
        answer.err
    );
    assert!(!folder.0.join("out").exists(), "nothing is written");

    let sweep = folder.sweep(
        "world.yaml",
        &vary.replace("    clusters[7].name: [a]\n", ""),
    );
    let answer = spillway_sim(&["sweep", &sweep, "--out", &out]);
    for says in [
        "sweep.yaml:9: vary.HybridAutoscaler/shop/orders.spec.behavior.scaleDown.stabilisationWindowSeconds[0]: is not known: did you mean `stabilizationWindowSeconds`?",
        "sweep.yaml:11: vary.BurstPolicy/default.spec.caps.usdPerHour[1]: is the boolean true",
    ] {
        assert!(
            answer.err.contains(says),
            "{says} is missing in\n{}",
            answer.err
        );
    }
}

/// Begins a shard as a process.
fn begin(sweep: &str, shard: &str, out: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_spillway-sim"))
        .args([
            "sweep", sweep, "--shard", shard, "--out", out, "--jobs", "1",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program was built for this test")
}

#[test]
fn shards_of_which_one_died_and_was_repeated_make_the_bytes_of_the_whole() {
    let folder = Folder::new("shards");
    let sweep = folder.sweep(&example("policy-tests/worlds/sale.yaml"), VARY);
    let outs = ["0", "1"].map(|shard| folder.path(shard));
    let mut first = begin(&sweep, "0/2", &outs[0]);
    let mut second = begin(&sweep, "1/2", &outs[1]);

    let journal = folder.0.join("1/points.jsonl");
    let lines = || fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
    let began = Instant::now();
    while lines() < 3 {
        assert!(
            began.elapsed() < Duration::from_mins(5),
            "the shard does not get on"
        );
        thread::sleep(Duration::from_millis(5));
    }
    second.kill().expect("it runs");
    second.wait().expect("it was killed");
    assert!(lines() < 7, "it was killed midway");
    assert!(first.wait().expect("it ends").success());

    let merged = folder.path("merged");
    let merge = || spillway_sim(&["sweep", "merge", &outs[0], &outs[1], "--out", &merged]);
    let answer = merge();
    assert_eq!(answer.outcome, Outcome::BadInput);
    assert!(
        answer.err.contains("of 12 runs are missing"),
        "{}",
        answer.err
    );

    let mut again = begin(&sweep, "1/2", &outs[1]);
    assert!(again.wait().expect("it ends").success());
    let answer = merge();
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);

    let whole = folder.path("whole");
    let answer = spillway_sim(&["sweep", &sweep, "--out", &whole]);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    for file in ["points.jsonl", "front.json", "sweep.html"] {
        let [merged, whole] = ["merged", "whole"].map(|out| folder.read(&format!("{out}/{file}")));
        assert!(merged == whole, "{file} differs");
    }
}

#[test]
fn the_manifest_of_a_sweep_carries_its_files() {
    let folder = Folder::new("manifest");
    let sweep = folder.sweep("world.yaml", VARY);
    let answer = spillway_sim(&[
        "sweep", "manifest", &sweep, "--shards", "3", "--image", "sim:1",
    ]);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    for says in [
        "completionMode: Indexed",
        "completions: 3",
        "kind: Sweep",
        "kind: HybridAutoscaler",
        "path: \"",
    ] {
        assert!(
            answer.out.contains(says),
            "{says} is missing in\n{}",
            answer.out
        );
    }
}

#[test]
fn every_figure_stands_in_the_documentation_and_no_other() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");
    let text = fs::read_to_string(path).expect("it is there");
    let mut told: Vec<&str> = Vec::new();
    for table in text.split("\n| figure |").skip(1) {
        let rows = table
            .lines()
            .skip(1)
            .take_while(|line| line.starts_with('|'));
        let names = rows.filter_map(|row| row.split('|').nth(1));
        told.extend(names.flat_map(|cell| cell.split('`').skip(1).step_by(2)));
    }
    let mut known: Vec<&str> = figures::all()
        .flat_map(|figure| [figure.name, figure.short])
        .collect();
    known.retain(|name| !name.is_empty());
    told.sort_unstable();
    known.sort_unstable();
    assert_eq!(told, known);
}
