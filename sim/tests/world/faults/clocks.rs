//! The autoscaler's clock.

use spillway_solver::snapshot::Reading;

use super::Witness;
use crate::fixture::{Given, config, simulate};

const START_MS: i64 = 1_772_409_600_000;

#[test]
fn a_clock_that_jumps_is_the_autoscalers_alone() {
    for (by, seconds) in [("10m", 600), ("-90s", -90)] {
        let faults = format!("horizon: 300s\nfaults: [{{kind: clockStep, by: {by}, at: 100s}}]\n");
        let mut witness = Witness::new(Vec::new());
        let record = simulate(
            &config(1, 1, &faults),
            Given::millis(&[(0, 1)]),
            &mut witness,
        );
        let now = |second: usize| (witness.at(second).now_ms.0 - START_MS) / 1_000;
        assert_eq!((now(90), now(105)), (90, 105 + seconds), "{by}");
        let home = witness.cluster(105, "home");
        assert_eq!(
            (home.observed_at_ms.0 - START_MS) / 1_000,
            104 + seconds,
            "its own stamp"
        );
        let metric = &witness.at(105).workloads[0].metrics["queue"].primary;
        let Reading::Series { at_ms, .. } = metric else {
            panic!("{metric:?}");
        };
        assert_eq!(
            (at_ms.0 - START_MS) / 1_000,
            90,
            "the source's clock is right"
        );
        let rows: Vec<i64> = record
            .series
            .iter()
            .map(|row| (row.at_ms.0 - START_MS) / 1_000)
            .collect();
        assert_eq!(rows, [0, 60, 120, 180, 240], "and so is the world's");
    }
}
