//! Kubernetes' `HorizontalPodAutoscaler` v2, literally, as pure functions.
//!
//! One pass is: a proposal per metric ([`external`], [`pods`], [`resource`]), the
//! largest of them ([`mod@combine`]), held by the stabilization window ([`mod@stabilize`]),
//! bounded by rate policies, min and max ([`limits`], fed by the log in [`events`]).
//! [`reconcile`] is that composition with HPA's conditions and event text.
//!
//! Quantities are integers in thousandths (`_milli`), instants and spans are
//! milliseconds (`_ms`) unless the name says seconds; `now_ms` is always an argument.
//! Where HPA itself computes in float64, so do these functions, in the same order of
//! operations: rounding shows in the answers (100 replicas + 10 % allows 111).
//!
//! What is not here: reading metrics, label selectors, the scale subresource, and
//! everything that makes a fleet differ from one Deployment. Whoever calls these
//! functions for a fleet decides what `spec`, `status` and ready pods mean.

mod arithmetic;
pub mod behavior;
pub mod combine;
pub mod conditions;
pub mod events;
pub mod external;
pub mod limits;
mod normalize;
pub mod pods;
pub mod proposal;
pub mod ratio;
pub mod reconcile;
pub mod requests;
pub mod resource;
pub mod stabilize;

#[cfg(test)]
mod adversarial_tests;

pub use arithmetic::MAX_REPLICAS;
pub use behavior::{Behavior, Direction, PolicyType, ScalingPolicy, ScalingRules, SelectPolicy};
pub use combine::{Combination, Combined, MetricReading, MetricSource, PartialFailure, combine};
pub use conditions::{Condition, ConditionReason, ConditionStatus, ConditionType, Conditions};
pub use events::{ScaleEvent, ScaleEvents};
pub use external::{average_value, sum_series, value};
pub use limits::{Bounds, LimitReason, Limited, ScaleUpCeiling, limit};
pub use normalize::{NormalizeRules, Normalized, normalize};
pub use proposal::{Basis, MetricFailure, Proposal, Usage};
pub use ratio::{Tolerance, ToleranceBand};
pub use stabilize::{Held, Recommendation, Stabilized, stabilize};

/// The window that holds scale-downs where `behavior` does not set one: 300 s, the
/// default of the controller's `--horizontal-pod-autoscaler-downscale-stabilization`.
///
/// Shorter, and a metric with a dip flaps the workload; longer, and idle replicas stay.
pub const DEFAULT_DOWNSCALE_STABILIZATION_SECONDS: u32 = 300;
