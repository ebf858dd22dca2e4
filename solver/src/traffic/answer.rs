//! The weights of one tick, which are the memory of the next.

use std::num::{NonZero, NonZeroU8};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::apportion::nearest;
use super::input::Tier;
use super::ramp::shares_ppm;
use super::reason::WeightReason;

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
    pub(super) fn nearest(private: NonZero<i128>, public: i128) -> Self {
        let pair = [private.get(), public];
        let fits = pair.map(|weight| u8::try_from(weight).ok());
        let (private, public) = if let [Some(private), Some(public)] = fits {
            (private, public)
        } else {
            let scaled = nearest(&pair, u8::MAX);
            (scaled[0], scaled[1])
        };
        let private = NonZeroU8::new(private).expect("a part above zero gets at least 1");
        Self { private, public }
    }

    /// Whether the public share is larger than in the other split.
    pub(super) fn favours_public_more_than(self, other: Self) -> bool {
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

    /// The weight of the cluster of that name.
    #[must_use]
    pub fn of(&self, cluster: &str) -> Option<&ClusterWeight> {
        self.weights.iter().find(|weight| weight.cluster == cluster)
    }
}

/// A share as stored.
pub(super) fn ppm(share: i128) -> u32 {
    u32::try_from(share).expect("shares are between 0 and a million")
}
