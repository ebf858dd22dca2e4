//! Places that others are about to leave: a pod that waits for them is refused by the scheduler
//! until they are gone, and that teaches nothing about the room there.

use std::collections::BTreeMap;

use crate::capacity::Fleet;
use crate::memory::Memory;

use super::model::Counts;

/// How many replicas of each workload a plan wants in each cluster.
pub(crate) struct Wanted(BTreeMap<(usize, usize), u32>);

impl Wanted {
    /// By the last plan.
    pub(crate) fn last(fleet: &Fleet<'_>, memory: &Memory) -> Self {
        let mut wanted = BTreeMap::new();
        let counts = memory.placement.as_ref().map_or(&[][..], |p| &p.counts);
        for count in counts {
            let w = fleet
                .workloads
                .binary_search_by(|w| w.spec.id.cmp(&count.workload));
            let c = fleet
                .clusters
                .iter()
                .position(|c| c.spec.name == count.cluster);
            if let (Ok(w), Some(c)) = (w, c) {
                *wanted.entry((w, c)).or_insert(0) += count.replicas;
            }
        }
        Self(wanted)
    }

    /// By this plan.
    pub(crate) fn now(fleet: &Fleet<'_>, counts: &Counts) -> Self {
        let clusters = 0..fleet.clusters.len();
        let each = (0..fleet.workloads.len()).flat_map(|w| clusters.clone().map(move |c| (w, c)));
        Self(
            each.map(|(w, c)| ((w, c), counts.in_cluster(fleet, w, c)))
                .collect(),
        )
    }

    /// Whether replicas of lower priority than `w` on nodes of cluster `c` are still to leave it.
    pub(crate) fn vacates(&self, fleet: &Fleet<'_>, w: usize, c: usize) -> bool {
        let priority = fleet.workloads[w].spec.priority;
        fleet.workloads.iter().enumerate().any(|(v, other)| {
            let here = &other.existing[c];
            let wanted = self.0.get(&(v, c)).copied().unwrap_or(0);
            other.spec.priority < priority && here.ready + here.bound > wanted
        })
    }
}
