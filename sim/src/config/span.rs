//! A span of time as people write it in a file: a number and a unit.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::time::Nanos;

/// A span of time, written like `15s`, `250ms` or `1.5h`. A number without a unit is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Nanos);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SpanVisitor)
    }
}

struct SpanVisitor;

impl Visitor<'_> for SpanVisitor {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a span such as 15s, 250ms or 1.5h")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Span, E> {
        text.parse().map(Span).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Span, E> {
        Err(without_unit(&number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Span, E> {
        Err(without_unit(&number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Span, E> {
        Err(without_unit(&number))
    }
}

fn without_unit<E: Error>(number: &dyn fmt::Display) -> E {
    E::custom(format_args!(
        "`{number}` has no unit: write {number}s, {number}ms or {number}m"
    ))
}

/// A span of time that may point backwards, written like `10m` or `-90s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedSpan {
    /// How long.
    pub span: Nanos,
    /// Whether it points backwards.
    pub back: bool,
}

impl SignedSpan {
    /// In milliseconds, rounded towards zero.
    #[must_use]
    pub fn millis(self) -> i64 {
        let millis = i64::try_from(self.span.as_millis()).unwrap_or(i64::MAX);
        if self.back { -millis } else { millis }
    }
}

impl<'de> Deserialize<'de> for SignedSpan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SignedSpanVisitor)
    }
}

struct SignedSpanVisitor;

impl Visitor<'_> for SignedSpanVisitor {
    type Value = SignedSpan;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a span such as 10m or -90s")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<SignedSpan, E> {
        let (back, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let span = text.parse().map_err(E::custom)?;
        Ok(SignedSpan { span, back })
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<SignedSpan, E> {
        Err(without_unit(&number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<SignedSpan, E> {
        Err(without_unit(&number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<SignedSpan, E> {
        Err(without_unit(&number))
    }
}
