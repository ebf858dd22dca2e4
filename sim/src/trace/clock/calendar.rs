//! A date and a time of day as nanoseconds since 1970: RFC 3339 and what people write in its place.

use jiff::civil::Date;

/// The date seen last and its start: consecutive rows nearly always share it.
#[derive(Default)]
pub(super) struct DateCache {
    text: [u8; 10],
    unix_seconds: i64,
}

impl DateCache {
    fn unix_seconds(&mut self, text: [u8; 10]) -> Option<i64> {
        if self.text != text {
            let date: Date = std::str::from_utf8(&text).ok()?.parse().ok()?;
            if !(1900..=2200).contains(&date.year()) {
                return None;
            }
            let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
            self.unix_seconds = midnight.timestamp().as_second();
            self.text = text;
        }
        Some(self.unix_seconds)
    }
}

/// `2026-11-16`, then nothing or `T` or a space and `18:15`, `18:15:46` or `18:15:46.6805900`, then nothing, `Z`, `UTC`
/// or an offset like `+01:00`, also after a space; in nanoseconds since 1970.
pub(super) fn parse_calendar(text: &[u8], dates: &mut DateCache) -> Option<i64> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    let midnight = dates.unix_seconds(*date)?;
    let Some((b'T' | b't' | b' ', rest)) = rest.split_first() else {
        return rest.is_empty().then_some(midnight * 1_000_000_000);
    };
    let (clock, rest) = rest.split_first_chunk::<5>()?;
    let [h1, h2, b':', m1, m2] = *clock else {
        return None;
    };
    let (hour, minute) = (two_digits(h1, h2)?, two_digits(m1, m2)?);
    let (second, rest) = match rest {
        [b':', s1, s2, rest @ ..] => (two_digits(*s1, *s2)?, rest),
        _ => (0, rest),
    };
    let (fraction_ns, rest) = match rest {
        [b'.' | b',', digits @ ..] => {
            let length = digits
                .iter()
                .take_while(|digit| digit.is_ascii_digit())
                .count();
            let (digits, rest) = digits.split_at(length);
            (fraction_ns(digits)?, rest)
        }
        _ => (0, rest),
    };
    let offset_minutes = match *rest.strip_prefix(b" ").unwrap_or(rest) {
        [] | [b'Z' | b'z'] | [b'U', b'T', b'C'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, ref minutes @ ..] => {
            let minutes = match *minutes {
                [] => 0,
                [b':', m1, m2] | [m1, m2] => two_digits(m1, m2)?,
                _ => return None,
            };
            let minutes = two_digits(h1, h2)? * 60 + minutes;
            if sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = midnight + hour * 3_600 + (minute - offset_minutes) * 60 + second;
    // The year is bounded, so this stays within 64 bits.
    Some(seconds * 1_000_000_000 + fraction_ns)
}

fn two_digits(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

/// Digits after the decimal point as nanoseconds; those after the ninth are cut off.
pub(super) fn fraction_ns(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    let nine = digits
        .iter()
        .copied()
        .chain(std::iter::repeat(b'0'))
        .take(9);
    Some(nine.fold(0, |ns, digit| ns * 10 + i64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(text: &str) -> Option<i64> {
        parse_calendar(text.as_bytes(), &mut DateCache::default())
    }

    #[test]
    fn calendar_times_agree_with_jiff() {
        for text in [
            "2023-11-16T18:15:46.680590000Z",
            "1998-04-30T21:30:17Z",
            "2024-02-29T23:59:59.999999999+14:00",
            "2024-05-10T00:00:00.009930+00:00",
            "1969-12-31T23:59:59.5-08:30",
            "2200-12-31T00:00:00Z",
            "1900-01-01T00:00:00Z",
        ] {
            let expected = text
                .parse::<jiff::Timestamp>()
                .map(jiff::Timestamp::as_nanosecond)
                .ok();
            assert_eq!(calendar(text).map(i128::from), expected, "{text}");
        }
    }

    #[test]
    fn a_time_without_zone_is_utc_and_shorter_forms_mean_zero() {
        let reference = calendar("2014-04-10T00:04:00Z");
        for text in [
            "2014-04-10 00:04:00",
            "2014-04-10 00:04",
            "2014-04-10 00:04:00.0",
            "2014-04-10t00:04:00z",
            "2014-04-10 00:04:00 UTC",
            "2014-04-10 02:04:00 +02:00",
            "2014-04-10T02:04:00+02",
            "2014-04-09T23:04:00,000-0100",
        ] {
            assert_eq!(calendar(text), reference, "{text}");
        }
        assert_eq!(calendar("2014-04-10"), calendar("2014-04-10T00:00:00Z"));
    }

    #[test]
    fn what_is_no_calendar_time_is_refused() {
        for text in [
            "2014-02-30 00:00:00",
            "2014-04-10 24:00:00",
            "2014-04-10 00:60:00",
            "2014-04-10 00:00:60",
            "2014-04-10 00:00:00.",
            "2014-04-10 00:00:00 CET",
            "2014-04-10 00:00:00+1",
            "2014-04-10 00:00:00+01:0",
            "2014-04-10T",
            "2014-4-10",
            "1899-12-31",
            "9999-12-31T00:00:00Z",
        ] {
            assert_eq!(calendar(text), None, "{text}");
        }
    }
}
