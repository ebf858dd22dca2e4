//! The requests of one workload: they wait in order of arrival until a replica is free.
//!
//! A [`Discipline`] says so otherwise: classes that go first, places with a line and replicas of their own, a line for
//! each replica.
//!
//! Replicas come, drain and get lost while the run goes on. The queue keeps its own departures and catches up whenever
//! it is touched, so the world's event queue never sees a request. Why replicas come and go is the world's.

mod assignment;
mod delay;
mod discipline;
mod fluid;
mod lines;
mod places;
mod servers;
mod waiting;

use serde::Serialize;

pub use assignment::{Assignment, Choice};
pub use delay::Delays;
pub use discipline::{Classes, Discipline};
pub(crate) use fluid::Course;
pub use fluid::FluidQueue;
pub use places::Places;
pub use servers::{ServerId, Service};

use crate::time::Nanos;
use crate::trace::Arrival;
use servers::Servers;
use waiting::Waiting;

/// What a queue is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueConfig {
    /// Requests that one replica serves at once, each at full speed, or batches of them; at least 1.
    pub concurrency: u32,
    /// Queue delay that the workload should not exceed.
    pub delay_objective: Nanos,
    /// Requests that may wait; one more is dropped. `None` is no limit, and then an overload grows in memory.
    pub most_waiting: Option<usize>,
}

/// Told of each request that is done.
pub trait Observer {
    /// `service` has just ended, at its [`Service::finish`].
    fn done(&mut self, service: &Service);
}

/// Needs to know of no single request.
impl Observer for () {
    fn done(&mut self, _service: &Service) {}
}

/// Where the requests of a queue are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Requests that have come.
    pub arrivals: u64,
    /// Requests that were served to the end.
    pub done: u64,
    /// Requests that wait.
    pub queued: u64,
    /// Requests that replicas work on.
    pub in_service: u64,
    /// Requests refused because too many were waiting.
    pub dropped: u64,
    /// Times that a request went back to the queue because its replica was lost; not part of the balance.
    pub retried: u64,
}

/// Requests that have appeared or vanished: a defect of the simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "requests are not conserved: {0:?}; this is a defect of the simulator, please report it with its input"
)]
pub struct ConservationError(pub Counts);

impl Counts {
    /// Whether each arrival is done, queued, in service or dropped.
    ///
    /// # Errors
    ///
    /// Where it is not.
    pub fn check(self) -> Result<(), ConservationError> {
        if self.arrivals == self.done + self.queued + self.in_service + self.dropped {
            Ok(())
        } else {
            Err(ConservationError(self))
        }
    }
}

/// Integrals over the time of a run, for means over time and for Little's law.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Integrals {
    /// Waiting requests x nanoseconds.
    pub queued_ns: u128,
    /// Requests in service x nanoseconds; time spent on a request whose replica was lost is in it.
    pub busy_ns: u128,
    /// Requests that the replicas could serve x nanoseconds, draining ones included.
    pub slot_ns: u128,
}

/// The queue of one workload and its replicas: first come, first served.
///
/// All methods that take a time first serve what is due until then; times must not decrease, and an earlier one counts
/// as the latest so far. At one nanosecond requests end before others arrive.
#[derive(Debug)]
pub struct RequestQueue<O = ()> {
    most_waiting: usize,
    discipline: Discipline,
    /// Who waits in each place, and then for each replica where it has a line of its own.
    lines: Vec<Waiting>,
    /// How many wait in all of them.
    queued: usize,
    servers: Servers,
    now: Nanos,
    arrivals: u64,
    done: u64,
    dropped: u64,
    retried: u64,
    integrals: Integrals,
    queue_delays: Delays,
    sojourns: Delays,
    observer: O,
}

impl<O: Observer> RequestQueue<O> {
    /// An empty queue without replicas.
    ///
    /// # Panics
    ///
    /// Where the concurrency is 0.
    #[must_use]
    pub fn new(config: QueueConfig, observer: O) -> Self {
        Self::disciplined(config, Discipline::default(), observer)
    }

    /// The same under another discipline.
    ///
    /// # Panics
    ///
    /// Where the concurrency or the batch is 0.
    #[must_use]
    pub fn disciplined(config: QueueConfig, discipline: Discipline, observer: O) -> Self {
        assert!(
            config.concurrency > 0 && discipline.batch > 0,
            "a replica must serve at least one request at once"
        );
        Self {
            most_waiting: config.most_waiting.unwrap_or(usize::MAX),
            lines: (0..discipline.places.count)
                .map(|_| Waiting::new(&discipline.classes))
                .collect(),
            queued: 0,
            servers: Servers::new(
                config.concurrency,
                discipline.batch,
                discipline.places.count,
            ),
            discipline,
            now: Nanos::ZERO,
            arrivals: 0,
            done: 0,
            dropped: 0,
            retried: 0,
            integrals: Integrals::default(),
            queue_delays: Delays::new(config.delay_objective),
            sojourns: Delays::new(config.delay_objective),
            observer,
        }
    }

    /// Takes a request in at its time of arrival, in the first place.
    #[inline]
    pub fn arrive(&mut self, arrival: Arrival) {
        self.arrive_at(0, arrival);
    }

    /// Takes a request in at its time of arrival, in a place.
    pub fn arrive_at(&mut self, place: usize, arrival: Arrival) {
        self.advance(arrival.at);
        self.arrivals += 1;
        let line = self.choose_line(place);
        if self.servers.start(line, arrival, self.now) {
            return;
        }
        let served = !self.discipline.places.refuse || self.is_served(place);
        if served && self.queued < self.most_waiting {
            let rank = self.discipline.classes.rank(arrival.class);
            self.lines[line].push(rank, arrival);
            self.queued += 1;
        } else {
            self.dropped += 1;
        }
    }

    /// Serves everything that is due until `to`, including at it.
    pub fn advance(&mut self, to: Nanos) {
        while let Some(at) = self.servers.next_departure().filter(|at| *at <= to) {
            self.integrate(at);
            let service = self.servers.finish_first(|line| {
                let next = self.lines[line].pop();
                self.queued -= usize::from(next.is_some());
                next
            });
            self.done += 1;
            self.queue_delays
                .record(service.started - service.arrival.at);
            self.sojourns.record(at - service.arrival.at);
            self.observer.done(&service);
        }
        self.integrate(to);
    }

    /// Adds a replica, which begins with what waits.
    ///
    /// # Panics
    ///
    /// Where a replica of this name is here already.
    pub fn add_server(&mut self, now: Nanos, server: ServerId) {
        self.advance(now);
        let place = self.place_of(server);
        let line = self.open_line(place);
        self.servers.add(server, line);
        if line == place {
            self.start_waiting(place);
        } else {
            let unassigned = self.lines[place].take_all();
            self.hand_on(place, unassigned);
        }
    }

    /// Gives a replica no more requests. It leaves when it has finished those it has: at the time returned, unless it
    /// is lost before. `None` where no such replica is here.
    pub fn drain_server(&mut self, now: Nanos, server: ServerId) -> Option<Nanos> {
        self.advance(now);
        let place = self.place_of(server);
        let left = self.close_line(place, server);
        let gone = self.servers.drain(server, self.now);
        self.hand_on(place, left);
        self.leave_unserved(place);
        gone
    }

    /// Takes a replica away at once. Its requests go back to the head of the line and start anew (their service time
    /// is that of the trace again); returns how many. `None` where no such replica is here.
    ///
    /// They are retried rather than dropped because that is what clients and load balancers do, and they may exceed
    /// the limit of waiting requests, since they were admitted once.
    pub fn lose_server(&mut self, now: Nanos, server: ServerId) -> Option<u64> {
        self.advance(now);
        let place = self.place_of(server);
        let mut left = self.close_line(place, server);
        let orphans = self.servers.lose(server)?;
        let count = orphans.len() as u64;
        self.retried += count;
        self.queued += orphans.len();
        left.extend(orphans);
        left.sort_by_key(|arrival| arrival.at);
        self.hand_on(place, left);
        self.leave_unserved(place);
        Some(count)
    }

    /// Where the requests are now.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            arrivals: self.arrivals,
            done: self.done,
            queued: self.queued as u64,
            in_service: self.servers.busy() as u64,
            dropped: self.dropped,
            retried: self.retried,
        }
    }

    /// Time until which the queue has been served.
    #[must_use]
    pub fn now(&self) -> Nanos {
        self.now
    }

    /// When the next request ends, if nothing else happens before.
    #[must_use]
    pub fn next_departure(&self) -> Option<Nanos> {
        self.servers.next_departure()
    }

    /// How long the request that waits longest has been waiting.
    #[must_use]
    pub fn oldest_wait(&self) -> Option<Nanos> {
        let oldest = self.lines.iter().filter_map(Waiting::oldest).min();
        oldest.map(|at| self.now.saturating_sub(at))
    }

    /// Requests that have been waiting for longer than `span`.
    #[must_use]
    pub fn waiting_longer_than(&self, span: Nanos) -> u64 {
        let lines = self.lines.iter();
        let waited = lines.map(|line| line.longer_than(span, self.now));
        waited.sum::<usize>() as u64
    }

    /// Integrals over time until now.
    #[must_use]
    pub fn integrals(&self) -> Integrals {
        self.integrals
    }

    /// Of the requests done: time from arrival to the start of the service that ended well.
    #[must_use]
    pub fn queue_delays(&self) -> &Delays {
        &self.queue_delays
    }

    /// Of the requests done: time from arrival to the end of service.
    #[must_use]
    pub fn sojourns(&self) -> &Delays {
        &self.sojourns
    }

    /// Which classes go first, to name them as they come.
    pub fn classes_mut(&mut self) -> &mut Classes {
        &mut self.discipline.classes
    }

    /// Which classes go first.
    #[must_use]
    pub fn classes(&self) -> &Classes {
        &self.discipline.classes
    }

    /// The observer.
    #[must_use]
    pub fn observer(&self) -> &O {
        &self.observer
    }

    /// The observer, to take from it what it has gathered.
    pub fn observer_mut(&mut self) -> &mut O {
        &mut self.observer
    }

    /// Moves the clock on; to be called before anything changes at `to`.
    fn integrate(&mut self, to: Nanos) {
        let span = u128::from(to.saturating_sub(self.now).0);
        self.integrals.queued_ns += self.queued as u128 * span;
        self.integrals.busy_ns += self.servers.busy() as u128 * span;
        self.integrals.slot_ns += self.servers.slots() as u128 * span;
        self.now = self.now.max(to);
    }

    fn place_of(&self, server: ServerId) -> usize {
        (self.discipline.places.of)(server)
    }
}

#[cfg(test)]
mod tests;
