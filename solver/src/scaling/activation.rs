//! Zero and one: when a workload sleeps and when it wakes. KEDA's rules.
//!
//! The activation threshold decides only between none and some, and there it wins over what the
//! metrics propose: below it 40 waiting items are no reason to run.

use crate::clock::Clock;
use crate::decision::ScalingReason;
use crate::policy::Activation;
use crate::units::UnixMs;

use super::metric::Outcome;

/// Whether any metric is above the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activity {
    /// One is, on whatever rung.
    Active,
    /// None is, and all say so with fresh data.
    Inactive,
    /// None is known to be, and some do not say.
    Unknown,
}

pub(super) fn activity(activation: &Activation, metrics: &[Outcome], clock: &Clock) -> Activity {
    let above = |metric: &Outcome| {
        metric
            .activity_milli
            .is_some_and(|milli| milli > activation.threshold_milli)
    };
    if metrics.iter().any(above) {
        Activity::Active
    } else if clock.skewed || metrics.iter().any(|metric| !metric.may_lower) {
        Activity::Unknown
    } else {
        Activity::Inactive
    }
}

/// What activation decides for a workload that may go to zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The count is this, whatever the metrics propose.
    Count(u32, ScalingReason),
    /// At zero and not known to be active: only the fallback floor may wake it.
    Asleep,
    /// It runs: the metrics decide among 1 and more. With a reason if it is not active.
    Running(Option<ScalingReason>),
}

/// The verdict at `spec` replicas of at most `max`; `active_at` is when the workload was last
/// active, absent when it never was (then nothing has to cool down).
pub(super) fn verdict(
    activation: &Activation,
    activity: Activity,
    spec: u32,
    max: u32,
    active_at: Option<UnixMs>,
    clock: &Clock,
) -> Verdict {
    match (activity, spec) {
        (Activity::Active, 0) => Verdict::Count(max.min(1), ScalingReason::Activated),
        (Activity::Active, _) | (Activity::Unknown, 1..) => Verdict::Running(None),
        (Activity::Inactive | Activity::Unknown, 0) => Verdict::Asleep,
        (Activity::Inactive, _) => {
            let cooled = active_at.is_none_or(|at| clock.now.since(at) > activation.cooldown_ms);
            if cooled {
                Verdict::Count(0, ScalingReason::Deactivated)
            } else {
                Verdict::Running(Some(ScalingReason::CoolingDown))
            }
        }
    }
}
