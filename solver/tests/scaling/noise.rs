//! A queue whose load stands still while its measurements do not.

use proptest::prelude::*;
use spillway_solver::policy::{QueueTarget, ServiceRate, Target};
use spillway_solver::snapshot::Reading;
use spillway_solver::units::{Millis, UnixMs};

use crate::fixture::{HOME, NOW, SHOP, World, fresh};

const TICK_SECONDS: i64 = 15;
/// Ticks in the rate window of the arrivals: a minute.
const RATE_TICKS: usize = 4;
const HOURS: i64 = 12;
/// A change this soon after one in the other direction is a reversal.
const REVERSAL_SECONDS: i64 = 600;

/// 0.5 items a second per replica, to be drained within two minutes.
fn slow_queue() -> Target {
    Target::Queue(QueueTarget {
        drain_within_ms: Millis(120_000),
        service_rate: ServiceRate::GivenMilli(500),
    })
}

/// Items in thousandths that arrive in each tick: on average what so many hundredths of a replica
/// complete, with the variance of a Poisson count.
fn arrivals(need_percent: i64, coins: &[u8]) -> Vec<i64> {
    let mean_milli = need_percent * 5 * TICK_SECONDS;
    // Eight coins have a variance of 2.
    let spread_milli = (mean_milli * 500).isqrt();
    coins
        .iter()
        .map(|coins| mean_milli + (i64::from(coins.count_ones()) - 4) * spread_milli)
        .map(|milli| milli.max(0))
        .collect()
}

fn series(at: i64, milli: i64) -> Reading {
    Reading::Series {
        at_ms: UnixMs(at),
        values_milli: vec![milli],
    }
}

/// Reversals over [`HOURS`] of a fluid queue.
fn reversals(need_percent: i64, coins: &[u8]) -> i64 {
    let mut world = World::with(4, slow_queue(), fresh(0));
    let (mut backlog, mut ready) = (0, 4);
    let (mut up, mut down) = (i64::MIN / 2, i64::MIN / 2);
    let mut reversals = 0;
    let counts = arrivals(need_percent, coins);
    for (tick, window) in (0_i64..).zip(counts.windows(RATE_TICKS)) {
        let second = tick * TICK_SECONDS;
        let at = NOW + second * 1_000;
        backlog = (backlog + window[RATE_TICKS - 1] - 500 * i64::from(ready) * TICK_SECONDS).max(0);
        let rate_milli = window.iter().sum::<i64>() / (TICK_SECONDS * 4);
        world.reading().primary = series(at, backlog);
        world.reading().arrivals = Some(series(at, rate_milli));
        let desired = world.tick(TICK_SECONDS).desired;
        if desired > ready {
            reversals += i64::from(second - down <= REVERSAL_SECONDS);
            up = second;
        } else if desired < ready {
            reversals += i64::from(second - up <= REVERSAL_SECONDS);
            down = second;
        }
        ready = desired;
        world.runs(SHOP, HOME, ready, 0, 0);
    }
    reversals
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn noise_about_a_steady_load_turns_the_count_round_at_most_four_times_an_hour(
        need_percent in 110_i64..900,
        coins in prop::collection::vec(any::<u8>(), usize::try_from(HOURS * 240).unwrap()),
    ) {
        let reversals = reversals(need_percent, &coins);
        prop_assert!(reversals <= 4 * HOURS, "{reversals} in {HOURS} hours");
    }
}
