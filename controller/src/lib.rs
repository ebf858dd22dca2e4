//! The controller: the second host of `spillway-solver`, in a cluster and on several.
//!
//! It holds no policy. [`watch`] keeps what API servers say current, [`observed`] turns it into
//! the core's snapshot, [`readings`] asks for metrics; whatever decides on them lives in the core.

pub mod observed;
pub mod readings;
pub mod watch;
