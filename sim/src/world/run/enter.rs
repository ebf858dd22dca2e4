//! What happens when something comes in from outside.

use super::Arrivals;
use crate::engine::Incoming;
use crate::trace::{Arrival, Inflow};
use crate::world::queue::Queue;
use crate::world::state::State;

/// A request, or an inflow of them, on its way into a workload's queue.
pub(super) trait Enter: Incoming {
    /// Number of the workload in the trace.
    fn named(&self) -> u32;

    /// Number of its class in the trace; 0 is none.
    fn class(&self) -> u32;

    /// Joins the queue of our workload of this number.
    fn enter(self, workload: usize, state: &mut State, arrivals: &mut [Arrivals]);
}

impl Enter for Arrival {
    fn named(&self) -> u32 {
        self.workload
    }

    fn class(&self) -> u32 {
        self.class
    }

    #[inline]
    fn enter(self, workload: usize, state: &mut State, arrivals: &mut [Arrivals]) {
        state.ledger.demand_ns[workload] += u128::from(self.service.0);
        arrivals[workload].add(&self);
        match &mut state.queues[workload] {
            Queue::Requests(queue) => match &mut state.resolvers[workload] {
                None => queue.arrive(self),
                Some(resolvers) => queue.arrive_at(resolvers.ask(self.at, self.at), self),
            },
            Queue::Rates(_) => unreachable!("a run by rates takes inflows only"),
        }
    }
}

impl Enter for Inflow {
    fn named(&self) -> u32 {
        self.workload
    }

    fn class(&self) -> u32 {
        0
    }

    fn enter(self, workload: usize, state: &mut State, _arrivals: &mut [Arrivals]) {
        match &mut state.queues[workload] {
            Queue::Rates(queue) => queue.arrive(self),
            Queue::Requests(_) => unreachable!("a run by requests takes single ones only"),
        }
    }
}
