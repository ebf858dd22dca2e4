//! Pods are exchanged.

use std::thread::sleep;

use spillway_tests::hybrid::scenario::{end_and_replay, place, seconds, sound};
use spillway_tests::hybrid::{Controller, Hybrid, Setup};

use crate::folder;

#[test]
fn a_roll_out_with_surge_pods_at_a_constant_load_changes_no_count() {
    let _place = place();
    let test = folder("hybrid-rollout");
    let hybrid = sound(Hybrid::start(&test, &Setup::steady(20.0)));
    let controller = sound(Controller::start(&test, &hybrid, seconds(2)));
    hybrid.queue.begin();
    hybrid.wait_until("what 20 jobs a second need", seconds(180), |now| {
        let lately = hybrid
            .history()
            .since(hybrid.now().saturating_sub(seconds(15)));
        (20..=22).contains(&now.private.asked)
            && now.private.ready >= 20
            && hybrid.queue.depth() < 20
            && lately
                .moments
                .iter()
                .all(|then| then.private.asked == now.private.asked)
    });

    let (began, before) = (hybrid.now(), hybrid.moment());
    let patch = "--patch={\"spec\": {\
        \"strategy\": {\"rollingUpdate\": {\"maxSurge\": \"25%\", \"maxUnavailable\": 0}}, \
        \"template\": {\"metadata\": {\"annotations\": {\"example.com/version\": \"2\"}}}}}";
    for plane in [&hybrid.private, &hybrid.public] {
        sound(plane.kubectl(&["patch", "-n=work", "deployment/jobs", patch]));
    }
    let status = [
        "rollout",
        "status",
        "-n=work",
        "deployment/jobs",
        "--timeout=180s",
    ];
    sound(hybrid.private.kubectl(&status));
    sleep(seconds(10));
    let history = hybrid.history().since(began);
    let other = history.moments.iter().find(|now| {
        (now.private.asked, now.public.asked) != (before.private.asked, before.public.asked)
    });
    assert_eq!(other, None, "after {before:#?}");
    let most = history.moments.iter().map(|now| now.private.pods as u64);
    assert!(
        most.max() > Some(before.private.asked),
        "there were surge pods"
    );
    end_and_replay(controller);
}
