//! Control planes: real Kubernetes servers whose nodes are kwok's.

mod control_plane;
mod credentials;
mod karpenter;
mod nodes;
mod servers;

pub use control_plane::ControlPlane;
pub use karpenter::Karpenter;
pub use nodes::Nodes;
