//! When the requests of a bin arrive, by chance: as many in each span of a grid as independent arrivals would be.
//!
//! What an autoscaler is shown of a load scatters, and rules follow that: with 80 requests in the window of a rate it
//! is off by a tenth every other time. So the number in each span is drawn; within a span the fluid stays even.

use rand_distr::{Binomial, Distribution};
use rand_pcg::Pcg64;

use crate::time::Nanos;
use crate::trace::Inflow;

/// Draws how inflows are divided.
#[derive(Debug)]
pub(super) struct Scatter {
    /// Width of the grid, above zero: how often the load is looked at.
    width: Nanos,
    random: Pcg64,
}

impl Scatter {
    pub(super) fn new(width: Nanos, random: Pcg64) -> Self {
        Self {
            width: width.max(Nanos(1)),
            random,
        }
    }

    /// Divides an inflow at the next line of the grid. Each request comes before it with the probability of its time;
    /// the second part is what comes after it, where the inflow goes on and its requests come independently.
    pub(super) fn divide(&mut self, inflow: Inflow) -> (Inflow, Option<Inflow>) {
        let line = Nanos((inflow.at.0 / self.width.0 + 1).saturating_mul(self.width.0));
        if !inflow.independent || line >= inflow.end() {
            return (inflow, None);
        }
        let width = line - inflow.at;
        let share = width.as_secs_f64() / inflow.width.as_secs_f64();
        let arrivals = Binomial::new(inflow.count, share).expect("a part of a span is a share");
        let count = arrivals.sample(&mut self.random);
        let now = Inflow {
            width,
            count,
            ..inflow
        };
        let later = Inflow {
            at: line,
            width: inflow.width - width,
            count: inflow.count - count,
            ..inflow
        };
        (now, Some(later))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    fn parts(independent: bool) -> Vec<Inflow> {
        let mut scatter = Scatter::new(Nanos::from_secs(30), stream(1, "test", "scatter"));
        let mut rest = Some(Inflow {
            at: Nanos::from_secs(10),
            width: Nanos::from_secs(30_000),
            workload: 0,
            count: 20_000,
            service_mean: Nanos::from_secs(1),
            squared_variation: 1.0,
            independent,
        });
        let mut parts = Vec::new();
        while let Some(inflow) = rest {
            let (now, later) = scatter.divide(inflow);
            parts.push(now);
            rest = later;
        }
        parts
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn spans_follow_each_other_hold_all_requests_and_scatter_as_independent_arrivals() {
        let parts = parts(true);
        assert_eq!(parts.len(), 1_001);
        assert_eq!(parts[0].width, Nanos::from_secs(20), "up to the grid");
        assert!(parts.windows(2).all(|pair| pair[0].end() == pair[1].at));
        assert_eq!(parts.iter().map(|part| part.count).sum::<u64>(), 20_000);
        let whole = &parts[1..1_000];
        let squares = whole.iter().map(|part| (part.count as f64 - 20.0).powi(2));
        let variance = squares.sum::<f64>() / whole.len() as f64;
        // Of 20 arrivals of a Poisson process; the sample's own error is 5 %.
        assert!((variance / 20.0 - 1.0).abs() < 0.15, "{variance}");
    }

    #[test]
    fn even_arrivals_are_not_divided() {
        assert_eq!(parts(false).len(), 1);
    }
}
