//! Proposals from one number for the whole workload: External and Object metrics.
//!
//! [`value`] multiplies *ready* pods, [`average_value`] divides by *status* replicas;
//! neither multiplies `spec`. [`average_value`] is the natural type for a queue's depth.

use super::arithmetic::{ceil_to_i64, ceil_to_replicas, clamp_to_replicas, float};
use super::proposal::{Basis, MetricFailure, Proposal, Usage};
use super::ratio::{ToleranceBand, require_positive};

/// The sum of all series of an external metric, capped at the int64 maximum.
///
/// Once the cap is reached later negative series do not lower it, as upstream.
///
/// # Errors
/// [`MetricFailure::NoSeries`] if there is none: nothing is not zero.
pub fn sum_series(series_milli: &[i64]) -> Result<i64, MetricFailure> {
    if series_milli.is_empty() {
        return Err(MetricFailure::NoSeries);
    }
    let mut sum = 0_i64;
    for &series in series_milli {
        match sum.checked_add(series) {
            Some(next) => sum = next,
            None if series > 0 => return Ok(i64::MAX),
            None => sum = i64::MIN,
        }
    }
    Ok(sum)
}

/// `Value` target: `ceil(usage / target * ready pods)`, or `spec` within tolerance.
///
/// `ready_pods` counts pods that are Running and Ready; `None` means that the target has
/// no pods at all, which only matters outside the tolerance. At `spec` 0 the answer is
/// `ceil(usage / target)`, without tolerance and without asking for pods, so that any
/// work at all gives 1.
///
/// # Errors
/// [`MetricFailure::TargetNotPositive`]; [`MetricFailure::NoPods`] without pods.
pub fn value(
    usage_milli: i64,
    target_milli: i64,
    spec: u32,
    ready_pods: Option<u32>,
    band: &ToleranceBand,
) -> Result<Proposal, MetricFailure> {
    require_positive(target_milli)?;
    let ratio = float(usage_milli) / float(target_milli);
    let (replicas, basis) = if spec == 0 {
        (ceil_to_replicas(ratio), Basis::OutsideTolerance)
    } else if band.contains(ratio) {
        (spec, Basis::WithinTolerance)
    } else {
        let ready = ready_pods.ok_or(MetricFailure::NoPods)?;
        (
            ceil_to_replicas(ratio * f64::from(ready)),
            Basis::OutsideTolerance,
        )
    };
    Ok(Proposal {
        replicas: clamp_to_replicas(i64::from(replicas)),
        basis,
        usage: Usage::plain(usage_milli),
    })
}

/// `AverageValue` target: `ceil(usage / target)`, or `status` within tolerance of
/// `usage / (target * status)`.
///
/// Within tolerance the proposal is `status`, the replicas that exist, even where `spec`
/// differs. Readiness is irrelevant. At `status` 0 the ratio divides by zero and is
/// outside every tolerance.
///
/// # Errors
/// [`MetricFailure::TargetNotPositive`].
pub fn average_value(
    usage_milli: i64,
    target_milli: i64,
    status: u32,
    band: &ToleranceBand,
) -> Result<Proposal, MetricFailure> {
    require_positive(target_milli)?;
    let usage = float(usage_milli);
    let target = float(target_milli);
    let status_replicas = f64::from(status);
    let (replicas, basis) = if band.contains(usage / (target * status_replicas)) {
        (clamp_to_replicas(i64::from(status)), Basis::WithinTolerance)
    } else {
        (ceil_to_replicas(usage / target), Basis::OutsideTolerance)
    };
    Ok(Proposal {
        replicas,
        basis,
        usage: Usage::plain(usage_per_replica(usage_milli, status_replicas)),
    })
}

/// The reported average. A sum at the int64 maximum stands for "too much to count" and
/// is reported undivided.
fn usage_per_replica(usage_milli: i64, status_replicas: f64) -> i64 {
    if float(usage_milli) >= float(i64::MAX) {
        i64::MAX
    } else {
        ceil_to_i64(float(usage_milli) / status_replicas)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hpa::{MAX_REPLICAS, Tolerance};

    fn band() -> ToleranceBand {
        Tolerance::default().into()
    }

    fn by_value(usage: i64, target: i64, spec: u32, ready: u32) -> u32 {
        value(usage, target, spec, Some(ready), &band())
            .expect("a proposal")
            .replicas
    }

    fn by_average(usage: i64, target: i64, status: u32) -> Proposal {
        average_value(usage, target, status, &band()).expect("a proposal")
    }

    #[test]
    fn a_value_target_multiplies_ready_pods_and_not_spec() {
        assert_eq!(by_value(1_950, 1_000, 3, 3), 6);
        assert_eq!(
            by_value(1_950, 1_000, 3, 1),
            2,
            "a high ratio may scale down"
        );
    }

    #[test]
    fn a_value_target_within_tolerance_keeps_spec_whatever_is_ready() {
        assert_eq!(by_value(1_100, 1_000, 7, 1), 7);
        assert_eq!(by_value(900, 1_000, 7, 1), 7);
        assert_eq!(by_value(1_101, 1_000, 7, 7), 8);
        assert_eq!(by_value(899, 1_000, 7, 7), 7, "ceil(6.293)");
    }

    #[test]
    fn a_value_target_at_zero_replicas_needs_neither_pods_nor_tolerance() {
        let at_zero = |usage| value(usage, 1_000, 0, None, &band()).map(|p| p.replicas);
        assert_eq!(
            [at_zero(0), at_zero(1), at_zero(1_000), at_zero(1_001)],
            [Ok(0), Ok(1), Ok(1), Ok(2)]
        );
    }

    #[test]
    fn a_value_target_without_any_pod_fails_only_outside_tolerance() {
        assert_eq!(
            value(2_000, 1_000, 1, None, &band()),
            Err(MetricFailure::NoPods)
        );
        assert!(value(1_000, 1_000, 1, None, &band()).is_ok());
    }

    #[test]
    fn an_average_within_tolerance_proposes_status_and_not_spec() {
        assert_eq!(by_average(4_000, 1_000, 4).replicas, 4);
        assert_eq!(by_average(4_400, 1_000, 4).basis, Basis::WithinTolerance);
        assert_eq!(by_average(4_401, 1_000, 4).replicas, 5);
        assert_eq!(by_average(3_600, 1_000, 4).replicas, 4);
        assert_eq!(by_average(3_599, 1_000, 4).basis, Basis::OutsideTolerance);
    }

    #[test]
    fn an_average_at_zero_status_replicas_is_outside_tolerance() {
        assert_eq!(
            by_average(1, 1_000, 0).replicas,
            1,
            "any work at all gives 1"
        );
        assert_eq!(by_average(0, 1_000, 0).replicas, 0);
    }

    #[test]
    fn the_reported_average_is_rounded_up_per_status_replica() {
        assert_eq!(by_average(20_166, 5_000, 4).usage, Usage::plain(5_042));
    }

    #[test]
    fn counts_beyond_int32_are_cut_to_it() {
        assert_eq!(by_average(i64::MAX, 1, 1).replicas, MAX_REPLICAS);
        assert_eq!(by_value(i64::MAX, 1, 1, u32::MAX), MAX_REPLICAS);
        assert_eq!(by_value(i64::MAX, 1, 0, 0), MAX_REPLICAS);
    }

    #[test]
    fn negative_usage_proposes_zero() {
        assert_eq!(by_average(-5_000, 1_000, 2).replicas, 0);
        assert_eq!(by_value(-5_000, 1_000, 2, 2), 0);
    }

    #[test]
    fn series_are_summed_up_to_the_int64_maximum() {
        assert_eq!(sum_series(&[1, 2, 3]), Ok(6));
        assert_eq!(sum_series(&[i64::MAX, 1, -5]), Ok(i64::MAX));
        assert_eq!(sum_series(&[i64::MIN, -1]), Ok(i64::MIN));
        assert_eq!(sum_series(&[]), Err(MetricFailure::NoSeries));
        assert_eq!(sum_series(&[0]), Ok(0), "a zero is a value");
    }

    #[test]
    fn a_target_of_zero_or_less_is_a_failure() {
        for target in [0, -1, i64::MIN] {
            let failure = Err(MetricFailure::TargetNotPositive);
            assert_eq!(average_value(1, target, 1, &band()), failure);
            assert_eq!(value(1, target, 1, Some(1), &band()), failure);
        }
    }
}
