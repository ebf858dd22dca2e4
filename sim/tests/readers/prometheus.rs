//! Answers of Prometheus to range queries.

use spillway_sim::time::Nanos;
use spillway_sim::trace::{Format, TraceOptions, Unit};

use super::{fixtures_refusal, options, read_fixtures, read_text, refusal, short};

fn by_service() -> TraceOptions {
    TraceOptions {
        workload_label: Some("service".to_owned()),
        ..options()
    }
}

#[test]
fn a_sample_is_the_rate_of_the_step_that_it_ends_and_nan_is_a_gap() {
    let whole = read_fixtures(&["prometheus_1.json"], &by_service());
    let whole = whole.unwrap_or_else(|error| panic!("{error}"));
    // Web: 6 requests, then 12 and 6 of its two pods, then unknown. Batch: 3, unknown, none.
    let of = |name: &str, from: u64, to: u64| {
        let requests = short(&whole).into_iter();
        let here = requests.filter(|(at, _, of)| *of == name && (from..to).contains(&(at / 1_000)));
        here.count()
    };
    assert_eq!(
        [of("web", 0, 60), of("web", 60, 120), of("web", 120, 180)],
        [6, 18, 0]
    );
    assert_eq!(
        [
            of("batch", 0, 60),
            of("batch", 60, 120),
            of("batch", 120, 180)
        ],
        [3, 0, 0]
    );
    let notes = &whole.notes;
    assert_eq!(notes.format, Some(Format::Prometheus));
    assert_eq!(notes.origin_unix_ms, Some(1_700_000_000_000));
    assert_eq!(notes.bin_width, Some(Nanos::from_secs(60)));
    let gaps: Vec<_> = notes.gaps.first.iter().map(|gap| gap.workload).collect();
    let batch = whole.workloads.iter().position(|name| name == "batch");
    assert_eq!(
        gaps,
        [u32::try_from(batch.expect("it is there")).expect("small")]
    );
}

#[test]
fn several_answers_are_merged_in_any_order_and_equal_samples_are_dropped() {
    let files = ["prometheus_1.json", "prometheus_2.json"];
    let whole = read_fixtures(&files, &by_service()).unwrap_or_else(|error| panic!("{error}"));
    let web: Vec<_> = short(&whole)
        .into_iter()
        .filter(|(_, _, name)| *name == "web")
        .map(|(at, _, _)| at / 60_000)
        .collect();
    assert_eq!(web.len(), 6 + 18 + 6);
    assert_eq!(web.iter().filter(|minute| **minute == 3).count(), 6);
    assert!(whole.notes.gaps.count >= 1, "the minute of NaN stays a gap");
    let reversed = read_fixtures(&["prometheus_2.json", "prometheus_1.json"], &by_service());
    let reversed = reversed.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        reversed.arrivals.len(),
        whole.arrivals.len(),
        "the order of files changes nothing"
    );
}

#[test]
fn answers_that_differ_where_they_overlap_are_refused_with_both_values() {
    assert_eq!(
        fixtures_refusal(
            &["prometheus_1.json", "prometheus_conflict.json"],
            &by_service()
        ),
        "prometheus_conflict.json:3: data.result[0].values[0]: \
{pod=\"a\",service=\"web\"} is 0.3 at 1700000120000 ms and was 0.2 there before; \
give files that agree where they overlap"
    );
}

#[test]
fn counts_per_step_are_taken_as_they_are() {
    let text = r#"{"data":{"resultType":"matrix","result":[{"metric":{},"values":[[60,"3"],[120,"0"],[180,"1.5"],[240,"1.5"]]}]}}"#;
    let count = TraceOptions {
        unit: Unit::Count,
        ..options()
    };
    assert_eq!(read_text(text, &count).arrivals.len(), 6);
    assert_eq!(read_text(text, &options()).arrivals.len(), 360);
}

#[test]
fn wider_bins_hold_whole_steps_and_claim_no_time_before_the_first_sample() {
    let text = r#"{"data":{"resultType":"matrix","result":[{"metric":{},"values":[[60,"1"],[120,"1"],[180,"2"],[240,"2"]]}]}}"#;
    let wider = TraceOptions {
        bin_width: Some(Nanos::from_secs(120)),
        ..options()
    };
    let whole = read_text(text, &wider);
    assert_eq!(whole.arrivals.len(), 60 + 60 + 120 + 120);
    assert_eq!(whole.notes.origin_unix_ms, Some(0));
    assert_eq!(whole.notes.bin_width, Some(Nanos::from_secs(120)));
}

#[test]
fn a_width_that_the_samples_do_not_have_is_refused_or_remarked() {
    let given = |seconds| TraceOptions {
        bin_width: Some(Nanos::from_secs(seconds)),
        ..by_service()
    };
    assert_eq!(
        fixtures_refusal(&["prometheus_1.json"], &given(600)),
        "prometheus_1.json:1: the samples tell of 180s, but a bin is 600s wide (--bin-width); give narrower bins, or \
leave --bin-width out"
    );
    let whole = read_fixtures(&["prometheus_1.json"], &given(7)).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(
        whole.notes.remarks,
        [
            "bins of 7s (--bin-width) are finer than the samples, 60s apart: within that time the rate is taken for even, \
and peaks are lower than they were",
            "the last 5s fill no bin of 7s (--bin-width) and are left out"
        ]
    );
    let whole = read_fixtures(&["prometheus_1.json"], &given(60)).unwrap_or_else(|e| panic!("{e}"));
    assert!(whole.notes.remarks.is_empty());
}

#[test]
fn what_prometheus_says_besides_its_samples_is_remarked_once() {
    let answer = |at: u64| {
        format!(
            r#"{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{}},"values":[[{at},"1"],[{},"1"]]}}]}},"warnings":["a store is down"],"infos":["PromQL info: metric might not be a counter"]}}"#,
            at + 60
        )
    };
    let whole = read_text(&answer(60), &options());
    assert_eq!(
        whole.notes.remarks,
        [
            "Prometheus said: a store is down",
            "Prometheus said: PromQL info: metric might not be a counter"
        ]
    );
    let none = answer(60).replace(r#"["a store is down"]"#, "null");
    assert_eq!(read_text(&none, &options()).notes.remarks.len(), 1);
}

#[test]
fn a_scale_that_makes_too_many_requests_is_refused_and_does_not_end_the_trace() {
    let text = r#"{"data":{"resultType":"matrix","result":[{"metric":{},"values":[[60,"1e9"],[120,"1e9"]]}]}}"#;
    let huge = TraceOptions {
        scale: "10000000000".parse().expect("a factor"),
        ..options()
    };
    let message = refusal(text.as_bytes(), &huge);
    assert!(
        message.contains("are too many; choose a smaller --scale"),
        "{message}"
    );
}

#[test]
fn all_that_is_wrong_with_an_answer_is_said_with_its_place() {
    assert_eq!(
        fixtures_refusal(&["broken_prometheus.json"], &by_service()),
        "\
broken_prometheus.json:3: data.result[0].values[0]: `many` is not a number; a value is a text with a number, or NaN
broken_prometheus.json:4: data.result[0].values[1]: -1 is negative; a load is 0 or more
broken_prometheus.json:5: data.result[0].values[2]: its time is not after that of the point before; sort the points by time
broken_prometheus.json:6: data.result[0].values[3]: its time is not after that of the point before; sort the points by time
broken_prometheus.json:7: service: the series {} has no such label; name a label that every series has (--workload-label), or keep it in the query: sum by (LABEL) (...)
broken_prometheus.json:8: data.result[2]: native histograms are no rates; ask for their count: histogram_count(rate(NAME[1m]))
broken_prometheus.json:9: data.result[3]: this is one value and not a series; ask /api/v1/query_range with start, end and step"
    );
}

#[test]
fn what_is_no_answer_with_series_is_refused_with_the_reason() {
    for (text, says) in [
        (
            r#"{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution of 11,000 points per timeseries"}"#,
            "trace.csv:1: error: Prometheus refused the query: exceeded maximum resolution",
        ),
        (
            r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#,
            "data.resultType: `vector` is not a matrix; ask /api/v1/query_range",
        ),
        (
            r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#,
            "there is no sample in it; widen the window",
        ),
        (
            r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"]]}]}}"#,
            "one sample only tells no step",
        ),
        (
            r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,2]]}]}}"#,
            "invalid type: integer `2`, expected a value written as a text",
        ),
        (
            r#"{"status":"success","data":{"resultType":"matrix","#,
            "EOF while parsing",
        ),
        (
            r#"{"status":"success","data":{"resultType":"matrix","result":[
{"metric":{"a":"1"},"values":[[1,"1"],[2,"1"]]},
{"metric":{"a":"2"},"values":[[1,"1"],[2,"1"]]}]}}"#,
            "trace.csv:3: {a=\"2\"} is a second series besides {a=\"1\"}, and nothing tells workloads apart",
        ),
    ] {
        let message = refusal(text.as_bytes(), &options());
        assert!(
            message.contains(says),
            "{message}\n  should contain\n{says}"
        );
    }
}
