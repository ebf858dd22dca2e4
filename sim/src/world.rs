//! The world that an autoscaler lives in, request by request.
//!
//! Clusters with nodes that boot and cost money, pods that pend, start and drain, a scheduler,
//! node autoscalers, queues of requests, metrics that come late, and faults. [`run()`] moves it
//! through one trace under one autoscaler. Not here: what the autoscaler decides ([`crate::hosts`]) and
//! where arrivals come from ([`crate::trace`]).

mod audit;
pub mod billing;
mod boot;
mod calendar;
mod classes;
mod cluster_autoscaler;
mod dns;
mod elasticity;
mod event;
mod faults;
mod forecasts;
mod gauge;
mod karpenter;
mod leak;
mod ledger;
mod nodes;
mod observe;
mod packing;
mod pods;
mod queue;
mod replicas;
mod resume;
mod rollout;
mod rows;
mod run;
pub mod scheduler;
mod setup;
mod spot_rule;
mod state;
mod summary;
mod telemetry;
mod wasted;
mod watch;

pub use boot::BootModel;
pub use run::{Progress, RunError, resume, run};
pub(crate) use setup::{WorkloadInWorld, workloads_in_world};
