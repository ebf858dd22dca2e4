//! Control planes: real Kubernetes servers whose nodes are kwok's.

mod client;
mod control_plane;
mod credentials;
mod follow;
mod instance_types;
mod karpenter;
mod metrics_server;
mod nodes;
mod servers;

pub use client::Client;
pub use control_plane::ControlPlane;
pub use follow::{Follower, Seen, is_ready};
pub use instance_types::{InstanceType, instance_types};
pub use karpenter::Karpenter;
pub use metrics_server::MetricsServer;
pub use nodes::Nodes;
