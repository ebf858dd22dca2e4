//! Properties of all readers: nothing that anybody may write makes one panic, and what is read is in order.

use std::io::Cursor;

use proptest::prelude::*;
use spillway_sim::trace::{Arrival, ArrivalSource, Format, Trace};

use super::{fixture, fixture_path, options, read, read_text, refusal};

#[test]
fn every_format_has_its_row_in_the_documents() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/traces.md");
    let text = std::fs::read_to_string(path).expect("the page of formats");
    for format in Format::ALL {
        let rows = text.matches(&format!("| `{format}` |")).count();
        assert_eq!(rows, 2, "{format}: how it is recognised, and its columns");
    }
}

/// Rows that anybody could have written, good and bad.
fn rows() -> impl Strategy<Value = String> {
    let field = prop_oneof![
        "[0-9]{1,12}(\\.[0-9]{0,12})?",
        "-?[0-9]{1,3}e-?[0-9]{1,3}",
        "20[0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,9})?(Z|[+-][0-9]{2}:[0-9]{2})?",
        "nan|inf|-0|web|\"|,|#|",
    ];
    let row = prop::collection::vec(field, 1..5).prop_map(|fields| fields.join(","));
    prop::collection::vec(row, 0..20).prop_map(|rows| rows.join("\n"))
}

const BEGINNINGS: [&str; 16] = [
    "arrival_s,service_s",
    "arrival_s,service_s,workload,class,bytes",
    "ts,workload,count,service_mean_s",
    "TIMESTAMP,ContextTokens,GeneratedTokens",
    "timestamp,value",
    "app,func,end_timestamp,duration",
    "{\"ts\":0,\"count\":1}",
    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[",
    "{\"status\":\"success\",\"data\":{\"result\":[{\"values\":[[1,\"2\"],",
    "# TYPE x counter\nx_total 1 0",
    "{__name__=\"x\"} 1 0",
    "{\"ts\":0,\"metric\":\"x_total\",\"labels\":{},\"value\":1}",
    "; UnixStartTime: 1",
    "h - - [16/Nov/2026:18:15:46 +0100] \"GET / HTTP/1.1\" 200 5",
    "{\"type\":\"Point\",\"metric\":\"http_req_duration\",\"data\":{\"time\":\"2026-11-16T00:00:00Z\",\"value\":1}}",
    "HashOwner,HashApp,HashFunction,Trigger,1,2",
];

const FIXTURES: [&str; 16] = [
    "requests.csv",
    "rates.csv",
    "rates.csv.gz",
    "requests_members.csv.gz",
    "requests_frames.csv.zst",
    "requests.jsonl",
    "rates.jsonl",
    "prometheus_2.json",
    "requests_total.om",
    "dump.om",
    "metrics.jsonl",
    "azure_2021.csv",
    "azure_2019.d01.csv",
    "jobs.swf",
    "access.log",
    "k6.json",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..500), beginning in 0..BEGINNINGS.len()) {
        let _ = read(Cursor::new(bytes.clone()), &options());
        let begun = [BEGINNINGS[beginning].as_bytes(), b"\n", &bytes].concat();
        let _ = open_and_take(&begun);
    }

    #[test]
    fn rows_of_anything_never_panic_and_what_is_read_is_in_order(rows in rows(), beginning in 0..BEGINNINGS.len()) {
        let arrivals = open_and_take(format!("{}\n{rows}\n", BEGINNINGS[beginning]).as_bytes());
        prop_assert!(arrivals.is_sorted_by_key(|arrival| arrival.at));
    }

    #[test]
    fn a_fixture_with_changed_bytes_never_panics_and_what_is_read_is_in_order(
        name in prop::sample::select(&FIXTURES[..]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        end in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = std::fs::read(fixture_path(name)).expect("a fixture");
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cut {
            bytes.truncate(end.index(bytes.len()));
        }
        let arrivals = open_and_take(&bytes);
        prop_assert!(arrivals.is_sorted_by_key(|arrival| arrival.at));
    }

    #[test]
    fn shuffled_rows_are_refused_at_the_first_line_that_goes_back(
        times in Just((0..50_u32).collect::<Vec<_>>()).prop_shuffle()
    ) {
        let rows: Vec<_> = times.iter().map(|time| format!("{time},1")).collect();
        let text = format!("arrival_s,service_s\n{}\n", rows.join("\n"));
        match times.windows(2).position(|pair| pair[1] < pair[0]) {
            None => prop_assert_eq!(read_text(&text, &options()).arrivals.len(), 50),
            Some(index) => {
                let expected = format!("trace.csv:{}: arrival_s: `{}` is earlier", index + 3, times[index + 1]);
                let message = refusal(text.as_bytes(), &options());
                prop_assert!(message.starts_with(&expected), "{} should begin with {}", message, expected);
            }
        }
    }
}

#[test]
fn a_time_that_goes_back_behind_a_gap_is_refused_as_any_other() {
    let message = refusal(b"ts,count\n1,nan\n0,0\n0,0\n", &options());
    assert!(message.contains(":3: ts: `0` is earlier"), "{message}");
}

/// Fixtures with columns, and what stands between them.
const TABLES: [(&str, char); 8] = [
    ("requests.csv", ','),
    ("requests_calendar.csv", ','),
    ("rates.csv", ','),
    ("series.csv", ','),
    ("azure_llm.csv", ','),
    ("azure_2021.csv", ','),
    ("azure_2019.d01.csv", ','),
    ("jobs.swf", ' '),
];

/// Places of a fixture that are tried: all of a small one, every so many of a large one.
const PLACES: usize = 300;

#[test]
fn a_fixture_cut_off_anywhere_or_with_any_byte_changed_is_read_or_refused_with_file_and_line() {
    for name in FIXTURES {
        let whole = std::fs::read(fixture_path(name)).expect("a fixture");
        for at in (0..whole.len()).step_by(whole.len().div_ceil(PLACES)) {
            assert_placed(name, &whole[..at]);
            for change in [0x01, 0x10, 0x80] {
                let mut flipped = whole.clone();
                flipped[at] ^= change;
                assert_placed(name, &flipped);
            }
        }
    }
}

#[test]
fn a_table_without_one_of_its_columns_is_read_or_refused_with_file_and_line() {
    for (name, separator) in TABLES {
        let text = fixture(name);
        let columns = text
            .lines()
            .map(|line| line.split(separator).count())
            .max()
            .unwrap_or(0);
        for column in (0..columns).step_by(columns.div_ceil(PLACES)) {
            let without = |line: &str| {
                let fields = line.split(separator).enumerate();
                let left = fields
                    .filter(|(index, _)| *index != column)
                    .map(|(_, field)| field);
                left.collect::<Vec<_>>().join(&separator.to_string())
            };
            let lines: Vec<String> = text.lines().map(without).collect();
            assert_placed(name, lines.join("\n").as_bytes());
        }
    }
}

/// Reads all of a trace; each line of a refusal must say where.
fn assert_placed(name: &str, bytes: &[u8]) {
    let refusal = match Trace::read("trace.csv", Cursor::new(bytes.to_vec()), &options()) {
        Ok(mut trace) => std::iter::from_fn(|| trace.next())
            .take(1_000)
            .find_map(Result::err),
        Err(error) => Some(error),
    };
    let message = refusal.map(|error| error.to_string()).unwrap_or_default();
    for line in message.lines() {
        let place = line.strip_prefix("trace.csv:");
        let number = place
            .and_then(|place| place.split_once(": "))
            .map(|(number, _)| number);
        let placed = number.is_some_and(|number| number.parse::<u64>().is_ok_and(|line| line > 0));
        assert!(placed, "{name} of {} bytes: {line}", bytes.len());
    }
}

/// Reads at most a thousand arrivals, because a bin may hold billions. After an error there must be nothing.
fn open_and_take(bytes: &[u8]) -> Vec<Arrival> {
    let Ok(mut trace) = Trace::read("trace.csv", Cursor::new(bytes.to_vec()), &options()) else {
        return Vec::new();
    };
    let mut arrivals = Vec::new();
    while let Some(next) = trace.next()
        && arrivals.len() < 1_000
    {
        match next {
            Ok(arrival) => arrivals.push(arrival),
            Err(_) => assert!(trace.next().is_none(), "something came after an error"),
        }
    }
    arrivals
}
