//! Scheduled floors and ceilings, through the public interface: tables for the rules, and a
//! reference that reads the zone's clock minute by minute through weeks with a clock change.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use proptest::prelude::*;
use spillway_solver::schedule::{
    ScheduleReason, ScheduledBound, Weekday, WindowProblem, evaluate, tzdata_version, validate,
};

const MINUTE_MS: i64 = 60_000;
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

#[test]
fn a_window_opens_and_closes_at_the_instants_its_zone_names() {
    use Weekday::{Friday, Saturday, Sunday};
    // (what, zone, days, start, end, first instant open, first instant closed again)
    let table: &[(&str, &str, &[Weekday], &str, &str, &str, &str)] = &[
        (
            "a plain day window",
            "Asia/Tokyo",
            ANY_DAY,
            "09:00",
            "18:00",
            "2026-03-10T00:00:00Z",
            "2026-03-10T09:00:00Z",
        ),
        (
            "a window over midnight belongs to the day it starts on",
            "Asia/Tokyo",
            &[Friday],
            "22:00",
            "06:00",
            "2026-03-13T13:00:00Z",
            "2026-03-13T21:00:00Z",
        ),
        (
            "equal start and end is a whole day",
            "UTC",
            &[Sunday],
            "00:00",
            "00:00",
            "2026-03-15T00:00:00Z",
            "2026-03-16T00:00:00Z",
        ),
        (
            "a whole day may start at any time",
            "UTC",
            &[Sunday],
            "06:30",
            "06:30",
            "2026-03-15T06:30:00Z",
            "2026-03-16T06:30:00Z",
        ),
        (
            "end at midnight is the end of the day",
            "UTC",
            &[Sunday],
            "20:00",
            "00:00",
            "2026-03-15T20:00:00Z",
            "2026-03-16T00:00:00Z",
        ),
        (
            "Berlin: a start that the spring jumps over stands for the gap's end",
            "Europe/Berlin",
            &[Sunday],
            "02:30",
            "04:00",
            "2026-03-29T01:00:00Z",
            "2026-03-29T02:00:00Z",
        ),
        (
            "Berlin: an end that the spring jumps over stands for the gap's end",
            "Europe/Berlin",
            &[Sunday],
            "01:00",
            "02:30",
            "2026-03-29T00:00:00Z",
            "2026-03-29T01:00:00Z",
        ),
        (
            "Berlin: a night over the spring jump is one hour shorter",
            "Europe/Berlin",
            &[Saturday],
            "22:00",
            "06:00",
            "2026-03-28T21:00:00Z",
            "2026-03-29T04:00:00Z",
        ),
        (
            "Berlin: from the first 02:30 to the last 02:45 of autumn",
            "Europe/Berlin",
            &[Sunday],
            "02:30",
            "02:45",
            "2026-10-25T00:30:00Z",
            "2026-10-25T01:45:00Z",
        ),
        (
            "Berlin: an end on the repeated hour's first minute waits for the last one",
            "Europe/Berlin",
            &[Sunday],
            "01:00",
            "02:00",
            "2026-10-24T23:00:00Z",
            "2026-10-25T01:00:00Z",
        ),
        (
            "Berlin: a night over the autumn change is one hour longer",
            "Europe/Berlin",
            &[Saturday],
            "22:00",
            "06:00",
            "2026-10-24T20:00:00Z",
            "2026-10-25T05:00:00Z",
        ),
        (
            "New York: a start in the spring gap",
            "America/New_York",
            &[Sunday],
            "02:15",
            "05:00",
            "2026-03-08T07:00:00Z",
            "2026-03-08T09:00:00Z",
        ),
        (
            "New York: the repeated hour counts twice",
            "America/New_York",
            &[Sunday],
            "01:00",
            "02:00",
            "2026-11-01T05:00:00Z",
            "2026-11-01T07:00:00Z",
        ),
        (
            "Lord Howe: a start in the half-hour gap",
            "Australia/Lord_Howe",
            &[Sunday],
            "02:10",
            "04:00",
            "2026-10-03T15:30:00Z",
            "2026-10-03T17:00:00Z",
        ),
        (
            "Lord Howe: the repeated half-hour counts twice",
            "Australia/Lord_Howe",
            &[Sunday],
            "01:40",
            "01:50",
            "2026-04-04T14:40:00Z",
            "2026-04-04T15:20:00Z",
        ),
        (
            "Tokyo keeps its length when Europe changes",
            "Asia/Tokyo",
            &[Saturday],
            "22:00",
            "06:00",
            "2026-03-28T13:00:00Z",
            "2026-03-28T21:00:00Z",
        ),
        (
            "Apia: a night that starts on the day that was left out",
            "Pacific/Apia",
            &[Friday],
            "22:00",
            "06:00",
            "2011-12-30T10:00:00Z",
            "2011-12-30T16:00:00Z",
        ),
    ];
    for (what, zone, days, start, end, opens, closes) in table {
        let bounds = [bound("w", zone, days, start, end)];
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

/// The zone's clock, minute by minute.
struct Clock {
    from_ms: i64,
    shows: Vec<DateTime>,
}

impl Clock {
    fn read(zone: &TimeZone, from_ms: i64, minutes: i64) -> Self {
        let at = |minute: i64| {
            let at = Timestamp::from_millisecond(from_ms + minute * MINUTE_MS);
            zone.to_datetime(at.expect("the weeks under test are in range"))
        };
        Self {
            from_ms,
            shows: (0..minutes).map(at).collect(),
        }
    }

    /// Minutes at which the window is open, by the wording of the rules.
    fn open_minutes(&self, bound: &ScheduledBound) -> Vec<bool> {
        let mut open = vec![false; self.shows.len()];
        let days: BTreeSet<_> = self.shows.iter().map(|shown| shown.date()).collect();
        let first = days
            .first()
            .expect("not empty")
            .yesterday()
            .expect("in range");
        // A day that the zone leaves out is no day of `shows`, and starts a window all the same.
        for day in first
            .series(jiff::Span::new().days(1))
            .take_while(|d| d <= days.last().expect("not empty"))
        {
            if bound
                .days
                .as_ref()
                .is_some_and(|days| !days.contains(&day.weekday().into()))
            {
                continue;
            }
            let time = |text: &str| text.parse::<jiff::civil::Time>().expect("HH:MM");
            let start = day.to_datetime(time(&bound.start));
            let end_day = if bound.end > bound.start {
                day
            } else {
                day.tomorrow().expect("in range")
            };
            let end = end_day.to_datetime(time(&bound.end));
            let len = self.shows.len();
            let from = self
                .shows
                .iter()
                .position(|shown| *shown >= start)
                .unwrap_or(len);
            let to = self
                .shows
                .iter()
                .rposition(|shown| *shown == end)
                .unwrap_or_else(|| {
                    self.shows
                        .iter()
                        .position(|shown| *shown >= end)
                        .unwrap_or(len)
                });
            if from < to {
                open[from..to].fill(true);
            }
        }
        open
    }
}

/// Compares each minute of the eight days from `around` minus four days; the reference reads two
/// more days before and after, so that windows across the edges are whole.
fn agrees_with_the_clock(bounds: &[ScheduledBound], zone: &str, around: &str, step: usize) {
    const DAY: i64 = 24 * 60;
    let tz = TimeZoneDatabase::bundled()
        .get(zone)
        .expect("a zone of the table");
    let clock = Clock::read(&tz, ms(around) - 6 * DAY * MINUTE_MS, 12 * DAY);
    let open: Vec<Vec<bool>> = bounds
        .iter()
        .map(|bound| clock.open_minutes(bound))
        .collect();
    let names_at = |minute: usize| -> BTreeSet<String> {
        bounds
            .iter()
            .zip(&open)
            .filter(|(_, open)| open[minute])
            .map(|(b, _)| b.name.clone())
            .collect()
    };
    let last = 10 * 24 * 60;
    let mut next_change = None;
    let mut later = names_at(last);
    for minute in (2 * 24 * 60..last).rev() {
        let names = names_at(minute);
        let offset =
            |minute: usize| clock.from_ms + i64::try_from(minute).expect("small") * MINUTE_MS;
        if names != later {
            next_change = Some(offset(minute + 1));
        }
        later.clone_from(&names);
        if minute % step != 0 {
            continue;
        }
        let answer = evaluate(bounds, offset(minute));
        let shown = clock.shows[minute];
        assert_eq!(answer.open, names, "{zone} {shown} {bounds:?}");
        match next_change {
            Some(expected) => assert_eq!(
                answer.next_change_ms,
                Some(expected),
                "{zone} {shown} {bounds:?}"
            ),
            None => assert!(
                answer
                    .next_change_ms
                    .is_none_or(|next| next >= offset(last)),
                "{zone} {shown}"
            ),
        }
    }
}

const CHANGES: &[(&str, &str)] = &[
    ("Europe/Berlin", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-10-25T01:00:00Z"),
    ("America/New_York", "2026-03-08T07:00:00Z"),
    ("America/New_York", "2026-11-01T06:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
    ("Asia/Tokyo", "2026-03-29T01:00:00Z"),
    ("Africa/Cairo", "2026-04-23T22:00:00Z"),
    ("America/Santiago", "2026-04-05T03:00:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
];

#[test]
fn every_minute_of_a_week_with_a_clock_change_agrees_with_the_zone_s_own_clock() {
    use Weekday::{Friday, Monday, Saturday, Sunday};
    for (zone, around) in CHANGES {
        let bounds = [
            bound("office", zone, &[Monday, Friday], "08:00", "18:00"),
            bound("night", zone, &[Saturday], "22:00", "06:00"),
            bound("inside the hour", zone, &[Sunday], "02:10", "02:50"),
            bound("from midnight", zone, &[Friday, Saturday], "00:00", "01:30"),
            bound("whole day", zone, &[Sunday], "02:30", "02:30"),
        ];
        agrees_with_the_clock(&bounds, zone, around, 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_windows_agree_with_the_zone_s_own_clock(
        change in prop::sample::select(CHANGES),
        windows in prop::collection::vec((0..24u8, 0..60u8, 0..24u8, 0..60u8, 0..128u8), 1..4),
    ) {
        let all = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday,
            Weekday::Friday, Weekday::Saturday, Weekday::Sunday];
        let bounds: Vec<ScheduledBound> = windows.iter().enumerate().map(|(i, (h, m, h2, m2, mask))| {
            // An empty mask leaves the field out: every day.
            let days: Vec<_> = all.iter().copied().enumerate()
                .filter(|(bit, _)| mask >> bit & 1 == 1).map(|(_, day)| day).collect();
            bound(&format!("w{i}"), change.0, &days, &format!("{h:02}:{m:02}"), &format!("{h2:02}:{m2:02}"))
        }).collect();
        agrees_with_the_clock(&bounds, change.0, change.1, 7);
    }

    #[test]
    fn the_order_of_the_bounds_changes_nothing(
        at in 1_700_000_000_000..1_900_000_000_000i64,
        bounds in prop::collection::vec((0..24u8, 0..24u8, 0..9u32, 0..9u32), 1..5).prop_map(|windows| {
            windows.iter().enumerate().map(|(i, (start, end, min, max))| ScheduledBound {
                min_replicas: Some(*min),
                max_replicas: Some(*max),
                ..bound(&format!("w{i}"), "Europe/Berlin", &[], &format!("{start:02}:00"), &format!("{end:02}:00"))
            }).collect::<Vec<_>>()
        }),
    ) {
        let mut reversed = bounds.clone();
        reversed.reverse();
        let (one, other) = (evaluate(&bounds, at), evaluate(&reversed, at));
        prop_assert_eq!((one.open, one.floor, one.ceiling, one.next_change_ms),
            (other.open, other.floor, other.ceiling, other.next_change_ms));
    }
}
