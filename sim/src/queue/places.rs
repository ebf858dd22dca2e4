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
        let places = self.discipline.places.count;
        let mut to: Vec<Vec<Arrival>> = vec![Vec::new(); places];
        for from in 0..places {
            if !self.is_served(from) {
                for arrival in self.lines[from].take_all() {
                    to[place_of(&arrival)].push(arrival);
                }
            }
        }
        for (place, mut arrivals) in to.into_iter().enumerate() {
            if !arrivals.is_empty() {
                arrivals.sort_by_key(|arrival| arrival.at);
                self.hand_on(place, arrivals);
            }
        }
    }
}
