//! Sums of resources by name, signed and in 128 bits: they neither wrap nor saturate, and a
//! difference may be negative.

use std::collections::{BTreeMap, BTreeSet};

use crate::resources::Resources;

/// An amount of each resource; a resource that is not listed is 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Amounts<'a>(BTreeMap<&'a str, i128>);

impl<'a> Amounts<'a> {
    /// The amounts of `each`, `count` times.
    pub(super) fn of(each: &'a Resources, count: u64) -> Self {
        let mut sum = Self::default();
        sum.add(each, i128::from(count));
        sum
    }

    /// Adds `each`, `count` times.
    pub(super) fn add(&mut self, each: &'a Resources, count: i128) {
        for (name, amount) in named(each) {
            *self.0.entry(name).or_default() += i128::from(amount) * count;
        }
    }

    /// Takes `amount` of one resource away.
    pub(super) fn take(&mut self, name: &'a str, amount: u64) {
        *self.0.entry(name).or_default() -= i128::from(amount);
    }

    /// Combines two amounts resource by resource.
    pub(super) fn zip(&self, other: &Self, with: impl Fn(i128, i128) -> i128) -> Self {
        let names: BTreeSet<&'a str> = self.0.keys().chain(other.0.keys()).copied().collect();
        Self(
            names
                .into_iter()
                .map(|name| (name, with(self.get(name), other.get(name))))
                .collect(),
        )
    }

    /// The amount of one resource.
    pub(super) fn get(&self, name: &str) -> i128 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// The resources of which this asks for more than `limit` has, each with both numbers.
    pub(super) fn beyond(&self, limit: &Self) -> Vec<String> {
        self.0
            .iter()
            .filter(|(name, amount)| **amount > limit.get(name).max(0))
            .map(|(name, amount)| format!("{name} {amount} of {}", limit.get(name)))
            .collect()
    }

    /// For each resource the sum over the `count` largest of `all`: no choice of `count` of
    /// them has more of any resource.
    pub(super) fn largest(all: &[Self], count: u64) -> Self {
        let names: BTreeSet<&'a str> = all.iter().flat_map(|one| one.0.keys().copied()).collect();
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let best = |name: &str| {
            let mut values: Vec<i128> = all.iter().map(|one| one.get(name)).collect();
            values.sort_unstable_by(|a, b| b.cmp(a));
            values.into_iter().take(count).sum()
        };
        Self(names.into_iter().map(|name| (name, best(name))).collect())
    }
}

/// The resources by name. Kubernetes gives extended resources a domain, so no name collides.
fn named(each: &Resources) -> impl Iterator<Item = (&str, u64)> {
    [
        ("cpu", each.cpu_milli.0),
        ("memory", each.memory_bytes.0),
        ("pods", u64::from(each.pods)),
    ]
    .into_iter()
    .chain(each.extended.iter().map(|(name, n)| (name.as_str(), *n)))
}
