//! A positive factor by which the load or the time of a trace is multiplied, in fixed point.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::decimal::{self, NANO};
use crate::time::Nanos;

/// A factor above zero, in billionths, up to 18,446,744,073.
///
/// Fixed point rather than a float, so that scaling a trace is exact and the same on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factor(u64);

impl Factor {
    /// Leaves everything as it is.
    pub const ONE: Self = Self(NANO);

    /// The factor in billionths.
    #[must_use]
    pub const fn nano(self) -> u64 {
        self.0
    }

    /// A time or span multiplied by the factor, rounded down; saturates at [`Nanos::MAX`].
    #[must_use]
    pub fn apply(self, time: Nanos) -> Nanos {
        if self == Self::ONE {
            return time;
        }
        Nanos(u64::try_from(self.times(time.0)).unwrap_or(u64::MAX))
    }

    /// `value * factor`, rounded down.
    pub(super) fn times(self, value: u64) -> u128 {
        u128::from(value) * u128::from(self.0) / u128::from(NANO)
    }
}

/// A text that is not a factor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a factor: write a decimal number above 0, like 0.5 or 3")]
pub struct ParseFactorError(String);

impl FromStr for Factor {
    type Err = ParseFactorError;

    fn from_str(text: &str) -> Result<Self, ParseFactorError> {
        match decimal::parse_nano(text.as_bytes()) {
            Ok(nano) if nano > 0 => Ok(Self(nano)),
            _ => Err(ParseFactorError(text.to_owned())),
        }
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:09}", self.0 / NANO, self.0 % NANO);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Serialize for Factor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_is_a_positive_decimal() {
        for (text, expected) in [
            ("0.5", Some(NANO / 2)),
            ("3", Some(3 * NANO)),
            ("0", None),
            ("-1", None),
            ("NaN", None),
        ] {
            assert_eq!(text.parse().ok(), expected.map(Factor), "{text}");
        }
        assert_eq!(
            "0.250".parse::<Factor>().map(|f| f.to_string()),
            Ok("0.25".to_owned())
        );
        assert_eq!(
            "20".parse::<Factor>().map(|f| f.to_string()),
            Ok("20".to_owned())
        );
    }
}
