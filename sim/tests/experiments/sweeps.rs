//! Sweeps: what is checked first, and how they go on.

use std::fs;

use spillway_sim::cli::Outcome;

use super::{Folder, VARY, assert_has, spillway_sim};

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
    assert_has(
        &answer.err,
        &[
            "sweep.yaml:9: vary.HybridAutoscaler/shop/orders.spec.behavior.scaleDown.stabilisationWindowSeconds[0]: is not known: did you mean `stabilizationWindowSeconds`?",
            "sweep.yaml:11: vary.BurstPolicy/default.spec.caps.usdPerHour[1]: is the boolean true",
        ],
    );
}
