//! Amounts of cluster resources: what a replica asks for and what a node has.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Bytes, MilliCpu};

/// An amount of each schedulable resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resources {
    /// Thousandths of a core.
    #[serde(default)]
    pub cpu_milli: MilliCpu,
    /// Bytes of memory.
    #[serde(default)]
    pub memory_bytes: Bytes,
    /// Pod slots: 1 for a replica, the kubelet's `maxPods` for a node.
    #[serde(default)]
    pub pods: u32,
    /// Extended resources by their Kubernetes name, such as `nvidia.com/gpu`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extended: BTreeMap<String, u64>,
}

impl Resources {
    /// How many times `each` fits into this amount; `u32::MAX` when `each` asks for nothing.
    #[must_use]
    pub fn fits(&self, each: &Self) -> u32 {
        let mut times = u64::from(u32::MAX);
        let mut bound = |have: u64, need: u64| {
            if let Some(n) = have.checked_div(need) {
                times = times.min(n);
            }
        };
        bound(self.cpu_milli.0, each.cpu_milli.0);
        bound(self.memory_bytes.0, each.memory_bytes.0);
        bound(u64::from(self.pods), u64::from(each.pods));
        for (name, need) in &each.extended {
            bound(self.extended.get(name).copied().unwrap_or(0), *need);
        }
        u32::try_from(times).unwrap_or(u32::MAX)
    }

    /// What is left after taking `other`, never below zero.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        Self {
            cpu_milli: self.cpu_milli.saturating_sub(other.cpu_milli),
            memory_bytes: self.memory_bytes.saturating_sub(other.memory_bytes),
            pods: self.pods.saturating_sub(other.pods),
            extended: self
                .extended
                .iter()
                .map(|(name, have)| {
                    let taken = other.extended.get(name).copied().unwrap_or(0);
                    (name.clone(), have.saturating_sub(taken))
                })
                .collect(),
        }
    }

    /// This amount and `count` times `other`.
    #[must_use]
    pub fn plus(&self, other: &Self, count: u32) -> Self {
        let n = u64::from(count);
        let names: BTreeSet<&String> = self.extended.keys().chain(other.extended.keys()).collect();
        Self {
            cpu_milli: MilliCpu(
                self.cpu_milli
                    .0
                    .saturating_add(other.cpu_milli.0.saturating_mul(n)),
            ),
            memory_bytes: Bytes(
                self.memory_bytes
                    .0
                    .saturating_add(other.memory_bytes.0.saturating_mul(n)),
            ),
            pods: self.pods.saturating_add(other.pods.saturating_mul(count)),
            extended: names
                .into_iter()
                .map(|name| {
                    let mine = self.extended.get(name).copied().unwrap_or(0);
                    let more = other
                        .extended
                        .get(name)
                        .copied()
                        .unwrap_or(0)
                        .saturating_mul(n);
                    (name.clone(), mine.saturating_add(more))
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(cpu: u64, memory: u64, pods: u32) -> Resources {
        Resources {
            cpu_milli: MilliCpu(cpu),
            memory_bytes: Bytes(memory),
            pods,
            ..Resources::default()
        }
    }

    #[test]
    fn the_scarcest_resource_decides_how_often_a_replica_fits() {
        let node = amount(4_000, 16, 2);
        assert_eq!(node.fits(&amount(1_000, 4, 1)), 2, "pod slots bind");
        assert_eq!(node.fits(&amount(2_500, 4, 1)), 1, "cpu binds");
        assert_eq!(node.fits(&amount(1_000, 17, 1)), 0, "memory binds");
        assert_eq!(node.fits(&Resources::default()), u32::MAX);
    }

    #[test]
    fn a_node_without_an_extended_resource_fits_no_replica_that_asks_for_it() {
        let mut gpu = amount(1, 1, 1);
        gpu.extended.insert("nvidia.com/gpu".into(), 1);
        assert_eq!(amount(1_000, 1_000, 10).fits(&gpu), 0);
    }
}
