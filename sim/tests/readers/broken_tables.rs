//! The project's own tables and those like them: what is said about bad ones.

use std::io::{Cursor, Read};
use std::path::Path;

use spillway_sim::time::Nanos;
use spillway_sim::trace::{Trace, TraceOptions};

use super::{fixture, options, read, read_text, refusal};

#[test]
fn all_problems_of_a_file_are_reported_at_once_with_line_field_and_remedy() {
    assert_eq!(
        refusal(fixture("broken_requests.csv").as_bytes(), &options()),
        "\
trace.csv:3: arrival_s: `-1` is negative; write decimal seconds, as the first row does
trace.csv:4: service_s: `NaN` is not a finite number; write the seconds that one replica works on it, 0 or more
trace.csv:5: service_s: `inf` is not a finite number; write the seconds that one replica works on it, 0 or more
trace.csv:5: workload: the name is empty; name the workload, or leave the column out
trace.csv:6: arrival_s: `2.5` is earlier than the row before; sort the rows by time
trace.csv:7: arrival_s: `x` is not a number; write decimal seconds, as the first row does
trace.csv:7: service_s: `y` is not a number; write the seconds that one replica works on it, 0 or more
trace.csv:8: `4,0.1` has 2 fields; each row has 3, like the header"
    );
    assert_eq!(
        refusal(fixture("broken_series.csv").as_bytes(), &options()),
        "\
trace.csv:4: value: `-3` is negative; write the requests of the bin, or nothing where they are not known
trace.csv:5: timestamp: `2014-04-10 00:20:00` is there twice; keep one row for each time and workload
trace.csv:6: timestamp: `2014-04-10 00:25:00` is 300s after the row before, but a bin is 600s wide; space the rows evenly, or give the width (--bin-width 5m)
trace.csv:7: timestamp: `2014-04-10 25:00:00` is not a date and time of the years 1900 to 2200; write a date and time, as the first row does, like 2026-11-16T18:15:46.68Z"
    );
}

#[test]
fn one_row_out_of_order_is_one_problem_in_rates_too() {
    let message = refusal(b"ts,count\n0,1\n60,1\n600,1\n120,1\n180,1\n", &options());
    assert_eq!(
        message,
        "trace.csv:5: ts: `120` is earlier than the row before; sort the rows by time"
    );
}

#[test]
fn the_first_problems_of_each_kind_are_listed_and_the_rest_of_it_counted() {
    let rows = "1,x\n".repeat(4_315);
    let message = refusal(
        format!("arrival_s,service_s\n{rows}0.5,1\n0.25,-1\n2\n").as_bytes(),
        &options(),
    );
    assert_eq!(
        message,
        "\
trace.csv:2: service_s: `x` is not a number; write the seconds that one replica works on it, 0 or more
trace.csv:3: service_s: `x` is not a number; write the seconds that one replica works on it, 0 or more
trace.csv:4: service_s: `x` is not a number; write the seconds that one replica works on it, 0 or more
trace.csv:4317: arrival_s: `0.5` is earlier than the row before; sort the rows by time
trace.csv:4318: arrival_s: `0.25` is earlier than the row before; sort the rows by time
trace.csv:4318: service_s: `-1` is negative; write the seconds that one replica works on it, 0 or more
trace.csv:4319: `2` has 1 fields; each row has 2, like the header
trace.csv:4316: service_s: and 4,312 more like that of line 2, the last one here"
    );
}

#[test]
fn a_width_that_is_not_that_of_the_counts_is_refused_with_both() {
    let text = "timestamp,value\n0,300\n300,600\n600,300\n1500,300\n";
    let given = |seconds| TraceOptions {
        bin_width: Some(Nanos::from_secs(seconds)),
        ..options()
    };
    assert_eq!(
        refusal(text.as_bytes(), &given(60)),
        "trace.csv:3: timestamp: times are 300s apart or more, but a bin is 60s wide (--bin-width), so that all between \
would be unknown; leave --bin-width out: a count is of the time until the next row"
    );
    let message = refusal(text.as_bytes(), &given(3_600));
    assert!(
        message.starts_with(
            "trace.csv:3: timestamp: `300` is 300s after the row before, but a bin is 3600s wide (--bin-width); leave"
        ),
        "{message}"
    );
    assert!(refusal(text.as_bytes(), &given(0)).contains("a bin of no width"));
    assert_eq!(read_text(text, &given(300)).notes.gaps.missing_bins, 2);
    // The first two times may lie beside a gap: then the width must be given, and is right.
    let gap_first = "timestamp,value\n0,3\n600,6\n900,3\n";
    assert_eq!(read_text(gap_first, &given(300)).arrivals.len(), 12);
}

#[test]
fn commas_in_numbers_and_quotes_that_do_not_fit_are_named() {
    let point = "write decimals with a point, and no sign between thousands (1234.5)";
    for (text, says) in [
        ("arrival_s;service_s\n0,5;1\n", format!("trace.csv:2: arrival_s: `0,5` has a comma; {point}")),
        ("ts,count\n0,\"1,000\"\n60,1\n", format!("trace.csv:2: count: `1,000` has a comma; {point}")),
        (
            "arrival_s,service_s\n0,5,0,1\n",
            format!("has 4 fields; each row has 2, like the header; if commas stand for decimal points, {point}"),
        ),
        (
            "ts,count\n0,\"1\n60,1\n",
            "trace.csv:2: `0,\"1` is no row: a quote is not closed in its line; close each".to_owned(),
        ),
        (
            "ts,count\n11/16/2026 18:15,1\n",
            "trace.csv:2: ts: `11/16/2026 18:15` is no time that is read; write seconds (12.5), or RFC 3339".to_owned(),
        ),
    ] {
        let message = refusal(text.as_bytes(), &options());
        assert!(message.contains(&says), "{message}\n  should contain\n{says}");
    }
}

#[test]
fn what_is_surely_no_trace_is_called_by_its_name() {
    let cases: [(&[u8], &str); 6] = [
        (
            b"BZh91AY&SY",
            "trace.csv:1: it is packed with bzip2, which is not read; unpack it, or pack it",
        ),
        (b"PK\x03\x04\x14\0", "it is a zip archive or a spreadsheet"),
        (
            b"PAR1\x15\x04",
            "it is a Parquet file, which is not read; export it as CSV",
        ),
        (
            b"\xff\xfet\0s\0",
            "it is UTF-16, which is not read; save it as UTF-8",
        ),
        (
            b"\xef\xbb\xbf \n<html><title>Sign in</title>",
            "it is a web page or XML that says `Sign in`; look at the file",
        ),
        (
            b"\x1f\x8b\x08",
            "the gzip data is cut off at byte 3 of the file",
        ),
    ];
    for (bytes, says) in cases {
        let message = refusal(bytes, &options());
        assert!(
            message.contains(says),
            "{message}\n  should contain\n{says}"
        );
    }
}

#[test]
fn a_file_that_is_no_trace_is_refused_with_the_reason() {
    let no_mean = TraceOptions {
        service_mean: None,
        ..options()
    };
    let cases: [(&[u8], &TraceOptions, &str); 12] = [
        (
            b"",
            &options(),
            "trace.csv:1: the trace is empty; it needs at least one row, after a header where its format has one",
        ),
        (
            b"\n\n# seed: 1\n",
            &options(),
            "trace.csv:3: the trace is empty",
        ),
        (
            b"arrival_s,service_s\n",
            &options(),
            "trace.csv:1: the trace has a header only; add at least one row",
        ),
        (
            b"foo,bar\n1,2\n",
            &options(),
            "`foo,bar` is not the header of a known trace; it must be one of: ",
        ),
        (
            b"arrival_s\n1\n",
            &options(),
            "trace.csv:1: service_s: the column is missing",
        ),
        (
            b"# seed: x\nts,count\n0,1\n1,1\n",
            &options(),
            "trace.csv:1: seed: `x` is no such setting; write a whole number",
        ),
        (
            b"# point-process: bursty\narrival_s,service_s\n0,1\n",
            &options(),
            "`bursty` is no such setting; write uniform or poisson",
        ),
        (
            b"ts,count\n0,1\n60,1\n",
            &no_mean,
            "trace.csv:1: service_mean_s: nothing says how long a request takes",
        ),
        (
            b"ts,count\n0,1\n",
            &options(),
            "trace.csv:2: ts: one time only tells no width",
        ),
        (
            b"\xfe\x0aa\0r\0",
            &options(),
            "is not the header of a known trace",
        ),
        (
            b"arrival_s,service_s,workload\n0,1,\xff\n",
            &options(),
            "trace.csv:2: workload: `\\xff` is not UTF-8",
        ),
        (
            b"ts,count\n0,1e10\n60,1e11\n",
            &options(),
            "trace.csv:3: count: `1e11` is too large",
        ),
    ];
    for (bytes, options, expected) in cases {
        let message = refusal(bytes, options);
        assert!(
            message.contains(expected),
            "{message}\n  should contain\n{expected}"
        );
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Trace::open(Path::new("/nowhere/trace.csv"), &options())
        .err()
        .map(|error| error.to_string());
    assert!(
        error.is_some_and(|message| message.starts_with("/nowhere/trace.csv: cannot be read: "))
    );
}

#[test]
fn a_line_without_end_is_refused_and_not_read_into_memory() {
    let endless = Cursor::new(b"arrival_s,service_s\n0,1\n".to_vec())
        .chain(std::io::repeat(b'7').take(50_000_000));
    let message = read(endless, &options())
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert_eq!(
        message,
        "trace.csv:3: the line is too long; end each row with a newline, within 65536 bytes"
    );
}
