//! Traffic weights and windows into the core's.

use std::num::{NonZeroU8, NonZeroU16, NonZeroU64};

use spillway_solver::policy::TrafficSpec;
use spillway_solver::schedule::{self, Weekday};
use spillway_solver::traffic::{self as core, Ramp, TrafficMode};

use super::scope::Scope;
use crate::api::{Day, FeedForward, ScheduledBound, Traffic};

/// The bounds of one list, checked; their names get `prefix` so that lists can be joined.
pub(super) fn schedule(
    scope: &mut Scope<'_>,
    path: &str,
    bounds: &[ScheduledBound],
    prefix: Option<&str>,
) -> Vec<schedule::ScheduledBound> {
    let mut converted: Vec<_> = bounds
        .iter()
        .map(|bound| schedule::ScheduledBound {
            name: bound.name.clone(),
            time_zone: bound.time_zone.clone(),
            days: days(bound.days.as_deref()),
            start: bound.start.clone(),
            end: bound.end.clone(),
            min_replicas: bound.min_replicas,
            max_replicas: bound.max_replicas,
        })
        .collect();
    for found in schedule::validate(&converted, path) {
        scope.report(&found.path, found.problem.to_string());
    }
    if let Some(prefix) = prefix {
        for bound in &mut converted {
            bound.name = format!("{prefix}/{}", bound.name);
        }
    }
    converted
}

/// Traffic of a workload whose policy moves `step_percent` of it at a time.
pub(super) fn traffic(scope: &mut Scope<'_>, traffic: &Traffic, step_percent: u32) -> TrafficSpec {
    for (index, target) in traffic.targets.iter().enumerate() {
        if target.route53.is_some() == target.http_route.is_some() {
            let message = "set exactly one of route53 and httpRoute".to_owned();
            scope.report(&format!("spec.traffic.targets[{index}]"), message);
        }
    }
    let mode = match &traffic.feed_forward {
        None => TrafficMode::ReadyShare,
        Some(formula) => TrafficMode::FeedForward(feed_forward(scope, formula)),
    };
    for found in mode.validate("spec.traffic") {
        scope.report(&found.path, found.problem.to_string());
    }
    // The policy's own conversion reports a percentage that is out of range.
    let milli = u16::try_from(step_percent.saturating_mul(10)).unwrap_or(u16::MAX);
    TrafficSpec {
        mode,
        ramp: Ramp {
            max_step_milli: NonZeroU16::new(milli).unwrap_or(NonZeroU16::MIN),
        },
    }
}

fn feed_forward(scope: &mut Scope<'_>, formula: &FeedForward) -> core::FeedForward {
    let path = "spec.traffic.feedForward";
    let base = scope.byte(&format!("{path}.base"), formula.base, 1, 255, "a weight");
    let target = scope.positive_milli(&format!("{path}.target"), &formula.target);
    let target = u64::try_from(target).unwrap_or_default();
    core::FeedForward {
        base: NonZeroU8::new(base).unwrap_or(NonZeroU8::MIN),
        target_milli: NonZeroU64::new(target).unwrap_or(NonZeroU64::MIN),
        minimum: scope.byte(
            &format!("{path}.minimum"),
            formula.minimum,
            0,
            255,
            "a weight",
        ),
        scheduled: formula
            .scheduled
            .iter()
            .enumerate()
            .map(|(index, window)| core::ScheduledMinimum {
                time_zone: window.time_zone.clone(),
                days: days(window.days.as_deref()),
                start: window.start.clone(),
                end: window.end.clone(),
                weight: scope.byte(
                    &format!("{path}.scheduled[{index}].weight"),
                    window.weight,
                    0,
                    255,
                    "a weight",
                ),
            })
            .collect(),
        disable_scale_in: formula.disable_scale_in,
    }
}

fn days(days: Option<&[Day]>) -> Option<std::collections::BTreeSet<Weekday>> {
    let weekday = |day: &Day| match day {
        Day::Monday => Weekday::Monday,
        Day::Tuesday => Weekday::Tuesday,
        Day::Wednesday => Weekday::Wednesday,
        Day::Thursday => Weekday::Thursday,
        Day::Friday => Weekday::Friday,
        Day::Saturday => Weekday::Saturday,
        Day::Sunday => Weekday::Sunday,
    };
    days.map(|days| days.iter().map(weekday).collect())
}
