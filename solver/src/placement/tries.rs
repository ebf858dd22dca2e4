//! A bound on trial fits on nodes, by what each costs.

use crate::capacity::Fleet;

/// How many workloads the trials of one stage fit on nodes at most, all trials together: 80 trials
/// at 100 workloads, 8 at 1,000. Fewer leave a replica in public that home could take until the
/// next tick, more make a large fleet's tick last for seconds.
const MOST_TRIED_WORKLOADS: usize = 8_000;

/// Trials that are left.
pub(crate) struct Tries(usize);

impl Tries {
    /// As many as a fleet of this size may have in one stage.
    pub(crate) fn of(fleet: &Fleet<'_>) -> Self {
        Self(MOST_TRIED_WORKLOADS / fleet.workloads.len().max(1))
    }

    /// Takes one; `false` when none is left.
    pub(crate) fn take(&mut self) -> bool {
        let left = self.0.checked_sub(1);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}
