//! Where replicas run: one optimisation over all workloads that share clusters, fitted on
//! nodes as the scheduler would, filled at home, moved home, explained.

mod caps;
mod explain;
mod fit;
mod greedy;
mod home;
mod levels;
mod limits;
mod lp;
mod model;
mod money;
mod recall;
mod round;
mod rules;
mod steps;
mod terms;
