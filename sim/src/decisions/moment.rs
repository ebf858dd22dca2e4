//! One tick of a recorded run with all that its decision was made from.

use std::io::BufRead;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use spillway_solver::decision::{Decision, Versions};
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;
use spillway_solver::units::{Millis, UnixMs};

use crate::hosts::Decide;
use spillway_records::{DecisionsReader, ReadError, Recorded, Tick, differences};

/// Which tick of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhichTick {
    /// The last.
    #[default]
    Last,
    /// This one, counted from 1.
    Number(u64),
    /// The last at this time or before.
    At(When),
}

/// A time within a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// An instant.
    Instant(UnixMs),
    /// A time of the day in UTC, the first after the run's first tick.
    TimeOfDay(Time),
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Ok(Self::Instant(UnixMs(instant.as_millisecond())));
        }
        let time = text.parse::<Time>().ok().filter(|_| text.contains(':'));
        time.map(Self::TimeOfDay).ok_or_else(|| {
            format!(
                "`{text}` is no time: write one of the day in UTC, like 14:30, or an instant, like 2026-03-02T14:30:00Z"
            )
        })
    }
}

impl When {
    /// The instant in a run whose first tick is `first`.
    fn instant(self, first: UnixMs) -> UnixMs {
        match self {
            Self::Instant(at) => at,
            Self::TimeOfDay(time) => {
                let on = |at: Timestamp| {
                    let day = at.to_zoned(TimeZone::UTC).date();
                    let at = day.to_datetime(time).to_zoned(TimeZone::UTC).ok()?;
                    Some(UnixMs(at.timestamp().as_millisecond()))
                };
                let begin = Timestamp::from_millisecond(first.0).unwrap_or_default();
                let day = Millis(86_400_000);
                let same_day = on(begin).unwrap_or(first);
                if same_day < first {
                    same_day.plus(day)
                } else {
                    same_day
                }
            }
        }
    }
}

/// A tick with all that its decision was made from.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Counted from 1.
    pub number: u64,
    /// What was observed.
    pub snapshot: Snapshot,
    /// What was wanted.
    pub policy: Policy,
    /// What was remembered before the tick.
    pub memory: Memory,
    /// What this build decides of it: what was recorded, unless other versions recorded it.
    pub decision: Decision,
    /// What recorded it, where that are other versions.
    pub recorded_by: Option<Versions>,
}

/// Why there is no such moment.
#[derive(Debug, thiserror::Error)]
pub enum MomentError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It records no decision of the core.
    #[error(
        "recorded by the baseline `{0}`, of which there are no snapshots: only a run of `spillway` can be taken up"
    )]
    Baseline(String),
    /// There is no tick at all.
    #[error("there is no tick in it")]
    Empty,
    /// There are fewer ticks.
    #[error("there is no tick {wanted}: it has {ticks}, counted from 1")]
    NoSuchTick {
        /// Which was asked for.
        wanted: u64,
        /// How many there are.
        ticks: u64,
    },
    /// The time is before all ticks.
    #[error("there is no tick at {}: its ticks begin at {}", shown(*.wanted), shown(*.first))]
    TooEarly {
        /// When.
        wanted: UnixMs,
        /// The first tick.
        first: UnixMs,
    },
    /// The time is after all ticks.
    #[error("there is no tick at {}: its ticks are from {} to {}", shown(*.wanted), shown(*.first), shown(*.last))]
    NoSuchTime {
        /// When.
        wanted: UnixMs,
        /// The first tick.
        first: UnixMs,
        /// The last tick that was read.
        last: UnixMs,
    },
    /// The tick is decided otherwise than recorded.
    #[error(
        "line {line}: is decided otherwise than recorded ({place}): the file was edited or is damaged; `spillway-sim replay` says where it begins"
    )]
    Differs {
        /// Counted from 1.
        line: u64,
        /// The first place.
        place: String,
    },
}

fn shown(at: UnixMs) -> String {
    crate::report::units::time(at, "%FT%TZ")
}

/// Finds a tick and what was remembered before it. Where that is not in the file it is decided again, with `core`.
///
/// # Errors
///
/// Where the file is damaged or was altered, or has no such tick.
pub fn moment(
    input: impl BufRead,
    which: WhichTick,
    core: &dyn Decide,
) -> Result<Moment, MomentError> {
    let mut ticks = DecisionsReader::new(input)?;
    let header = ticks.header().clone();
    if header.autoscaler != "spillway" {
        return Err(MomentError::Baseline(header.autoscaler));
    }
    let mut memory = header.memory;
    // Snapshots since that memory: what was decided of them is known as a digest only.
    let mut since: Vec<Snapshot> = Vec::new();
    let mut chosen: Option<Tick> = None;
    let (mut number, mut first, mut distance) = (0, None, Millis::default());
    let mut passed = false;
    for tick in ticks.by_ref() {
        let tick = tick?;
        let now = tick.snapshot.now_ms;
        let first = *first.get_or_insert(now);
        if let WhichTick::At(when) = which
            && now > when.instant(first)
        {
            passed = true;
            break;
        }
        if let Some(before) = chosen.replace(tick) {
            distance = now.since(before.snapshot.now_ms);
            match before.recorded {
                Recorded::Full(decision) => {
                    memory = decision.memory;
                    since.clear();
                }
                Recorded::Digest(_) => since.push(before.snapshot),
            }
        }
        number += 1;
        if which == WhichTick::Number(number) {
            passed = true;
            break;
        }
    }
    ticks.finish()?;
    let first = first.ok_or(MomentError::Empty)?;
    if let WhichTick::Number(wanted) = which
        && !passed
    {
        let ticks = number;
        return Err(MomentError::NoSuchTick { wanted, ticks });
    }
    let last = chosen.as_ref().map_or(first, |tick| tick.snapshot.now_ms);
    if let WhichTick::At(when) = which {
        let wanted = when.instant(first);
        if chosen.is_none() {
            return Err(MomentError::TooEarly { wanted, first });
        }
        if !passed && wanted.since(last) > distance {
            return Err(MomentError::NoSuchTime {
                wanted,
                first,
                last,
            });
        }
    }
    let tick = chosen.ok_or(MomentError::Empty)?;
    for snapshot in since {
        memory = core.decide(&snapshot, &header.policy, &memory).memory;
    }
    let decision = core.decide(&tick.snapshot, &header.policy, &memory);
    let recorded_by = (header.versions != core.versions()).then_some(header.versions);
    if recorded_by.is_none()
        && let Some(place) = differences(&tick.recorded, &decision).into_iter().next()
    {
        let line = tick.line;
        return Err(MomentError::Differs { line, place });
    }
    Ok(Moment {
        number,
        snapshot: tick.snapshot,
        policy: header.policy,
        memory,
        decision,
        recorded_by,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_the_first_after_the_first_tick() {
        let first = UnixMs(1_772_409_600_000 + 10 * 3_600_000);
        for (text, hours) in [("14:30", 14.5), ("09:00", 33.0), ("10:00:00", 10.0)] {
            let when: When = text.parse().expect("a time");
            let at = when.instant(first).0 - 1_772_409_600_000;
            assert!(
                (crate::report::units::approx(at) / 3.6e6 - hours).abs() < 1e-9,
                "{text}"
            );
        }
        let when: When = "2026-03-02T14:30:00+01:00".parse().expect("an instant");
        assert_eq!(
            when.instant(first),
            UnixMs(1_772_409_600_000 + 13 * 3_600_000 + 1_800_000)
        );
        for wrong in ["noon", "1430", "25:00", "2026-03-02"] {
            assert!(wrong.parse::<When>().is_err(), "{wrong}");
        }
    }
}
