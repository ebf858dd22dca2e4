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

mod answer;
mod apportion;
mod formula;
mod input;
mod policy;
mod ramp;
mod reason;
mod target;

pub use answer::{ClusterWeight, TierSplit, TrafficWeights};
pub use input::{ClusterShare, Tier, TrafficInput, TrafficMetric};
pub use policy::{FeedForward, Ramp, ScheduledMinimum, TrafficMode};
pub use reason::WeightReason;

use answer::ppm;
use apportion::nearest;
use ramp::{shares_ppm, step};
use target::Target;

/// Parts per million in a thousandth.
const PPM_PER_MILLI: i128 = 1000;

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
    let shares = if let (Some(from), Some(ramp)) = (&from, input.ramp) {
        let step_ppm = i128::from(ramp.max_step_milli.get()) * PPM_PER_MILLI;
        step(from, &goal, step_ppm)
    } else {
        goal.clone()
    };
    let rounded = round(&clusters, &target, &shares, &goal, last);
    let total: i128 = rounded.iter().copied().map(i128::from).sum();
    let proportions = if shares == goal {
        &target.parts
    } else {
        &shares
    };
    let whole: i128 = proportions.iter().sum();
    let weights = clusters.iter().enumerate().map(|(i, cluster)| {
        let reason = if cluster.ready_replicas == 0 {
            WeightReason::NoReadyReplicas
        } else if !cluster.healthy {
            WeightReason::Unhealthy
        } else if shares[i] != goal[i] {
            WeightReason::Ramping
        } else if rounded[i] == 1 && 2 * proportions[i] * total < whole {
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
            let same = i128::from(weight.1) == *share && (weight.0 > 0) == (*share > 0);
            same.then_some(weight.0)
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
