//! Why a cluster has the weight it has.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! weight_reasons {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// Why a cluster has the weight it has. The codes are stable. Where several
        /// hold, the one named follows the order in the module's documentation.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            Serialize, Deserialize, JsonSchema,
        )]
        pub enum WeightReason {
            $($(#[doc = $doc])+ $name,)+
        }

        impl WeightReason {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The stable code; the serialised form is the same.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

weight_reasons! {
    /// No cluster of the workload serves: the last weights stay, because zeros everywhere would mean
    /// equal shares to Route 53.
    NothingServes,
    /// Weight 0: the cluster has no Ready replica.
    NoReadyReplicas,
    /// Weight 0: the cluster has Ready replicas and fails its health check.
    Unhealthy,
    /// On its way to the target share, as far as the ramp's step allows per tick.
    Ramping,
    /// Weight 1 although the share rounds to 0, because the cluster serves.
    RaisedToOne,
    /// In proportion to Ready replicas.
    ReadyShare,
    /// The other tier does not serve: this one takes all, in proportion to Ready replicas.
    LastTierServing,
    /// By the feed-forward formula, which gives the public tier more than nothing.
    Formula,
    /// The metric is at or below its target: the private tier takes all.
    AtOrBelowTarget,
    /// The formula gives less than the configured minimum.
    Minimum,
    /// A scheduled minimum is open and above the formula and the constant minimum.
    ScheduledMinimum,
    /// The formula gives more than 255: both tiers are scaled down in proportion.
    Rescaled,
    /// The formula gives less than before, and scale-in is disabled.
    ScaleInDisabled,
    /// The query returned no sample: the last weights stay.
    MetricEmpty,
    /// The query returned NaN or an infinity: the last weights stay.
    MetricNotANumber,
    /// The total is negative, which no load is: the last weights stay.
    MetricNegative,
    /// The newest sample is too old: the last weights stay.
    MetricStale,
    /// The answer covers a part of the sources only: the last weights stay.
    MetricPartial,
    /// The query failed: the last weights stay.
    MetricFailed,
    /// Read back from the DNS zone, not decided here.
    Adopted,
}

impl fmt::Display for WeightReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
