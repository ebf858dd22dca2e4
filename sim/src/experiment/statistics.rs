//! Means and their confidence intervals.

use serde::Serialize;

use crate::report::units::approx;

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
    /// Of independent values: Student's t, mean ± t(0.975, n-1) s / sqrt(n). `None` of no value.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let n = approx(u64::try_from(values.len()).ok()?);
        if values.is_empty() {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let interval = (values.len() > 1).then(|| {
            let half = t_975(values.len() - 1) * (squares / (n - 1.0) / n).sqrt();
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
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_textbook() {
        // Mean 3, standard deviation sqrt(2.5), n 5: 3 ± 2.776445 * 0.707107.
        let estimate = Estimate::of(&[1.0, 2.0, 3.0, 4.0, 5.0]).expect("values");
        let [low, high] = estimate.interval.expect("five values");
        assert!((estimate.mean - 3.0).abs() < 1e-12);
        assert!((low - 1.036_757).abs() < 1e-5, "{low}");
        assert!((high - 4.963_243).abs() < 1e-5, "{high}");
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
        let one = Estimate::of(&[5.0]).expect("a value");
        assert_eq!(one.interval, None);
        assert!(!one.is_clear());
        assert_eq!(Estimate::of(&[]), None);
        let same = Estimate::of(&[5.0, 5.0]).expect("values");
        assert_eq!(same.interval, Some([5.0, 5.0]));
        assert!(same.is_clear());
        let zero = Estimate::of(&[-1.0, 1.0]).expect("values");
        assert!(!zero.is_clear());
    }
}
