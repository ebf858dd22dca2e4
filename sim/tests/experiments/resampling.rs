//! A trace drawn anew from its blocks under each seed.

use std::fmt::Write as _;

use spillway_sim::cli::Outcome;

use super::{Folder, assert_has};

/// Three hours of ten-minute bins, of which the second hour is busier.
fn trace(folder: &Folder) -> String {
    let mut text = "ts,workload,count,service_mean_s\n".to_owned();
    for bin in 0..18 {
        let count = if (6..12).contains(&bin) {
            900
        } else {
            300 + bin
        };
        let _ = writeln!(text, "{},web,{count},0.4", 600 * bin);
    }
    folder.write("trace.csv", &text)
}

#[test]
fn a_comparison_over_drawn_traces_is_always_the_same_and_its_intervals_are_about_the_traffic() {
    let folder = Folder::new("resampled");
    let trace = trace(&folder);
    let drawn = [
        "--trace",
        &trace,
        "--seeds",
        "1..4",
        "--resample-blocks",
        "1h",
    ];
    let answer = folder.compare("a", &drawn);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    assert_has(
        &answer.out,
        &["Mean of 4 seeds, each with the trace drawn anew from its blocks"],
    );
    assert_has(
        &answer.err,
        &[
            "note: under each seed the trace is drawn anew from its own blocks of 3600s, each drawn from all of them",
        ],
    );
    folder.compare("b", &[&drawn[..], &["--jobs", "3"]].concat());
    for file in ["summary.json", "report.html", "spillway/timeseries.csv"] {
        let [a, b] = ["a", "b"].map(|out| folder.read(&format!("{out}/{file}")));
        assert!(a == b, "{file} differs");
    }

    folder.compare("plain", &drawn[..4]);
    let over = |out: &str| -> serde_json::Value {
        let summary = folder.read(&format!("{out}/summary.json"));
        let summary: serde_json::Value = serde_json::from_str(&summary).expect("JSON");
        summary["overSeeds"].clone()
    };
    let arrived = |over: &serde_json::Value| {
        let mut figures = over["figures"].as_array().expect("a list").iter();
        let requests = figures.find(|figure| figure["name"] == "arrived");
        requests.expect("a figure")["runs"][0]["values"].clone()
    };
    let (plain, drawn) = (over("plain"), over("a"));
    assert_eq!(drawn["resampled"], true);
    assert!(plain.get("resampled").is_none());
    let (plain, drawn) = (arrived(&plain), arrived(&drawn));
    let differ = |values: &serde_json::Value| {
        let values = values.as_array().expect("a list");
        values.iter().any(|value| *value != values[0])
    };
    assert!(differ(&drawn) && !differ(&plain), "{drawn} {plain}");
}

#[test]
fn what_cannot_be_drawn_anew_is_refused_before_any_run() {
    let folder = Folder::new("not-resampled");
    let trace = trace(&folder);
    for (load, block, says) in [
        (
            &[][..],
            "1h",
            "--resample-blocks draws from a recorded trace: name one with --trace",
        ),
        (
            &["--trace", &trace],
            "2h",
            "ends after 10800s, which is less than two blocks of 7200s: choose shorter blocks",
        ),
        (
            &["--trace", &trace],
            "15m",
            "has bins of 600s, and blocks of 900s would cut them: choose a multiple",
        ),
    ] {
        let blocks = ["--seeds", "1..2", "--resample-blocks", block];
        let answer = folder.compare("out", &[load, &blocks].concat());
        assert_eq!(answer.outcome, Outcome::BadInput, "{block}");
        assert_has(&answer.err, &[says]);
        assert!(!folder.0.join("out").exists(), "nothing is written");
    }
}
