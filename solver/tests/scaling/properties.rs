//! What holds for any fleet.

use proptest::prelude::*;
use spillway_solver::hpa::{Behavior, Recommendation, ScaleEvent};
use spillway_solver::memory::Good;
use spillway_solver::policy::{Activation, ResourceName, Target};
use spillway_solver::snapshot::{PodPhase, PodReading, Reading};
use spillway_solver::units::{Millis, UnixMs};

use crate::fixture::{CLOUD, HOME, NOW, SHOP, World, average, pod, pods, queue};

/// Around `NOW`, or ages off, but not so far that moving it leaves the range.
fn any_instant() -> impl Strategy<Value = UnixMs> {
    let ages = i64::MIN / 2..i64::MAX / 2;
    prop_oneof![
        8 => (-400_000_i64..100_000).prop_map(|offset| UnixMs(NOW + offset)),
        1 => ages.prop_map(UnixMs),
    ]
}

fn any_milli() -> impl Strategy<Value = i64> {
    prop_oneof![8 => -1_000_i64..2_000_000, 1 => any::<i64>()]
}

fn any_pod() -> impl Strategy<Value = PodReading> {
    let phase = prop_oneof![
        Just(PodPhase::Running),
        Just(PodPhase::Pending),
        Just(PodPhase::Failed),
    ];
    let numbers = (prop::option::of(any_milli()), prop::option::of(any_milli()));
    let times = prop::array::uniform3(prop::option::of(any_instant()));
    (
        "[a-c]",
        any::<bool>(),
        phase,
        prop::option::of(any::<bool>()),
        numbers,
        times,
    )
        .prop_map(
            |(name, home, phase, ready, (value_milli, request_milli), times)| PodReading {
                phase,
                ready,
                request_milli,
                started_at_ms: times[0],
                ready_changed_at_ms: times[1],
                sampled_at_ms: times[2],
                ..pod(if home { "home" } else { "cloud" }, &name, value_milli)
            },
        )
}

fn any_reading() -> impl Strategy<Value = Reading> {
    prop_oneof![
        4 => (any_instant(), prop::collection::vec(any_milli(), 0..4))
            .prop_map(|(at_ms, values_milli)| Reading::Series { at_ms, values_milli }),
        2 => (any_instant(), prop::collection::vec(any_pod(), 0..6))
            .prop_map(|(at_ms, pods)| Reading::Pods { at_ms, pods }),
        1 => Just(Reading::Empty),
        1 => Just(Reading::NotANumber),
        1 => Just(Reading::Partial),
        1 => Just(Reading::NotAsked),
    ]
}

fn any_target() -> impl Strategy<Value = Target> {
    let resource = prop_oneof![Just(ResourceName::Cpu), Just(ResourceName::Memory)];
    prop_oneof![
        any_milli().prop_map(Target::AverageValue),
        any_milli().prop_map(Target::Value),
        any_milli().prop_map(Target::PodsAverageValue),
        (resource, any::<u32>())
            .prop_map(|(resource, percent)| Target::Utilization { resource, percent }),
        Just(queue()),
    ]
}

fn any_behavior() -> impl Strategy<Value = Option<Behavior>> {
    let behaviors = [
        "{}",
        r#"{"scaleDown":{"policies":[{"type":"Pods","value":1,"periodSeconds":60}]}}"#,
        r#"{"scaleUp":{"stabilizationWindowSeconds":60,"selectPolicy":"Min"}}"#,
        r#"{"scaleDown":{"selectPolicy":"Disabled"},"scaleUp":{"toleranceMilli":0}}"#,
    ];
    prop::option::of(
        prop::sample::select(behaviors.to_vec())
            .prop_map(|json| serde_json::from_str(json).expect("a behavior")),
    )
}

prop_compose! {
    fn any_world()(
        desired in 0_u32..40,
        metrics in prop::collection::vec((any_target(), any_reading(), prop::option::of(any_reading())), 0..3),
        good in prop::option::of((any_milli(), any_instant())),
        missing_since_ms in prop::option::of(any_instant()),
        log in prop::collection::vec((any_instant(), 0_u32..60), 0..4),
        behavior in any_behavior(),
        (min, max) in (0_u32..5, 0_u32..60),
        threshold in prop::option::of(any_milli()),
        running in any::<[(u8, u8, u8); 2]>(),
        host in any_instant(),
        lost_memory in prop::bool::weighted(0.1),
    ) -> World {
        let mut world = World::new(desired);
        for (index, (target, primary, alternative)) in metrics.into_iter().enumerate() {
            let name = format!("metric-{index}");
            world.measure(&name, target, primary.clone());
            let state = world.snapshot.workloads[0].metrics.get_mut(&name).unwrap();
            state.alternative = alternative;
            state.arrivals = Some(primary.clone());
            state.completions.insert("home".into(), primary);
            let mind = world.mind().metrics.entry(name).or_default();
            mind.good = good.map(|(milli, at_ms)| Good { milli, at_ms });
            mind.good_arrivals = mind.good;
            mind.missing_since_ms = missing_since_ms;
        }
        world.mind().recommendations = log
            .into_iter()
            .map(|(at, replicas)| Recommendation { at_ms: at.0, replicas })
            .collect();
        world.spec().behavior = behavior;
        (world.spec().min_replicas, world.spec().max_replicas) = (min, max);
        world.spec().activation = threshold.map(|threshold_milli| Activation {
            threshold_milli,
            cooldown_ms: Millis(60_000),
        });
        for (cluster, (ready, bound, pending)) in running.into_iter().enumerate() {
            world.runs(SHOP, cluster, ready.into(), bound.into(), pending.into());
        }
        world.snapshot.now_ms = host;
        if lost_memory {
            world.memory.workloads.clear();
        }
        world
    }
}

/// Moves everything observed, remembered and decided by `offset`.
fn shift(world: &mut World, offset: i64) {
    let move_reading = |reading: &mut Reading| match reading {
        Reading::Series { at_ms, .. } => at_ms.0 += offset,
        Reading::Pods { at_ms, pods } => {
            at_ms.0 += offset;
            for pod in pods {
                let at = [
                    &mut pod.started_at_ms,
                    &mut pod.ready_changed_at_ms,
                    &mut pod.sampled_at_ms,
                ];
                for at in at.into_iter().flatten() {
                    at.0 += offset;
                }
            }
        }
        _ => {}
    };
    world.snapshot.now_ms.0 += offset;
    world.memory.now_ms.iter_mut().for_each(|at| at.0 += offset);
    for state in world.snapshot.workloads[0].metrics.values_mut() {
        move_reading(&mut state.primary);
        state.alternative.iter_mut().for_each(move_reading);
        state.arrivals.iter_mut().for_each(move_reading);
        state.completions.values_mut().for_each(move_reading);
    }
    for mind in world.memory.workloads.values_mut() {
        mind.recommendations
            .iter_mut()
            .for_each(|entry| entry.at_ms += offset);
        for metric in mind.metrics.values_mut() {
            let good = [&mut metric.good, &mut metric.good_arrivals];
            for good in good.into_iter().flatten() {
                good.at_ms.0 += offset;
            }
            metric
                .missing_since_ms
                .iter_mut()
                .for_each(|at| at.0 += offset);
        }
    }
}

/// A fleet of Ready replicas split over two clusters, with one metric of each kind.
fn steady(desired: u32, at_home: u32, load: i64, pod_milli: &[i64]) -> World {
    let mut world = World::new(desired);
    let series = |value: i64| Reading::Series {
        at_ms: UnixMs(NOW),
        values_milli: vec![value],
    };
    world.measure("average", average(10), series(load));
    world.measure("value", Target::Value(50_000), series(load));
    world.measure("queue", queue(), series(load * 10));
    world.snapshot.workloads[0]
        .metrics
        .get_mut("queue")
        .unwrap()
        .arrivals = Some(series(load));
    let everywhere = (0..desired)
        .zip(pod_milli.iter().cycle())
        .map(|(index, milli)| {
            let cluster = if index < at_home { "home" } else { "cloud" };
            pod(cluster, &format!("pod-{index}"), Some(*milli))
        });
    let cpu = Target::Utilization {
        resource: ResourceName::Cpu,
        percent: 50,
    };
    world.measure("cpu", cpu, pods(everywhere.collect()));
    world.runs(SHOP, HOME, at_home, 0, 0);
    world.runs(SHOP, CLOUD, desired - at_home, 0, 0);
    world.mind().scale_ups = vec![ScaleEvent {
        at_ms: NOW - 5_000,
        change: 1,
        outdated: false,
    }];
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn every_input_has_an_answer_within_its_bounds(world in any_world()) {
        let answer = world.scale();
        prop_assert!((answer.floor..=answer.ceiling).contains(&answer.desired), "{answer:?}");
        prop_assert_eq!(answer.memory.desired, answer.desired);
        prop_assert_eq!(answer, world.scale(), "twice the same");
    }

    #[test]
    fn the_steps_lead_from_the_count_before_to_the_count_now(world in any_world()) {
        let answer = world.scale();
        let mut at = world.memory.workloads.get(SHOP).map(|memory| memory.desired);
        for step in &answer.steps {
            prop_assert!(at.is_none_or(|at| at == step.from) || step.from == step.to, "{:?}", answer.steps);
            at = Some(step.to);
        }
        prop_assert!(at.is_none_or(|at| at == answer.desired), "{:?}", answer.steps);
    }

    #[test]
    fn missing_data_never_lower_the_count(mut world in any_world(), blind in 0_usize..3) {
        let names: Vec<String> = world.snapshot.workloads[0].metrics.keys().cloned().collect();
        let Some(name) = names.get(blind) else { return Ok(()) };
        let Some(before) = world.memory.workloads.get(SHOP).map(|memory| memory.desired) else {
            return Ok(());
        };
        let per_pod = matches!(
            world.policy.workloads[0].metrics[blind].target,
            Target::PodsAverageValue(_) | Target::Utilization { .. }
        );
        prop_assume!(before > 0 || !per_pod);
        world.snapshot.workloads[0].metrics.get_mut(name).unwrap().primary = Reading::Empty;
        let answer = world.scale();
        prop_assert!(!answer.scale_down_allowed);
        prop_assert!(answer.desired >= before.min(answer.ceiling), "{answer:?}");
    }

    #[test]
    fn the_answer_does_not_depend_on_the_date(mut world in any_world(), offset in -1_000_000_000_i64..1_000_000_000) {
        let before = world.scale();
        shift(&mut world, offset);
        let after = world.scale();
        prop_assert_eq!(&before.metrics, &after.metrics);
        prop_assert_eq!(&before.steps, &after.steps);
        prop_assert_eq!(before.desired, after.desired);
    }

    #[test]
    fn moving_replicas_changes_no_proposal_and_no_count(
        desired in 1_u32..40, split in 0_u32..=100, moved in 1_u32..10, load in 0_i64..3_000_000,
        pod_milli in prop::collection::vec(0_i64..3_000, 1..5), ready_there in any::<bool>(),
        behavior in any_behavior(),
    ) {
        let at_home = desired * split / 100;
        let in_cloud = desired - at_home;
        let moved = moved.min(in_cloud);
        let mut world = steady(desired, at_home, load, &pod_milli);
        world.spec().behavior = behavior;
        let before = world.scale();

        // Make: the new ones start at home beside those they replace. What is done is shared.
        let (ready, pending) = if ready_there { (moved, 0) } else { (0, moved) };
        world.runs(SHOP, HOME, at_home + ready, 0, pending);
        if let Reading::Pods { pods, .. } = &mut world.snapshot.workloads[0].metrics.get_mut("cpu").unwrap().primary {
            for index in 0..moved {
                let mut new = pod("home", &format!("new-{index}"), None);
                new.started_at_ms = Some(UnixMs(NOW - 10_000));
                if ready_there {
                    let old = &mut pods[usize::try_from(at_home + index).unwrap()];
                    let half = old.value_milli.unwrap() / 2;
                    new.value_milli = Some(half);
                    new.started_at_ms = Some(UnixMs(NOW - 600_000));
                    new.ready_changed_at_ms = Some(UnixMs(NOW - 590_000));
                    old.value_milli = Some(old.value_milli.unwrap() - half);
                } else {
                    new.phase = PodPhase::Pending;
                    new.ready = Some(false);
                }
                pods.push(new);
            }
        }
        let during = world.scale();
        prop_assert_eq!(&before.metrics, &during.metrics, "make");
        prop_assert_eq!(before.desired, during.desired);
        prop_assert_eq!(&before.memory.scale_ups, &during.memory.scale_ups);
        prop_assert_eq!(&before.memory.scale_downs, &during.memory.scale_downs);
        prop_assert_eq!(&before.memory.recommendations, &during.memory.recommendations);

        // Break: the replaced ones are gone.
        let mut world_after = steady(desired, at_home + moved, load, &pod_milli);
        world_after.spec().behavior = world.policy.workloads[0].behavior.clone();
        let after = world_after.scale();
        prop_assert_eq!(&before.metrics, &after.metrics, "break");
        prop_assert_eq!(before.desired, after.desired);
    }
}
