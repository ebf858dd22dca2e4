//! The time column: text to simulated time, with the kind of time fixed by the first row and the order checked.
//!
//! Times without a zone are read as UTC: a trace in local time would have an hour twice each autumn.

mod calendar;

use super::table::RIGHT_POINT;
use crate::decimal::{self, Fault, NANO};
use crate::time::Nanos;
use calendar::{DateCache, fraction_ns, parse_calendar};

/// Decimal times from here on, in seconds, are Unix time (March 1973) and not time since the start of the trace
/// (three years of it). Too low a bound would shift a long trace; too high a one would let a run begin with decades
/// of nothing.
const UNIX_TIME_FROM_SECONDS: u64 = 100_000_000;

/// Units of Unix time: up to which number it is meant, its nanoseconds and its name. Each bound is the year 5138, and
/// in the next smaller unit March 1973.
const UNITS: [(u64, u64, &str); 4] = [
    (100_000_000_000, NANO, "seconds"),
    (100_000_000_000_000, 1_000_000, "milliseconds"),
    (100_000_000_000_000_000, 1_000, "microseconds"),
    (u64::MAX, 1, "nanoseconds"),
];

/// How the first row writes its time; all others must do the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Decimal seconds since the start of the trace.
    Elapsed,
    /// A decimal number since 1970, in the unit of this place in [`UNITS`].
    Unix(usize),
    /// A date and a time of day.
    Calendar,
}

/// Reads the times of one trace, in order.
pub(super) struct Clock {
    start: Option<Start>,
    last_ns: i64,
    dates: DateCache,
}

#[derive(Clone, Copy)]
struct Start {
    kind: Kind,
    /// What simulated time zero is, on the scale of the file.
    origin_ns: i64,
}

/// What is wrong with a time, and what would be right.
pub(super) struct TimeFault {
    pub(super) wrong: String,
    pub(super) right: &'static str,
}

const RIGHT_ANY: &str =
    "write seconds (12.5), or RFC 3339 like 2026-11-16T18:15:46.68Z; without a zone UTC is assumed";
const RIGHT_SECONDS: &str = "write decimal seconds, as the first row does";
const RIGHT_UNIT: &str = "write the time in the unit of the first row";
const RIGHT_CALENDAR: &str =
    "write a date and time, as the first row does, like 2026-11-16T18:15:46.68Z";
const RIGHT_ORDER: &str = "sort the rows by time";

impl Clock {
    pub(super) fn new() -> Self {
        Self {
            start: None,
            last_ns: i64::MIN,
            dates: DateCache::default(),
        }
    }

    /// Milliseconds since 1970 of simulated time zero, where the trace says it.
    pub(super) fn origin_unix_ms(&self) -> Option<i64> {
        let start = self.start.filter(|start| start.kind != Kind::Elapsed)?;
        Some(start.origin_ns.div_euclid(1_000_000))
    }

    /// Time of the row read last; zero before the first.
    pub(super) fn reached(&self) -> Nanos {
        self.start.map_or(Nanos::ZERO, |start| {
            Nanos(self.last_ns.abs_diff(start.origin_ns))
        })
    }

    /// Reads the time of the next row, which must not be earlier than that of the row before.
    pub(super) fn read(&mut self, text: &[u8]) -> Result<Nanos, TimeFault> {
        let (start, ns) = self.instant_since(text)?;
        let last_ns = std::mem::replace(&mut self.last_ns, ns);
        if ns < last_ns {
            let wrong = format!(
                "{} is earlier than the row before",
                super::error::quoted(text)
            );
            return Err(TimeFault {
                wrong,
                right: RIGHT_ORDER,
            });
        }
        Ok(Nanos(ns.abs_diff(start.origin_ns)))
    }

    /// Reads a time that may stand in any order: nanoseconds on the scale of the file.
    pub(super) fn instant(&mut self, text: &[u8]) -> Result<i64, TimeFault> {
        self.instant_since(text).map(|(_, ns)| ns)
    }

    fn instant_since(&mut self, text: &[u8]) -> Result<(Start, i64), TimeFault> {
        let start = match self.start {
            Some(start) => start,
            None => self.begin(text)?,
        };
        self.start = Some(start);
        Ok((start, self.parse(start.kind, text)?))
    }

    /// Whether the times of the file count from 1970 and not from its own beginning.
    pub(super) fn is_wall_clock(&self) -> bool {
        self.start.is_some_and(|start| start.kind != Kind::Elapsed)
    }

    fn begin(&mut self, text: &[u8]) -> Result<Start, TimeFault> {
        let kind = if text.get(4) == Some(&b'-') && text[0].is_ascii_digit() {
            Kind::Calendar
        } else {
            unix_unit(text).map_or(Kind::Elapsed, Kind::Unix)
        };
        let ns = self.parse(kind, text).map_err(|fault| {
            if text.iter().any(|byte| matches!(byte, b'/' | b':')) {
                let wrong = format!("{} is no time that is read", super::error::quoted(text));
                return TimeFault {
                    wrong,
                    right: RIGHT_ANY,
                };
            }
            match fault.right {
                RIGHT_POINT => fault,
                _ => TimeFault {
                    right: RIGHT_ANY,
                    ..fault
                },
            }
        })?;
        // Whole milliseconds, so that wall-clock milliseconds are origin plus elapsed without a remainder.
        let origin_ns = if kind == Kind::Elapsed {
            0
        } else {
            ns - ns.rem_euclid(1_000_000)
        };
        Ok(Start { kind, origin_ns })
    }

    fn parse(&mut self, kind: Kind, text: &[u8]) -> Result<i64, TimeFault> {
        if kind == Kind::Calendar {
            return parse_calendar(text, &mut self.dates).ok_or_else(|| TimeFault {
                wrong: format!(
                    "{} is not a date and time of the years 1900 to 2200",
                    super::error::quoted(text)
                ),
                right: RIGHT_CALENDAR,
            });
        }
        let parsed = match kind {
            // Numbers of smaller units are too large for the parser of seconds.
            Kind::Unix(unit) if unit > 0 => parse_units(text, UNITS[unit].1),
            _ => decimal::parse_nano(text),
        };
        parsed
            .and_then(|ns| i64::try_from(ns).map_err(|_| Fault::TooLarge))
            .map_err(|fault| {
                let text_quoted = super::error::quoted(text);
                if text.contains(&b',') {
                    let wrong = format!("{text_quoted} has a comma");
                    return TimeFault {
                        wrong,
                        right: RIGHT_POINT,
                    };
                }
                let right = if matches!(kind, Kind::Unix(1..)) {
                    RIGHT_UNIT
                } else {
                    RIGHT_SECONDS
                };
                TimeFault {
                    wrong: format!("{text_quoted} {fault}"),
                    right,
                }
            })
    }

    /// What a reader of a report must know of the times: a unit that nobody named.
    pub(super) fn remark(&self) -> Option<String> {
        match self.start?.kind {
            Kind::Unix(unit) if unit > 0 => {
                let name = UNITS[unit].2;
                Some(format!(
                    "the times are {name} since 1970, as their size tells"
                ))
            }
            _ => None,
        }
    }
}

/// The unit of a number that is Unix time by its size.
fn unix_unit(text: &[u8]) -> Option<usize> {
    if let Ok(ns) = decimal::parse_nano(text) {
        return (ns / NANO >= UNIX_TIME_FROM_SECONDS).then_some(0);
    }
    let whole: u64 = std::str::from_utf8(text)
        .ok()?
        .split('.')
        .next()?
        .parse()
        .ok()?;
    UNITS.iter().position(|(below, ..)| whole < *below)
}

/// A decimal number of units of `unit_ns` nanoseconds.
fn parse_units(text: &[u8], unit_ns: u64) -> Result<u64, Fault> {
    let text = std::str::from_utf8(text).map_err(|_| Fault::NotANumber)?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if text.is_empty() {
        return Err(Fault::Empty);
    }
    if !digits(whole) || !digits(fraction) {
        return Err(Fault::NotANumber);
    }
    let whole: u64 = whole.parse().map_err(|_| Fault::TooLarge)?;
    let fraction_nano = fraction_ns(fraction.as_bytes()).ok_or(Fault::NotANumber)?;
    let fraction_ns = fraction_nano.unsigned_abs() * unit_ns / NANO;
    let ns = whole.checked_mul(unit_ns).ok_or(Fault::TooLarge)?;
    ns.checked_add(fraction_ns).ok_or(Fault::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elapsed_time_counts_from_zero_and_all_other_time_from_the_first_row() {
        let read = |texts: [&str; 2]| {
            let mut clock = Clock::new();
            let times = texts.map(|text| clock.read(text.as_bytes()).map(|t| t.0).ok());
            (times, clock.origin_unix_ms())
        };
        assert_eq!(
            read(["3", "4.5"]),
            ([Some(3 * NANO), Some(4_500_000_000)], None)
        );
        let unix = 1_700_000_000_000;
        assert_eq!(
            read(["1700000000.0005", "1700000001"]),
            ([Some(500_000), Some(NANO)], Some(unix))
        );
        assert_eq!(
            read(["2023-11-14T22:13:20Z", "2023-11-14T22:13:21Z"]),
            ([Some(0), Some(NANO)], Some(unix))
        );
    }

    #[test]
    fn the_size_of_a_number_since_1970_tells_its_unit_which_is_remarked() {
        for (first, second, unit) in [
            ("1700000000", "1700000001.5", None),
            ("1700000000000", "1700000001500", Some("milliseconds")),
            ("1700000000000.0", "1700000001500.0", Some("milliseconds")),
            ("1700000000000000", "1700000001500000", Some("microseconds")),
            (
                "1700000000000000000",
                "1700000001500000000",
                Some("nanoseconds"),
            ),
        ] {
            let mut clock = Clock::new();
            let read = [first, second].map(|text| clock.read(text.as_bytes()).ok());
            assert_eq!(
                read,
                [Some(Nanos::ZERO), Some(Nanos(1_500_000_000))],
                "{first}"
            );
            assert_eq!(clock.origin_unix_ms(), Some(1_700_000_000_000), "{first}");
            let remark = clock.remark();
            let named = unit.is_none_or(|unit| remark.as_deref().is_some_and(|r| r.contains(unit)));
            assert!(named && remark.is_some() == unit.is_some(), "{remark:?}");
        }
        // A number of the first row's unit may have a fraction, and no other form.
        let mut clock = Clock::new();
        assert!(
            clock
                .read(b"1700000000000.25")
                .is_ok_and(|at| at == Nanos(250_000))
        );
        for wrong in [
            "",
            "1.7e12",
            "-1700000000001",
            "1700000000001.",
            "99999999999999999999",
        ] {
            assert!(clock.read(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_second_kind_of_time_and_time_going_backwards_are_refused() {
        for (first, second) in [
            ("3", "2023-11-14T22:13:20Z"),
            ("2023-11-14", "3"),
            ("3", "2.9"),
        ] {
            let mut clock = Clock::new();
            assert!(clock.read(first.as_bytes()).is_ok());
            assert!(
                clock.read(second.as_bytes()).is_err(),
                "{first} then {second}"
            );
        }
    }
}
