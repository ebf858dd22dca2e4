//! Integers nearest to proportions: the one piece of arithmetic under all weights.
//!
//! Proportions are given as `parts`, integers of any scale, none negative. The error of a tuple of
//! weights is the **largest difference, over the clusters, between the share that the weights give
//! and the share wanted**, `max |w_i / Σw - part_i / Σpart|`: the worst-off cluster's misdirected
//! fraction of all traffic. All comparisons are exact, in integers.
//!
//! Range: the parts' sum times 2^36 must stay below 2^127. Replica counts (32 bits), products of two
//! fleets' counts with a weight (at most 90 bits) and parts per million all do.

/// Integers between 0 and `max` that add up to `total` and minimise the largest distance
/// `|w_i - total * part_i / Σpart|`. A cluster with a part gets at least `min`, one without gets 0.
/// Ties go to the cluster that is first in `parts`.
///
/// Needs `min * p <= total <= max * p` for the number `p` of parts above zero, and `p > 0`.
/// With slack bounds this is the method of largest remainders; the bounds move the
/// units that do not fit to where they hurt least.
pub(super) fn apportion(parts: &[i128], total: i128, min: i128, max: i128) -> Vec<i128> {
    let whole: i128 = parts.iter().sum();
    let mut weights: Vec<i128> = parts
        .iter()
        .map(|&part| {
            if part == 0 {
                0
            } else {
                (part * total / whole).clamp(min, max)
            }
        })
        .collect();
    // By how much a cluster has too little, in units of 1 / whole.
    let lack = |weights: &[i128], i: usize| parts[i] * total - weights[i] * whole;
    let mut missing = total - weights.iter().sum::<i128>();
    while missing != 0 {
        let open = (0..parts.len()).filter(|&i| parts[i] > 0);
        let (chosen, unit) = if missing > 0 {
            let neediest = open.filter(|&i| weights[i] < max).rev();
            (neediest.max_by_key(|&i| lack(&weights, i)), 1)
        } else {
            (
                open.filter(|&i| weights[i] > min)
                    .min_by_key(|&i| lack(&weights, i)),
                -1,
            )
        };
        let chosen = chosen.expect("min * p <= total <= max * p leaves a weight that can move");
        weights[chosen] += unit;
        missing -= unit;
    }
    weights
}

/// The weights from 0 to `max` with the smallest error; of those the tuple with the smallest sum.
/// Every part above zero gets at least 1; all zeros only if all parts are zero.
pub(super) fn nearest(parts: &[i128], max: u8) -> Vec<u8> {
    let whole: i128 = parts.iter().sum();
    let max = i128::from(max);
    let divisor = parts
        .iter()
        .copied()
        .fold(0, greatest_common_divisor)
        .max(1);
    let reduced = parts.iter().map(|part| part / divisor).collect::<Vec<_>>();
    let best = if reduced.iter().all(|&part| part <= max) {
        reduced // Error zero, and every other tuple of error zero is a multiple.
    } else {
        search(parts, whole, max)
    };
    best.into_iter()
        .map(|weight| u8::try_from(weight).expect("weights are bounded by max, which is a u8"))
        .collect()
}

/// Tries every sum that weights can have, smallest first.
fn search(parts: &[i128], whole: i128, max: i128) -> Vec<i128> {
    let largest = parts.iter().copied().max().unwrap_or(0);
    let serving = parts
        .iter()
        .filter(|&&part| part > 0)
        .map(|_| 1)
        .sum::<i128>();
    // Errors are in units of 1 / (whole * total).
    let mut best: (i128, i128, Vec<i128>) = (i128::MAX, 1, Vec::new());
    for total in serving..=serving * max {
        let smaller = |error: i128, best: &(i128, i128, Vec<i128>)| {
            best.0 == i128::MAX || error * best.1 < best.0 * total
        };
        // The largest share cannot have more than `max`; its lack only grows with the sum.
        if !smaller(largest * total - max * whole, &best) {
            break;
        }
        let weights = apportion(parts, total, 1, max);
        let error = weights
            .iter()
            .zip(parts)
            .map(|(&weight, &part)| (weight * whole - part * total).abs())
            .max()
            .unwrap_or(0);
        if smaller(error, &best) {
            best = (error, total, weights);
        }
    }
    best.2
}

fn greatest_common_divisor(a: i128, b: i128) -> i128 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Error as a fraction: numerator and denominator.
    fn error(weights: &[i128], parts: &[i128]) -> (i128, i128) {
        let (total, whole) = (weights.iter().sum::<i128>(), parts.iter().sum::<i128>());
        let worst = weights
            .iter()
            .zip(parts)
            .map(|(w, p)| (w * whole - p * total).abs())
            .max();
        (worst.expect("not empty"), whole * total)
    }

    /// The smallest error over all tuples, with the smallest sum that has it.
    fn brute_force(parts: &[i128], max: i128) -> ((i128, i128), i128) {
        let mut best = ((i128::MAX, 1), 0);
        let mut tuple: Vec<i128> = parts.iter().map(|&part| part.min(1)).collect();
        loop {
            let (num, den) = error(&tuple, parts);
            let sum = tuple.iter().sum();
            let ((least, unit), best_sum) = best;
            let better = least == i128::MAX
                || num * unit < least * den
                || (num * unit == least * den && sum < best_sum);
            if better {
                best = ((num, den), sum);
            }
            let Some(next) = (0..parts.len()).find(|&i| parts[i] > 0 && tuple[i] < max) else {
                return best;
            };
            for i in 0..next {
                tuple[i] = parts[i].min(1);
            }
            tuple[next] += 1;
        }
    }

    fn assert_optimal(parts: &[i128], max: u8) {
        let weights: Vec<i128> = nearest(parts, max).into_iter().map(i128::from).collect();
        let ((least, unit), best_sum) = brute_force(parts, max.into());
        let (num, den) = error(&weights, parts);
        assert_eq!(
            num * unit,
            least * den,
            "{parts:?} up to {max}: {weights:?}"
        );
        assert_eq!(
            weights.iter().sum::<i128>(),
            best_sum,
            "{parts:?} up to {max}: {weights:?}"
        );
        for (weight, part) in weights.iter().zip(parts) {
            assert_eq!(
                *weight > 0,
                *part > 0,
                "{parts:?}: zero exactly where nothing is wanted"
            );
        }
    }

    #[test]
    fn no_pair_of_weights_up_to_255_is_nearer_for_two_clusters_beyond_the_range() {
        for parts in [
            [256, 1],
            [1, 1000],
            [257, 256],
            [1_000_003, 999_983],
            [4_294_967_295, 1],
        ] {
            assert_optimal(&parts, u8::MAX);
        }
    }

    #[test]
    fn no_pair_is_nearer_for_any_two_counts_up_to_60_on_a_short_scale() {
        for a in 0..=60 {
            for b in 0..=60 {
                if a + b > 0 {
                    assert_optimal(&[a, b], 17);
                }
            }
        }
    }

    #[test]
    fn no_triple_is_nearer_for_any_three_counts_up_to_14_on_a_short_scale() {
        for code in 1..15 * 15 * 15 {
            assert_optimal(&[code % 15, code / 15 % 15, code / 225], 7);
        }
    }

    #[test]
    fn no_quadruple_is_nearer_for_any_four_counts_up_to_8_on_a_short_scale() {
        for code in 1..9 * 9 * 9 * 9 {
            assert_optimal(&[code % 9, code / 9 % 9, code / 81 % 9, code / 729], 4);
        }
    }

    #[test]
    fn very_unequal_triples_are_optimal_where_the_least_weight_binds() {
        for parts in [
            [100_000, 1, 1],
            [997, 1, 13],
            [1, 50_000, 49_999],
            [3, 3, 100_001],
        ] {
            assert_optimal(&parts, 40);
        }
    }

    #[test]
    fn an_apportionment_adds_up_and_stays_within_one_of_the_exact_figure() {
        let parts = [3, 3, 1, 0, 977];
        let shares = apportion(&parts, 1_000_000, 0, 1_000_000);
        assert_eq!(shares.iter().sum::<i128>(), 1_000_000);
        for (share, part) in shares.iter().zip(parts) {
            assert!((share * 984 - part * 1_000_000).abs() < 984);
        }
    }
}
