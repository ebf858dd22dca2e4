//! Which nodes a replica fits on, and which clusters and groups take it at all.

use spillway_solver::decision::{SpillReason, UnplacedReason};
use spillway_solver::policy::{DataSetUse, Taint, TaintEffect, Tier, Toleration};
use spillway_solver::units::Millis;

use crate::world::{World, amount, group};

#[test]
fn a_fit_is_on_one_node_and_not_in_the_sum_of_rests() {
    let mut world = World::new(2);
    world.workload("big", 2).requests = amount(3_000, 1, 1);
    world.workload("web", 3).requests = amount(2_000, 1, 1);
    // Two big ones leave 1,000m on each node: 2,000m in all, but no room for one of 2,000m.
    world.of("big").priority = 1;
    let plan = world.decide();
    assert_eq!(plan.split("big"), (2, 0, 0));
    assert_eq!(plan.split("web"), (0, 3, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::NoRoom));
}

#[test]
fn what_others_run_on_a_node_takes_its_room() {
    let mut world = World::new(2);
    world.workload("web", 4).requests = amount(2_000, 1, 1);
    world.node_state("home", "metal-0").used = amount(2_500, 1, 1);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (2, 2, 0));
}

#[test]
fn daemons_take_their_part_of_each_new_node() {
    let mut world = World::new(0);
    world.group_spec("eks", "m5").daemons = amount(500, 1, 2);
    world.workload("web", 8);
    let plan = world.decide();
    // 3,500m are left of a node: three replicas each.
    assert_eq!(plan.split("web"), (0, 8, 0));
    assert_eq!(plan.nodes("m5"), 3);
}

#[test]
fn headroom_stays_free() {
    let mut world = World::new(1);
    world.spec("home").headroom.percent = 30;
    world.workload("web", 4);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (2, 2, 0));
}

#[test]
fn pod_slots_bind_like_any_resource() {
    let mut world = World::new(1);
    world.node_state("home", "metal-0").allocatable.pods = 2;
    world.workload("web", 4);
    assert_eq!(world.decide().split("web"), (2, 2, 0));
}

#[test]
fn a_taint_that_is_not_tolerated_keeps_a_replica_out() {
    let mut world = World::new(2);
    world.workload("web", 2);
    world.group_spec("home", "metal").taints.push(Taint {
        key: "db".into(),
        value: "only".into(),
        effect: TaintEffect::NoSchedule,
    });
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 2, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::NoEligibleGroup));
    world.of("web").tolerations.push(Toleration {
        key: Some("db".into()),
        value: None,
        effect: None,
    });
    assert_eq!(world.decide().split("web"), (2, 0, 0));
}

#[test]
fn a_preference_not_to_schedule_keeps_nobody_out() {
    let mut world = World::new(1);
    world.workload("web", 2);
    world.group_spec("home", "metal").taints.push(Taint {
        key: "db".into(),
        value: String::new(),
        effect: TaintEffect::PreferNoSchedule,
    });
    assert_eq!(world.decide().split("web"), (2, 0, 0));
}

#[test]
fn a_selector_chooses_the_group() {
    let mut world = World::new(2);
    let selector = || [("disk".to_owned(), "ssd".to_owned())].into();
    world.workload("web", 2).node_selector = selector();
    world.group_spec("eks", "m5").labels = selector();
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 2, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::NoEligibleGroup));
    world.group_spec("eks", "m5").labels.clear();
    let plan = world.decide();
    assert_eq!(
        plan.why_unplaced("web"),
        Some(UnplacedReason::NoEligibleGroup)
    );
}

#[test]
fn a_capability_or_storage_class_chooses_the_cluster() {
    for needed in ["fixedSourceIp", "storageClass/ssd"] {
        let mut world = World::new(2);
        world.workload("web", 2).capabilities = [needed.to_owned()].into();
        assert_eq!(
            world.decide().why_unplaced("web"),
            Some(UnplacedReason::NoEligibleCluster)
        );
        world.spec("eks").capabilities = [needed.to_owned()].into();
        let plan = world.decide();
        assert_eq!(plan.split("web"), (0, 2, 0));
        assert_eq!(plan.why_spilled("web"), Some(SpillReason::Capability));
    }
}

#[test]
fn an_accelerator_is_a_resource_that_only_some_groups_have() {
    let mut world = World::new(2);
    let mut gpu = amount(8_000, 64, 20);
    gpu.extended.insert("nvidia.com/gpu".into(), 2);
    let mut spec = group("gpu", gpu);
    spec.max_nodes = 1;
    world.group("home", spec);
    world.node("home", "gpu", "gpu-0");
    world
        .workload("infer", 3)
        .requests
        .extended
        .insert("nvidia.com/gpu".into(), 1);
    let plan = world.decide();
    assert_eq!(plan.split("infer"), (2, 0, 1));
    assert_eq!(plan.why_unplaced("infer"), Some(UnplacedReason::NoRoom));
    assert!(
        plan.reasons("infer").unplaced[0]
            .detail
            .contains("nvidia.com/gpu"),
        "the binding resource is named"
    );
}

#[test]
fn a_data_set_that_is_too_far_keeps_a_cluster_out() {
    let mut world = World::new(2);
    world.workload("web", 2).data_sets = vec![DataSetUse {
        name: "orders".into(),
        max_round_trip_ms: Some(Millis(5)),
        penalty_per_ms: spillway_solver::units::MicroUsdPerHour(0),
    }];
    world
        .spec("home")
        .round_trips_ms
        .insert("orders".into(), Millis(20));
    world
        .spec("eks")
        .round_trips_ms
        .insert("orders".into(), Millis(1));
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 2, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::DataSet));
}

#[test]
fn a_penalty_for_distance_weighs_among_public_clusters() {
    let mut world = World::new(0);
    world.cluster("far", Tier::Public);
    let mut cheap = world.group_spec("eks", "m5").clone();
    cheap.price.0 -= 10_000;
    world.group("far", cheap);
    world.workload("web", 2).data_sets = vec![DataSetUse {
        name: "orders".into(),
        max_round_trip_ms: None,
        penalty_per_ms: spillway_solver::units::MicroUsdPerHour(1_000),
    }];
    for (cluster, trip) in [("home", 1), ("eks", 1), ("far", 50)] {
        let trips = &mut world.spec(cluster).round_trips_ms;
        trips.insert("orders".into(), Millis(trip));
    }
    let plan = world.decide();
    assert_eq!(plan.at("web", "eks"), 2);
    assert_eq!(plan.0.rationale.money.penalties.0, 2_000);
}
