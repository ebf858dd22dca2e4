//! Scheduled floors and ceilings of replica counts.
//!
//! A [`ScheduledBound`] says "on these days, from this time to that time in this time zone, at
//! least / at most so many replicas". [`evaluate`] answers for one instant which windows are open,
//! what follows from them, and when the answer changes next.
//!
//! What a window means:
//! - It belongs to the day on which it **starts**: `22:00`-`06:00` on Friday ends on Saturday.
//! - It is half open: open at its start, closed at its end. `start == end` is a **whole day**, from
//!   that time to the same time on the next day.
//! - Where the clock jumps **forward** over a time, that time stands for the instant at which the
//!   gap ends. A window that lies wholly inside a gap does not open on that day.
//! - Where the clock goes **back**, so that a time occurs twice, the window runs from the first
//!   occurrence of its start to the last occurrence of its end.
//! - Of several open floors the highest holds, of several open ceilings the lowest. If the floor is
//!   then above the ceiling, **the floor wins**: serving beats saving, and the reason says so.
//!
//! What is deliberately not here: reading a clock (the instant is an argument), time zones of the
//! host (only the compiled-in data counts, see [`tzdata_version`]), and the application of the
//! bounds to a replica count.

mod bound;
mod problem;
mod window;
mod zone;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use bound::{ScheduledBound, validate};
pub use problem::{FieldProblem, WindowProblem};
pub(crate) use window::OpenDays;
pub use window::{Weekday, Window};
pub use zone::tzdata_version;

/// A bound in force and the window it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BoundInForce {
    /// Replicas.
    pub replicas: u32,
    /// Name of the window that sets it; of several with the same number the first by name.
    pub window: String,
}

/// Why the schedule answers what it answers. The codes are stable.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum ScheduleReason {
    /// No window is open: the schedule bounds nothing.
    NoWindowOpen,
    /// At least one window is open, and floor and ceiling agree.
    WindowOpen,
    /// The highest open floor is above the lowest open ceiling; the ceiling is raised to the floor.
    FloorAboveCeiling,
}

impl ScheduleReason {
    /// The stable code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoWindowOpen => "NoWindowOpen",
            Self::WindowOpen => "WindowOpen",
            Self::FloorAboveCeiling => "FloorAboveCeiling",
        }
    }
}

/// The schedule's answer for one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScheduleAnswer {
    /// Names of the open windows, sorted.
    pub open: BTreeSet<String>,
    /// The highest open floor.
    pub floor: Option<BoundInForce>,
    /// The lowest open ceiling, raised to the floor where that is higher (the window named is then
    /// still the ceiling's).
    pub ceiling: Option<BoundInForce>,
    /// Why.
    pub reason: ScheduleReason,
    /// First instant after the one asked about (Unix milliseconds) at which one of the fields above
    /// differs; `None` if none does within three weeks, that is, with weekly windows, ever under
    /// the present rules of the zones.
    pub next_change_ms: Option<i64>,
    /// What is wrong with the bounds, with paths relative to the slice (`[2].timeZone`). A bound
    /// with a window that cannot be read never opens; a caller that has let [`validate`] refuse
    /// such bounds gets an empty list.
    pub problems: Vec<FieldProblem>,
}

const DAY_MS: i64 = 24 * 3_600_000;
/// How far ahead the next change is searched, in days, nearest first: most answers change within one,
/// and listing the openings of three weeks costs ten times as much. A weekly window that has no
/// opening in one week because the clock jumps over it has one in the next, so a last figure below
/// 15 would miss it.
const HORIZONS_DAYS: [i32; 3] = [1, 8, 21];

/// What the schedule says at `now_ms` (Unix milliseconds). Total: an instant outside the calendar's
/// range counts as the nearest one inside, and windows that leave that range do not open.
#[must_use]
pub fn evaluate(bounds: &[ScheduledBound], now_ms: i64) -> ScheduleAnswer {
    let windows: Vec<(&ScheduledBound, OpenDays)> = bounds
        .iter()
        .filter_map(|bound| Some((bound, OpenDays::parse(&bound.window()).ok()?)))
        .collect();
    let mut answer = answer_within(&windows, now_ms, HORIZONS_DAYS[0]);
    for days in &HORIZONS_DAYS[1..] {
        if answer.next_change_ms.is_none() {
            answer = answer_within(&windows, now_ms, *days);
        }
    }
    answer.problems = validate(bounds, "");
    answer
}

/// The answer, with the next change if it comes within so many days.
fn answer_within(
    windows: &[(&ScheduledBound, OpenDays)],
    now_ms: i64,
    days: i32,
) -> ScheduleAnswer {
    let spans: Vec<(&ScheduledBound, Vec<window::Span>)> = windows
        .iter()
        .map(|(bound, window)| (*bound, window.spans(now_ms, days).collect()))
        .collect();
    let horizon_ms = now_ms.saturating_add(i64::from(days) * DAY_MS);
    let edges: BTreeSet<i64> = spans
        .iter()
        .flat_map(|(_, spans)| spans.iter().flat_map(|span| [span.start_ms, span.end_ms]))
        .filter(|edge| now_ms < *edge && *edge <= horizon_ms)
        .collect();
    let mut answer = answer_at(&spans, now_ms);
    answer.next_change_ms = edges
        .into_iter()
        .find(|edge| answer_at(&spans, *edge) != answer);
    answer
}

/// The answer at one instant, without the fields that do not depend on what is open.
fn answer_at(spans: &[(&ScheduledBound, Vec<window::Span>)], at_ms: i64) -> ScheduleAnswer {
    let mut open: Vec<&ScheduledBound> = spans
        .iter()
        .filter(|(_, spans)| spans.iter().any(|span| span.contains(at_ms)))
        .map(|(bound, _)| *bound)
        .collect();
    open.sort_by_key(|bound| bound.name.as_str());

    let in_force = |bound: &ScheduledBound, replicas| BoundInForce {
        replicas,
        window: bound.name.clone(),
    };
    // `rev` because `max_by_key` keeps the last of equals, and the first by name is wanted.
    let floor = open
        .iter()
        .rev()
        .filter_map(|bound| Some(in_force(bound, bound.min_replicas?)))
        .max_by_key(|floor| floor.replicas);
    let mut ceiling = open
        .iter()
        .filter_map(|bound| Some(in_force(bound, bound.max_replicas?)))
        .min_by_key(|ceiling| ceiling.replicas);
    let mut reason = if open.is_empty() {
        ScheduleReason::NoWindowOpen
    } else {
        ScheduleReason::WindowOpen
    };
    if let (Some(floor), Some(ceiling)) = (&floor, &mut ceiling)
        && floor.replicas > ceiling.replicas
    {
        ceiling.replicas = floor.replicas;
        reason = ScheduleReason::FloorAboveCeiling;
    }
    ScheduleAnswer {
        open: open.iter().map(|bound| bound.name.clone()).collect(),
        floor,
        ceiling,
        reason,
        next_change_ms: None,
        problems: Vec::new(),
    }
}
