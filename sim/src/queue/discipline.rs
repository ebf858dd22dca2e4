//! In which lines requests wait, and whose turn it is.

use super::{Assignment, Places};

/// How requests come to replicas. The default: all wait in one line, first come, first served.
#[derive(Debug, Clone)]
pub struct Discipline {
    /// Where requests are served.
    pub places: Places,
    /// Whose turn it is.
    pub classes: Classes,
    /// To which replica a request goes as it arrives; `None`: to whichever is free first.
    pub assignment: Option<Assignment>,
    /// Requests that are served together, in the time of the longest, by what else serves one; at least 1.
    pub batch: u32,
}

impl Default for Discipline {
    fn default() -> Self {
        Self {
            places: Places::ONE,
            classes: Classes::default(),
            assignment: None,
            batch: 1,
        }
    }
}

/// Which classes of requests go before others. What has begun is never interrupted.
#[derive(Debug, Clone, Default)]
pub struct Classes {
    /// How many go before all others.
    ranked: usize,
    /// The rank of each class by its number, as far as they are known.
    ranks: Vec<Option<usize>>,
}

impl Classes {
    /// So many ranks, of which the first goes first; all further classes come last, and together.
    #[must_use]
    pub const fn ranked(ranked: usize) -> Self {
        Self {
            ranked,
            ranks: Vec::new(),
        }
    }

    /// The class with the next number has this rank; `None` is that of the further classes.
    ///
    /// # Panics
    ///
    /// Where there are fewer ranks.
    pub fn name_next(&mut self, rank: Option<usize>) {
        assert!(rank.is_none_or(|rank| rank < self.ranked), "no such rank");
        self.ranks.push(rank);
    }

    /// The number of the first class whose rank is not known, where it matters.
    #[must_use]
    #[inline]
    pub fn unnamed(&self) -> Option<usize> {
        (self.ranked > 0).then_some(self.ranks.len())
    }

    pub(super) const fn count(&self) -> usize {
        self.ranked
    }

    /// The rank of a class; one that nobody has named is a further one.
    pub(super) fn rank(&self, class: u32) -> Option<usize> {
        self.ranks.get(class as usize).copied().flatten()
    }
}
