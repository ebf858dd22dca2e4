//! Files of earlier runs that somebody altered are not believed.

use spillway_sim::cli::{Answer, Outcome};
use spillway_sim::hosts::{Core, Decide};
use spillway_solver::decision::{Decision, Versions};
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

use super::{Folder, VARY, spillway_sim};

#[test]
fn runs_of_a_sweep_that_were_altered_are_neither_resumed_nor_merged() {
    let folder = Folder::new("altered-sweep");
    let sweep = folder.sweep("world.yaml", VARY);
    let out = folder.path("out");
    let run = || spillway_sim(&["sweep", &sweep, "--out", &out]);
    assert_eq!(run().outcome, Outcome::Done);
    let sound = folder.read("out/points.jsonl");
    let alter = |from: &str, to: &str| {
        let altered = sound.replacen(from, to, 1);
        assert!(altered != sound, "{from} is in no line");
        folder.write("out/points.jsonl", &altered);
    };
    for (from, to) in [
        ("\"figures\":{\"arrived\":", "\"figures\":{\"arrived\":1"),
        ("\"settings\":[\"0.5\",60]", "\"settings\":[\"0.5\",61]"),
        ("\"point\":0", "\"point\":1"),
    ] {
        alter(from, to);
        let merged = folder.path("merged");
        for answer in [
            run(),
            spillway_sim(&["sweep", "merge", &out, "--out", &merged]),
        ] {
            assert_eq!(answer.outcome, Outcome::BadInput, "{from}");
            let says = "points.jsonl:2: was altered after it was written: its digest is of another text; take the line out and the run is made again";
            assert!(answer.err.contains(says), "{}", answer.err);
        }
    }

    let without: Vec<&str> = sound
        .lines()
        .enumerate()
        .filter(|(n, _)| *n != 1)
        .map(|(_, line)| line)
        .collect();
    folder.write("out/points.jsonl", &(without.join("\n") + "\n"));
    assert_eq!(run().outcome, Outcome::Done);
    assert!(
        folder.read("out/points.jsonl") == sound,
        "what it says to do helps"
    );
}

#[test]
fn a_moment_of_a_file_with_an_altered_line_is_refused_wherever_the_line_is() {
    let folder = Folder::new("altered-decisions");
    let answer = folder.compare("out", &[]);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    let sound = folder.read("out/spillway/decisions.jsonl");
    let world = folder.path("world.yaml");
    let ask = |text: &str, tick: &str| {
        let file = folder.write("decisions.jsonl", text);
        spillway_sim(&[
            "what-if",
            "--decisions",
            &file,
            "--tick",
            tick,
            "--world",
            &world,
            "--for",
            "1m",
        ])
    };
    assert_eq!(ask(&sound, "2").outcome, Outcome::Done);

    // The memory after a tick that wrote a target: believed, it would be where the answer begins.
    let line = sound
        .lines()
        .position(|line| line.starts_with("{\"full\""))
        .expect("one");
    let altered: Vec<String> = sound
        .lines()
        .enumerate()
        .map(|(n, text)| {
            if n == line {
                text.replacen("\"epoch\":", "\"epoch\":9", 1)
            } else {
                text.to_owned()
            }
        })
        .collect();
    let altered = altered.join("\n") + "\n";
    assert!(altered != sound);
    for tick in ["1", "2", "50"] {
        let answer = ask(&altered, tick);
        assert_eq!(answer.outcome, Outcome::BadInput, "tick {tick}");
    }
    let says = "the file was altered; make the run again (`spillway-sim replay` names the ticks whose decision differs, if any does)";
    let answer = ask(&altered, "50");
    assert!(answer.err.contains(says), "{}", answer.err);

    // Editors that only change the ends of lines change nothing.
    let windows = format!(
        "\u{feff}{}\r\n",
        sound.lines().collect::<Vec<_>>().join("\r\n")
    );
    assert_eq!(ask(&windows, "2").outcome, Outcome::Done);
}

/// The core, but it never says what it noticed of the money.
struct Forgetful;

impl Decide for Forgetful {
    fn decide(&self, snapshot: &Snapshot, policy: &Policy, memory: &Memory) -> Decision {
        let mut decision = Core.decide(snapshot, policy, memory);
        decision.rationale.caps.clear();
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
fn a_moment_that_the_core_of_the_same_version_decides_otherwise_is_refused() {
    let folder = Folder::new("otherwise");
    let answer = folder.compare("out", &[]);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    let file = folder.path("out/spillway/decisions.jsonl");
    let args = ["what-if", "--decisions", &file, "--tick", "2"];
    let answer = Answer::to(&args, &Forgetful);
    assert_eq!(answer.outcome, Outcome::BadInput, "{}", answer.out);
    let says = "is decided otherwise than recorded";
    assert!(answer.err.contains(says), "{}", answer.err);
}
