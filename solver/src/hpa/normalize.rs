//! The way from a proposal to a count: window, then limits.

use super::behavior::Behavior;
use super::events::ScaleEvents;
use super::limits::{Bounds, Limited, ScaleUpCeiling, limit};
use super::stabilize::{Recommendation, Stabilized, stabilize};

/// A proposal after window and limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Normalized {
    /// After the window.
    pub stabilized: Stabilized,
    /// After the limits too: the replicas to ask for.
    pub limited: Limited,
}

/// What holds and bounds a proposal, apart from the logs.
#[derive(Clone, Copy, Debug)]
pub struct NormalizeRules<'a> {
    /// Behavior; `None` means HPA's older rules.
    pub behavior: Option<&'a Behavior>,
    /// Window of scale-downs that the behavior does not set.
    pub downscale_seconds: u32,
    /// Ceiling of a scale-up without behavior.
    pub ceiling: ScaleUpCeiling,
    /// Minimum and maximum.
    pub bounds: Bounds,
}

/// Stabilizes `proposal`, logs it raw, and applies the limits to the result.
pub fn normalize(
    rules: NormalizeRules<'_>,
    log: &mut Vec<Recommendation>,
    events: &ScaleEvents,
    spec: u32,
    proposal: u32,
    now_ms: i64,
) -> Normalized {
    let NormalizeRules {
        behavior,
        downscale_seconds,
        ceiling,
        bounds,
    } = rules;
    let stabilized = stabilize(log, behavior, downscale_seconds, spec, proposal, now_ms);
    let desired = stabilized.replicas;
    Normalized {
        stabilized,
        limited: limit(behavior, ceiling, events, spec, desired, bounds, now_ms),
    }
}
