//! `trace inspect`, and runs over traces of several files.

use std::fs;

use spillway_sim::cli::Outcome;

use super::{Inputs, run, spillway_sim};

/// Rates of two workloads, with a gap in one.
const RATES: &str = "ts,workload,count,service_mean_s\n\
0,web,60,0.4\n60,web,120,0.4\n180,web,600,0.4\n0,batch,6,2\n60,batch,6,2\n";

/// The same rows in order of time.
pub fn rates() -> String {
    let mut rows: Vec<&str> = RATES.lines().skip(1).collect();
    rows.sort_by_key(|row| row.split(',').next().and_then(|ts| ts.parse::<u64>().ok()));
    format!("ts,workload,count,service_mean_s\n{}\n", rows.join("\n"))
}

#[test]
fn inspect_says_what_is_in_a_trace_and_draws_it() {
    let inputs = Inputs::new("inspect");
    let trace = inputs.write("rates.csv", &rates());
    let answer = spillway_sim(&["trace", "inspect", &trace]);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    for says in [
        "format     rates\n",
        "rows       5\n",
        "span       0s to 240s, 4m\n",
        "requests   792\n",
        "rate       min 1.10/s, median 2.10/s, p99 10.0/s, max 10.0/s, in bins of 60s\n",
        "workloads  web: 780 requests, mean service time 0.4s\n",
        "batch: 12 requests, mean service time 2s\n",
        "gaps       1, 1 bins\n           web 120s to 180s\n",
        "10.0/s ┤   █\n",
        "0 ┤██·█\n",
        "0s to 240s, a column is 1m\n",
    ] {
        assert!(
            answer.out.contains(says),
            "{}\n should say\n{says}",
            answer.out
        );
    }
    let json = spillway_sim(&["trace", "inspect", &trace, "--output", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(json["requests"], 792);
    assert_eq!(json["notes"]["gaps"]["count"], 1);
    assert_eq!(
        json["notes"]["gaps"]["first"][0]["fromNs"],
        120_000_000_000_u64
    );
    assert_eq!(json["columns"][2]["ratePerSecond"], serde_json::Value::Null);
    assert_eq!(json["columns"][2]["widthNs"], 60_000_000_000_u64);
    assert_eq!(json["workloads"][0]["serviceMeanNs"], 400_000_000_u64);
    assert_eq!(json["binNs"], json["notes"]["binNs"]);
    let max = json["ratesPerSecond"]["max"].as_f64();
    assert!(max.is_some_and(|max| (max - 10.0).abs() < 0.02), "{max:?}");
}

/// All names of members in a document.
fn names(value: &serde_json::Value, into: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(members) => {
            for (name, value) in members {
                into.push(name.clone());
                names(value, into);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| names(item, into)),
        _ => {}
    }
}

#[test]
fn the_names_in_the_json_of_inspect_are_of_one_style_and_each_stands_in_the_documents() {
    let inputs = Inputs::new("inspect-names");
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/traces.md");
    let page = fs::read_to_string(page).expect("the page of traces");
    let llm = "TIMESTAMP,ContextTokens,GeneratedTokens\n1700000000000,1,1\n1700000001000,1,1\n";
    let swf = "; MaxProcs: 4\n1 0 0 5 2 -1 -1 2 60 -1 1 1 1 1 1 1 -1 -1\n2 9 0 -1 2 -1 -1 2 60 -1 1 1 1 1 1 1 -1 -1\n";
    for text in [&rates(), llm, swf] {
        let trace = inputs.write("trace", text);
        let answer = spillway_sim(&["trace", "inspect", &trace, "--output", "json"]);
        let json = serde_json::from_str(&answer.out).expect("JSON");
        let mut found = Vec::new();
        names(&json, &mut found);
        assert!(found.len() > 20, "{found:?}");
        for name in found {
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{name}");
            assert!(name.starts_with(|c: char| c.is_ascii_lowercase()), "{name}");
            assert!(
                page.contains(&format!("`{name}`")),
                "{name} is not documented"
            );
        }
    }
}

#[test]
fn inspect_and_a_run_say_how_a_trace_was_read_where_nobody_told_it() {
    let inputs = Inputs::new("remarks");
    let told = "the times are milliseconds since 1970, as their size tells";
    let trace = inputs.write("ms.csv", "ts,count\n1700000000000,30\n1700000060000,30\n");
    let answer = spillway_sim(&["trace", "inspect", &trace]);
    assert!(
        answer.out.contains(&format!("note       {told}\n")),
        "{}",
        answer.out
    );
    let args = [
        "--trace",
        &trace,
        "--service-mean",
        "400ms",
        "--workload",
        "web",
    ];
    let ran = run(&inputs, &args);
    assert_eq!(ran.outcome, Outcome::Done, "{}", ran.err);
    assert!(ran.err.contains(told), "{}", ran.err);
    let swf = inputs.write(
        "jobs.swf",
        "; MaxProcs: 4\n1 0 0 5 2 -1 -1 2 60 -1 1 1 1 1 1 1 -1 -1\n",
    );
    let answer = spillway_sim(&["trace", "inspect", &swf]);
    assert!(
        answer.out.contains("head       MaxProcs: 4\n"),
        "{}",
        answer.out
    );
    assert!(answer.out.contains("requests   2\n"), "{}", answer.out);
}

#[test]
fn a_bin_wider_than_the_whole_trace_is_remarked() {
    let inputs = Inputs::new("wide");
    let trace = inputs.write("requests.csv", "arrival_s,service_s\n0,1\n90,1\n");
    let note = "the last request comes after 90s, within the first bin of 3600s: the rate of that bin is too low";
    for (width, told) in [("1h", true), ("1m", false)] {
        let answer = spillway_sim(&["trace", "inspect", &trace, "--bin-width", width]);
        assert_eq!(answer.out.contains(note), told, "{}", answer.out);
    }
}

#[test]
fn inspect_needs_no_service_time_and_says_that_it_is_unknown() {
    let inputs = Inputs::new("inspect-mean");
    let trace = inputs.write("series.csv", "timestamp,value\n0,5\n300,6\n");
    let answer = spillway_sim(&["trace", "inspect", &trace]);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    assert!(
        answer
            .out
            .contains("default: 11 requests, mean service time unknown"),
        "{}",
        answer.out
    );
}

#[test]
fn a_width_that_the_trace_tells_is_right_or_refused() {
    let inputs = Inputs::new("own-width");
    for (width, rows, option, says) in [
        ("60s", "0,1\n120,1\n", Some("1m"), None),
        (
            "60s",
            "0,1\n120,1\n",
            Some("2m"),
            Some(
                "rates.csv:1: bin-width: a bin is 60s wide, and not 120s (--bin-width); leave --bin-width out",
            ),
        ),
        (
            "60s",
            "0,1\n30,1\n",
            None,
            Some(
                "rates.csv:4: ts: `30` is 30s after the row before, but a bin is 60s wide (# bin-width)",
            ),
        ),
        (
            "0s",
            "0,1\n",
            None,
            Some("rates.csv:1: bin-width: `0s` is no such setting; write a span above zero"),
        ),
    ] {
        let text = format!("# bin-width: {width}\nts,count\n{rows}");
        let trace = inputs.write("rates.csv", &text);
        let mut args = vec!["trace", "inspect", &trace];
        args.extend(option.iter().flat_map(|width| ["--bin-width", width]));
        let answer = spillway_sim(&args);
        match says {
            None => assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err),
            Some(says) => assert!(answer.err.contains(says), "{}", answer.err),
        }
    }
}

#[test]
fn a_run_takes_several_files_where_their_format_merges_and_refuses_others() {
    let inputs = Inputs::new("several");
    let answer = |from: u64| {
        let points: Vec<_> = (0..10)
            .map(|step| format!("[{},\"1\"]", 1_700_000_000 + from + step * 60))
            .collect();
        format!(
            r#"{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{}},"values":[{}]}}]}}}}"#,
            points.join(",")
        )
    };
    let first = inputs.write("first.json", &answer(0));
    let second = inputs.write("second.json", &answer(540));
    let args = ["--service-mean", "400ms", "--workload", "web"];
    let merged = run(
        &inputs,
        &[&["--trace", &first, &second][..], &args].concat(),
    );
    assert_eq!(merged.outcome, Outcome::Done, "{}", merged.err);
    let trace = inputs.path("trace.csv");
    let refused = run(&inputs, &["--trace", &trace, &trace]);
    assert_eq!(refused.outcome, Outcome::BadInput);
    assert!(
        refused.err.contains("a trace of this format is one file"),
        "{}",
        refused.err
    );
    let mixed = run(&inputs, &["--trace", &first, &trace]);
    assert!(
        mixed
            .err
            .contains("its format is not that of the first file"),
        "{}",
        mixed.err
    );
}

#[test]
fn a_format_that_is_not_known_is_refused_with_all_that_are() {
    let refused = spillway_sim(&["trace", "inspect", "x", "--format", "parquet"]);
    assert_eq!(refused.outcome, Outcome::BadInput);
    assert!(
        refused.err.contains(
            "write one of requests, rates, azure-llm, series, azure-functions-2019, azure-functions-2021, \
prometheus, open-metrics, metrics, swf, access-log, k6"
        ),
        "{}",
        refused.err
    );
}
