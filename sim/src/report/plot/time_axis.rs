//! The horizontal axis: time of day, or days, in UTC.

use spillway_solver::units::{Millis, UnixMs};

use super::super::units::{approx, time};
use super::WIDTH;

/// The horizontal axis of all plots of a page.
#[derive(Clone, Debug)]
pub struct TimeAxis {
    start: UnixMs,
    span: Millis,
    ticks: Vec<(f64, String)>,
    /// Class of the spans whose ground is another, and left and right edge of each.
    mark_class: &'static str,
    marks: Vec<(f64, f64)>,
}

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Steps that a person reads off a clock or a calendar.
const STEPS: [i64; 15] = [
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
];

/// Ticks that a page has room for.
const MOST_TICKS: i64 = 9;

/// Ticks that a third of a page has room for.
const NARROW_TICKS: i64 = 4;

impl TimeAxis {
    /// From `start` for `span`; ticks stand at whole steps of UTC.
    pub fn new(start: UnixMs, span: Millis) -> Self {
        Self::with_ticks(start, span, MOST_TICKS)
    }

    /// The same with fewer ticks, for narrow plots.
    pub fn narrow(start: UnixMs, span: Millis) -> Self {
        Self::with_ticks(start, span, NARROW_TICKS)
    }

    fn with_ticks(start: UnixMs, span: Millis, most: i64) -> Self {
        let length = i64::try_from(span.0).unwrap_or(i64::MAX).max(1);
        let step = STEPS
            .into_iter()
            .find(|step| length / step <= most)
            .unwrap_or_else(|| (length / most).max(1));
        let mut axis = Self {
            start,
            span,
            ticks: Vec::new(),
            mark_class: "",
            marks: Vec::new(),
        };
        let first = start.0.div_euclid(step).saturating_mul(step);
        axis.ticks = (0..=most + 2)
            .map(|n| UnixMs(first.saturating_add(step.saturating_mul(n))))
            .filter(|at| *at >= start && at.0.saturating_sub(start.0) <= length)
            .map(|at| (axis.x(at), label(at, step)))
            .collect();
        axis
    }

    /// With spans whose ground is another, by a class of the style sheet.
    pub fn marked(mut self, class: &'static str, spans: &[(UnixMs, UnixMs)]) -> Self {
        self.mark_class = class;
        let edges = |(from, until): &(UnixMs, UnixMs)| (self.x(*from), self.x(*until));
        self.marks = spans.iter().map(edges).collect();
        self
    }

    /// Their class, and left and right edge of each.
    pub fn marks(&self) -> (&'static str, &[(f64, f64)]) {
        (self.mark_class, &self.marks)
    }

    /// The place of an instant in the SVG's coordinates; what lies outside sits on the edge.
    pub fn x(&self, at: UnixMs) -> f64 {
        WIDTH * (approx(at.since(self.start).0) / approx(self.span.0.max(1))).min(1.0)
    }

    /// Place and label of each tick.
    pub fn ticks(&self) -> &[(f64, String)] {
        &self.ticks
    }
}

fn label(at: UnixMs, step: i64) -> String {
    if step >= DAY {
        time(at, "%-d %b")
    } else if at.0.rem_euclid(DAY) == 0 {
        time(at, "%a %-d")
    } else {
        time(at, "%H:%M")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(start: i64, span: i64) -> Vec<String> {
        let span = Millis(u64::try_from(span).expect("positive"));
        let axis = TimeAxis::new(UnixMs(start), span);
        axis.ticks()
            .iter()
            .map(|(_, label)| label.clone())
            .collect()
    }

    #[test]
    fn a_day_is_read_by_the_clock_and_a_month_by_the_calendar() {
        assert_eq!(
            labels(0, DAY),
            [
                "Thu 1", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "Fri 2"
            ]
        );
        assert_eq!(
            labels(HOUR / 2, HOUR),
            ["00:30", "00:45", "01:00", "01:15", "01:30"]
        );
        assert_eq!(
            labels(0, 30 * DAY),
            ["1 Jan", "8 Jan", "15 Jan", "22 Jan", "29 Jan"]
        );
    }

    #[test]
    fn a_run_of_no_length_or_beyond_the_calendar_has_an_axis_too() {
        assert!(labels(0, 0).len() <= 2);
        let far = TimeAxis::new(UnixMs(i64::MAX - 5), Millis(u64::MAX));
        assert!(far.x(UnixMs(i64::MIN)).abs() < f64::EPSILON);
    }
}
