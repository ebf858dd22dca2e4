//! The words of reasons: they name what binds, with its numbers, and none hides another.

use spillway_solver::decision::{CapRung, MoveReason, NoticeReason, SpillReason, UnplacedReason};
use spillway_solver::policy::{MoneyCaps, Tier};
use spillway_solver::snapshot::QuotaScope;
use spillway_solver::units::{MicroUsd, UnixMs};

use crate::world::{World, amount, group};

#[test]
fn a_minimum_that_a_cluster_cannot_hold_is_told_with_what_binds() {
    let mut world = World::new(2);
    world.workload("web", 20);
    world.bound("web", "home", 12, None);
    let plan = world.decide();
    assert_eq!(plan.at("web", "home"), 8);
    let notice = plan
        .notices()
        .iter()
        .find(|n| n.reason == NoticeReason::FloorUnmet);
    let detail = notice.map_or("", |n| n.detail.as_str());
    assert!(
        detail.starts_with("home shall have at least 12 and gets 8: home/metal"),
        "{detail}"
    );
}

#[test]
fn a_cap_that_allows_nothing_is_reached_before_anything_runs() {
    let mut world = World::new(1);
    world.workload("web", 6);
    world.burst().caps = MoneyCaps {
        per_hour: Some(MicroUsd(0)),
        ..MoneyCaps::default()
    };
    let plan = world.decide();
    assert_eq!(plan.split("web"), (4, 0, 2));
    assert_eq!(plan.0.rationale.caps[0].rung, CapRung::Cap);
    let told = plan
        .notices()
        .iter()
        .any(|n| n.reason == NoticeReason::MoneyCap);
    assert!(told, "{:?}", plan.notices());
}

#[test]
fn a_floor_that_goes_beyond_the_cap_is_told_with_both_figures() {
    let mut world = World::new(1);
    world.workload("web", 12).min_replicas = 12;
    world.burst().caps = MoneyCaps {
        per_hour: Some(MicroUsd(1)),
        ..MoneyCaps::default()
    };
    let plan = world.decide();
    assert_eq!(plan.split("web"), (4, 8, 0));
    let notice = plan
        .notices()
        .iter()
        .find(|n| n.reason == NoticeReason::MoneyCap);
    let detail = notice.map_or("", |n| n.detail.as_str());
    assert!(detail.contains("are planned of 0.000001 USD/h"), "{detail}");
    assert!(detail.contains("go beyond it"), "{detail}");
}

#[test]
fn the_answer_to_why_not_private_names_every_private_cluster() {
    let mut world = World::new(1);
    world.cluster("annex", Tier::Private);
    world.group("annex", group("metal", amount(4_000, 16, 110)));
    world.node("annex", "metal", "annex-0");
    world.state("annex").observed_at_ms = UnixMs(0);
    world.workload("web", 6);
    let plan = world.decide();
    assert_eq!(plan.split("web").0, 4);
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::NoRoom));
    let detail = &plan.reasons("web").spilled[0].detail;
    assert!(
        detail.starts_with("home: ") && detail.ends_with("; annex: its state is too old"),
        "{detail}"
    );
}

#[test]
fn a_quota_that_binds_is_named_with_its_numbers() {
    let mut world = World::new(2);
    world.workload("web", 6);
    world.quota("home", QuotaScope::NamespacePods("shop".into()), 4, 0);
    let plan = world.decide();
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::Quota));
    let detail = &plan.reasons("web").spilled[0].detail;
    assert!(
        detail.contains("is used up, 0 of 4 before this plan"),
        "{detail}"
    );
}

#[test]
fn a_bound_elsewhere_is_named_where_it_is() {
    let mut world = World::new(2);
    world.workload("web", 6);
    world.bound("web", "eks", 3, None);
    let plan = world.decide();
    assert_eq!(plan.split("web"), (3, 3, 0));
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::ClusterBound));
    let detail = &plan.reasons("web").spilled[0].detail;
    assert_eq!(detail, "home: eks keeps at least 3");
}

#[test]
fn a_request_above_every_node_is_told_with_both_sizes() {
    let mut world = World::new(1);
    world.workload("web", 1).requests = amount(64_000, 1, 1);
    let plan = world.decide();
    assert_eq!(
        plan.why_unplaced("web"),
        Some(UnplacedReason::NoEligibleGroup)
    );
    let detail = &plan.reasons("web").unplaced[0].detail;
    assert!(detail.contains("asks for 64 cores"), "{detail}");
    assert!(
        detail.contains("the largest nodes offer 4 cores"),
        "{detail}"
    );
}

#[test]
fn a_group_that_no_place_takes_whole_is_not_put_down_to_money() {
    let mut world = World::new(0);
    world
        .spec("home")
        .capabilities
        .insert("storageClass/ssd".into());
    for name in ["api", "cache"] {
        world.workload(name, 2).co_placement = Some("duo".into());
    }
    world
        .of("cache")
        .capabilities
        .insert("storageClass/ssd".into());
    world.burst().caps = MoneyCaps {
        per_hour: Some(MicroUsd(1)),
        ..MoneyCaps::default()
    };
    let plan = world.decide();
    for name in ["api", "cache"] {
        assert_eq!(plan.split(name), (0, 0, 2), "{name}");
    }
    let api = &plan.reasons("api").unplaced[0];
    assert_eq!(api.reason, UnplacedReason::CoPlacement, "{}", api.detail);
    assert!(
        api.detail.contains("does not take shop/cache"),
        "{}",
        api.detail
    );
}

#[test]
fn replicas_that_move_for_a_floor_say_so_in_their_steps() {
    let mut world = World::new(2);
    world.cluster("annex", Tier::Private);
    world.group("annex", group("metal", amount(4_000, 16, 110)));
    world.node("annex", "metal", "annex-0");
    world.workload("web", 4);
    world.run("web", "home", "metal-0", 4);
    world.bound("web", "annex", 2, None);
    let plan = world.decide();
    assert_eq!(plan.at("web", "annex"), 2);
    let reasons = plan.0.plan.steps.iter().map(|step| step.reason);
    assert!(
        reasons.clone().count() > 0 && reasons.clone().all(|r| r == Some(MoveReason::Floor)),
        "{:?}",
        plan.0.plan.steps
    );
}

#[test]
fn without_a_private_cluster_no_group_is_blamed() {
    let mut world = World::new(0);
    world.spec("home").tier = Tier::Public;
    world.workload("web", 2).co_placement = Some("duo".into());
    let (plan, found) = world.judged();
    assert_eq!(plan.why_spilled("web"), Some(SpillReason::NoEligibleGroup));
    assert_eq!(found, "");
}
