//! How large a replica is and how much room a node has, in one number each.
//!
//! Replicas on a node fit it in every resource at once; a linear program of many resources has no
//! closed form. One number is a relaxation as long as the sizes of the replicas on a node never
//! exceed the node's.

use std::collections::BTreeSet;

use super::Work;
use crate::resources::Resources;

/// A resource counted in whole quanta: `floor(amount / quantum)`.
///
/// Valid because the floor is superadditive: `floor(a/q) + floor(b/q) <= floor((a+b)/q)`. With
/// quantum 1 it is the resource itself. With a replica's own request as quantum, a node has room
/// for as many as fit and not for a fraction more (a Chvatal-Gomory cut).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Measure {
    resource: Resource,
    quantum: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Resource {
    Cpu,
    Memory,
    Pods,
    Extended(String),
}

impl Resource {
    fn of(&self, amounts: &Resources) -> u64 {
        match self {
            Self::Cpu => amounts.cpu_milli.0,
            Self::Memory => amounts.memory_bytes.0,
            Self::Pods => u64::from(amounts.pods),
            Self::Extended(name) => amounts.extended.get(name).copied().unwrap_or(0),
        }
    }
}

impl Measure {
    /// Every resource as it is, and in quanta of each request for it.
    pub(super) fn all(works: &[Work]) -> Vec<Self> {
        let named = works.iter().flat_map(|work| work.replica.extended.keys());
        let named = named.map(|name| Resource::Extended(name.clone()));
        let resources: BTreeSet<Resource> = [Resource::Cpu, Resource::Memory, Resource::Pods]
            .into_iter()
            .chain(named)
            .collect();
        let mut measures = BTreeSet::new();
        for resource in resources {
            let requests = works.iter().map(|work| resource.of(&work.replica));
            let quanta = requests
                .filter(|request| *request > 0)
                .chain(std::iter::once(1));
            for quantum in quanta {
                measures.insert(Self {
                    resource: resource.clone(),
                    quantum,
                });
            }
        }
        measures.into_iter().collect()
    }

    /// The size of a replica, or the room of a node.
    pub(super) fn size(&self, amounts: &Resources) -> u64 {
        self.resource.of(amounts) / self.quantum
    }
}
