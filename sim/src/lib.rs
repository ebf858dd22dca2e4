//! Host of the decision core in simulated time: a world of clusters, nodes, pods and request queues, the load on it,
//! the autoscalers that are compared in it, and the reports.
//!
//! Nothing here decides anything about scaling or placement; that is `spillway_solver`.

mod bound;
pub mod cli;
pub mod config;
mod decimal;
pub mod decisions;
pub mod demo;
pub mod engine;
pub mod experiment;
pub mod figures;
pub mod generate;
pub mod hosts;
pub mod invariants;
pub mod output;
pub mod queue;
pub mod random;
pub mod record;
pub mod report;
pub mod soak;
pub mod time;
pub mod trace;
pub mod warnings;
pub mod whatif;
pub mod world;
