//! The controller dies.

use spillway_testbed::ControlPlane;
use spillway_tests::hybrid::scenario::{end_and_replay, place, seconds, settled, sound};
use spillway_tests::hybrid::{Controller, Hybrid, Setup, USER, audited};

use crate::folder;

#[test]
fn a_controller_that_is_killed_after_each_kind_of_write_ends_where_it_would_have_and_doubles_nothing()
 {
    let _place = place();
    let test = folder("hybrid-kills");
    let hybrid = sound(Hybrid::start(&test, &Setup::steady(40.0)));
    let mut controller = sound(Controller::start(&test, &hybrid, seconds(1)));
    hybrid.queue.begin();
    for (plane, resource) in [
        (&hybrid.private, "deployments/scale"),
        (&hybrid.public, "deployments/scale"),
        (&hybrid.private, "configmaps"),
        (&hybrid.public, "leases"),
    ] {
        let before = writes(plane, resource);
        hybrid.wait_until(&format!("a write of {resource}"), seconds(120), |_| {
            writes(plane, resource) > before
        });
        controller.process.kill();
        sound(controller.process.restart());
    }
    // Where a controller ends that is not killed, too.
    settled(&hybrid, 40);
    let decided = controller.decided();
    let decided = decided.unwrap_or_else(|error| panic!("{error}"));
    for two in decided.windows(2) {
        let most = two[0].asked().max(two[0].desired()) + two[0].surge();
        assert!(two[1].asked() <= most, "nobody wanted so many: {two:?}");
    }
    end_and_replay(controller);
}

fn writes(plane: &ControlPlane, resource: &str) -> usize {
    let writes = sound(audited(plane, USER)).into_iter();
    writes
        .filter(|write| write.resource == resource && write.was_taken())
        .count()
}
