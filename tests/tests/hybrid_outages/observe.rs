//! The controller only looks.

use spillway_tests::hybrid::scenario::{
    autoscaler, condition, desired, end_and_replay, place, seconds, sound,
};
use spillway_tests::hybrid::{Controller, Hybrid, Launch, Setup, USER, audited};

use crate::folder;

#[test]
fn who_only_observes_decides_and_reports_through_a_rise_and_writes_to_no_target() {
    let _place = place();
    let test = folder("hybrid-observe");
    let hybrid = sound(Hybrid::start(&test, &Setup::steady(40.0)));
    let launch = Launch {
        observe: true,
        ..Launch::new(&hybrid, seconds(2))
    };
    let controller = sound(Controller::launch(&test, &launch));
    hybrid.queue.begin();
    hybrid.wait_until("a wish for more than home has", seconds(120), |_| {
        desired(&hybrid) > Some(40)
    });
    let able = condition(&hybrid, "AbleToScale").expect("it reports");
    assert_eq!(able[..2], ["False", "Observe"], "{}", autoscaler(&hybrid));
    for plane in [&hybrid.private, &hybrid.public] {
        let writes = sound(audited(plane, USER));
        let to_targets = |resource: &str| resource.starts_with("deployments") || resource == "pods";
        let targets: Vec<_> = writes
            .iter()
            .filter(|write| to_targets(&write.resource))
            .collect();
        assert!(targets.is_empty(), "{targets:#?}");
        assert!(
            writes.iter().any(|write| write.resource == "leases"),
            "the log tells who writes: {writes:#?}"
        );
    }
    let now = hybrid.moment();
    assert_eq!((now.private.asked, now.public.asked), (1, 0), "{now:#?}");
    end_and_replay(controller);
}
