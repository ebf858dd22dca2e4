//! The ramp: shares move towards their target in a straight line, a bounded step per tick.
//!
//! Shares are parts per million and not weights, because a chain of rounded weights would drift or
//! stand still where the step is finer than a weight. The cluster that has the farthest to go moves
//! by exactly the step, all others in proportion, so all arrive together after
//! `ceil(distance / step)` ticks.

use super::apportion::apportion;

/// All traffic, in the unit of shares. With a coarser unit the ramp's thousandths are not exact.
pub(super) const WHOLE_PPM: i128 = 1_000_000;

/// Shares in parts per million, adding up to a million, nearest to the proportions; at least one
/// part must be above zero.
pub(super) fn shares_ppm(parts: &[i128]) -> Vec<i128> {
    apportion(parts, WHOLE_PPM, 0, WHOLE_PPM)
}

/// One tick from `from` towards `to`, both adding up to a million.
///
/// The rounding to whole parts per million never takes a cluster beyond `step_ppm`: the farthest
/// cluster's new share is a whole number, and every other one moves by less.
pub(super) fn step(from: &[i128], to: &[i128], step_ppm: i128) -> Vec<i128> {
    let distance = from
        .iter()
        .zip(to)
        .map(|(from, to)| (to - from).abs())
        .max()
        .unwrap_or(0);
    if distance <= step_ppm {
        return to.to_vec();
    }
    let mix = from
        .iter()
        .zip(to)
        .map(|(from, to)| from * (distance - step_ppm) + to * step_ppm);
    shares_ppm(&mix.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn distance(a: &[i128], b: &[i128]) -> i128 {
        a.iter()
            .zip(b)
            .map(|(a, b)| (a - b).abs())
            .max()
            .unwrap_or(0)
    }

    proptest! {
        #[test]
        fn each_step_is_bounded_and_the_distance_falls_by_exactly_the_step_until_arrival(
            ends in prop::collection::vec((0..1_000_000i128, 0..1_000_000i128), 2..6)
                .prop_filter("both ends carry traffic", |ends| {
                    ends.iter().any(|end| end.0 > 0) && ends.iter().any(|end| end.1 > 0)
                }),
            step_ppm in (1..=1000i128).prop_map(|milli| milli * 1000),
        ) {
            let (from, to): (Vec<_>, Vec<_>) = ends.into_iter().unzip();
            let (mut at, to) = (shares_ppm(&from), shares_ppm(&to));
            let mut ticks = 0;
            let expected = (distance(&at, &to) + step_ppm - 1) / step_ppm;
            while at != to {
                let next = step(&at, &to, step_ppm);
                prop_assert_eq!(next.iter().sum::<i128>(), WHOLE_PPM);
                prop_assert!(distance(&at, &next) <= step_ppm, "{:?} to {:?}", at, next);
                let left = distance(&next, &to);
                prop_assert_eq!(left, (distance(&at, &to) - step_ppm).max(0));
                for i in 0..at.len() {
                    let between = at[i].min(to[i])..=at[i].max(to[i]);
                    prop_assert!(between.contains(&next[i]), "{:?} to {:?} by {:?}", at, to, next);
                }
                at = next;
                ticks += 1;
            }
            prop_assert_eq!(ticks, expected);
        }
    }
}
