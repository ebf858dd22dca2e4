//! Figures as people read them: rounded, with their unit. Files for programs have exact ones (`crate::output`).

use jiff::Timestamp;
use jiff::tz::TimeZone;
use spillway_solver::units::{MicroUsd, UnixMs};

/// A count as a float, for a picture or a rounded figure.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "a picture or a rounded figure, never fed back into a run"
)]
pub fn approx(value: impl Into<i128>) -> f64 {
    value.into() as f64
}

/// `$12.34`; four decimals below ten cents, none from a thousand dollars.
#[must_use]
pub fn usd(amount: MicroUsd) -> String {
    usd_of(approx(amount.0) / 1e6)
}

/// Dollars that are a float already.
#[must_use]
pub fn usd_of(dollars: f64) -> String {
    let (sign, dollars) = if dollars < 0.0 {
        ("-", -dollars)
    } else {
        ("", dollars)
    };
    if dollars >= 1_000.0 {
        format!("{sign}${}", grouped(&format!("{dollars:.0}")))
    } else if dollars >= 0.1 || dollars == 0.0 {
        format!("{sign}${dollars:.2}")
    } else {
        format!("{sign}${dollars:.4}")
    }
}

/// A share of a whole; `none` where the whole is nothing. Never rounds something to nothing, nor less than all to all.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "none".to_owned();
    }
    percent_of(100.0 * approx(part) / approx(whole))
}

/// A share that is a percentage already.
#[must_use]
pub fn percent_of(share: f64) -> String {
    if share > 0.0 && share < 0.01 {
        "<0.01 %".to_owned()
    } else if share > 99.99 && share < 100.0 {
        ">99.99 %".to_owned()
    } else if share < 1.0 && share > 0.0 {
        format!("{share:.2} %")
    } else {
        format!("{share:.1} %")
    }
}

/// `250 ms`, `1.5 s`, `12 min`, `3.4 h`.
#[must_use]
pub fn span(micros: u64) -> String {
    let seconds = approx(micros) / 1e6;
    if micros == 0 {
        "0 s".to_owned()
    } else if seconds < 0.001 {
        format!("{micros} µs")
    } else if seconds < 1.0 {
        format!("{} ms", short(seconds * 1e3))
    } else if seconds < 120.0 {
        format!("{} s", short(seconds))
    } else if seconds < 7_200.0 {
        format!("{} min", short(seconds / 60.0))
    } else if seconds < 172_800.0 {
        format!("{} h", short(seconds / 3_600.0))
    } else {
        format!("{} d", short(seconds / 86_400.0))
    }
}

/// A count with its thousands set apart.
#[must_use]
pub fn count(value: u64) -> String {
    grouped(&value.to_string())
}

/// About two significant digits, without needless zeros.
#[must_use]
pub fn short(value: f64) -> String {
    if value.abs() < 9.95 {
        let text = format!("{value:.1}");
        text.strip_suffix(".0")
            .map_or_else(|| text.clone(), str::to_owned)
    } else {
        grouped(&format!("{value:.0}"))
    }
}

/// A time in UTC by a `strftime` pattern; the bare number where it is beyond the calendar.
#[must_use]
pub fn time(at: UnixMs, pattern: &str) -> String {
    Timestamp::from_millisecond(at.0).map_or_else(
        |_| at.0.to_string(),
        |time| time.to_zoned(TimeZone::UTC).strftime(pattern).to_string(),
    )
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_keep_their_meaning() {
        for (shown, text) in [
            (usd(MicroUsd(12_345_678)), "$12.35"),
            (usd(MicroUsd(1_234_500_000)), "$1,234"),
            (usd(MicroUsd(1_200)), "$0.0012"),
            (usd(MicroUsd(-500_000)), "-$0.50"),
            (usd(MicroUsd(0)), "$0.00"),
            (percent(0, 0), "none"),
            (percent(0, 5), "0.0 %"),
            (percent(1, 1_000_000), "<0.01 %"),
            (percent(999_999, 1_000_000), ">99.99 %"),
            (percent(1, 3), "33.3 %"),
            (span(0), "0 s"),
            (span(999), "999 µs"),
            (span(1_500), "1.5 ms"),
            (span(90_000_000), "90 s"),
            (span(5_400_000_000), "90 min"),
            (count(1_234_567), "1,234,567"),
            (count(123), "123"),
            (time(UnixMs(0), "%a %H:%M"), "Thu 00:00"),
            (time(UnixMs(i64::MAX), "%H"), "9223372036854775807"),
        ] {
            assert_eq!(shown, text);
        }
    }
}
