//! The fleet as one indexed, sorted view of snapshot, policy and memory: what exists, what is
//! usable, what has room, and who may run where.
//!
//! Nothing is decided here. Every later stage works on this view, never on names.

mod amounts;
mod build;
mod eligible;
mod existing;
mod together;
mod view;

pub(crate) use amounts::{
    Amounts, Dims, MOST, MOST_REPLICAS, add as add_amounts, fits, nothing, times,
};
pub(crate) use eligible::Ineligible;
pub(crate) use together::Together;
pub(crate) use view::{Condition, Fleet, Group, Workload};
