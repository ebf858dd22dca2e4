//! Co-placement groups: workloads that run in one cluster, and where the last plan had them.

use std::collections::BTreeMap;

use crate::memory::{Memory, PlacedCount};

use super::{Condition, Fleet};

/// The workloads of one co-placement group.
pub(crate) struct Together<'a> {
    pub(crate) name: &'a str,
    /// Indices of its workloads.
    pub(crate) members: Vec<usize>,
    /// The cluster that the last plan gave it. A move of many replicas takes many ticks, and
    /// without this the half that has arrived would be sent back to the half that has not.
    pub(crate) heading: Option<usize>,
}

/// The groups, by name.
pub(crate) fn groups<'a>(fleet: &Fleet<'a>, memory: &Memory) -> Vec<Together<'a>> {
    let mut members: BTreeMap<&'a str, Vec<usize>> = BTreeMap::new();
    for (w, workload) in fleet.workloads.iter().enumerate() {
        if let Some(name) = &workload.spec.co_placement {
            members.entry(name).or_default().push(w);
        }
    }
    let planned = memory.placement.as_ref().map_or(&[][..], |p| &p.counts);
    members
        .into_iter()
        .map(|(name, members)| Together {
            name,
            heading: heading(fleet, planned, &members),
            members,
        })
        .collect()
}

/// The one cluster that the last plan names for all of `members`, while it is in service.
fn heading(fleet: &Fleet<'_>, planned: &[PlacedCount], members: &[usize]) -> Option<usize> {
    let mut there = planned
        .iter()
        .filter(|p| p.replicas > 0)
        .filter(|p| {
            members
                .iter()
                .any(|w| fleet.workloads[*w].spec.id == p.workload)
        })
        .map(|p| &p.cluster);
    let first = there.next()?;
    let one = there.all(|c| c == first);
    let cluster = fleet.clusters.iter().position(|c| c.spec.name == *first)?;
    (one && fleet.clusters[cluster].condition == Condition::Usable).then_some(cluster)
}
