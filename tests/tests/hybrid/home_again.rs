//! Room at home that others had is free again.

use spillway_tests::hybrid::scenario::{
    as_if_came, asked, desired, end_and_replay, enough_for, never, place, ready, seconds, sound,
};
use spillway_tests::hybrid::{Controller, Hybrid, LATE, PRIVATE_SLOTS, Setup};

use crate::folder;

const JOBS: u64 = 20;

/// Half of home is somebody else's.
const OTHERS: u64 = 16;

/// Replicas that move at a time.
const STEP: u64 = 2;

#[test]
fn replicas_come_home_a_few_at_a_time_when_room_returns_and_no_room_is_taken_before_it_is_left() {
    let _place = place();
    let test = folder("hybrid-home-again");
    let setup = Setup {
        drain: seconds(20),
        policy: format!("{{recall: {{paybackPercent: 0, dwell: 2s, step: {STEP}}}}}"),
        ..Setup::steady(20.0)
    };
    let hybrid = sound(Hybrid::start(&test, &setup));
    let others = format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: others, namespace: default}}
spec:
  replicas: {OTHERS}
  selector: {{matchLabels: {{app: others}}}}
  template:
    metadata: {{labels: {{app: others}}}}
    spec: {{containers: [{{name: o, image: o, resources: {{requests: {{cpu: 1}}}}}}]}}
"
    );
    sound(hybrid.private.apply("others", &others));
    sound(
        hybrid
            .private
            .kubectl(&["rollout", "status", "deployment/others"]),
    );
    let controller = sound(Controller::start(&test, &hybrid, seconds(1)));
    hybrid.queue.begin();
    let slots = PRIVATE_SLOTS as u64;
    hybrid.wait_until("the overflow in public", seconds(150), |now| {
        let enough = JOBS..=JOBS + JOBS / 10;
        let lately = hybrid
            .history()
            .since(hybrid.now().saturating_sub(seconds(8)));
        now.private.asked == slots - OTHERS
            && ready(now) as u64 >= JOBS
            && hybrid.queue.depth() < 20
            && lately
                .moments
                .iter()
                .all(|then| enough.contains(&asked(then)))
    });

    come_home(&hybrid);
    wait_for_what_drains(&hybrid);
    assert_eq!(
        hybrid.queue.figures(LATE).returned,
        0,
        "pods finish their jobs"
    );
    end_and_replay(controller);
}

fn come_home(hybrid: &Hybrid) {
    let (began, before) = (hybrid.now(), hybrid.moment());
    let wanted = desired(hybrid).expect("it reports");
    sound(hybrid.private.kubectl(&["delete", "deployment/others"]));
    hybrid.wait_until("all at home", seconds(180), |now| {
        now.public.asked == 0 && now.private.asked == wanted
    });
    let history = hybrid.history().since(began);
    never(&history, "fewer Ready than desired", |now| {
        (ready(now) as u64) < wanted
    });
    never(&history, "more than a few that move", |now| {
        asked(now) > wanted + STEP
    });
    let steps = history.moments.windows(2);
    let largest = steps.map(|two| two[1].private.asked.saturating_sub(two[0].private.asked));
    assert_eq!(largest.max(), Some(STEP), "from {before:#?}");
}

/// Of pods at home half begin to drain, and while they do more is wanted than fits beside them.
fn wait_for_what_drains(hybrid: &Hybrid) {
    let began = hybrid.now();
    as_if_came(hybrid, 0.5);
    hybrid.wait_until("pods that drain", seconds(60), |now| {
        now.private.asked <= 12 && now.private.pods as u64 >= now.private.asked + 8
    });
    as_if_came(hybrid, 2.0);
    hybrid.wait_until("rented pods beside those that drain", seconds(60), |now| {
        now.public.asked > 0 && now.private.pods == PRIVATE_SLOTS
    });
    hybrid.wait_until("as many as the jobs need", seconds(120), |now| {
        enough_for(2 * JOBS, now) && now.private.pods as u64 == now.private.asked
    });
    let history = hybrid.history().since(began);
    never(&history, "a pod at home without a node", |now| {
        now.private.pending > 0
    });
}
