//! How closely supply followed demand: the metrics of SPEC-RG-2016-01, from the rows of the series.

use std::ops::Range;

use crate::queue::Delays;
use crate::record::{Elasticity, Interval, WorkloadInterval};
use crate::time::Nanos;

/// Demand and supply of an interval, in replicas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pair {
    /// Offered load, rounded up: fewer replicas do not keep up.
    pub(super) demand: f64,
    /// Ready replicas, mean over the interval.
    pub(super) supply: f64,
}

/// Of some workloads together, interval by interval.
pub(super) fn pairs(rows: &[Interval], workloads: &Range<usize>) -> Vec<Pair> {
    let demanded = |workload: &WorkloadInterval| whole(workload.demand_milli).ceil();
    let ready = |workload: &WorkloadInterval| whole(workload.ready_milli.iter().sum());
    let pair = |row: &Interval| {
        let here = &row.workloads[workloads.clone()];
        Pair {
            demand: here.iter().map(demanded).sum(),
            supply: here.iter().map(ready).sum(),
        }
    };
    rows.iter().map(pair).collect()
}

/// The metrics of intervals that are `minutes` long together.
pub(super) fn elasticity(pairs: &[Pair], minutes: f64) -> Elasticity {
    let mean = |of: fn(&Pair) -> f64| mean(pairs.iter().map(of)).unwrap_or(0.0);
    let demanded = || pairs.iter().filter(|pair| pair.demand > 0.0);
    let relative = |of: fn(&Pair) -> f64| {
        let shares = demanded().map(|pair| 100.0 * of(pair) / pair.demand);
        self::mean(shares)
    };
    let steps: Vec<(f64, f64)> = pairs.windows(2).map(step).collect();
    let share = |of: fn(&(f64, f64)) -> bool| {
        let hits = steps.iter().map(|step| f64::from(u8::from(of(step))));
        100.0 * self::mean(hits).unwrap_or(0.0)
    };
    let supply_ahead = share(|(demand, supply)| supply > demand);
    let demand_ahead = share(|(demand, supply)| demand > supply);
    let adaptations: f64 = steps
        .iter()
        .map(|(demand, supply)| supply.abs() - demand.abs())
        .sum();
    Elasticity {
        missing_replicas: mean(missing),
        spare_replicas: mean(spare),
        missing_percent: relative(missing),
        spare_percent: relative(spare),
        under_time_percent: 100.0 * mean(|pair| f64::from(u8::from(pair.demand > pair.supply))),
        over_time_percent: 100.0 * mean(|pair| f64::from(u8::from(pair.supply > pair.demand))),
        instability_percent: supply_ahead + demand_ahead,
        supply_ahead_percent: supply_ahead,
        demand_ahead_percent: demand_ahead,
        jitter_per_minute: if minutes > 0.0 {
            adaptations / minutes
        } else {
            0.0
        },
    }
}

/// For each time that a workload's demand exceeded its Ready replicas: how long it did, to the
/// interval. What has not ended at the horizon does not count.
pub(super) fn reactions(rows: &[Interval], workloads: Range<usize>) -> Delays {
    let mut reactions = Delays::new(Nanos::MAX);
    for workload in workloads {
        let mut began = None;
        for (row, pair) in rows.iter().zip(pairs(rows, &(workload..workload + 1))) {
            if pair.demand > pair.supply {
                began.get_or_insert(row.at_ms);
            } else if let Some(began) = began.take() {
                reactions.record(Nanos::from_millis(row.at_ms.since(began).0));
            }
        }
    }
    reactions
}

fn missing(pair: &Pair) -> f64 {
    (pair.demand - pair.supply).max(0.0)
}

fn spare(pair: &Pair) -> f64 {
    (pair.supply - pair.demand).max(0.0)
}

/// Which way demand and supply go from one interval to the next: -1, 0 or 1. Supply counts in whole replicas: one that
/// came in the middle of an interval is one step, not two.
fn step(pair: &[Pair]) -> (f64, f64) {
    let sign = |from: f64, to: f64| match to.total_cmp(&from) {
        std::cmp::Ordering::Less => -1.0,
        std::cmp::Ordering::Equal => 0.0,
        std::cmp::Ordering::Greater => 1.0,
    };
    (
        sign(pair[0].demand, pair[1].demand),
        sign(pair[0].supply.round(), pair[1].supply.round()),
    )
}

/// `None` of nothing.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a report's figure, never fed back into the run"
)]
pub(super) fn whole(milli: u64) -> f64 {
    milli as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(f64, f64)]) -> Elasticity {
        let pair = |(demand, supply): &(f64, f64)| Pair {
            demand: *demand,
            supply: *supply,
        };
        let pairs: Vec<Pair> = pairs.iter().map(pair).collect();
        elasticity(&pairs, f64::from(u32::try_from(pairs.len()).expect("few")))
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
    }

    #[test]
    fn amounts_and_times_of_a_world_of_four_minutes_by_hand() {
        // Two missing of four, one to spare over one, just right, one to spare over nothing.
        let found = of(&[(4.0, 2.0), (1.0, 2.0), (2.0, 2.0), (0.0, 1.0)]);
        close(found.missing_replicas, 2.0 / 4.0);
        close(found.spare_replicas, 2.0 / 4.0);
        close(found.missing_percent.expect("demand"), 50.0 / 3.0);
        close(found.spare_percent.expect("demand"), 100.0 / 3.0);
        close(found.under_time_percent, 25.0);
        close(found.over_time_percent, 50.0);
    }

    #[test]
    fn no_demand_at_all_has_no_relative_accuracy() {
        let found = of(&[(0.0, 1.0)]);
        assert_eq!((found.missing_percent, found.spare_percent), (None, None));
    }

    #[test]
    fn each_way_of_supply_and_demand_counts_where_it_should() {
        // (demand, supply) of two intervals; supply ahead, demand ahead, changes of supply less those of demand.
        let cases = [
            ("both stand", [(2.0, 3.0), (2.0, 3.0)], false, false, 0.0),
            ("both rise", [(2.0, 3.0), (5.0, 4.0)], false, false, 0.0),
            (
                "supply rises alone",
                [(2.0, 3.0), (2.0, 4.0)],
                true,
                false,
                0.5,
            ),
            (
                "demand falls alone",
                [(2.0, 3.0), (1.0, 3.0)],
                true,
                false,
                -0.5,
            ),
            (
                "they part, supply up",
                [(2.0, 3.0), (1.0, 4.0)],
                true,
                false,
                0.0,
            ),
            (
                "demand rises alone",
                [(2.0, 3.0), (3.0, 3.0)],
                false,
                true,
                -0.5,
            ),
            (
                "supply falls alone",
                [(2.0, 3.0), (2.0, 2.0)],
                false,
                true,
                0.5,
            ),
            (
                "less than half a replica",
                [(2.0, 3.0), (2.0, 3.4)],
                false,
                false,
                0.0,
            ),
        ];
        for (name, pairs, supply_ahead, demand_ahead, jitter) in cases {
            let found = of(&pairs);
            let percent = |hit: bool| if hit { 100.0 } else { 0.0 };
            let expected = (percent(supply_ahead), percent(demand_ahead), jitter);
            let (supply, demand) = (found.supply_ahead_percent, found.demand_ahead_percent);
            assert_eq!(
                (supply, demand, found.jitter_per_minute),
                expected,
                "{name}"
            );
            close(found.instability_percent, supply + demand);
        }
    }
}
