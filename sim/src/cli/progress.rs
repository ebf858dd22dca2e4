//! A progress bar for those who watch.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::world::Progress;

/// The bar of one run; on standard error, and nothing at all when no person watches.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new(run: &str, interactive: bool) -> Self {
        if !interactive {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        bar.set_prefix(run.to_owned());
        bar.set_style(style("{prefix} {spinner} {msg}"));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    pub(super) fn show(&self, progress: Progress) {
        if let Some(horizon) = progress.horizon
            && self.0.length().is_none()
        {
            self.0.set_length(horizon.as_millis());
            self.0
                .set_style(style("{prefix} {wide_bar} {percent} % {msg} {eta}"));
        }
        self.0.set_position(progress.now.as_millis());
        self.0.set_message(format!("{} events", progress.events));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates of this file are well-formed")
}
