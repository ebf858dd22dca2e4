//! A policy's cap on the replicas of all its workloads together.

use std::cmp::Reverse;

use crate::decision::{Notice, NoticeReason, ScalingReason, ScalingStep};
use crate::policy::BurstPolicy;

use super::draft::Draft;

/// Shares `policy.max_replicas` out over its workloads. First comes what runs in clusters that do
/// not answer, since nothing can take it away; then the floors, then the wishes, each by
/// priority, then id. A floor that the cap cuts is told in a notice.
pub(super) fn apply(policy: &BurstPolicy, drafts: &mut [Draft<'_>]) {
    let Some(cap) = policy.max_replicas else {
        return;
    };
    let mut members: Vec<&mut Draft<'_>> = drafts
        .iter_mut()
        .filter(|draft| draft.workload.policy == policy.name)
        .collect();
    members.sort_by_key(|draft| (Reverse(draft.workload.priority), draft.workload.id.clone()));
    let mut left = members
        .iter()
        .fold(cap, |left, draft| left.saturating_sub(draft.held));
    let mut grant = |has: u32, wanted: u32| {
        let more = wanted.saturating_sub(has).min(left);
        left -= more;
        has + more
    };
    let mut granted: Vec<u32> = members
        .iter()
        .map(|draft| grant(draft.held, draft.result.floor))
        .collect();
    for (draft, granted) in members.into_iter().zip(&mut granted) {
        *granted = grant(*granted, draft.result.desired);
        let result = &mut draft.result;
        if result.floor > *granted {
            result.notices.push(Notice {
                reason: NoticeReason::FloorUnmet,
                subject: result.id.to_string(),
                detail: format!(
                    "shall have at least {} and gets {granted}: {} allows {cap} replicas in all; \
                     raise its maxReplicas, or lower a floor",
                    result.floor, policy.name
                ),
            });
            result.floor = *granted;
        }
        if result.desired > *granted {
            result.steps.push(ScalingStep {
                reason: ScalingReason::GroupCap,
                from: result.desired,
                to: *granted,
            });
            result.desired = *granted;
        }
    }
}
