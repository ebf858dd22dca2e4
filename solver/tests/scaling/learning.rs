//! A queue whose service rate is learned, in a closed loop: what is learned sizes the fleet that
//! teaches.

use std::collections::VecDeque;

use proptest::prelude::*;
use spillway_solver::ids::ClusterId;
use spillway_solver::memory::LearnedRate;
use spillway_solver::policy::{QueueTarget, ServiceRate, Target};
use spillway_solver::scaling::FleetWorkload;
use spillway_solver::snapshot::{MetricState, Reading};
use spillway_solver::units::{Millis, UnixMs};

use crate::fixture::{HOME, NOW, SHOP, World, fresh};

const TICK_SECONDS: i64 = 15;
/// Ticks in the rate window: five minutes.
const RATE_TICKS: usize = 20;

fn learner(start_milli: u32, desired: u32) -> World {
    let target = Target::Queue(QueueTarget {
        drain_within_ms: Millis(120_000),
        service_rate: ServiceRate::LearnedMilli(start_milli),
    });
    let mut world = World::with(desired, target, fresh(0));
    world.spec().max_replicas = 1_000;
    world
}

fn series(at: i64, milli: i64) -> Reading {
    Reading::Series {
        at_ms: UnixMs(at),
        values_milli: vec![milli],
    }
}

/// Backlog, arrivals and completions, the latter two in thousandths per second.
fn measured(second: i64, backlog_milli: i64, arrivals: i64, completions: i64) -> MetricState {
    let at = NOW + second * 1_000;
    MetricState {
        primary: series(at, backlog_milli),
        arrivals: Some(series(at, arrivals)),
        completions: [("home".into(), series(at, completions))].into(),
        alternative: None,
    }
}

fn at_home(answer: &FleetWorkload) -> LearnedRate {
    answer.memory.metrics["load"].service_rate_milli["home"]
}

#[test]
fn the_rate_of_a_saturated_queue_is_learned_after_a_rate_window_and_used_a_tick_later() {
    let mut world = learner(5_000, 4);
    world.spec().max_replicas = 4;
    let mut seen = Vec::new();
    for minute in 0..=6 {
        *world.reading() = measured(minute * 60, 100_000, 40_000, 40_000);
        let answer = world.tick(60);
        seen.push((at_home(&answer).milli, answer.metrics[0].proposal));
    }
    // 4 replicas complete 40/s: 10/s each, not 5.
    assert_eq!(seen[4], (5_000, Some(10)));
    assert_eq!(seen[5], (10_000, Some(10)));
    assert_eq!(seen[6], (10_000, Some(4)));
}

#[test]
fn what_fewer_replicas_completed_before_others_came_is_not_held_against_these() {
    let mut world = learner(5_000, 4);
    for minute in 0..=12 {
        // From the third minute on there are 8; the rate still remembers when there were 4.
        if minute == 3 {
            world.runs(SHOP, HOME, 8, 0, 0);
        }
        let completions = 20_000 + 4_000 * (minute - 3).clamp(0, 5);
        *world.reading() = measured(minute * 60, 100_000, 40_000, completions);
        let learned = at_home(&world.tick(60)).milli;
        assert_eq!(learned, 5_000, "minute {minute}");
    }
}

#[test]
fn a_lesson_does_not_end_by_a_sample_of_its_beginning() {
    let mut world = learner(5_000, 4);
    for minute in 0..=3 {
        *world.reading() = measured(0, 100_000, 40_000, 40_000);
        world.policy.workloads[0].metrics[0].max_age_ms = Millis(3_600_000);
        assert_eq!(at_home(&world.tick(150)).samples, 0, "reading {minute}");
    }
    *world.reading() = measured(600, 100_000, 40_000, 40_000);
    assert_eq!(at_home(&world.tick(60)).samples, 1);
}

#[test]
fn what_a_cluster_that_is_gone_taught_is_forgotten() {
    let mut world = learner(5_000, 4);
    *world.reading() = measured(0, 100_000, 40_000, 40_000);
    let mind = world.mind().metrics.entry("load".into()).or_default();
    for cluster in ["home", "gone"] {
        let rate = LearnedRate {
            milli: 7,
            samples: 1,
            ..LearnedRate::default()
        };
        mind.service_rate_milli.insert(cluster.into(), rate);
    }
    let learned = &world.scale().memory.metrics["load"].service_rate_milli;
    let clusters: Vec<&str> = learned.keys().map(ClusterId::as_str).collect();
    assert_eq!(clusters, ["home"]);
}

/// What a replica is thought to complete after some hours at a queue whose replicas complete
/// `truth_milli`, and the longest backlog of the last hour in seconds of its arrivals.
fn after(hours: i64, truth_milli: i64, start_milli: u32, load: i64, noise: &[i8]) -> (u32, i64) {
    let mut world = learner(start_milli, 8);
    let mut noise = noise.iter().cycle();
    let mut completed: VecDeque<i64> = VecDeque::new();
    let mut arrived: VecDeque<i64> = VecDeque::new();
    let (mut ready, mut booting, mut backlog) = (8_u32, 8_u32, 0_i64);
    let (mut learned, mut longest) = (0, 0);
    let ticks = hours * 3_600 / TICK_SECONDS;
    for tick in 0..ticks {
        // The load swings by a third within three hours, up and down in a straight line.
        let phase = (tick * TICK_SECONDS) % 10_800;
        let swing = 666 + (phase.min(10_800 - phase) * 667) / 5_400;
        let lambda = load * truth_milli * swing / 1_000;
        let jitter = 100 + i64::from(*noise.next().unwrap()).rem_euclid(9) - 4;
        let work = lambda * TICK_SECONDS * jitter / 100;
        let able = truth_milli * i64::from(ready) * TICK_SECONDS;
        let done = able.min(backlog + work);
        backlog += work - done;
        for (log, count) in [(&mut completed, done), (&mut arrived, work)] {
            log.push_back(count);
            if log.len() > RATE_TICKS {
                log.pop_front();
            }
        }
        let rate = |log: &VecDeque<i64>| {
            log.iter().sum::<i64>() / (TICK_SECONDS * i64::try_from(log.len()).unwrap())
        };
        let second = tick * TICK_SECONDS;
        *world.reading() = measured(second, backlog, rate(&arrived), rate(&completed));
        let answer = world.tick(TICK_SECONDS);
        learned = at_home(&answer).milli;
        // A replica takes a tick to boot.
        ready = booting.min(answer.desired);
        booting = answer.desired;
        world.runs(SHOP, HOME, ready, booting - ready, 0);
        if tick * TICK_SECONDS > (hours - 1) * 3_600 {
            longest = longest.max(backlog / lambda);
        }
    }
    (learned, longest)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_learned_rate_comes_near_the_truth_from_below_and_from_above(
        truth_milli in 200_i64..20_000,
        start_percent in 33_i64..300,
        load in 5_i64..40,
        noise in prop::collection::vec(any::<i8>(), 500),
    ) {
        let start = u32::try_from(truth_milli * start_percent / 100).unwrap();
        let (learned, longest) = after(24, truth_milli, start, load, &noise);
        let percent = i64::from(learned) * 100 / truth_milli;
        prop_assert!((95..=108).contains(&percent), "learned {percent} % of the truth");
        prop_assert!(longest <= 60, "{longest} s of backlog");
    }
}
