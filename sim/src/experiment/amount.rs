//! A value as people write it, with the unit of its figure.

use crate::figures::Unit;
use crate::time::Nanos;

/// A text that is no value of its figure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no value of it: write {right}")]
pub struct AmountError {
    text: String,
    right: &'static str,
}

impl Unit {
    /// Reads a value: `6 USD` or `6`, `0.5 %` or `0.5`, `250ms`, `12`. A span needs its unit, because whether 300 is
    /// seconds or milliseconds must not be guessed.
    ///
    /// # Errors
    ///
    /// Where it is no such value; says what would be.
    pub fn read(self, text: &str) -> Result<f64, AmountError> {
        let refuse = || AmountError {
            text: text.to_owned(),
            right: match self {
                Self::Usd => "US dollars, like 6 USD",
                Self::Percent => "a percentage, like 0.5%",
                Self::Seconds => "a span with its unit, like 250ms or 1.5h",
                Self::Count => "a number, like 12",
            },
        };
        let (sign, size) = match text.trim().strip_prefix(['+', '-']) {
            Some(size) if text.trim().starts_with('-') => (-1.0, size),
            Some(size) => (1.0, size),
            None => (1.0, text.trim()),
        };
        let size = match self {
            Self::Usd => number(size.strip_suffix("USD").unwrap_or(size)),
            Self::Percent => number(size.strip_suffix('%').unwrap_or(size)),
            Self::Seconds => size.parse().ok().map(Nanos::as_secs_f64),
            Self::Count => number(size),
        };
        size.map(|size| sign * size).ok_or_else(refuse)
    }
}

/// A finite number without a sign.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let number = text
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())?;
    plain.then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_with_the_unit_of_its_figure_and_no_other() {
        for (unit, text, value) in [
            (Unit::Usd, "6 USD", Some(6.0)),
            (Unit::Usd, "+0.5", Some(0.5)),
            (Unit::Usd, "6 EUR", None),
            (Unit::Percent, "5%", Some(5.0)),
            (Unit::Percent, "-5 %", Some(-5.0)),
            (Unit::Seconds, "250ms", Some(0.25)),
            (Unit::Seconds, "-2m", Some(-120.0)),
            (Unit::Seconds, "250", None),
            (Unit::Count, "12", Some(12.0)),
            (Unit::Count, "12%", None),
            (Unit::Count, "nan", None),
            (Unit::Count, "--1", None),
            (Unit::Count, "1e999", None),
            (Unit::Count, "", None),
        ] {
            assert_eq!(unit.read(text).ok(), value, "{text:?}");
        }
        let refused = Unit::Seconds.read("250").expect_err("no unit");
        assert!(refused.to_string().contains("like 250ms"), "{refused}");
    }
}
