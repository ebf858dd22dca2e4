//! The first instant of a run, as people write it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::de::{Deserialize, Deserializer, Error};

/// What would be right.
const FORM: &str = "write a date and time with its zone, like 2026-03-02T00:00:00Z";

/// Reads an instant from 1970 on and long enough before the last that calendars know, so that a
/// run of some years with its windows of an hour, a day and a month lies within them.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    let start: Timestamp = text
        .parse()
        .map_err(|_| D::Error::custom(format_args!("`{text}` is no point in time: {FORM}")))?;
    let year = start.to_zoned(TimeZone::UTC).year();
    if (1970..2200).contains(&year) {
        Ok(start)
    } else {
        Err(D::Error::custom(format_args!(
            "`{text}` is out of range: write a year from 1970 to 2199"
        )))
    }
}
