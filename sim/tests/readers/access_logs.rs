//! Access logs of web servers.

use spillway_sim::time::Nanos;
use spillway_sim::trace::{Format, TraceOptions};

use super::{fixtures_refusal, options, read_fixtures, short};

#[test]
fn lines_are_counted_by_the_second_whatever_their_zone_and_order_and_silence_is_no_gap() {
    let files = ["access.log", "access_later.log"];
    let whole = read_fixtures(&files, &options()).unwrap_or_else(|error| panic!("{error}"));
    let seconds: Vec<_> = short(&whole).iter().map(|(at, ..)| at / 1_000).collect();
    assert_eq!(seconds, [0, 0, 2, 3, 5]);
    let notes = &whole.notes;
    assert_eq!(notes.format, Some(Format::AccessLog));
    assert_eq!((notes.rows, notes.gaps.count), (5, 0));
    assert_eq!(notes.origin_unix_ms, Some(1_794_849_346_000));
    assert_eq!(notes.end, Nanos::from_secs(6));
}

#[test]
fn a_bin_that_is_longer_than_the_log_is_remarked() {
    let wide = TraceOptions {
        bin_width: Some(Nanos::from_secs(60)),
        ..options()
    };
    let whole = read_fixtures(&["access.log"], &wide).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        whole.notes.remarks,
        ["all lines lie within 4s, but a bin is 60s wide (--bin-width): the rates are too low"]
    );
    let seconds = read_fixtures(&["access.log"], &options());
    assert!(seconds.is_ok_and(|whole| whole.notes.remarks.is_empty()));
}

#[test]
fn lines_that_are_none_are_refused_and_so_are_rotated_logs_in_the_wrong_order() {
    assert_eq!(
        fixtures_refusal(&["broken_access.log"], &options()),
        "\
broken_access.log:2: time: `16/Foo/2026:18:15:46 +0100` is not a time of an access log; write the time like [16/Nov/2026:18:15:46 +0100]
broken_access.log:3: `kernel: out of memory` is no line of an access log; write host ident user [time] \"request\" status bytes
broken_access.log:4: time: `32/Nov/2026:18:15:46 +0100` is not a time of an access log; write the time like [16/Nov/2026:18:15:46 +0100]"
    );
    let no_window = TraceOptions {
        reorder_window: Nanos::ZERO,
        ..options()
    };
    let message = fixtures_refusal(&["access_later.log", "access.log"], &no_window);
    assert!(message.contains("access.log:"), "{message}");
    assert!(
        message.contains("rotated logs with the oldest first"),
        "{message}"
    );
}
