//! Requests that wait for the same replicas.

use std::collections::VecDeque;

use crate::time::Nanos;
use crate::trace::Arrival;

/// A line: first come, first served.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// In order of arrival.
    requests: VecDeque<Arrival>,
}

impl Waiting {
    /// Takes in a request that has just arrived.
    pub(super) fn push(&mut self, arrival: Arrival) {
        self.requests.push_back(arrival);
    }

    /// Takes in a request that has been elsewhere: before all that did not arrive before it.
    pub(super) fn put_back(&mut self, arrival: Arrival) {
        let earlier = |other: &Arrival| other.at < arrival.at;
        let place = self.requests.partition_point(earlier);
        self.requests.insert(place, arrival);
    }

    /// Whose turn it is.
    pub(super) fn pop(&mut self) -> Option<Arrival> {
        self.requests.pop_front()
    }

    /// All of them, in order of arrival; nobody is left.
    pub(super) fn take_all(&mut self) -> Vec<Arrival> {
        self.requests.drain(..).collect()
    }

    /// When the one that waits longest arrived.
    pub(super) fn oldest(&self) -> Option<Nanos> {
        self.requests.front().map(|arrival| arrival.at)
    }

    /// How many are for longer than `span` here at `now`.
    pub(super) fn longer_than(&self, span: Nanos, now: Nanos) -> usize {
        let waited = |arrival: &Arrival| now.saturating_sub(arrival.at) > span;
        self.requests.partition_point(waited)
    }
}
