//! Tables written as JSON, an object a line.

use spillway_sim::time::Nanos;

use super::{fixture, fixtures_refusal, options, read_text, short};

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
fn each_line_that_is_no_row_is_refused_with_its_reason() {
    assert_eq!(
        fixtures_refusal(&["broken.jsonl"], &options()),
        "\
broken.jsonl:2: count: `-1` is negative; write the requests of the bin, or leave the row out where they are not known
broken.jsonl:3: the field `count` is `true`; write a number or a text
broken.jsonl:4: the field `extra` is new; give each line the fields of the first one
broken.jsonl:5: column 9: EOF while parsing an object; write one JSON object a line
broken.jsonl:6: the field `ts` is there twice; write each field once
broken.jsonl:7: count: `` is empty; write the requests of the bin, or leave the row out where they are not known
broken.jsonl:8: invalid type: sequence, expected an object; write one JSON object a line"
    );
}
