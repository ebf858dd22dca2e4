//! The requests of one workload as a fluid: amounts and rates in place of single requests.
//!
//! The state is the number in the system, and it changes by what comes less what is served. What is served follows
//! from the number alone: as much as a queue in balance serves that holds so many ([`stationary`]). This is the
//! pointwise stationary fluid flow approximation (Wang, Tipper and Banerjee, INFOCOM 1996). Each step is implicit, so
//! that a step of any length ends between its beginning and the balance. `docs/modes.md` has what it costs in exactness.

mod course;
mod line;
mod scatter;
mod stationary;
mod step;
mod view;
mod waits;

use std::collections::{BTreeMap, BTreeSet};

use super::{Delays, Integrals, QueueConfig, ServerId};
use crate::time::Nanos;
use crate::trace::Inflow;
pub(crate) use course::Course;
use line::Line;
use rand_pcg::Pcg64;
use scatter::Scatter;
use stationary::Stationary;
use waits::Points;

/// Millionths of a request.
type Micro = u64;

/// Millionths in one.
const MICRO: Micro = 1_000_000;

/// The queue of one workload and its replicas, as a fluid. The counterpart of [`super::RequestQueue`].
///
/// All methods that take a time first serve until then; times must not decrease, and an earlier one counts as the
/// latest so far.
#[derive(Debug)]
pub struct FluidQueue {
    concurrency: u32,
    most_waiting: Option<Micro>,
    /// The place of each replica, for [`FluidQueue::done_by_place`].
    place_of: fn(ServerId) -> usize,
    servers: BTreeMap<ServerId, Server>,
    /// When replicas that drain will be gone.
    leaving: BTreeSet<(Nanos, ServerId)>,
    /// What is arriving now.
    inflows: Vec<Running>,
    /// Divides what arrives by chance; without it arrivals are even.
    scatter: Option<Scatter>,
    course: Course,
    mix: Mix,
    /// Share of the slots that was busy last.
    utilisation: f64,
    now: Nanos,
    line: Line,
    in_service: Micro,
    arrived: Micro,
    done: Micro,
    dropped: Micro,
    retried: Micro,
    done_by_place: Vec<Micro>,
    /// Time that each replica would have been busy since the start, had it been here.
    busy_each: Nanos,
    /// Service time that has arrived.
    offered_ns: u128,
    steps: u64,
    integrals: Integrals,
    points: Points,
    queue_delays: Delays,
    interval_delays: Delays,
    sojourns: Delays,
}

#[derive(Debug, Clone, Copy)]
struct Server {
    /// [`FluidQueue::busy_each`] when it came.
    busy_before: Nanos,
    leaves: Option<Nanos>,
}

/// An inflow and what of it has arrived.
#[derive(Debug, Clone, Copy)]
struct Running {
    inflow: Inflow,
    arrived: Micro,
    /// What follows it.
    later: Option<Inflow>,
}

/// The service times of what is in the system.
#[derive(Debug, Clone, Copy)]
struct Mix {
    mean: Nanos,
    squared_variation: f64,
    /// Requests a second that arrive now.
    rate: f64,
}

impl FluidQueue {
    /// An empty queue without replicas, which will be in `places` places.
    ///
    /// # Panics
    ///
    /// Where the concurrency is 0.
    #[must_use]
    pub fn new(config: QueueConfig, places: usize, place_of: fn(ServerId) -> usize) -> Self {
        assert!(
            config.concurrency > 0,
            "a replica must serve at least one request at once"
        );
        let most = config
            .most_waiting
            .and_then(|most| u64::try_from(most).ok());
        let delays = Delays::new(config.delay_objective);
        Self {
            concurrency: config.concurrency,
            most_waiting: most.map(|most| most.saturating_mul(MICRO)),
            place_of,
            servers: BTreeMap::new(),
            leaving: BTreeSet::new(),
            inflows: Vec::new(),
            scatter: None,
            course: Course::default(),
            mix: Mix {
                mean: Nanos(1),
                squared_variation: 1.0,
                rate: 0.0,
            },
            utilisation: 0.0,
            now: Nanos::ZERO,
            line: Line::default(),
            in_service: 0,
            arrived: 0,
            done: 0,
            dropped: 0,
            retried: 0,
            done_by_place: vec![0; places],
            busy_each: Nanos::ZERO,
            offered_ns: 0,
            steps: 0,
            integrals: Integrals::default(),
            points: Points::default(),
            queue_delays: delays.clone(),
            interval_delays: delays.clone(),
            sojourns: delays,
        }
    }

    /// The same with arrivals that scatter over the lines of a grid of this width, as independent ones do.
    #[must_use]
    pub fn scattered(mut self, width: Nanos, random: Pcg64) -> Self {
        self.scatter = Some(Scatter::new(width, random));
        self
    }

    /// Requests begin to arrive from the inflow's start to its end.
    pub fn arrive(&mut self, inflow: Inflow) {
        self.advance(inflow.at);
        self.begin(inflow);
        self.mix_anew();
    }

    fn begin(&mut self, inflow: Inflow) {
        let (inflow, later) = match &mut self.scatter {
            Some(scatter) => scatter.divide(inflow),
            None => (inflow, None),
        };
        self.inflows.push(Running {
            inflow,
            arrived: 0,
            later,
        });
    }

    /// Ends inflows, and begins what follows them.
    fn end_inflows(&mut self, now: Nanos) {
        let ended = |running: &mut Running| running.inflow.end() <= now;
        let ended: Vec<Running> = self.inflows.extract_if(.., ended).collect();
        for running in &ended {
            if let Some(later) = running.later {
                self.begin(later);
            }
        }
        if !ended.is_empty() {
            self.mix_anew();
        }
    }

    /// Serves until `to`.
    pub fn advance(&mut self, to: Nanos) {
        while self.now < to {
            let ends = self.inflows.iter().map(|running| running.inflow.end());
            let leaves = self.leaving.first().map(|(at, _)| *at);
            let next = ends.chain(leaves).fold(to, Nanos::min);
            self.step(next.max(self.now));
            self.end_inflows(next);
            while let Some((at, server)) =
                self.leaving.first().copied().filter(|(at, _)| *at <= next)
            {
                self.leaving.remove(&(at, server));
                self.servers.remove(&server);
                self.settle();
            }
        }
    }

    /// Adds a replica.
    ///
    /// # Panics
    ///
    /// Where a replica of this name is here already.
    pub fn add_server(&mut self, now: Nanos, server: ServerId) {
        self.advance(now);
        let old = self.servers.insert(
            server,
            Server {
                busy_before: self.busy_each,
                leaves: None,
            },
        );
        assert!(old.is_none(), "{server:?} was added while it is here");
        self.settle();
    }

    /// Lets a replica go when it has finished what it has: after the mean residual time of a service, in which it
    /// serves on like the others. `None` where no such replica is here.
    pub fn drain_server(&mut self, now: Nanos, server: ServerId) -> Option<Nanos> {
        self.advance(now);
        let residual = self.mix.mean.as_secs_f64() * f64::midpoint(1.0, self.mix.squared_variation);
        let at = self.now + Nanos::from_secs_f64(residual);
        let here = self.servers.get_mut(&server)?;
        let leaves = *here.leaves.get_or_insert(at);
        self.leaving.insert((leaves, server));
        Some(leaves)
    }

    /// Takes a replica away at once; what it had goes back to the head of the line. `None` where no such replica is
    /// here.
    pub fn lose_server(&mut self, now: Nanos, server: ServerId) -> Option<()> {
        self.advance(now);
        let lost = self.servers.get(&server)?;
        if let Some(at) = lost.leaves {
            self.leaving.remove(&(at, server));
        }
        let count = self.servers.len() as u64;
        self.servers.remove(&server);
        self.retried += self.in_service / count;
        self.settle();
        Some(())
    }

    /// Something about what arrives has changed.
    fn mix_anew(&mut self) {
        let mut rate = 0.0;
        let (mut work, mut spread) = (0.0, 0.0);
        for Running { inflow, .. } in &self.inflows {
            let here = inflow.rate();
            rate += here;
            work += here * inflow.service_mean.as_secs_f64();
            spread +=
                here * inflow.service_mean.as_secs_f64().powi(2) * (1.0 + inflow.squared_variation);
        }
        self.mix.rate = rate;
        // Where nothing arrives, what is here keeps its service times.
        if work > 0.0 {
            let mean = work / rate;
            self.mix.mean = Nanos::from_secs_f64(mean).max(Nanos(1));
            self.mix.squared_variation = (spread / rate / (mean * mean) - 1.0).max(0.0);
        }
        self.settle();
    }

    fn slots(&self) -> u64 {
        self.servers.len() as u64 * u64::from(self.concurrency)
    }

    fn station(&self) -> Option<Stationary> {
        let slots = self.slots();
        (slots > 0).then(|| {
            let arrivals = self.dispersion(float(slots));
            Stationary::new(float(slots), arrivals, self.mix.squared_variation)
        })
    }

    /// How much arrivals scatter over the time in which a queue of `slots` forgets: that of a service, and near its
    /// capacity the longer one in which a backlog goes by.
    fn dispersion(&self, slots: f64) -> f64 {
        let spare = (1.0 - self.utilisation).max(f64::EPSILON);
        let span_s = self.mix.mean.as_secs_f64() * (1.0 + 1.0 / (slots * spare * spare));
        let inflows = self.inflows.iter().map(|running| &running.inflow);
        let scatter = inflows.map(|inflow| inflow.rate() * inflow.dispersion(span_s));
        let scatter: f64 = scatter.sum();
        if self.mix.rate > 0.0 {
            scatter / self.mix.rate
        } else {
            0.0
        }
    }

    /// Divides what is here anew between the slots and the line, with no time passing.
    fn settle(&mut self) {
        let inside = self.line.total() + self.in_service;
        let utilisation = self
            .station()
            .map_or(0.0, |station| station.utilisation(requests(inside), 0.0));
        self.divide(inside, utilisation);
    }

    /// Puts of `inside` into the slots what a utilisation says, and leaves the rest in the line.
    fn divide(&mut self, inside: Micro, utilisation: f64) {
        self.utilisation = utilisation;
        self.in_service = micro(float(self.slots()) * utilisation).min(inside);
        let waiting = inside - self.in_service;
        match self.line.total().checked_sub(waiting) {
            Some(begun) => self.line.pop(begun),
            None => self.line.put_back(waiting - self.line.total()),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "beyond 2^53 millionths of a request the approximation is coarser"
)]
fn float(amount: u64) -> f64 {
    amount as f64
}

fn requests(amount: Micro) -> f64 {
    float(amount) / float(MICRO)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "amounts are not negative; what is too large for 64 bits becomes the largest"
)]
fn micro(requests: f64) -> Micro {
    (requests * float(MICRO)) as Micro
}
