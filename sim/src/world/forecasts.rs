//! Forecasts judged by what came, apart from what was made of them.
//!
//! What came is the load of the rows in the replicas that keep up with it by the workload's own targets, the unit in
//! which forecasts are made. A forecast is in force until its end or until the next one begins.

use spillway_solver::units::{Millis, UnixMs};

use super::elasticity::whole;
use super::setup::{WorkloadInWorld, workloads_in_world};
use crate::config::RunConfig;
use crate::hosts::{Expected, Forecast, needed};
use crate::record::{ForecastErrors, Interval};
use crate::time::Nanos;

/// What came of one workload in one row.
struct Came {
    from: UnixMs,
    until: UnixMs,
    load: f64,
    ready: f64,
}

/// The errors of each workload's forecasts, in the order of the rows' workloads; `None` where there were none.
pub(super) fn judge(
    config: &RunConfig,
    rows: &[Interval],
    forecasts: &[Vec<Forecast>],
) -> Vec<Option<ForecastErrors>> {
    let mut workloads = workloads_in_world(config);
    workloads.sort_by_key(|workload| &workload.spec.id);
    let judged = workloads.iter().zip(forecasts).enumerate();
    let judged = judged.map(|(index, (workload, forecasts))| {
        // Most autoscalers forecast nothing.
        if forecasts.is_empty() {
            return None;
        }
        errors(forecasts, &came(config, rows, index, workload))
    });
    judged.collect()
}

fn came(
    config: &RunConfig,
    rows: &[Interval],
    index: usize,
    workload: &WorkloadInWorld<'_>,
) -> Vec<Came> {
    let width = config.world.interval.0;
    let came = rows.iter().enumerate().map(|(number, row)| {
        let load = &row.workloads[index];
        let until = rows.get(number + 1).map_or_else(
            || row.at_ms.plus(Millis(width.as_millis())),
            |next| next.at_ms,
        );
        let at_once = f64::from(workload.at_once.max(1));
        let span = Nanos::from_millis(until.since(row.at_ms).0);
        Came {
            from: row.at_ms,
            until,
            load: needed(
                workload,
                load.arrived,
                whole(load.demand_milli) * at_once,
                span,
            ),
            ready: whole(load.ready_milli.iter().sum()),
        }
    });
    came.collect()
}

fn errors(forecasts: &[Forecast], came: &[Came]) -> Option<ForecastErrors> {
    let (mut span, mut bias, mut off, mut control) = (0.0, 0.0, 0.0, 0.0);
    let mut forecast_ms = 0;
    for (number, forecast) in forecasts.iter().enumerate() {
        let next = forecasts.get(number + 1).map(|next| next.from);
        let end = next.map_or(forecast.until, |next| next.min(forecast.until));
        let Some(actual) = actual(forecast, came) else {
            continue;
        };
        for (came, ms) in overlap(came, forecast.from, end) {
            let weight = weight(ms);
            forecast_ms += ms;
            span += weight;
            bias += weight * (forecast.replicas - actual);
            off += weight * (forecast.replicas - actual).abs();
            control += weight * (came.ready - forecast.replicas).abs();
        }
    }
    (forecast_ms > 0).then(|| ForecastErrors {
        forecast_ms,
        bias_replicas: bias / span,
        forecast_error_replicas: off / span,
        control_error_replicas: control / span,
    })
}

/// What the forecast meant, of what came; `None` where the run did not reach it.
fn actual(forecast: &Forecast, came: &[Came]) -> Option<f64> {
    let loads = || overlap(came, forecast.from, forecast.until);
    match forecast.expected {
        Expected::Mean => {
            let (sum, span) = loads().fold((0.0, 0.0), |(sum, span), (came, ms)| {
                (sum + came.load * weight(ms), span + weight(ms))
            });
            (span > 0.0).then(|| sum / span)
        }
        Expected::Percentile(percent) => {
            let mut loads: Vec<f64> = loads().map(|(came, _)| came.load).collect();
            loads.sort_unstable_by(f64::total_cmp);
            let rank = (loads.len() * usize::from(percent)).div_ceil(100);
            loads.get(rank.checked_sub(1)?).copied()
        }
    }
}

/// Rows within a span, and for how many milliseconds of it.
fn overlap(came: &[Came], from: UnixMs, until: UnixMs) -> impl Iterator<Item = (&Came, u64)> {
    let first = came.partition_point(|came| came.until <= from);
    let within = came[first..]
        .iter()
        .take_while(move |came| came.from < until);
    within.map(move |came| (came, came.until.min(until).since(came.from.max(from)).0))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn weight(ms: u64) -> f64 {
    ms as f64
}

impl ForecastErrors {
    /// Of several workloads: errors in replicas add up, over the longest time that one was forecast.
    pub(super) fn together<'a>(of: impl Iterator<Item = &'a Self>) -> Option<Self> {
        of.copied().reduce(|sum, more| Self {
            forecast_ms: sum.forecast_ms.max(more.forecast_ms),
            bias_replicas: sum.bias_replicas + more.bias_replicas,
            forecast_error_replicas: sum.forecast_error_replicas + more.forecast_error_replicas,
            control_error_replicas: sum.control_error_replicas + more.control_error_replicas,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(n: i64) -> UnixMs {
        UnixMs(n * 60_000)
    }

    /// Three minutes with loads of 1, 3 and 2 replicas and 4 Ready.
    fn came() -> Vec<Came> {
        [1.0, 3.0, 2.0]
            .into_iter()
            .zip(0..)
            .map(|(load, n)| Came {
                from: minute(n),
                until: minute(n + 1),
                load,
                ready: 4.0,
            })
            .collect()
    }

    fn forecast(from: i64, until: i64, expected: Expected, replicas: f64) -> Forecast {
        Forecast {
            workload: "shop/web".into(),
            from: minute(from),
            until: minute(until),
            expected,
            replicas,
        }
    }

    #[test]
    fn what_was_expected_and_what_was_made_of_it_are_told_apart() {
        let mean = |replicas| forecast(0, 2, Expected::Mean, replicas);
        let most = |replicas| forecast(0, 2, Expected::Percentile(100), replicas);
        // Forecasts; minutes, bias, forecast error, control error.
        let cases = [
            ("right mean", vec![mean(2.0)], 2, 0.0, 0.0, 2.0),
            ("right maximum", vec![most(3.0)], 2, 0.0, 0.0, 1.0),
            ("too much", vec![mean(5.0)], 2, 3.0, 3.0, 1.0),
            ("too little", vec![most(1.0)], 2, -2.0, 2.0, 3.0),
            (
                "the next one ends the first",
                vec![mean(3.0), forecast(1, 3, Expected::Mean, 1.5)],
                3,
                (1.0 - 1.0 - 1.0) / 3.0,
                1.0,
                (1.0 + 2.5 + 2.5) / 3.0,
            ),
            (
                "a window that the run cuts off",
                vec![forecast(2, 9, Expected::Percentile(95), 2.0)],
                1,
                0.0,
                0.0,
                2.0,
            ),
        ];
        for (name, forecasts, minutes, bias, off, control) in cases {
            let found = errors(&forecasts, &came()).expect(name);
            assert_eq!(found.forecast_ms, minutes * 60_000, "{name}");
            for (found, expected) in [
                (found.bias_replicas, bias),
                (found.forecast_error_replicas, off),
                (found.control_error_replicas, control),
            ] {
                assert!(
                    (found - expected).abs() < 1e-9,
                    "{name}: {found} for {expected}"
                );
            }
        }
        let beyond = [forecast(3, 5, Expected::Mean, 1.0)];
        assert_eq!(errors(&beyond, &came()), None, "the run was over");
    }
}
