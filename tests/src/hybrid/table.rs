//! The table in which controllers are compared.

use std::time::Duration;

use super::{Hybrid, Moment, PRIVATE_SLOTS};

/// A job that waited longer is late.
pub const LATE: Duration = Duration::from_secs(30);

/// What a run came to since `from`, as a table with one row. Pod-hours count from when a pod has a node until it is gone.
#[must_use]
pub fn table(hybrid: &Hybrid, from: Duration) -> String {
    let figures = hybrid.queue.figures(LATE);
    let history = hybrid.history().since(from);
    let on_nodes = |moment: &Moment| moment.public.pods - moment.public.pending;
    let has_room = |moment: &Moment| usize::from(moment.private.pods < PRIVATE_SLOTS);
    let pods = |moment: &Moment| moment.private.pods + moment.public.pods;
    let peak = history.moments.iter().map(pods).max().unwrap_or_default();
    format!(
        "| jobs waiting > {} s | p95 | pods at the peak | USD for public nodes | public pod-hours | of them while private had room |\n\
         |---|---|---|---|---|---|\n\
         | {:.1} % | {:.0} s | {peak} | {:.3} | {:.2} | {:.2} |\n",
        LATE.as_secs(),
        figures.late_share() * 100.0,
        figures.p95.as_secs_f64(),
        hybrid.bill().usd,
        history.hours(on_nodes),
        history.hours(|moment| has_room(moment) * on_nodes(moment)),
    )
}
