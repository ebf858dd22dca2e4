//! `what-if`: a moment of a recorded run, asked about.

use spillway_sim::cli::{Answer, Outcome};
use spillway_sim::hosts::Core;

use super::Inputs;

fn sim(args: &[&str]) -> Answer {
    Answer::to(args, &Core)
}

/// Inputs with the decisions of twenty minutes.
fn recorded(test: &str) -> Inputs {
    let inputs = Inputs::new(test);
    let [world, objects, trace, out] =
        ["world.yaml", "objects.yaml", "trace.csv", "out"].map(|name| inputs.path(name));
    let files = ["--world", &world, "--policies", &objects, "--trace", &trace];
    let answer = sim(&[&["run", "--out", &out], &files[..]].concat());
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    inputs
}

/// A question about those decisions.
fn ask(inputs: &Inputs, more: &[&str]) -> Answer {
    let decisions = inputs.path("out/spillway/decisions.jsonl");
    let world = inputs.path("world.yaml");
    let args = ["what-if", "--decisions", &decisions, "--world", &world];
    sim(&[&args[..], more].concat())
}

#[test]
fn a_page_has_the_sentence_first_then_figures_replicas_and_what_was_assumed() {
    let inputs = recorded("what-if-page");
    let trace = inputs.path("trace.csv");
    let more = [
        "--trace",
        &trace,
        "--at",
        "00:10",
        "--for",
        "5m",
        "--lose-cluster",
        "home",
    ];
    let answer = ask(&inputs, &more);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    let page = answer.out;
    assert!(
        page.starts_with("If home is lost, the next 5 min cost $"),
        "{page}"
    );
    let places = [
        "\nFrom 2026-03-02 00:10:00 UTC on, for 5 min:\n",
        "AS IT IS",
        "WHAT IF",
        "\nReady replicas:\n",
        "\nAssumed, because nobody said it:\n- ",
        " decisions checked, no invariant broken.\n",
    ];
    let found: Vec<_> = places.iter().map(|part| page.find(part)).collect();
    assert!(
        found.iter().all(Option::is_some) && found.is_sorted(),
        "{found:?} in {page}"
    );
    assert_eq!(
        page,
        ask(&inputs, &more).out,
        "the same question has the same answer"
    );
}

#[test]
fn programs_get_both_worlds_as_json_and_the_report_is_like_that_of_run() {
    let inputs = recorded("what-if-json");
    let out = inputs.path("report");
    let more = [
        "--tick",
        "40",
        "--for",
        "5m",
        "--price",
        "m6i.xlarge=+100%",
        "--traffic",
        "web=x2/2m",
    ];
    let answer = ask(
        &inputs,
        &[&more[..], &["--out", &out, "--output", "json"]].concat(),
    );
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    let json: serde_json::Value = serde_json::from_str(&answer.out).expect("JSON");
    assert_eq!(json["atMs"], 1_772_409_600_000_i64 + 40 * 15_000);
    assert_eq!(
        json["changes"],
        serde_json::json!(["--price m6i.xlarge=+100%", "--traffic web=x2/2m"])
    );
    for side in ["without", "with"] {
        let side = &json[side];
        assert!(
            side["money"]["total"].is_i64() && side["decisions"] == 20,
            "{side:#}"
        );
    }
    for file in [
        "report.html",
        "summary.json",
        "as-it-is/decisions.jsonl",
        "what-if/timeseries.csv",
    ] {
        assert!(!inputs.read(&format!("report/{file}")).is_empty(), "{file}");
    }
    let replayed = sim(&["replay", &inputs.path("report/what-if/decisions.jsonl")]);
    assert_eq!(replayed.outcome, Outcome::Done, "{}", replayed.out);
}

#[test]
fn without_a_change_there_is_one_world() {
    let inputs = recorded("what-if-nothing");
    let answer = ask(&inputs, &["--for", "2m"]);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    assert!(
        answer
            .out
            .starts_with("If nothing changes, the next 2 min cost $"),
        "{}",
        answer.out
    );
    assert!(!answer.out.contains("WHAT IF"), "{}", answer.out);
}

#[test]
fn a_moment_may_come_as_the_files_that_decide_takes() {
    let inputs = recorded("what-if-files");
    let decisions = inputs.read("out/spillway/decisions.jsonl");
    let tick = decisions.lines().nth(1).expect("a first tick");
    let tick: serde_json::Value = serde_json::from_str(tick).expect("JSON");
    let snapshot = inputs.write("now.json", &tick["full"]["snapshot"].to_string());
    let memory = inputs.write("then.json", &tick["full"]["decision"]["memory"].to_string());
    let policy = inputs.path("objects.yaml");
    let files = [
        "what-if",
        "--snapshot",
        &snapshot,
        "--policy",
        &policy,
        "--memory",
        &memory,
    ];
    let load = [
        "--load",
        "web=6/s,200ms",
        "--load",
        "orders=2/s,1.6s",
        "--load",
        "shop/reports=0.1/s,20s",
    ];
    let answer = sim(&[&files[..], &load, &["--for", "5m", "--traffic=-50%"]].concat());
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    assert!(
        answer
            .out
            .contains("shop/web: 6 requests a second arrive all the time"),
        "{}",
        answer.out
    );
}

#[test]
fn what_cannot_be_asked_is_refused_with_its_place_and_what_would_be_right() {
    let inputs = recorded("what-if-refused");
    for (more, says) in [
        (
            &["--at", "noon"][..],
            "`noon` is no time: write one of the day in UTC, like 14:30",
        ),
        (
            &["--at", "14:30"],
            "decisions.jsonl: there is no tick at 2026-03-02T14:30:00Z: its ticks are from 2026-03-02T00:00:15Z to 2026-03-02T00:19:45Z",
        ),
        (
            &["--tick", "400"],
            "decisions.jsonl: there is no tick 400: it has 79, counted from 1",
        ),
        (
            &["--lose-cluster", "moon"],
            "--lose-cluster moon: cluster: no Cluster `moon`; the policy has home, eks",
        ),
        (
            &["--price", "m6i.xlarge=cheap"],
            "`cheap` is no factor: write x2, 0.5, +100% or -30%",
        ),
        (
            &["--price", "gold=x2"],
            "--price gold=x2: no group is called `gold`; there are home/rack, eks/m6i-xlarge",
        ),
        (&["--traffic", "x0"], "`x0` is no factor"),
        (&["--fault", "{kind: flood}"], "kind: `flood` is not known"),
        (
            &["--fault", "{kind: partition}"],
            "--fault '{kind: partition}': cluster: is missing: a partition needs cluster",
        ),
        (
            &["--for", "15s"],
            "--for 15s ends before the second decision, a tick of 15s after the first",
        ),
        (
            &["--load", "web=12"],
            "`web=12` is no load: write WORKLOAD=RATE/s,SERVICE",
        ),
    ] {
        let answer = ask(&inputs, more);
        assert_eq!(
            answer.outcome,
            Outcome::BadInput,
            "{more:?}: {}",
            answer.err
        );
        assert!(answer.err.contains(says), "{more:?}: {}", answer.err);
    }
    let answer = ask(
        &inputs,
        &[
            "--lose-cluster",
            "moon",
            "--price",
            "gold=x2",
            "--traffic",
            "api=x2",
        ],
    );
    assert_eq!(answer.err.lines().count(), 3, "all at once: {}", answer.err);
}

#[test]
fn the_runs_of_baselines_and_files_that_were_edited_are_no_moments() {
    let inputs = recorded("what-if-damaged");
    let decisions = inputs.read("out/spillway/decisions.jsonl");
    for (tick, file, says) in [
        (
            "1",
            decisions.replacen("\"autoscaler\":\"spillway\"", "\"autoscaler\":\"keda\"", 1),
            "recorded by the baseline `keda`",
        ),
        (
            "1",
            decisions.replacen("\"specReplicas\":5", "\"specReplicas\":9", 1),
            "the file was altered",
        ),
        (
            "79",
            decisions.lines().take(20).collect::<Vec<_>>().join("\n"),
            "the file is cut off",
        ),
        ("1", String::new(), "no header"),
    ] {
        let path = inputs.write("edited.jsonl", &file);
        let answer = sim(&[
            "what-if",
            "--decisions",
            &path,
            "--world",
            &inputs.path("world.yaml"),
            "--tick",
            tick,
        ]);
        assert_eq!(answer.outcome, Outcome::BadInput, "{says}");
        assert!(answer.err.contains(says), "{says}: {}", answer.err);
    }
}
