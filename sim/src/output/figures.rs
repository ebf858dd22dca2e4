//! Integers of small units as decimals of large ones, exactly.

/// `value` of a unit that goes `10^places` times into the written one, without needless zeros: `decimal(1500, 3)` is
/// `1.5`.
#[must_use]
pub fn decimal(value: i128, places: u32) -> String {
    let unit = 10_u128.pow(places);
    let (whole, rest) = (value.unsigned_abs() / unit, value.unsigned_abs() % unit);
    let sign = if value < 0 { "-" } else { "" };
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let digits = format!("{rest:0width$}", width = places as usize);
    format!("{sign}{whole}.{}", digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_digit_is_lost_and_none_is_needless() {
        for (value, places, text) in [
            (0, 3, "0"),
            (1_500, 3, "1.5"),
            (-1, 6, "-0.000001"),
            (i128::from(u64::MAX), 3, "18446744073709551.615"),
            (7, 0, "7"),
        ] {
            assert_eq!(decimal(value, places), text);
        }
    }
}
