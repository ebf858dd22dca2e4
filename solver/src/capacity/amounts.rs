//! Resource amounts as vectors over the resources that occur, so that loops need no names.

use std::collections::BTreeSet;

use smallvec::{SmallVec, smallvec};

use crate::resources::Resources;

/// Bytes in a MiB: the unit of memory in amounts. Requests round up and capacity rounds down,
/// so that what fits here fits in bytes.
const MIB: u64 = 1 << 20;

/// One amount a dimension, in [`Dims`]' order and units. There is one for each node and replica
/// shape, and most fleets have no extended resource: those cost no allocation.
pub(crate) type Amounts = SmallVec<[i64; 4]>;

/// The resources that occur: cpu (milli), memory (MiB), pods, then extended ones by name.
pub(crate) struct Dims {
    extended: Vec<String>,
}

/// Which way an amount that is not whole in its unit is rounded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Round {
    Up,
    Down,
}

impl Dims {
    /// Index of cpu.
    pub(crate) const CPU: usize = 0;
    /// Index of memory.
    pub(crate) const MEMORY: usize = 1;

    /// The dimensions of all that `amounts` mention.
    pub(crate) fn of<'a>(amounts: impl Iterator<Item = &'a Resources>) -> Self {
        let names: BTreeSet<&String> = amounts.flat_map(|a| a.extended.keys()).collect();
        Self {
            extended: names.into_iter().cloned().collect(),
        }
    }

    /// The name of a dimension, for explanations.
    pub(crate) fn name(&self, dim: usize) -> &str {
        match dim {
            Self::CPU => "cpu",
            Self::MEMORY => "memory",
            2 => "pods",
            n => self.extended.get(n - 3).map_or("resource", String::as_str),
        }
    }

    /// A request: rounded up.
    pub(crate) fn need(&self, r: &Resources) -> Amounts {
        self.amounts(r, Round::Up)
    }

    /// A capacity: rounded down.
    pub(crate) fn have(&self, r: &Resources) -> Amounts {
        self.amounts(r, Round::Down)
    }

    fn amounts(&self, r: &Resources, round: Round) -> Amounts {
        let mib = match round {
            Round::Up => r.memory_bytes.0.div_ceil(MIB),
            Round::Down => r.memory_bytes.0 / MIB,
        };
        [r.cpu_milli.0, mib, u64::from(r.pods)]
            .into_iter()
            .chain(
                self.extended
                    .iter()
                    .map(|name| r.extended.get(name).copied().unwrap_or(0)),
            )
            .map(bounded)
            .collect()
    }
}

/// Amounts above this (68 million cores, 64 PiB) are held at it. Larger, and [`MOST_REPLICAS`]
/// times it would leave the 53 bits in which the backend is exact.
pub(crate) const MOST: i64 = 1 << 36;

/// Replicas of one workload that placement considers; what is desired beyond is reported
/// unplaced. The fit on nodes takes one replica after another and looks at every node, so that
/// ten times as many take a hundred times as long.
pub(crate) const MOST_REPLICAS: u32 = 10_000;

/// Nodes of one group that are ordered or may be: what one Kubernetes cluster bears. More only
/// make the fit on nodes slower.
pub(crate) const MOST_NODES: u32 = 5_000;

/// Nothing, in the dimensions of `like`.
pub(crate) fn nothing(like: &Amounts) -> Amounts {
    smallvec![0; like.len()]
}

fn bounded(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(MOST).min(MOST)
}

/// Adds `count` times `each` to `to`.
pub(crate) fn add(to: &mut [i64], each: &[i64], count: i64) {
    for (t, e) in to.iter_mut().zip(each) {
        *t = t.saturating_add(e.saturating_mul(count));
    }
}

/// Whether `need` fits into `room`.
pub(crate) fn fits(need: &[i64], room: &[i64]) -> bool {
    need.iter().zip(room).all(|(n, r)| *n == 0 || n <= r)
}

/// How many times `need` fits into `room`, at most `limit`.
pub(crate) fn times(need: &[i64], room: &[i64], limit: u32) -> u32 {
    let most = need
        .iter()
        .zip(room)
        .filter(|(n, _)| **n > 0)
        .map(|(n, r)| (r / n).max(0))
        .min()
        .unwrap_or(i64::MAX);
    u32::try_from(most).unwrap_or(u32::MAX).min(limit)
}
