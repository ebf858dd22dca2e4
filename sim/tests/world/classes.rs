//! Classes of requests that go first, as the trace and the world file name them.

use spillway_sim::time::Nanos;
use spillway_sim::trace::Arrival;

use crate::fixture::{Given, Script, config, simulate};

/// Six requests of 10 s at once, for one replica: classes 0 to 5 as the trace numbers them.
fn six() -> Given {
    let arrival = |class| Arrival {
        at: Nanos::ZERO,
        service: Nanos::from_secs(10),
        workload: 0,
        class,
        bytes: 0,
    };
    let names = ["", "browse", "crawl", "checkout", "browse-more", "search"];
    Given::new((0..6).map(arrival).collect()).classes(&names)
}

fn waits(classes: &[&str]) -> Vec<(String, u64)> {
    let mut config = config(1, 1, "horizon: 80s\n");
    let listed = &mut config.world.workloads[0].classes;
    *listed = classes.iter().map(|class| (*class).to_owned()).collect();
    let record = simulate(&config, six(), &mut Script(Vec::new()));
    let classes = record.workloads[0].classes.iter();
    classes
        .map(|class| (class.class.clone(), class.queue_delay.max_us / 1_000_000))
        .collect()
}

#[test]
fn listed_classes_are_served_in_the_order_of_the_list_and_the_others_as_they_came() {
    let waited = waits(&["checkout", "search", "absent"]);
    let expected = [
        ("browse", 30),
        ("crawl", 40),
        ("checkout", 10),
        ("browse-more", 50),
        ("search", 20),
    ];
    assert_eq!(waited, expected.map(|(class, s)| (class.to_owned(), s)));
    let waited = waits(&[]);
    let expected = [
        ("browse", 10),
        ("crawl", 20),
        ("checkout", 30),
        ("browse-more", 40),
        ("search", 50),
    ];
    assert_eq!(waited, expected.map(|(class, s)| (class.to_owned(), s)));
}
