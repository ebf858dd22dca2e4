//! The project's own tables and those like them: what is read from good ones, and what is said about bad ones.

use std::io::{Cursor, Read};
use std::path::Path;

use spillway_sim::time::Nanos;
use spillway_sim::trace::{Arrival, Gap, LlmService, PointProcess, Trace, TraceOptions};

use super::{fixture, options, read, read_text, refusal, short};

#[test]
fn requests_keep_their_times_to_the_nanosecond_and_their_names() {
    let whole = read_text(&fixture("requests.csv"), &options());
    let arrival = |at, service, workload, class, bytes| Arrival {
        at: Nanos(at),
        service: Nanos(service),
        workload,
        class,
        bytes,
    };
    assert_eq!(
        whole.arrivals,
        [
            arrival(0, 250_000_000, 0, 1, 1_500),
            arrival(1, 1_000_000_000, 1, 0, 0),
            arrival(1_500_000_000, 50_000, 0, 2, 2_048),
            arrival(1_500_000_000, 0, 0, 1, 0),
        ]
    );
    assert_eq!(whole.workloads, ["web", "batch"]);
    assert_eq!(whole.classes, ["", "checkout", "search"]);
    assert_eq!(
        (
            whole.notes.rows,
            whole.notes.seed,
            whole.notes.point_process
        ),
        (4, None, None)
    );
}

#[test]
fn calendar_times_count_from_the_first_row_whatever_their_zone() {
    let whole = read_text(&fixture("requests_calendar.csv"), &options());
    assert_eq!(
        short(&whole),
        [(0, 250, "default"), (1_000, 500, "default")]
    );
    // The origin is a whole millisecond, and the half millisecond after it is kept.
    assert_eq!(whole.arrivals[0].at, Nanos(500_000));
    assert_eq!(whole.notes.origin_unix_ms, Some(1_794_852_946_680));
}

#[test]
fn rates_become_requests_of_each_workload_in_order_of_time() {
    let whole = read_text(
        &fixture("rates.csv"),
        &TraceOptions {
            point_process: None,
            ..options()
        },
    );
    assert_eq!(
        short(&whole),
        [
            (15_000, 100, "web"),
            (30_000, 2_000, "batch"),
            (45_000, 100, "web"),
            (90_000, 100, "web"),
            (210_000, 200, "web"),
        ]
    );
    let notes = &whole.notes;
    assert_eq!(
        (notes.point_process, notes.seed),
        (Some(PointProcess::Uniform), Some(7))
    );
    assert_eq!(notes.bin_width, Some(Nanos::from_secs(60)));
    let gap = Gap {
        workload: 0,
        from: Nanos::from_secs(120),
        to: Nanos::from_secs(180),
    };
    assert_eq!(
        (
            notes.gaps.count,
            notes.gaps.missing_bins,
            &notes.gaps.first[..]
        ),
        (1, 1, &[gap][..])
    );
}

#[test]
fn the_service_time_of_a_language_model_follows_from_its_tokens() {
    let llm_service = LlmService {
        base: Nanos(7),
        per_context_token: Nanos(100),
        per_generated_token: Nanos(10_000),
    };
    let whole = read_text(
        &fixture("azure_llm.csv"),
        &TraceOptions {
            llm_service,
            ..options()
        },
    );
    let services: Vec<_> = whole
        .arrivals
        .iter()
        .map(|arrival| arrival.service.0)
        .collect();
    assert_eq!(services, [7 + 10_000 + 100_000, 7, 7 + 100_000 + 10_000]);
    let times: Vec<_> = whole
        .arrivals
        .iter()
        .map(|arrival| arrival.at.0 - whole.arrivals[0].at.0)
        .collect();
    assert_eq!(times, [0, 4_314_579_000, 20_653_319_410_100]);
    assert_eq!(whole.notes.llm_service, Some(llm_service));
}

#[test]
fn a_missing_bin_is_a_gap_and_not_a_quiet_time() {
    let whole = read_text(&fixture("series.csv"), &options());
    assert_eq!(
        short(&whole),
        [
            (75_000, 100, "default"),
            (225_000, 100, "default"),
            (1_050_000, 100, "default")
        ]
    );
    let gap = Gap {
        workload: 0,
        from: Nanos::from_secs(600),
        to: Nanos::from_secs(900),
    };
    assert_eq!(whole.notes.gaps.first, [gap]);
    assert_eq!(whole.notes.origin_unix_ms, Some(1_397_088_240_000));
    assert_eq!(whole.notes.end, Nanos::from_secs(1_200));
}

#[test]
fn the_caller_overrules_the_comments_of_a_trace() {
    let seed = |seed| TraceOptions {
        seed,
        point_process: Some(PointProcess::Poisson),
        ..options()
    };
    let own = read_text(&fixture("rates.csv"), &seed(None));
    let given = read_text(&fixture("rates.csv"), &seed(Some(8)));
    assert_eq!((own.notes.seed, given.notes.seed), (Some(7), Some(8)));
    assert_ne!(own.arrivals, given.arrivals);
    assert_eq!(
        own.arrivals,
        read_text(&fixture("rates.csv"), &seed(None)).arrivals
    );
}

#[test]
fn scaling_keeps_the_sum_of_counts_within_one_request() {
    let text = "timestamp,value\n0,1\n60,1\n120,1\n180,0.5\n240,1\n";
    for (scale, expected) in [("0.5", 2), ("1", 4), ("1.5", 6), ("10", 45), ("0.01", 0)] {
        let options = TraceOptions {
            scale: scale.parse().expect("a factor"),
            ..options()
        };
        assert_eq!(
            read_text(text, &options).arrivals.len(),
            expected,
            "{scale}"
        );
    }
}

#[test]
fn scaled_requests_are_repeated_in_order_or_left_out() {
    let rows: Vec<_> = (0..1_000).map(|second| format!("{second},0.1\n")).collect();
    let rows = rows.concat();
    let text = format!("arrival_s,service_s\n{rows}");
    for (scale, least, most) in [
        ("0.25", 190, 310),
        ("3", 3_000, 3_000),
        ("2.5", 2_420, 2_580),
    ] {
        let options = TraceOptions {
            scale: scale.parse().expect("a factor"),
            ..options()
        };
        let whole = read_text(&text, &options);
        assert!(
            (least..=most).contains(&whole.arrivals.len()),
            "{scale}: {}",
            whole.arrivals.len()
        );
        assert!(whole.arrivals.is_sorted_by_key(|arrival| arrival.at));
        assert_eq!(whole.notes.seed, Some(0));
    }
}

#[test]
fn scaled_time_stretches_distances_and_bins_but_not_service() {
    let half = TraceOptions {
        time_scale: "0.5".parse().expect("a factor"),
        ..options()
    };
    assert_eq!(
        short(&read_text("arrival_s,service_s\n2,1\n4,1\n", &half)),
        [(1_000, 1_000, "default"), (2_000, 1_000, "default")]
    );
    let whole = read_text("ts,count\n0,1\n60,1\n", &half);
    assert_eq!(
        short(&whole),
        [(15_000, 100, "default"), (45_000, 100, "default")]
    );
    assert_eq!(whole.notes.bin_width, Some(Nanos::from_secs(30)));
}

#[test]
fn a_byte_order_mark_windows_line_ends_quotes_and_blank_lines_change_nothing() {
    for name in [
        "requests.csv",
        "requests_calendar.csv",
        "rates.csv",
        "azure_llm.csv",
        "series.csv",
    ] {
        let plain = fixture(name);
        let windows = format!("\u{feff}{}\r\n  \r\n\r\n", plain.replace('\n', "\r\n"));
        let unterminated = plain.trim_end().to_owned();
        let reference = read_text(&plain, &options());
        for other in [windows, unterminated, plain.replace(',', " , ")] {
            let other = read_text(&other, &options());
            assert_eq!(other.arrivals, reference.arrivals, "{name}");
            assert_eq!(other.notes, reference.notes, "{name}");
        }
    }
    let quoted =
        "\"timestamp\",\"value\"\n\"2014-04-10 00:00:00\",\"1\"\n\"2014-04-10 00:05:00\",\"1\"\n";
    assert_eq!(
        read_text(quoted, &options()).arrivals,
        read_text(&quoted.replace('"', ""), &options()).arrivals
    );
}

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
fn a_count_that_nobody_knows_is_a_gap_like_a_row_that_is_not_there() {
    let known = read_text("timestamp,value\n0,2\n60,2\n240,2\n", &options());
    for unknown in ["", "NaN", "nan", "null", "inf", "-Infinity", "\"\""] {
        let text = format!("timestamp,value\n0,2\n60,2\n120,{unknown}\n180,{unknown}\n240,2\n");
        let whole = read_text(&text, &options());
        assert_eq!(whole.arrivals, known.arrivals, "{unknown}");
        assert_eq!(whole.notes.gaps, known.notes.gaps, "{unknown}");
        assert_eq!(whole.notes.gaps.missing_bins, 2);
    }
    // What is not known at the beginning is a gap too, and not a time without requests.
    let whole = read_text(
        "ts,workload,count\n0,a,nan\n0,b,1\n60,a,1\n60,b,1\n",
        &options(),
    );
    let gap = Gap {
        workload: 0,
        from: Nanos::ZERO,
        to: Nanos::from_secs(60),
    };
    assert_eq!(whole.notes.gaps.first, [gap]);
    assert_eq!(
        refusal(b"timestamp,value\n0,\n60,nan\n", &options()),
        "trace.csv:1: value: no row says how many requests came; give a trace that tells at least one count"
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
fn a_first_row_that_is_no_whole_bin_is_remarked_where_it_tells_the_width_of_all() {
    let whole = read_text("ts,count\n37,5\n60,30\n120,30\n180,30\n", &options());
    assert_eq!(
        whole.notes.remarks,
        [
            "a bin is 23s wide, as the first two times tell, but most times are farther apart, like 60s: if counts are of that \
time, leave out the rows before the first full one"
        ]
    );
    let even = read_text("ts,count\n0,5\n60,30\n120,30\n240,30\n360,30\n", &options());
    assert!(even.notes.remarks.is_empty(), "{:?}", even.notes.remarks);
}

#[test]
fn semicolons_tabs_quotes_and_other_cases_change_nothing() {
    for name in ["requests.csv", "rates.csv", "azure_llm.csv", "series.csv"] {
        let plain = fixture(name);
        let reference = read_text(&plain, &options());
        let quoted: Vec<String> = plain
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(_) => line.to_owned(),
                None => format!("\"{}\"", line.replace(',', "\",\"")),
            })
            .collect();
        let header = plain
            .lines()
            .find(|line| !line.starts_with('#'))
            .expect("a header");
        for other in [
            plain.replace(',', ";"),
            plain.replace(',', "\t"),
            quoted.join("\n"),
            plain.replace(header, &header.to_uppercase()),
        ] {
            let other = read_text(&other, &options());
            assert_eq!(other.arrivals, reference.arrivals, "{name}");
            assert_eq!(other.notes, reference.notes, "{name}");
        }
    }
    let names = "arrival_s,service_s,workload\n0,1,\"shop, web\"\n1,1,\"the \"\"new\"\" one\"\n";
    assert_eq!(
        read_text(names, &options()).workloads,
        ["shop, web", "the \"new\" one"]
    );
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
fn times_since_1970_are_read_in_the_unit_of_their_size_which_the_notes_name() {
    let seconds = read_text("ts,count\n1700000000,1\n1700000060,1\n", &options());
    assert!(seconds.notes.remarks.is_empty());
    for (zeros, unit) in [("000", "milli"), ("000000", "micro"), ("000000000", "nano")] {
        let text = format!("ts,count\n1700000000{zeros},1\n1700000060{zeros},1\n");
        let whole = read_text(&text, &options());
        assert_eq!(whole.arrivals, seconds.arrivals);
        assert_eq!(whole.notes.origin_unix_ms, Some(1_700_000_000_000));
        assert_eq!(
            whole.notes.remarks,
            [format!(
                "the times are {unit}seconds since 1970, as their size tells"
            )]
        );
    }
    for text in [
        "arrival_s,service_s\n1700000000000,1\n",
        "app,func,end_timestamp,duration\na,f,1700000000000,1\n",
    ] {
        let remarks = read_text(text, &options()).notes.remarks;
        assert!(remarks.concat().contains("milliseconds"), "{text}");
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
