//! Spans of time with a required unit.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use spillway_solver::units::Millis;

use super::TextError;

/// A span of time as written: whole numbers with units from large to small, each at most once:
/// `30s`, `5m`, `1h30m`, `250ms`. A number without a unit is refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeSpan(pub String);

/// Units from large to small, in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Longest span, a hundred years: beyond it instants computed from it leave the calendar.
const MAX_MS: u64 = 100 * 366 * 86_400_000;

impl TimeSpan {
    /// The span in milliseconds.
    ///
    /// # Errors
    /// A unit is missing, the text is no span, or it is longer than a hundred years.
    pub fn millis(&self) -> Result<Millis, TextError> {
        let bad = || TextError::NotATimeSpan(self.0.clone());
        let large =
            || TextError::TooLarge(self.0.clone(), i64::try_from(MAX_MS).unwrap_or(i64::MAX));
        if !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(TextError::NoUnit(self.0.clone()));
        }
        let mut rest = self.0.as_str();
        let mut units = UNITS.iter();
        let mut total_ms: u64 = 0;
        while !rest.is_empty() {
            let number_end = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
            let (number, tail) = rest.split_at(number_end);
            let unit_end = tail
                .find(|c: char| c.is_ascii_digit())
                .unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(unit_end);
            if number.is_empty() {
                return Err(bad());
            }
            let (_, unit_ms) = units.find(|(name, _)| *name == unit).ok_or_else(bad)?;
            let number: u64 = number.parse().map_err(|_| large())?;
            total_ms = number
                .checked_mul(*unit_ms)
                .and_then(|ms| total_ms.checked_add(ms))
                .filter(|ms| *ms <= MAX_MS)
                .ok_or_else(large)?;
            rest = tail;
        }
        if self.0.is_empty() {
            return Err(bad());
        }
        Ok(Millis(total_ms))
    }
}

impl From<&str> for TimeSpan {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl JsonSchema for TimeSpan {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "TimeSpan".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 2,
            "maxLength": 32,
            "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_sums_of_whole_units() {
        for (text, expected) in [
            ("0s", 0),
            ("30s", 30_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("250ms", 250),
            ("1m5ms", 60_005),
            ("2d", 172_800_000),
            ("1d2h3m4s5ms", 93_784_005),
            ("90m", 5_400_000),
            ("007s", 7_000),
        ] {
            assert_eq!(
                TimeSpan::from(text).millis(),
                Ok(Millis(expected)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_bare_number_is_told_to_take_a_unit() {
        let problem = TimeSpan::from("30").millis().expect_err("no unit");
        assert_eq!(
            problem.to_string(),
            "`30` has no unit: write \"30s\" for seconds or \"30m\" for minutes"
        );
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in [
            "", "s", "5", "1.5h", "-5s", "5 s", "5s ", "1m1h", "1s1s", "5min", "1h30", "٣s", "5S",
            "5µs", "1e3s",
        ] {
            assert!(TimeSpan::from(text).millis().is_err(), "{text}");
        }
        for text in ["99999999999999999999s", "36601d", "18446744073709551615ms"] {
            assert!(
                matches!(TimeSpan::from(text).millis(), Err(TextError::TooLarge(..))),
                "{text}"
            );
        }
    }
}
