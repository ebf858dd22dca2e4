//! Sums of resources, signed and in 128 bits: they neither wrap nor saturate, and a difference
//! may be negative.

use std::collections::{BTreeMap, BTreeSet};

use crate::resources::Resources;

/// The resources that every pod and node has, as [`Amounts::plain`] holds them.
const PLAIN: [&str; 3] = ["cpu", "memory", "pods"];

/// An amount of each resource; an extended resource that is not listed is 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Amounts<'a> {
    plain: [i128; PLAIN.len()],
    extended: BTreeMap<&'a str, i128>,
}

impl<'a> Amounts<'a> {
    /// The amounts of `each`.
    pub(super) fn of(each: &'a Resources) -> Self {
        let mut sum = Self::default();
        sum.add(each, 1);
        sum
    }

    /// Adds `each`, `count` times.
    pub(super) fn add(&mut self, each: &'a Resources, count: i128) {
        for (sum, amount) in self.plain.iter_mut().zip(plain(each)) {
            *sum += amount * count;
        }
        for (name, amount) in &each.extended {
            *self.extended.entry(name).or_default() += i128::from(*amount) * count;
        }
    }

    /// Takes so much away.
    pub(super) fn take(&mut self, cpu_milli: u64, memory_bytes: u64) {
        let [cpu, memory, _] = &mut self.plain;
        *cpu -= i128::from(cpu_milli);
        *memory -= i128::from(memory_bytes);
    }

    /// Combines two amounts resource by resource.
    pub(super) fn zip(&self, other: &Self, with: impl Fn(i128, i128) -> i128) -> Self {
        let names = self.extended.keys().chain(other.extended.keys());
        Self {
            plain: std::array::from_fn(|i| with(self.plain[i], other.plain[i])),
            extended: names
                .map(|name| (*name, with(self.extended(name), other.extended(name))))
                .collect(),
        }
    }

    fn extended(&self, name: &str) -> i128 {
        self.extended.get(name).copied().unwrap_or(0)
    }

    /// The resources of which this asks for more than `limit` has, each with both numbers.
    pub(super) fn beyond(&self, limit: &Self) -> Vec<String> {
        let plain = PLAIN.into_iter().zip(self.plain).zip(limit.plain);
        let extended = self.extended.iter();
        let extended = extended.map(|(name, amount)| ((*name, *amount), limit.extended(name)));
        plain
            .chain(extended)
            .filter(|((_, amount), limit)| *amount > (*limit).max(0))
            .map(|((name, amount), limit)| format!("{name} {amount} of {limit}"))
            .collect()
    }

    /// For each resource the sum over the `count` largest of `all`: no choice of `count` of
    /// them has more of any resource.
    pub(super) fn largest(all: &[Self], count: u64) -> Self {
        let names: BTreeSet<&'a str> = all
            .iter()
            .flat_map(|a| a.extended.keys().copied())
            .collect();
        Self {
            plain: std::array::from_fn(|i| sum_of_largest(all.iter().map(|a| a.plain[i]), count)),
            extended: names
                .into_iter()
                .map(|name| {
                    (
                        name,
                        sum_of_largest(all.iter().map(|a| a.extended(name)), count),
                    )
                })
                .collect(),
        }
    }
}

fn sum_of_largest(values: impl Iterator<Item = i128>, count: u64) -> i128 {
    let mut values: Vec<i128> = values.collect();
    values.sort_unstable_by(|a, b| b.cmp(a));
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    values.into_iter().take(count).sum()
}

/// The amounts that [`PLAIN`] names.
fn plain(each: &Resources) -> [i128; PLAIN.len()] {
    [
        i128::from(each.cpu_milli.0),
        i128::from(each.memory_bytes.0),
        i128::from(each.pods),
    ]
}
