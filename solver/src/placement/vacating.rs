//! Places that others are about to leave: a pod that waits for them is refused by the scheduler
//! until they are gone and it looks again, and that teaches nothing about the room there.

use std::collections::BTreeMap;

use crate::capacity::Fleet;
use crate::memory::{Memory, Refused};
use crate::units::Millis;

use super::model::Counts;

/// How long after others have left a refusal still teaches nothing: kube-scheduler takes up to
/// 10 s to look again, and a tick is 15 s old at worst. Less, and a displacement is given up at its
/// last step; more, and a place that is truly too small is believed in for longer.
const LOOKS_AGAIN: Millis = Millis(30_000);

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

/// When others were last seen in cluster `c` that pods of `w` had to wait for; `None` once the
/// scheduler has had the time to look again.
pub(crate) fn waited<'m>(
    fleet: &Fleet<'_>,
    memory: &'m Memory,
    w: usize,
    c: usize,
) -> Option<&'m Refused> {
    memory.refused.iter().find(|k| {
        k.workload == fleet.workloads[w].spec.id
            && k.cluster == fleet.clusters[c].spec.name
            && fleet.now.since(k.at_ms) < LOOKS_AGAIN
    })
}
