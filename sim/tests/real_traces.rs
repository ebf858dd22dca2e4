//! Published traces, where they lie beside the repository; without them these tests pass and say that they skipped.

use std::path::PathBuf;

use spillway_sim::time::Nanos;
use spillway_sim::trace::{Arrival, ArrivalSource, Trace, TraceNotes, TraceOptions};

fn read(name: &str, scale: &str) -> Option<(Vec<Arrival>, TraceNotes)> {
    let path =
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/traces")).join(name);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    let options = TraceOptions {
        scale: scale.parse().expect("a factor"),
        service_mean: Some(Nanos::from_millis(200)),
        ..TraceOptions::default()
    };
    let mut trace = Trace::open(&path, &options).unwrap_or_else(|error| panic!("{error}"));
    let arrivals: Result<Vec<_>, _> = std::iter::from_fn(|| trace.next()).collect();
    Some((
        arrivals.unwrap_or_else(|error| panic!("{error}")),
        trace.notes(),
    ))
}

#[test]
fn the_azure_conversation_trace_is_read_whole() {
    let Some((arrivals, notes)) = read("AzureLLMInferenceTrace_conv.csv", "1") else {
        return;
    };
    assert_eq!((arrivals.len(), notes.rows), (19_366, 19_366));
    assert!(arrivals.is_sorted_by_key(|arrival| arrival.at));
    let service_s = arrivals
        .iter()
        .map(|arrival| arrival.service.as_secs_f64())
        .sum::<f64>()
        / 19_366.0;
    assert!(
        (6.0..7.0).contains(&service_s),
        "the mean service time that the defaults promise: {service_s}"
    );
}

#[test]
fn series_of_counts_are_read_whole_and_their_gaps_are_counted() {
    for (name, scale, requests, gaps) in [
        ("elb_request_count_8c0756.csv", "1", 249_327, 8),
        ("nyc_taxi.csv", "0.01", 1_562_197, 0),
        ("Twitter_volume_AMZN.csv", "1", 843_768, 0),
    ] {
        let Some((arrivals, notes)) = read(name, scale) else {
            return;
        };
        assert_eq!(
            (arrivals.len(), notes.gaps.count),
            (requests, gaps),
            "{name}"
        );
        assert!(arrivals.is_sorted_by_key(|arrival| arrival.at));
    }
}
