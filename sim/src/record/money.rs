//! Money of a run, and the least that it could have been.

use serde::{Deserialize, Serialize};
use spillway_solver::units::MicroUsd;

/// Money by kind. Each is the sum over its intervals, to the micro-dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoneySpent {
    /// On-demand nodes, per second with the provider's minimum.
    pub on_demand: MicroUsd,
    /// Spot nodes, likewise.
    pub spot: MicroUsd,
    /// Marginal cost of private cores in use.
    pub marginal: MicroUsd,
    /// Bytes that left a cluster.
    pub egress: MicroUsd,
}

impl MoneySpent {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> MicroUsd {
        self.on_demand
            .saturating_add(self.spot)
            .saturating_add(self.marginal)
            .saturating_add(self.egress)
    }
}

/// A run's money beside the least that any policy could have paid for the same work, all of the future known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CostBound {
    /// The bound: `docs/bound.md` says of what.
    pub least: MicroUsd,
    /// What the run paid above it; never negative.
    pub over: MicroUsd,
    /// `over / least`, the regret; absent where the least is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regret: Option<f64>,
    /// What `over` was paid for.
    pub parts: OverParts,
}

/// What was paid above the bound, in parts that add up to it. `docs/metrics.md` has how they are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OverParts {
    /// Public nodes before they took pods, and what a provider's minimum bills beyond a node's life.
    pub starts: MicroUsd,
    /// Room of public nodes that no replica requested.
    pub empty_room: MicroUsd,
    /// Replicas that had nothing to do.
    pub idle_replicas: MicroUsd,
    /// The rest: where and when the work was done, and at which price.
    pub place: MicroUsd,
}

impl OverParts {
    /// Parts of `over` from what was wasted, in this order; a part is at most what the ones before it leave, because a
    /// bound may allow for some of the waste.
    #[must_use]
    pub fn new(over: MicroUsd, wasted: Wasted) -> Self {
        let mut left = over.0.max(0);
        let mut take = |wasted: MicroUsd| {
            let part = wasted.0.clamp(0, left);
            left -= part;
            MicroUsd(part)
        };
        Self {
            starts: take(wasted.starts),
            empty_room: take(wasted.empty_room),
            idle_replicas: take(wasted.idle_replicas),
            place: MicroUsd(left),
        }
    }
}

/// Money that did no work, by [`OverParts`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wasted {
    /// See [`OverParts::starts`].
    pub starts: MicroUsd,
    /// See [`OverParts::empty_room`].
    pub empty_room: MicroUsd,
    /// See [`OverParts::idle_replicas`].
    pub idle_replicas: MicroUsd,
}

impl CostBound {
    /// For a run that paid so much, some of it for nothing.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a report's figure")]
    pub fn new(paid: MicroUsd, least: MicroUsd, wasted: Wasted) -> Self {
        let over = paid.saturating_sub(least);
        Self {
            least,
            over,
            regret: (least.0 > 0).then(|| over.0 as f64 / least.0 as f64),
            parts: OverParts::new(over, wasted),
        }
    }
}
