//! OpenMetrics text and dumps of promtool.

use spillway_sim::trace::TraceOptions;

use super::{fixture, fixtures_refusal, options, read_fixtures, read_text, refusal, short};

fn by_service() -> TraceOptions {
    TraceOptions {
        workload_label: Some("service".to_owned()),
        ..options()
    }
}

#[test]
fn a_counter_becomes_the_requests_by_which_it_grew_also_over_a_reset() {
    let whole = read_fixtures(&["requests_total.om"], &by_service());
    let whole = whole.unwrap_or_else(|error| panic!("{error}"));
    let count = |name: &str, minute: u64| {
        let requests = short(&whole).into_iter();
        requests
            .filter(|(at, _, of)| *of == name && at / 60_000 == minute)
            .count()
    };
    assert_eq!([count("web", 0), count("web", 1)], [30, 5]);
    assert_eq!([count("batch \"2\"", 0), count("batch \"2\"", 1)], [0, 1]);
    assert_eq!(whole.notes.origin_unix_ms, Some(1_700_000_000_000));
}

#[test]
fn a_dump_of_promtool_has_milliseconds_and_its_gauges_are_rates() {
    let whole = read_fixtures(&["dump.om"], &by_service());
    let whole = whole.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(whole.arrivals.len(), 30 + 15);
    assert_eq!(whole.notes.origin_unix_ms, Some(1_700_000_000_000));
}

#[test]
fn all_that_is_wrong_with_the_text_is_said_with_its_line() {
    assert_eq!(
        fixtures_refusal(&["broken.om"], &options()),
        "\
broken.om:3: `soon` is not a time; write name{label=\"value\"} value seconds, as promtool tsdb create-blocks-from reads it
broken.om:4: `many` is not a number; write a number; native histograms are no rates: dump their count instead
broken.om:5: the sample has no time; one scrape tells no rate: write the seconds since 1970 after each value
broken.om:6: -1 is negative; a load is 0 or more
broken.om:7: jobs_total is a second metric besides http_requests_total; name the one that counts requests (--metric NAME)
broken.om:8: `http_requests_total{a=\"b} 1 1700000060` is no sample; write name{label=\"value\"} value seconds, as promtool tsdb create-blocks-from reads it
broken.om:10: the line comes after the # EOF of line 9; name the files one by one instead of joining them"
    );
}

#[test]
fn a_text_without_its_end_is_taken_for_cut_off() {
    let text = fixture("requests_total.om").replace("# EOF\n", "");
    let message = refusal(text.as_bytes(), &by_service());
    assert!(
        message.starts_with("trace.csv:8: the last line is not `# EOF`; the file may be cut off"),
        "{message}"
    );
}

#[test]
fn the_metric_that_is_named_is_read_and_its_neighbours_are_not() {
    let text = "# TYPE a counter\n# TYPE b counter\na_total 1 0\na_total 2 60\nb_total 1 0\nb_total 5 60\n# EOF\n";
    for (metric, requests) in [("a", 1), ("b_total", 4)] {
        let options = TraceOptions {
            metric: Some(metric.to_owned()),
            ..options()
        };
        assert_eq!(
            read_text(text, &options).arrivals.len(),
            requests,
            "{metric}"
        );
    }
}
