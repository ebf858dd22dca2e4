//! The controller: the second host of `spillway-solver`, in a cluster and on several.
//!
//! It holds no policy. [`watch`] keeps what API servers say current, [`observed`] turns it into
//! the core's snapshot, [`readings`] asks for metrics; whatever decides on them lives in the core.
//! [`tick`] is where to start reading.

pub mod fleet;
pub mod freeze;
pub mod kinds;
pub mod lease;
pub mod leases;
pub mod member;
pub mod observed;
pub mod options;
pub mod plans;
pub mod plugin;
pub mod readings;
pub mod recorder;
pub mod run;
pub mod said;
pub mod serve;
pub mod spend;
pub mod store;
pub mod tick;
pub mod watch;

/// Under which name we own what we write (`metadata.managedFields`). Never change it: what was written under another
/// would be taken for somebody else's.
pub const FIELD_MANAGER: &str = "spillway";
