//! Samples of metrics as JSON lines.

use std::io::Cursor;

use flate2::Compression;
use spillway_sim::time::Nanos;
use spillway_sim::trace::{Content, Format, Trace, TraceOptions, Unit};

use super::packed::gzip;
use super::{
    Whole, drain, fixture, fixtures_refusal, options, read, read_fixtures, read_text, refusal,
    short,
};

fn by_service() -> TraceOptions {
    TraceOptions {
        workload_label: Some("service".to_owned()),
        ..options()
    }
}

/// What a broken line should have been.
const FORM: &str = "write a line like {\"ts\":0,\"metric\":\"http_requests_total\",\"labels\":{\"service\":\"web\"},\"value\":3} \
for each sample, and null for a value that is not known";

/// A gauge with a line for each time and value.
fn gauge(samples: &[(u64, &str)]) -> String {
    let lines = samples.iter().map(|(ts, value)| {
        format!("{{\"ts\":{ts},\"metric\":\"arrivals\",\"labels\":{{}},\"value\":{value}}}\n")
    });
    lines.collect()
}

/// Several files as one trace.
fn read_texts(texts: &[String], options: &TraceOptions) -> Whole {
    let inputs = texts.iter().enumerate().map(|(n, text)| {
        let input = Cursor::new(text.clone().into_bytes());
        (format!("{n}.jsonl"), Box::new(input) as _)
    });
    let content = Content::read(inputs.collect(), options);
    let whole = content.and_then(|content| drain(Trace::from(content)));
    whole.unwrap_or_else(|error| panic!("{error}"))
}

/// Arrivals in each step of ten seconds.
fn counts(whole: &Whole) -> Vec<usize> {
    let steps = whole.notes.end.as_millis() / 10_000;
    let in_step = |step: u64| {
        let times = whole.arrivals.iter().map(|a| a.at.as_millis() / 10_000);
        times.filter(|at| *at == step).count()
    };
    (0..steps).map(in_step).collect()
}

#[test]
fn they_are_the_same_trace_as_the_text_with_the_same_samples() {
    let lines = read_fixtures(&["metrics.jsonl"], &by_service());
    let lines = lines.unwrap_or_else(|error| panic!("{error}"));
    let text = read_fixtures(&["requests_total.om"], &by_service());
    let text = text.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(short(&lines), short(&text));
    assert_eq!(lines.arrivals.len(), 30 + 5 + 1);
    assert_eq!(lines.notes.format, Some(Format::Metrics));
    assert_eq!(lines.notes.origin_unix_ms, Some(1_700_000_000_000));
    assert_eq!(lines.notes.remarks, [""; 0]);
}

#[test]
fn a_gauge_is_a_rate_or_a_count_of_the_step_that_its_sample_ends_and_a_note_says_so() {
    let text = gauge(&[(10, "1"), (20, "2.5"), (30, "0")]);
    let whole = read_text(&text, &options());
    assert_eq!(counts(&whole), [10, 25, 0]);
    assert_eq!(
        whole.notes.remarks,
        [
            "the values of arrivals are taken for requests a second (--unit); what waits or is busy, like the length of a \
queue, is no load"
        ]
    );
    let counted = TraceOptions {
        unit: Unit::Count,
        ..options()
    };
    let text = gauge(&[(10, "1"), (20, "2"), (30, "0")]);
    let whole = read_text(&text, &counted);
    assert_eq!(counts(&whole), [1, 2, 0]);
    assert!(whole.notes.remarks[0].contains("the requests of each step"));
}

#[test]
fn null_nan_and_missing_samples_are_gaps_and_no_silence() {
    let samples = [
        (10, "1"),
        (20, "null"),
        (30, "\"NaN\""),
        (40, "1"),
        (60, "1"),
    ];
    let whole = read_text(&gauge(&samples), &options());
    assert_eq!(counts(&whole), [10, 0, 0, 10, 0, 10]);
    let gaps = &whole.notes.gaps;
    assert_eq!((gaps.count, gaps.missing_bins), (2, 3));
}

#[test]
fn times_from_the_start_of_the_trace_keep_their_distance_from_it() {
    let whole = read_text(&gauge(&[(110, "1"), (120, "1")]), &options());
    assert_eq!(
        whole.arrivals.first().map(|a| a.at.as_millis() / 10_000),
        Some(10)
    );
    assert_eq!(whole.notes.end, Nanos::from_secs(120));
    assert_eq!(whole.notes.origin_unix_ms, None);
    // What a sample at zero says is of the time before it.
    let whole = read_text(&gauge(&[(0, "1"), (10, "2")]), &options());
    assert_eq!(counts(&whole), [10, 20]);
}

#[test]
fn several_files_are_put_together_in_any_order() {
    let samples = [(10, "1"), (20, "2"), (30, "3"), (40, "4")];
    let halves = [gauge(&samples[2..]), gauge(&samples[..3])];
    let whole = read_texts(&halves, &options());
    assert_eq!(
        short(&whole),
        short(&read_text(&gauge(&samples), &options()))
    );
}

#[test]
fn the_metric_that_is_named_is_read_and_its_neighbours_are_not() {
    let text = format!(
        "{}{}",
        gauge(&[(10, "1"), (20, "1")]),
        gauge(&[(10, "7"), (20, "7")]).replace("arrivals", "departures")
    );
    let named = TraceOptions {
        metric: Some("departures".to_owned()),
        ..options()
    };
    assert_eq!(counts(&read_text(&text, &named)), [70, 70]);
}

#[test]
fn packed_lines_are_read_and_refused_like_plain_ones() {
    let plain = fixture("metrics.jsonl");
    let packed = gzip(plain.as_bytes(), Compression::default());
    let whole = read(Cursor::new(packed.clone()), &by_service());
    let whole = whole.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(whole.arrivals, read_text(&plain, &by_service()).arrivals);
    let message = refusal(&packed[..packed.len() - 9], &by_service());
    assert!(message.contains("data is cut off at byte"), "{message}");
}

#[test]
fn all_that_is_wrong_with_the_lines_is_said_with_line_and_field() {
    let refusal = fixtures_refusal(&["broken_metrics.jsonl"], &options());
    assert_eq!(
        refusal.replace(FORM, "write FORM"),
        "\
broken_metrics.jsonl:2: ts: `soon` is not a number; write decimal seconds, as the first row does
broken_metrics.jsonl:3: value: `true` is not a number; write a number, and null where it is not known
broken_metrics.jsonl:4: value: `many` is not a number; write a number, and null where it is not known
broken_metrics.jsonl:5: value: -1 is negative; a load is 0 or more
broken_metrics.jsonl:6: metric: jobs_total is a second metric besides http_requests_total; name the one that counts \
requests (--metric NAME)
broken_metrics.jsonl:7: column 52: missing field `value`; write FORM
broken_metrics.jsonl:8: column 55: invalid type: integer `1`, expected a string; write FORM
broken_metrics.jsonl:9: column 68: unknown field `unit`, expected one of `ts`, `metric`, `labels`, `value`; write FORM
broken_metrics.jsonl:10: column 61: expected value; write FORM
broken_metrics.jsonl:11: {service=\"web\"} is a second series besides {}, and nothing tells workloads apart; name the \
label whose values are the workloads (--workload-label service), or sum in the query
broken_metrics.jsonl:12: column 1: expected value; write FORM
broken_metrics.jsonl:13: value: {} is 2 at 0 ms and was 1 there before; give files that agree where they overlap
broken_metrics.jsonl:14: column 56: EOF while parsing a string; write FORM"
    );
}

#[test]
fn samples_in_a_table_are_refused_with_the_form_in_which_they_are_read() {
    assert_eq!(
        refusal(b"ts,metric,value\n0,arrivals,3\n", &options()),
        "\
trace.csv:1: samples of metrics are read as JSON lines only, with the name of the metric as a text; \
write a line like {\"ts\":0,\"metric\":\"http_requests_total\",\"labels\":{\"service\":\"web\"},\"value\":3} for each sample"
    );
}
