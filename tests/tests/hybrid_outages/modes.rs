//! A person takes the wheel: freeze, partial pause, rollback, cordon; with the roles that the project ships.

use std::thread::sleep;
use std::time::Duration;

use spillway_tests::hybrid::scenario::{
    as_if_came, asked, autoscaler, condition, end_and_replay, never, place, ready, seconds, sound,
};
use spillway_tests::hybrid::{Controller, Hybrid, Moment, Plugin, Setup, USER, audited};

use crate::folder;

const JOBS: &str = "work/jobs";

#[test]
fn who_freezes_pauses_rolls_back_or_cordons_is_obeyed_and_every_tick_replays() {
    let _place = place();
    let test = folder("hybrid-modes");
    let hybrid = sound(Hybrid::start(&test, &Setup::steady(8.0)));
    let plugin = sound(Plugin::new(&test, &hybrid));
    let controller = sound(Controller::start(&test, &hybrid, seconds(2)));
    hybrid.queue.begin();
    let small = |now: u64| (8..=9).contains(&now);
    hybrid.wait_until("what 8 jobs a second need", seconds(120), |now| {
        small(now.private.asked) && now.private.ready >= 8 && hybrid.queue.depth() < 8
    });

    frozen(&hybrid, &controller, &plugin);
    let much = hybrid.moment().private.asked;

    sound(plugin.run(&["pause", JOBS, "--up"]));
    let began = hybrid.now();
    as_if_came(&hybrid, 3.75);
    waits_for(&hybrid, "ScalingLimited", "ScaleUpPaused", "a pause");
    let history = hybrid.history().since(began);
    assert!(
        history.moments.iter().all(|now| now.private.asked <= much),
        "{history:#?}"
    );
    sound(plugin.run(&["resume", JOBS, "--up"]));
    hybrid.wait_until("what 30 jobs a second need", seconds(60), |now| {
        (30..=33).contains(&asked(now))
    });

    rolled_back(&hybrid, &plugin);
    cordoned(&hybrid);
    end_and_replay(controller);
}

/// Nothing is written while the fleet is frozen, and what is wished is once it is not.
fn frozen(hybrid: &Hybrid, controller: &Controller, plugin: &Plugin) {
    let said = sound(plugin.run(&["freeze", "--reason", "drill 7"]));
    assert!(said.contains("frozen by sre since 20"), "{said}");
    waits_for(hybrid, "AbleToScale", "Frozen", "drill 7");
    let scales = || {
        let writes = sound(audited(&hybrid.private, USER));
        let targets = writes
            .iter()
            .filter(|write| write.resource.starts_with("deployments") || write.resource == "pods");
        targets.count()
    };
    let before = scales();
    as_if_came(hybrid, 3.0);
    hybrid.wait_until("a wish for more", seconds(60), |_| {
        let page = sound(plugin.run(&["unfreeze", "--dry-run"]));
        page.contains("work/jobs in private: ")
    });
    sleep(seconds(6));
    assert_eq!(scales(), before, "nothing is written");
    assert_eq!(controller.metric("spillway_frozen"), Some(1.0));
    let status = sound(plugin.run(&["status"]));
    assert!(status.contains("The fleet is frozen by sre"), "{status}");
    let said = sound(plugin.run(&["unfreeze"]));
    assert!(
        said.contains("not frozen any more; it was frozen by sre"),
        "{said}"
    );
    hybrid.wait_until("what 24 jobs a second need", seconds(60), |now| {
        (24..=26).contains(&now.private.asked)
    });
}

/// The plan before the last change comes back, and stays although the metric asks for another.
fn rolled_back(hybrid: &Hybrid, plugin: &Plugin) {
    let page = sound(plugin.run(&["rollback", JOBS, "--yes", "-o=json"]));
    let page: serde_json::Value = serde_json::from_str(&page).expect("JSON");
    let back = &page["back"][0];
    let then = ["private", "eks"].map(|cluster| back["then"][cluster].as_u64().unwrap_or(0));
    assert_ne!(back["then"], back["now"], "{page:#}");
    let is_back = |now: &Moment| [now.private.asked, now.public.asked] == then;
    hybrid.wait_until("the plan before", seconds(60), is_back);
    waits_for(hybrid, "AbleToScale", "Paused", "");
    let began = hybrid.now();
    sleep(seconds(8));
    let history = hybrid.history().since(began);
    assert!(history.moments.iter().all(is_back), "{history:#?}");
    as_if_came(hybrid, 1.0);
    let said = sound(plugin.run(&["resume", JOBS]));
    assert!(said.contains("is Active; it was Paused"), "{said}");
    let pause = &autoscaler(hybrid)["spec"]["pause"];
    assert!(pause.is_null(), "{pause}");
    hybrid.wait_until("what 8 jobs a second need", seconds(90), |now| {
        (8..=9).contains(&asked(now))
    });
}

/// A cluster under maintenance is left, made before it is broken.
fn cordoned(hybrid: &Hybrid) {
    let began = hybrid.now();
    let patch = r#"--patch={"spec": {"cordoned": true}}"#;
    sound(
        hybrid
            .private
            .kubectl(&["patch", "cluster/private", "--type=merge", patch]),
    );
    hybrid.wait_until("an empty home", seconds(120), |now| {
        now.private.asked == 0 && now.public.ready >= 8
    });
    let history = hybrid.history().since(began);
    never(&history, "fewer than are needed are Ready", |now| {
        ready(now) < 8
    });
}

/// Waits until a condition has a reason, and words in its message.
fn waits_for(hybrid: &Hybrid, kind: &str, reason: &str, words: &str) {
    hybrid.wait_until(reason, Duration::from_mins(1), |_| {
        condition(hybrid, kind)
            .is_some_and(|[_, found, message]| found == reason && message.contains(words))
    });
}
