//! Hist: what this hour of the day was like on the last days, and a reactive correction.
//!
//! Source: Bhuvan Urgaonkar, Prashant Shenoy, Abhishek Chandra, Pawan Goyal, Timothy Wood,
//! "Agile Dynamic Provisioning of Multi-Tier Internet Applications", ACM TAAS 3(1), 2008
//! (abstract read: predictive over hours, reactive over minutes). The rule is as published
//! there, not re-checked: a high percentile of the arrival rates seen in this hour on the last
//! days, plus the mean of the last hours' shortfalls, `max(0, observed - predicted)`; a reactive
//! step covers what still exceeds it. The days, the hours and the percentile are this file's.

use std::collections::{BTreeMap, VecDeque};

use spillway_solver::policy::Policy;
use spillway_solver::units::{Millis, UnixMs};

use super::counted::{CountRule, RuleForecast, Seen};
use super::load::whole;
use super::pace::Pace;
use super::{Counted, Expected};

/// How often the rate goes into the histogram.
const SAMPLE: Millis = Millis(60_000);

/// Days that a histogram holds.
const DAYS: usize = 7;

/// Hours over which shortfalls are averaged.
const HOURS: usize = 3;

/// The percentile that stands for an hour.
const PERCENTILE: u8 = 95;

const HOUR_MS: i64 = 3_600_000;

/// Hist for each workload.
pub(super) fn hist(policy: &Policy) -> Counted {
    Counted::new("hist", policy, |_| Hist::new())
}

#[derive(Debug)]
struct Hist {
    samples: Pace,
    /// The running hour, since 1970, and the rates seen in it.
    hour: i64,
    rates: Vec<f64>,
    /// By hour of the day (UTC), the rates of the last days.
    past: BTreeMap<i64, VecDeque<Vec<f64>>>,
    /// What is predicted for the running hour; `None` before its first day is over.
    predicted: Option<f64>,
    /// By how much the last hours' predictions fell short.
    shortfalls: VecDeque<f64>,
    forecast: Option<RuleForecast>,
}

impl Hist {
    fn new() -> Self {
        Self {
            samples: Pace::every(SAMPLE),
            hour: 0,
            rates: Vec::new(),
            past: BTreeMap::new(),
            predicted: None,
            shortfalls: VecDeque::new(),
            forecast: None,
        }
    }

    fn observe(&mut self, now: UnixMs, flow: f64) {
        let hour = now.0.div_euclid(HOUR_MS);
        if hour != self.hour {
            self.close();
            self.hour = hour;
            self.predicted = self
                .past
                .get(&of_day(hour))
                .and_then(|days| percentile(days.iter().flatten().copied().collect()));
            let from = UnixMs(hour * HOUR_MS);
            self.forecast = self.predicted.map(|predicted| RuleForecast {
                from,
                until: UnixMs(from.0 + HOUR_MS),
                expected: Expected::Percentile(PERCENTILE),
                replicas: predicted + self.correction(),
            });
        }
        if self.samples.is_due(now) {
            self.rates.push(flow);
        }
    }

    fn close(&mut self) {
        let rates = std::mem::take(&mut self.rates);
        let Some(observed) = percentile(rates.clone()) else {
            return;
        };
        if let Some(predicted) = self.predicted {
            keep(&mut self.shortfalls, (observed - predicted).max(0.0), HOURS);
        }
        let days = self.past.entry(of_day(self.hour)).or_default();
        keep(days, rates, DAYS);
    }

    #[expect(clippy::cast_precision_loss, reason = "a few hours")]
    fn correction(&self) -> f64 {
        let count = self.shortfalls.len().max(1) as f64;
        self.shortfalls.iter().sum::<f64>() / count
    }
}

impl CountRule for Hist {
    fn count(&mut self, seen: &Seen) -> Option<u32> {
        let load = seen.load?;
        self.observe(seen.now, load.flow);
        let predicted = self
            .predicted
            .map_or(0.0, |predicted| predicted + self.correction());
        Some(whole(predicted.max(load.flow) + load.backlog))
    }

    fn forecast(&mut self) -> Option<RuleForecast> {
        self.forecast.take()
    }
}

fn of_day(hour: i64) -> i64 {
    hour.rem_euclid(24)
}

fn keep<T>(queue: &mut VecDeque<T>, newest: T, most: usize) {
    queue.push_back(newest);
    if queue.len() > most {
        queue.pop_front();
    }
}

/// By nearest rank; `None` of nothing.
fn percentile(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let rank = (values.len() * usize::from(PERCENTILE)).div_ceil(100);
    values.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::load::Load;

    /// A tick a minute through an hour in which the flow is that of its minute.
    fn hour(hist: &mut Hist, hour: i64, flow: impl Fn(u32) -> f64) -> Vec<u32> {
        let tick = |minute: u32| {
            let seen = Seen {
                now: UnixMs(hour * HOUR_MS + i64::from(minute) * 60_000),
                load: Some(Load {
                    flow: flow(minute),
                    backlog: 0.0,
                }),
                replicas: 1,
            };
            hist.count(&seen).expect("the load is known")
        };
        (0..60).map(tick).collect()
    }

    #[test]
    fn an_hour_gets_the_95th_percentile_of_its_past_and_the_mean_shortfall_of_the_hours_before() {
        let mut hist = Hist::new();
        // Ramps of 60 rates, 0.1 to 6.0 and 10 more: the 57th of 60 is 5.7 and 15.7.
        let ramp = |from: f64| move |minute| from + f64::from(minute + 1) / 10.0;
        let first = hour(&mut hist, 9, ramp(0.0));
        assert_eq!((first[0], first[59]), (1, 6), "no past: reactive alone");
        hour(&mut hist, 10, |_| 2.0);
        // A day later hour 9 is predicted at 5.7 and sees 8 all the time: short by 2.3.
        let second = hour(&mut hist, 33, |_| 8.0);
        assert_eq!(second[0], 8, "reactive above the prediction");
        // Hour 10 is predicted at 2.0; with 2.3 of correction 4.3 are expected.
        let corrected = hour(&mut hist, 34, |_| 1.0);
        assert_eq!(corrected[0], 5);
        // Hour 9 again: of 60 ramp rates and 60 times 8 the 114th is 8; short by 2.3 and by 0.
        let third = hour(&mut hist, 57, |_| 1.0);
        assert_eq!(third[0], 10, "8 and a correction of (2.3 + 0) / 2");
    }
}
