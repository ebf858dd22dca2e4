//! The stabilization window: recent raw proposals hold back a change.
//!
//! The log holds proposals before window and limits, so a limit that changes does not
//! rewrite history.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arithmetic::{age_ms, seconds_to_ms};
use super::behavior::{Behavior, Direction};
use super::conditions::ConditionReason;

/// One raw proposal of an earlier pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recommendation {
    /// When it was made.
    pub at_ms: i64,
    /// The replicas it asked for, before window and limits.
    pub replicas: u32,
}

/// Which window changed a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    /// A recent proposal was lower: the scale-up is held.
    ScaleUp,
    /// A recent proposal was higher: the scale-down is held.
    ScaleDown,
}

impl Held {
    /// HPA's reason for `AbleToScale=True`.
    #[must_use]
    pub const fn reason(self) -> ConditionReason {
        match self {
            Self::ScaleUp => ConditionReason::ScaleUpStabilized,
            Self::ScaleDown => ConditionReason::ScaleDownStabilized,
        }
    }

    /// HPA's name of the reason.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.reason().as_str()
    }
}

/// A proposal after the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stabilized {
    /// Replicas after the window, before the limits.
    pub replicas: u32,
    /// Which window changed the proposal; `None` if none did.
    pub held: Option<Held>,
}

impl Stabilized {
    /// HPA's reason for `AbleToScale=True`: ready, or what is held.
    #[must_use]
    pub fn reason(&self) -> ConditionReason {
        self.held
            .map_or(ConditionReason::ReadyForNewScale, Held::reason)
    }
}

/// Applies the window to `proposal` and logs the proposal as it came.
///
/// Without `behavior` only scale-downs are held: the highest of the proposal and the
/// entries up to `downscale_seconds` old. With it, `spec` moves by the least change into
/// the range from the lowest entry of the up window to the highest of the down window
/// (both with the proposal), so that no direction passes against the other's window;
/// `downscale_seconds` then stands for a down window that is not set.
///
/// The proposal overwrites the last entry that is too old for every window, or is
/// appended: an entry of exactly the window's age is kept.
pub fn stabilize(
    log: &mut Vec<Recommendation>,
    behavior: Option<&Behavior>,
    downscale_seconds: u32,
    spec: u32,
    proposal: u32,
    now_ms: i64,
) -> Stabilized {
    let (stabilized, longest_window_ms) = match behavior {
        None => {
            let window_ms = seconds_to_ms(downscale_seconds);
            (above_recent(log, window_ms, proposal, now_ms), window_ms)
        }
        Some(behavior) => {
            let window_ms = |direction| {
                let seconds = behavior.stabilization_window_seconds(direction);
                seconds_to_ms(seconds.unwrap_or(downscale_seconds))
            };
            let (up_ms, down_ms) = (window_ms(Direction::Up), window_ms(Direction::Down));
            let stabilized = between_windows(log, up_ms, down_ms, spec, proposal, now_ms);
            (stabilized, up_ms.max(down_ms))
        }
    };
    record(log, longest_window_ms, proposal, now_ms);
    stabilized
}

fn above_recent(log: &[Recommendation], window_ms: i64, proposal: u32, now_ms: i64) -> Stabilized {
    let recent = log
        .iter()
        .filter(|entry| age_ms(now_ms, entry.at_ms) <= window_ms);
    let replicas = recent.map(|entry| entry.replicas).fold(proposal, u32::max);
    Stabilized {
        replicas,
        held: (replicas != proposal).then_some(Held::ScaleDown),
    }
}

fn between_windows(
    log: &[Recommendation],
    up_ms: i64,
    down_ms: i64,
    spec: u32,
    proposal: u32,
    now_ms: i64,
) -> Stabilized {
    let younger_than = |window_ms| {
        log.iter()
            .filter(move |entry| age_ms(now_ms, entry.at_ms) < window_ms)
            .map(|entry| entry.replicas)
    };
    let lowest = younger_than(up_ms).fold(proposal, u32::min);
    let highest = younger_than(down_ms).fold(proposal, u32::max);
    let replicas = spec.clamp(lowest, highest);
    let direction = if proposal >= spec {
        Held::ScaleUp
    } else {
        Held::ScaleDown
    };
    Stabilized {
        replicas,
        held: (replicas != proposal).then_some(direction),
    }
}

fn record(log: &mut Vec<Recommendation>, longest_window_ms: i64, proposal: u32, now_ms: i64) {
    let entry = Recommendation {
        at_ms: now_ms,
        replicas: proposal,
    };
    let too_old = |entry: &&mut Recommendation| age_ms(now_ms, entry.at_ms) > longest_window_ms;
    match log.iter_mut().rfind(too_old) {
        Some(slot) => *slot = entry,
        None => log.push(entry),
    }
}

#[cfg(test)]
#[path = "stabilize_tests.rs"]
mod tests;
