//! Delays of many requests in little memory: exact count, sum and maximum, quantiles from a log-linear histogram.

use hdrhistogram::Histogram;

use crate::time::Nanos;

/// Significant decimal digits that the histogram keeps: a quantile is at most 0.1 % above the true one. A third digit
/// less would hide differences between policies; one more costs eight times the memory.
const SIGNIFICANT_DIGITS: u8 = 3;

/// Longest delay that the histogram tells apart (about 36 years); longer ones count as this long in quantiles only.
const LONGEST: u64 = 1 << 60;

/// Delays that were recorded.
#[derive(Debug, Clone)]
pub struct Delays {
    histogram: Histogram<u64>,
    objective: Nanos,
    above_objective: u64,
    sum_ns: u128,
    max: Nanos,
}

impl Delays {
    /// Largest relative error of [`Delays::quantile`]; count, sum, maximum and the number above the objective are
    /// exact.
    pub const QUANTILE_RELATIVE_ERROR: f64 = 0.001;

    /// No delays yet; those longer than `objective` will be counted apart.
    ///
    /// The memory grows with the logarithm of the longest delay, to some 300 kB at an hour.
    ///
    /// # Panics
    ///
    /// Never: three digits are within what the histogram accepts.
    #[must_use]
    pub fn new(objective: Nanos) -> Self {
        let histogram = Histogram::new(SIGNIFICANT_DIGITS);
        Self {
            histogram: histogram.expect("0 to 5 digits are valid"),
            objective,
            above_objective: 0,
            sum_ns: 0,
            max: Nanos::ZERO,
        }
    }

    /// Records one delay.
    ///
    /// # Panics
    ///
    /// Never: the histogram grows as needed up to the longest delay that it tells apart.
    #[inline]
    pub fn record(&mut self, delay: Nanos) {
        let recorded = self.histogram.record(delay.0.min(LONGEST));
        recorded.expect("the histogram resizes itself up to LONGEST");
        self.above_objective += u64::from(delay > self.objective);
        self.sum_ns += u128::from(delay.0);
        self.max = self.max.max(delay);
    }

    /// Records as many requests of one delay.
    ///
    /// # Panics
    ///
    /// Never: the histogram grows as needed up to the longest delay that it tells apart.
    pub fn record_many(&mut self, delay: Nanos, count: u64) {
        if count == 0 {
            return;
        }
        let recorded = self.histogram.record_n(delay.0.min(LONGEST), count);
        recorded.expect("the histogram resizes itself up to LONGEST");
        if delay > self.objective {
            self.above_objective += count;
        }
        self.sum_ns += u128::from(delay.0) * u128::from(count);
        self.max = self.max.max(delay);
    }

    /// Adds what another has recorded, for totals over several queues.
    ///
    /// # Panics
    ///
    /// Never: all histograms here have the same bounds.
    pub fn add(&mut self, other: &Self) {
        let same_bounds = self.histogram.add(&other.histogram);
        same_bounds.expect("all histograms here have the same bounds");
        self.above_objective += other.above_objective;
        self.sum_ns += other.sum_ns;
        self.max = self.max.max(other.max);
    }

    /// Forgets all delays and keeps the memory, for windows of a time series.
    pub fn clear(&mut self) {
        self.histogram.reset();
        self.above_objective = 0;
        self.sum_ns = 0;
        self.max = Nanos::ZERO;
    }

    /// Delays recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// Sum of all delays, in nanoseconds.
    #[must_use]
    pub fn sum_ns(&self) -> u128 {
        self.sum_ns
    }

    /// Delays longer than the objective.
    #[must_use]
    pub fn above_objective(&self) -> u64 {
        self.above_objective
    }

    /// The longest delay; zero where there is none.
    #[must_use]
    pub fn max(&self) -> Nanos {
        self.max
    }

    /// Mean delay in seconds; `None` where there is none.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a report's figure, never fed back into the run"
    )]
    pub fn mean_s(&self) -> Option<f64> {
        (self.count() > 0).then(|| self.sum_ns as f64 / self.count() as f64 / 1e9)
    }

    /// The least recorded delay that at least the share `quantile` (0 to 1) of all does not exceed, at most
    /// [`Delays::QUANTILE_RELATIVE_ERROR`] too high; `None` where there is none.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<Nanos> {
        (self.count() > 0).then(|| Nanos(self.histogram.value_at_quantile(quantile)).min(self.max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn quantiles_keep_their_error_and_the_rest_is_exact() {
        let mut delays = Delays::new(Nanos(900_000));
        assert_eq!((delays.quantile(0.5), delays.mean_s()), (None, None));
        for delay in 0..=1_000_000_u64 {
            delays.record(Nanos(delay));
        }
        for (quantile, exact) in [
            (0.5, 500_000_f64),
            (0.95, 950_000.0),
            (0.999, 999_000.0),
            (1.0, 1_000_000.0),
        ] {
            let found = delays
                .quantile(quantile)
                .map_or(0.0, |delay| delay.0 as f64);
            assert!(
                (found / exact - 1.0).abs() <= Delays::QUANTILE_RELATIVE_ERROR,
                "{quantile}: {found}"
            );
        }
        assert_eq!(
            (delays.count(), delays.above_objective()),
            (1_000_001, 100_000)
        );
        assert_eq!(
            (delays.sum_ns(), delays.max()),
            (500_000_500_000, Nanos(1_000_000))
        );
        delays.clear();
        assert_eq!((delays.count(), delays.sum_ns()), (0, 0));
    }

    #[test]
    fn a_delay_beyond_the_histogram_is_still_counted() {
        let mut delays = Delays::new(Nanos::ZERO);
        delays.record(Nanos::MAX);
        assert_eq!((delays.count(), delays.max()), (1, Nanos::MAX));
    }
}
