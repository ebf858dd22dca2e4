//! Minimums and pins of single clusters that the plan does not reach.
//!
//! Their replicas run elsewhere, so they are neither spilled nor without a place.

use crate::capacity::Fleet;
use crate::decision::{Notice, NoticeReason};

use super::Facts;
use super::unplaced::binding_in;

/// A notice for each cluster that gets fewer replicas of `w` than it must have.
pub(crate) fn unmet(fleet: &Fleet<'_>, facts: &Facts<'_>, w: usize) -> Vec<Notice> {
    let spec = fleet.workloads[w].spec;
    let desired = facts.demand.desired[w];
    let places = spec.cluster_bounds.iter().filter_map(|bound| {
        let c = fleet
            .clusters
            .iter()
            .position(|c| c.spec.name == bound.cluster)?;
        Some((bound, c))
    });
    places
        .filter_map(|(bound, c)| {
            let least = bound.min.min(desired);
            let planned = facts.counts.in_cluster(fleet, w, c);
            (planned < least).then(|| {
                let why = binding_in(fleet, facts, w, c);
                let why = why.unwrap_or_else(|| "no node group there takes it".to_owned());
                Notice {
                    reason: NoticeReason::FloorUnmet,
                    subject: spec.id.to_string(),
                    detail: format!(
                        "{} shall have at least {least} and gets {planned}: {why}",
                        bound.cluster
                    ),
                }
            })
        })
        .collect()
}
