//! The order in which things happen: a queue of scheduled events, merged with a cursor over arrivals.
//!
//! Arrivals are never put into the queue ahead of time: it holds only what the world has scheduled, so it stays small
//! and its cost does not grow with the trace. Departures of requests are not events at all: each
//! [`crate::queue::RequestQueue`] keeps its own and catches up when it is touched. What events mean is the world's.

mod timed;

use std::cmp::Ordering;
use std::collections::BinaryHeap;

pub use timed::Timed;

use crate::time::Nanos;
use crate::trace::{Arrival, ArrivalSource, Inflow, Inflows, TraceError};

/// Rank of arrivals among things that happen at the same nanosecond: lower ranks come before them.
///
/// What makes room (a replica becomes ready) should rank lower, what looks at the state (a scrape, a decision) higher.
pub const ARRIVAL_RANK: u8 = 128;

/// Something that comes into the world from outside.
pub trait Incoming: Copy {
    /// When it comes.
    fn at(&self) -> Nanos;
}

impl Incoming for Arrival {
    fn at(&self) -> Nanos {
        self.at
    }
}

impl Incoming for Inflow {
    fn at(&self) -> Nanos {
        self.at
    }
}

/// What comes from outside, in order of time: single requests or rates.
pub trait Source {
    /// Of what it is made.
    type Item: Incoming;

    /// The next item, an error after which there is none, or the end.
    fn next_item(&mut self) -> Option<Result<Self::Item, TraceError>>;

    /// Where it comes from, for its names and notes.
    fn origin(&self) -> &dyn ArrivalSource;
}

impl<S: ArrivalSource> Source for S {
    type Item = Arrival;

    #[inline]
    fn next_item(&mut self) -> Option<Result<Arrival, TraceError>> {
        self.next()
    }

    fn origin(&self) -> &dyn ArrivalSource {
        self
    }
}

impl<S: ArrivalSource> Source for Inflows<S> {
    type Item = Inflow;

    fn next_item(&mut self) -> Option<Result<Inflow, TraceError>> {
        self.next_inflow()
    }

    fn origin(&self) -> &dyn ArrivalSource {
        self.source()
    }
}

/// Something that the world has scheduled.
pub trait Event {
    /// Place among things that happen at the same nanosecond; see [`ARRIVAL_RANK`]. Must not change while the event
    /// waits.
    fn rank(&self) -> u8;
}

/// Events in their total order: time, then rank, then the order in which they were pushed.
///
/// The order is total, so that a run does not depend on how a heap happens to break ties.
#[derive(Debug, Clone)]
pub struct EventQueue<E> {
    heap: BinaryHeap<Entry<E>>,
    pushed: u64,
}

#[derive(Debug, Clone)]
struct Entry<E> {
    at: Nanos,
    /// Rank in the highest byte, number of the push below it.
    order: u64,
    event: E,
}

/// Bits that number the pushes: at 10 million a second they last for 228 years.
const SEQUENCE_BITS: u32 = 56;

impl<E: Event> EventQueue<E> {
    /// An empty queue.
    #[must_use]
    pub fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            pushed: 0,
        }
    }

    /// Adds an event.
    pub fn push(&mut self, at: Nanos, event: E) {
        let entry = self.entry(at, event);
        self.heap.push(entry);
    }

    /// Time and event that come next.
    #[must_use]
    pub fn peek(&self) -> Option<(Nanos, &E)> {
        self.heap.peek().map(|entry| (entry.at, &entry.event))
    }

    /// Takes the event that comes next.
    pub fn pop(&mut self) -> Option<(Nanos, E)> {
        self.heap.pop().map(|entry| (entry.at, entry.event))
    }

    /// Takes the event that comes next and adds another: one pass over the heap instead of two, for what repeats.
    ///
    /// On an empty queue it only adds.
    pub fn replace_top(&mut self, at: Nanos, event: E) -> Option<(Nanos, E)> {
        let entry = self.entry(at, event);
        let Some(mut top) = self.heap.peek_mut() else {
            self.heap.push(entry);
            return None;
        };
        let old = std::mem::replace(&mut *top, entry);
        drop(top);
        Some((old.at, old.event))
    }

    /// Events that wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether no event waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    fn entry(&mut self, at: Nanos, event: E) -> Entry<E> {
        let order = u64::from(event.rank()) << SEQUENCE_BITS | self.pushed;
        self.pushed += 1;
        Entry { at, order, event }
    }

    fn next_key(&self) -> Option<(Nanos, u64)> {
        self.heap.peek().map(Entry::key)
    }
}

impl<E: Event> Default for EventQueue<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E> Entry<E> {
    fn key(&self) -> (Nanos, u64) {
        (self.at, self.order)
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    /// Reversed, because the standard heap has its greatest element on top.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

/// The next thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occurrence<E, I = Arrival> {
    /// A request arrives, or begins to flow in with others.
    Arrival(I),
    /// A scheduled event is due.
    Event(E),
}

/// Events and arrivals in one order, and the clock.
pub struct Timeline<S: Source, E> {
    events: EventQueue<E>,
    source: S,
    /// The arrival read ahead.
    arrival: Option<S::Item>,
    now: Nanos,
}

impl<S: Source, E: Event> Timeline<S, E> {
    /// A timeline at zero with no event on it.
    ///
    /// # Errors
    ///
    /// Where the first arrival cannot be read.
    pub fn new(mut source: S) -> Result<Self, TraceError> {
        let arrival = source.next_item().transpose()?;
        Ok(Self {
            events: EventQueue::new(),
            source,
            arrival,
            now: Nanos::ZERO,
        })
    }

    /// Time of what happened last.
    #[must_use]
    pub fn now(&self) -> Nanos {
        self.now
    }

    /// Whether arrivals are still to come.
    #[must_use]
    pub fn has_arrivals(&self) -> bool {
        self.arrival.is_some()
    }

    /// The source of arrivals, for its names and notes.
    #[must_use]
    pub fn source(&self) -> &S {
        &self.source
    }

    /// Schedules an event.
    ///
    /// # Panics
    ///
    /// Where `at` is in the past: the world would have to go back in time.
    pub fn schedule(&mut self, at: Nanos, event: E) {
        assert!(
            at >= self.now,
            "an event at {at} was scheduled at {}",
            self.now
        );
        self.events.push(at, event);
    }

    /// Moves the clock to the next thing that happens and returns it; `None` when nothing is left.
    ///
    /// # Errors
    ///
    /// Where the arrival after this one cannot be read. No arrival follows then.
    ///
    /// # Panics
    ///
    /// Where the source breaks its promise and goes back in time.
    pub fn advance(&mut self) -> Result<Option<Occurrence<E, S::Item>>, TraceError> {
        let arrival_order = u64::from(ARRIVAL_RANK) << SEQUENCE_BITS;
        let arrival = self.arrival.take_if(|arrival| {
            let event_key = self.events.next_key();
            event_key.is_none_or(|event_key| (arrival.at(), arrival_order) <= event_key)
        });
        let Some(arrival) = arrival else {
            let Some((at, event)) = self.events.pop() else {
                return Ok(None);
            };
            self.now = at;
            return Ok(Some(Occurrence::Event(event)));
        };
        assert!(
            arrival.at() >= self.now,
            "the source of arrivals went back to {}",
            arrival.at()
        );
        self.now = arrival.at();
        self.arrival = self.source.next_item().transpose()?;
        Ok(Some(Occurrence::Arrival(arrival)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Trace, TraceOptions};

    #[derive(Debug, Clone, PartialEq, Eq)]
    struct Named(u8, &'static str);

    impl Event for Named {
        fn rank(&self) -> u8 {
            self.0
        }
    }

    #[test]
    fn events_come_by_time_then_rank_then_order_of_pushing() {
        let mut queue = EventQueue::new();
        let pushes = [
            (5, 1, "e"),
            (3, 9, "d"),
            (3, 2, "b"),
            (3, 2, "c"),
            (1, 200, "a"),
        ];
        for (at, rank, name) in pushes {
            queue.push(Nanos(at), Named(rank, name));
        }
        let names: Vec<_> = std::iter::from_fn(|| queue.pop())
            .map(|(_, event)| event.1)
            .collect();
        assert_eq!(names, ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn replacing_the_top_is_a_pop_and_a_push() {
        let mut queue = EventQueue::new();
        assert_eq!(queue.replace_top(Nanos(4), Named(0, "a")), None);
        queue.push(Nanos(5), Named(0, "b"));
        assert_eq!(
            queue.replace_top(Nanos(9), Named(0, "c")),
            Some((Nanos(4), Named(0, "a")))
        );
        assert_eq!(queue.peek(), Some((Nanos(5), &Named(0, "b"))));
        assert_eq!(queue.len(), 2);
    }

    #[test]
    fn an_arrival_comes_after_what_makes_room_and_before_what_looks() {
        let trace = Trace::read(
            "t",
            &b"arrival_s,service_s\n1,1\n2,1\n"[..],
            &TraceOptions::default(),
        );
        let mut timeline = Timeline::new(trace.expect("a sound trace")).expect("a sound row");
        for (rank, name) in [(ARRIVAL_RANK, "scrape"), (0, "ready")] {
            timeline.schedule(Nanos::from_secs(2), Named(rank, name));
        }
        let mut seen = Vec::new();
        while let Some(occurrence) = timeline.advance().expect("a sound trace") {
            seen.push(match occurrence {
                Occurrence::Arrival(_) => "arrival",
                Occurrence::Event(event) => event.1,
            });
        }
        assert_eq!(seen, ["arrival", "ready", "arrival", "scrape"]);
        assert_eq!(timeline.now(), Nanos::from_secs(2));
    }
}
