//! The fewest and the most replicas a workload may have now.

use crate::clock::Clock;
use crate::decision::{Notice, NoticeReason, ScalingReason};
use crate::hpa::MAX_REPLICAS;
use crate::policy::WorkloadSpec;
use crate::schedule::{self, ScheduleReason};

/// Effective bounds, `min <= max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub min: u32,
    pub max: u32,
    /// Whether a scheduled floor raises `min`.
    pub scheduled_min: bool,
    /// Whether a scheduled ceiling lowers `max`.
    pub scheduled_max: bool,
}

impl Bounds {
    /// The reason of a count that lay below `min`.
    pub(super) const fn below(&self) -> ScalingReason {
        if self.scheduled_min {
            ScalingReason::ScheduledFloor
        } else {
            ScalingReason::BelowMin
        }
    }

    /// The reason of a count that lay above `max`.
    pub(super) const fn above(&self) -> ScalingReason {
        if self.scheduled_max {
            ScalingReason::ScheduledCeiling
        } else {
            ScalingReason::AboveMax
        }
    }
}

impl Bounds {
    /// The bounds of a workload that had `before` replicas: what is paused does not follow the
    /// clock either, only what is configured.
    pub(super) fn paused(self, workload: &WorkloadSpec, before: u32) -> Self {
        let max = workload.max_replicas.min(MAX_REPLICAS);
        let min = workload.min_replicas.min(max);
        let mut bounds = self;
        if workload.pause.up {
            bounds.min = bounds.min.min(before.max(min));
        }
        if workload.pause.down {
            bounds.max = bounds.max.max(before.min(max));
        }
        Self {
            scheduled_min: bounds.min > min,
            scheduled_max: bounds.max < max,
            ..bounds
        }
    }
}

/// The configured bounds with what the schedule makes of them. A scheduled floor raises the
/// minimum up to the maximum, a scheduled ceiling lowers the maximum down to the minimum; where
/// they conflict the floor holds and a notice says so. A ceiling that depends on a skewed clock
/// does not count, since nothing scales down by such a clock.
pub(super) fn bounds(workload: &WorkloadSpec, clock: &Clock) -> (Bounds, Option<Notice>) {
    let max = workload.max_replicas.min(MAX_REPLICAS);
    let min = workload.min_replicas.min(max);
    let configured = Bounds {
        min,
        max,
        scheduled_min: false,
        scheduled_max: false,
    };
    if workload.schedule.is_empty() {
        return (configured, None);
    }
    let answer = schedule::evaluate(&workload.schedule, clock.now.0);
    let floor = answer.floor.as_ref().map_or(0, |floor| floor.replicas);
    let ceiling = match &answer.ceiling {
        Some(ceiling) if !clock.skewed => ceiling.replicas,
        _ => u32::MAX,
    };
    let effective_min = min.max(floor.min(max));
    let effective_max = max.min(ceiling).max(effective_min);
    let conflict = match answer.reason {
        ScheduleReason::FloorAboveCeiling => Some("the scheduled ceiling"),
        _ if floor > max => Some("maxReplicas, which holds"),
        _ if ceiling < min => Some("the scheduled ceiling; minReplicas holds"),
        _ => None,
    };
    let notice = conflict.map(|other| Notice {
        reason: NoticeReason::ScheduleConflict,
        subject: workload.id.to_string(),
        detail: format!("the floor of {} lies above {other}", min.max(floor)),
    });
    let effective = Bounds {
        min: effective_min,
        max: effective_max,
        scheduled_min: effective_min > min,
        scheduled_max: effective_max < max,
    };
    (effective, notice)
}
