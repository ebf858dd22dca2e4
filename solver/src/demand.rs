//! The outage ladder: what counts as a metric's value when the metric is not there.
//!
//! Fresh value, last known good until its time to live, alternative query, hold, floor: the first
//! rung that answers counts. Every way of having no data is a problem with its own name and none
//! of them is zero. Only [`DemandRung::Fresh`] allows a scale-down; every rung may scale up.
//!
//! What a value means for the replica count is not here (see [`crate::scaling`]), nor is the query
//! itself: hosts ask, and hand over [`Reading`]s.

use crate::clock::Clock;
use crate::decision::{DemandRung, ReadingProblem};
use crate::hpa;
use crate::memory::Good;
use crate::policy::Fallback;
use crate::snapshot::Reading;
use crate::units::{Millis, UnixMs};

/// What may answer for one quantity of a metric.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The quantity itself.
    pub primary: &'a Reading,
    /// The alternative query, where there is one.
    pub alternative: Option<&'a Reading>,
    /// The last good value.
    pub good: Option<Good>,
    /// A sample older than this is stale.
    pub max_age: Millis,
    /// For how long the last good value counts after it was sampled.
    pub last_known_good: Millis,
}

/// A rung with a value. `T` is what a reading is read into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<T> {
    /// Read now, from the primary or the alternative reading.
    Read(T),
    /// Remembered, in thousandths.
    Remembered(i64),
}

/// What the upper three rungs answer for one quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// A rung above hold has a value.
    Known {
        /// `Fresh`, `LastKnownGood` or `Alternative`.
        rung: DemandRung,
        /// The value.
        value: Value<T>,
        /// Its age, never negative.
        age: Millis,
        /// Why no better rung answered; `None` on `Fresh`.
        problem: Option<ReadingProblem>,
    },
    /// None has.
    Missing {
        /// What is wrong with the primary reading.
        problem: ReadingProblem,
    },
}

impl<T> Answer<T> {
    /// Whether the value may lower the replica count.
    #[must_use]
    pub const fn is_fresh(&self) -> bool {
        matches!(
            self,
            Self::Known {
                rung: DemandRung::Fresh,
                ..
            }
        )
    }

    /// What is wrong with the primary reading, if anything.
    #[must_use]
    pub const fn problem(&self) -> Option<ReadingProblem> {
        match self {
            Self::Known { problem, .. } => *problem,
            Self::Missing { problem } => Some(*problem),
        }
    }

    /// The value's age, if there is a value.
    #[must_use]
    pub const fn age(&self) -> Option<Millis> {
        match self {
            Self::Known { age, .. } => Some(*age),
            Self::Missing { .. } => None,
        }
    }
}

/// Climbs down the ladder to the first rung that answers. `read` says what a reading of the right
/// age holds, or what is wrong with it.
pub fn answer<T>(
    sources: &Sources<'_>,
    clock: &Clock,
    read: impl Fn(&Reading) -> Result<T, ReadingProblem>,
) -> Answer<T> {
    let problem = match young_enough(sources.primary, sources.max_age, clock, &read) {
        Ok((value, age)) => {
            return Answer::Known {
                rung: DemandRung::Fresh,
                value: Value::Read(value),
                age,
                problem: None,
            };
        }
        Err(problem) => problem,
    };
    if let Some(good) = sources.good {
        let age = clock.now.since(good.at_ms);
        if age <= sources.last_known_good {
            return Answer::Known {
                rung: DemandRung::LastKnownGood,
                value: Value::Remembered(good.milli),
                age,
                problem: Some(problem),
            };
        }
    }
    if let Some(alternative) = sources.alternative
        && let Ok((value, age)) = young_enough(alternative, sources.max_age, clock, &read)
    {
        return Answer::Known {
            rung: DemandRung::Alternative,
            value: Value::Read(value),
            age,
            problem: Some(problem),
        };
    }
    Answer::Missing { problem }
}

fn young_enough<T>(
    reading: &Reading,
    max_age: Millis,
    clock: &Clock,
    read: impl Fn(&Reading) -> Result<T, ReadingProblem>,
) -> Result<(T, Millis), ReadingProblem> {
    let at = match reading {
        Reading::Series { at_ms, .. } | Reading::Pods { at_ms, .. } => *at_ms,
        Reading::NotAsked => return Err(ReadingProblem::NotAsked),
        Reading::Empty => return Err(ReadingProblem::Empty),
        Reading::NotANumber => return Err(ReadingProblem::NotANumber),
        Reading::Partial => return Err(ReadingProblem::Partial),
        Reading::Failed { .. } => return Err(ReadingProblem::Failed),
    };
    let value = read(reading)?;
    let age = clock.age_of(at).map_err(|_| ReadingProblem::ClockSkew)?;
    if age > max_age {
        return Err(ReadingProblem::Stale);
    }
    Ok((value, age))
}

/// The sum of a reading's series in thousandths, held at the ends of the range as HPA does.
///
/// # Errors
/// [`ReadingProblem::Empty`] without a series, [`ReadingProblem::WrongKind`] for pods.
pub fn sum(reading: &Reading) -> Result<i64, ReadingProblem> {
    match reading {
        Reading::Series { values_milli, .. } => {
            hpa::sum_series(values_milli).map_err(|_| ReadingProblem::Empty)
        }
        _ => Err(ReadingProblem::WrongKind),
    }
}

/// What to remember as last good: the fresh value, else what was remembered.
#[must_use]
pub fn remember(fresh: Option<(i64, Millis)>, before: Option<Good>, clock: &Clock) -> Option<Good> {
    fresh.map_or(before, |(milli, age)| {
        Some(Good {
            milli,
            at_ms: clock.back(age),
        })
    })
}

/// The rung below the three that have a value: replicas are held until `hold_ms` have passed since
/// the first tick without one, then the floor counts.
#[must_use]
pub fn lower_rung(missing_since: UnixMs, fallback: &Fallback, clock: &Clock) -> DemandRung {
    if clock.now.since(missing_since) > fallback.hold_ms {
        DemandRung::Floor
    } else {
        DemandRung::Hold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;

    fn series(age: i64, values: &[i64]) -> Reading {
        Reading::Series {
            at_ms: UnixMs(NOW - age),
            values_milli: values.to_vec(),
        }
    }

    fn clock() -> Clock {
        Clock::new(UnixMs(NOW), None, Millis(60_000))
    }

    /// Asks a ladder of 30 s for fresh and alternative values and 120 s for the last good one.
    fn ask(primary: &Reading, good_age: Option<i64>, alternative: Option<&Reading>) -> Answer<i64> {
        let sources = Sources {
            primary,
            alternative,
            good: good_age.map(|age| Good {
                milli: 7,
                at_ms: UnixMs(NOW - age),
            }),
            max_age: Millis(30_000),
            last_known_good: Millis(120_000),
        };
        answer(&sources, &clock(), sum)
    }

    fn known(
        rung: DemandRung,
        value: Value<i64>,
        age: u64,
        problem: ReadingProblem,
    ) -> Answer<i64> {
        Answer::Known {
            rung,
            value,
            age: Millis(age),
            problem: (rung != DemandRung::Fresh).then_some(problem),
        }
    }

    #[test]
    fn the_first_rung_that_answers_counts() {
        use DemandRung::{Alternative, Fresh, LastKnownGood};
        use ReadingProblem::{Empty, Stale};
        let alternative = series(5_000, &[9]);
        let old = series(30_001, &[9]);
        for (sentence, primary, good_age, alternative, expected) in [
            (
                "a young sample is fresh and its series are summed",
                series(30_000, &[1, 2]),
                Some(0),
                Some(&alternative),
                known(Fresh, Value::Read(3), 30_000, Empty),
            ),
            (
                "a stale sample gives way to the last good value",
                series(30_001, &[1]),
                Some(120_000),
                Some(&alternative),
                known(LastKnownGood, Value::Remembered(7), 120_000, Stale),
            ),
            (
                "past its time to live the last good value gives way to the alternative",
                Reading::Empty,
                Some(120_001),
                Some(&alternative),
                known(Alternative, Value::Read(9), 5_000, Empty),
            ),
            (
                "an alternative that is stale too leaves nothing",
                Reading::Empty,
                None,
                Some(&old),
                Answer::Missing { problem: Empty },
            ),
            (
                "without any of them the problem is the primary's",
                Reading::Empty,
                None,
                None,
                Answer::Missing { problem: Empty },
            ),
        ] {
            assert_eq!(ask(&primary, good_age, alternative), expected, "{sentence}");
        }
    }

    #[test]
    fn every_way_of_having_no_data_has_its_own_name_and_none_is_zero() {
        let failed = Reading::Failed {
            message: "503".into(),
        };
        let pods = Reading::Pods {
            at_ms: UnixMs(NOW),
            pods: Vec::new(),
        };
        for (reading, problem) in [
            (Reading::NotAsked, ReadingProblem::NotAsked),
            (Reading::Empty, ReadingProblem::Empty),
            (series(0, &[]), ReadingProblem::Empty),
            (Reading::NotANumber, ReadingProblem::NotANumber),
            (Reading::Partial, ReadingProblem::Partial),
            (failed, ReadingProblem::Failed),
            (series(30_001, &[5]), ReadingProblem::Stale),
            (series(-60_001, &[5]), ReadingProblem::ClockSkew),
            (pods, ReadingProblem::WrongKind),
        ] {
            assert_eq!(
                ask(&reading, None, None),
                Answer::Missing { problem },
                "{reading:?}"
            );
        }
    }

    #[test]
    fn a_sample_a_little_in_the_future_is_fresh_with_age_zero() {
        let expected = known(DemandRung::Fresh, Value::Read(5), 0, ReadingProblem::Empty);
        assert_eq!(ask(&series(-60_000, &[5]), None, None), expected);
    }

    #[test]
    fn a_zero_that_was_measured_is_a_value() {
        let expected = known(DemandRung::Fresh, Value::Read(0), 0, ReadingProblem::Empty);
        assert_eq!(ask(&series(0, &[0]), None, None), expected);
    }

    #[test]
    fn sums_are_held_at_the_ends_of_the_range() {
        assert_eq!(sum(&series(0, &[i64::MAX, 1])), Ok(i64::MAX));
        assert_eq!(sum(&series(0, &[i64::MIN, -1])), Ok(i64::MIN));
    }

    #[test]
    fn only_a_fresh_value_is_remembered_and_by_its_sampling_time() {
        let before = Some(Good {
            milli: 7,
            at_ms: UnixMs(1),
        });
        let after = remember(Some((3, Millis(10))), before, &clock()).expect("a value");
        assert_eq!((after.milli, after.at_ms), (3, UnixMs(NOW - 10)));
        assert_eq!(remember(None, before, &clock()), before);
    }

    #[test]
    fn the_hold_ends_at_the_floor() {
        let fallback = Fallback {
            last_known_good_ms: Millis(0),
            hold_ms: Millis(1_000),
            floor_replicas: 3,
        };
        let rung = |since| lower_rung(UnixMs(since), &fallback, &clock());
        assert_eq!(rung(NOW - 1_000), DemandRung::Hold);
        assert_eq!(rung(NOW - 1_001), DemandRung::Floor);
    }
}
