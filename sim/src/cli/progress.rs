//! A progress bar for those who watch.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::time::Nanos;
use crate::world::Progress;

/// Steps of one run on the bar.
const STEPS: u64 = 1_000;

/// The bar of all runs of a command, with an estimate of the time left; on standard error, and nothing at all when no
/// person watches.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// For `runs` runs, which are called `name` together.
    pub(super) fn new(name: &str, runs: usize, interactive: bool) -> Self {
        if !interactive {
            return Self(ProgressBar::hidden());
        }
        let runs = u64::try_from(runs).unwrap_or(u64::MAX);
        let bar = ProgressBar::new(runs.saturating_mul(STEPS));
        bar.set_prefix(name.to_owned());
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {percent} % {eta} left");
        bar.set_style(style.expect("the template is well-formed"));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// The part of one run.
    pub(super) const fn run(&self) -> RunBar<'_> {
        RunBar {
            bar: &self.0,
            shown: 0,
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The part of one run on a bar. Dropped, it is full.
pub(super) struct RunBar<'a> {
    bar: &'a ProgressBar,
    shown: u64,
}

impl RunBar<'_> {
    pub(super) fn show(&mut self, progress: Progress) {
        let horizon = progress.horizon.map_or(0, Nanos::as_millis);
        let passed = progress.now.as_millis().saturating_mul(STEPS);
        // Where the trace decides when it ends, nobody knows how much is left.
        let done = passed.checked_div(horizon).unwrap_or(0).min(STEPS);
        self.bar.inc(done.saturating_sub(self.shown));
        self.shown = self.shown.max(done);
    }
}

impl Drop for RunBar<'_> {
    fn drop(&mut self) {
        self.bar.inc(STEPS - self.shown);
    }
}
