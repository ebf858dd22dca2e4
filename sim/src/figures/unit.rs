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
    /// Values of one figure under each other: all with the same digits, and with as many as tell apart what differs. What
    /// is missing is `none`.
    #[must_use]
    pub fn column(self, values: &[Option<f64>]) -> Vec<String> {
        let places = match self {
            Self::Usd => 2..=4,
            Self::Count if values.iter().flatten().all(|value| value.fract() == 0.0) => 0..=0,
            Self::Count => 1..=2,
            Self::Percent | Self::Seconds => 0..=0,
        };
        let most = *places.end();
        let shown = |places: usize| -> Vec<String> {
            let each = values.iter().map(|value| match value {
                None => "none".to_owned(),
                Some(value) => self.with_places(*value, places),
            });
            each.collect()
        };
        let tells_apart = |places: &usize| {
            let shown = shown(*places);
            (1..values.len())
                .all(|n| (0..n).all(|m| values[m] == values[n] || shown[m] != shown[n]))
        };
        let mut places = places;
        shown(places.find(tells_apart).unwrap_or(most))
    }

    /// A value with so many digits after the point, where its unit has a fixed number of them.
    fn with_places(self, value: f64, places: usize) -> String {
        match self {
            Self::Usd if value.abs() < 1_000.0 => format!("{value:.places$} USD"),
            Self::Count if value.abs() < 1_000.0 => format!("{value:.places$}"),
            unit => unit.show(value),
        }
    }

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
    fn a_column_has_the_same_digits_and_tells_apart_what_differs() {
        let some = |values: &[f64]| values.iter().copied().map(Some).collect::<Vec<_>>();
        let counts = some(&[39.0, 27.0, 17.5, 17.0]);
        assert_eq!(
            Unit::Count.column(&counts),
            ["39.0", "27.0", "17.5", "17.0"]
        );
        assert_eq!(Unit::Count.column(&some(&[39.0, 1_234.0])), ["39", "1,234"]);
        let money = some(&[0.3347, 0.3349, 0.56]);
        assert_eq!(
            Unit::Usd.column(&money),
            ["0.3347 USD", "0.3349 USD", "0.5600 USD"]
        );
        assert_eq!(Unit::Usd.column(&[Some(6.0), None]), ["6.00 USD", "none"]);
    }

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
