//! The API kinds of group `spillway.dev`, version `v1alpha1`: shapes, defaults, CEL rules.
//!
//! Types only. What a text means is in [`crate::text`], what a spec means to the core in
//! [`crate::convert()`].

#![expect(
    clippy::doc_markdown,
    reason = "kubectl explain shows these docs as plain text"
)]

mod amounts;
mod behavior;
mod burst_policy;
mod cluster;
mod metric;
mod node_group;
mod server;
mod status;
mod traffic;
mod window;
mod workload;

pub use amounts::{Amounts, Toleration, TolerationOperator};
pub use behavior::{Behavior, PolicyType, ScalingPolicy, ScalingRules, SelectPolicy};
pub use burst_policy::{
    AtCap, BurstPolicy, BurstPolicySpec, Caps, Fill, Ladder, MoveBudget, OnUnreachable, Placement,
    Recall, Spot, UnreachableAction,
};
pub use cluster::{
    Cluster, ClusterSpec, Connection, EksCluster, InCluster, OpenStackProject, Scheduling,
    SecretKey, Tier,
};
pub use metric::{
    Aggregate, Fallback, Metric, PodsSource, PrometheusSource, QueueSource, ResourceName,
    ResourceSource, Target,
};
pub use node_group::{BootTime, CapacityType, Grower, NodeGroup, PriceSource, Taint, TaintEffect};
pub use server::{BasicAuth, OwnSecretKey, PrometheusServer};
pub use status::{
    BootStatus, ClusterStatus, GroupStatus, HybridAutoscalerStatus, PlacedStatus, PolicyStatus,
};
pub use traffic::{FeedForward, HttpRoute, Route53Record, ScheduledWeight, Traffic, TrafficTarget};
pub use window::{Day, ScheduledBound};
pub use workload::{
    Activation, ClusterRule, DataSet, HybridAutoscaler, HybridAutoscalerSpec, Mode, Pause,
    PausedPin, PolicyRef, ScaleTargetRef,
};

/// The API group.
pub const GROUP: &str = "spillway.dev";
/// The API version.
pub const VERSION: &str = "v1alpha1";
/// Group and version as objects carry them.
pub const API_VERSION: &str = "spillway.dev/v1alpha1";
