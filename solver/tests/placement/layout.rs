//! Rules on how replicas are laid over clusters.

use spillway_solver::decision::{SpillReason, UnplacedReason};
use spillway_solver::policy::{CapacityType, Fill, Grower, Placement, Tier};
use spillway_solver::snapshot::QuotaScope;

use crate::world::{World, amount, group};

#[test]
fn a_pin_holds_its_replicas_in_a_cluster() {
    let mut world = World::new(2);
    world.workload("web", 5);
    world.bound("web", "eks", 2, Some(2));
    let plan = world.decide();
    assert_eq!(plan.split("web"), (3, 2, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::ClusterBound));
}

#[test]
fn a_forbidden_cluster_gets_nothing() {
    let mut world = World::new(2);
    world.workload("web", 5);
    world.bound("web", "home", 0, Some(0));
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 5, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::ClusterBound));
    world.of("web").cluster_bounds.clear();
    world.bound("web", "eks", 0, Some(0));
    world.want("web", 10);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (8, 0, 2));
}

#[test]
fn a_maximum_in_every_cluster_leaves_the_rest_unplaced() {
    let mut world = World::new(2);
    world.workload("web", 9);
    world.bound("web", "home", 0, Some(3));
    world.bound("web", "eks", 0, Some(4));
    let plan = world.decide();
    assert_eq!(plan.split("web"), (3, 4, 2));
    assert_eq!(plan.why_unplaced("web"), Some(UnplacedReason::ClusterBound));
}

#[test]
fn a_bound_that_is_tightened_moves_what_runs() {
    let mut world = World::new(2);
    world.workload("web", 4);
    world.run("web", "home", "metal-0", 4);
    world.bound("web", "home", 0, Some(1));
    let plan = world.decide();
    assert_eq!(plan.split("web"), (1, 3, 0));
    assert_eq!(plan.apply("web", "home"), 4, "made before it is broken");
}

#[test]
fn a_minimum_in_a_cluster_comes_before_serving_others() {
    let mut world = World::new(1);
    world.group_spec("eks", "m5").max_nodes = 0;
    world.workload("vip", 4).priority = 10;
    world.workload("web", 2);
    world.bound("web", "home", 1, None);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (1, 0, 1));
    assert_eq!(plan.split("vip"), (3, 0, 1));
}

#[test]
fn a_namespace_quota_binds_new_replicas() {
    for (scope, limit, used) in [
        (QuotaScope::NamespacePods("shop".into()), 5, 2),
        (QuotaScope::NamespaceCpu("shop".into()), 5_500, 2_000),
        (QuotaScope::NamespaceMemory("shop".into()), 5 << 30, 2 << 30),
    ] {
        let mut world = World::new(2);
        world.workload("web", 5);
        world.quota("home", scope.clone(), limit, used);
        let plan = world.decide();
        assert_eq!(plan.split("web"), (3, 2, 0), "{scope:?}");
        assert_eq!(plan.why_spilled("web"), Some(SpillReason::Quota));
    }
}

#[test]
fn the_quota_of_another_namespace_binds_nothing() {
    let mut world = World::new(2);
    world.workload("web", 5);
    world.quota("home", QuotaScope::NamespacePods("bank".into()), 0, 0);
    assert_eq!(world.decide().split("web"), (5, 0, 0));
}

#[test]
fn replicas_on_a_leaving_node_keep_their_quota() {
    let mut world = World::new(2);
    world.workload("web", 4);
    world.run("web", "home", "metal-0", 4);
    world.node_state("home", "metal-0").leaving = true;
    world.quota("home", QuotaScope::NamespacePods("shop".into()), 4, 4);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (4, 0, 0));
    assert!(plan.0.plan.steps.is_empty());
}

#[test]
fn a_cloud_quota_binds_new_nodes() {
    for (scope, limit, used) in [
        (QuotaScope::Instances, 6, 5),
        (QuotaScope::InstanceCpu, 27_000, 20_000),
        (QuotaScope::InstanceMemory, 100 << 30, 80 << 30),
    ] {
        let mut world = World::new(1);
        let mut grown = group("grown", amount(4_000, 16, 20));
        grown.grower = Grower::NodeAutoscaler;
        grown.max_nodes = 5;
        world.group("home", grown);
        world.workload("web", 12);
        world.quota("home", scope.clone(), limit, used);
        let plan = world.decide();
        assert_eq!(plan.split("web"), (8, 4, 0), "{scope:?}");
        assert_eq!(plan.nodes("grown"), 1);
    }
}

#[test]
fn a_cloud_quota_is_the_constraint_that_is_named() {
    let mut world = World::new(1);
    world.quota("eks", QuotaScope::Instances, 1, 0);
    world.workload("web", 10);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (4, 4, 2));
    assert_eq!(plan.why_unplaced("web"), Some(UnplacedReason::Quota));
}

#[test]
fn no_cluster_holds_more_than_its_share() {
    let mut world = World::new(3);
    world.burst().max_cluster_percent = 60;
    world.workload("web", 10);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (6, 4, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::Spread));
}

#[test]
fn what_shall_survive_the_loss_of_home_runs_elsewhere() {
    let mut world = World::new(3);
    world.burst().survive_percent = 30;
    world.workload("web", 10);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (7, 3, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::Survivability));
    let survives = plan.reasons("web").survivability.expect("it is asked for");
    assert_eq!(
        (survives.wanted_percent, survives.planned_percent),
        (30, 30)
    );
}

#[test]
fn survivability_that_the_peak_makes_unreachable_is_reported_and_not_fatal() {
    let mut world = World::new(2);
    world.burst().survive_percent = 50;
    world.group_spec("eks", "m5").max_nodes = 1;
    world.workload("web", 12);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (8, 4, 0), "everything is still served");
    let survives = plan.reasons("web").survivability.expect("it is asked for");
    assert_eq!(survives.planned_percent, 33);
}

#[test]
fn an_active_active_workload_keeps_one_in_every_cluster() {
    let mut world = World::new(3);
    world.burst().placement = Placement::ActiveActive;
    world.workload("web", 5);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (4, 1, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::ActiveActive));
}

#[test]
fn public_clusters_stand_by_until_home_does_not_answer() {
    let mut world = World::new(1);
    world.burst().placement = Placement::Standby;
    world.workload("web", 6);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (4, 0, 2));
    assert_eq!(plan.why_unplaced("web"), Some(UnplacedReason::Standby));
    world.spec("home").cordoned = true;
    assert_eq!(world.decide().split("web"), (0, 6, 0));
}

#[test]
fn the_roles_of_one_group_run_in_one_cluster() {
    let mut world = World::new(1);
    world.workload("api", 3).co_placement = Some("shop".into());
    world.workload("db", 3).co_placement = Some("shop".into());
    let plan = world.decide();
    assert_eq!((plan.at("api", "eks"), plan.at("db", "eks")), (3, 3));
    assert_eq!(plan.why_spilled("api"), Some(SpillReason::CoPlacement));
    world.group_spec("eks", "m5").max_nodes = 1;
    let plan = world.decide();
    let served = |name| 3 - plan.plan(name).unplaced;
    assert_eq!(served("api") + served("db"), 4);
    let split = plan.at("api", "home") + plan.at("db", "home") > 0
        && plan.at("api", "eks") + plan.at("db", "eks") > 0;
    assert!(!split);
}

#[test]
fn the_roles_of_one_group_stay_home_where_all_fit() {
    let mut world = World::new(2);
    world.workload("api", 3).co_placement = Some("shop".into());
    world.workload("db", 3).co_placement = Some("shop".into());
    let plan = world.decide();
    assert_eq!((plan.at("api", "home"), plan.at("db", "home")), (3, 3));
}

fn with_spot(world: &mut World) {
    let mut spot = world.group_spec("eks", "m5").clone();
    spot.name = "spot".into();
    spot.capacity_type = CapacityType::Spot;
    spot.price.0 /= 3;
    world.group("eks", spot);
}

#[test]
fn spot_takes_its_share_of_the_public_replicas_and_no_more() {
    let mut world = World::new(0);
    with_spot(&mut world);
    world.workload("web", 8);
    assert_eq!(world.decide().in_group("web", "spot"), 8);
    world.burst().spot.max_percent = 50;
    let plan = world.decide();
    assert_eq!(
        (plan.in_group("web", "spot"), plan.in_group("web", "m5")),
        (4, 4)
    );
}

#[test]
fn the_on_demand_floor_is_filled_before_spot() {
    let mut world = World::new(0);
    with_spot(&mut world);
    world.burst().spot.on_demand_floor = 3;
    world.workload("web", 7);
    let plan = world.decide();
    assert!(plan.in_group("web", "m5") >= 3);
    assert_eq!((plan.nodes("spot"), plan.nodes("m5")), (1, 1));
    world.group_spec("eks", "m5").max_nodes = 0;
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 4, 3));
    assert_eq!(plan.why_unplaced("web"), Some(UnplacedReason::SpotRule));
}

#[test]
fn replicas_at_home_fill_the_on_demand_floor_too() {
    let mut world = World::new(1);
    with_spot(&mut world);
    world.burst().spot.on_demand_floor = 3;
    world.workload("web", 7);
    let plan = world.decide();
    assert_eq!(
        (plan.at("web", "home"), plan.in_group("web", "spot")),
        (4, 3)
    );
}

#[test]
fn a_policy_may_cap_its_public_replicas() {
    let mut world = World::new(1);
    world.burst().max_public_replicas = Some(3);
    world.workload("a", 4);
    world.workload("b", 6).priority = 5;
    let plan = world.decide();
    assert_eq!(plan.split("b").2, 0);
    assert_eq!(plan.at("a", "eks") + plan.at("b", "eks"), 3);
    assert_eq!(plan.plan("a").unplaced, 3);
    assert_eq!(plan.why_unplaced("a"), Some(UnplacedReason::GroupCap));
}

#[test]
fn a_policy_may_cap_all_its_replicas() {
    let mut world = World::new(3);
    world.burst().max_replicas = Some(6);
    world.workload("a", 5);
    world.workload("b", 4).priority = 5;
    let plan = world.decide();
    assert_eq!((plan.plan("b").desired, plan.plan("a").desired), (4, 2));
}

#[test]
fn a_higher_priority_takes_the_place_of_a_lower_one_at_home() {
    let mut world = World::new(1);
    world.workload("batch", 4);
    world.run("batch", "home", "metal-0", 4);
    world.workload("vip", 2).priority = 10;
    let plan = world.decide();
    assert_eq!(plan.split("vip"), (2, 0, 0));
    assert_eq!(plan.split("batch"), (2, 2, 0));
    assert_eq!(plan.apply("batch", "home"), 4, "made before it is broken");
    assert_eq!(plan.apply("batch", "eks"), 2);
}

#[test]
fn a_victim_that_is_larger_than_what_comes_gives_way_to_several() {
    let mut world = World::new(1);
    let bulk = world.workload("bulk", 2);
    bulk.priority = -10;
    bulk.requests = amount(1_800, 1, 1);
    world.run("bulk", "home", "metal-0", 2);
    let work = world.workload("work", 4);
    work.requests = amount(900, 1, 1);
    let plan = world.decide();
    assert_eq!(plan.split("work"), (4, 0, 0));
    assert_eq!(plan.split("bulk"), (0, 2, 0));
    assert_eq!(plan.apply("bulk", "home"), 2, "until they run elsewhere");
}

#[test]
fn a_displaced_replica_does_not_go_where_its_rules_forbid() {
    type Forbid = fn(&mut World);
    let forbid: [(&str, Forbid); 3] = [
        ("bound", |w| w.bound("batch", "eks", 0, Some(0))),
        ("standby", |w| {
            let mut standby = w.burst().clone();
            standby.name = "standby".into();
            standby.placement = Placement::Standby;
            w.policy.burst_policies.push(standby);
            w.of("batch").policy = "standby".into();
        }),
        ("template", |w| {
            w.target("batch", "home").template = Some("a".into());
            w.target("batch", "eks").template = Some("b".into());
        }),
    ];
    for (rule, forbid) in forbid {
        let mut world = World::new(1);
        world.workload("batch", 4);
        world.run("batch", "home", "metal-0", 4);
        world.workload("vip", 2).priority = 10;
        forbid(&mut world);
        let plan = world.decide();
        assert_eq!(plan.split("batch"), (4, 0, 0), "{rule}");
        assert_eq!(plan.split("vip"), (0, 2, 0), "{rule}");
    }
}

#[test]
fn the_cheapest_first_where_the_policy_says_so() {
    let mut world = World::new(1);
    world.spec("home").marginal_per_core.0 = 100_000;
    world.workload("web", 4);
    assert_eq!(world.decide().split("web"), (4, 0, 0), "private first");
    world.burst().fill = Fill::Cheapest;
    let plan = world.decide();
    assert_eq!(plan.split("web"), (0, 4, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::CheapestFirst));
}

#[test]
fn of_two_public_groups_the_cheaper_bundle_is_bought() {
    let mut world = World::new(0);
    let mut large = world.group_spec("eks", "m5").clone();
    large.name = "large".into();
    large.allocatable = amount(8_000, 32, 40);
    large.price.0 = 350_000;
    world.group("eks", large);
    world.workload("web", 12);
    let plan = world.decide();
    assert_eq!((plan.nodes("large"), plan.nodes("m5")), (1, 1));
    assert_eq!(plan.0.rationale.money.on_demand.0, 550_000);
    assert_eq!(plan.0.rationale.solver.cost.0, 550_000);
}

#[test]
fn a_second_private_cluster_fills_before_public() {
    let mut world = World::new(1);
    world.cluster("lab", Tier::Private);
    world.group("lab", group("metal", amount(4_000, 16, 20)));
    world.node("lab", "metal", "lab-0");
    world.workload("web", 9);
    let plan = world.decide();
    assert_eq!((plan.at("web", "lab"), plan.split("web")), (4, (4, 1, 0)));
}
