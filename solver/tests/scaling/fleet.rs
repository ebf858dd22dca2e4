//! What a fleet counts: surplus, unreachable clusters, replicas that boot, lost memory.

use spillway_solver::decision::{NoticeReason, ScalingReason};
use spillway_solver::policy::{OnUnreachable, ResourceName, Target};
use spillway_solver::snapshot::PodPhase;
use spillway_solver::units::{Millis, UnixMs};

use crate::fixture::{CLOUD, HOME, NOW, SHOP, World, average, fresh, pod, pods, reasons};

const BY_VALUE: Target = Target::Value(10_000);

#[test]
fn surplus_of_a_move_and_of_a_roll_out_is_not_counted() {
    let mut world = World::with(4, BY_VALUE, fresh(20));
    assert_eq!(
        world.scale().metrics[0].proposal,
        Some(8),
        "twice the target, 4 Ready"
    );
    world.runs(SHOP, CLOUD, 2, 0, 0);
    assert_eq!(world.scale().metrics[0].proposal, Some(8), "2 on the move");
    world.runs(SHOP, CLOUD, 0, 0, 0);
    world.runs(SHOP, HOME, 3, 0, 2);
    world.snapshot.clusters[HOME].targets[0].rollout_surge = 1;
    assert_eq!(
        world.scale().metrics[0].proposal,
        Some(6),
        "3 Ready, the surge still starts"
    );
}

#[test]
fn a_ready_surge_pod_of_a_roll_out_does_not_stand_for_a_replica_elsewhere() {
    let mut world = World::with(8, BY_VALUE, fresh(20));
    world.runs(SHOP, HOME, 5, 0, 0);
    world.snapshot.clusters[HOME].targets[0].rollout_surge = 1;
    world.runs(SHOP, CLOUD, 2, 0, 2);
    assert_eq!(
        world.scale().metrics[0].proposal,
        Some(12),
        "6 Ready, not 7"
    );
}

#[test]
fn replicas_of_a_cluster_that_does_not_answer_count_until_it_is_lost() {
    let after = Millis(60_000);
    let replace = OnUnreachable::Replace { after_ms: after };
    let if_traffic = OnUnreachable::ReplaceIfTrafficLost { after_ms: after };
    for (sentence, rule, seconds, serves, ready) in [
        ("within its time they count", replace, 90, None, 8),
        ("after it they do not", replace, 91, None, 4),
        (
            "never lost under Hold",
            OnUnreachable::Hold,
            100_000,
            Some(false),
            8,
        ),
        ("lost only with its traffic", if_traffic, 91, Some(false), 4),
        ("traffic still there", if_traffic, 91, Some(true), 8),
        ("traffic not probed", if_traffic, 91, None, 8),
    ] {
        let mut world = World::with(8, BY_VALUE, fresh(20));
        world.runs(SHOP, HOME, 4, 0, 0);
        world.runs(SHOP, CLOUD, 4, 0, 0);
        world.policy.burst_policies[0].on_unreachable = rule;
        let cloud = &mut world.snapshot.clusters[CLOUD];
        cloud.unreachable_since_ms = Some(UnixMs(NOW - seconds * 1_000));
        cloud.serves_traffic = serves;
        let proposal = world.scale().metrics[0].proposal;
        assert_eq!(proposal, Some(2 * ready), "{sentence}");
    }
}

#[test]
fn a_value_target_does_not_scale_down_while_replicas_boot() {
    for (sentence, ready, pending, value, desired, held) in [
        (
            "4 of 8 boot: 1.5 times 4 is no reason for 6",
            4,
            4,
            15,
            8,
            true,
        ),
        ("nor is less load", 4, 4, 5, 8, true),
        ("all Ready it scales down", 8, 0, 5, 4, false),
        (
            "4 have no place and the target is exceeded",
            4,
            0,
            15,
            8,
            true,
        ),
        (
            "4 have no place and there is little to do",
            4,
            0,
            5,
            2,
            false,
        ),
        ("up it goes", 4, 4, 30, 12, false),
    ] {
        let mut world = World::with(8, BY_VALUE, fresh(value));
        world.policy.settings.downscale_stabilization_ms = Millis(0);
        world.runs(SHOP, HOME, ready, 0, pending);
        let answer = world.scale();
        assert_eq!(answer.desired, desired, "{sentence}");
        assert_eq!(
            reasons(&answer).contains(&ScalingReason::Booting),
            held,
            "{sentence}"
        );
    }
}

#[test]
fn lost_memory_adopts_what_runs_and_holds_a_full_window() {
    let mut world = World::with(8, average(10), fresh(20));
    world.memory.workloads.clear();
    world.runs(SHOP, HOME, 5, 0, 1);
    world.runs(SHOP, CLOUD, 2, 0, 0);
    let first = world.tick(300);
    assert_eq!(
        (first.desired, reasons(&first)[0]),
        (8, ScalingReason::Adopted)
    );
    assert_eq!(first.notices[0].reason, NoticeReason::MemoryLost);
    let at = |world: &mut World| {
        world.reading().primary = spillway_solver::snapshot::Reading::Series {
            at_ms: world.snapshot.now_ms,
            values_milli: vec![20_000],
        };
    };
    at(&mut world);
    assert_eq!(
        world.tick(1).desired,
        8,
        "300 s later the log still holds it"
    );
    at(&mut world);
    assert_eq!(world.tick(1).desired, 2, "a full window has passed");
}

#[test]
fn adopted_counts_are_clamped_and_a_new_workload_starts_at_its_minimum() {
    for (sentence, running, min, max, desired, reason) in [
        ("above max", 9, 1, 5, 5, Some(ScalingReason::Adopted)),
        ("below min", 1, 3, 5, 3, Some(ScalingReason::Adopted)),
        ("nothing runs", 0, 3, 5, 3, Some(ScalingReason::BelowMin)),
        ("nothing runs and nothing must", 0, 0, 5, 0, None),
    ] {
        let mut world = World::new(running);
        world.memory.workloads.clear();
        world.spec().min_replicas = min;
        world.spec().max_replicas = max;
        let answer = world.scale();
        assert_eq!(
            (answer.desired, reasons(&answer).first().copied()),
            (desired, reason),
            "{sentence}"
        );
    }
}

#[test]
fn pods_of_all_clusters_are_one_set_and_surplus_ones_share_out_their_use() {
    let four = |milli| {
        ["a", "b"]
            .into_iter()
            .flat_map(|name| {
                [
                    pod("home", name, Some(milli)),
                    pod("cloud", name, Some(milli)),
                ]
            })
            .collect::<Vec<_>>()
    };
    let surge = |phase, value| {
        let mut surge = pod("home", "new", value);
        surge.phase = phase;
        surge.started_at_ms = Some(UnixMs(NOW - 1_000));
        surge
    };
    let utilization = Target::Utilization {
        resource: ResourceName::Cpu,
        percent: 50,
    };
    for (sentence, more) in [
        ("no surplus", vec![]),
        ("one that is pending", vec![surge(PodPhase::Pending, None)]),
        (
            "one that has no sample yet",
            vec![surge(PodPhase::Running, None)],
        ),
        (
            "one of a cluster under the same name",
            vec![surge(PodPhase::Pending, None), pod("x", "a", None)],
        ),
    ] {
        let mut list = four(800);
        list.extend(more);
        for target in [utilization.clone(), Target::PodsAverageValue(500)] {
            let answer = World::with(4, target, pods(list.clone())).scale();
            assert_eq!(
                answer.metrics[0].proposal,
                Some(7),
                "{sentence}: 1.6 times 4"
            );
        }
    }
    let mut shared = four(640);
    shared.push(pod("home", "new", Some(640)));
    for target in [utilization, Target::PodsAverageValue(500)] {
        let answer = World::with(4, target, pods(shared.clone())).scale();
        assert_eq!(
            answer.metrics[0].proposal,
            Some(7),
            "the same work by five hands"
        );
    }
}

#[test]
fn the_last_known_demand_of_pods_is_kept_whatever_the_count() {
    let mut world = World::with(
        2,
        Target::PodsAverageValue(500),
        pods(vec![
            pod("home", "a", Some(600)),
            pod("home", "b", Some(1_400)),
        ]),
    );
    assert_eq!(world.tick(15).desired, 4, "2000 at 500 each");
    world.reading().primary = spillway_solver::snapshot::Reading::Empty;
    world.runs(SHOP, HOME, 3, 0, 0);
    let answer = world.scale();
    assert_eq!(
        answer.metrics[0].proposal,
        Some(4),
        "not twice the mean of 4 pods"
    );
}

#[test]
fn a_count_that_falls_does_not_rely_on_replicas_that_cannot_be_seen() {
    // 12 run at home and 4 in the cloud, and 6 would do.
    let fall = |silent: bool| {
        let mut world = World::with(16, average(10), fresh(60));
        world.runs(SHOP, HOME, 12, 0, 0);
        world.runs(SHOP, CLOUD, 4, 0, 0);
        if silent {
            world.policy.burst_policies[0].on_unreachable = OnUnreachable::Hold;
            world.snapshot.clusters[CLOUD].unreachable_since_ms = Some(UnixMs(NOW - 20_000));
        }
        world.scale()
    };
    assert_eq!(fall(false).desired, 6);
    let silent = fall(true);
    assert_eq!(
        silent.desired,
        6 + 4,
        "6 at home beside the 4 that are not seen"
    );
    assert_eq!(
        reasons(&silent).last(),
        Some(&ScalingReason::UnseenReplicas)
    );
}
