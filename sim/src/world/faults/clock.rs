//! The autoscaler's clock, which may lie beside the world's.
//!
//! What the autoscaler stamps itself (its tick, its observations) bears its own clock; samples of
//! metrics bear that of their source, which is the world's.

use spillway_solver::units::UnixMs;

use crate::world::state::State;

impl State {
    /// Now, on the autoscaler's clock.
    pub(in crate::world) fn host_now(&self) -> UnixMs {
        let world = self.unix_ms(self.now).0;
        UnixMs(world.saturating_add(self.faults.clock_ahead_ms))
    }

    /// The autoscaler's clock jumps.
    pub(super) fn step_clock(&mut self, by_ms: i64) {
        let ahead = &mut self.faults.clock_ahead_ms;
        *ahead = ahead.saturating_add(by_ms);
    }

    /// Since when a cluster has not answered, on the autoscaler's clock.
    pub(in crate::world) fn silent_since(&self, cluster: usize) -> Option<UnixMs> {
        self.faults.silent_since[cluster]
    }
}
