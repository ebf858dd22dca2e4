//! Jobs of the Standard Workload Format.

use spillway_sim::trace::{Format, TraceOptions};

use super::{fixtures_refusal, options, read_fixtures, read_text, refusal, short};

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
            (10_000, 60_000, "2"),
            (10_000, 60_000, "2"),
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
fn a_job_is_a_request_for_each_processor_that_it_had_or_else_asked_for() {
    let job = |number: u32, had: &str, asked: &str| {
        format!("{number} {number} 0 5 {had} -1 -1 {asked} 60 -1 1 1 1 1 1 1 -1 -1\n")
    };
    let rows = [
        job(1, "2", "64"),
        job(2, "-1", "3"),
        job(3, "-1", "-1"),
        job(4, "0", "0"),
    ];
    let whole = read_text(&rows.concat(), &options());
    let times: Vec<_> = short(&whole).iter().map(|(at, ..)| at / 1_000).collect();
    assert_eq!(times, [1, 1, 2, 2, 2, 3, 4]);
    assert_eq!(
        whole.notes.remarks,
        [
            "the 4 jobs had 7 processors: each processor is a request as long as its job",
            "2 of 4 jobs do not say how many processors they had: each of them is one request"
        ]
    );
    assert_eq!(whole.notes.rows, 4);
    for wrong in ["1.5", "-2", "100000001"] {
        let message = refusal(job(1, wrong, "4").as_bytes(), &options());
        let says =
            format!("trace.csv:1: processors: `{wrong}` is no number of processors; write a whole");
        assert!(message.starts_with(&says), "{message}");
    }
}

#[test]
fn the_head_of_a_trace_of_jobs_is_kept_for_people() {
    let whole = read_fixtures(&["jobs.swf"], &options()).unwrap_or_else(|error| panic!("{error}"));
    let head: Vec<_> = whole
        .notes
        .head
        .iter()
        .map(|line| (line.name.as_str(), line.value.as_str()))
        .collect();
    assert_eq!(
        head,
        [
            ("Version", "2.2"),
            ("UnixStartTime", "1700000000"),
            ("MaxProcs", "128")
        ]
    );
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
