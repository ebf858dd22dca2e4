//! Replicas at the start that no autoscaler would have left so.

use super::{Code, Warning, warning};
use crate::config::RunConfig;

/// Workloads that the world file lets start outside their bounds.
pub(super) fn beyond_bounds(config: &RunConfig) -> impl Iterator<Item = Warning> + '_ {
    let workloads = config.world.workloads.iter().enumerate();
    workloads.filter_map(|(n, listed)| {
        let mut specs = config.policy.workloads.iter();
        let spec = specs.find(|spec| spec.id == listed.id)?;
        let each = listed.initial.iter();
        let all: u64 = each.map(|initial| u64::from(initial.replicas)).sum();
        let (code, bound) = if all > u64::from(spec.max_replicas) {
            let bound = format!("above maxReplicas {}", spec.max_replicas);
            (Code::InitialAboveMax, bound)
        } else if !listed.initial.is_empty() && all < u64::from(spec.min_replicas) {
            let bound = format!("below minReplicas {}", spec.min_replicas);
            (Code::InitialBelowMin, bound)
        } else {
            return None;
        };
        let says = format!(
            "{all} replicas at the start are {bound} of `{}`: the first decision puts that right, and its moves and money \
             are in the figures; write a number within the bounds",
            spec.id
        );
        let path = format!("workloads[{n}].initial");
        let problem = config.world.problem(path, says);
        Some(warning(code, problem.to_string()))
    })
}
