//! Each change does what it says, and nothing else.

use spillway_sim::record::RunRecord;
use spillway_sim::whatif::{Answer, Change, Prepared};
use spillway_solver::policy::Tier;

use crate::fixture::{Went, at, go_on, question};

/// Half past two in the afternoon: reports overflow into the public cloud.
const OVERFLOW: u64 = 14 * 240 + 120;

fn lose(text: &str) -> Change {
    Change::LoseCluster(text.parse().expect("a change"))
}

fn price(text: &str) -> Change {
    Change::Price(text.parse().expect("a change"))
}

fn traffic(text: &str) -> Change {
    Change::Traffic(text.parse().expect("a change"))
}

fn fault(text: &str) -> Change {
    Change::Fault(text.parse().expect("a change"))
}

/// Both worlds of half an hour with these changes.
fn both(changes: Vec<Change>) -> (Prepared, Went, Went) {
    let moment = at(OVERFLOW);
    let prepared = question(&moment, changes, 1_800)
        .prepare()
        .expect("a sound question");
    let (without, with) = (
        go_on(&moment, &prepared, false),
        go_on(&moment, &prepared, true),
    );
    (prepared, without, with)
}

/// The answer with the runs that it is made of.
fn answer(changes: &[Change]) -> (Answer, [Went; 2]) {
    let moment = at(OVERFLOW);
    let (prepared, without, with) = both(changes.to_vec());
    let answer = Answer::new(
        &moment.snapshot,
        changes,
        prepared.assumed,
        (&without.record, &without.watch),
        Some((&with.record, &with.watch)),
    );
    (answer, [without, with])
}

/// Requests of a workload that arrive in some minutes.
fn arrived(record: &RunRecord, workload: &str, minutes: std::ops::Range<usize>) -> u64 {
    let index = record.workloads.iter().position(|of| of.id == workload);
    let index = index.expect("the record has it");
    let rows = record
        .series
        .iter()
        .skip(minutes.start * 4)
        .take(minutes.len() * 4);
    rows.map(|row| row.workloads[index].arrived).sum()
}

#[test]
fn a_lost_cluster_serves_nothing_any_more_and_the_answer_says_for_how_long_replicas_lack() {
    let (answer, _) = answer(&[lose("home")]);
    let with = answer.with.as_ref().expect("something is changed");
    let at_home = |of: &&spillway_sim::whatif::Replicas| of.cluster == "home";
    assert!(
        with.replicas
            .iter()
            .filter(at_home)
            .all(|of| of.now > 0 && of.at_end == 0)
    );
    assert!(
        answer
            .without
            .replicas
            .iter()
            .filter(at_home)
            .all(|of| of.at_end > 0)
    );
    assert!(
        with.seconds
            .missing
            .is_some_and(|spell| spell.from_ms.0 == 0)
    );
    assert!(with.unplaced_peak > 0 && with.money.on_demand > answer.without.money.on_demand);
    assert!(
        answer
            .sentence
            .starts_with("If home is lost, the next 30 min cost $"),
        "{}",
        answer.sentence
    );
}

#[test]
fn seconds_and_money_are_those_that_the_runs_count_by_other_code() {
    let (answer, runs) = answer(&[lose("home"), traffic("x2")]);
    let sides = std::iter::once(&answer.without).chain(&answer.with);
    for (side, went) in sides.zip(&runs) {
        let record = &went.record;
        for (of, counted) in side.workloads.iter().zip(&record.workloads) {
            let late_ms = counted.objective.intervals_late * record.meta.interval_ms.0;
            assert_eq!(of.seconds.late_ms.0, late_ms, "{}", of.workload);
        }
        assert_eq!(side.money.total, record.summary.money.total());
        assert_eq!(side.decisions, record.timing.decides);
    }
    let with = answer.with.expect("something is changed");
    assert!(with.seconds.late_ms > answer.without.seconds.late_ms);
}

#[test]
fn a_cluster_may_die_later() {
    let (.., with) = both(vec![lose("home@10m")]);
    let place = with
        .record
        .meta
        .clusters
        .iter()
        .position(|of| of.tier == Tier::Private);
    let place = place.expect("the demo has a private cluster");
    let ready = |row: usize| -> u64 {
        let workloads = with.record.series[row].workloads.iter();
        workloads.map(|of| of.ready_milli[place]).sum()
    };
    assert!(ready(38) > 0, "before it dies");
    assert_eq!(ready(41), 0, "after");
}

#[test]
fn a_price_is_seen_from_the_next_look_on_and_paid() {
    for text in ["m6i-xlarge=+100%", "m6i.xlarge=x2", "eks/m6i-xlarge=2"] {
        let (_, without, with) = both(vec![price(text)]);
        let seen = |went: &Went, tick: usize| {
            let clusters = went.ticks[tick].0.clusters.iter();
            let eks = clusters
                .into_iter()
                .find(|of| of.name == "eks")
                .expect("it is seen");
            eks.groups[0]
                .price
                .expect("it has a price")
                .micro_usd_per_hour
                .0
        };
        assert_eq!(
            (seen(&with, 0), seen(&with, 1)),
            (192_000, 384_000),
            "{text}"
        );
        assert_eq!(seen(&without, 1), 192_000);
        let paid = |went: &Went| went.record.summary.money.on_demand;
        assert!(paid(&with) > paid(&without), "{text}");
    }
}

#[test]
fn traffic_grows_in_a_straight_line_to_its_multiple_and_of_one_workload_only() {
    let (_, without, with) = both(vec![traffic("web=x3/10m")]);
    let times = |minutes: std::ops::Range<usize>| {
        let [with, without] = [&with, &without].map(|went| {
            f64::from(
                u32::try_from(arrived(&went.record, "shop/web", minutes.clone())).expect("few"),
            )
        });
        with / without
    };
    for (minutes, expected) in [(0..2, 1.2), (4..6, 2.0), (10..30, 3.0)] {
        let found = times(minutes.clone());
        assert!((found - expected).abs() < 0.15, "{minutes:?}: {found}");
    }
    for row in 0..30 {
        let [a, b] =
            [&with, &without].map(|went| arrived(&went.record, "shop/orders", row..row + 1));
        assert_eq!(a, b, "minute {row}");
    }
}

#[test]
fn traffic_may_fall_at_once() {
    let (_, without, with) = both(vec![traffic("-50%")]);
    for workload in ["shop/web", "shop/orders"] {
        let [with, without] = [&with, &without].map(|went| arrived(&went.record, workload, 0..30));
        assert!(
            with * 100 > without * 44 && with * 100 < without * 56,
            "{with} of {without}"
        );
    }
}

#[test]
fn any_line_of_the_fault_library_is_a_change() {
    let (_, without, with) = both(vec![fault(
        "kind: clusterUnreachable, cluster: eks, for: 5m",
    )]);
    let silent = |went: &Went| {
        let mut clusters = went.ticks[2].0.clusters.iter();
        clusters.any(|of| of.unreachable_since_ms.is_some())
    };
    assert!(silent(&with) && !silent(&without));
    assert_eq!(with.record.faults.len(), 1);
}

#[test]
fn the_world_as_it_is_depends_on_no_change_and_all_is_the_same_each_time() {
    let changes = || vec![lose("home"), traffic("x2/10m"), price("m6i.xlarge=x2")];
    let (_, without, with) = both(changes());
    let (_, again, with_again) = both(changes());
    let (_, other, _) = both(vec![lose("eks")]);
    let json = |went: &Went| serde_json::to_string(&went.record).expect("a record is JSON");
    assert_eq!(json(&with), json(&with_again));
    assert_eq!(json(&without), json(&again));
    assert_eq!(json(&without), json(&other));
}

#[test]
fn all_that_is_wrong_with_a_question_is_said_with_its_option() {
    let moment = at(OVERFLOW);
    let wrong = vec![
        lose("moon"),
        price("t2.nano=x2"),
        traffic("api=x2"),
        fault("{kind: slowBoot, cluster: eks}"),
    ];
    let problems = question(&moment, wrong, 1_800)
        .prepare()
        .expect_err("four are wrong");
    let expected = [
        "--price t2.nano=x2: no group is called `t2.nano`; there are home/rack, eks/m6i-xlarge",
        "--traffic api=x2: no single workload is called `api`; there are shop/orders, shop/web, shop/reports",
        "--lose-cluster moon: cluster: no Cluster `moon`",
        "--fault '{kind: slowBoot, cluster: eks}': factor: is missing",
    ];
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for start in expected {
        assert!(
            problems.iter().any(|said| said.starts_with(start)),
            "{start} in {problems:#?}"
        );
    }
}
