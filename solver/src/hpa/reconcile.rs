//! One whole pass of a `HorizontalPodAutoscaler`, from readings to conditions.
//!
//! The scale subresource is assumed to be readable and writable: its failures, and label
//! selectors, are the host's business.

use super::behavior::Behavior;
use super::combine::{Combination, MetricReading, PartialFailure, combine};
use super::conditions::{ConditionReason, ConditionStatus, ConditionType, Conditions};
use super::events::ScaleEvents;
use super::limits::{Bounds, ScaleUpCeiling};
use super::normalize::{NormalizeRules, Normalized, normalize};
use super::stabilize::Recommendation;

/// When metrics are read although the target has zero replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZeroRule {
    /// As in Kubernetes 1.30: with min 0 metrics are read, else zero means paused.
    MinIsZero,
    /// As in Kubernetes 1.37: zero counts as somebody's pause unless the condition `ScaledToZero` says
    /// that this autoscaler did it, which needs the gate `HPAScaleToZero`.
    Condition {
        /// Whether the gate is on.
        gate: bool,
    },
}

/// What stays the same from pass to pass.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Behavior; `None` means HPA's older rules.
    pub behavior: Option<&'a Behavior>,
    /// Minimum (HPA's default is 1) and maximum.
    pub bounds: Bounds,
    /// Window of scale-downs that the behavior does not set.
    pub downscale_seconds: u32,
    /// Ceiling of a scale-up without behavior.
    pub ceiling: ScaleUpCeiling,
    /// What zero replicas mean.
    pub zero: ZeroRule,
}

/// What is carried from pass to pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Raw proposals; `None` before the first pass ever.
    pub recommendations: Option<Vec<Recommendation>>,
    /// Own rescales.
    pub events: ScaleEvents,
    /// Conditions of the object.
    pub conditions: Conditions,
}

/// Why the count changes, as the event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RescaleReason {
    /// The metric of this description asks for more.
    AboveTarget(String),
    /// All metrics ask for less.
    AllBelowTarget,
    /// There were more replicas than max.
    AboveMax,
    /// There were fewer replicas than min.
    BelowMin,
    /// The metrics ask for no change but window or limits do; upstream names no reason.
    Unnamed,
}

impl RescaleReason {
    /// HPA's text.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::AboveTarget(metric) => format!("{metric} above target"),
            Self::AllBelowTarget => "All metrics below target".into(),
            Self::AboveMax => "Current number of replicas above Spec.MaxReplicas".into(),
            Self::BelowMin => "Current number of replicas below Spec.MinReplicas".into(),
            Self::Unnamed => String::new(),
        }
    }
}

/// A change of the count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rescale {
    /// New count.
    pub replicas: u32,
    /// Why.
    pub reason: RescaleReason,
}

impl Rescale {
    /// The text of HPA's event `SuccessfulRescale`.
    #[must_use]
    pub fn message(&self) -> String {
        format!(
            "New size: {}; reason: {}",
            self.replicas,
            self.reason.text()
        )
    }
}

/// What a pass decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Replicas to ask for; `spec` if nothing changes.
    pub desired: u32,
    /// The change, if there is one.
    pub rescale: Option<Rescale>,
    /// Failed metrics, whether or not they stopped the pass.
    pub failure: Option<PartialFailure>,
    /// Window and limits; `None` where no metric was looked at or metrics stopped the pass.
    pub normalized: Option<Normalized>,
}

/// Runs one pass at `now_ms` on a target of `spec` replicas and updates `state`.
///
/// Outside min and max the count jumps to the bound: no metric is looked at, nothing is
/// logged but the rescale, and neither window nor rate applies.
pub fn reconcile(
    settings: Settings<'_>,
    state: &mut State,
    spec: u32,
    readings: &[MetricReading],
    now_ms: i64,
) -> Outcome {
    state.conditions.set(
        ConditionType::AbleToScale,
        ConditionStatus::True,
        ConditionReason::SucceededGetScale,
    );
    // A controller that just started holds scale-downs for a whole window.
    state.recommendations.get_or_insert_with(|| {
        vec![Recommendation {
            at_ms: now_ms,
            replicas: spec,
        }]
    });

    let Bounds { min, max } = settings.bounds;
    if spec == 0 {
        if !may_leave_zero(settings, &state.conditions, readings) {
            return disabled(settings, state);
        }
    } else if let Some(reason) = outside(spec, min, max) {
        let replicas = if reason == RescaleReason::AboveMax {
            max
        } else {
            min
        };
        return rescaled(
            settings,
            state,
            spec,
            readings,
            Rescale { replicas, reason },
            now_ms,
        );
    }
    from_metrics(settings, state, spec, readings, now_ms)
}

fn outside(spec: u32, min: u32, max: u32) -> Option<RescaleReason> {
    if spec > max {
        Some(RescaleReason::AboveMax)
    } else if spec < min {
        Some(RescaleReason::BelowMin)
    } else {
        None
    }
}

fn may_leave_zero(
    settings: Settings<'_>,
    conditions: &Conditions,
    readings: &[MetricReading],
) -> bool {
    let min_is_zero = settings.bounds.min == 0;
    match settings.zero {
        ZeroRule::MinIsZero => min_is_zero,
        ZeroRule::Condition { gate } => {
            gate && conditions.is_true(ConditionType::ScaledToZero)
                && (!min_is_zero || can_wake(readings))
        }
    }
}

fn can_wake(readings: &[MetricReading]) -> bool {
    readings
        .iter()
        .any(|reading| reading.source.can_wake_from_zero())
}

fn disabled(settings: Settings<'_>, state: &mut State) -> Outcome {
    state.conditions.set(
        ConditionType::ScalingActive,
        ConditionStatus::False,
        ConditionReason::ScalingDisabled,
    );
    if settings.zero != (ZeroRule::Condition { gate: true }) {
        state.conditions.remove(ConditionType::ScaledToZero);
    }
    unchanged(0)
}

fn from_metrics(
    settings: Settings<'_>,
    state: &mut State,
    spec: u32,
    readings: &[MetricReading],
    now_ms: i64,
) -> Outcome {
    let combined = match combine(spec, readings) {
        Combination::Proposed(combined) => combined,
        Combination::Failed(failure) => {
            let status = ConditionStatus::False;
            state
                .conditions
                .set(ConditionType::ScalingActive, status, failure.reason);
            return Outcome {
                failure: Some(failure),
                ..unchanged(spec)
            };
        }
    };
    state.conditions.set(
        ConditionType::ScalingActive,
        ConditionStatus::True,
        ConditionReason::ValidMetricFound,
    );

    let proposal = combined.replicas;
    let rules = NormalizeRules {
        behavior: settings.behavior,
        downscale_seconds: settings.downscale_seconds,
        ceiling: settings.ceiling,
        bounds: settings.bounds,
    };
    let log = state.recommendations.get_or_insert_default();
    let normalized = normalize(rules, log, &state.events, spec, proposal, now_ms);
    set_normalized(&mut state.conditions, normalized);

    // Back from zero the count is at least min, however slow the rate policies are; the
    // older rule never gets here with a min above zero.
    let limited = normalized.limited.replicas;
    let raised = spec == 0 && limited < settings.bounds.min;
    let desired = if raised { settings.bounds.min } else { limited };
    let reason = match proposal.cmp(&spec) {
        std::cmp::Ordering::Greater => {
            RescaleReason::AboveTarget(readings[combined.metric].description.clone())
        }
        std::cmp::Ordering::Less => RescaleReason::AllBelowTarget,
        std::cmp::Ordering::Equal if raised => RescaleReason::BelowMin,
        std::cmp::Ordering::Equal => RescaleReason::Unnamed,
    };
    let outcome = if desired == spec {
        unchanged(spec)
    } else {
        let rescale = Rescale {
            replicas: desired,
            reason,
        };
        rescaled(settings, state, spec, readings, rescale, now_ms)
    };
    Outcome {
        failure: combined.failure,
        normalized: Some(normalized),
        ..outcome
    }
}

fn set_normalized(conditions: &mut Conditions, normalized: Normalized) {
    let Normalized {
        stabilized,
        limited,
    } = normalized;
    conditions.set(
        ConditionType::AbleToScale,
        ConditionStatus::True,
        stabilized.reason(),
    );
    conditions.set(
        ConditionType::ScalingLimited,
        limited.is_limited().into(),
        limited.reason.reason(),
    );
}

const fn unchanged(spec: u32) -> Outcome {
    Outcome {
        desired: spec,
        rescale: None,
        failure: None,
        normalized: None,
    }
}

fn rescaled(
    settings: Settings<'_>,
    state: &mut State,
    spec: u32,
    readings: &[MetricReading],
    rescale: Rescale,
    now_ms: i64,
) -> Outcome {
    let desired = rescale.replicas;
    state.conditions.set(
        ConditionType::AbleToScale,
        ConditionStatus::True,
        ConditionReason::SucceededRescale,
    );
    if let Some(behavior) = settings.behavior {
        state.events.store(behavior, spec, desired, now_ms);
    }
    let about = ConditionType::ScaledToZero;
    if settings.zero == (ZeroRule::Condition { gate: true }) {
        let to_zero = spec > 0 && desired == 0 && settings.bounds.min == 0 && can_wake(readings);
        let reason = if to_zero {
            ConditionReason::ScaledToZero
        } else {
            ConditionReason::NotScaledToZero
        };
        state.conditions.set(about, to_zero.into(), reason);
    } else {
        state.conditions.remove(about);
    }
    Outcome {
        rescale: Some(rescale),
        ..unchanged(desired)
    }
}

#[cfg(test)]
#[path = "reconcile_tests.rs"]
mod tests;
