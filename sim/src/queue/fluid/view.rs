//! What is seen of a fluid queue from outside.

use super::{Course, FluidQueue, MICRO};
use crate::queue::{Counts, Delays, Integrals, ServerId};
use crate::time::Nanos;

impl FluidQueue {
    /// Where the requests are now, in whole ones: a gauge of a queue shows no fractions, and rules ask whether it is
    /// empty.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let [arrivals, done, dropped] =
            [self.arrived, self.done, self.dropped].map(|amount| amount / MICRO);
        let inside = arrivals - done - dropped;
        // Parts of a request that has not ended are with those in service: they make no backlog.
        let queued = (self.line.total() / MICRO).min(inside);
        Counts {
            arrivals,
            done,
            queued,
            in_service: inside - queued,
            dropped,
            retried: self.retried / MICRO,
        }
    }

    /// Millionths of requests that have come, are done, wait, are in service and were refused: the first is the sum of
    /// the others, to the last one.
    #[must_use]
    pub fn micro(&self) -> [u64; 5] {
        [
            self.arrived,
            self.done,
            self.line.total(),
            self.in_service,
            self.dropped,
        ]
    }

    /// Requests done in each place.
    #[must_use]
    pub fn done_by_place(&self) -> Vec<u64> {
        let places = self.done_by_place.iter();
        places.map(|done| done / MICRO).collect()
    }

    /// How long the slots of a replica have been busy together; `None` where it is not here.
    #[must_use]
    pub fn busy(&self, server: ServerId) -> Option<Nanos> {
        let server = self.servers.get(&server)?;
        Some(self.busy_each - server.busy_before)
    }

    /// Time until which the queue has been served.
    #[must_use]
    pub fn now(&self) -> Nanos {
        self.now
    }

    /// Whether more is to arrive of what was announced.
    #[must_use]
    pub fn expects_arrivals(&self) -> bool {
        !self.inflows.is_empty()
    }

    /// What arrived and was done so far; it begins anew.
    pub(crate) fn take_course(&mut self) -> Course {
        std::mem::take(&mut self.course)
    }

    /// Service time that has arrived, nanoseconds.
    #[must_use]
    pub fn offered_ns(&self) -> u128 {
        self.offered_ns
    }

    /// Steps of the integration so far.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// How long the head of the line has been waiting; `None` where less than a request waits.
    #[must_use]
    pub fn oldest_wait(&self) -> Option<Nanos> {
        let head = self.line.head().filter(|_| self.line.total() >= MICRO);
        head.map(|at| self.now.saturating_sub(at))
    }

    /// Requests in the line that have been waiting for longer than `span`.
    #[must_use]
    pub fn waiting_longer_than(&self, span: Nanos) -> u64 {
        let since = self.now.checked_sub(span);
        since.map_or(0, |since| self.line.before(since) / MICRO)
    }

    /// Integrals over time until now.
    #[must_use]
    pub fn integrals(&self) -> Integrals {
        let micro = u128::from(MICRO);
        Integrals {
            queued_ns: self.integrals.queued_ns / micro,
            busy_ns: self.integrals.busy_ns / micro,
            slot_ns: self.integrals.slot_ns,
        }
    }

    /// Of the requests done: time from arrival to the start of service.
    #[must_use]
    pub fn queue_delays(&self) -> &Delays {
        &self.queue_delays
    }

    /// The same since [`FluidQueue::begin_interval`].
    #[must_use]
    pub fn interval_delays(&self) -> &Delays {
        &self.interval_delays
    }

    /// Forgets the delays of the interval.
    pub fn begin_interval(&mut self) {
        self.interval_delays.clear();
    }

    /// Of the requests done: time from arrival to the end of service.
    #[must_use]
    pub fn sojourns(&self) -> &Delays {
        &self.sojourns
    }
}
