//! Tables written as JSON, an object a line.

use std::io::Cursor;

use flate2::Compression;
use spillway_sim::time::Nanos;

use super::packed::gzip;
use super::{fixture, fixtures_refusal, options, read, read_text, refusal, short};

#[test]
fn json_lines_are_the_same_trace_as_the_table_with_their_fields() {
    let json = read_text(&fixture("requests.jsonl"), &options());
    let table = read_text(&fixture("requests.csv"), &options());
    assert_eq!(json.arrivals, table.arrivals);
    assert_eq!(json.workloads, table.workloads);
    assert_eq!(json.classes, table.classes);
    assert_eq!(json.notes.rows, 4);
}

#[test]
fn rates_as_json_lines_have_settings_and_calendar_times_too() {
    let whole = read_text(&fixture("rates.jsonl"), &options());
    assert_eq!(
        short(&whole),
        [
            (15_000, 100, "web"),
            (45_000, 100, "web"),
            (90_000, 100, "web")
        ]
    );
    assert_eq!(whole.notes.seed, Some(7));
    assert_eq!(whole.notes.bin_width, Some(Nanos::from_secs(60)));
    assert_eq!(whole.notes.origin_unix_ms, Some(1_794_787_200_000));
}

#[test]
fn packed_json_lines_of_requests_and_of_rates_are_read_and_refused_like_plain_ones() {
    for name in ["requests.jsonl", "rates.jsonl"] {
        let plain = fixture(name);
        for packed in [
            gzip(plain.as_bytes(), Compression::default()),
            zstd(plain.as_bytes()),
        ] {
            let whole = read(Cursor::new(packed.clone()), &options());
            let whole = whole.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(
                whole.arrivals,
                read_text(&plain, &options()).arrivals,
                "{name}"
            );
            let message = refusal(&packed[..packed.len() - 9], &options());
            assert!(
                message.contains("data is cut off at byte"),
                "{name}: {message}"
            );
        }
    }
    let broken = fixture("broken.jsonl");
    assert_eq!(
        refusal(&gzip(broken.as_bytes(), Compression::default()), &options()),
        refusal(broken.as_bytes(), &options())
    );
}

#[test]
fn a_request_as_json_whose_fields_are_no_numbers_is_refused_like_a_row_of_a_table() {
    let text = "{\"arrival_s\":0,\"service_s\":0.1}\n{\"arrival_s\":1,\"service_s\":null}\n{\"service_s\":0.1}\n{\"arrival_s\":2,\"service_s\":\"0,1\"}\n";
    assert_eq!(
        refusal(text.as_bytes(), &options()),
        "\
trace.csv:2: service_s: `` is empty; write the seconds that one replica works on it, 0 or more
trace.csv:3: arrival_s: `` is empty; write decimal seconds, as the first row does
trace.csv:4: service_s: `0,1` has a comma; write decimals with a point, and no sign between thousands (1234.5)"
    );
}

fn zstd(plain: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(plain, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn each_line_that_is_no_row_is_refused_with_its_reason() {
    assert_eq!(
        fixtures_refusal(&["broken.jsonl"], &options()),
        "\
broken.jsonl:2: count: `-1` is negative; write the requests of the bin, or nothing where they are not known
broken.jsonl:3: the field `count` is `true`; write a number or a text
broken.jsonl:4: the field `extra` is new; give each line the fields of the first one
broken.jsonl:5: column 9: EOF while parsing an object; write one JSON object a line
broken.jsonl:6: the field `ts` is there twice; write each field once
broken.jsonl:8: invalid type: sequence, expected an object; write one JSON object a line"
    );
}
