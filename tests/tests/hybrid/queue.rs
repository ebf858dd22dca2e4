//! A queue grows and falls.

use spillway_tests::hybrid::scenario::{
    SLOTS, desired, end_and_replay, never, place, seconds, sound,
};
use spillway_tests::hybrid::{Controller, Hybrid, LATE, PRIVATE_SLOTS, Setup, table};

use crate::folder;

#[test]
fn a_queue_that_grows_fills_home_and_rents_the_overflow_and_one_that_falls_gives_that_back_first() {
    let _place = place();
    let test = folder("hybrid-burst");
    let setup = Setup::short();
    let hybrid = sound(Hybrid::start(&test, &setup));
    let controller = sound(Controller::start(&test, &hybrid, seconds(2)));
    let begun = hybrid.now();
    let falls = begun + Setup::FALLS;
    hybrid.queue.begin();
    rise(&hybrid);
    assert!(hybrid.now() < falls, "the rate is still 48 jobs a second");
    hybrid.wait_until("the fall", Setup::FALLS, |_| hybrid.now() >= falls);
    fall(&hybrid);

    let history = hybrid.history().since(begun);
    let first = history.moments.iter().find(|now| now.public.ready > 0);
    let first = first.expect("there were rented pods");
    assert_eq!(first.private.ready, PRIVATE_SLOTS, "{first:#?}");
    never(&history, "public replicas beside room at home", |now| {
        now.public.asked > 0 && now.private.asked < SLOTS
    });
    never(&history, "more at home than fits", |now| {
        now.private.asked > SLOTS
    });
    let falling = history.since(falls);
    never(
        &falling,
        "fewer Ready than nine tenths of what comes",
        |now| {
            let came = setup.profile.rate_at(now.at.saturating_sub(begun));
            let ready = u32::try_from(now.private.ready + now.public.ready).expect("100 at most");
            f64::from(ready) < 0.9 * came
        },
    );
    let figures = hybrid.queue.figures(LATE);
    assert_eq!(figures.returned, 0, "no pod left its job");
    assert!(figures.longest < seconds(60), "{figures:#?}");
    println!("{}", table(&hybrid, begun));
    end_and_replay(controller);
}

/// Until the backlog of the rise is gone: home is full, and public has what is desired beyond.
fn rise(hybrid: &Hybrid) {
    hybrid.wait_until("a full home", seconds(90), |now| now.private.asked == SLOTS);
    hybrid.wait_until("an overflow", seconds(60), |now| now.public.asked > 0);
    hybrid.wait_until("rented pods", seconds(90), |now| now.public.ready > 0);
    hybrid.wait_until("no backlog", seconds(90), |_| hybrid.queue.depth() < 48);
    // The count for 48 jobs a second, and what HPA tolerates above it.
    hybrid.wait_until("as many as the jobs need", seconds(60), |now| {
        let asked = now.private.asked + now.public.asked;
        (48..=53).contains(&asked) && now.private.ready + now.public.ready >= 48
    });
    hybrid.wait_until("exactly the overflow in public", seconds(10), |now| {
        now.private.asked == SLOTS && desired(hybrid) == Some(SLOTS + now.public.asked)
    });
}

/// Until all is small and at home.
fn fall(hybrid: &Hybrid) {
    hybrid.wait_until("all at home", seconds(120), |now| now.public.asked == 0);
    hybrid.wait_until("no public node", seconds(120), |now| now.public.nodes == 0);
    hybrid.wait_until("a small home", seconds(120), |now| now.private.asked <= 8);
    hybrid.wait_until("no jobs but those of now", seconds(60), |_| {
        let figures = hybrid.queue.figures(LATE);
        figures.waiting + figures.being_done <= 8
    });
}
