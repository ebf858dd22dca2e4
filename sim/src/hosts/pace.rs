//! What is done once in a span of time and not in every tick.

use spillway_solver::units::{Millis, UnixMs};

/// Tells when a span is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    span: Millis,
    last: Option<UnixMs>,
}

impl Pace {
    /// Due at once, and then a span after each time that it was due.
    pub(super) fn every(span: Millis) -> Self {
        Self { span, last: None }
    }

    /// Whether it is due now; then the next span begins.
    pub(super) fn is_due(&mut self, now: UnixMs) -> bool {
        let due = self.last.is_none_or(|last| now.since(last) >= self.span);
        if due {
            self.last = Some(now);
        }
        due
    }
}
