//! The public cluster is gone.

use spillway_testbed::Profile;
use spillway_tests::hybrid::scenario::{SLOTS, alone, end_and_replay, peak, seconds, sound};
use spillway_tests::hybrid::{Controller, Hybrid, Setup};

use crate::folder;

#[test]
fn private_scales_on_while_public_is_gone_and_public_gives_all_back_when_it_returns() {
    let _alone = alone();
    let test = folder("hybrid-public-silent");
    let falls = seconds(150);
    let setup = Setup {
        profile: Profile::new(&[
            (seconds(0), 8.0),
            (seconds(5), 8.0),
            (seconds(15), 40.0),
            (falls, 40.0),
            (falls + seconds(20), 6.0),
        ]),
        ..Setup::steady(40.0)
    };
    let mut hybrid = sound(Hybrid::start(&test, &setup));
    let controller = sound(Controller::start(&test, &hybrid, seconds(2)));
    let begun = hybrid.now();
    peak(&hybrid, 40);
    assert!(hybrid.now() < begun + falls, "40 jobs a second still come");

    hybrid.public.api_server.kill();
    let burst = hybrid.moment().public.asked;
    assert!(burst > 0);
    hybrid.wait_until("a smaller home", falls + seconds(90), |now| {
        now.private.asked < SLOTS
    });
    assert_eq!(
        hybrid.moment().public.asked,
        burst,
        "nobody can write there"
    );
    sound(hybrid.public.restart_api_server());
    hybrid.wait_until("no public replica", seconds(120), |now| {
        now.public.asked == 0 && now.public.pods == 0
    });
    hybrid.wait_until("what 6 jobs a second need, at home", seconds(120), |now| {
        (6..=8).contains(&now.private.asked)
    });
    end_and_replay(controller);
}
