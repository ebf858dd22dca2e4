//! Metrics of tiny worlds, worked by hand. `docs/metrics.md` has the formulas.

use spillway_sim::figures::{RunTotals, figure};
use spillway_sim::hosts::{AUTOSCALERS, Core, Demand, Entry, Foresight};
use spillway_sim::record::{OverParts, ReplicasThen, RunRecord};
use spillway_sim::time::Nanos;
use spillway_sim::trace::{Arrival, TraceError};
use spillway_solver::units::{MicroUsd, UnixMs};

use crate::fixture::{Given, Script, config, simulate};

const START_MS: i64 = 1_772_409_600_000;

/// Each figure has its value, or is absent. Replicas are in thousandths and quantiles a thousandth too high.
fn assert_figures(record: &RunRecord, expected: &[(&str, Option<f64>)]) {
    let totals = RunTotals::from(record);
    for (name, expected) in expected {
        let found = figure(name).expect("a known name").of(&totals, None);
        let same = match (found, expected) {
            (Some(found), Some(expected)) => {
                (found - expected).abs() < 3e-3 * expected.abs() + 1e-9
            }
            (found, expected) => found == *expected,
        };
        assert!(same, "{name}: {found:?} for {expected:?}");
    }
}

/// Home holds two replicas; a third runs in the cloud from 61 s to 120 s on a node that is ordered at 17 s, up at 47 s
/// and gone at 150 s.
fn burst(home_nodes: u32) -> RunRecord {
    let requests = [
        (0, 20_000),
        (1_000, 20_000),
        (2_000, 20_000),
        (60_500, 30_000),
        (60_600, 30_000),
        (60_700, 30_000),
    ];
    let mut script = Script(vec![(15, "cloud", 1), (120, "cloud", 0)]);
    let config = config(home_nodes, 2, "horizon: 200s\n");
    simulate(&config, Given::millis(&requests), &mut script)
}

#[test]
fn money_above_the_least_is_told_apart_by_what_it_bought() {
    let record = burst(1);
    let bound = record.summary.bound.expect("single requests");
    assert_eq!(
        bound.least,
        MicroUsd(0),
        "two replicas at home do it in time"
    );
    assert_eq!(
        bound.parts,
        OverParts {
            // 30 of 133 paid seconds.
            starts: MicroUsd(30_000),
            // 103 s of two cores are 206 core-seconds, of which a pod requested 73.
            empty_room: MicroUsd(66_500),
            // Ready for 459 s, at work for 150 s: 309 / 459 of the 36,500 that are left.
            idle_replicas: MicroUsd(24_571),
            place: MicroUsd(133_000 - 30_000 - 66_500 - 24_571),
        }
    );
    assert_figures(
        &record,
        &[
            ("overStartsUsd", Some(0.03)),
            ("overEmptyRoomUsd", Some(0.0665)),
            ("costByLeast", None),
            ("publicIdleCoreHours", Some(133.0 / 3_600.0)),
            ("publicIdlePercent", Some(100.0 * 133.0 / 206.0)),
        ],
    );
}

#[test]
fn room_at_home_while_public_runs_is_waste_whether_or_not_a_replica_fits() {
    // Looked at 1 s before each tick of 15 s: from 74 s to 134 s a replica runs in public.
    for (home_nodes, idle_core_s, leak_s) in [(1, 0.0, 0.0), (2, 120.0, 60.0)] {
        let idle = ("privateIdleCoreHours", Some(idle_core_s / 3_600.0));
        let leak = ("leakReplicaHours", Some(leak_s / 3_600.0));
        assert_figures(&burst(home_nodes), &[idle, leak]);
    }
}

#[test]
fn the_slowest_minute_has_what_was_asked_for_and_what_was_ready() {
    let slowest = burst(1).slowest.expect("one waited for 18 s");
    assert_eq!(
        (slowest.at_ms, slowest.until_ms),
        (UnixMs(START_MS), UnixMs(START_MS + 60_000))
    );
    assert_eq!((slowest.queued, slowest.demand_milli), (0, 1_000));
    let error = slowest.delay_us.abs_diff(18_000_000);
    assert!(error <= 18_000, "{} us", slowest.delay_us);
    let then = |cluster: &str, asked, ready, pending| ReplicasThen {
        cluster: cluster.into(),
        asked,
        ready,
        pending,
    };
    // The pod in the cloud is Ready a second later.
    assert_eq!(
        slowest.clusters,
        [then("home", 2, 2, 0), then("cloud", 1, 0, 1)]
    );
    assert_eq!(slowest.decision, None, "a script decides nothing");
}

#[test]
fn elasticity_and_changes_of_four_minutes() {
    // Demand 1, 2, 1 and 0 replicas. A second one is asked for at 75 s, Ready at 80 s, where the image is already, and
    // goes at 180 s: supply 1, 5/3, 2 and 1.
    let requests = [
        (0, 30_000),
        (60_000, 60_000),
        (60_000, 60_000),
        (120_000, 60_000),
    ];
    let mut script = Script(vec![(75, "home", 2), (180, "home", 1)]);
    let config = config(1, 1, "horizon: 240s\n");
    let record = simulate(&config, Given::millis(&requests), &mut script);
    assert_figures(
        &record,
        &[
            ("replicasMissing", Some(1.0 / 12.0)),
            ("replicasToSpare", Some(2.0 / 4.0)),
            ("missingPercent", Some(50.0 / 9.0)),
            ("sparePercent", Some(100.0 / 3.0)),
            ("underTimePercent", Some(25.0)),
            ("overTimePercent", Some(50.0)),
            // Of three steps only the second: demand falls, supply stays.
            ("supplyAheadPercent", Some(100.0 / 3.0)),
            ("demandAheadPercent", Some(0.0)),
            ("instabilityPercent", Some(100.0 / 3.0)),
            // Supply changes twice, demand three times in four minutes.
            ("jitterPerMinute", Some(-0.25)),
            ("reactionP50", Some(60.0)),
            ("reactionP95", Some(60.0)),
            ("targetChanges", Some(2.0)),
            ("reversals", Some(1.0)),
            ("replicaStarts", Some(1.0)),
            ("replicaStops", Some(1.0)),
            ("done", Some(4.0)),
            ("forecastErrorReplicas", None),
            ("solves", None),
        ],
    );
}

#[test]
fn an_objective_is_recovered_with_the_first_minute_that_keeps_it() {
    // One replica, objective 60 s. The second request waits for 80 s and ends at 100 s: late is the second minute.
    let mut script = Script(Vec::new());
    let requests = Given::millis(&[(0, 80_000), (0, 20_000)]);
    let record = simulate(&config(1, 1, "horizon: 240s\n"), requests, &mut script);
    let late = [
        ("recoveryP50", Some(60.0)),
        ("recoveryMax", Some(60.0)),
        ("lateRequestsPercent", Some(50.0)),
        ("lateIntervalsPercent", Some(50.0)),
    ];
    assert_figures(&record, &late);

    let requests = Given::millis(&[(0, 80_000), (0, 500_000), (0, 1)]);
    let record = simulate(&config(1, 1, "horizon: 300s\n"), requests, &mut script);
    assert_figures(&record, &[("recoveryMax", None)]);
}

#[test]
fn classes_of_the_trace_have_delays_of_their_own() {
    // One replica: batch waits for 0 s, then online 70 s, then one without a class 80 s.
    let arrival = |service_s, class| Arrival {
        at: Nanos::ZERO,
        service: Nanos::from_secs(service_s),
        workload: 0,
        class,
        bytes: 0,
    };
    let arrivals = vec![arrival(70, 1), arrival(10, 2), arrival(1, 0)];
    let source = Given::new(arrivals).classes(&["", "batch", "online"]);
    let record = simulate(
        &config(1, 1, "horizon: 300s\n"),
        source,
        &mut Script(Vec::new()),
    );
    let of_class = |index: usize| {
        let class = &record.workloads[0].classes[index];
        let delay_s = class.queue_delay.max_us / 1_000_000;
        let sojourn_s = class.sojourn.max_us / 1_000_000;
        (
            class.class.as_str(),
            class.queue_delay.count,
            class.late,
            delay_s,
            sojourn_s,
        )
    };
    assert_eq!(record.workloads[0].classes.len(), 2);
    assert_eq!(of_class(0), ("batch", 1, Some(0), 0, 70));
    assert_eq!(of_class(1), ("online", 1, Some(1), 70, 80));
}

#[test]
fn the_oracle_is_wrong_by_its_control_only_and_most_autoscalers_forecast_nothing() {
    let requests: Vec<(u64, u64)> = (0..60)
        .map(|n| (n * 10_000, 4_000 + 700 * (n % 7)))
        .collect();
    let config = config(2, 1, "horizon: 600s\n");
    let foresight = || -> Result<Foresight, TraceError> {
        let demand = Demand::read(
            Given::millis(&requests),
            Nanos::from_secs(60),
            Some(Nanos::from_secs(600)),
        )?;
        Ok(Foresight::new(&config, &demand))
    };
    let forecasters = ["hist", "reg", "conpaas", "oracle"];
    for Entry { name, .. } in &AUTOSCALERS {
        let entry = Entry::called(name).expect("in the table");
        let built = entry.build(&config.policy, &Core, foresight);
        let mut autoscaler = built.expect("arrivals from memory");
        let record = simulate(&config, Given::millis(&requests), autoscaler.as_mut());
        let errors = record.summary.forecast;
        if *name == "oracle" {
            let errors = errors.expect("it forecasts");
            assert!(errors.forecast_error_replicas < 0.002, "{errors:?}");
            assert!(errors.control_error_replicas > 0.1, "whole replicas");
        } else if !forecasters.contains(name) {
            assert_eq!(errors, None, "{name}");
        }
        let solver = record.summary.solver;
        assert_eq!(solver.is_some(), *name == "spillway", "{name}");
    }
}
