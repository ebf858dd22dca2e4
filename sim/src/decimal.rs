//! Fixed-point reading of decimal numbers: text to billionths, without floats on the usual path.
//!
//! One parser serves seconds (to nanoseconds), counts and factors, so that all of them refuse the same bad input in
//! the same words.

/// Billionths in one: the fixed-point unit of everything read here.
pub(crate) const NANO: u64 = 1_000_000_000;

/// Why a text is not a number that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("is empty")]
    Empty,
    #[error("is negative")]
    Negative,
    #[error("is not a finite number")]
    NotFinite,
    #[error("is not a number")]
    NotANumber,
    #[error("is too large (the largest is 9223372036)")]
    TooLarge,
}

/// Whole digits that the fast path takes: ten nines times [`NANO`] still fit into 64 bits.
const FAST_WHOLE_DIGITS: usize = 10;

const POW10: [u64; 10] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    NANO,
];

/// Reads a decimal number `>= 0` as billionths; digits after the ninth are cut off.
///
/// Plain decimals take the fast path; signs, exponents (`5e-05`) and the refusals take the slow one, where an
/// exponent is rounded to the nearest billionth through `f64`.
pub(crate) fn parse_nano(text: &[u8]) -> Result<u64, Fault> {
    let mut whole = 0_u64;
    let mut index = 0;
    while let Some(digit) = digit_at(text, index) {
        if index == FAST_WHOLE_DIGITS {
            return parse_slowly(text);
        }
        whole = whole * 10 + digit;
        index += 1;
    }
    if index == 0 {
        return parse_slowly(text);
    }
    let mut nano = whole * NANO;
    if text.get(index) == Some(&b'.') {
        let first = index + 1;
        index = first;
        let mut fraction = 0;
        while let Some(digit) = digit_at(text, index) {
            if index - first < 9 {
                fraction = fraction * 10 + digit;
            }
            index += 1;
        }
        nano += fraction * POW10[9 - (index - first).min(9)];
    }
    if index == text.len() {
        Ok(nano)
    } else {
        parse_slowly(text)
    }
}

fn digit_at(text: &[u8], index: usize) -> Option<u64> {
    let digit = text.get(index)?.wrapping_sub(b'0');
    (digit < 10).then_some(u64::from(digit))
}

#[cold]
fn parse_slowly(text: &[u8]) -> Result<u64, Fault> {
    if text.is_empty() {
        return Err(Fault::Empty);
    }
    let text = std::str::from_utf8(text).map_err(|_| Fault::NotANumber)?;
    let value: f64 = text.parse().map_err(|_| Fault::NotANumber)?;
    if value.is_infinite() && text.contains(|c: char| c.is_ascii_digit()) {
        return Err(if value > 0.0 {
            Fault::TooLarge
        } else {
            Fault::Negative
        });
    }
    if !value.is_finite() {
        return Err(Fault::NotFinite);
    }
    if value < 0.0 {
        return Err(Fault::Negative);
    }
    // A long run of digits with leading zeros is rare enough to go through the float, too.
    let nano = (value * 1e9).round();
    if nano >= 18_446_744_073e9 {
        return Err(Fault::TooLarge);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked against both ends above"
    )]
    let nano = nano as u64;
    Ok(nano)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_exactly_or_refused_with_its_fault() {
        let cases: [(&str, Result<u64, Fault>); 24] = [
            ("0", Ok(0)),
            ("1", Ok(NANO)),
            ("1.", Ok(NANO)),
            ("0.000000001", Ok(1)),
            ("0.0000000019", Ok(1)),
            ("12.5", Ok(12_500_000_000)),
            ("9999999999.999999999", Ok(9_999_999_999_999_999_999)),
            ("5e-05", Ok(50_000)),
            ("1E3", Ok(1_000 * NANO)),
            ("+2", Ok(2 * NANO)),
            ("-0", Ok(0)),
            (".5", Ok(NANO / 2)),
            ("000000000000001", Ok(NANO)),
            ("", Err(Fault::Empty)),
            ("-1", Err(Fault::Negative)),
            ("-1e999", Err(Fault::Negative)),
            ("nan", Err(Fault::NotFinite)),
            ("NaN", Err(Fault::NotFinite)),
            ("inf", Err(Fault::NotFinite)),
            ("-inf", Err(Fault::NotFinite)),
            ("1e999", Err(Fault::TooLarge)),
            ("99999999999", Err(Fault::TooLarge)),
            ("1.2.3", Err(Fault::NotANumber)),
            ("12 ", Err(Fault::NotANumber)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_nano(text.as_bytes()), expected, "{text:?}");
        }
        assert_eq!(parse_nano(b"\xff\xfe"), Err(Fault::NotANumber));
    }
}
