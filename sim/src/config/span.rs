//! A span of time as people write it in a file: a number and a unit.

use serde::de::{Deserialize, Deserializer, Error};

use crate::time::Nanos;

/// A span of time, written like `15s`, `250ms` or `1.5h`. A number without a unit is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Nanos);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}
