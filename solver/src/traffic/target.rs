//! The target: which share each cluster is to have in the end, before ramp and rounding.

use super::policy::{FeedForward, TrafficMode};
use super::reason::WeightReason;
use super::{ClusterShare, Tier, TierSplit, TrafficInput, TrafficWeights, formula};

/// Target shares of the clusters.
pub(super) struct Target {
    /// Proportions; 0 for a cluster that is to get nothing. At least one is above zero.
    pub(super) parts: Vec<i128>,
    /// Why, for the clusters that serve.
    pub(super) reason: WeightReason,
    /// Weights to use as they are on arrival.
    pub(super) literal: Option<Vec<u8>>,
    /// Whether the target is to stay at the last weights.
    pub(super) holds: bool,
    /// The split to remember.
    pub(super) tier_split: Option<TierSplit>,
}

/// The target of this tick; at least one cluster serves. `from` is where the ramp starts.
pub(super) fn target(
    input: &TrafficInput<'_>,
    clusters: &[&ClusterShare],
    from: Option<&[i128]>,
    last: &TrafficWeights,
) -> Target {
    match input.mode {
        TrafficMode::ReadyShare => by_ready(clusters, WeightReason::ReadyShare, None),
        TrafficMode::FeedForward(policy) => feed_forward(policy, input, clusters, from, last),
    }
}

fn feed_forward(
    policy: &FeedForward,
    input: &TrafficInput<'_>,
    clusters: &[&ClusterShare],
    from: Option<&[i128]>,
    last: &TrafficWeights,
) -> Target {
    let split = formula::split(policy, input.metric, input.now_ms, last.tier_split);
    let tier_split = split
        .as_ref()
        .map_or(last.tier_split, |split| Some(split.split));
    if [Tier::Private, Tier::Public]
        .iter()
        .any(|tier| ready_in(clusters, *tier) == 0)
    {
        return by_ready(clusters, WeightReason::LastTierServing, tier_split);
    }
    let hold = match split {
        Ok(found) => return by_split(clusters, found.split, found.reason),
        Err(reason) => reason,
    };
    let Some(from) = from else {
        return by_ready(clusters, hold, tier_split);
    };
    let wanted = match tier_split {
        Some(split) => by_split(clusters, split, hold),
        None => by_ready(clusters, hold, None),
    };
    if from
        .iter()
        .zip(&wanted.parts)
        .any(|(from, part)| *from == 0 && *part > 0)
    {
        return wanted;
    }
    Target {
        parts: from.to_vec(),
        reason: hold,
        literal: None,
        holds: true,
        tier_split,
    }
}

/// Shares of Ready replicas, over both tiers.
fn by_ready(
    clusters: &[&ClusterShare],
    reason: WeightReason,
    tier_split: Option<TierSplit>,
) -> Target {
    let parts = clusters.iter().map(|share| ready(share)).collect();
    Target {
        parts,
        reason,
        literal: None,
        holds: false,
        tier_split,
    }
}

/// The split between the tiers, and within a tier shares of Ready replicas; both tiers serve.
fn by_split(clusters: &[&ClusterShare], split: TierSplit, reason: WeightReason) -> Target {
    let weight = |tier| match tier {
        Tier::Private => split.private.get(),
        Tier::Public => split.public,
    };
    let others = |tier| match tier {
        Tier::Private => ready_in(clusters, Tier::Public),
        Tier::Public => ready_in(clusters, Tier::Private),
    };
    // weight * ready / (ready of the tier), times the Ready replicas of both tiers.
    let part =
        |share: &ClusterShare| i128::from(weight(share.tier)) * ready(share) * others(share.tier);
    let parts = clusters.iter().map(|share| part(share)).collect();
    let serving = |tier| {
        clusters
            .iter()
            .filter(|share| share.tier == tier && share.serves())
            .count()
    };
    let one_each = serving(Tier::Private) == 1 && serving(Tier::Public) == 1;
    let own = |share: &&ClusterShare| {
        if share.serves() {
            weight(share.tier)
        } else {
            0
        }
    };
    let literal = one_each.then(|| clusters.iter().map(own).collect());
    Target {
        parts,
        reason,
        literal,
        holds: false,
        tier_split: Some(split),
    }
}

fn ready(share: &ClusterShare) -> i128 {
    if share.serves() {
        share.ready_replicas.into()
    } else {
        0
    }
}

fn ready_in(clusters: &[&ClusterShare], tier: Tier) -> i128 {
    clusters
        .iter()
        .filter(|share| share.tier == tier)
        .map(|share| ready(share))
        .sum()
}
