//! Scenarios on two real clusters: a queue grows and falls, home fills first, and only the overflow is rented.

use spillway_testbed::TestFolder;
use spillway_tests::hybrid::scenario::{
    SLOTS, desired, end_and_replay, never, place, seconds, sound,
};
use spillway_tests::hybrid::{Controller, Hybrid, LATE, PRIVATE_SLOTS, Setup, table};

fn folder(test: &str) -> TestFolder {
    sound(TestFolder::new(env!("CARGO_TARGET_TMPDIR"), test))
}

#[test]
fn what_people_do_by_hand_is_seen_and_billed() {
    let _place = place();
    let test = folder("hybrid-by-hand");
    let hybrid = sound(Hybrid::start(&test, &Setup::short()));
    let scale = |replicas: [u32; 2]| {
        for (plane, replicas) in [&hybrid.private, &hybrid.public].into_iter().zip(replicas) {
            let replicas = format!("--replicas={replicas}");
            let scale = ["scale", "-n=work", "deployment/jobs", &replicas];
            sound(plane.kubectl(&scale));
        }
    };
    let begun = hybrid.now();
    hybrid.queue.begin();
    scale([32, 8]);
    hybrid.wait_until("32 pods at home", seconds(60), |now| {
        now.private.ready == 32
    });
    hybrid.wait_until("8 pods on public nodes", seconds(90), |now| {
        now.public.ready == 8
    });
    let moment = hybrid.moment();
    assert_eq!(
        (moment.private.nodes, moment.public.pending),
        (4, 0),
        "{moment:?}"
    );
    // Seven pods fit the one type and three the other.
    let bill = hybrid.bill();
    assert_eq!((moment.public.nodes, bill.machines), (2, 2), "{bill:?}");
    assert!((bill.usd_per_hour - 0.34 - 0.17).abs() < 1e-9, "{bill:?}");
    hybrid.wait_until("jobs done in both", seconds(60), |_| {
        hybrid
            .queue
            .figures(LATE)
            .finished
            .values()
            .all(|done| *done > 20)
    });

    scale([32, 0]);
    hybrid.wait_until("no public node", seconds(120), |now| now.public.nodes == 0);
    let machines = seconds(30);
    hybrid.wait_until("the end of the bill", machines, |_| {
        hybrid.bill().machines == 0
    });
    let bill = hybrid.bill();
    assert!(bill.usd > 0.0 && bill.hours < 2.0 * 5.0 / 60.0, "{bill:?}");
    let history = hybrid.history().since(begun);
    let first = history
        .moments
        .iter()
        .find(|moment| moment.public.ready > 0);
    let public = history.hours(|moment| moment.public.ready) * 3_600.0;
    assert!(first.is_some() && public > 8.0, "{public} pod-seconds");
    assert_eq!(
        hybrid.queue.figures(LATE).returned,
        0,
        "pods finish their jobs"
    );
    println!("{}", table(&hybrid, begun));
}

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
