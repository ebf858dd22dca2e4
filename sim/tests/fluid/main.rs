//! The fluid queue against theory: balance, overload, conservation.

mod conservation;

use spillway_sim::queue::{FluidQueue, QueueConfig, ServerId};
use spillway_sim::time::Nanos;
use spillway_sim::trace::Inflow;

const SERVICE: Nanos = Nanos::from_millis(500);

fn queue(servers: u64, most_waiting: Option<usize>) -> FluidQueue {
    let config = QueueConfig {
        concurrency: 1,
        delay_objective: Nanos::from_secs(1),
        most_waiting,
    };
    let mut queue = FluidQueue::new(config, 2, |server| usize::from(server.0 % 2 == 1));
    for server in 0..servers {
        queue.add_server(Nanos::ZERO, ServerId(server));
    }
    queue
}

fn inflow(at_s: u64, width_s: u64, per_second: u64, squared_variation: f64) -> Inflow {
    Inflow {
        at: Nanos::from_secs(at_s),
        width: Nanos::from_secs(width_s),
        workload: 0,
        count: per_second * width_s,
        service_mean: SERVICE,
        squared_variation,
        independent: true,
    }
}

/// After an hour of warm-up, a day in balance, looked at every 15 s: mean wait in seconds, and the relative distance
/// between the two sides of Little's law.
fn day_in_balance(servers: u64, per_second: u64, squared_variation: f64) -> (f64, f64) {
    let mut queue = queue(servers, None);
    queue.arrive(inflow(0, 90_000, per_second, squared_variation));
    queue.advance(Nanos::from_secs(3_600));
    let before = (
        queue.integrals().queued_ns,
        queue.queue_delays().sum_ns(),
        queue.queue_delays().count(),
    );
    for step in 1..=5_760_u64 {
        queue.advance(Nanos::from_secs(3_600 + 15 * step));
    }
    let queued = float(queue.integrals().queued_ns - before.0);
    let waited = float(queue.queue_delays().sum_ns() - before.1);
    let count = float(u128::from(queue.queue_delays().count() - before.2));
    (waited / count / 1e9, (waited / queued - 1.0).abs())
}

#[expect(clippy::cast_precision_loss, reason = "small enough")]
fn float(number: u128) -> f64 {
    number as f64
}

/// Mean wait of M/M/c in seconds, by Erlang's formula.
fn erlang(servers: u64, per_second: u64) -> f64 {
    let load = float(u128::from(per_second)) * SERVICE.as_secs_f64();
    let mut blocked = 1.0;
    for server in 1..=servers {
        blocked = load * blocked / (float(u128::from(server)) + load * blocked);
    }
    let spare = float(u128::from(servers)) - load;
    let waits = float(u128::from(servers)) * blocked / (spare + load * blocked);
    waits * SERVICE.as_secs_f64() / spare
}

#[test]
fn a_constant_load_waits_as_erlang_says_and_littles_law_holds() {
    for (servers, per_second) in [(4, 6), (4, 7), (10, 18), (20, 36), (50, 95)] {
        let theory = erlang(servers, per_second);
        let (mean, little) = day_in_balance(servers, per_second, 1.0);
        assert!(
            (mean / theory - 1.0).abs() < 0.07,
            "{servers} servers, {per_second}/s: {mean} s for {theory} s"
        );
        assert!(little < 0.02, "Little's law is off by {little}");
    }
}

#[test]
fn one_server_waits_as_pollaczek_and_khinchine_say_for_any_variation() {
    for (per_second, squared_variation) in [(1, 1.0), (1, 0.0), (1, 4.0), (1, 0.25)] {
        let load = float(u128::from(per_second)) * SERVICE.as_secs_f64();
        let theory =
            f64::midpoint(1.0, squared_variation) * load / (1.0 - load) * SERVICE.as_secs_f64();
        let (mean, little) = day_in_balance(1, per_second, squared_variation);
        assert!(
            (mean / theory - 1.0).abs() < 0.02,
            "variation {squared_variation}: {mean} s for {theory} s"
        );
        assert!(little < 0.02, "Little's law is off by {little}");
    }
}

#[test]
fn an_overload_grows_and_drains_in_a_straight_line_and_waits_are_its_age() {
    // 20 a second are served; 30 a second come for ten minutes, then 10 a second.
    let mut queue = queue(10, None);
    queue.arrive(inflow(0, 600, 30, 1.0));
    for step in 1..=40_u64 {
        queue.advance(Nanos::from_secs(15 * step));
        let [.., waiting, _, _] = queue.micro();
        // Ten requests are in service, and the slots were not full at once.
        let straight = 150.0 * float(u128::from(step)) - 10.0;
        let off = float(u128::from(waiting)) / 1e6 - straight;
        assert!((0.0..25.0).contains(&off), "{off} more than {straight}");
    }
    // Who is at the head of some 6,000 came when a third of the time was still to come.
    let oldest = queue.oldest_wait().expect("many wait").as_secs_f64();
    assert!((oldest - 200.0).abs() < 2.0, "{oldest}");
    let before = queue.micro()[2];
    queue.arrive(inflow(600, 1_200, 10, 1.0));
    queue.advance(Nanos::from_secs(900));
    let drained = float(u128::from(before - queue.micro()[2])) / 1e6;
    assert!((drained / 3_000.0 - 1.0).abs() < 0.005, "{drained}");
    // 18,000 were served in that time: those of the first ten minutes. The last of them waited for five.
    let longest = queue.queue_delays().max().as_secs_f64();
    assert!((longest / 300.0 - 1.0).abs() < 0.05, "{longest}");
}

#[test]
fn what_exceeds_the_places_in_the_line_is_refused() {
    let mut queue = queue(10, Some(100));
    queue.arrive(inflow(0, 600, 30, 1.0));
    queue.advance(Nanos::from_secs(300));
    queue.advance(Nanos::from_secs(600));
    let counts = queue.counts();
    assert_eq!(counts.queued, 100);
    assert!(counts.dropped > 5_700, "{counts:?}");
}

#[test]
fn a_silent_hour_and_a_missing_replica_serve_nothing() {
    let mut idle = queue(3, None);
    idle.advance(Nanos::from_secs(3_600));
    assert_eq!((idle.counts().done, idle.integrals().busy_ns), (0, 0));
    let mut deserted = queue(0, None);
    deserted.arrive(inflow(0, 10, 7, 1.0));
    deserted.advance(Nanos::from_secs(60));
    let counts = deserted.counts();
    assert_eq!((counts.done, counts.queued), (0, 70));
    assert_eq!(deserted.oldest_wait(), Some(Nanos::from_secs(60)));
    assert_eq!(deserted.waiting_longer_than(Nanos::from_secs(55)), 35);
}

#[test]
fn what_a_silence_leaves_behind_does_not_age_into_the_next_arrivals() {
    let mut queue = queue(4, None);
    for hour in 0..24 {
        queue.arrive(inflow(hour * 3_600, 900, 1, 1.0));
        for step in 1..=240 {
            queue.advance(Nanos::from_secs(hour * 3_600 + 15 * step));
        }
    }
    let delays = queue.queue_delays();
    assert_eq!(queue.counts().done, 24 * 900);
    // A quiet hour of 1,800 s of work over 14,400 s of slots: nobody waits for a minute.
    assert!(delays.max() < Nanos::from_secs(60), "{:?}", delays.max());
}

#[test]
fn a_busy_replica_is_busy_for_its_share_and_each_place_does_its_own() {
    let mut queue = queue(4, None);
    queue.add_server(Nanos::ZERO, ServerId(4));
    queue.add_server(Nanos::ZERO, ServerId(6));
    queue.arrive(inflow(0, 3_600, 6, 1.0));
    queue.advance(Nanos::from_secs(3_600));
    // Three slots' worth on six replicas, four of which are in the first place.
    let busy = queue.busy(ServerId(0)).expect("it is here").as_secs_f64();
    assert!((busy / 1_800.0 - 1.0).abs() < 0.01, "{busy}");
    let done = queue.done_by_place();
    assert!(done[0].abs_diff(2 * done[1]) <= 2, "{done:?}");
    assert!(queue.counts().done - done.iter().sum::<u64>() <= 1);
}
