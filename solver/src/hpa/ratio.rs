//! Usage ratios and the tolerance around 1 in which nothing changes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arithmetic::{float, saturate_to_i32, saturate_to_i64};
use super::behavior::{Behavior, Direction};
use super::proposal::MetricFailure;

/// How far a usage ratio may be from 1 without a change, per direction, in thousandths.
///
/// The default is HPA's 0.1 both ways. Zero reacts to every wiggle of the metric; a
/// value above 1000 downwards never scales down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tolerance {
    /// Ratio above 1 that still means "no change", in thousandths.
    pub scale_up_milli: u32,
    /// Ratio below 1 that still means "no change", in thousandths.
    pub scale_down_milli: u32,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self {
            scale_up_milli: 100,
            scale_down_milli: 100,
        }
    }
}

/// The ratios that mean "no change": `1 - down <= ratio <= 1 + up`, both edges inside.
///
/// HPA keeps tolerances as float64, so this does too. A not-a-number edge contains
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ToleranceBand {
    scale_down: f64,
    scale_up: f64,
}

impl ToleranceBand {
    /// A band from fractions, for a controller flag that is a float64.
    #[must_use]
    pub const fn from_fractions(scale_down: f64, scale_up: f64) -> Self {
        Self {
            scale_down,
            scale_up,
        }
    }

    /// This band with the sides that `behavior` sets replaced; the others stay.
    ///
    /// Upstream does this only with the gate `HPAConfigurableTolerance` on, which it was
    /// not by default in 1.33: whoever models that must not call it with the gate off.
    #[must_use]
    pub fn overridden_by(self, behavior: &Behavior) -> Self {
        let side = |direction, default| {
            behavior
                .tolerance_milli(direction)
                .map_or(default, milli_to_fraction)
        };
        Self {
            scale_down: side(Direction::Down, self.scale_down),
            scale_up: side(Direction::Up, self.scale_up),
        }
    }

    /// Whether `ratio` is close enough to 1 to change nothing.
    #[must_use]
    pub fn contains(&self, ratio: f64) -> bool {
        self.least() <= ratio && ratio <= 1.0 + self.scale_up
    }

    /// The least ratio that changes nothing; not above 0 where nothing is ever too little.
    #[must_use]
    pub fn least(&self) -> f64 {
        1.0 - self.scale_down
    }
}

impl From<Tolerance> for ToleranceBand {
    fn from(tolerance: Tolerance) -> Self {
        Self::from_fractions(
            milli_to_fraction(tolerance.scale_down_milli),
            milli_to_fraction(tolerance.scale_up_milli),
        )
    }
}

fn milli_to_fraction(milli: u32) -> f64 {
    f64::from(milli) / 1000.0
}

/// Mean usage per pod against a target per pod.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UsageRatio {
    /// `mean_milli` / target.
    pub ratio: f64,
    /// Integer mean over all samples, truncated before the ratio is taken.
    pub mean_milli: i64,
}

/// Utilization of requests against a target percentage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UtilizationRatio {
    /// `percent` / target percentage.
    pub ratio: f64,
    /// Integer `100 * usage / request`, truncated before the ratio is taken.
    pub percent: i32,
    /// Integer mean usage over the pods that have both a sample and a request.
    pub mean_milli: i64,
}

/// Ratio of the mean of `usage_milli` (by pod) to `target_milli`.
///
/// # Errors
/// [`MetricFailure::NoCountedSamples`] without samples,
/// [`MetricFailure::TargetNotPositive`] for a target of zero or less.
pub fn usage_ratio<Name>(
    usage_milli: &BTreeMap<Name, i64>,
    target_milli: i64,
) -> Result<UsageRatio, MetricFailure> {
    require_positive(target_milli)?;
    let total: i128 = usage_milli.values().map(|&usage| i128::from(usage)).sum();
    let mean_milli = mean(total, usage_milli.len()).ok_or(MetricFailure::NoCountedSamples)?;
    Ok(UsageRatio {
        ratio: float(mean_milli) / float(target_milli),
        mean_milli,
    })
}

/// Ratio of the utilization of `requests_milli` to `target_percent`, over the pods that
/// appear in both maps.
///
/// # Errors
/// [`MetricFailure::NoKnownPodHasSample`] if the requests of those pods sum to zero,
/// [`MetricFailure::TargetNotPositive`] for a target of zero or less.
pub fn utilization_ratio<Name: AsRef<str>>(
    usage_milli: &BTreeMap<Name, i64>,
    requests_milli: &BTreeMap<String, i64>,
    target_percent: i32,
) -> Result<UtilizationRatio, MetricFailure> {
    require_positive(i64::from(target_percent))?;
    let mut usage_total = 0_i128;
    let mut request_total = 0_i128;
    let mut pods = 0_usize;
    for (pod, &usage) in usage_milli {
        if let Some(&request) = requests_milli.get(pod.as_ref()) {
            usage_total += i128::from(usage);
            request_total += i128::from(request);
            pods += 1;
        }
    }
    if request_total == 0 {
        return Err(MetricFailure::NoKnownPodHasSample);
    }
    let percent = saturate_to_i32(usage_total * 100 / request_total);
    Ok(UtilizationRatio {
        ratio: f64::from(percent) / f64::from(target_percent),
        percent,
        mean_milli: mean(usage_total, pods).ok_or(MetricFailure::NoKnownPodHasSample)?,
    })
}

/// A target of zero divides by zero; the API refuses it, and so do these functions.
pub(super) const fn require_positive(target: i64) -> Result<(), MetricFailure> {
    if target > 0 {
        Ok(())
    } else {
        Err(MetricFailure::TargetNotPositive)
    }
}

fn mean(total: i128, count: usize) -> Option<i64> {
    let count = i128::try_from(count).ok().filter(|&count| count > 0)?;
    Some(saturate_to_i64(total / count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pods(values: &[i64]) -> BTreeMap<String, i64> {
        (0..)
            .map(|n| format!("pod-{n}"))
            .zip(values.iter().copied())
            .collect()
    }

    #[test]
    fn both_edges_of_the_tolerance_are_inside() {
        let band = ToleranceBand::from(Tolerance::default());
        for (ratio, inside) in [
            (0.9, true),
            (1.1, true),
            (0.899_999, false),
            (1.100_001, false),
        ] {
            assert_eq!(band.contains(ratio), inside, "{ratio}");
        }
    }

    #[test]
    fn a_direction_without_its_own_tolerance_keeps_the_default() {
        let behavior: Behavior =
            serde_json::from_str(r#"{"scaleUp":{"toleranceMilli":0}}"#).expect("valid behavior");
        let band = ToleranceBand::from(Tolerance::default()).overridden_by(&behavior);
        assert!(!band.contains(1.001));
        assert!(band.contains(0.9));
    }

    #[test]
    fn a_not_a_number_tolerance_contains_nothing() {
        assert!(!ToleranceBand::from_fractions(f64::NAN, 0.1).contains(1.0));
        assert!(!ToleranceBand::from_fractions(0.1, 0.1).contains(f64::NAN));
    }

    #[test]
    fn the_mean_is_truncated_before_the_ratio() {
        let ratio = usage_ratio(&pods(&[10, 11]), 10).expect("a ratio");
        assert_eq!(
            (ratio.mean_milli, ratio.ratio.to_bits()),
            (10, 1.0_f64.to_bits())
        );
    }

    #[test]
    fn the_utilization_is_truncated_before_the_ratio() {
        let ratio = utilization_ratio(&pods(&[1999]), &pods(&[1000]), 100).expect("a ratio");
        assert_eq!((ratio.percent, ratio.mean_milli), (199, 1999));
        assert_eq!(ratio.ratio.to_bits(), 1.99_f64.to_bits());
    }

    #[test]
    fn utilization_counts_only_pods_with_both_a_sample_and_a_request() {
        let more_samples = utilization_ratio(&pods(&[50, 76, 100]), &pods(&[100, 100]), 50);
        let more_requests = utilization_ratio(&pods(&[50, 76]), &pods(&[100, 100, 500]), 50);
        assert_eq!(more_samples, more_requests);
        assert_eq!(more_samples.map(|ratio| ratio.percent), Ok(63));
    }

    #[test]
    fn requests_that_sum_to_zero_are_a_failure_and_not_a_division() {
        assert_eq!(
            utilization_ratio(&pods(&[50]), &pods(&[0]), 50),
            Err(MetricFailure::NoKnownPodHasSample)
        );
    }

    #[test]
    fn a_target_of_zero_is_a_failure() {
        assert_eq!(
            usage_ratio(&pods(&[1]), 0),
            Err(MetricFailure::TargetNotPositive)
        );
        assert_eq!(
            utilization_ratio(&pods(&[1]), &pods(&[1]), 0),
            Err(MetricFailure::TargetNotPositive)
        );
    }

    #[test]
    fn sums_beyond_int64_saturate() {
        let huge = pods(&[i64::MAX, i64::MAX]);
        assert_eq!(
            usage_ratio(&huge, 1).map(|ratio| ratio.mean_milli),
            Ok(i64::MAX)
        );
        let ratio = utilization_ratio(&huge, &pods(&[1, 1]), 1);
        assert_eq!(ratio.map(|ratio| ratio.percent), Ok(i32::MAX));
    }
}
