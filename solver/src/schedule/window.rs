//! A window that recurs weekly, and the spans of time in which it is open.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span as Days, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::WindowProblem;
use super::zone::{Occurrence, instant, zone};

/// A day of the week.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl From<jiff::civil::Weekday> for Weekday {
    fn from(day: jiff::civil::Weekday) -> Self {
        match day {
            jiff::civil::Weekday::Monday => Self::Monday,
            jiff::civil::Weekday::Tuesday => Self::Tuesday,
            jiff::civil::Weekday::Wednesday => Self::Wednesday,
            jiff::civil::Weekday::Thursday => Self::Thursday,
            jiff::civil::Weekday::Friday => Self::Friday,
            jiff::civil::Weekday::Saturday => Self::Saturday,
            jiff::civil::Weekday::Sunday => Self::Sunday,
        }
    }
}

/// The window of a configured entry, as written.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// IANA name of the zone.
    pub time_zone: &'a str,
    /// Days on which it starts; `None` is every day.
    pub days: Option<&'a BTreeSet<Weekday>>,
    /// `HH:MM`.
    pub start: &'a str,
    /// `HH:MM`; at or before `start` it lies on the next day.
    pub end: &'a str,
}

/// A [`Window`] that has been read.
pub(crate) struct OpenDays<'a> {
    zone: TimeZone,
    days: Option<&'a BTreeSet<Weekday>>,
    start: Time,
    end: Time,
}

/// One opening of a window: from `start_ms` up to, not including, `end_ms` (Unix milliseconds).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) start_ms: i64,
    pub(crate) end_ms: i64,
}

impl Span {
    pub(crate) fn contains(self, at_ms: i64) -> bool {
        self.start_ms <= at_ms && at_ms < self.end_ms
    }
}

/// Days before today whose window may still be open: one for windows over midnight, one more for
/// clocks that skip or repeat a whole day. With fewer, such a window is taken for closed.
const DAYS_BACK: i32 = 2;
impl<'a> OpenDays<'a> {
    /// Reads the window, or names everything that is wrong with it with the field's suffix
    /// (`.timeZone`).
    pub(crate) fn parse(window: &Window<'a>) -> Result<Self, Vec<(&'static str, WindowProblem)>> {
        let zone = zone(window.time_zone);
        let start = time_of_day(window.start);
        let end = time_of_day(window.end);
        let no_days = window.days.is_some_and(BTreeSet::is_empty);
        if let (Some(zone), Some(start), Some(end), false) = (&zone, start, end, no_days) {
            return Ok(Self {
                zone: zone.clone(),
                days: window.days,
                start,
                end,
            });
        }
        let mut problems = Vec::new();
        if zone.is_none() {
            let zone = window.time_zone.to_owned();
            problems.push((".timeZone", WindowProblem::UnknownTimeZone { zone }));
        }
        if no_days {
            problems.push((".days", WindowProblem::EmptyDays));
        }
        for (field, time, value) in [(".start", start, window.start), (".end", end, window.end)] {
            if time.is_none() {
                problems.push((
                    field,
                    WindowProblem::BadTime {
                        value: value.to_owned(),
                    },
                ));
            }
        }
        Err(problems)
    }

    /// Whether the window is open at that instant.
    pub(crate) fn is_open(&self, now_ms: i64) -> bool {
        self.spans(now_ms, 0).any(|span| span.contains(now_ms))
    }

    /// The openings around an instant: those that may still be open, and all that begin within so
    /// many days after it.
    pub(crate) fn spans(&self, now_ms: i64, days_ahead: i32) -> impl Iterator<Item = Span> {
        let today = self.zone.to_datetime(nearest_timestamp(now_ms)).date();
        // Two days more: days of 23 hours bring one forward, and a zone may leave out a whole one.
        (-DAYS_BACK..=days_ahead + 2)
            .filter_map(move |days| today.checked_add(Days::new().days(days)).ok())
            .filter(|day| {
                self.days
                    .is_none_or(|days| days.contains(&day.weekday().into()))
            })
            .filter_map(|day| self.span_of(day))
    }

    fn span_of(&self, day: Date) -> Option<Span> {
        let last_day = if self.end > self.start {
            day
        } else {
            day.tomorrow().ok()?
        };
        let start = instant(&self.zone, day.to_datetime(self.start), Occurrence::First)?;
        let end = instant(&self.zone, last_day.to_datetime(self.end), Occurrence::Last)?;
        let span = Span {
            start_ms: start.as_millisecond(),
            end_ms: end.as_millisecond(),
        };
        (span.start_ms < span.end_ms).then_some(span)
    }
}

/// The instant itself, or the end of the calendar's range that is nearer.
fn nearest_timestamp(at_ms: i64) -> Timestamp {
    let limit = if at_ms < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_millisecond(at_ms).unwrap_or(limit)
}

/// Strictly `HH:MM`, so that `9:00`, `24:00` or `09:00:30` are told apart from times meant so.
fn time_of_day(text: &str) -> Option<Time> {
    let two_digits = |text: &str| {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<i8>().ok())?
    };
    let (hour, minute) = text.split_once(':')?;
    Time::new(two_digits(hour)?, two_digits(minute)?, 0, 0).ok()
}
