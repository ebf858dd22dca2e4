//! The metrics are gone.

use std::thread::sleep;

use spillway_tests::hybrid::scenario::{
    as_if_came, asked, end_and_replay, peak, place, query, seconds, sound,
};
use spillway_tests::hybrid::{Controller, Hybrid, Setup};

use crate::folder;

const JOBS: u64 = 40;

#[test]
fn no_replica_is_lost_while_prometheus_is_dead_or_answers_nothing_at_the_peak() {
    let _place = place();
    let test = folder("hybrid-prometheus-silent");
    let mut hybrid = sound(Hybrid::start(&test, &Setup::steady(40.0)));
    let controller = sound(Controller::start(&test, &hybrid, seconds(2)));
    peak(&hybrid, JOBS);

    hybrid.prometheus.process.kill();
    nothing_is_lowered(&hybrid, "a dead Prometheus");
    sound(hybrid.prometheus.process.restart());

    query(
        &hybrid,
        "backlogQuery",
        "sum(queue_depth{queue=\"nobody\"})",
    );
    nothing_is_lowered(&hybrid, "an empty vector");

    // As if a quarter more came: that it follows shows that it scales again.
    query(&hybrid, "backlogQuery", "sum(queue_depth{queue=\"jobs\"})");
    as_if_came(&hybrid, 1.25);
    hybrid.wait_until("replicas for what is measured now", seconds(120), |now| {
        (50..=55).contains(&asked(now))
    });
    end_and_replay(controller);
}

fn nothing_is_lowered(hybrid: &Hybrid, while_there_is: &str) {
    let (began, before) = (hybrid.now(), hybrid.moment());
    sleep(seconds(30));
    let lower = hybrid
        .history()
        .since(began)
        .moments
        .into_iter()
        .find(|now| {
            now.private.asked < before.private.asked || now.public.asked < before.public.asked
        });
    assert_eq!(lower, None, "with {while_there_is}, after {before:#?}");
}
