//! What was paid, and what need not have been.

use spillway_solver::units::MicroUsd;

use super::{Figure, Of, Unit};
use crate::record::{OverParts, Summary};
use crate::report::units::approx;

pub(super) const FIGURES: &[Figure] = &[
    Figure::new(
        "costUsd",
        Unit::Usd,
        "all that was paid",
        Of::Run(|run| Some(usd(run.money.total()))),
    )
    .called("cost"),
    Figure::new(
        "onDemandUsd",
        Unit::Usd,
        "on-demand nodes",
        Of::Run(|run| Some(usd(run.money.on_demand))),
    ),
    Figure::new(
        "spotUsd",
        Unit::Usd,
        "spot nodes",
        Of::Run(|run| Some(usd(run.money.spot))),
    ),
    Figure::new(
        "marginalUsd",
        Unit::Usd,
        "marginal cost of private cores in use",
        Of::Run(|run| Some(usd(run.money.marginal))),
    ),
    Figure::new(
        "egressUsd",
        Unit::Usd,
        "bytes that left a cluster",
        Of::Run(|run| Some(usd(run.money.egress))),
    ),
    Figure::new(
        "leastCostUsd",
        Unit::Usd,
        "the least that any policy could have paid for the same work",
        Of::Run(|run| Some(usd(run.bound?.least))),
    ),
    Figure::new(
        "overLeastUsd",
        Unit::Usd,
        "what was paid above that",
        Of::Run(|run| Some(usd(run.bound?.over))),
    ),
    Figure::new(
        "overLeastPercent",
        Unit::Percent,
        "the same in percent of the least",
        Of::Run(|run| Some(100.0 * run.bound?.regret?)),
    ),
    Figure::new(
        "costByLeast",
        Unit::Count,
        "cost divided by the least",
        Of::Run(|run| Some(1.0 + run.bound?.regret?)),
    ),
    Figure::new(
        "overStartsUsd",
        Unit::Usd,
        "of what was paid above the least: boots and minimum bills of public nodes",
        Of::Run(|run| over(run, |parts| parts.starts)),
    ),
    Figure::new(
        "overEmptyRoomUsd",
        Unit::Usd,
        "likewise: room of public nodes that no replica requested",
        Of::Run(|run| over(run, |parts| parts.empty_room)),
    ),
    Figure::new(
        "overIdleReplicasUsd",
        Unit::Usd,
        "likewise: replicas that had nothing to do",
        Of::Run(|run| over(run, |parts| parts.idle_replicas)),
    ),
    Figure::new(
        "overPlaceUsd",
        Unit::Usd,
        "likewise, the rest: where and when the work was done, and at which price",
        Of::Run(|run| over(run, |parts| parts.place)),
    ),
    Figure::new(
        "costPerMillionUsd",
        Unit::Usd,
        "cost of a million requests served to the end",
        Of::Run(|run| {
            let done = run.requests.done;
            (done > 0).then(|| approx(run.money.total().0) / approx(done))
        }),
    ),
];

fn usd(amount: MicroUsd) -> f64 {
    approx(amount.0) / 1e6
}

fn over(run: &Summary, part: fn(&OverParts) -> MicroUsd) -> Option<f64> {
    Some(usd(part(&run.bound?.parts)))
}
