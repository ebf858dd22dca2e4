//! The feed-forward formula: a metric, floors and the last split give the split between the private
//! and the public tier. Which clusters of a tier serve is not known here.

use super::policy::FeedForward;
use super::reason::WeightReason;
use super::{TierSplit, TrafficMetric};

/// The split to aim at, and which rule set it.
pub(super) struct Split {
    pub(super) split: TierSplit,
    pub(super) reason: WeightReason,
}

/// The split for a metric, or why the metric says nothing, in which case the last weights stay.
///
/// The floors apply before the scale to 0-255: `w = 16` beside `base = 8` stays as it is, and a pair
/// beyond 255 becomes the pair within 255 whose shares are nearest.
pub(super) fn split(
    policy: &FeedForward,
    metric: TrafficMetric,
    now_ms: i64,
    last: Option<TierSplit>,
) -> Result<Split, WeightReason> {
    let metric_milli = match metric {
        TrafficMetric::Value { milli } if milli < 0 => return Err(WeightReason::MetricNegative),
        TrafficMetric::Value { milli } => i128::from(milli),
        TrafficMetric::Empty => return Err(WeightReason::MetricEmpty),
        TrafficMetric::NotANumber => return Err(WeightReason::MetricNotANumber),
        TrafficMetric::Stale => return Err(WeightReason::MetricStale),
        TrafficMetric::Partial => return Err(WeightReason::MetricPartial),
        TrafficMetric::Failed => return Err(WeightReason::MetricFailed),
    };
    let base = i128::from(policy.base.get());
    let target_milli = i128::from(policy.target_milli.get());
    let above_milli = (metric_milli - target_milli).max(0);
    let formula = (base * above_milli + target_milli - 1) / target_milli;

    let open = policy
        .scheduled
        .iter()
        .filter(|minimum| minimum.is_open(now_ms));
    let scheduled = open
        .map(|minimum| i128::from(minimum.weight))
        .max()
        .unwrap_or(0);
    let minimum = i128::from(policy.minimum);
    let public = formula.max(minimum).max(scheduled);

    let reason = if public > i128::from(u8::MAX) {
        WeightReason::Rescaled
    } else if public == 0 {
        WeightReason::AtOrBelowTarget
    } else if public == formula {
        WeightReason::Formula
    } else if public == minimum {
        WeightReason::Minimum
    } else {
        WeightReason::ScheduledMinimum
    };
    let split = TierSplit::nearest(policy.base.into(), public);
    Ok(match last {
        Some(last) if policy.disable_scale_in && last.favours_public_more_than(split) => Split {
            split: last,
            reason: WeightReason::ScaleInDisabled,
        },
        _ => Split { split, reason },
    })
}
