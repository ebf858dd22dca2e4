//! Multiplying the load of a trace that has single requests.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::arrivals::{PointProcess, Positions};
use super::factor::Factor;
use super::request::RequestSource;
use super::{Arrival, ArrivalSource, TraceError, TraceNotes, TraceOptions};
use crate::decimal::NANO;
use crate::random;

/// Repeats or leaves out requests, so that there are `factor` times as many on average.
///
/// A request becomes `floor(factor)` of them and one more with the probability of the remainder. The first keeps its
/// time; the others are spread at random until the next request of the file, because copies at one instant would be
/// bursts that the trace does not have. After the last request nothing is known, so its copies share its time.
pub(super) struct ScaledRequests<R> {
    rows: R,
    notes: TraceNotes,
    factor: Factor,
    random: Pcg64,
    /// The request after `current`, read ahead for the span in which copies may lie.
    ahead: Option<Arrival>,
    started: bool,
    current: Option<(Arrival, Positions)>,
}

impl<R: RequestSource> ScaledRequests<R> {
    pub(super) fn new(rows: R, options: &TraceOptions, seed: u64, notes: TraceNotes) -> Self {
        let factor = options.scale;
        Self {
            rows,
            // With a factor of one nothing is drawn, and then no seed must be reported.
            notes: TraceNotes {
                seed: (factor != Factor::ONE).then_some(seed),
                ..notes
            },
            factor,
            random: random::stream(seed, "scale", ""),
            ahead: None,
            started: false,
            current: None,
        }
    }

    fn draw_repeats(&mut self) -> u64 {
        let (whole, remainder) = (self.factor.nano() / NANO, self.factor.nano() % NANO);
        whole + u64::from(self.random.random_range(0..NANO) < remainder)
    }
}

impl<R: RequestSource> ArrivalSource for ScaledRequests<R> {
    fn next(&mut self) -> Option<Result<Arrival, TraceError>> {
        if self.factor == Factor::ONE {
            return self.rows.next();
        }
        if !self.started {
            self.started = true;
            match self.rows.next()? {
                Ok(first) => self.ahead = Some(first),
                Err(error) => return Some(Err(error)),
            }
        }
        loop {
            if let Some((arrival, copies)) = &mut self.current
                && let Some(at) = copies.next(&mut self.random)
            {
                return Some(Ok(Arrival { at, ..*arrival }));
            }
            let arrival = self.ahead.take()?;
            match self.rows.next().transpose() {
                Ok(following) => self.ahead = following,
                Err(error) => return Some(Err(error)),
            }
            let repeats = self.draw_repeats();
            let until = self.ahead.map_or(arrival.at, |following| following.at);
            let copies = repeats.saturating_sub(1);
            let copies = Positions::new(
                PointProcess::Poisson,
                arrival.at,
                until - arrival.at,
                copies,
            );
            self.current = Some((arrival, copies));
            if repeats > 0 {
                return Some(Ok(arrival));
            }
        }
    }

    fn workloads(&self) -> &[String] {
        self.rows.workloads()
    }

    fn workload_line(&self, number: usize) -> Option<u64> {
        self.rows.workload_line(number)
    }

    fn classes(&self) -> &[String] {
        self.rows.classes()
    }

    fn notes(&self) -> TraceNotes {
        let mut notes = self.notes.clone();
        self.rows.describe(&mut notes);
        notes
    }
}
