//! `soak`: a sound core passes, and a broken one is found, repeated and made small.

use spillway_sim::cli::{Answer, Outcome};
use spillway_sim::hosts::{Core, Decide};
use spillway_sim::soak::{Documents, trial};
use spillway_solver::decision::{Decision, Versions};
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

use super::Inputs;

/// The decision core, but of a workload that has two replicas in a cluster it asks for one more than it planned.
struct Greedy;

impl Decide for Greedy {
    fn decide(&self, snapshot: &Snapshot, policy: &Policy, memory: &Memory) -> Decision {
        let mut decision = Core.decide(snapshot, policy, memory);
        for workload in &mut decision.plan.workloads {
            let mut clusters = workload.clusters.iter_mut();
            if let Some(cluster) = clusters.find(|cluster| cluster.apply == 2) {
                cluster.apply += 1;
            }
        }
        decision
    }

    fn versions(&self) -> Versions {
        Core.versions()
    }

    fn check(
        &self,
        snapshot: &Snapshot,
        policy: &Policy,
        memory: &Memory,
        decision: &Decision,
    ) -> Vec<String> {
        Core.check(snapshot, policy, memory, decision)
    }
}

#[test]
fn random_worlds_break_no_rule_and_say_the_same_with_any_number_of_threads() {
    let inputs = Inputs::new("soak-sound");
    let out = inputs.path("out");
    let soak = |jobs: &str| {
        let args = ["soak", "--seeds", "1..6", "--jobs", jobs, "--out", &out];
        Answer::to(&args, &Core)
    };
    let answer = soak("1");
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.out);
    assert!(answer.out.contains("6 seeds"), "{}", answer.out);
    assert!(answer.out.contains("findings: 0"), "{}", answer.out);
    assert_eq!(soak("5").out, answer.out);
    assert!(!std::path::Path::new(&out).exists(), "nothing was found");
}

/// The smallest worlds of seeds in which a decision, or the checker, was once wrong. A seed means another world when
/// the dice change; these stay.
#[test]
fn worlds_in_which_a_rule_was_once_broken_run_clean() {
    let kept = std::fs::read_dir("tests/fixtures/soak").expect("worlds are kept");
    let mut folders: Vec<_> = kept
        .map(|kept| kept.expect("it is listed").path())
        .collect();
    folders.sort();
    assert!(folders.len() >= 5, "{folders:?}");
    for folder in folders {
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).expect("it is there");
        let documents = Documents {
            world: text("world.yaml"),
            objects: text("objects.yaml"),
        };
        let passed = trial(&documents, &Core);
        assert!(passed.is_ok(), "{}: {passed:?}", folder.display());
    }
}

#[test]
fn a_broken_core_is_found_and_shrunk_to_a_small_world_that_run_repeats() {
    let inputs = Inputs::new("soak-broken");
    let out = inputs.path("out");
    let soak = |jobs: &str| {
        let args = ["soak", "--seeds", "1..2", "--jobs", jobs, "--out", &out];
        Answer::to(&args, &Greedy)
    };
    let answer = soak("2");
    assert_eq!(answer.outcome, Outcome::Findings, "{}", answer.out);
    assert!(answer.out.contains("spillway-sim soak --seeds 2\n"));
    assert_eq!(soak("1").out, answer.out);

    let world = inputs.read("out/seed-2/world.yaml");
    assert!(world.contains("faults: []\n"), "{world}");
    assert_eq!(world.matches("- {id: ").count(), 1, "{world}");
    let (folder, run) = (inputs.path("out/seed-2"), inputs.path("run"));
    let world = format!("{folder}/world.yaml");
    let objects = format!("{folder}/objects.yaml");
    let args = [
        "run",
        "--world",
        &world,
        "--policies",
        &objects,
        "--out",
        &run,
    ];
    let repeated = Answer::to(&args, &Greedy);
    assert_eq!(repeated.outcome, Outcome::Findings, "{}", repeated.err);
    assert!(repeated.err.contains("the decision breaks a constraint"));
    assert_eq!(Answer::to(&args, &Core).outcome, Outcome::Done);
}

#[test]
fn a_folder_that_was_changed_is_left_alone() {
    let inputs = Inputs::new("soak-kept");
    let out = inputs.path("out");
    let args = ["soak", "--seeds", "2", "--out", &out];
    let found = Answer::to(&args, &Greedy);
    assert_eq!(found.outcome, Outcome::Findings, "{}", found.out);
    inputs.write("out/seed-2/world.yaml", "# mine\n");
    let answer = Answer::to(&args, &Greedy);
    assert_eq!(inputs.read("out/seed-2/world.yaml"), "# mine\n");
    assert!(answer.out.contains("seed-2-2/world.yaml"), "{}", answer.out);
}

#[test]
fn seeds_that_are_none_are_refused_and_hours_end_the_list() {
    for (seeds, says) in [("5..1", "write 1..5"), ("a", "write a whole number")] {
        let answer = Answer::to(&["soak", "--seeds", seeds], &Core);
        assert_eq!(answer.outcome, Outcome::BadInput);
        assert!(answer.err.contains(says), "{}", answer.err);
    }
    let inputs = Inputs::new("soak-hours");
    let out = inputs.path("out");
    let args = ["soak", "--hours", "1", "--seeds", "3", "--out", &out];
    let answer = Answer::to(&args, &Core);
    assert!(answer.out.contains("1 seeds"), "{}", answer.out);
}
