//! Where replicas run: one optimisation over all workloads that share clusters, fitted on
//! nodes as the scheduler would, filled at home, moved home, explained.

mod caps;
mod fit;
mod levels;
mod lp;
mod model;
mod round;
mod rules;
mod terms;
