//! Sense of the seam's documents: what their types allow and nobody can mean, such as a minimum
//! above its maximum or a name that nothing bears. All problems at once, each with its field and
//! what would be right.
//!
//! For hosts that read documents from people. [`decide()`](crate::decide()) does not ask here: it
//! answers whatever it is given. The Kubernetes objects, whose fields have other names and units,
//! are checked by their conversion in `spillway-crds`, which gives no policy that is refused here.

mod behavior;
mod burst;
mod cluster;
mod findings;
mod memory;
mod policy;
mod reading;
mod snapshot;
mod workload;

pub use behavior::behavior;
pub use findings::Problem;
pub use memory::memory;
pub use policy::policy;
pub use snapshot::snapshot;
