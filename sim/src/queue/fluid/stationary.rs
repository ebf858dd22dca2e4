//! What is known of a queue in balance: Sakasegawa's approximation.
//!
//! Sakasegawa (1977): with utilisation `r`, `c` slots and squared coefficients of variation `a` of the times between
//! arrivals and `v` of service times, `(a + v) / 2 * r^sqrt(2 (c + 1)) / (1 - r)` requests wait. For one slot and
//! Poisson arrivals this is the formula of Pollaczek and Khinchine, which is exact; for more slots it needs neither sums
//! nor factorials. `docs/modes.md` has its error.

use crate::time::Nanos;

/// Slots that serve one queue, in balance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stationary {
    slots: f64,
    exponent: f64,
    /// `(a + v) / 2`.
    variability: f64,
}

/// Where the search for a utilisation stops.
const PRECISION: f64 = 1e-13;

/// Most steps of that search. Bisection alone would need 44.
const MOST_STEPS: u32 = 100;

impl Stationary {
    /// Of `slots` above zero and these squared coefficients of variation of arrivals and services.
    pub(super) fn new(slots: f64, arrivals: f64, services: f64) -> Self {
        Self {
            slots,
            exponent: (2.0 * (slots + 1.0)).sqrt(),
            variability: f64::midpoint(arrivals, services),
        }
    }

    /// Share of the requests that wait at all.
    pub(super) fn share_that_waits(self, utilisation: f64) -> f64 {
        utilisation.powf(self.exponent - 1.0)
    }

    /// Mean wait in seconds of those that wait.
    pub(super) fn wait_of_those(self, utilisation: f64, service: Nanos) -> f64 {
        self.variability * service.as_secs_f64() / (self.slots * (1.0 - utilisation))
    }

    /// The utilisation at which, of `total` requests, the rest is in the system when each slot has ended `ended`
    /// requests for each unit of utilisation: the root of `slots r (1 + ended) + waiting(r) = total`.
    ///
    /// The left side grows with `r`, so there is one root. Multiplied by `1 - r` it has no pole, and Newton's method
    /// kept within a bracket finds it.
    pub(super) fn utilisation(self, total: f64, ended: f64) -> f64 {
        if total <= 0.0 {
            return 0.0;
        }
        let work = self.slots * (1.0 + ended);
        let (mut low, mut high) = (0.0, 1.0);
        let mut guess = (total / work).min(1.0 - self.variability / (total + 2.0 * work));
        for _ in 0..MOST_STEPS {
            let power = guess.powf(self.exponent);
            let excess = (work * guess - total) * (1.0 - guess) + self.variability * power;
            if excess > 0.0 {
                high = guess;
            } else {
                low = guess;
            }
            let slope = work * (1.0 - guess) - (work * guess - total)
                + self.variability * self.exponent * power / guess;
            let newton = guess - excess / slope;
            let next = if newton > low && newton < high {
                newton
            } else {
                f64::midpoint(low, high)
            };
            if (next - guess).abs() < PRECISION {
                return next;
            }
            guess = next;
        }
        guess
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Stationary {
        /// Mean number of requests that wait at a utilisation below 1.
        fn waiting(self, utilisation: f64) -> f64 {
            self.variability * utilisation.powf(self.exponent) / (1.0 - utilisation)
        }
    }

    /// Requests that wait in M/M/c, by Erlang's formula.
    fn erlang(slots: u32, utilisation: f64) -> f64 {
        let load = f64::from(slots) * utilisation;
        let mut blocked = 1.0;
        for slot in 1..=slots {
            blocked = load * blocked / (f64::from(slot) + load * blocked);
        }
        let waits = blocked / (1.0 - utilisation * (1.0 - blocked));
        waits * utilisation / (1.0 - utilisation)
    }

    #[test]
    fn one_slot_is_pollaczek_and_khinchine() {
        for (variation, utilisation) in [(1.0, 0.5), (0.0, 0.9), (4.0, 0.99)] {
            let scatter = f64::midpoint(1.0, variation);
            let exact = scatter * utilisation * utilisation / (1.0 - utilisation);
            let found = Stationary::new(1.0, 1.0, variation).waiting(utilisation);
            assert!((found / exact - 1.0).abs() < 1e-12, "{found} for {exact}");
        }
    }

    #[test]
    fn several_slots_wait_as_erlang_says_to_four_hundredths_of_a_service() {
        for slots in [2, 3, 5, 10, 20, 50, 100, 300] {
            for percent in 50..=99 {
                let utilisation = f64::from(percent) / 100.0;
                let exact = erlang(slots, utilisation);
                let found = Stationary::new(f64::from(slots), 1.0, 1.0).waiting(utilisation);
                let wait = (found - exact) / (f64::from(slots) * utilisation);
                assert!(wait.abs() < 0.04, "{slots} slots at {percent} %: {wait}");
                let relative = found / exact - 1.0;
                assert!(
                    relative.abs() < 0.07 || exact < 3.0 || slots > 100,
                    "{slots} slots at {percent} %: {relative}"
                );
            }
        }
    }

    #[test]
    fn the_utilisation_found_holds_what_there_is() {
        for slots in [1.0, 3.0, 40.0, 1_000.0] {
            for total in [1e-3, 0.3, 1.0, 39.9, 1_000.0, 1e9] {
                for ended in [0.0, 0.1, 300.0] {
                    let station = Stationary::new(slots, 1.0, 1.0);
                    let found = station.utilisation(total, ended);
                    let held = slots * found * (1.0 + ended) + station.waiting(found);
                    assert!(
                        (held / total - 1.0).abs() < 1e-3,
                        "{slots} slots, {total}, {ended}: {held} at {found}"
                    );
                }
            }
        }
    }
}
