//! The public cluster is gone.

use spillway_tests::hybrid::scenario::{
    as_if_came, end_and_replay, peak, place, query, seconds, sound,
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
    as_if_came(&hybrid, 0.2);
    query(&hybrid, "backlogQuery", "0 * sum(queue_depth)");
    hybrid.wait_until("what 8 jobs a second need, at home", seconds(90), |now| {
        assert!(now.private.asked >= 8, "public replicas are not relied on");
        now.private.asked <= 9
    });
    let now = hybrid.moment();
    assert_eq!(now.public.asked, burst, "nobody can write there");
    sound(hybrid.public.restart_api_server());
    hybrid.wait_until("no public replica", seconds(120), |now| {
        now.public.asked == 0 && now.public.pods == 0
    });
    let now = hybrid.moment();
    assert!((8..=9).contains(&now.private.asked), "{now:?}");
    end_and_replay(controller);
}
