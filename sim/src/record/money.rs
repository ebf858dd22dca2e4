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
}

impl CostBound {
    /// For a run that paid so much.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a report's figure")]
    pub fn new(paid: MicroUsd, least: MicroUsd) -> Self {
        let over = paid.saturating_sub(least);
        Self {
            least,
            over,
            regret: (least.0 > 0).then(|| over.0 as f64 / least.0 as f64),
        }
    }
}
