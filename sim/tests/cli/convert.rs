//! `trace convert`: what is written, where, and that it is the same trace.

use std::fs;

use spillway_sim::cli::Outcome;

use super::trace::rates;
use super::{Inputs, spillway_sim};

#[test]
fn convert_loses_nothing_that_its_formats_hold() {
    let inputs = Inputs::new("convert");
    let rates = inputs.write("rates.csv", &rates());
    let requests = "arrival_s,service_s,workload,class,bytes\n\
2026-11-16T18:15:46.6805Z,0.25,web,checkout,1500\n2026-11-16T18:15:47.680500001Z,0.5,web,,0\n";
    let requests = inputs.write("requests.csv", requests);
    for (from, to) in [(&rates, "rates"), (&requests, "requests")] {
        let once = inputs.path("once.csv");
        let args = [
            "trace", "convert", from, "--to", to, "--force", "--out", &once,
        ];
        let answer = spillway_sim(&args);
        assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
        let written = fs::read_to_string(&once).expect("written");
        let rows = written.strip_prefix("# bin-width: 60s\n");
        assert_eq!(rows.is_some(), to == "rates");
        assert_eq!(
            rows.unwrap_or(&written),
            fs::read_to_string(from).expect("there"),
            "{to}"
        );
    }
}

#[test]
fn names_with_commas_and_quotes_are_written_as_they_are_read() {
    let inputs = Inputs::new("convert-names");
    let rates =
        "ts,workload,count\n0,\"shop, web\",1\n0,\"the \"\"new\"\" one\",2\n60,\"shop, web\",1\n";
    let trace = inputs.write("rates.csv", rates);
    let out = inputs.path("out.csv");
    let args = ["trace", "convert", &trace, "--to", "rates", "--out", &out];
    let answer = spillway_sim(&args);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    assert_eq!(inputs.read("out.csv"), format!("# bin-width: 60s\n{rates}"));
}

#[test]
fn requests_are_counted_by_bins_and_rates_become_requests() {
    let inputs = Inputs::new("convert-kinds");
    let requests = inputs.write(
        "requests.csv",
        "arrival_s,service_s\n1,1\n2,3\n61,1\n200,1\n",
    );
    let out = inputs.path("rates.csv");
    let args = [
        "trace", "convert", &requests, "--to", "rates", "--out", &out,
    ];
    let answer = spillway_sim(&args);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    assert_eq!(
        inputs.read("rates.csv"),
        "# bin-width: 60s\nts,workload,count,service_mean_s\n0,default,2,2\n60,default,1,1\n120,default,0,\n180,default,1,1\n"
    );
    let back = inputs.path("requests-again.csv");
    let args = ["trace", "convert", &out, "--to", "requests", "--out", &back];
    let answer = spillway_sim(&args);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    assert_eq!(inputs.read("requests-again.csv").lines().count(), 5);
}

/// What `trace inspect` says of a trace, without its name.
fn inspected(trace: &str) -> serde_json::Value {
    let answer = spillway_sim(&["trace", "inspect", trace, "--output", "json"]);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    let mut json: serde_json::Value = serde_json::from_str(&answer.out).expect("JSON");
    for what in ["source", "format", "rows"] {
        json["notes"][what].take();
    }
    json
}

#[test]
fn bins_keep_their_width_and_gaps_stay_gaps_when_rates_are_written_again() {
    let inputs = Inputs::new("convert-gaps");
    for (rows, gaps) in [
        (&["0:00Z,5", "1:00Z,", "2:00Z,7"][..], 1),
        (
            &[
                "0:00Z,5", "1:00Z,", "2:00Z,7", "3:00Z,1", "4:00Z,", "5:00Z,2",
            ],
            2,
        ),
    ] {
        let start = "\n2026-11-16T00:0";
        let table = format!("Timestamp,Sum{start}{}\n", rows.join(start));
        let trace = inputs.write("cw.csv", &table);
        let out = inputs.path("out.csv");
        let args = [
            "trace", "convert", &trace, "--to", "rates", "--force", "--out", &out,
        ];
        let answer = spillway_sim(&args);
        assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
        let [before, after] = [&trace, &out].map(|trace| inspected(trace));
        assert_eq!(before, after, "{rows:?}");
        assert_eq!(after["notes"]["gaps"]["count"], gaps, "{rows:?}");
        assert_eq!(after["binNs"], 60_000_000_000_u64, "{rows:?}");
    }
}

#[test]
fn samples_of_a_metric_are_written_as_the_load_that_they_tell_of() {
    let inputs = Inputs::new("convert-metrics");
    let sample = |ts: u64, value: &str| {
        format!("{{\"ts\":{ts},\"metric\":\"orders_total\",\"labels\":{{}},\"value\":{value}}}\n")
    };
    let samples = [(0, "7"), (60, "9"), (120, "null"), (180, "12"), (240, "2")];
    let text: String = samples.map(|(ts, value)| sample(ts, value)).concat();
    let trace = inputs.write("orders.jsonl", &text);
    let out = inputs.path("out.csv");
    let args = ["trace", "convert", &trace, "--to", "rates", "--out", &out];
    let args = [&args[..], &["--service-mean", "400ms"]].concat();
    let answer = spillway_sim(&args);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    assert_eq!(
        inputs.read("out.csv"),
        "# bin-width: 60s\nts,workload,count,service_mean_s\n0,default,2,0.4\n180,default,2,0.4\n"
    );
    let json = inspected(&trace);
    assert_eq!(json["requests"], 4);
    assert_eq!(json["notes"]["gaps"]["missingBins"], 2);
}

#[test]
fn a_trace_within_one_bin_is_written_so_that_it_can_be_read() {
    let inputs = Inputs::new("convert-one");
    let trace = inputs.write("requests.csv", "arrival_s,service_s\n1,1\n2,3\n");
    let out = inputs.path("out.csv");
    let args = ["trace", "convert", &trace, "--to", "rates", "--out", &out];
    let answer = spillway_sim(&args);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    let json = inspected(&out);
    assert_eq!(json["requests"], 2);
    assert_eq!(json["binNs"], 60_000_000_000_u64);
}

#[test]
fn silent_bins_at_the_beginning_cost_no_mean_service_time() {
    let inputs = Inputs::new("convert-silent");
    let rates =
        "# bin-width: 60s\nts,workload,count,service_mean_s\n0,web,0,\n60,web,0,\n120,web,3,0.4\n";
    let trace = inputs.write("rates.csv", rates);
    let out = inputs.path("out.csv");
    let args = ["trace", "convert", &trace, "--to", "rates", "--out", &out];
    let answer = spillway_sim(&args);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    assert_eq!(inputs.read("out.csv"), rates);
    assert_eq!(
        inspected(&out)["workloads"][0]["serviceMeanNs"],
        400_000_000_u64
    );
}

#[test]
fn convert_writes_to_the_standard_output_and_nothing_else_there() {
    let inputs = Inputs::new("convert-stdout");
    let trace = inputs.write("rates.csv", &rates());
    for output in ["table", "json"] {
        let args = [
            "trace", "convert", &trace, "--to", "rates", "--out", "-", "--output", output,
        ];
        let answer = spillway_sim(&args);
        assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
        assert_eq!(answer.out, format!("# bin-width: 60s\n{}", rates()));
        assert_eq!(answer.err, "5 rows\n");
    }
    assert!(!std::path::Path::new("-").exists());
}

#[test]
fn convert_replaces_no_file_unless_told_and_leaves_nothing_half_written() {
    let inputs = Inputs::new("convert-keeps");
    let sound = inputs.write("rates.csv", &rates());
    let broken = inputs.write("broken.csv", &format!("{}240,web,-1,0.4\n", rates()));
    let out = inputs.write("out.csv", "years of work");
    let refused = spillway_sim(&["trace", "convert", &sound, "--to", "rates", "--out", &out]);
    assert_eq!(refused.outcome, Outcome::BadInput);
    assert!(refused.err.contains("--force"), "{}", refused.err);
    let args = [
        "trace", "convert", &broken, "--to", "rates", "--force", "--out", &out,
    ];
    let failed = spillway_sim(&args);
    assert_eq!(failed.outcome, Outcome::BadInput);
    assert!(failed.err.contains("broken.csv:7: count"), "{}", failed.err);
    assert_eq!(inputs.read("out.csv"), "years of work");
    let left = fs::read_dir(&inputs.0).expect("listed");
    let left = left.filter_map(Result::ok).map(|entry| entry.file_name());
    let left: Vec<_> = left
        .filter(|name| name.to_string_lossy().contains("tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
