//! Requests that wait for the same replicas.

use std::collections::VecDeque;

use super::Classes;
use crate::time::Nanos;
use crate::trace::Arrival;

/// A line: ranks in their order, and within one first come, first served.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// Those who go before others, by rank.
    ranked: Vec<VecDeque<Arrival>>,
    /// All others.
    others: VecDeque<Arrival>,
}

impl Waiting {
    /// An empty line with so many ranks.
    pub(super) fn new(classes: &Classes) -> Self {
        Self {
            ranked: vec![VecDeque::new(); classes.count()],
            others: VecDeque::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lines().map(VecDeque::len).sum()
    }

    /// Takes in a request that has just arrived.
    pub(super) fn push(&mut self, rank: Option<usize>, arrival: Arrival) {
        self.of(rank).push_back(arrival);
    }

    /// Takes in a request that has been elsewhere: before all of its rank that did not arrive before it.
    pub(super) fn put_back(&mut self, rank: Option<usize>, arrival: Arrival) {
        let earlier = |other: &Arrival| other.at < arrival.at;
        let line = self.of(rank);
        let place = line.partition_point(earlier);
        line.insert(place, arrival);
    }

    /// Whose turn it is.
    pub(super) fn pop(&mut self) -> Option<Arrival> {
        let first = self.ranked.iter_mut().find_map(VecDeque::pop_front);
        first.or_else(|| self.others.pop_front())
    }

    /// All of them, in order of arrival; nobody is left.
    pub(super) fn take_all(&mut self) -> Vec<Arrival> {
        let mut all: Vec<Arrival> = self.others.drain(..).collect();
        for line in &mut self.ranked {
            all.extend(line.drain(..));
        }
        all.sort_by_key(|arrival| arrival.at);
        all
    }

    /// When the one that waits longest arrived.
    pub(super) fn oldest(&self) -> Option<Nanos> {
        let first = self.lines().filter_map(VecDeque::front);
        first.map(|arrival| arrival.at).min()
    }

    /// How many are here for longer than `span` at `now`.
    pub(super) fn longer_than(&self, span: Nanos, now: Nanos) -> usize {
        let waited = |arrival: &Arrival| now.saturating_sub(arrival.at) > span;
        self.lines().map(|line| line.partition_point(waited)).sum()
    }

    fn of(&mut self, rank: Option<usize>) -> &mut VecDeque<Arrival> {
        match rank {
            Some(rank) => &mut self.ranked[rank],
            None => &mut self.others,
        }
    }

    fn lines(&self) -> impl Iterator<Item = &VecDeque<Arrival>> {
        self.ranked.iter().chain([&self.others])
    }
}
