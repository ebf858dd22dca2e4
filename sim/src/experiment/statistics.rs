//! Means and their confidence intervals.

use serde::Serialize;

use crate::report::units::approx;

/// What the values under several seeds are samples of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampled {
    /// All that seeds draw: each value is one of many, and the mean of more of them is known better.
    Draws,
    /// A recorded trace that is drawn anew from its own blocks (bootstrap): the values scatter about their mean as the
    /// one that was recorded scatters about the truth, and more of them tell no more of the traffic.
    Traffic,
}

/// A mean with its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Both ends of the interval; absent with one value, which tells nothing of how values scatter.
    pub interval: Option<[f64; 2]>,
}

impl Estimate {
    /// Student's t: mean ± t(0.975, n-1) s / sqrt(n), and of drawn traffic mean ± t(0.975, n-1) s sqrt(1 + 1 / n): the
    /// standard interval of the bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 12), and
    /// what the mean of few resamples adds to it. `None` of no value.
    #[must_use]
    pub fn of(values: &[f64], sampled: Sampled) -> Option<Self> {
        let n = approx(u64::try_from(values.len()).ok()?);
        if values.is_empty() {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let interval = (values.len() > 1).then(|| {
            let of_one = match sampled {
                Sampled::Draws => 0.0,
                Sampled::Traffic => 1.0,
            };
            let variance = squares / (n - 1.0) * (of_one + 1.0 / n);
            let half = t_975(values.len() - 1) * variance.sqrt();
            [mean - half, mean + half]
        });
        Some(Self { mean, interval })
    }

    /// Whether the interval tells the mean from zero.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.interval
            .is_some_and(|[low, high]| low > 0.0 || high < 0.0)
    }
}

/// The 97.5th percentile of Student's t for 1 to 30 degrees of freedom, as in every table of it.
const T_975: [f64; 30] = [
    12.706_205, 4.302_653, 3.182_446, 2.776_445, 2.570_582, 2.446_912, 2.364_624, 2.306_004,
    2.262_157, 2.228_139, 2.200_985, 2.178_813, 2.160_369, 2.144_787, 2.131_450, 2.119_905,
    2.109_816, 2.100_922, 2.093_024, 2.085_963, 2.079_614, 2.073_873, 2.068_658, 2.063_899,
    2.059_539, 2.055_529, 2.051_831, 2.048_407, 2.045_230, 2.042_272,
];

/// The 97.5th percentile of Student's t. Beyond the table by the expansion of Cornish and Fisher about the normal's
/// (Abramowitz and Stegun 26.7.5), which is exact to four digits after the point there.
fn t_975(degrees: usize) -> f64 {
    if let Some(t) = degrees.checked_sub(1).and_then(|n| T_975.get(n)) {
        return *t;
    }
    let z = 1.959_964_f64;
    let n = approx(u64::try_from(degrees).unwrap_or(u64::MAX));
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    let third = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0;
    z + first / n + second / n.powi(2) + third / n.powi(3)
}

#[cfg(test)]
mod tests {
    use rand::RngExt as _;

    use super::*;

    #[test]
    fn the_interval_is_that_of_the_textbook() {
        // Mean 3, standard deviation sqrt(2.5), n 5: 3 ± 2.776445 * 0.707107.
        let estimate = Estimate::of(&[1.0, 2.0, 3.0, 4.0, 5.0], Sampled::Draws).expect("values");
        let [low, high] = estimate.interval.expect("five values");
        assert!((estimate.mean - 3.0).abs() < 1e-12);
        assert!((low - 1.036_757).abs() < 1e-5, "{low}");
        assert!((high - 4.963_243).abs() < 1e-5, "{high}");
    }

    #[test]
    fn more_resamples_of_one_trace_do_not_narrow_what_is_known_of_the_traffic() {
        // Standard deviation 1 and 1.0260: 0 ± 12.706 * 1.2247 * sqrt(2), and 0 ± 2.0930 * 1.0247 * 1.0260.
        let half = |values: &[f64]| {
            let estimate = Estimate::of(values, Sampled::Traffic).expect("values");
            estimate.interval.expect("several values")[1]
        };
        let few = half(&[-1.0, 1.0]);
        let many = half(&[-1.0, 1.0].repeat(10));
        assert!((few - 22.007_7).abs() < 1e-3, "{few}");
        assert!((many - 2.200_4).abs() < 1e-3, "{many}");
    }

    /// Of 200 recordings of 240 values in blocks of two, how many have an interval that holds the true mean.
    #[test]
    fn the_interval_of_resampled_blocks_holds_the_truth_about_as_often_as_it_says() {
        let mut random = crate::random::stream(5, "test", "");
        let mut held = 0;
        for _ in 0..200 {
            // Both values of a pair are alike, so a pair stands for its block.
            let pairs: Vec<f64> = (0..120).map(|_| random.random_range(-1.0..1.0)).collect();
            let resampled = (0..30).map(|_| {
                let drawn = (0..120).map(|_| pairs[random.random_range(0..120)]);
                drawn.sum::<f64>() / 120.0
            });
            let resampled: Vec<f64> = resampled.collect();
            let estimate = Estimate::of(&resampled, Sampled::Traffic).expect("values");
            held += usize::from(!estimate.is_clear());
        }
        assert!((180..=200).contains(&held), "{held} of 200");
    }

    #[test]
    fn quantiles_beyond_the_table_are_those_of_student_and_join_it_smoothly() {
        for (degrees, t) in [
            (31, 2.039_513),
            (40, 2.021_075),
            (60, 2.000_298),
            (120, 1.979_930),
        ] {
            assert!(
                (t_975(degrees) - t).abs() < 5e-5,
                "{degrees}: {}",
                t_975(degrees)
            );
        }
        for degrees in 1..200 {
            assert!(t_975(degrees) > t_975(degrees + 1), "{degrees}");
        }
    }

    #[test]
    fn one_value_has_no_interval_and_is_never_clear() {
        let one = Estimate::of(&[5.0], Sampled::Draws).expect("a value");
        assert_eq!(one.interval, None);
        assert!(!one.is_clear());
        assert_eq!(Estimate::of(&[], Sampled::Draws), None);
        let same = Estimate::of(&[5.0, 5.0], Sampled::Draws).expect("values");
        assert_eq!(same.interval, Some([5.0, 5.0]));
        assert!(same.is_clear());
        let zero = Estimate::of(&[-1.0, 1.0], Sampled::Draws).expect("values");
        assert!(!zero.is_clear());
    }
}
