//! Jobs of the Standard Workload Format.

use spillway_sim::trace::{Format, TraceOptions};

use super::{fixtures_refusal, options, read_fixtures, refusal, short};

#[test]
fn a_job_arrives_when_it_is_submitted_and_one_of_unknown_length_is_left_out_and_counted() {
    let options = TraceOptions {
        workload_label: Some("queue".to_owned()),
        ..options()
    };
    let whole = read_fixtures(&["jobs.swf"], &options).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        short(&whole),
        [
            (10_000, 60_000, "2"),
            (10_000, 500, "3"),
            (30_000, 2_000, "2")
        ]
    );
    let notes = &whole.notes;
    assert_eq!((notes.rows, notes.left_out), (4, 1));
    assert_eq!(notes.format, Some(Format::Swf));
    assert_eq!(notes.origin_unix_ms, Some(1_700_000_000_000));
}

#[test]
fn what_is_wrong_with_jobs_is_said_with_their_line() {
    assert_eq!(
        fixtures_refusal(&["broken.swf"], &options()),
        "broken.swf:1: UnixStartTime: `yesterday` is no time; write whole seconds since 1970, or leave it out"
    );
    assert_eq!(
        fixtures_refusal(&["broken_rows.swf"], &options()),
        "\
broken_rows.swf:3: submit time: `5` is earlier than the row before; sort the rows by time
broken_rows.swf:3: run time: `-2` is negative; write the seconds that the job ran, or -1 where they are not known
broken_rows.swf:4: `3 20 5 60 4` has 5 fields; each row has 18"
    );
    let message = refusal(b"1 0 -1 -1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n", &options());
    assert!(message.contains("no job of known length"), "{message}");
}
