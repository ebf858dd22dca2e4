//! A sweep in parts: processes of which one dies, and a Job of Kubernetes.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use spillway_sim::cli::Outcome;

use super::{Folder, VARY, assert_has, example, spillway_sim};

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
    assert_has(
        &answer.out,
        &[
            "completionMode: Indexed",
            "completions: 3",
            "kind: Sweep",
            "kind: HybridAutoscaler",
            "path: \"",
        ],
    );
}
