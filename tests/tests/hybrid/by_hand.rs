//! The bed alone: no controller.

use spillway_tests::hybrid::scenario::{place, seconds, sound};
use spillway_tests::hybrid::{Hybrid, LATE, Setup, table};

use crate::folder;

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
