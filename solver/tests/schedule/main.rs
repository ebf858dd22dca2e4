//! Scheduled floors and ceilings through the public interface: tables for the rules.

mod clock;

use std::collections::BTreeSet;

use jiff::Timestamp;
use spillway_solver::schedule::{
    ScheduleReason, ScheduledBound, Weekday, WindowProblem, evaluate, tzdata_version, validate,
};

const ANY_DAY: &[Weekday] = &[];

fn bound(name: &str, zone: &str, days: &[Weekday], start: &str, end: &str) -> ScheduledBound {
    ScheduledBound {
        name: name.into(),
        time_zone: zone.into(),
        days: (!days.is_empty()).then(|| days.iter().copied().collect()),
        start: start.into(),
        end: end.into(),
        min_replicas: Some(5),
        max_replicas: None,
    }
}

fn ms(instant: &str) -> i64 {
    instant
        .parse::<Timestamp>()
        .expect("the table holds RFC 3339 instants")
        .as_millisecond()
}

/// what | zone | weekday, * for all | start | end | first instant open | first instant closed again
const OPENINGS: &str = "\
a plain day window | Asia/Tokyo | * | 09:00 | 18:00 | 2026-03-10T00:00:00Z | 2026-03-10T09:00:00Z
a window over midnight belongs to the day it starts on | Asia/Tokyo | Friday | 22:00 | 06:00 | 2026-03-13T13:00:00Z | 2026-03-13T21:00:00Z
equal start and end is a whole day | UTC | Sunday | 00:00 | 00:00 | 2026-03-15T00:00:00Z | 2026-03-16T00:00:00Z
a whole day may start at any time | UTC | Sunday | 06:30 | 06:30 | 2026-03-15T06:30:00Z | 2026-03-16T06:30:00Z
end at midnight is the end of the day | UTC | Sunday | 20:00 | 00:00 | 2026-03-15T20:00:00Z | 2026-03-16T00:00:00Z
Berlin: a start that the spring jumps over stands for the gap's end | Europe/Berlin | Sunday | 02:30 | 04:00 | 2026-03-29T01:00:00Z | 2026-03-29T02:00:00Z
Berlin: an end that the spring jumps over stands for the gap's end | Europe/Berlin | Sunday | 01:00 | 02:30 | 2026-03-29T00:00:00Z | 2026-03-29T01:00:00Z
Berlin: a night over the spring jump is one hour shorter | Europe/Berlin | Saturday | 22:00 | 06:00 | 2026-03-28T21:00:00Z | 2026-03-29T04:00:00Z
Berlin: from the first 02:30 to the last 02:45 of autumn | Europe/Berlin | Sunday | 02:30 | 02:45 | 2026-10-25T00:30:00Z | 2026-10-25T01:45:00Z
Berlin: an end on the repeated hour's first minute waits for the last one | Europe/Berlin | Sunday | 01:00 | 02:00 | 2026-10-24T23:00:00Z | 2026-10-25T01:00:00Z
Berlin: a night over the autumn change is one hour longer | Europe/Berlin | Saturday | 22:00 | 06:00 | 2026-10-24T20:00:00Z | 2026-10-25T05:00:00Z
New York: a start in the spring gap | America/New_York | Sunday | 02:15 | 05:00 | 2026-03-08T07:00:00Z | 2026-03-08T09:00:00Z
New York: the repeated hour counts twice | America/New_York | Sunday | 01:00 | 02:00 | 2026-11-01T05:00:00Z | 2026-11-01T07:00:00Z
Lord Howe: a start in the half-hour gap | Australia/Lord_Howe | Sunday | 02:10 | 04:00 | 2026-10-03T15:30:00Z | 2026-10-03T17:00:00Z
Lord Howe: the repeated half-hour counts twice | Australia/Lord_Howe | Sunday | 01:40 | 01:50 | 2026-04-04T14:40:00Z | 2026-04-04T15:20:00Z
Tokyo keeps its length when Europe changes | Asia/Tokyo | Saturday | 22:00 | 06:00 | 2026-03-28T13:00:00Z | 2026-03-28T21:00:00Z
Apia: a night that starts on the day that was left out | Pacific/Apia | Friday | 22:00 | 06:00 | 2011-12-30T10:00:00Z | 2011-12-30T16:00:00Z
";

#[test]
fn a_window_opens_and_closes_at_the_instants_its_zone_names() {
    for row in OPENINGS.lines() {
        let cells: Vec<&str> = row.split(" | ").collect();
        let [what, zone, day, start, end, opens, closes] = cells[..] else {
            panic!("seven cells: {row}");
        };
        let days: Vec<Weekday> = match day {
            "*" => ANY_DAY.to_vec(),
            day => vec![serde_json::from_value(day.into()).expect("a weekday")],
        };
        let bounds = [bound("w", zone, &days, start, end)];
        let is_open = |at_ms| !evaluate(&bounds, at_ms).open.is_empty();
        let (opens, closes) = (ms(opens), ms(closes));
        assert!(!is_open(opens - 1), "{what}: open too early");
        assert!(is_open(opens), "{what}: not open at its start");
        assert!(is_open(closes - 1), "{what}: closed too early");
        assert!(!is_open(closes), "{what}: still open at its end");
        assert_eq!(
            evaluate(&bounds, opens - 1).next_change_ms,
            Some(opens),
            "{what}"
        );
        assert_eq!(
            evaluate(&bounds, opens).next_change_ms,
            Some(closes),
            "{what}"
        );
    }
}

#[test]
fn a_window_wholly_inside_the_spring_gap_does_not_open_that_day_but_a_week_later() {
    let bounds = [bound(
        "w",
        "Europe/Berlin",
        &[Weekday::Sunday],
        "02:10",
        "02:50",
    )];
    let answer = evaluate(&bounds, ms("2026-03-28T12:00:00Z"));
    assert_eq!(answer.next_change_ms, Some(ms("2026-04-05T00:10:00Z")));
}

/// The public operator compared local times of one day, so 22:00-06:00 never matched, and it took
/// the zone of the machine.
#[test]
fn defect_7_a_window_over_midnight_matches_in_its_own_zone_on_both_sides_of_midnight() {
    let bounds = [bound("night", "Asia/Tokyo", ANY_DAY, "22:00", "06:00")];
    for (at, open) in [
        ("2026-03-10T12:59:00Z", false),
        ("2026-03-10T14:59:00Z", true),
        ("2026-03-10T15:01:00Z", true),
        ("2026-03-10T21:00:00Z", false),
    ] {
        assert_eq!(!evaluate(&bounds, ms(at)).open.is_empty(), open, "{at}");
    }
}

/// The public operator compared an error with itself and so ignored a malformed end.
#[test]
fn defect_7_a_bad_end_is_reported_and_not_swallowed() {
    let problems = validate(&[bound("w", "UTC", ANY_DAY, "22:00", "6 am")], "schedule");
    assert_eq!(problems.len(), 1);
    assert_eq!(
        problems[0].to_string(),
        "schedule[0].end: `6 am` is not a time of day: write `HH:MM` from 00:00 to 23:59"
    );
}

/// Replicas and the window they come from.
type Bound = Option<(u32, &'static str)>;

#[test]
fn the_highest_open_floor_and_the_lowest_open_ceiling_hold() {
    let with = |name: &str, min, max| ScheduledBound {
        min_replicas: min,
        max_replicas: max,
        ..bound(name, "UTC", ANY_DAY, "00:00", "00:00")
    };
    // (what, bounds, floor, ceiling, reason)
    let table: Vec<(&str, Vec<ScheduledBound>, Bound, Bound, ScheduleReason)> = vec![
        (
            "nothing is bounded without windows",
            vec![],
            None,
            None,
            ScheduleReason::NoWindowOpen,
        ),
        (
            "the highest floor",
            vec![with("a", Some(2), None), with("b", Some(7), None)],
            Some((7, "b")),
            None,
            ScheduleReason::WindowOpen,
        ),
        (
            "the lowest ceiling",
            vec![with("a", None, Some(9)), with("b", None, Some(4))],
            None,
            Some((4, "b")),
            ScheduleReason::WindowOpen,
        ),
        (
            "of equals the first by name",
            vec![with("b", Some(3), Some(3)), with("a", Some(3), Some(3))],
            Some((3, "a")),
            Some((3, "a")),
            ScheduleReason::WindowOpen,
        ),
        (
            "the floor wins over a lower ceiling",
            vec![with("sale", Some(8), None), with("thrift", None, Some(5))],
            Some((8, "sale")),
            Some((8, "thrift")),
            ScheduleReason::FloorAboveCeiling,
        ),
        (
            "a ceiling of zero stops the workload",
            vec![with("off", None, Some(0))],
            None,
            Some((0, "off")),
            ScheduleReason::WindowOpen,
        ),
        (
            "the largest counts fit",
            vec![with("max", Some(u32::MAX), Some(u32::MAX))],
            Some((u32::MAX, "max")),
            Some((u32::MAX, "max")),
            ScheduleReason::WindowOpen,
        ),
    ];
    for (what, bounds, floor, ceiling, reason) in table {
        let answer = evaluate(&bounds, ms("2026-06-01T12:00:00Z"));
        let plain = |b: &Option<spillway_solver::schedule::BoundInForce>| {
            b.as_ref().map(|b| (b.replicas, b.window.clone()))
        };
        let named = |b: Bound| b.map(|(replicas, window)| (replicas, window.to_owned()));
        assert_eq!(plain(&answer.floor), named(floor), "{what}");
        assert_eq!(plain(&answer.ceiling), named(ceiling), "{what}");
        assert_eq!(answer.reason, reason, "{what}");
        assert_eq!(
            answer.next_change_ms, None,
            "{what}: whole days follow each other"
        );
    }
}

#[test]
fn validation_reports_all_problems_at_once_with_their_paths() {
    let mut bad = bound("", "Europe/Berlln", ANY_DAY, "9:00", "24:00");
    bad.days = Some(BTreeSet::new());
    bad.min_replicas = None;
    let mut crossed = bound("twice", "Etc/Unknown", ANY_DAY, "09:00", "10:60");
    crossed.max_replicas = Some(4);
    let problems = validate(
        &[
            bound("twice", "UTC", ANY_DAY, "09:00", "10:00"),
            bad,
            crossed,
        ],
        "spec.schedule",
    );
    let found: Vec<(&str, &WindowProblem)> = problems
        .iter()
        .map(|p| (p.path.as_str(), &p.problem))
        .collect();
    let time = |value: &str| WindowProblem::BadTime {
        value: value.into(),
    };
    let zone = |zone: &str| WindowProblem::UnknownTimeZone { zone: zone.into() };
    assert_eq!(
        found,
        [
            ("spec.schedule[1].name", &WindowProblem::EmptyName),
            ("spec.schedule[1].timeZone", &zone("Europe/Berlln")),
            ("spec.schedule[1].days", &WindowProblem::EmptyDays),
            ("spec.schedule[1].start", &time("9:00")),
            ("spec.schedule[1].end", &time("24:00")),
            ("spec.schedule[1]", &WindowProblem::NoBound),
            (
                "spec.schedule[2].name",
                &WindowProblem::DuplicateName {
                    name: "twice".into()
                }
            ),
            ("spec.schedule[2].timeZone", &zone("Etc/Unknown")),
            ("spec.schedule[2].end", &time("10:60")),
            (
                "spec.schedule[2].minReplicas",
                &WindowProblem::MinAboveMax { min: 5, max: 4 }
            ),
        ]
    );
}

#[test]
fn a_bound_that_cannot_be_read_never_opens_and_is_named_in_the_answer() {
    let bounds = [bound("w", "Mars/Olympus", ANY_DAY, "00:00", "00:00")];
    let answer = evaluate(&bounds, 0);
    assert!(answer.open.is_empty());
    assert_eq!(answer.problems[0].path, "[0].timeZone");
}

#[test]
fn times_must_be_two_digits_colon_two_digits() {
    for text in [
        "",
        ":",
        "9:00",
        "09:0",
        "+9:00",
        "09:00:00",
        "0900",
        "24:00",
        "12:60",
        "１２:00",
        " 9:00",
        "-1:00",
    ] {
        let problems = validate(&[bound("w", "UTC", ANY_DAY, text, "00:00")], "");
        assert_eq!(problems.len(), 1, "`{text}` was accepted");
    }
}

#[test]
fn instants_at_the_ends_of_time_do_not_panic() {
    let zones = [
        "UTC",
        "Europe/Berlin",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
    ];
    for zone in zones {
        let bounds = [bound("w", zone, ANY_DAY, "22:00", "06:00")];
        for at_ms in [
            i64::MIN,
            i64::MIN + 1,
            Timestamp::MIN.as_millisecond(),
            -1,
            0,
            Timestamp::MAX.as_millisecond(),
            i64::MAX - 1,
            i64::MAX,
        ] {
            let answer = evaluate(&bounds, at_ms);
            assert!(
                answer.next_change_ms.is_none_or(|next| next > at_ms),
                "{zone} at {at_ms}"
            );
        }
    }
}

#[test]
fn the_compiled_in_time_zone_data_names_its_release() {
    let version = tzdata_version();
    let (year, letter) = version.split_at(4);
    assert!(
        year.parse::<u16>().is_ok_and(|year| year >= 2026),
        "{version}"
    );
    assert!(
        letter.bytes().all(|byte| byte.is_ascii_lowercase()),
        "{version}"
    );
}

#[test]
fn the_configuration_format_is_strict() {
    let good = r#"{"name":"n","timeZone":"UTC","days":["Monday"],"start":"08:00","end":"18:00","minReplicas":3}"#;
    let bound: ScheduledBound = serde_json::from_str(good).expect("the documented form is read");
    assert_eq!(
        serde_json::to_string(&bound).expect("plain data serialises"),
        good
    );
    let unknown = good.replace("minReplicas", "minimum");
    assert!(serde_json::from_str::<ScheduledBound>(&unknown).is_err());
}
