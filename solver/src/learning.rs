//! What a queue teaches: how fast a replica is, and whether more of them help.
//!
//! Throughput is a rate over some time, in which replicas come and go and are busy or not. So one
//! lesson says in which range a replica's rate lies, and the estimate follows only where it lies
//! outside. What was completed by the most replicas there were is the least that one can do, for
//! idle ones have done nothing; what was completed by the fewest is the most, but only if all of
//! them had work all the time. Without the former an estimate that is too low would never be
//! found out: it asks for too many replicas, and too many are never saturated.
//! The objective that uses the rate lives in [`crate::queue`].

use std::collections::BTreeMap;

use crate::ids::ClusterId;
use crate::memory::{LearnedRate, Lesson, ThroughputPoint, Waiting};
use crate::units::{Millis, UnixMs};

/// Lessons that the average rests on. Fewer follow noise; more take so long to believe that
/// the items have become heavier that the backlog is late.
const WINDOW: u32 = 8;
/// How long a lesson lasts, and growth before it is judged: the longest rate window of a
/// completions query that is read rightly. In a shorter lesson completions would be those of
/// replicas that are gone, or not those of replicas that are there.
pub const RATE_WINDOW: Millis = Millis(300_000);
/// How busy, percent, replicas were at most if nothing waited in a whole lesson. Higher, and an
/// estimate that is too low rises slowly or, with few replicas, never; lower, and it rises so far
/// above the truth that work is late before saturation brings it down.
const UNSATURATED_PERCENT: i128 = 90;
/// Growth of the Ready replicas, percent, from which throughput must show a gain. Lower, and
/// one replica more is judged by a gain that noise hides; higher, and a bottleneck downstream is
/// found only after many replicas were paid for.
const GROWTH_PERCENT: u128 = 20;
/// Growth of the throughput, percent, that counts as a gain. Zero would take noise for a gain;
/// at [`GROWTH_PERCENT`] every sub-linear but useful growth would be stopped.
const GAIN_PERCENT: u128 = 5;
/// How much waits when `backlog_milli` thousandths of an item wait for `ready` replicas.
#[must_use]
pub fn waiting(backlog_milli: i64, ready: u32) -> Waiting {
    if backlog_milli <= 0 {
        Waiting::Nothing
    } else if backlog_milli >= i64::from(ready) * 1_000 {
        Waiting::Saturated
    } else {
        Waiting::Something
    }
}

impl Lesson {
    /// The lesson after one more reading.
    #[must_use]
    pub fn and(self, waiting: Waiting) -> Self {
        let waiting = if waiting == self.waiting {
            waiting
        } else {
            Waiting::Something
        };
        Self { waiting, ..self }
    }

    /// Whether completions that were sampled at `sampled` lie within the lesson.
    #[must_use]
    pub fn covers(&self, sampled: UnixMs) -> bool {
        sampled.since(self.since_ms) >= RATE_WINDOW
    }
}

/// Takes what a cluster's `fewest` to `most` replicas completed, `total_milli` items per second,
/// into their average. Nothing completed teaches nothing: a replica that is stuck is not a slow
/// one.
pub fn learn(rate: &mut LearnedRate, waiting: Waiting, total_milli: i64) {
    if rate.most == 0 || total_milli <= 0 {
        return;
    }
    let per = |replicas: u32| i128::from(total_milli) / i128::from(replicas);
    let saturated = waiting == Waiting::Saturated;
    let least = match waiting {
        Waiting::Nothing => per(rate.most) * 100 / UNSATURATED_PERCENT,
        _ => per(rate.most),
    };
    let before = i128::from(rate.milli);
    let nearest = if saturated && rate.fewest > 0 {
        before.clamp(least, per(rate.fewest))
    } else {
        before.max(least)
    };
    if saturated {
        rate.samples = rate.samples.saturating_add(1).min(WINDOW);
    } else if nearest > before {
        rate.samples = rate.samples.max(1);
    }
    let share = if saturated { rate.samples } else { WINDOW };
    let learned = before + nearest_quotient(nearest - before, i128::from(share));
    rate.milli = u32::try_from(learned.max(1)).unwrap_or(u32::MAX);
}

/// The quotient rounded to the nearest integer, halves away from zero; toward zero the average
/// would stop short of what it follows.
fn nearest_quotient(dividend: i128, divisor: i128) -> i128 {
    let half = divisor / 2 * dividend.signum();
    (dividend + half) / divisor
}

/// The rate that the fleet is sized by: the slowest that was learned in any cluster, `start`
/// until one was. The slowest, because a replica may be moved to any of them and a move must not
/// change the fleet's count.
#[must_use]
pub fn service_rate_milli(rates: &BTreeMap<ClusterId, LearnedRate>, start: u32) -> u32 {
    rates
        .values()
        .filter(|rate| rate.samples > 0)
        .map(|rate| rate.milli)
        .min()
        .unwrap_or(start)
}

/// Whether clearly more replicas have not raised the fleet's throughput: the bottleneck is
/// downstream, and more of them would only queue there. Call it at each saturated reading, and
/// forget `point` when the queue is no longer saturated.
///
/// Growth is measured from a point that follows the fleet down and follows every gain up, so
/// that the answer ends when throughput rises, replicas go or the backlog is gone.
pub fn no_throughput_gain(
    point: &mut Option<ThroughputPoint>,
    ready: u32,
    total_milli: i64,
    now: UnixMs,
) -> bool {
    let here = ThroughputPoint {
        ready,
        total_milli,
        grown_since_ms: None,
    };
    let before = point.get_or_insert(here);
    let gained = at_least(
        total_milli.max(0).unsigned_abs(),
        before.total_milli,
        GAIN_PERCENT,
    );
    if ready <= before.ready || gained {
        *before = here;
        return false;
    }
    if !at_least(u64::from(ready), i64::from(before.ready), GROWTH_PERCENT) {
        before.grown_since_ms = None;
        return false;
    }
    let since = *before.grown_since_ms.get_or_insert(now);
    now.since(since) >= RATE_WINDOW
}

/// Whether `now` is at least `before` and `percent` more.
fn at_least(now: u64, before: i64, percent: u128) -> bool {
    let before = u128::from(before.max(0).unsigned_abs());
    u128::from(now) * 100 >= before * (100 + percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(milli: u32, samples: u32, fewest: u32, most: u32) -> LearnedRate {
        LearnedRate {
            milli,
            samples,
            fewest,
            most,
        }
    }

    /// Before a lesson: the estimate, its samples, and the fewest and most Ready replicas.
    type Before = (u32, u32, u32, u32);

    /// Checks what a lesson leaves of an estimate.
    fn teaches(sentence: &str, before: Before, waiting: Waiting, total: i64, after: (u32, u32)) {
        let mut rate = rate(before.0, before.1, before.2, before.3);
        learn(&mut rate, waiting, total);
        assert_eq!((rate.milli, rate.samples), after, "{sentence}");
    }

    #[test]
    fn a_saturated_lesson_is_followed_where_the_average_lies_outside_of_it() {
        const MANY: u32 = u32::MAX;
        for (sentence, before, total, after) in [
            (
                "the first is the average",
                (900, 0, 4, 4),
                20_000,
                (5_000, 1),
            ),
            (
                "the second counts half",
                (5_000, 1, 4, 4),
                28_000,
                (6_000, 2),
            ),
            (
                "a full window moves by an eighth",
                (5_000, 8, 4, 4),
                52_000,
                (6_000, 8),
            ),
            (
                "it moves down as it moves up",
                (6_000, 8, 4, 4),
                16_000,
                (5_750, 8),
            ),
            (
                "where replicas came it may be any rate between",
                (5_000, 3, 4, 8),
                32_000,
                (5_000, 4),
            ),
            (
                "but none below what all of them completed",
                (3_000, 3, 4, 8),
                32_000,
                (3_250, 4),
            ),
            (
                "nor above what the first ones did",
                (9_000, 3, 4, 8),
                32_000,
                (8_750, 4),
            ),
            (
                "none at first set no upper bound",
                (9_000, 3, 0, 8),
                32_000,
                (9_000, 4),
            ),
            (
                "a stuck replica is not a slow one",
                (5_000, 3, 4, 4),
                0,
                (5_000, 3),
            ),
            (
                "nobody completes nothing",
                (5_000, 3, 0, 0),
                20_000,
                (5_000, 3),
            ),
            ("a rate is never zero", (1, 1, MANY, MANY), 1, (1, 2)),
            ("nor above its type", (1, 0, 1, 1), i64::MAX, (MANY, 1)),
        ] {
            teaches(sentence, before, Waiting::Saturated, total, after);
        }
    }

    #[test]
    fn a_lesson_without_saturation_only_raises_the_average() {
        use Waiting::{Nothing, Something};
        for (sentence, before, waiting, total, after) in [
            (
                "idle replicas are not slow ones",
                (5_000, 3, 4, 4),
                Something,
                8_000,
                (5_000, 3),
            ),
            (
                "but may be faster than was thought",
                (5_000, 3, 4, 4),
                Something,
                28_000,
                (5_250, 3),
            ),
            (
                "if nothing waits they can do a ninth more",
                (9_000, 3, 4, 4),
                Nothing,
                36_000,
                (9_125, 3),
            ),
            (
                "so the start is left without saturation",
                (900, 0, 4, 4),
                Nothing,
                3_600,
                (913, 1),
            ),
        ] {
            teaches(sentence, before, waiting, total, after);
        }
    }

    #[test]
    fn all_readings_of_a_lesson_must_agree() {
        use Waiting::{Nothing, Saturated, Something};
        for (readings, expected) in [
            (vec![4_000, 9_000], Saturated),
            (vec![4_000, 3_999], Something),
            (vec![4_000, 0, 4_000], Something),
            (vec![0, -1], Nothing),
            (vec![0, 1, 0], Something),
        ] {
            let lesson = Lesson {
                since_ms: UnixMs(0),
                waiting: waiting(readings[0], 4),
            };
            let after = readings
                .iter()
                .fold(lesson, |lesson, &backlog| lesson.and(waiting(backlog, 4)));
            assert_eq!(after.waiting, expected, "{readings:?}");
        }
    }

    #[test]
    fn the_fleet_is_sized_by_its_slowest_cluster_once_one_is_known() {
        let rates = |list: &[(&str, u32, u32)]| {
            list.iter()
                .map(|&(name, milli, samples)| (ClusterId::from(name), rate(milli, samples, 1, 1)))
                .collect::<BTreeMap<_, _>>()
        };
        assert_eq!(service_rate_milli(&rates(&[]), 7), 7);
        assert_eq!(service_rate_milli(&rates(&[("a", 0, 0)]), 7), 7);
        assert_eq!(
            service_rate_milli(&rates(&[("a", 9, 1), ("b", 8, 1), ("c", 0, 0)]), 7),
            8
        );
    }

    /// Feeds (second, ready, completions per second) and returns the last answer.
    fn judge(readings: &[(i64, u32, i64)]) -> bool {
        let mut point = None;
        let mut answer = false;
        for &(second, ready, total) in readings {
            answer = no_throughput_gain(&mut point, ready, total * 1_000, UnixMs(second * 1_000));
        }
        answer
    }

    #[test]
    fn growth_without_throughput_is_found_and_ends() {
        for (sentence, readings, expected) in [
            (
                "a fifth more replicas, a rate window long, without a gain",
                vec![(0, 10, 100), (15, 12, 104), (315, 12, 104)],
                true,
            ),
            (
                "less than a rate window is not judged yet",
                vec![(0, 10, 100), (15, 12, 104), (314, 12, 104)],
                false,
            ),
            (
                "less than a fifth more is not judged",
                vec![(0, 10, 100), (15, 11, 100), (330, 11, 100)],
                false,
            ),
            (
                "a gain of 5 % is one",
                vec![(0, 10, 100), (15, 12, 105), (330, 12, 105)],
                false,
            ),
            (
                "small steps add up",
                vec![(0, 10, 100), (15, 11, 101), (30, 12, 102), (330, 12, 102)],
                true,
            ),
            (
                "it ends when throughput rises",
                vec![(0, 10, 100), (15, 12, 100), (315, 12, 100), (330, 12, 106)],
                false,
            ),
            (
                "it ends when replicas go",
                vec![(0, 10, 100), (15, 12, 100), (315, 12, 100), (330, 10, 100)],
                false,
            ),
            (
                "heavier items at a constant count move the point",
                vec![(0, 10, 100), (15, 10, 50), (30, 12, 60), (330, 12, 60)],
                false,
            ),
            (
                "nothing completed before makes any throughput a gain",
                vec![(0, 10, 0), (15, 20, 0), (330, 20, 0)],
                false,
            ),
        ] {
            assert_eq!(judge(&readings), expected, "{sentence}");
        }
    }

    #[test]
    fn extremes_do_not_overflow() {
        let mut point = None;
        for total in [i64::MIN, i64::MAX, -1] {
            no_throughput_gain(&mut point, u32::MAX, total, UnixMs(i64::MAX));
        }
        let mut rate = rate(u32::MAX, u32::MAX, 1, u32::MAX);
        learn(&mut rate, Waiting::Saturated, i64::MAX);
        assert_eq!(rate.milli, u32::MAX);
    }
}
