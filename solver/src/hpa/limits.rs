//! Limits: how far one pass may move the count, and the bounds min and max.
//!
//! Without a behavior a scale-up at most doubles (or reaches 4), with no memory of past
//! steps. With one, rate policies count what this autoscaler itself did in each period.

use super::arithmetic::{clamp_to_replicas, float, saturate_to_i32, truncate_to_i32};
use super::behavior::{Behavior, Direction, PolicyType, ScalingPolicy, SelectPolicy};
use super::conditions::ConditionReason;
use super::events::ScaleEvents;

/// What bounded the count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LimitReason {
    /// Nothing did.
    DesiredWithinRange,
    /// The rate of scale-ups.
    ScaleUpLimit,
    /// The rate of scale-downs.
    ScaleDownLimit,
    /// `max`.
    TooManyReplicas,
    /// `min`.
    TooFewReplicas,
}

impl LimitReason {
    /// HPA's reason for the `ScalingLimited` condition.
    #[must_use]
    pub const fn reason(self) -> ConditionReason {
        match self {
            Self::DesiredWithinRange => ConditionReason::DesiredWithinRange,
            Self::ScaleUpLimit => ConditionReason::ScaleUpLimit,
            Self::ScaleDownLimit => ConditionReason::ScaleDownLimit,
            Self::TooManyReplicas => ConditionReason::TooManyReplicas,
            Self::TooFewReplicas => ConditionReason::TooFewReplicas,
        }
    }

    /// HPA's name of the reason.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.reason().as_str()
    }
}

/// A count within its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limited {
    /// Replicas to ask for.
    pub replicas: u32,
    /// What bounded them.
    pub reason: LimitReason,
}

impl Limited {
    const fn free(replicas: u32) -> Self {
        Self {
            replicas,
            reason: LimitReason::DesiredWithinRange,
        }
    }

    /// Whether the count was changed.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.reason != LimitReason::DesiredWithinRange
    }
}

/// Where a scale-up of one pass ends if no behavior is set: `max(factor * spec, minimum)`.
///
/// Upstream's constants are the default. A larger factor believes a bogus metric sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScaleUpCeiling {
    /// Multiple of `spec`.
    pub factor: u32,
    /// Replicas that are always allowed.
    pub minimum: u32,
}

impl Default for ScaleUpCeiling {
    fn default() -> Self {
        Self {
            factor: 2,
            minimum: 4,
        }
    }
}

impl ScaleUpCeiling {
    fn at(self, spec: u32) -> u32 {
        let scaled = i64::from(self.factor).saturating_mul(i64::from(spec));
        clamp_to_replicas(scaled.max(i64::from(self.minimum)))
    }
}

/// Minimum and maximum replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Fewest replicas to ask for.
    pub min: u32,
    /// Most replicas to ask for.
    pub max: u32,
}

/// Bounds `desired` (the count after the window) by rates, min and max.
///
/// With a behavior only the bounds in the direction of travel are looked at; without one
/// both are. A min above max is not refused here: the API does that.
#[must_use]
pub fn limit(
    behavior: Option<&Behavior>,
    ceiling: ScaleUpCeiling,
    events: &ScaleEvents,
    spec: u32,
    desired: u32,
    bounds: Bounds,
    now_ms: i64,
) -> Limited {
    match behavior {
        None => without_behavior(ceiling, spec, desired, bounds),
        Some(behavior) if desired > spec => {
            let limit = rate_limit(behavior, Direction::Up, events, spec, now_ms);
            let highest = clamp_to_replicas(i64::from(limit)).max(spec);
            at_most(desired, highest, bounds.max)
        }
        Some(behavior) if desired < spec => {
            let limit = rate_limit(behavior, Direction::Down, events, spec, now_ms);
            let lowest = clamp_to_replicas(i64::from(limit)).min(spec);
            at_least(desired, lowest, bounds.min)
        }
        Some(_) => Limited::free(desired),
    }
}

fn without_behavior(ceiling: ScaleUpCeiling, spec: u32, desired: u32, bounds: Bounds) -> Limited {
    if desired < bounds.min {
        Limited {
            replicas: bounds.min,
            reason: LimitReason::TooFewReplicas,
        }
    } else {
        at_most(desired, ceiling.at(spec), bounds.max)
    }
}

fn at_most(desired: u32, rate: u32, max: u32) -> Limited {
    let (highest, reason) = if max > rate {
        (rate, LimitReason::ScaleUpLimit)
    } else {
        (max, LimitReason::TooManyReplicas)
    };
    if desired > highest {
        Limited {
            replicas: highest,
            reason,
        }
    } else {
        Limited::free(desired)
    }
}

fn at_least(desired: u32, rate: u32, min: u32) -> Limited {
    let (lowest, reason) = if min < rate {
        (rate, LimitReason::ScaleDownLimit)
    } else {
        (min, LimitReason::TooFewReplicas)
    };
    if desired < lowest {
        Limited {
            replicas: lowest,
            reason,
        }
    } else {
        Limited::free(desired)
    }
}

/// The count that the rate policies of `direction` allow, before it is compared with
/// `spec`: it may lie on the wrong side of it or be negative if the period's budget is
/// used up. [`limit`] never lets it turn a direction round.
///
/// `Disabled` gives `spec`. Without any policy `Max` allows nothing and `Min` everything,
/// as upstream; the API refuses an empty list.
#[must_use]
pub fn rate_limit(
    behavior: &Behavior,
    direction: Direction,
    events: &ScaleEvents,
    spec: u32,
    now_ms: i64,
) -> i32 {
    let allowed = behavior.policies(direction).iter().map(|policy| {
        let start = events.replicas_at_period_start(spec, policy.period_seconds, now_ms);
        policy_limit(*policy, direction, start)
    });
    match (behavior.select_policy(direction), direction) {
        (SelectPolicy::Disabled, _) => saturate_to_i32(i128::from(spec)),
        (SelectPolicy::Max, Direction::Up) | (SelectPolicy::Min, Direction::Down) => {
            allowed.fold(i32::MIN, i32::max)
        }
        (SelectPolicy::Min, Direction::Up) | (SelectPolicy::Max, Direction::Down) => {
            allowed.fold(i32::MAX, i32::min)
        }
    }
}

/// Percent up rounds up and percent down rounds toward zero, so that each always allows
/// one pod; the order of operations is upstream's, in float64.
fn policy_limit(policy: ScalingPolicy, direction: Direction, start: i64) -> i32 {
    let fraction = f64::from(policy.value) / 100.0;
    match (policy.policy_type, direction) {
        (PolicyType::Pods, Direction::Up) => {
            saturate_to_i32(i128::from(start) + i128::from(policy.value))
        }
        (PolicyType::Pods, Direction::Down) => {
            saturate_to_i32(i128::from(start) - i128::from(policy.value))
        }
        (PolicyType::Percent, Direction::Up) => {
            truncate_to_i32((float(start) * (1.0 + fraction)).ceil())
        }
        (PolicyType::Percent, Direction::Down) => truncate_to_i32(float(start) * (1.0 - fraction)),
    }
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
