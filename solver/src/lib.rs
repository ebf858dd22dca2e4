//! The pure decision core of Spillway.
//!
//! One function, [`decide()`], turns a [`Snapshot`](snapshot::Snapshot) (what is),
//! a [`Policy`](policy::Policy) (what is wanted) and a [`Memory`](memory::Memory) (what was)
//! into a [`Decision`](decision::Decision). There is no I/O here, no clock, no randomness, no
//! logging and no error return: the time is in the snapshot and "no" is a reason. Hosts — the
//! controller and the simulator — observe, call, act and report; they hold no policy.

pub mod bound;
mod capacity;
pub mod checker;
pub mod clock;
mod decide;
pub mod decision;
pub mod demand;
pub mod hpa;
pub mod ids;
pub mod learning;
pub mod memory;
mod notices;
mod placement;
pub mod policy;
pub mod queue;
pub mod resources;
pub mod scaling;
pub mod schedule;
pub mod schema;
pub mod snapshot;
pub mod traffic;
mod traffic_follow;
pub mod units;
pub mod validate;

pub use decide::{decide, versions};
