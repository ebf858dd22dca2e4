//! Workloads that have no place at all.

use super::{Code, Warning, warning};
use crate::config::{RunConfig, without_place};

/// Workloads of which no node of any group holds a replica.
pub(super) fn without(config: &RunConfig) -> impl Iterator<Item = Warning> + '_ {
    let workloads = config.policy.workloads.iter();
    workloads.filter_map(|spec| {
        let why = without_place(&config.policy, spec)?;
        let text = format!(
            "{}: {why}: none of its replicas ever runs and all its requests wait; lower replicaRequests, or give a group \
             larger nodes",
            spec.id
        );
        Some(warning(Code::NoNodeHolds, text))
    })
}
