//! The configured bound and its validation. When a window is open is `window`'s subject.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::{FieldProblem, WindowProblem};
use super::window::{OpenDays, Weekday, Window};

/// A floor, a ceiling or both for the replicas of a workload, in a window that recurs weekly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScheduledBound {
    /// Name shown in reasons; unique within the list, not empty.
    pub name: String,
    /// IANA name of the time zone, such as `Europe/Berlin`. There is no default: a schedule that
    /// silently follows the zone of a machine moves when the machine does.
    pub time_zone: String,
    /// Weekdays on which the window starts. Absent: every day. An empty set is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<BTreeSet<Weekday>>,
    /// Time of day at which the window opens, `HH:MM`, 00:00 to 23:59.
    pub start: String,
    /// Time of day at which it closes, `HH:MM`. At or before `start` it lies on the next day.
    pub end: String,
    /// Floor: at least so many replicas while the window is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_replicas: Option<u32>,
    /// Ceiling: at most so many replicas while the window is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_replicas: Option<u32>,
}

impl ScheduledBound {
    /// The window without the bounds.
    #[must_use]
    pub fn window(&self) -> Window<'_> {
        Window {
            time_zone: &self.time_zone,
            days: self.days.as_ref(),
            start: &self.start,
            end: &self.end,
        }
    }
}

/// All that is wrong with the bounds; empty if nothing is. Each problem's path begins with `path`,
/// for example `spec.schedule[2].timeZone` for the path `spec.schedule`.
#[must_use]
pub fn validate(bounds: &[ScheduledBound], path: &str) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let mut names = BTreeSet::new();
    for (index, bound) in bounds.iter().enumerate() {
        let here = format!("{path}[{index}]");
        let mut report = |field: &str, problem| {
            problems.push(FieldProblem {
                path: format!("{here}{field}"),
                problem,
            });
        };
        if bound.name.is_empty() {
            report(".name", WindowProblem::EmptyName);
        } else if !names.insert(bound.name.as_str()) {
            report(
                ".name",
                WindowProblem::DuplicateName {
                    name: bound.name.clone(),
                },
            );
        }
        if let Err(found) = OpenDays::parse(&bound.window()) {
            for (field, problem) in found {
                report(field, problem);
            }
        }
        match (bound.min_replicas, bound.max_replicas) {
            (None, None) => report("", WindowProblem::NoBound),
            (Some(min), Some(max)) if min > max => {
                report(".minReplicas", WindowProblem::MinAboveMax { min, max });
            }
            _ => {}
        }
    }
    problems
}
