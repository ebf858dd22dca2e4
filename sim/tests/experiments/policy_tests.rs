//! Policy tests: what they say, and what is wrong with their files.

use std::fs;

use spillway_sim::cli::{Answer, Outcome};
use spillway_sim::hosts::{Core, Decide};
use spillway_solver::decision::{Decision, Versions};
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

use super::{Folder, assert_has, example, spillway_sim};

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
    assert_has(
        &answer.out,
        &[
            "pass  publicSharePercent == 0.0 %",
            "FAIL  arrived < 10",
            "(seed ",
            "pass  invariants",
            "1 of 1 tests failed",
            "line=9,title=a quiet hour::arrived < 10: found ",
        ],
    );
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
    let answer = Answer::to(&["test", &test, &other], &Disliked);
    assert_eq!(
        answer.outcome,
        Outcome::Findings,
        "{}{}",
        answer.out,
        answer.err
    );
    assert_has(
        &answer.out,
        &[
            "FAIL  invariants",
            "spillway, seed 1: at 15s: the decision breaks a constraint",
            "Taste: none of it",
            "--autoscaler spillway --seed 1` leaves files",
            "pass  invariants",
        ],
    );
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
    assert_has(
        &answer.err,
        &[
            "first.yaml:9: assert[1]: no figure is called `arived`",
            "second.yaml:7: load.trase: is not known: the options here are trace",
        ],
    );
    let third = policy_test()
        .replace("arrived < 10", "shop/webb arrived < 10")
        .replace("of hpa-ca", "of hpa");
    let third = folder.write("third.yaml", &third);
    let answer = spillway_sim(&["test", &third]);
    assert_eq!(answer.outcome, Outcome::BadInput);
    assert_has(
        &answer.err,
        &[
            "third.yaml:9: assert[1]: no HybridAutoscaler is called `shop/webb`; the policies have shop/orders, ",
            "third.yaml:10: assert[2]: no autoscaler is called `hpa`: write one of spillway, ",
        ],
    );
}

#[test]
fn a_file_for_results_that_cannot_be_written_is_told_before_any_run() {
    let folder = Folder::new("no-junit");
    let test = folder.write("test.yaml", &policy_test());
    let junit = folder.path("gone/junit.xml");
    let answer = spillway_sim(&["test", &test, "--junit", &junit]);
    assert_eq!(answer.outcome, Outcome::BadInput);
    assert!(answer.err.contains("gone; make it first"), "{}", answer.err);
    assert_eq!(answer.out, "", "nothing was run");
}

/// The outcome and all errors of a test's file.
fn refused(folder: &Folder, name: &str, text: &str) -> String {
    let file = folder.write(name, text);
    let answer = spillway_sim(&["test", &file]);
    assert_eq!(
        answer.outcome,
        Outcome::BadInput,
        "{}{}",
        answer.out,
        answer.err
    );
    answer.err
}

#[test]
fn a_test_whose_fault_begins_after_the_end_cannot_fail_and_is_refused() {
    let folder = Folder::new("late-fault");
    let world =
        folder.read("world.yaml") + "faults: [{kind: clusterLost, cluster: home, at: 48h}]\n";
    folder.write("world.yaml", &world);
    let err = refused(&folder, "test.yaml", &policy_test());
    for says in [
        "test.yaml:4: world: cannot fail by a fault of its world: ",
        "faults[0].at: clusterLost begins after 2 d, and the run is over after 20 min",
    ] {
        assert!(err.contains(says), "{says} is missing in\n{err}");
    }

    // Where the load alone says when the run is over, it is known afterwards.
    folder.write("world.yaml", &world.replacen("horizon: 20m\n", "", 1));
    let test = folder.path("test.yaml");
    let answer = spillway_sim(&["test", &test]);
    assert_eq!(
        answer.outcome,
        Outcome::Findings,
        "{}{}",
        answer.out,
        answer.err
    );
    let says = "FAIL  every fault begins within the run";
    assert!(answer.out.contains(says), "{}", answer.out);
}

#[test]
fn problems_of_a_test_are_those_of_its_file_and_name_no_option_of_the_command_line() {
    let folder = Folder::new("words");
    folder.write("rates.csv", "ts,workload,count\n0,orders,1\n60,orders,2\n");
    let test = |load: &str| policy_test().replace("seeds", &format!("load: {load}\nseeds"));
    let idle = folder.read("world.yaml");
    let idle = idle.split("load:").next().expect("a text").to_owned();
    folder.write("idle.yaml", &idle);
    let all = [
        refused(&folder, "a.yaml", &test("{trace: rates.csv}")),
        refused(&folder, "b.yaml", &test("{scale: -1, timeScale: 2}")),
        refused(
            &folder,
            "c.yaml",
            &test("{prometheus: 'http://localhost:1', query: up}"),
        ),
        refused(
            &folder,
            "d.yaml",
            &policy_test().replace("world.yaml", "idle.yaml"),
        ),
        refused(
            &folder,
            "e.yaml",
            &policy_test().replace("world.yaml", "gone.yaml"),
        ),
    ]
    .concat();
    for says in [
        "a.yaml:6: load: ",
        "(load.serviceMean: 250ms)",
        "b.yaml:6: load.scale: `-1` is not a factor",
        "c.yaml:6: load: needs load.from, load.until too",
        "d.yaml:1: load: is missing: nothing arrives",
        "e.yaml:4: world: ",
        "gone.yaml: cannot be read",
    ] {
        assert!(all.contains(says), "{says} is missing in\n{all}");
    }
    assert!(!all.contains("--"), "{all}");
}

#[test]
fn the_files_of_a_test_are_looked_at_although_it_is_wrong_itself() {
    let folder = Folder::new("one-pass");
    let world = folder
        .read("world.yaml")
        .replace("initialNodes: 4", "initialNodes: 99");
    folder.write("world.yaml", &world);
    let test = policy_test()
        .replace("arrived < 10", "arived < 10")
        .replace(
            "seeds",
            "autoscaler: spilway\nload: {trace: gone.csv, scale: -1}\nseeds",
        );
    let err = refused(&folder, "test.yaml", &test);
    for says in [
        "test.yaml:11: assert[1]: no figure is called `arived`",
        "test.yaml:6: autoscaler: no autoscaler is called `spilway`",
        "test.yaml:7: load.scale: `-1` is not a factor",
        "groups[0].initialNodes: 99 is above maxNodes",
    ] {
        assert!(err.contains(says), "{says} is missing in\n{err}");
    }
}

#[test]
fn a_folder_is_searched_for_yaml_and_yml_and_a_misspelt_kind_is_named() {
    let folder = Folder::new("search");
    fs::create_dir(folder.0.join("tests")).expect("made");
    let test = policy_test()
        .replace("world.yaml", "../world.yaml")
        .replace("1..2", "1");
    let test = test
        .replace("- arrived < 10\n", "")
        .replace("10% of", "90% of");
    folder.write("tests/one.yml", &test);
    folder.write("tests/other.yaml", "kind: Deployment\n");
    folder.write("tests/values.yaml", "kind: Wrold\n");
    let tests = folder.path("tests");
    let answer = spillway_sim(&["test", &tests]);
    assert_eq!(
        answer.outcome,
        Outcome::Done,
        "{}{}",
        answer.out,
        answer.err
    );
    assert!(answer.out.contains("1 of 1 tests passed"), "{}", answer.out);
    assert_has(
        &answer.err,
        &[
            "other.yaml:1: is no policy test and skipped: its kind is `Deployment`",
            "values.yaml:1: is no policy test and skipped: its kind is `Wrold`; did you mean `World`?",
        ],
    );

    folder.write("tests/slip.yaml", &test.replace("PolicyTest", "PolicyTets"));
    folder.write("tests/none.yaml", &test.replace("kind: PolicyTest\n", ""));
    let answer = spillway_sim(&["test", &tests]);
    assert_eq!(answer.outcome, Outcome::BadInput);
    assert_has(
        &answer.err,
        &[
            "slip.yaml:2: kind: `PolicyTets` is no test: write `PolicyTest`",
            "none.yaml:1: kind: is missing: write `kind: PolicyTest`",
        ],
    );
}

#[test]
fn a_misspelt_field_of_a_test_is_one_mistake() {
    let folder = Folder::new("misspelt");
    for (from, to, says) in [
        (
            "assert:",
            "asserts:",
            "t.yaml:8: asserts: is not known: did you mean `assert`?",
        ),
        (
            "world: world",
            "wold: world",
            "t.yaml:4: wold: is not known: did you mean `world`?",
        ),
        (
            "policies: [",
            "policies: [3, ",
            "t.yaml:5: policies[0]: is the number 3",
        ),
        (
            "seeds: 1..2",
            "load: 3",
            "t.yaml:6: load: is the number 3: write an object",
        ),
    ] {
        let err = refused(&folder, "t.yaml", &policy_test().replacen(from, to, 1));
        assert_eq!(err.lines().count(), 1, "{from}: {err}");
        assert!(err.contains(says), "{from}: {err}");
    }
}

#[test]
fn a_range_of_seeds_that_is_wrong_hides_nothing_else() {
    let folder = Folder::new("hides-nothing");
    let test = "apiVersion: sim.spillway.dev/v1alpha1
kind: PolicyTest
name: all at once
world: none.yaml
policies: [nothing.yaml]
autoscaler: spillwy
seeds: 3..1
load: {trace: gone.csv, scal: 2}
assert: [costUSD <= 6 USD]
";
    let err = refused(&folder, "t.yaml", test);
    assert_has(
        &err,
        &[
            "t.yaml:4: world: ",
            "t.yaml:5: policies[0]: ",
            "t.yaml:6: autoscaler: no autoscaler is called `spillwy`",
            "t.yaml:7: seeds: 3..1 is empty: write 1..3",
            "t.yaml:8: load.scal: is not known",
            "t.yaml:8: load: ",
            "gone.csv: cannot be read",
            "t.yaml:9: assert[0]: no figure is called `costUSD`",
        ],
    );
    assert_eq!(err.lines().count(), 7, "{err}");
    // What could not be read itself is not looked at.
    let misspelt = test
        .replace("autoscaler: spillwy", "autoscaler: [spillway]")
        .replace("assert:", "asert:");
    let err = refused(&folder, "t.yaml", &misspelt);
    assert_has(
        &err,
        &["t.yaml:6: autoscaler: is a list", "did you mean `assert`?"],
    );
    assert!(!err.contains("is empty: write at least one"), "{err}");
    assert!(!err.contains("no autoscaler is called"), "{err}");
}
