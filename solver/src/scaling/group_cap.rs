//! A policy's cap on the replicas of all its workloads together.

use std::cmp::Reverse;

use crate::decision::{ScalingReason, ScalingStep};
use crate::policy::BurstPolicy;

use super::pass::Draft;

/// Shares `policy.max_replicas` out over its workloads by priority, then id. Floors come first and
/// are never cut, even where they alone exceed the cap; what is left of the cap goes to the higher
/// priority until its wish is met.
pub(super) fn apply(policy: &BurstPolicy, drafts: &mut [Draft<'_>]) {
    let Some(cap) = policy.max_replicas else {
        return;
    };
    let mut members: Vec<&mut Draft<'_>> = drafts
        .iter_mut()
        .filter(|draft| draft.workload.policy == policy.name)
        .collect();
    members.sort_by_key(|draft| (Reverse(draft.workload.priority), draft.workload.id.clone()));
    let floors = members
        .iter()
        .fold(0_u32, |sum, draft| sum.saturating_add(draft.result.floor));
    let mut left = cap.saturating_sub(floors);
    for draft in members {
        let result = &mut draft.result;
        let granted = result.desired.saturating_sub(result.floor).min(left);
        left -= granted;
        let capped = result.desired.min(result.floor.saturating_add(granted));
        if capped < result.desired {
            result.steps.push(ScalingStep {
                reason: ScalingReason::GroupCap,
                from: result.desired,
                to: capped,
            });
            result.desired = capped;
        }
    }
}
