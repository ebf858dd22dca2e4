//! A reference that reads the zone's clock minute by minute through weeks with a clock change.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use proptest::prelude::*;
use spillway_solver::schedule::{ScheduledBound, Weekday, evaluate};

use super::{bound, ms};

const MINUTE_MS: i64 = 60_000;

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
