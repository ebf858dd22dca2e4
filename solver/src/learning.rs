//! What a saturated queue teaches: how fast a replica is, and whether more of them help.
//!
//! Both are learned only while replicas are saturated (a backlog at this and at the previous
//! reading): an idle replica's throughput says how little there was to do, not how fast it is.
//! The objective that uses the rate lives in [`crate::queue`].

use std::collections::BTreeMap;

use crate::ids::ClusterId;
use crate::memory::{LearnedRate, ThroughputPoint};
use crate::units::{Millis, UnixMs};

/// Readings that the average rests on. Fewer follow noise; more take so long to believe that
/// the items have become heavier that the backlog is late.
const WINDOW: u32 = 16;
/// Growth of the Ready replicas, percent, from which throughput must show a gain. Lower, and
/// one replica more is judged by a gain that noise hides; higher, and a bottleneck downstream is
/// found only after many replicas were paid for.
const GROWTH_PERCENT: u128 = 20;
/// Growth of the throughput, percent, that counts as a gain. Zero would take noise for a gain;
/// at [`GROWTH_PERCENT`] every sub-linear but useful growth would be stopped.
const GAIN_PERCENT: u128 = 5;
/// How long the growth must have lasted before it is judged: completions are measured as a rate
/// over some time, and shorter judges new replicas by what was completed before they came.
const SETTLE: Millis = Millis(60_000);

/// Takes one saturated reading of `total_milli` completions per second by `ready` replicas of a
/// cluster into its average. Skipped where `ready` differs from the reading before (the rate
/// covers a time in which replicas came or went) and where nothing was completed (a replica that
/// is stuck is not a slow one).
pub fn learn(rate: &mut LearnedRate, ready: u32, total_milli: i64) {
    let steady = rate.ready == ready;
    rate.ready = ready;
    rate.total_milli = total_milli;
    if !steady || ready == 0 || total_milli <= 0 {
        return;
    }
    let now = i128::from(total_milli) / i128::from(ready);
    let samples = rate.samples.saturating_add(1).min(WINDOW);
    let step = nearest_quotient(now - i128::from(rate.milli), i128::from(samples));
    let learned = (i128::from(rate.milli) + step).max(1);
    rate.milli = u32::try_from(learned).unwrap_or(u32::MAX);
    rate.samples = samples;
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
    now.since(since) >= SETTLE
}

/// Whether `now` is at least `before` and `percent` more.
fn at_least(now: u64, before: i64, percent: u128) -> bool {
    let before = u128::from(before.max(0).unsigned_abs());
    u128::from(now) * 100 >= before * (100 + percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(milli: u32, samples: u32, ready: u32) -> LearnedRate {
        LearnedRate {
            milli,
            samples,
            ready,
            total_milli: 0,
        }
    }

    #[test]
    fn a_saturated_reading_is_taken_into_the_average() {
        for (sentence, before, ready, total, milli, samples) in [
            (
                "the first reading is the average",
                rate(0, 0, 4),
                4,
                20_000,
                5_000,
                1,
            ),
            (
                "the second counts half",
                rate(5_000, 1, 4),
                4,
                28_000,
                6_000,
                2,
            ),
            (
                "a full window moves by a sixteenth",
                rate(5_000, 16, 4),
                4,
                52_000,
                5_500,
                16,
            ),
            (
                "it moves down as it moves up",
                rate(5_500, 16, 4),
                4,
                12_000,
                5_344,
                16,
            ),
            (
                "where replicas came the reading is nobody's",
                rate(5_000, 3, 4),
                5,
                20_000,
                5_000,
                3,
            ),
            (
                "a stuck replica is not a slow one",
                rate(5_000, 3, 4),
                4,
                0,
                5_000,
                3,
            ),
            (
                "nobody completes nothing",
                rate(5_000, 3, 0),
                0,
                20_000,
                5_000,
                3,
            ),
            (
                "a rate is never zero",
                rate(1, 1, u32::MAX),
                u32::MAX,
                1,
                1,
                2,
            ),
            (
                "nor above its type",
                rate(1, 0, 1),
                1,
                i64::MAX,
                u32::MAX,
                1,
            ),
        ] {
            let mut rate = before;
            learn(&mut rate, ready, total);
            assert_eq!((rate.milli, rate.samples), (milli, samples), "{sentence}");
            assert_eq!((rate.ready, rate.total_milli), (ready, total), "{sentence}");
        }
    }

    #[test]
    fn the_fleet_is_sized_by_its_slowest_cluster_once_one_is_known() {
        let rates = |list: &[(&str, u32, u32)]| {
            list.iter()
                .map(|&(name, milli, samples)| (ClusterId::from(name), rate(milli, samples, 1)))
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
                "a fifth more replicas, a minute long, without a gain",
                vec![(0, 10, 100), (15, 12, 104), (75, 12, 104)],
                true,
            ),
            (
                "less than a minute is not judged yet",
                vec![(0, 10, 100), (15, 12, 104), (74, 12, 104)],
                false,
            ),
            (
                "less than a fifth more is not judged",
                vec![(0, 10, 100), (15, 11, 100), (90, 11, 100)],
                false,
            ),
            (
                "a gain of 5 % is one",
                vec![(0, 10, 100), (15, 12, 105), (90, 12, 105)],
                false,
            ),
            (
                "small steps add up",
                vec![(0, 10, 100), (15, 11, 101), (30, 12, 102), (90, 12, 102)],
                true,
            ),
            (
                "it ends when throughput rises",
                vec![(0, 10, 100), (15, 12, 100), (75, 12, 100), (90, 12, 106)],
                false,
            ),
            (
                "it ends when replicas go",
                vec![(0, 10, 100), (15, 12, 100), (75, 12, 100), (90, 10, 100)],
                false,
            ),
            (
                "heavier items at a constant count move the point",
                vec![(0, 10, 100), (15, 10, 50), (30, 12, 60), (90, 12, 60)],
                false,
            ),
            (
                "nothing completed before makes any throughput a gain",
                vec![(0, 10, 0), (15, 20, 0), (90, 20, 0)],
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
        let mut rate = rate(u32::MAX, u32::MAX, 1);
        learn(&mut rate, 1, i64::MAX);
        assert_eq!(rate.milli, u32::MAX);
    }
}
