//! One step of the integration: what comes, what is served, and how long it waited.

use super::line::share;
use super::waits::Cause;
use super::{FluidQueue, MICRO, Micro, Running, float, micro, requests};
use crate::time::Nanos;

/// What is left of the last request in a silence: a thousandth. It would wait for the next arrivals, and its age be
/// theirs.
const DUST: Micro = MICRO / 1_000;

impl FluidQueue {
    /// One implicit step to `to`, in which nothing comes or goes but requests.
    pub(super) fn step(&mut self, to: Nanos) {
        let from = std::mem::replace(&mut self.now, to);
        let span = to - from;
        if span == Nanos::ZERO {
            return;
        }
        self.steps += 1;
        let age_before = self.age(from);
        let offered_before = self.offered_ns;
        let arrived = self.take_arrivals(from, to);
        let inside = self.line.total() + self.in_service;
        let station = self.station();
        let ended = span.as_secs_f64() / self.mix.mean.as_secs_f64();
        let utilisation =
            station.map_or(0.0, |station| station.utilisation(requests(inside), ended));
        let mut done = micro(float(self.slots()) * utilisation * ended).min(inside);
        if arrived == 0 && station.is_some() && inside < DUST {
            done = inside;
        }
        self.divide(inside - done, utilisation);
        let done_before = self.done;
        self.done += done;
        self.spread(done);
        self.refuse_overflow(arrived);
        let busy_ns = self.integrate(span);
        let offered_ns = self.offered_ns - offered_before;
        self.course.add(from, to, offered_ns, busy_ns);
        let balance = station.and_then(|station| {
            let balance = self.mix.rate * self.mix.mean.as_secs_f64() / float(self.slots());
            (balance < 1.0).then(|| (station, balance.min(utilisation)))
        });
        let cause = Cause {
            ages: [age_before, self.age(to)],
            balance,
            service: self.mix.mean,
            squared_variation: self.mix.squared_variation,
        };
        let count = self.done / MICRO - done_before / MICRO;
        let delays = [&mut self.queue_delays, &mut self.interval_delays];
        self.points
            .record(&cause, count, delays, &mut self.sojourns);
    }

    fn age(&self, at: Nanos) -> Nanos {
        let head = self.line.head();
        head.map_or(Nanos::ZERO, |head| at.saturating_sub(head))
    }

    /// Lines up what arrives until `to`; returns how much.
    fn take_arrivals(&mut self, from: Nanos, to: Nanos) -> Micro {
        let mut sum = 0;
        for Running {
            inflow, arrived, ..
        } in &mut self.inflows
        {
            let part = to.min(inflow.end()).saturating_sub(inflow.at);
            let until = share(inflow.count.saturating_mul(MICRO), part.0, inflow.width.0);
            let more = until - *arrived;
            *arrived = until;
            sum += more;
            self.offered_ns +=
                u128::from(more) * u128::from(inflow.service_mean.0) / u128::from(MICRO);
        }
        self.arrived += sum;
        self.line.push(from, to, sum);
        sum
    }

    /// Refuses what waits beyond the limit, but nothing that was let in before.
    fn refuse_overflow(&mut self, arrived: Micro) {
        if let Some(most) = self.most_waiting {
            let over = self.line.total().saturating_sub(most).min(arrived);
            self.line.refuse(over);
            self.dropped += over;
        }
    }

    /// Counts what is done for the places, by their replicas.
    fn spread(&mut self, done: Micro) {
        let servers = self.servers.len() as u64;
        if done == 0 || servers == 0 {
            return;
        }
        let mut here = vec![0_u64; self.done_by_place.len()];
        for server in self.servers.keys() {
            here[(self.place_of)(*server)] += 1;
        }
        let (mut rest, mut others) = (done, servers);
        for (sum, count) in self.done_by_place.iter_mut().zip(here) {
            if count > 0 {
                let part = share(rest, count, others);
                *sum += part;
                rest -= part;
                others -= count;
            }
        }
    }

    /// Adds the end of the step for all of it, as the implicit step does: what is done is then what the busy time does.
    ///
    /// Returns how long slots were busy, nanoseconds.
    fn integrate(&mut self, span: Nanos) -> u128 {
        let over_span = |amount: Micro| u128::from(amount) * u128::from(span.0);
        let busy = over_span(self.in_service);
        self.integrals.queued_ns += over_span(self.line.total());
        self.integrals.busy_ns += busy;
        self.integrals.slot_ns += u128::from(self.slots()) * u128::from(span.0);
        let each = busy / u128::from(MICRO) / (self.servers.len() as u128).max(1);
        self.busy_each += Nanos(u64::try_from(each).unwrap_or(u64::MAX));
        busy / u128::from(MICRO)
    }
}
