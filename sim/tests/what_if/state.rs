//! What a snapshot has beyond healthy nodes and Ready replicas is taken over too, or said.

use serde_json::{Value, json};
use spillway_sim::decisions::Moment;
use spillway_sim::whatif::GivenLoad;
use spillway_solver::snapshot::Snapshot;

use crate::fixture::{at, go_on, question};

/// A moment with its snapshot changed as JSON: home is the first cluster, eks the second.
fn edited(edit: impl Fn(&mut Value)) -> Moment {
    let mut moment = at(14 * 240 + 120);
    let mut snapshot = serde_json::to_value(&moment.snapshot).expect("a snapshot is JSON");
    edit(&mut snapshot);
    moment.snapshot = serde_json::from_value(snapshot).expect("still a snapshot");
    moment
}

/// What the world shows at the decision after the first.
fn a_tick_later(moment: &Moment) -> (Snapshot, Vec<String>) {
    let prepared = question(moment, Vec::new(), 60)
        .prepare()
        .expect("a sound question");
    let went = go_on(moment, &prepared, false);
    (went.ticks[1].0.clone(), prepared.assumed)
}

#[test]
fn cordons_others_pods_quotas_failed_orders_learned_boots_and_nodes_on_their_way_are_taken_over() {
    let moment = edited(|snapshot| {
        let now = snapshot["nowMs"].as_i64().expect("a time");
        let home = &mut snapshot["clusters"][0];
        home["nodes"][0]["unschedulable"] = json!(true);
        home["nodes"][0]["allocatable"]["memoryBytes"] = json!(16_000_000_000_u64);
        home["nodes"][1]["used"]["memoryBytes"] = json!(14_000_000_000_u64);
        let eks = &mut snapshot["clusters"][1];
        let nodes = eks["nodes"].as_array().map_or(0, Vec::len);
        assert!(nodes > 0, "the moment has public nodes");
        eks["groups"][0]["inFlight"] = json!(1);
        eks["groups"][0]["insufficientCapacityAtMs"] = json!(now - 60_000);
        eks["groups"][0]["boot"] = json!({"p50Ms": 90_000, "p95Ms": 120_000});
        eks["quotas"] = json!([
            {"name": "instances", "scope": "instances", "limit": 20, "used": nodes + 1 + 3},
            {"name": "resourcequota/shop", "scope": {"namespacePods": "shop"}, "limit": 90, "used": 20},
        ]);
    });
    let (shown, assumed) = a_tick_later(&moment);
    let (seen, later) = (&moment.snapshot.clusters, &shown.clusters);
    assert!(later[0].nodes[0].unschedulable && !later[0].nodes[0].leaving);
    for node in 0..2 {
        assert_eq!(
            later[0].nodes[node].allocatable,
            seen[0].nodes[node].allocatable
        );
        assert_eq!(later[0].nodes[node].used, seen[0].nodes[node].used);
    }
    let (group, before) = (&later[1].groups[0], &seen[1].groups[0]);
    assert_eq!(group.in_flight, 1);
    assert_eq!(
        group.insufficient_capacity_at_ms,
        before.insufficient_capacity_at_ms
    );
    assert_eq!(group.boot, before.boot);
    assert_eq!(later[1].quotas, seen[1].quotas[..1]);
    for part in [
        "eks: 1 nodes on their way",
        "quota resourcequota/shop is not simulated",
    ] {
        assert!(
            assumed.iter().any(|said| said.contains(part)),
            "{part} in {assumed:#?}"
        );
    }
}

#[test]
fn replicas_that_start_wait_or_end_do_so_and_a_node_that_leaves_is_drained() {
    let moment = edited(|snapshot| {
        let home = &mut snapshot["clusters"][0];
        let here = &mut home["nodes"][0]["replicas"][0];
        let ready = here["ready"].as_u64().expect("a count");
        assert!(ready >= 2, "two become others: {here}");
        here["ready"] = json!(ready - 2);
        here["bound"] = json!(1);
        here["terminating"] = json!(1);
        home["nodes"][3]["leaving"] = json!(true);
        home["nodes"][3]["unschedulable"] = json!(true);
    });
    let (shown, assumed) = a_tick_later(&moment);
    let home = &shown.clusters[0];
    let here = &home.nodes[0].replicas[0];
    let before = &moment.snapshot.clusters[0].nodes[0].replicas[0];
    assert_eq!(here.terminating, 1, "its grace is not over");
    assert_eq!(here.ready + here.bound, before.ready + before.bound);
    let left = home.nodes.iter().find(|node| node.name == "rack-3");
    assert!(left.is_none_or(|node| node.replicas.iter().all(|of| of.ready + of.bound == 0)));
    for part in [
        "were starting begin anew",
        "take their whole grace",
        "are drained at once",
    ] {
        assert!(
            assumed.iter().any(|said| said.contains(part)),
            "{part} in {assumed:#?}"
        );
    }
}

#[test]
fn a_cluster_that_was_silent_stays_so_since_when_it_was() {
    for (serves, at_home) in [(true, true), (false, false)] {
        let moment = edited(|snapshot| {
            let now = snapshot["nowMs"].as_i64().expect("a time");
            snapshot["clusters"][0]["unreachableSinceMs"] = json!(now - 45_000);
            snapshot["clusters"][0]["servesTraffic"] = json!(serves);
        });
        let prepared = question(&moment, Vec::new(), 120)
            .prepare()
            .expect("a sound question");
        let went = go_on(&moment, &prepared, false);
        let home = &went.ticks[2].0.clusters[0];
        assert_eq!(
            home.unreachable_since_ms,
            moment.snapshot.clusters[0].unreachable_since_ms
        );
        assert_eq!(home.serves_traffic, Some(serves));
        let ready = |row: usize| -> u64 {
            let workloads = went.record.series[row].workloads.iter();
            workloads.map(|of| of.ready_milli[0]).sum()
        };
        assert_eq!(ready(4) > 0, at_home, "a lost one serves nobody");
    }
}

#[test]
fn a_node_that_holds_more_than_it_may_is_full_and_not_broken() {
    let moment = edited(|snapshot| {
        let node = &mut snapshot["clusters"][0]["nodes"][0];
        node["allocatable"]["cpuMilli"] = json!(1_000);
    });
    let (shown, _) = a_tick_later(&moment);
    let node = &shown.clusters[0].nodes[0];
    assert!(node.allocatable.cpu_milli >= node.used.cpu_milli);
}

#[test]
fn without_a_world_the_load_is_what_the_snapshot_measures_and_what_it_does_not_is_asked_for() {
    let moment = at(14 * 240 + 120);
    let mut asked = question(&moment, Vec::new(), 600);
    asked.world = spillway_sim::config::World::of(&moment.policy);
    asked.dated = false;
    let problems = asked
        .clone()
        .prepare()
        .expect_err("nothing says what arrives at shop/web");
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(
        problems[0].contains("write --load shop/web=12/s,250ms"),
        "{problems:#?}"
    );

    asked.given = vec!["web=6/s,200ms".parse::<GivenLoad>().expect("a load")];
    let prepared = asked.prepare().expect("all is said");
    for part in [
        "shop/orders: ",
        "as measured at the snapshot",
        "each takes 1.6 s on average (the policy's service rate)",
        "shop/web: 6 requests a second arrive all the time (as --load says)",
        "metric requests counts the requests that wait or are in service",
    ] {
        assert!(
            prepared.assumed.iter().any(|said| said.contains(part)),
            "{part} in {:#?}",
            prepared.assumed
        );
    }
    let went = go_on(&moment, &prepared, false);
    let web = went.record.workloads.iter().find(|of| of.id == "shop/web");
    let arrived = web.expect("it is there").requests.arrived;
    assert!(
        (3_000..4_200).contains(&arrived),
        "6 a second for 600 s: {arrived}"
    );
}

#[test]
fn what_waited_is_there_from_the_first_instant() {
    let moment = at(14 * 240 + 120);
    let prepared = question(&moment, Vec::new(), 60)
        .prepare()
        .expect("a sound question");
    let reports = prepared
        .waiting
        .iter()
        .find(|of| of.workload == "shop/reports");
    let reports = reports.expect("reports wait").requests;
    let went = go_on(&moment, &prepared, false);
    let index = went
        .record
        .workloads
        .iter()
        .position(|of| of.id == "shop/reports");
    let first = &went.record.series[0].workloads[index.expect("it is there")];
    assert!(first.arrived >= reports && first.queued > 0, "{first:?}");
}
