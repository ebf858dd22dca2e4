//! A quantity that changes in steps, and its integral over time.

use crate::time::Nanos;

/// A quantity that changes in steps.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gauge {
    value: u64,
    since: Nanos,
    /// Value x nanoseconds since the last [`Gauge::take`], up to `since`.
    integral: u128,
}

impl Gauge {
    /// The value now.
    pub(super) fn value(&self) -> u64 {
        self.value
    }

    /// Changes the value from `now` on.
    pub(super) fn set(&mut self, now: Nanos, value: u64) {
        self.settle(now);
        self.value = value;
    }

    /// Adds to the value from `now` on.
    pub(super) fn add(&mut self, now: Nanos, more: u64) {
        self.set(now, self.value + more);
    }

    /// Subtracts from the value from `now` on.
    ///
    /// # Panics
    ///
    /// Where less is there: something was counted out that was never counted in.
    pub(super) fn sub(&mut self, now: Nanos, less: u64) {
        let left = self.value.checked_sub(less);
        self.set(now, left.expect("what leaves has come before"));
    }

    /// Value x nanoseconds since the last call.
    pub(super) fn take(&mut self, now: Nanos) -> u128 {
        self.settle(now);
        std::mem::take(&mut self.integral)
    }

    fn settle(&mut self, now: Nanos) {
        self.integral += u128::from(self.value) * u128::from((now - self.since).0);
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_integral_is_the_value_times_the_time_since_it_was_last_taken() {
        let mut gauge = Gauge::default();
        gauge.add(Nanos(10), 3);
        gauge.add(Nanos(20), 2);
        assert_eq!(gauge.take(Nanos(30)), 3 * 10 + 5 * 10);
        gauge.sub(Nanos(40), 5);
        assert_eq!((gauge.take(Nanos(50)), gauge.value()), (50, 0));
    }
}
