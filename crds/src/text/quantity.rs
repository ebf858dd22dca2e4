//! Kubernetes quantities, exactly: decimal and binary suffixes, exponents, fractions.
//!
//! Grammar as in `k8s.io/apimachinery` `resource.Quantity`; where a value is finer than what is
//! asked for, it is rounded up, as `MilliValue` and `Value` do there.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::TextError;

/// A Kubernetes quantity as written: `500m`, `2Gi`, `1e3`, or a whole number without quotes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Quantity(pub String);

/// Longer texts are refused; every quantity that fits the core's integers is shorter.
const MAX_LENGTH: usize = 64;

/// Powers of ten above this do not fit 128 bits.
const MAX_POWER_OF_TEN: u32 = 38;

impl Quantity {
    /// The value in thousandths, rounded up.
    ///
    /// # Errors
    /// The text is no quantity, or the value is outside `i64`.
    pub fn milli(&self) -> Result<i64, TextError> {
        let value = self.scaled(3)?;
        i64::try_from(value).map_err(|_| TextError::TooLarge(self.0.clone(), i64::MAX / 1000))
    }

    /// The value in whole units (bytes, devices), zero or more, rounded up.
    ///
    /// # Errors
    /// The text is no quantity, or the value is below zero or above `i64::MAX`.
    pub fn units(&self) -> Result<u64, TextError> {
        let value = self.scaled(0)?;
        let value =
            i64::try_from(value).map_err(|_| TextError::TooLarge(self.0.clone(), i64::MAX))?;
        u64::try_from(value).map_err(|_| TextError::Negative(self.0.clone()))
    }

    /// The value in whole units where a fraction makes no sense.
    ///
    /// # Errors
    /// As [`Quantity::units`], and when the value has a fraction.
    pub fn whole(&self) -> Result<u64, TextError> {
        let units = self.units()?;
        if self.scaled(9)? == i128::from(units) * 1_000_000_000 {
            Ok(units)
        } else {
            Err(TextError::NotWhole(self.0.clone()))
        }
    }

    /// The value times `10^digits`, rounded up.
    fn scaled(&self, digits: i32) -> Result<i128, TextError> {
        let bad = || TextError::NotAQuantity(self.0.clone());
        let large = || TextError::TooLarge(self.0.clone(), i64::MAX);
        if self.0.len() > MAX_LENGTH {
            return Err(bad());
        }
        let (sign, unsigned) = match self.0.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, self.0.strip_prefix('+').unwrap_or(&self.0)),
        };
        let end = unsigned
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let figures = format!("{whole}{fraction}");
        if figures.is_empty() || fraction.contains('.') {
            return Err(bad());
        }
        let figures = figures.trim_start_matches('0');
        let mantissa: i128 = if figures.is_empty() {
            0
        } else {
            figures.parse().map_err(|_| large())?
        };
        let (power_of_ten, power_of_1024) = powers(suffix).ok_or_else(bad)?;
        let fraction = i32::try_from(fraction.len()).map_err(|_| bad())?;
        let power = power_of_ten + digits - fraction;

        let value = mantissa
            .checked_mul(1 << (10 * power_of_1024))
            .ok_or_else(large)?;
        if value == 0 {
            return Ok(0);
        }
        let ten = |power: u32| (power <= MAX_POWER_OF_TEN).then(|| 10_i128.pow(power));
        let exponent = power.unsigned_abs();
        if power >= 0 {
            let factor = ten(exponent).ok_or_else(large)?;
            return value.checked_mul(sign * factor).ok_or_else(large);
        }
        let Some(divisor) = ten(exponent) else {
            // Nearer to zero than one part in 10^38 of any mantissa: rounded up all the same.
            return Ok(i128::from(sign > 0));
        };
        let value = sign * value;
        Ok(value.div_euclid(divisor) + i128::from(value.rem_euclid(divisor) > 0))
    }
}

/// The powers of ten and of 1024 that a suffix stands for.
fn powers(suffix: &str) -> Option<(i32, u32)> {
    Some(match suffix {
        "n" => (-9, 0),
        "u" => (-6, 0),
        "m" => (-3, 0),
        "" => (0, 0),
        "k" => (3, 0),
        "M" => (6, 0),
        "G" => (9, 0),
        "T" => (12, 0),
        "P" => (15, 0),
        "E" => (18, 0),
        "Ki" => (0, 1),
        "Mi" => (0, 2),
        "Gi" => (0, 3),
        "Ti" => (0, 4),
        "Pi" => (0, 5),
        "Ei" => (0, 6),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            let figures = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            let known = !figures.is_empty()
                && figures.len() <= 3
                && figures.bytes().all(|byte| byte.is_ascii_digit());
            (known.then(|| exponent.parse().ok())??, 0)
        }
    })
}

impl From<&str> for Quantity {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Quantity;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a quantity such as \"500m\" or a whole number")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Quantity, E> {
                Ok(Quantity(text.to_owned()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Quantity, E> {
                Ok(Quantity(number.to_string()))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Quantity, E> {
                Ok(Quantity(number.to_string()))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Quantity {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "x-kubernetes-int-or-string": true,
            "maxLength": MAX_LENGTH,
            "pattern": r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,3})?$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milli(text: &str) -> Result<i64, TextError> {
        Quantity::from(text).milli()
    }

    #[test]
    fn every_suffix_is_read_exactly() {
        for (text, expected) in [
            ("0", 0),
            ("500m", 500),
            ("2", 2_000),
            ("0.1", 100),
            ("1.5", 1_500),
            (".5", 500),
            ("5.", 5_000),
            ("+3", 3_000),
            ("-1", -1_000),
            ("1e3", 1_000_000),
            ("1E3", 1_000_000),
            ("12e-1", 1_200),
            ("1k", 1_000_000),
            ("1M", 1_000_000_000),
            ("1G", 1_000_000_000_000),
            ("1Ki", 1_024_000),
            ("1.5Gi", 1_610_612_736_000),
            ("1000000n", 1),
            ("2000u", 2),
            ("1P", 1_000_000_000_000_000_000),
            ("1Pi", 1_125_899_906_842_624_000),
        ] {
            assert_eq!(milli(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_finer_than_a_thousandth_is_rounded_up_as_kubernetes_does() {
        for (text, expected) in [
            ("1n", 1),
            ("0.0001", 1),
            ("1.0001", 1_001),
            ("-0.0001", 0),
            ("-1.0009", -1_000),
            ("1e-50", 1),
            ("0e-50", 0),
            ("-1e-50", 0),
        ] {
            assert_eq!(milli(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn bytes_and_devices_are_whole() {
        assert_eq!(Quantity::from("2Gi").units(), Ok(2_147_483_648));
        assert_eq!(Quantity::from("7Ei").units(), Ok(8_070_450_532_247_928_832));
        assert_eq!(Quantity::from("1500m").units(), Ok(2), "rounded up");
        assert_eq!(Quantity::from("2").whole(), Ok(2));
        assert!(matches!(
            Quantity::from("1500m").whole(),
            Err(TextError::NotWhole(_))
        ));
        assert!(matches!(
            Quantity::from("-1").units(),
            Err(TextError::Negative(_))
        ));
    }

    #[test]
    fn what_does_not_fit_is_too_large_and_never_wraps() {
        for text in [
            "10E",
            "8Ei",
            "9223372036854775808",
            "1e30",
            "1e999",
            "99999999999999999999999999999999999999999999999999",
            "170141183460469231731687303715884105727Ei",
        ] {
            assert!(
                matches!(milli(text), Err(TextError::TooLarge(..))),
                "{text}: {:?}",
                milli(text)
            );
        }
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in [
            "", " ", ".", "-", "+-1", "1.2.3", "1 Gi", "1gi", "1KI", "Gi", "1e", "1e+", "1e1000",
            "1e3k", "0x10", "NaN", "inf", "1_000", "1,5", "١", "1mm", "1K", "1e3.5", "--1",
        ] {
            assert!(
                matches!(milli(text), Err(TextError::NotAQuantity(_))),
                "{text}: {:?}",
                milli(text)
            );
        }
        let long = "0".repeat(MAX_LENGTH + 1);
        assert!(matches!(milli(&long), Err(TextError::NotAQuantity(_))));
    }
}
