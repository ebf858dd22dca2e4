//! Two controllers.

use std::thread::sleep;

use spillway_tests::hybrid::scenario::{
    as_if_came, asked, end_and_replay, peak, place, seconds, sound,
};
use spillway_tests::hybrid::{Audited, Controller, Hybrid, Launch, Setup, USER, audited};

use crate::folder;

const SECOND: &str = "the-second";

#[test]
fn of_two_controllers_one_leads_and_one_that_hung_longer_than_its_lease_scales_no_more() {
    let _place = place();
    let test = folder("hybrid-leaders");
    let hybrid = sound(Hybrid::start(&test, &Setup::steady(40.0)));
    let first = sound(Controller::start(&test, &hybrid, seconds(2)));
    peak(&hybrid, 40);
    // The first has its connections; whoever connects now is told apart in the audit log.
    let launch = Launch {
        name: SECOND.to_owned(),
        kubeconfig: sound(hybrid.connect_as(SECOND)),
        ..Launch::new(&hybrid, seconds(2))
    };
    let second = sound(Controller::launch(&test, &launch));
    sleep(seconds(20));
    assert_eq!((leads(&first), leads(&second)), (true, false));

    sound(first.process.stop());
    let scaled = scaled(&first);
    hybrid.wait_until("another leader", seconds(90), |_| leads(&second));
    as_if_came(&hybrid, 1.25);
    hybrid.wait_until("replicas by the second", seconds(90), |now| {
        (50..=55).contains(&asked(now))
    });
    sound(first.process.go_on());
    sleep(seconds(10));
    as_if_came(&hybrid, 1.5);
    hybrid.wait_until("more replicas by the second", seconds(90), |now| {
        (60..=66).contains(&asked(now))
    });
    assert_eq!((leads(&first), leads(&second)), (false, true));

    let seconds_first = scales(&hybrid, SECOND).into_iter().map(|write| write.at);
    let seconds_first = seconds_first.min().expect("the second has scaled");
    let mut firsts = scales(&hybrid, USER);
    assert!(!firsts.is_empty(), "the first had scaled");
    firsts.retain(|write| write.at > seconds_first);
    assert_eq!(firsts, [], "since {seconds_first}");
    // Also not by new connections, which would be the second's.
    assert_eq!(self::scaled(&first), scaled, "{}", first.process.log());
    end_and_replay(second);
    end_and_replay(first);
}

fn leads(controller: &Controller) -> bool {
    controller.metric("spillway_leader") == Some(1.0)
}

/// How often it says that it has scaled.
fn scaled(controller: &Controller) -> usize {
    controller.process.log().matches("\"scaled\"").count()
}

/// What a user has scaled in both clusters.
fn scales(hybrid: &Hybrid, user: &str) -> Vec<Audited> {
    let planes = [&hybrid.private, &hybrid.public].into_iter();
    let mut writes: Vec<Audited> = planes
        .flat_map(|plane| sound(audited(plane, user)))
        .collect();
    writes.retain(|write| write.resource == "deployments/scale" && write.was_taken());
    writes
}
