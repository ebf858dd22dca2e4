//! How requests were served.

use super::common::{seconds, share};
use super::{Figure, Of, Unit};
use crate::report::units::approx;

pub(super) const FIGURES: &[Figure] = &[
    Figure::new(
        "lateRequestsPercent",
        Unit::Percent,
        "requests that waited beyond their objective or were dropped",
        Of::Each(|of| share(of.objective.requests_late, of.objective.requests)),
    )
    .called("late"),
    Figure::new(
        "lateIntervalsPercent",
        Unit::Percent,
        "intervals whose 95th percentile of queue delay missed the objective",
        Of::Each(|of| share(of.objective.intervals_late, of.objective.intervals)),
    ),
    Figure::new(
        "delayMean",
        Unit::Seconds,
        "queue delay, mean",
        Of::Each(|of| seconds(of.delay, of.delay.mean_us)),
    ),
    Figure::new(
        "delayP50",
        Unit::Seconds,
        "queue delay, median",
        Of::Each(|of| seconds(of.delay, of.delay.p50_us)),
    ),
    Figure::new(
        "delayP95",
        Unit::Seconds,
        "queue delay, 95th percentile",
        Of::Each(|of| seconds(of.delay, of.delay.p95_us)),
    ),
    Figure::new(
        "delayP99",
        Unit::Seconds,
        "queue delay, 99th percentile",
        Of::Each(|of| seconds(of.delay, of.delay.p99_us)),
    ),
    Figure::new(
        "delayP999",
        Unit::Seconds,
        "queue delay, 99.9th percentile",
        Of::Each(|of| seconds(of.delay, of.delay.p999_us)),
    ),
    Figure::new(
        "delayMax",
        Unit::Seconds,
        "queue delay, longest",
        Of::Each(|of| seconds(of.delay, of.delay.max_us)),
    ),
    Figure::new(
        "sojournMean",
        Unit::Seconds,
        "from arrival to end, mean",
        Of::Each(|of| seconds(of.sojourn, of.sojourn.mean_us)),
    ),
    Figure::new(
        "sojournP50",
        Unit::Seconds,
        "from arrival to end, median",
        Of::Each(|of| seconds(of.sojourn, of.sojourn.p50_us)),
    ),
    Figure::new(
        "sojournP95",
        Unit::Seconds,
        "from arrival to end, 95th percentile",
        Of::Each(|of| seconds(of.sojourn, of.sojourn.p95_us)),
    ),
    Figure::new(
        "sojournP99",
        Unit::Seconds,
        "from arrival to end, 99th percentile",
        Of::Each(|of| seconds(of.sojourn, of.sojourn.p99_us)),
    ),
    Figure::new(
        "sojournP999",
        Unit::Seconds,
        "from arrival to end, 99.9th percentile",
        Of::Each(|of| seconds(of.sojourn, of.sojourn.p999_us)),
    ),
    Figure::new(
        "sojournMax",
        Unit::Seconds,
        "from arrival to end, longest",
        Of::Each(|of| seconds(of.sojourn, of.sojourn.max_us)),
    ),
    Figure::new(
        "recoveryP50",
        Unit::Seconds,
        "from an objective missed until it was kept again, median",
        Of::Each(|of| seconds(of.recovery, of.recovery.p50_us)),
    ),
    Figure::new(
        "recoveryP95",
        Unit::Seconds,
        "likewise, 95th percentile",
        Of::Each(|of| seconds(of.recovery, of.recovery.p95_us)),
    ),
    Figure::new(
        "recoveryMax",
        Unit::Seconds,
        "likewise, longest",
        Of::Each(|of| seconds(of.recovery, of.recovery.max_us)),
    ),
    Figure::new(
        "arrived",
        Unit::Count,
        "requests that arrived",
        Of::Each(|of| Some(approx(of.requests.arrived))),
    ),
    Figure::new(
        "done",
        Unit::Count,
        "requests served to the end",
        Of::Each(|of| Some(approx(of.requests.done))),
    ),
    Figure::new(
        "dropped",
        Unit::Count,
        "requests lost",
        Of::Each(|of| Some(approx(of.requests.dropped))),
    ),
    Figure::new(
        "notServed",
        Unit::Count,
        "requests lost, or still waiting at the end",
        Of::Each(|of| Some(approx(of.requests.dropped + of.requests.queued))),
    ),
];
