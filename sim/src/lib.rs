//! Host of the decision core in simulated time: event engine, request queues, traces and generators of load.
//!
//! Nothing here decides anything about scaling or placement; that is `spillway_solver`.

pub mod cli;
pub mod decisions;
pub mod output;
pub mod record;
pub mod report;
