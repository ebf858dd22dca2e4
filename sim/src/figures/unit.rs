//! What figures are measured in, and how they are shown.

use serde::Serialize;

use crate::report::units;

/// What a figure is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    /// US dollars.
    Usd,
    /// Hundredths of a whole.
    Percent,
    /// A span of time, in seconds.
    Seconds,
    /// Things, also parts of one.
    Count,
}

impl Unit {
    /// A value with its unit, rounded for people.
    #[must_use]
    pub fn show(self, value: f64) -> String {
        let sign = if value < 0.0 { "-" } else { "" };
        let size = value.abs();
        match self {
            Self::Usd => format!("{sign}{} USD", units::usd_of(size).trim_start_matches('$')),
            Self::Percent => format!("{sign}{}", units::percent_of(size)),
            Self::Seconds => format!("{sign}{}", units::span(micros(size))),
            Self::Count if size.fract() == 0.0 => format!("{sign}{}", units::count(whole(size))),
            Self::Count if size < 100.0 => format!("{sign}{size:.2}"),
            Self::Count => format!("{sign}{}", units::count(whole(size))),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a size to be shown; the cast saturates"
)]
fn whole(size: f64) -> u64 {
    size.round() as u64
}

fn micros(seconds: f64) -> u64 {
    whole(seconds * 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_with_their_units() {
        for (unit, value, shown) in [
            (Unit::Usd, -2.5, "-2.50 USD"),
            (Unit::Percent, 12.34, "12.3 %"),
            (Unit::Seconds, 0.25, "250 ms"),
            (Unit::Count, 1_234.0, "1,234"),
            (Unit::Count, 0.125, "0.12"),
        ] {
            assert_eq!(unit.show(value), shown);
        }
    }
}
