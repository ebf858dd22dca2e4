//! Inputs that nobody should send: each has an answer, and none is a panic.

use spillway_solver::decision::ReadingProblem;
use spillway_solver::memory::Good;
use spillway_solver::policy::{Activation, QueueTarget, ResourceName, ServiceRate, Target};
use spillway_solver::snapshot::Reading;
use spillway_solver::units::{Millis, UnixMs};

use crate::fixture::{CLOUD, HOME, NOW, SHOP, World, average, fresh, pod, pods, problem, queue};

fn sum(values_milli: &[i64]) -> Reading {
    Reading::Series {
        at_ms: UnixMs(NOW),
        values_milli: values_milli.to_vec(),
    }
}

#[test]
fn absurd_readings_and_targets_hold_or_stay_within_bounds() {
    let queue_of = |rate, span| {
        Target::Queue(QueueTarget {
            drain_within_ms: Millis(span),
            service_rate: ServiceRate::GivenMilli(rate),
        })
    };
    for (sentence, target, reading, desired) in [
        ("NaN holds", average(10), Reading::NotANumber, 4),
        ("no series holds", average(10), sum(&[]), 4),
        ("a target of zero holds", average(0), fresh(60), 4),
        ("a negative target holds", average(-1), fresh(60), 4),
        (
            "a Value target of zero holds",
            Target::Value(0),
            fresh(60),
            4,
        ),
        (
            "the largest value doubles and no more",
            average(10),
            sum(&[i64::MAX]),
            8,
        ),
        (
            "sums do not overflow",
            average(10),
            sum(&[i64::MAX, i64::MAX]),
            8,
        ),
        (
            "the smallest value goes to the minimum",
            average(10),
            sum(&[i64::MIN, i64::MIN]),
            1,
        ),
        (
            "the largest target",
            Target::AverageValue(i64::MAX),
            fresh(1),
            1,
        ),
        (
            "pods without any pod hold",
            Target::PodsAverageValue(1),
            pods(vec![]),
            4,
        ),
        (
            "pods where a sum is needed hold",
            average(10),
            pods(vec![pod("home", "a", Some(1))]),
            4,
        ),
        (
            "a sum where pods are needed holds",
            Target::PodsAverageValue(1),
            fresh(1),
            4,
        ),
        (
            "a replica of no speed holds",
            queue_of(0, 60_000),
            fresh(60),
            4,
        ),
    ] {
        let mut world = World::with(4, target, reading);
        world.policy.settings.downscale_stabilization_ms = Millis(0);
        world.reading().arrivals = Some(fresh(0));
        assert_eq!(world.scale().desired, desired, "{sentence}");
    }
    let mut impatient = World::with(4, queue_of(1, 0), sum(&[1]));
    impatient.reading().arrivals = Some(sum(&[i64::MAX]));
    assert_eq!(impatient.scale().desired, 8, "to be drained in no time");
}

#[test]
fn absurd_counts_saturate() {
    let mut world = World::with(u32::MAX, Target::Value(1), fresh(1_000_000));
    world.spec().max_replicas = u32::MAX;
    world.runs(SHOP, HOME, u32::MAX, u32::MAX, u32::MAX);
    world.runs(SHOP, CLOUD, u32::MAX, u32::MAX, u32::MAX);
    world.policy.burst_policies[0].max_replicas = Some(u32::MAX);
    world.home.replicas = u32::MAX;
    world.home.public_boot_ms = Millis(u64::MAX);
    world.measure("queue", queue(), sum(&[i64::MAX]));
    let answer = world.scale();
    assert_eq!(
        answer.desired,
        i32::MAX.unsigned_abs(),
        "HPA counts in int32"
    );
    assert!((answer.floor..=answer.ceiling).contains(&answer.desired));
}

#[test]
fn a_minimum_above_the_maximum_means_the_maximum() {
    let mut world = World::new(4);
    (world.spec().min_replicas, world.spec().max_replicas) = (9, 2);
    assert_eq!(world.scale().desired, 2);
    world.spec().max_replicas = 0;
    assert_eq!(world.scale().desired, 0);
}

#[test]
fn clocks_at_the_ends_of_time_do_not_overflow() {
    for host in [i64::MIN, 0, i64::MAX] {
        for remembered in [None, Some(UnixMs(i64::MIN)), Some(UnixMs(i64::MAX))] {
            let mut world = World::with(4, average(10), fresh(20));
            world.snapshot.now_ms = UnixMs(host);
            world.memory.now_ms = remembered;
            world.spec().activation = Some(Activation {
                threshold_milli: i64::MIN,
                cooldown_ms: Millis(u64::MAX),
            });
            world.snapshot.clusters[HOME].unreachable_since_ms = Some(UnixMs(i64::MIN));
            world.mind().metrics.entry("load".into()).or_default().good = Some(Good {
                milli: 1,
                at_ms: UnixMs(i64::MAX),
            });
            let answer = world.scale();
            assert!((answer.floor..=answer.ceiling).contains(&answer.desired));
        }
    }
}

#[test]
fn a_pod_without_a_request_is_named_a_problem_and_not_a_division() {
    let mut bare = pod("home", "a", Some(500));
    for request in [None, Some(0)] {
        bare.request_milli = request;
        let target = Target::Utilization {
            resource: ResourceName::Cpu,
            percent: u32::MAX,
        };
        let answer = World::with(1, target, pods(vec![bare.clone()])).scale();
        assert_eq!(problem(&answer), Some(ReadingProblem::NoUsablePods));
    }
}

#[test]
fn what_nobody_configured_or_observed_is_answered() {
    let mut world = World::with(4, average(10), fresh(60));
    world.policy.burst_policies.clear();
    world.policy.clusters.clear();
    assert_eq!(world.scale().desired, 6, "without its burst policy");
    world.snapshot.clusters.clear();
    world.snapshot.workloads.clear();
    assert_eq!(world.scale().desired, 4, "without any observation");
    world.policy.workloads.clear();
    assert_eq!(world.all(), []);
}
