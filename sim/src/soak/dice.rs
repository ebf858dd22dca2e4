//! Draws of whole numbers.

use rand::Rng as _;
use rand_pcg::Pcg64;

use crate::random::stream;

/// A stream of draws; each part of a case has one of its own.
pub(super) struct Dice(Pcg64);

impl Dice {
    pub(super) fn new(seed: u64, part: &str) -> Self {
        Self(stream(seed, "soak", part))
    }

    /// From `least` to `most`, both included.
    pub(super) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.0.next_u64() % (most - least + 1)
    }

    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.between(1, 100) <= percent
    }

    pub(super) fn pick<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        &list[self.index(list.len())]
    }

    pub(super) fn index(&mut self, length: usize) -> usize {
        let last = u64::try_from(length - 1).unwrap_or(u64::MAX);
        usize::try_from(self.between(0, last)).unwrap_or(0)
    }
}

/// A number of thousandths as a decimal.
pub(super) fn thousandths(number: u64) -> String {
    format!("{}.{:03}", number / 1_000, number % 1_000)
}
