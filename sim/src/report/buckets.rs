//! Fewer points than the series has: as many as a screen shows, so that a month's page stays small.

use super::plot::WIDTH;
use super::units::approx;
use crate::record::{Interval, RunRecord};

/// Most buckets of a plot. A page is some 1,000 pixels wide; more would be sent and not seen.
const MOST: usize = 360;

/// Consecutive intervals of a run's series taken together.
pub(super) struct Buckets<'a> {
    groups: Vec<&'a [Interval]>,
    /// Width of a bucket in the SVG's coordinates.
    pub width: f64,
    hours: Vec<f64>,
}

impl<'a> Buckets<'a> {
    pub(super) fn of(run: &'a RunRecord) -> Self {
        let group = run.series.len().div_ceil(MOST).max(1);
        let groups: Vec<&[Interval]> = run.series.chunks(group).collect();
        let horizon_ms = approx(run.meta.horizon_ms.0.max(1));
        let bucket_ms = approx(run.meta.interval_ms.0) * approx(u64::try_from(group).unwrap_or(1));
        let hours = (0_u32..)
            .zip(&groups)
            .map(|(index, _)| {
                let left_ms = horizon_ms - bucket_ms * f64::from(index);
                bucket_ms.min(left_ms).max(1.0) / 3_600_000.0
            })
            .collect();
        Self {
            groups,
            width: WIDTH * bucket_ms / horizon_ms,
            hours,
        }
    }

    /// The mean over each bucket's intervals.
    pub(super) fn mean(&self, value: impl Fn(&Interval) -> f64) -> Vec<f64> {
        let mean = |group: &&[Interval]| {
            let sum: f64 = group.iter().map(&value).sum();
            sum / approx(u64::try_from(group.len()).unwrap_or(1))
        };
        self.groups.iter().map(mean).collect()
    }

    /// The largest of each bucket's intervals, so that no peak is averaged away.
    pub(super) fn largest(&self, value: impl Fn(&Interval) -> Option<f64>) -> Vec<Option<f64>> {
        let largest = |group: &&[Interval]| group.iter().filter_map(&value).max_by(f64::total_cmp);
        self.groups.iter().map(largest).collect()
    }

    /// The sum over each bucket's intervals, per hour.
    pub(super) fn per_hour(&self, value: impl Fn(&Interval) -> f64) -> Vec<f64> {
        let sums = self
            .groups
            .iter()
            .map(|group| group.iter().map(&value).sum::<f64>());
        sums.zip(&self.hours)
            .map(|(sum, hours)| sum / hours)
            .collect()
    }
}

/// The largest of all values; 0 where there is none.
pub(super) fn peak(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}
