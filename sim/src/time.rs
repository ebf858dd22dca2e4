//! Simulated time: nanoseconds since the start of the run, as an integer.
//!
//! No clock is read here. Wall-clock time exists only as an origin that a trace states and a report adds.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::decimal::{self, Fault, NANO};

/// A point in simulated time, or a span of it, in nanoseconds since the start of the run.
///
/// Range 0 to 584 years. Integer, because sums of floats depend on their order and a run must be repeatable to the
/// byte.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Nanos(pub u64);

impl Nanos {
    /// The start of the run, or no time at all.
    pub const ZERO: Self = Self(0);
    /// Later than everything that happens.
    pub const MAX: Self = Self(u64::MAX);

    /// Whole seconds; saturates at [`Nanos::MAX`].
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(NANO))
    }

    /// Whole milliseconds; saturates at [`Nanos::MAX`].
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// Seconds from a float, rounded to the nearest nanosecond: negative and NaN give zero, too large gives
    /// [`Nanos::MAX`].
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates as documented"
    )]
    pub fn from_secs_f64(secs: f64) -> Self {
        Self((secs * 1e9).round() as u64)
    }

    /// Seconds as a float, for reports and plots (exact to the nanosecond for the first 104 days).
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a report's figure, never fed back into the run"
    )]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// Whole milliseconds, rounded down.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000_000
    }

    /// `self - earlier`, or zero where `earlier` is later.
    #[must_use]
    pub const fn saturating_sub(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }

    /// `self - earlier`, or `None` where `earlier` is later.
    #[must_use]
    pub const fn checked_sub(self, earlier: Self) -> Option<Self> {
        match self.0.checked_sub(earlier.0) {
            Some(span) => Some(Self(span)),
            None => None,
        }
    }

    /// Milliseconds since 1970 of this point of a run that began at `origin_unix_ms`, rounded down.
    ///
    /// Saturates at the ends of `i64`.
    #[must_use]
    pub const fn to_unix_ms(self, origin_unix_ms: i64) -> i64 {
        origin_unix_ms.saturating_add_unsigned(self.as_millis())
    }
}

impl Add for Nanos {
    type Output = Self;

    /// Saturates: a request that would end after the end of time ends there.
    fn add(self, span: Self) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl AddAssign for Nanos {
    fn add_assign(&mut self, span: Self) {
        *self = *self + span;
    }
}

impl Sub for Nanos {
    type Output = Self;

    /// The span between two points in order.
    ///
    /// # Panics
    ///
    /// In debug builds, where `earlier` is later; use [`Nanos::saturating_sub`] where that can happen.
    fn sub(self, earlier: Self) -> Self {
        Self(self.0 - earlier.0)
    }
}

impl fmt::Display for Nanos {
    /// Decimal seconds without needless zeros: `12.5s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / NANO, self.0 % NANO);
        if fraction == 0 {
            return write!(f, "{whole}s");
        }
        let digits = format!("{fraction:09}");
        write!(f, "{whole}.{}s", digits.trim_end_matches('0'))
    }
}

/// A text that is no span of time that can be simulated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseSpanError {
    /// Not a number and a unit.
    #[error(
        "`{0}` is not a span of time: write a number and a unit (ns, us, ms, s, m, h or d), like 250ms or 1.5h"
    )]
    NoSpan(String),
    /// More than [`Nanos::MAX`].
    #[error("`{0}` is too long: write at most {LONGEST_DAYS}d")]
    TooLong(String),
}

/// Whole days that [`Nanos`] can hold.
const LONGEST_DAYS: u64 = u64::MAX / (86_400 * NANO);

impl FromStr for Nanos {
    type Err = ParseSpanError;

    /// Reads a decimal number with a unit: `250ms`, `1.5h`. A number without a unit is refused, because whether 300
    /// is seconds or milliseconds must not be guessed.
    fn from_str(text: &str) -> Result<Self, ParseSpanError> {
        let refuse = || ParseSpanError::NoSpan(text.to_owned());
        let unit_start = text
            .find(|c: char| c.is_ascii_alphabetic())
            .ok_or_else(refuse)?;
        let (number, unit) = text.split_at(unit_start);
        let unit_nanos: u64 = match unit {
            "ns" => 1,
            "us" => 1_000,
            "ms" => 1_000_000,
            "s" => NANO,
            "m" => 60 * NANO,
            "h" => 3_600 * NANO,
            "d" => 86_400 * NANO,
            _ => return Err(refuse()),
        };
        let too_long = || ParseSpanError::TooLong(text.to_owned());
        let number =
            decimal::parse_nano(number.trim_end().as_bytes()).map_err(|fault| match fault {
                Fault::TooLarge => too_long(),
                _ => refuse(),
            })?;
        let nanos = u128::from(number) * u128::from(unit_nanos) / u128::from(NANO);
        u64::try_from(nanos).map(Self).map_err(|_| too_long())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_with_their_unit_and_written_as_seconds() {
        for (text, shown) in [
            ("250ms", "0.25s"),
            ("1.5h", "5400s"),
            ("15 s", "15s"),
            ("1ns", "0.000000001s"),
            ("2d", "172800s"),
        ] {
            assert_eq!(
                text.parse::<Nanos>().map(|n| n.to_string()),
                Ok(shown.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_span_without_a_known_unit_is_refused() {
        for text in ["300", "", "s", "-1s", "NaNs", "1 week", "1e30d"] {
            assert!(text.parse::<Nanos>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_span_that_is_merely_too_long_is_called_so() {
        for text in ["213504d", "3000000d", "99999999999999999999999999d"] {
            let error = text.parse::<Nanos>().map_err(|error| error.to_string());
            let said = format!("`{text}` is too long: write at most 213503d");
            assert_eq!(error, Err(said));
        }
        assert!("213503d".parse::<Nanos>().is_ok());
    }

    #[test]
    fn simulated_time_becomes_wall_clock_time_by_adding_the_origin() {
        assert_eq!(Nanos(1_999_999).to_unix_ms(-5), -4);
        assert_eq!(Nanos::MAX.to_unix_ms(i64::MAX), i64::MAX);
    }

    #[test]
    fn floats_that_are_no_time_become_zero_or_the_end() {
        assert_eq!(Nanos::from_secs_f64(f64::NAN), Nanos::ZERO);
        assert_eq!(Nanos::from_secs_f64(-1.0), Nanos::ZERO);
        assert_eq!(Nanos::from_secs_f64(f64::INFINITY), Nanos::MAX);
    }
}
