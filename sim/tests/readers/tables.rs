//! The project's own tables and those like them: what is read from good ones.

use spillway_sim::time::Nanos;
use spillway_sim::trace::{Arrival, Gap, LlmService, PointProcess, TraceOptions};

use super::{fixture, options, read_text, refusal, short};

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
