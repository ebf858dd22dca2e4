//! Results of k6.

use spillway_sim::trace::{Format, TraceOptions};

use super::{fixtures_refusal, options, read_fixtures, refusal, short};

#[test]
fn a_request_of_k6_arrives_its_duration_before_its_point() {
    let options = TraceOptions {
        workload_label: Some("scenario".to_owned()),
        ..options()
    };
    let whole = read_fixtures(&["k6.json"], &options).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(short(&whole), [(0, 1_500, "buy"), (540, 459, "browse")]);
    assert_eq!(whole.arrivals[1].service.0, 459_870_000);
    assert_eq!(whole.notes.format, Some(Format::K6));
    assert_eq!(whole.notes.origin_unix_ms, Some(1_794_849_345_500));
}

#[test]
fn what_is_wrong_with_results_is_said_with_its_line() {
    assert_eq!(
        fixtures_refusal(&["broken_k6.json"], &options()),
        "\
broken_k6.json:2: time: `noon` is not a number; write seconds (12.5), or RFC 3339 like 2026-11-16T18:15:46.68Z; without a zone UTC is assumed
broken_k6.json:2: value: `-1` is negative; write the milliseconds of the request
broken_k6.json:3: data: `{\"value\":1}` is no point; a point has a time and a value
broken_k6.json:4: `{\"metric\":\"http_req_duration\",\"type\":\"Po...` is no line of k6; write one JSON object a line, as k6 --out json does"
    );
    let none = b"{\"type\":\"Metric\",\"metric\":\"vus\",\"data\":{}}\n";
    assert!(refusal(none, &options()).contains("there is no finished request in it"));
}
