//! How long a source takes.

use std::time::{Duration, Instant};

use super::Source;
use crate::trace::{ArrivalSource, TraceError};

/// One of so many reads is timed: to ask the clock takes as long as a read. A prime, so that it keeps no step with the
/// blocks in which files are read.
const EVERY: u32 = 61;

/// A source whose time is measured in a sample of its reads.
pub struct Timed<S> {
    source: S,
    /// Reads until the next that is timed.
    untimed: u32,
    sampled: Duration,
}

impl<S> Timed<S> {
    /// Of a source from which nothing was taken.
    pub fn new(source: S) -> Self {
        Self {
            source,
            untimed: EVERY / 2,
            sampled: Duration::ZERO,
        }
    }

    /// What all reads took together, seconds: the sample's time as often as one was not timed.
    #[must_use]
    pub fn spent_s(&self) -> f64 {
        self.sampled.as_secs_f64() * f64::from(EVERY)
    }
}

impl<S: Source> Source for Timed<S> {
    type Item = S::Item;

    #[inline]
    fn next_item(&mut self) -> Option<Result<S::Item, TraceError>> {
        if self.untimed > 0 {
            self.untimed -= 1;
            return self.source.next_item();
        }
        self.untimed = EVERY - 1;
        let began = Instant::now();
        let item = self.source.next_item();
        self.sampled += began.elapsed();
        item
    }

    fn origin(&self) -> &dyn ArrivalSource {
        self.source.origin()
    }
}
