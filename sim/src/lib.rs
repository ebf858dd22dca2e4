//! Host of the decision core in simulated time: event engine, request queues, traces and generators of load.
//!
//! Nothing here decides anything about scaling or placement; that is `spillway_solver`.

mod decimal;
pub mod engine;
pub mod generate;
pub mod queue;
pub mod random;
pub mod time;
pub mod trace;
