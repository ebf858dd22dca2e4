//! Requests that can be served in one place only, such as the cluster that their clients were told.

use super::{Observer, RequestQueue, ServerId};
use crate::time::Nanos;
use crate::trace::Arrival;

/// Where replicas are, and what becomes of a request where none is.
#[derive(Debug, Clone, Copy)]
pub struct Places {
    /// How many places there are.
    pub count: usize,
    /// The place of a replica.
    pub of: fn(ServerId) -> usize,
    /// Whether requests are refused where no replica takes any; else they wait there.
    pub refuse: bool,
}

impl Places {
    /// All replicas in one: any of them serves any request.
    pub(super) const ONE: Self = Self {
        count: 1,
        of: |_| 0,
        refuse: false,
    };
}

impl<O: Observer> RequestQueue<O> {
    /// Asks again for a place for each request that waits where no replica takes any. It keeps its time of arrival.
    pub fn redirect(&mut self, now: Nanos, mut place_of: impl FnMut(&Arrival) -> usize) {
        self.advance(now);
        for from in 0..self.lines.len() {
            if self.servers.accepting(from) > 0 {
                continue;
            }
            for arrival in self.lines[from].take_all() {
                self.put_back(place_of(&arrival), arrival);
            }
        }
        for line in 0..self.lines.len() {
            self.start_waiting(line);
        }
    }

    /// Refuses what waits in a place that no replica is left in, where that is the rule.
    pub(super) fn leave_unserved(&mut self, place: usize) {
        if self.discipline.places.refuse && self.servers.accepting(place) == 0 {
            let refused = self.lines[place].take_all().len();
            self.queued -= refused;
            self.dropped += refused as u64;
        }
    }
}
