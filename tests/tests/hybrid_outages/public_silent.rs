//! The public cluster is gone.

use spillway_tests::hybrid::scenario::{
    SLOTS, as_if_came, end_and_replay, peak, place, query, seconds, sound,
};
use spillway_tests::hybrid::{Controller, Hybrid, Setup};

use crate::folder;

#[test]
fn private_scales_on_while_public_is_gone_and_public_gives_all_back_when_it_returns() {
    let _place = place();
    let test = folder("hybrid-public-silent");
    let mut hybrid = sound(Hybrid::start(&test, &Setup::steady(40.0)));
    let controller = sound(Controller::start(&test, &hybrid, seconds(2)));
    peak(&hybrid, 40);

    hybrid.public.api_server.kill();
    let burst = hybrid.moment().public.asked;
    assert!(burst > 0);
    // What can be seen has to do it alone, and home alone does 32.
    as_if_came(&hybrid, 0.5);
    query(&hybrid, "backlogQuery", "0 * sum(queue_depth)");
    hybrid.wait_until("a smaller home", seconds(90), |now| {
        (1..SLOTS).contains(&now.private.asked)
    });
    let now = hybrid.moment();
    assert_eq!(now.public.asked, burst, "nobody can write there");
    sound(hybrid.public.restart_api_server());
    as_if_came(&hybrid, 0.2);
    hybrid.wait_until("no public replica", seconds(120), |now| {
        now.public.asked == 0 && now.public.pods == 0
    });
    hybrid.wait_until("what 8 jobs a second need, at home", seconds(120), |now| {
        (8..=9).contains(&now.private.asked)
    });
    end_and_replay(controller);
}
