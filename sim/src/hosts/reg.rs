//! Reg: up at once by the load, down by a regression of second order over all that was seen.
//!
//! Source: Waheed Iqbal, Matthew N. Dailey, David Carrera, Paul Janecek, "Adaptive resource
//! provisioning for read intensive multi-tier applications in the cloud", Future Generation
//! Computer Systems 27(6), 2011 (abstract read). Reactive up and a polynomial of second order
//! over the whole history for down: as published there and in Ilyushkin et al. 2017, not
//! re-checked. The interval of a measurement is this file's.

use spillway_solver::policy::Policy;
use spillway_solver::units::{Millis, UnixMs};

use super::counted::{CountRule, RuleForecast, Seen};
use super::load::whole;
use super::pace::Pace;
use super::{Counted, Expected};

/// How often the load is measured and the next one predicted.
const INTERVAL: Millis = Millis(60_000);

/// Reg for each workload.
pub(super) fn reg(policy: &Policy) -> Counted {
    Counted::new("reg", policy, |_| Reg::new())
}

#[derive(Debug)]
struct Reg {
    measurements: Pace,
    begin: Option<UnixMs>,
    curve: Quadratic,
    predicted: Option<f64>,
    forecast: Option<RuleForecast>,
}

impl Reg {
    fn new() -> Self {
        Self {
            measurements: Pace::every(INTERVAL),
            begin: None,
            curve: Quadratic::default(),
            predicted: None,
            forecast: None,
        }
    }
}

impl CountRule for Reg {
    fn count(&mut self, seen: &Seen) -> Option<u32> {
        let load = seen.load?;
        if self.measurements.is_due(seen.now) {
            let begin = *self.begin.get_or_insert(seen.now);
            self.curve.add(hours(seen.now.since(begin)), load.flow);
            let next = seen.now.plus(INTERVAL).since(begin);
            self.predicted = self.curve.at(hours(next));
            self.forecast = self.predicted.map(|flow| RuleForecast {
                from: seen.now,
                until: seen.now.plus(INTERVAL),
                expected: Expected::Mean,
                replicas: flow.max(0.0),
            });
        }
        let now = whole(load.total());
        let predicted = self
            .predicted
            .map_or(seen.replicas, |flow| whole(flow.max(0.0) + load.backlog));
        Some(now.max(predicted.min(seen.replicas)))
    }

    fn forecast(&mut self) -> Option<RuleForecast> {
        self.forecast.take()
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a run is far shorter than 2^53 ms"
)]
fn hours(span: Millis) -> f64 {
    span.0 as f64 / 3_600_000.0
}

/// The least squares of `a + b t + c t^2`, by sums, so that a history of any length costs the
/// same.
#[derive(Debug, Default)]
struct Quadratic {
    /// The sums of `t^0` to `t^4`.
    t: [f64; 5],
    /// The sums of `y`, `y t` and `y t^2`.
    y: [f64; 3],
}

impl Quadratic {
    fn add(&mut self, t: f64, y: f64) {
        let mut power = 1.0;
        for order in 0..5 {
            self.t[order] += power;
            if let Some(sum) = self.y.get_mut(order) {
                *sum += y * power;
            }
            power *= t;
        }
    }

    /// The curve at `t`; `None` with fewer than three points. Cramer's rule.
    fn at(&self, t: f64) -> Option<f64> {
        if self.t[0] < 3.0 {
            return None;
        }
        let [sum, t1, t2, t3, t4] = self.t;
        let rows = [[sum, t1, t2], [t1, t2, t3], [t2, t3, t4]];
        let with = |column: usize| {
            let mut rows = rows;
            for (row, right) in rows.iter_mut().zip(self.y) {
                row[column] = right;
            }
            determinant(rows)
        };
        let all = determinant(rows);
        (all != 0.0).then(|| (with(0) + with(1) * t + with(2) * t * t) / all)
    }
}

fn determinant(m: [[f64; 3]; 3]) -> f64 {
    let minor = |i: usize, j: usize| m[1][i] * m[2][j] - m[1][j] * m[2][i];
    m[0][0] * minor(1, 2) - m[0][1] * minor(0, 2) + m[0][2] * minor(0, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::load::Load;

    #[test]
    fn the_curve_goes_through_points_of_a_quadratic_and_between_others() {
        let mut curve = Quadratic::default();
        assert_eq!(curve.at(1.0), None);
        // 1 + 2 t + 3 t^2 at 0 to 3; at 4 it is 57.
        for (t, y) in [(0.0, 1.0), (1.0, 6.0), (2.0, 17.0), (3.0, 34.0)] {
            curve.add(t, y);
        }
        let at = curve.at(4.0).expect("four points");
        assert!((at - 57.0).abs() < 1e-9, "{at}");
        // With 0, 1, 1, 0 the least squares are 0 + 1.5 t - 0.5 t^2: -2 at 4.
        let mut curve = Quadratic::default();
        for (t, y) in [(0.0, 0.0), (1.0, 1.0), (2.0, 1.0), (3.0, 0.0)] {
            curve.add(t, y);
        }
        let at = curve.at(4.0).expect("four points");
        assert!((at + 2.0).abs() < 1e-9, "{at}");
    }

    #[test]
    fn up_is_reactive_and_down_waits_for_the_curve() {
        let mut reg = Reg::new();
        let mut replicas = 2;
        let cases = [
            (0, 1.0, 2, "no curve yet: what is, stays"),
            (60, 4.0, 4, "up at once"),
            (
                120,
                9.0,
                9,
                "up at once; three points are 1 + 2 t + t^2, 16 a minute on",
            ),
            (150, 5.0, 9, "the curve expects 16, so nothing is released"),
            // Least squares of 1, 4, 9, 8 in minutes: 0.6 + 5.6 t - t^2, which is 7 at 4.
            (180, 8.0, 8, "down, but not below the load"),
            // Of 1, 4, 9, 8, 2 they are below zero at 5.
            (240, 2.0, 2, "down with the load"),
        ];
        for (at_s, flow, expected, name) in cases {
            let seen = Seen {
                now: UnixMs(at_s * 1_000),
                load: Some(Load { flow, backlog: 0.0 }),
                replicas,
            };
            replicas = reg.count(&seen).expect("the load is known");
            assert_eq!(replicas, expected, "{at_s} s: {name}");
        }
    }
}
