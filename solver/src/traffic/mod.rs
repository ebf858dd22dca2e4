//! DNS weights of the clusters of one workload: Route 53 integers from 0 to 255.
//!
//! [`weights`] works in three stages:
//! 1. **Target**: the share of each cluster, from Ready replicas or from the feed-forward formula.
//!    A cluster without Ready replicas or unhealthy gets nothing, whatever the formula says; if one
//!    tier does not serve, the other takes all.
//! 2. **Ramp**: the share moves towards the target by a bounded step. What a cluster loses by not
//!    serving any more it loses at once, and its traffic goes to the others in proportion. The first
//!    assignment, and one after a total loss, has no ramp.
//! 3. **Rounding**: the weights with the smallest error (largest difference of any cluster's share),
//!    of those the tuple with the smallest sum. Never 0 for a cluster with a share; so never all 0
//!    while anything serves, which Route 53 would treat as all equal. The pair of the feed-forward
//!    formula is kept literally once its ramp has arrived, if each tier has one cluster.
//!
//! **Holding** (a metric that says nothing) keeps the last weights to the digit. It gives way in two
//! cases only: a cluster that no longer serves loses its share, and a cluster that serves, has no
//! share and would have one under the last split is ramped up. With nothing to hold, shares of
//! Ready replicas are the best guess. If no cluster serves, the last weights stay, of the tick's
//! own clusters.
//!
//! Each weight has one reason. Where several hold, the first of: nothing serves, does not serve,
//! ramping, raised to one, the target's own.
//!
//! What is deliberately not here: DNS itself, waiting out TTLs, whether a cluster is healthy, and
//! where the metric comes from.

mod apportion;
mod formula;
mod policy;
mod ramp;
mod reason;
mod target;

use std::num::{NonZero, NonZeroU8};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use policy::{FeedForward, Ramp, ScheduledMinimum, TrafficMode};
pub use reason::WeightReason;

use apportion::nearest;
use ramp::{shares_ppm, step};
use target::Target;

/// Parts per million in a thousandth.
const PPM_PER_MILLI: i128 = 1000;

/// Whether a cluster is filled first or takes what spills.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Tier {
    /// Filled first.
    Private,
    /// Takes the spill.
    Public,
}

/// What a cluster can serve of the workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterShare {
    /// Name of the cluster, unique in the list.
    pub cluster: String,
    /// Its tier.
    pub tier: Tier,
    /// Replicas that are Ready.
    pub ready_replicas: u32,
    /// Whether its health check passes.
    pub healthy: bool,
}

impl ClusterShare {
    /// Whether traffic may go there.
    #[must_use]
    pub fn serves(&self) -> bool {
        self.ready_replicas > 0 && self.healthy
    }
}

/// The newest answer of the feed-forward metric: the total over all clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum TrafficMetric {
    /// A number.
    Value {
        /// In thousandths of the metric's unit.
        milli: i64,
    },
    /// No sample.
    Empty,
    /// NaN or an infinity.
    NotANumber,
    /// Too old.
    Stale,
    /// Of a part of the sources only.
    Partial,
    /// The query failed.
    Failed,
}

/// Weight of one cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterWeight {
    /// Name of the cluster.
    pub cluster: String,
    /// Route 53 weight, 0-255.
    pub weight: u8,
    /// Where the ramp stands, before rounding to weights: parts per million of all traffic.
    pub share_ppm: u32,
    /// Why.
    pub reason: WeightReason,
}

/// Weights of the tiers, as the feed-forward formula gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TierSplit {
    /// Of the private tier, 1-255.
    pub private: NonZeroU8,
    /// Of the public tier, 0-255.
    pub public: u8,
}

impl TierSplit {
    /// The pair itself if it lies within 255, else the pair within 255 with the nearest shares.
    fn nearest(private: NonZero<i128>, public: i128) -> Self {
        let pair = [private.get(), public];
        let fits = pair.map(|weight| u8::try_from(weight).ok());
        let (private, public) = match fits {
            [Some(private), Some(public)] => (private, public),
            _ => {
                let scaled = nearest(&pair, u8::MAX);
                (scaled[0], scaled[1])
            }
        };
        let private = NonZeroU8::new(private).expect("a part above zero gets at least 1");
        Self { private, public }
    }

    fn favours_public_more_than(self, other: Self) -> bool {
        let cross = |a: Self, b: Self| u32::from(a.public) * u32::from(b.private.get());
        cross(self, other) > cross(other, self)
    }
}

/// The weights of one tick, and the memory for the next. The default is "nothing assigned yet".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrafficWeights {
    /// One for each cluster of the tick, sorted by name.
    pub weights: Vec<ClusterWeight>,
    /// The last split that a metric gave in feed-forward mode.
    pub tier_split: Option<TierSplit>,
}

impl TrafficWeights {
    /// The memory after a loss of memory: what the DNS zone says.
    #[must_use]
    pub fn adopt<'a>(records: impl IntoIterator<Item = (&'a str, Tier, u8)>) -> Self {
        let mut records: Vec<_> = records.into_iter().collect();
        records.sort_unstable();
        let of_tier = |wanted| {
            let own = records.iter().filter(|(_, tier, _)| *tier == wanted);
            own.map(|(_, _, weight)| i128::from(*weight)).sum::<i128>()
        };
        // Without a private weight the relation of the tiers says nothing about the load.
        let tier_split = NonZero::new(of_tier(Tier::Private))
            .map(|private| TierSplit::nearest(private, of_tier(Tier::Public)));
        let parts: Vec<i128> = records.iter().map(|record| record.2.into()).collect();
        let shares = if parts.iter().any(|part| *part > 0) {
            shares_ppm(&parts)
        } else {
            parts
        };
        let weights = records
            .iter()
            .zip(shares)
            .map(|((cluster, _, weight), share)| ClusterWeight {
                cluster: (*cluster).to_owned(),
                weight: *weight,
                share_ppm: ppm(share),
                reason: WeightReason::Adopted,
            });
        Self {
            weights: weights.collect(),
            tier_split,
        }
    }

    fn of(&self, cluster: &str) -> Option<&ClusterWeight> {
        self.weights.iter().find(|weight| weight.cluster == cluster)
    }
}

/// All that the weights of one tick depend on, beside the last ones.
#[derive(Clone, Copy, Debug)]
pub struct TrafficInput<'a> {
    /// Where the target shares come from.
    pub mode: &'a TrafficMode,
    /// How fast to go there; `None` is at once.
    pub ramp: Option<Ramp>,
    /// The clusters of the workload, in any order.
    pub clusters: &'a [ClusterShare],
    /// The feed-forward metric; not looked at in other modes.
    pub metric: TrafficMetric,
    /// Unix milliseconds, for the scheduled minima.
    pub now_ms: i64,
}

/// The weights of this tick, given the last ones. Total and independent of the clusters' order.
#[must_use]
pub fn weights(input: &TrafficInput<'_>, last: &TrafficWeights) -> TrafficWeights {
    let mut clusters: Vec<&ClusterShare> = input.clusters.iter().collect();
    clusters.sort_by_key(|share| {
        (
            &share.cluster,
            share.tier,
            share.ready_replicas,
            share.healthy,
        )
    });
    if !clusters.iter().any(|share| share.serves()) {
        return nothing_serves(&clusters, last);
    }
    let from = last_shares(&clusters, last);
    let target = target::target(input, &clusters, from.as_deref(), last);
    let goal = shares_ppm(&target.parts);
    let shares = match (&from, input.ramp) {
        (Some(from), Some(ramp)) => step(
            from,
            &goal,
            i128::from(ramp.max_step_milli.get()) * PPM_PER_MILLI,
        ),
        _ => goal.clone(),
    };
    let rounded = round(&clusters, &target, &shares, &goal, last);
    let total: i128 = rounded.iter().copied().map(i128::from).sum();
    let part = if shares == goal {
        &target.parts
    } else {
        &shares
    };
    let whole: i128 = part.iter().sum();
    let weights = clusters.iter().enumerate().map(|(i, cluster)| {
        let reason = if cluster.ready_replicas == 0 {
            WeightReason::NoReadyReplicas
        } else if !cluster.healthy {
            WeightReason::Unhealthy
        } else if shares[i] != goal[i] {
            WeightReason::Ramping
        } else if rounded[i] == 1 && 2 * part[i] * total < whole {
            WeightReason::RaisedToOne
        } else {
            target.reason
        };
        let cluster = cluster.cluster.clone();
        ClusterWeight {
            cluster,
            weight: rounded[i],
            share_ppm: ppm(shares[i]),
            reason,
        }
    });
    TrafficWeights {
        weights: weights.collect(),
        tier_split: target.tier_split,
    }
}

/// The last weights of the clusters that still exist.
fn nothing_serves(clusters: &[&ClusterShare], last: &TrafficWeights) -> TrafficWeights {
    let held = clusters.iter().map(|share| ClusterWeight {
        cluster: share.cluster.clone(),
        weight: last.of(&share.cluster).map_or(0, |weight| weight.weight),
        share_ppm: last.of(&share.cluster).map_or(0, |weight| weight.share_ppm),
        reason: WeightReason::NothingServes,
    });
    TrafficWeights {
        weights: held.collect(),
        tier_split: last.tier_split,
    }
}

/// Where the ramp starts: the last shares of the clusters that serve, spread over all traffic.
/// `None` if none of those had any, so that there is nothing to ramp from.
fn last_shares(clusters: &[&ClusterShare], last: &TrafficWeights) -> Option<Vec<i128>> {
    let shares: Vec<i128> = clusters
        .iter()
        .map(|share| match last.of(&share.cluster) {
            Some(weight) if share.serves() => weight.share_ppm.into(),
            _ => 0,
        })
        .collect();
    shares
        .iter()
        .any(|share| *share > 0)
        .then(|| shares_ppm(&shares))
}

/// The weights for the shares of this tick.
fn round(
    clusters: &[&ClusterShare],
    target: &Target,
    shares: &[i128],
    goal: &[i128],
    last: &TrafficWeights,
) -> Vec<u8> {
    if shares != goal {
        // A share under way may still be below a millionth; the cluster serves all the same.
        let under_way = shares.iter().zip(&target.parts);
        let parts: Vec<i128> = under_way
            .map(|(share, part)| *share.max(part.min(&1)))
            .collect();
        return nearest(&parts, u8::MAX);
    }
    if target.holds {
        let unchanged = clusters.iter().zip(shares).map(|(cluster, share)| {
            let weight = last
                .of(&cluster.cluster)
                .map_or((0, 0), |w| (w.weight, w.share_ppm));
            (i128::from(weight.1) == *share).then_some(weight.0)
        });
        if let Some(weights) = unchanged.collect() {
            return weights;
        }
    }
    target
        .literal
        .clone()
        .unwrap_or_else(|| nearest(&target.parts, u8::MAX))
}

/// A share as stored.
fn ppm(share: i128) -> u32 {
    u32::try_from(share).expect("shares are between 0 and a million")
}
