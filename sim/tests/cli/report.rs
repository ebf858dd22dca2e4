//! What runs leave behind, and that it can be decided again.

use std::fs;

use spillway_sim::cli::Outcome;
use spillway_sim::demo;

use super::{Inputs, run, spillway_sim};

#[test]
fn a_workload_is_known_by_its_full_name_whatever_the_trace_calls_it() {
    let inputs = Inputs::new("named");
    let world = inputs.read("world.yaml");
    assert!(world.contains("id: shop/orders\n  traceNames: [orders, orders-sale]"));
    inputs.write(
        "trace.csv",
        "ts,count,service_mean_s\n0,30,0.4\n60,30,0.4\n",
    );
    let answer = run(
        &inputs,
        &[
            "--trace",
            &inputs.path("trace.csv"),
            "--workload",
            "shop/orders",
        ],
    );
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);

    let twice = world.replacen("[web, web-sale]", "[web, orders, shop/orders]", 1);
    inputs.write("world.yaml", &twice);
    let answer = run(&inputs, &[]);
    assert_eq!(answer.outcome, Outcome::BadInput);
    for (index, name) in [(1, "orders"), (2, "shop/orders")] {
        let says =
            format!("workloads[1].traceNames[{index}]: `{name}` means `shop/orders` already");
        assert!(answer.err.contains(&says), "{}", answer.err);
    }
}

#[test]
fn a_baseline_is_named_with_what_it_is_set_to_and_an_oracle_is_told_the_load() {
    let inputs = Inputs::new("baseline");
    let answer = run(&inputs, &["--autoscaler", "oracle"]);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    let page = inputs.read("out/report.html");
    let says = "The queue formula on the true rate of the next minutes; defaults: 5 min ahead";
    assert!(page.contains(says), "the table of inputs has it");
    assert!(!page.contains("core ,"), "no empty versions");
}

#[test]
fn compare_writes_a_report_that_is_the_same_each_time_and_replays() {
    let inputs = Inputs::new("compare");
    let answer = inputs.compare("first");
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    assert!(
        answer.out.contains("Late requests") && answer.out.contains("report.html"),
        "{}",
        answer.out
    );
    inputs.compare("second");
    for file in [
        "summary.json",
        "report.html",
        "spillway/timeseries.csv",
        "spillway/decisions.jsonl",
        "private-only/timeseries.csv",
    ] {
        let [first, second] = ["first", "second"].map(|run| inputs.read(&format!("{run}/{file}")));
        assert!(first == second, "{file} differs between two runs");
    }
    let decisions = inputs.path("first/spillway/decisions.jsonl");
    let replayed = spillway_sim(&["replay", &decisions]);
    assert_eq!(
        replayed.outcome,
        Outcome::Done,
        "{}{}",
        replayed.out,
        replayed.err
    );
    assert!(
        replayed.out.contains("each byte for byte as recorded"),
        "{}",
        replayed.out
    );

    let windows = format!("\u{feff}{}", inputs.read("first/spillway/decisions.jsonl"));
    let windows = windows.replace('\n', "\r\n");
    let replayed = spillway_sim(&["replay", &inputs.write("windows.jsonl", &windows)]);
    assert_eq!(replayed.outcome, Outcome::Done, "{}", replayed.err);

    let tampered = inputs
        .read("first/spillway/decisions.jsonl")
        .replacen("\"to\":2", "\"to\":3", 1);
    let replayed = spillway_sim(&["replay", &inputs.write("tampered.jsonl", &tampered)]);
    assert_eq!(replayed.outcome, Outcome::Findings);
    assert!(
        replayed
            .out
            .starts_with("line 2 (2026-03-02 00:00:15 UTC) differs:"),
        "{}",
        replayed.out
    );

    let other = tampered.replacen("two-each 1", "two-each 0", 1);
    let refused = spillway_sim(&["replay", &inputs.write("other.jsonl", &other)]);
    assert_eq!(refused.outcome, Outcome::BadInput);
    assert!(
        refused.err.contains("core two-each 0") && refused.err.contains("core two-each 1"),
        "{}",
        refused.err
    );
}

#[test]
fn seconds_of_the_machine_are_told_and_kept_apart_from_what_is_always_the_same() {
    let inputs = Inputs::new("timings");
    let timings = inputs.path("timings.json");
    let answer = run(&inputs, &["--timings", &timings]);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    assert!(answer.err.contains("spillway took "), "{}", answer.err);
    let timings = inputs.read("timings.json");
    for field in [
        "ingestS", "decideS", "checkS", "engineS", "events", "decides",
    ] {
        assert!(timings.contains(&format!("\"{field}\": ")), "{timings}");
    }
    let summary = inputs.read("out/summary.json");
    assert!(
        summary.contains("\"solver\": {"),
        "what was solved is the same"
    );
    assert!(!summary.contains("engineS"), "how long it took is not");
}

#[test]
fn a_gap_of_the_trace_is_told_on_the_terminal_in_the_summary_and_in_the_report() {
    let inputs = Inputs::new("gap");
    let trace = inputs.write(
        "gap.csv",
        "ts,workload,count,service_mean_s\n0,web,300,0.4\n300,web,300,0.4\n900,web,300,0.4\n",
    );
    let answer = run(&inputs, &["--trace", &trace]);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    let told = "the trace says nothing in one gap (1 bins), the first of web from 600 s to 900 s";
    assert!(answer.err.contains(told), "{}", answer.err);
    assert!(inputs.read("out/report.html").contains(told));
    let summary = inputs.read("out/summary.json");
    assert!(summary.contains("\"missingBins\": 1"), "{summary}");
}

#[test]
fn a_run_that_fails_leaves_the_older_report_alone() {
    let inputs = Inputs::new("keeps");
    assert_eq!(inputs.compare("out").outcome, Outcome::Done);
    let before = inputs.read("out/report.html");
    inputs.write(
        "trace.csv",
        "ts,workload,count,service_mean_s\n0,web,300,0.4\n60,web,-1,0.4\n",
    );
    let failed = inputs.compare("out");
    assert_eq!(failed.outcome, Outcome::BadInput);
    assert!(failed.err.contains("trace.csv"), "{}", failed.err);
    assert!(inputs.read("out/report.html") == before);
    let mut names: Vec<_> = fs::read_dir(&inputs.0)
        .expect("listed")
        .map(|entry| entry.expect("listed").file_name())
        .collect();
    names.retain(|name| name.to_string_lossy().starts_with("out"));
    assert_eq!(names, ["out"], "nothing half-written stays beside it");
}

#[test]
fn a_decision_that_breaks_a_rule_ends_the_run_and_leaves_the_files_that_repeat_it() {
    let inputs = Inputs::new("witness");
    let world = demo::WORLD.1.replacen("24h", "50m\ntick: 2s", 1);
    inputs.write("world.yaml", &world);
    let failed = inputs.compare("out");
    assert_eq!(failed.outcome, Outcome::Findings, "{}", failed.err);
    assert!(!inputs.0.join("out").exists(), "no partial report");
    let command = failed.err.split_once("spillway-sim check ");
    let (_, command) = command.unwrap_or_else(|| panic!("{}", failed.err));
    let options: Vec<&str> = std::iter::once("check")
        .chain(command.split_whitespace())
        .collect();
    let again = spillway_sim(&options);
    assert_eq!(
        (again.outcome, again.out.as_str()),
        (Outcome::Findings, "violation: Epoch: thirteen\n")
    );
}

#[test]
fn a_run_by_rates_says_so_and_has_its_least_possible_cost() {
    let inputs = Inputs::new("rates");
    let answer = run(&inputs, &["--autoscaler", "oracle", "--mode", "rates"]);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    let summary = inputs.read("out/summary.json");
    assert!(summary.contains("\"mode\": \"rates\""), "{summary}");
    assert!(summary.contains("\"bound\""), "{summary}");
    let page = inputs.read("out/report.html");
    assert!(page.contains("a fluid at the rates of the trace"));
}
