//! Real servers for tests: built once from pinned Go modules, started on free ports of the loopback, and ended with the
//! test whatever becomes of it.
//!
//! It knows none of our other crates: it is given objects and data as text.

mod aws;
pub mod build;
mod error;
mod folder;
mod gate;
pub mod http;
mod kubernetes;
mod pki;
mod ports;
mod process;
mod program;
mod prometheus;
mod queue;

pub use aws::Aws;
pub use error::Error;
pub use folder::TestFolder;
pub use gate::TokenGate;
pub use kubernetes::{
    Client, ControlPlane, Follower, InstanceType, Karpenter, MetricsServer, Nodes, Seen,
    instance_types, is_ready,
};
pub use pki::{Authority, Identity};
pub use ports::start_on_free_ports;
pub use process::Process;
pub use program::Program;
pub use prometheus::{Prometheus, PrometheusConfig, Scrape};
pub use queue::{Figures, Profile, Queue, QueueConfig};
