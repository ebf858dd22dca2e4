//! Multiplying the load of a trace that has single requests.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::arrivals::{PointProcess, Positions};
use super::factor::Factor;
use super::request::RequestRows;
use super::{Arrival, TraceError};
use crate::decimal::NANO;
use crate::random;

/// Repeats or leaves out requests, so that there are `factor` times as many on average.
///
/// A request becomes `floor(factor)` of them and one more with the probability of the remainder. The first keeps its
/// time; the others are spread at random until the next request of the file, because copies at one instant would be
/// bursts that the trace does not have. After the last request nothing is known, so its copies share its time.
pub(super) struct ScaledRequests {
    factor: Factor,
    random: Pcg64,
    /// The request after `current`, read ahead for the span in which copies may lie.
    ahead: Option<Arrival>,
    started: bool,
    current: Option<(Arrival, Positions)>,
}

impl ScaledRequests {
    pub(super) fn new(factor: Factor, seed: u64) -> Self {
        let random = random::stream(seed, "scale", "");
        Self {
            factor,
            random,
            ahead: None,
            started: false,
            current: None,
        }
    }

    pub(super) fn next(&mut self, rows: &mut RequestRows) -> Option<Result<Arrival, TraceError>> {
        if self.factor == Factor::ONE {
            return rows.next();
        }
        if !self.started {
            self.started = true;
            match rows.next()? {
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
            match rows.next().transpose() {
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

    fn draw_repeats(&mut self) -> u64 {
        let (whole, remainder) = (self.factor.nano() / NANO, self.factor.nano() % NANO);
        whole + u64::from(self.random.random_range(0..NANO) < remainder)
    }
}
