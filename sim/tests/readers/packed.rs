//! Packed traces: told by their first bytes, read as if they were not packed, refused where they are damaged.

use std::io::Cursor;

use super::{fixture, fixture_path, options, read, read_fixtures, read_text};

#[test]
fn packed_traces_are_read_like_plain_ones_also_in_several_parts() {
    for (packed, plain) in [
        ("rates.csv.gz", "rates.csv"),
        ("requests_members.csv.gz", "requests.csv"),
        ("requests_frames.csv.zst", "requests.csv"),
    ] {
        let found = read_fixtures(&[packed], &options()).unwrap_or_else(|error| panic!("{error}"));
        let expected = read_text(&fixture(plain), &options());
        assert_eq!(found.arrivals, expected.arrivals, "{packed}");
        assert_eq!(found.workloads, expected.workloads, "{packed}");
    }
}

#[test]
fn what_is_cut_off_or_damaged_is_refused_with_the_line_and_never_read_as_the_end() {
    for (name, kind) in [
        ("requests_members.csv.gz", "gzip"),
        ("requests_frames.csv.zst", "zstd"),
    ] {
        let whole = std::fs::read(fixture_path(name)).expect("a fixture");
        let mut flipped = whole.clone();
        let last = flipped.len() - 1;
        let checksum = if kind == "gzip" { last - 5 } else { 20 };
        flipped[checksum] ^= 0xff;
        for bytes in [whole[..whole.len() - 3].to_vec(), flipped] {
            let error = read(Cursor::new(bytes), &options()).err();
            let message = error.map(|error| error.to_string()).unwrap_or_default();
            let says = format!("the {kind} data is damaged or cut off");
            assert!(message.contains(&says), "{name}: {message}");
            assert!(message.starts_with("trace.csv:"), "{name}: {message}");
        }
    }
}
