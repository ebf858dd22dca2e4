//! What the API servers of the member clusters say, as the core's snapshot has it.
//!
//! Objects are read into small facts as soon as they arrive, for a cluster has tens of thousands
//! of pods and of each only these few fields matter. Then [`cluster_state()`] puts the facts of one
//! cluster together. Everything here is pure: the clock and the API come from outside.

mod claim;
mod cluster_state;
mod container;
mod driver;
mod node;
mod pod;
mod priority;
mod quota;
mod requests;
mod target;
mod usage;

pub use claim::ClaimFact;
pub use cluster_state::{Member, Workload, cluster_state, owned};
pub use container::Containers;
pub use driver::DriverFact;
pub use node::NodeFact;
pub use pod::{PodFact, ReplicaState, is_spared};
pub use priority::PriorityFact;
pub use quota::quotas;
pub use requests::requests;
pub use target::{NoTarget, Selector, Taken, TargetFact};
pub use usage::{PodMetricsList, PodUsage};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use spillway_solver::units::UnixMs;

/// An API time as the core has it.
fn unix_ms(time: &Time) -> UnixMs {
    UnixMs(time.0.as_millisecond())
}
