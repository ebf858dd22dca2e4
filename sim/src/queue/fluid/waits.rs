//! Delays of many requests at once, as a few points of their distribution.
//!
//! What waits because arrivals and services scatter does not wait at all or for an exponential time, as in a queue in
//! balance; what waits because more has come than could be served waits for the age of the line.

use super::super::Delays;
use super::stationary::Stationary;
use crate::time::Nanos;

/// Most points for what is done in one step. They are moved a little each time, so that shares smaller than one of
/// them come out right over several steps.
const MOST_POINTS: u64 = 32;

/// The fractions of the multiples of these fill (0, 1) evenly, and their pairs the square.
const GOLDEN: [f64; 3] = [
    0.819_172_513_396_164_4,
    0.671_043_606_703_789_2,
    0.549_700_477_901_970_3,
];

/// Why the requests of one step waited.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cause {
    /// Age of the line at the beginning and at the end of the step.
    pub(super) ages: [Nanos; 2],
    /// The balance that the arrivals of the step would come to, and its utilisation; absent in an overload.
    pub(super) balance: Option<(Stationary, f64)>,
    pub(super) service: Nanos,
    /// Squared coefficient of variation of the service times.
    pub(super) squared_variation: f64,
}

/// Spreads points over the distribution, without chance.
#[derive(Debug, Default)]
pub(super) struct Points(u64);

impl Points {
    /// Records `count` requests.
    pub(super) fn record(
        &mut self,
        cause: &Cause,
        count: u64,
        queue_delays: [&mut Delays; 2],
        sojourns: &mut Delays,
    ) {
        let points = count.min(MOST_POINTS);
        // Whose weight is rounded up changes, or the longest waits would weigh too much each time.
        let [rounding, ..] = self.next();
        let rounding = whole(rounding * float(points));
        let upto = |point: u64| (count * point + rounding) / points;
        let [whole_run, interval] = queue_delays;
        for point in 0..points {
            let weight = upto(point + 1) - upto(point);
            let [jitter, position, service] = self.next();
            let quantile = (float(point) + jitter) / float(points);
            let delay = Nanos::from_secs_f64(cause.delay(quantile, position));
            let service = Nanos::from_secs_f64(cause.service_time(service));
            whole_run.record_many(delay, weight);
            interval.record_many(delay, weight);
            sojourns.record_many(delay + service, weight);
        }
    }

    fn next(&mut self) -> [f64; 3] {
        self.0 = (self.0 + 1) % (1 << 32);
        GOLDEN.map(|step| (float(self.0) * step).fract())
    }
}

impl Cause {
    /// The wait in seconds that a share `quantile` of the requests does not exceed, at a position in the step.
    fn delay(&self, quantile: f64, position: f64) -> f64 {
        let [from, to] = self.ages.map(Nanos::as_secs_f64);
        let age = from + (to - from) * position;
        let Some((station, utilisation)) = self.balance else {
            return age;
        };
        let share = station.share_that_waits(utilisation);
        let mean = share * station.wait_of_those(utilisation, self.service);
        // No more than there is: a line that is shorter than in balance has not come to it yet.
        let scattered = mean.min(age);
        if quantile <= 1.0 - share || share <= 0.0 {
            return age - scattered;
        }
        age - scattered - ((1.0 - quantile) / share).ln() * scattered / share
    }

    /// A service time in seconds: of this mean and variation, else of the simplest shape. Constant and exponential
    /// times are themselves, between them a constant plus an exponential, beyond them often zero.
    fn service_time(&self, quantile: f64) -> f64 {
        let mean = self.service.as_secs_f64();
        let variation = self.squared_variation.sqrt();
        if variation <= 1.0 {
            return mean * (1.0 - variation - variation * (1.0 - quantile).ln());
        }
        let share = 2.0 / (1.0 + self.squared_variation);
        if quantile <= 1.0 - share {
            return 0.0;
        }
        -((1.0 - quantile) / share).ln() * mean / share
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most 2^32")]
fn float(number: u64) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 0 to MOST_POINTS"
)]
fn whole(number: f64) -> u64 {
    number as u64
}
