//! When jobs come.

use std::time::Duration;

/// Jobs a second over time: straight lines between points, and the last rate from there on. Jobs come evenly, one for
/// each whole job of the area below the line, so that the same profile gives the same jobs.
#[derive(Debug, Clone)]
pub struct Profile(Vec<(f64, f64)>);

impl Profile {
    /// A profile by its points, the first at time zero.
    ///
    /// # Panics
    ///
    /// Where a test gives no points, points out of order, or a rate below zero.
    #[must_use]
    pub fn new(points: &[(Duration, f64)]) -> Self {
        let points: Vec<(f64, f64)> = points
            .iter()
            .map(|(at, rate)| (at.as_secs_f64(), *rate))
            .collect();
        assert!(
            points.first().is_some_and(|(at, _)| *at == 0.0)
                && points.windows(2).all(|two| two[0].0 < two[1].0)
                && points.iter().all(|(_, rate)| *rate >= 0.0),
            "a profile begins at zero, goes on in time, and has no rate below zero: {points:?}"
        );
        Self(points)
    }

    /// Jobs a second at a time.
    #[must_use]
    pub fn rate_at(&self, at: Duration) -> f64 {
        let at = at.as_secs_f64();
        for two in self.0.windows(2) {
            let ((from, rate), (until, next)) = (two[0], two[1]);
            if at < until {
                return rate + (next - rate) * (at - from) / (until - from);
            }
        }
        self.last().1
    }

    /// When its last point is.
    #[must_use]
    pub fn length(&self) -> Duration {
        Duration::from_secs_f64(self.last().0)
    }

    /// When a job comes, counted from 1; `None` where none comes any more.
    pub(super) fn arrival(&self, number: u64) -> Option<Duration> {
        #[expect(clippy::cast_precision_loss, reason = "a test has no 2^52 jobs")]
        let mut rest = number as f64;
        for two in self.0.windows(2) {
            let ((from, rate), (until, next)) = (two[0], two[1]);
            let area = f64::midpoint(rate, next) * (until - from);
            if rest <= area {
                let slope = (next - rate) / (until - from);
                let root = (rate * rate + 2.0 * slope * rest).max(0.0).sqrt();
                return Some(Duration::from_secs_f64(from + 2.0 * rest / (rate + root)));
            }
            rest -= area;
        }
        let (from, rate) = self.last();
        (rate > 0.0).then(|| Duration::from_secs_f64(from + rest / rate))
    }

    fn last(&self) -> (f64, f64) {
        self.0[self.0.len() - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// 2 jobs a second, falling to none between 10 and 20 s: 30 jobs.
    fn falling() -> Profile {
        Profile::new(&[(seconds(0), 2.0), (seconds(10), 2.0), (seconds(20), 0.0)])
    }

    #[test]
    fn jobs_come_when_the_area_below_the_line_is_whole() {
        let profile = falling();
        let at = |number: u64| profile.arrival(number).map(|at| at.as_secs_f64());
        assert_eq!(at(1), Some(0.5));
        assert_eq!(at(20), Some(10.0));
        // 2 t - t^2 / 10 = 7.5 at t = 5.
        let half = at(27).zip(at(28)).expect("30 jobs come");
        assert!(half.0 < 15.0 && 15.0 < half.1, "{half:?}");
        assert!((at(30).expect("the last") - 20.0).abs() < 1e-3);
        assert_eq!(at(31), None);
    }

    #[test]
    fn the_rate_is_a_straight_line_between_points_and_stays_after_the_last() {
        let profile = Profile::new(&[(seconds(0), 8.0), (seconds(10), 48.0)]);
        let rates = [0, 5, 10, 99].map(|at| profile.rate_at(seconds(at)));
        assert_eq!(format!("{rates:?}"), "[8.0, 28.0, 48.0, 48.0]");
        // 280 jobs on the way up, 48 a second after that.
        assert_eq!(profile.arrival(280 + 48), Some(seconds(11)));
    }

    #[test]
    #[should_panic(expected = "goes on in time")]
    fn points_out_of_order_are_refused() {
        let _ = Profile::new(&[(seconds(0), 1.0), (seconds(0), 2.0)]);
    }
}
