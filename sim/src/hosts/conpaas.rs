//! `ConPaaS`: several predictors of the next step; the one that was best of late decides.
//!
//! Source: Hector Fernandez, Guillaume Pierre, Thilo Kielmann, "Autoscaling Web Applications in
//! Heterogeneous Cloud Infrastructures", IC2E 2014. The choice among time-series predictors by
//! their recent errors, and steps of ten minutes, are as published there and in Ilyushkin et al.
//! 2017, not re-checked. Three of its predictors are here: linear regression, autoregression of
//! first order and Holt's double exponential smoothing. Windows and factors are this file's.

use std::collections::VecDeque;

use spillway_solver::policy::Policy;
use spillway_solver::units::Millis;

use super::counted::{CountRule, RuleForecast, Seen};
use super::load::whole;
use super::pace::Pace;
use super::{Counted, Expected};

/// How often it decides.
const STEP: Millis = Millis(600_000);

/// Steps that predictors look back at.
const HISTORY: usize = 12;

/// Steps over which their errors are compared.
const RECENT: usize = 6;

/// Holt's factors for level and trend.
const SMOOTHING: f64 = 0.5;

/// `ConPaaS` for each workload.
pub(super) fn conpaas(policy: &Policy) -> Counted {
    Counted::new("conpaas", policy, |_| ConPaas::new())
}

#[derive(Debug)]
struct ConPaas {
    steps: Pace,
    /// The flows of the running step.
    running: (f64, u32),
    /// Their means in the last steps.
    history: VecDeque<f64>,
    predictors: [Predictor; 3],
    wanted: Option<u32>,
    forecast: Option<RuleForecast>,
}

#[derive(Debug)]
struct Predictor {
    predict: fn(&[f64]) -> f64,
    predicted: Option<f64>,
    errors: VecDeque<f64>,
}

impl ConPaas {
    fn new() -> Self {
        let predictor = |predict: fn(&[f64]) -> f64| Predictor {
            predict,
            predicted: None,
            errors: VecDeque::new(),
        };
        Self {
            steps: Pace::every(STEP),
            running: (0.0, 0),
            history: VecDeque::new(),
            predictors: [
                predictor(linear_regression),
                predictor(autoregression),
                predictor(holt),
            ],
            wanted: None,
            forecast: None,
        }
    }

    /// Takes the flow of the step that is over and predicts that of the next.
    fn predict(&mut self, flow: f64) -> f64 {
        keep(&mut self.history, flow, HISTORY);
        let history = self.history.make_contiguous();
        let mut best = (f64::INFINITY, flow);
        for predictor in &mut self.predictors {
            if let Some(predicted) = predictor.predicted {
                keep(&mut predictor.errors, (predicted - flow).abs(), RECENT);
            }
            let next = (predictor.predict)(history).max(0.0);
            predictor.predicted = Some(next);
            let error: f64 = predictor.errors.iter().sum();
            if error < best.0 {
                best = (error, next);
            }
        }
        best.1
    }
}

impl CountRule for ConPaas {
    fn count(&mut self, seen: &Seen) -> Option<u32> {
        let load = seen.load?;
        self.running.0 += load.flow;
        self.running.1 += 1;
        if self.steps.is_due(seen.now) {
            let (sum, count) = std::mem::take(&mut self.running);
            let next = self.predict(sum / f64::from(count));
            self.wanted = Some(whole(next + load.backlog));
            self.forecast = Some(RuleForecast {
                from: seen.now,
                until: seen.now.plus(STEP),
                expected: Expected::Mean,
                replicas: next,
            });
        }
        self.wanted
    }

    fn forecast(&mut self) -> Option<RuleForecast> {
        self.forecast.take()
    }
}

fn keep(queue: &mut VecDeque<f64>, newest: f64, most: usize) {
    queue.push_back(newest);
    if queue.len() > most {
        queue.pop_front();
    }
}

/// The value one step on of the straight line with the least squares.
fn linear_regression(history: &[f64]) -> f64 {
    let count = number(history);
    let middle = (count - 1.0) / 2.0;
    let mean = history.iter().sum::<f64>() / count;
    let (mut covariance, mut variance, mut at) = (0.0, 0.0, -middle);
    for value in history {
        covariance += at * (value - mean);
        variance += at * at;
        at += 1.0;
    }
    mean + slope(covariance, variance) * at
}

/// The mean, and the share of the last deviation that the past says will stay.
fn autoregression(history: &[f64]) -> f64 {
    let mean = history.iter().sum::<f64>() / number(history);
    let products = history
        .windows(2)
        .map(|pair| (pair[0] - mean) * (pair[1] - mean));
    let squares = history.iter().map(|value| (value - mean) * (value - mean));
    let share = slope(products.sum(), squares.sum());
    history
        .last()
        .map_or(mean, |last| mean + share * (last - mean))
}

/// Level and trend, both smoothed.
fn holt(history: &[f64]) -> f64 {
    let Some((first, rest)) = history.split_first() else {
        return 0.0;
    };
    let mut level = *first;
    let mut trend = rest.first().map_or(0.0, |second| second - first);
    for value in rest {
        let before = level;
        level = SMOOTHING * value + (1.0 - SMOOTHING) * (level + trend);
        trend = SMOOTHING * (level - before) + (1.0 - SMOOTHING) * trend;
    }
    level + trend
}

fn slope(covariance: f64, variance: f64) -> f64 {
    if variance > 0.0 {
        covariance / variance
    } else {
        0.0
    }
}

#[expect(clippy::cast_precision_loss, reason = "a dozen steps")]
fn number(history: &[f64]) -> f64 {
    history.len() as f64
}

#[cfg(test)]
mod tests {
    use spillway_solver::units::UnixMs;

    use super::*;
    use crate::hosts::load::Load;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
    }

    #[test]
    fn each_predictor_by_hand() {
        close(linear_regression(&[3.0]), 3.0);
        close(linear_regression(&[1.0, 3.0, 5.0]), 7.0);
        // Mean 2 and 0.6 a step, as (1.5 + 1.5) / 5: 2 + 0.6 * 2.5.
        close(linear_regression(&[1.0, 2.0, 2.0, 3.0]), 3.5);
        // Mean 2, deviations -1, 1, -1, 1: neighbours' products -3, squares 4.
        close(autoregression(&[1.0, 3.0, 1.0, 3.0]), 2.0 - 0.75);
        close(autoregression(&[2.0, 2.0]), 2.0);
        // Level 1, trend 1 from 1, 2; then 4: level (4 + 3) / 2 = 3.5, trend (1.5 + 1) / 2.
        close(holt(&[1.0, 2.0, 4.0]), 3.5 + 1.25);
    }

    #[test]
    fn the_predictor_that_was_best_of_late_decides() {
        let mut conpaas = ConPaas::new();
        close(conpaas.predict(2.0), 2.0);
        // A line: regression and Holt are right, autoregression runs behind.
        for flow in [4.0, 6.0, 8.0] {
            conpaas.predict(flow);
        }
        close(conpaas.predict(10.0), 12.0);
        // Flat for long: all lie near, and errors of the line are forgotten.
        for _ in 0..20 {
            conpaas.predict(5.0);
        }
        close(conpaas.predict(5.0), 5.0);
    }

    #[test]
    fn it_decides_once_in_a_step_from_the_mean_of_the_last() {
        let mut conpaas = ConPaas::new();
        let mut at = |s: i64, flow| {
            conpaas.count(&Seen {
                now: UnixMs(s * 1_000),
                load: Some(Load { flow, backlog: 0.0 }),
                replicas: 1,
            })
        };
        assert_eq!(at(0, 2.0), Some(2));
        assert_eq!(at(300, 9.0), Some(2), "not within the step");
        // The mean of 9 and 3 is 6. Until now everybody predicted 2, so the first decides: 2, 6, 10.
        assert_eq!(at(600, 3.0), Some(10));
    }
}
