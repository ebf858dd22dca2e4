//! Servers from pinned Go modules, built once for all tests of a user.

mod cache;
mod go;
mod pinned;

pub use cache::Cache;
pub use pinned::{ETCD, KARPENTER, KUBECTL, KUBERNETES, KWOK, METRICS_SERVER, PROMETHEUS, Pinned};
