//! Packed traces: told by their first bytes, read as if they were not packed, refused where they are damaged.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::{fixture, fixture_path, options, read_fixtures, read_text, refusal};

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
fn what_is_cut_off_or_damaged_is_refused_with_its_byte_and_the_program_that_checks_it() {
    for (name, kind) in [
        ("requests_members.csv.gz", "gzip"),
        ("requests_frames.csv.zst", "zstd"),
    ] {
        let whole = std::fs::read(fixture_path(name)).expect("a fixture");
        let mut flipped = whole.clone();
        let last = flipped.len() - 1;
        let checksum = if kind == "gzip" { last - 5 } else { 20 };
        flipped[checksum] ^= 0xff;
        let cut = whole[..whole.len() - 3].to_vec();
        let at = cut.len();
        for (bytes, says) in [
            (
                cut,
                format!("the {kind} data is cut off at byte {at} of the file"),
            ),
            (
                flipped,
                format!("the {kind} data is damaged at or before byte "),
            ),
        ] {
            let message = refusal(&bytes, &options());
            assert!(message.contains(&says), "{name}: {message}");
            assert!(message.starts_with("trace.csv:"), "{name}: {message}");
            let right = format!("check it with `{kind} -t trace.csv`, and fetch or pack it again");
            assert!(message.ends_with(&right), "{name}: {message}");
        }
    }
}

#[test]
fn lines_of_nonsense_are_not_blamed_where_a_later_checksum_shows_that_the_data_is_damaged() {
    let rows: Vec<String> = (0..20_000)
        .map(|i| format!("{i},0.{}\n", i * 7_919 % 1_000))
        .collect();
    let plain = format!("arrival_s,service_s\n{}", rows.concat());
    let packed = gzip(plain.as_bytes(), Compression::default());
    let (mut nonsense, mut others) = (0, 0);
    for at in (20..packed.len() - 8).step_by(997) {
        let mut flipped = packed.clone();
        flipped[at] ^= 0x40;
        let mut unpacked = Vec::new();
        let whole = MultiGzDecoder::new(&flipped[..])
            .read_to_end(&mut unpacked)
            .is_ok();
        assert!(!whole, "the checksum finds it");
        nonsense += usize::from(unpacked.len() > plain.len() / 2);
        others += 1;
        let message = refusal(&flipped, &options());
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(
            message.contains("the gzip data is damaged at or before byte"),
            "{message}"
        );
    }
    assert!(nonsense > 0, "none of {others} looked like a whole file");
}

#[test]
fn what_is_wrong_before_a_cut_is_said_besides_it() {
    let rows = "1,x\n".repeat(50_000);
    let text = format!("arrival_s,service_s\n{rows}");
    let packed = gzip(text.as_bytes(), Compression::none());
    let message = refusal(&packed[..100_000], &options());
    let lines: Vec<_> = message.lines().collect();
    assert!(
        lines[0].contains("the gzip data is cut off at byte 100000"),
        "{message}"
    );
    assert!(
        lines[1].starts_with("trace.csv:2: service_s: `x` is not a number"),
        "{message}"
    );
}

pub(super) fn gzip(plain: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(plain).expect("into memory");
    encoder.finish().expect("into memory")
}
