//! Money in US dollars, exactly.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::TextError;

/// US dollars as a decimal string: `0.192`. A string, because a YAML number would become a
/// float on the way through the API server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Usd(pub String);

/// Digits after the point: a millionth of a dollar is what the core counts in.
const FRACTION_DIGITS: usize = 6;

/// Digits before the point: a billion dollars, far from the end of 64 bits.
const WHOLE_DIGITS: usize = 9;

impl Usd {
    /// Millionths of a dollar.
    ///
    /// # Errors
    /// The text is no unsigned decimal, has more than 6 decimal places, or is a billion or more.
    pub fn micro(&self) -> Result<i64, TextError> {
        let bad = || TextError::NotMoney(self.0.clone());
        let large = || TextError::TooLarge(self.0.clone(), 999_999_999);
        let (whole, fraction) = match self.0.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(bad()),
            None => (self.0.as_str(), ""),
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) {
            return Err(bad());
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > FRACTION_DIGITS {
            return Err(TextError::TooFine(self.0.clone()));
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() > WHOLE_DIGITS {
            return Err(large());
        }
        format!("0{whole}{fraction:0<FRACTION_DIGITS$}")
            .parse()
            .map_err(|_| large())
    }

    /// The text of that many millionths of a dollar, without trailing zeros; a negative amount
    /// keeps its sign, though it is no text that [`Usd::micro`] reads.
    #[must_use]
    pub fn from_micro(micro: i64) -> Self {
        let sign = if micro < 0 { "-" } else { "" };
        let micro = micro.unsigned_abs();
        let (whole, fraction) = (micro / 1_000_000, micro % 1_000_000);
        let text = format!("{sign}{whole}.{fraction:06}");
        Self(text.trim_end_matches('0').trim_end_matches('.').to_owned())
    }
}

impl From<&str> for Usd {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl JsonSchema for Usd {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Usd".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "maxLength": 16,
            "pattern": r"^[0-9]{1,9}(\.[0-9]{1,6})?$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_become_millionths_exactly() {
        for (text, expected) in [
            ("0", 0),
            ("0.192", 192_000),
            ("1", 1_000_000),
            ("0.000001", 1),
            ("0.1000000000", 100_000),
            ("999999999.999999", 999_999_999_999_999),
            ("00012.5", 12_500_000),
        ] {
            assert_eq!(Usd::from(text).micro(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "", ".", "1.", ".5", "-1", "+1", "1e3", "$1", "1 USD", "1,5", "1.2.3", "NaN", "٣",
        ] {
            assert!(
                matches!(Usd::from(text).micro(), Err(TextError::NotMoney(_))),
                "{text}"
            );
        }
        assert!(matches!(
            Usd::from("0.0000001").micro(),
            Err(TextError::TooFine(_))
        ));
        assert!(matches!(
            Usd::from("1000000000").micro(),
            Err(TextError::TooLarge(..))
        ));
    }

    #[test]
    fn millionths_are_written_as_they_are_read() {
        for micro in [0, 1, 192_000, 1_000_000, 12_345_678, 10_000_000] {
            assert_eq!(Usd::from_micro(micro).micro(), Ok(micro));
        }
        assert_eq!(Usd::from_micro(-1_500_000).0, "-1.5");
        assert_eq!(Usd::from_micro(i64::MIN).0, "-9223372036854.775808");
    }
}
