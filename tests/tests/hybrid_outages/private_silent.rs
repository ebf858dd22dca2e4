//! The private cluster is gone, and with it the home of our objects.

use std::thread::sleep;
use std::time::Duration;

use spillway_tests::hybrid::scenario::{
    SLOTS, end_and_replay, never, peak, place, seconds, settled, sound,
};
use spillway_tests::hybrid::{Controller, Hybrid, Setup};

use crate::folder;

const JOBS: u64 = 40;

/// A cluster counts as lost after 30 s; of these, so many surely have not passed.
const NOT_LOST_YET: Duration = seconds(20);

#[test]
fn a_private_cluster_that_hangs_or_refuses_is_waited_for_then_replaced_and_at_last_filled_again() {
    let _place = place();
    let test = folder("hybrid-private-silent");
    let setup = Setup {
        policy: "{onUnreachable: {action: Replace, after: 5s}}".to_owned(),
        ..Setup::steady(40.0)
    };
    let mut hybrid = sound(Hybrid::start(&test, &setup));
    let controller = sound(Controller::start(&test, &hybrid, seconds(2)));
    peak(&hybrid, JOBS);
    lost_and_back(
        &mut hybrid,
        |hybrid| sound(hybrid.private.api_server.stop()),
        |hybrid| sound(hybrid.private.api_server.go_on()),
    );
    lost_and_back(
        &mut hybrid,
        |hybrid| hybrid.private.api_server.kill(),
        |hybrid| sound(hybrid.private.restart_api_server()),
    );
    end_and_replay(controller);
}

fn lost_and_back(
    hybrid: &mut Hybrid,
    lose: impl FnOnce(&mut Hybrid),
    bring_back: impl FnOnce(&mut Hybrid),
) {
    let (began, before) = (hybrid.now(), hybrid.moment());
    lose(hybrid);
    sleep(NOT_LOST_YET);
    let held = hybrid.history().since(began);
    let other = held
        .moments
        .iter()
        .find(|now| now.public.asked != before.public.asked);
    assert_eq!(other, None, "nothing changes yet, after {before:#?}");

    hybrid.wait_until("all replaced in public", seconds(120), |now| {
        now.public.asked >= JOBS && now.public.ready as u64 >= JOBS
    });
    let back = hybrid.now();
    bring_back(hybrid);
    settled(hybrid, JOBS);
    let history = hybrid.history().since(back);
    never(&history, "less at home than fits", |now| {
        now.private.asked < SLOTS
    });
}
