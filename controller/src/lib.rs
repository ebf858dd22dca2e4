//! The controller: the second host of `spillway-solver`, in a cluster and on several.
//!
//! It holds no policy. [`observed`] turns what API servers say into the core's snapshot; whatever
//! decides on it lives in the core.

pub mod observed;
