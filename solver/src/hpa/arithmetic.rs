//! Conversions between the integers of the API and HPA's float64, all saturating.
//!
//! Go leaves an out-of-range conversion to the machine; here it always saturates and
//! not-a-number becomes zero, so no input can panic or wrap.

/// The largest replica count HPA can express: the int32 maximum. Larger results are cut to it.
pub const MAX_REPLICAS: u32 = i32::MAX.unsigned_abs();

/// Milliseconds in a second, for the fields that the API states in whole seconds.
pub(super) const MS_PER_SECOND: i64 = 1_000;

/// `value` as float64, as HPA does before each division.
#[expect(
    clippy::cast_precision_loss,
    reason = "HPA loses the same bits above 2^53 and the answers show it"
)]
pub(super) const fn float(value: i64) -> f64 {
    value as f64
}

/// A replica count that is never negative and never above [`MAX_REPLICAS`], rounded up.
pub(super) fn ceil_to_replicas(replicas: f64) -> u32 {
    clamp_to_replicas(i64::from(truncate_to_i32(replicas.ceil())))
}

/// `replicas` moved into `0..=MAX_REPLICAS`.
pub(super) fn clamp_to_replicas(replicas: i64) -> u32 {
    u32::try_from(replicas.max(0))
        .unwrap_or(MAX_REPLICAS)
        .min(MAX_REPLICAS)
}

/// The integer part, toward zero, saturating at the int32 range.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float cast saturates and drops the fraction, which is what is wanted"
)]
pub(super) const fn truncate_to_i32(value: f64) -> i32 {
    value as i32
}

/// `value` rounded up, saturating at the int64 range.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the fraction is gone after ceil and a float cast saturates"
)]
pub(super) fn ceil_to_i64(value: f64) -> i64 {
    value.ceil() as i64
}

/// `value` cut to the int64 range.
pub(super) fn saturate_to_i64(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

/// `value` cut to the int32 range.
pub(super) fn saturate_to_i32(value: i128) -> i32 {
    i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX })
}

/// How long ago `at_ms` was; negative for the future, saturating for absurd clocks.
pub(super) const fn age_ms(now_ms: i64, at_ms: i64) -> i64 {
    now_ms.saturating_sub(at_ms)
}

/// Whole seconds in milliseconds. A `u32` of seconds always fits.
pub(super) fn seconds_to_ms(seconds: u32) -> i64 {
    i64::from(seconds) * MS_PER_SECOND
}
