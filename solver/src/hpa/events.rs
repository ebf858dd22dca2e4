//! The log of own rescales that rate policies count from.
//!
//! Kept only where a behavior is set, one entry per own rescale; changes made by others
//! are no events.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arithmetic::{age_ms, seconds_to_ms};
use super::behavior::{Behavior, Direction};

/// One own rescale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScaleEvent {
    /// When it was asked for.
    pub at_ms: i64,
    /// By how many replicas, whichever the direction.
    pub change: u32,
    /// Older than every period: its slot may be reused.
    pub outdated: bool,
}

/// Own rescales by direction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScaleEvents {
    /// Rescales that added replicas.
    pub up: Vec<ScaleEvent>,
    /// Rescales that removed replicas.
    pub down: Vec<ScaleEvent>,
}

impl ScaleEvents {
    /// Logs the rescale from `previous` to `new`: entries older than the direction's
    /// longest period are marked outdated, and the last outdated one is overwritten.
    pub fn store(&mut self, behavior: &Behavior, previous: u32, new: u32, now_ms: i64) {
        let (log, direction) = if new > previous {
            (&mut self.up, Direction::Up)
        } else {
            (&mut self.down, Direction::Down)
        };
        let longest_ms = seconds_to_ms(behavior.longest_period_seconds(direction));
        for event in log.iter_mut() {
            event.outdated |= age_ms(now_ms, event.at_ms) > longest_ms;
        }
        let event = ScaleEvent {
            at_ms: now_ms,
            change: new.abs_diff(previous),
            outdated: false,
        };
        match log.iter_mut().rfind(|event| event.outdated) {
            Some(slot) => *slot = event,
            None => log.push(event),
        }
    }

    /// Replicas at the start of the period that ends now: `spec` without the own
    /// scale-ups and with the own scale-downs of that period.
    ///
    /// Negative if the log says more was added than is there now.
    #[must_use]
    pub fn replicas_at_period_start(&self, spec: u32, period_seconds: u32, now_ms: i64) -> i64 {
        i64::from(spec)
            .saturating_sub(change_in_period(&self.up, period_seconds, now_ms))
            .saturating_add(change_in_period(&self.down, period_seconds, now_ms))
    }
}

/// The sum of changes younger than `period_seconds`. An event of exactly that age no
/// longer counts.
#[must_use]
pub fn change_in_period(log: &[ScaleEvent], period_seconds: u32, now_ms: i64) -> i64 {
    let period_ms = seconds_to_ms(period_seconds);
    log.iter()
        .filter(|event| age_ms(now_ms, event.at_ms) < period_ms)
        .fold(0, |sum, event| sum.saturating_add(i64::from(event.change)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hpa::{PolicyType, ScalingPolicy, ScalingRules};

    const NOW_MS: i64 = 1_000_000;

    fn log(events: &[(i64, u32)]) -> Vec<ScaleEvent> {
        events
            .iter()
            .map(|&(age_seconds, change)| ScaleEvent {
                at_ms: NOW_MS - age_seconds * 1_000,
                change,
                outdated: false,
            })
            .collect()
    }

    fn periods(direction: Direction, seconds: &[u32]) -> Behavior {
        let policies = seconds
            .iter()
            .map(|&period_seconds| ScalingPolicy {
                policy_type: PolicyType::Pods,
                value: 1,
                period_seconds,
            })
            .collect();
        let rules = ScalingRules {
            policies: Some(policies),
            ..ScalingRules::default()
        };
        Behavior::of(direction, rules)
    }

    fn changes(log: &[ScaleEvent]) -> Vec<(u32, bool)> {
        log.iter()
            .map(|event| (event.change, event.outdated))
            .collect()
    }

    #[test]
    fn an_event_counts_while_its_age_is_below_the_period() {
        let events = log(&[(59, 1), (60, 10), (61, 100)]);
        assert_eq!(change_in_period(&events, 60, NOW_MS), 1);
        assert_eq!(change_in_period(&events, 61, NOW_MS), 11);
    }

    #[test]
    fn an_event_from_the_future_counts() {
        assert_eq!(change_in_period(&log(&[(-5, 3)]), 60, NOW_MS), 3);
    }

    #[test]
    fn the_last_outdated_event_is_overwritten_and_the_others_stay() {
        let behavior = periods(Direction::Up, &[30, 60]);
        let mut events = ScaleEvents {
            up: log(&[(61, 7), (61, 9), (59, 6)]),
            down: Vec::new(),
        };
        events.store(&behavior, 10, 15, NOW_MS);
        assert_eq!(changes(&events.up), [(7, true), (5, false), (6, false)]);
        assert_eq!(events.down, []);
    }

    #[test]
    fn an_event_of_exactly_the_longest_period_is_not_yet_outdated() {
        let behavior = periods(Direction::Down, &[60]);
        let mut events = ScaleEvents {
            up: Vec::new(),
            down: log(&[(60, 7)]),
        };
        events.store(&behavior, 10, 6, NOW_MS);
        assert_eq!(changes(&events.down), [(7, false), (4, false)]);
    }

    #[test]
    fn an_event_once_marked_outdated_stays_so() {
        let behavior = periods(Direction::Up, &[60]);
        let mut events = ScaleEvents {
            up: log(&[(10, 7)]),
            down: Vec::new(),
        };
        events.up[0].outdated = true;
        events.store(&behavior, 10, 12, NOW_MS);
        assert_eq!(changes(&events.up), [(2, false)]);
    }

    #[test]
    fn each_direction_has_its_own_longest_period() {
        let behavior = periods(Direction::Up, &[600]);
        let mut events = ScaleEvents {
            up: log(&[(100, 1)]),
            down: log(&[(100, 1)]),
        };
        events.store(&behavior, 5, 6, NOW_MS);
        events.store(&behavior, 6, 4, NOW_MS);
        assert_eq!(changes(&events.up), [(1, false), (1, false)]);
        assert_eq!(
            changes(&events.down),
            [(2, false)],
            "down has the default of 15 s"
        );
    }

    #[test]
    fn the_start_of_a_period_takes_both_directions_into_account() {
        let events = ScaleEvents {
            up: log(&[(10, 4), (100, 50)]),
            down: log(&[(10, 1)]),
        };
        assert_eq!(events.replicas_at_period_start(10, 60, NOW_MS), 7);
        assert_eq!(events.replicas_at_period_start(0, 200, NOW_MS), -53);
    }
}
