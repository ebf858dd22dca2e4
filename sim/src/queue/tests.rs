//! What happens to single requests as replicas come and go.

use super::*;

const CONFIG: QueueConfig = QueueConfig {
    concurrency: 1,
    delay_objective: Nanos(5),
    most_waiting: None,
};

fn request(at: u64, service: u64) -> Arrival {
    Arrival {
        at: Nanos(at),
        service: Nanos(service),
        workload: 0,
        class: 0,
        bytes: 0,
    }
}

#[derive(Default)]
struct Log(Vec<(u64, u64, u64)>);

impl Observer for Log {
    fn done(&mut self, service: &Service) {
        self.0
            .push((service.arrival.at.0, service.server.0, service.finish().0));
    }
}

fn queue(config: QueueConfig, servers: u64) -> RequestQueue<Log> {
    let mut queue = RequestQueue::new(config, Log::default());
    for server in 0..servers {
        queue.add_server(Nanos::ZERO, ServerId(server));
    }
    queue
}

/// (arrivals, done, queued, in service, dropped, retried), after the balance was checked.
fn counts(queue: &RequestQueue<Log>) -> [u64; 6] {
    let c = queue.counts();
    assert_eq!(c.check(), Ok(()));
    [
        c.arrivals,
        c.done,
        c.queued,
        c.in_service,
        c.dropped,
        c.retried,
    ]
}

#[test]
fn requests_wait_in_order_and_integrals_equal_the_sums_of_their_times() {
    let mut queue = queue(CONFIG, 1);
    for (at, service) in [(0, 10), (1, 10), (2, 1)] {
        queue.arrive(request(at, service));
    }
    assert_eq!(counts(&queue), [3, 0, 2, 1, 0, 0]);
    assert_eq!(queue.oldest_wait(), Some(Nanos(1)));
    queue.advance(Nanos(100));
    assert_eq!(queue.observer().0, [(0, 0, 10), (1, 0, 20), (2, 0, 21)]);
    assert_eq!(queue.queue_delays().sum_ns(), 9 + 18);
    assert_eq!(queue.queue_delays().above_objective(), 2);
    let integrals = queue.integrals();
    assert_eq!(
        (integrals.queued_ns, integrals.busy_ns, integrals.slot_ns),
        (27, 21, 100)
    );
    assert_eq!(
        queue.sojourns().sum_ns(),
        integrals.queued_ns + integrals.busy_ns
    );
}

#[test]
fn a_request_that_arrives_as_another_ends_does_not_wait() {
    let mut queue = queue(CONFIG, 1);
    queue.arrive(request(0, 10));
    queue.arrive(request(10, 5));
    queue.advance(Nanos(15));
    assert_eq!(queue.queue_delays().max(), Nanos::ZERO);
}

#[test]
fn without_replicas_requests_wait_for_the_first_one() {
    let mut queue = queue(
        QueueConfig {
            concurrency: 2,
            ..CONFIG
        },
        0,
    );
    for at in 0..3 {
        queue.arrive(request(at, 10));
    }
    queue.add_server(Nanos(7), ServerId(9));
    assert_eq!(counts(&queue), [3, 0, 1, 2, 0, 0]);
    queue.advance(Nanos(27));
    assert_eq!(queue.observer().0, [(0, 9, 17), (1, 9, 17), (2, 9, 27)]);
}

#[test]
fn a_draining_replica_finishes_what_it_has_and_takes_no_more() {
    let mut queue = queue(CONFIG, 2);
    queue.arrive(request(0, 10));
    queue.arrive(request(0, 30));
    queue.arrive(request(1, 5));
    assert_eq!(queue.drain_server(Nanos(2), ServerId(0)), Some(Nanos(10)));
    queue.advance(Nanos(11));
    assert_eq!(counts(&queue), [3, 1, 1, 1, 0, 0]);
    assert_eq!(queue.drain_server(Nanos(12), ServerId(0)), None);
    queue.add_server(Nanos(12), ServerId(0));
    queue.advance(Nanos(40));
    assert_eq!(queue.observer().0, [(0, 0, 10), (1, 0, 17), (0, 1, 30)]);
    assert_eq!(queue.drain_server(Nanos(40), ServerId(1)), Some(Nanos(40)));
}

#[test]
fn requests_of_a_lost_replica_go_back_to_the_head_and_start_anew() {
    let mut queue = queue(
        QueueConfig {
            concurrency: 2,
            ..CONFIG
        },
        1,
    );
    for at in 0..3 {
        queue.arrive(request(at, 10));
    }
    assert_eq!(queue.lose_server(Nanos(5), ServerId(0)), Some(2));
    assert_eq!(queue.lose_server(Nanos(5), ServerId(0)), None);
    assert_eq!(counts(&queue), [3, 0, 3, 0, 0, 2]);
    queue.add_server(Nanos(6), ServerId(1));
    queue.advance(Nanos(100));
    assert_eq!(queue.observer().0, [(0, 1, 16), (1, 1, 16), (2, 1, 26)]);
}

#[test]
fn a_draining_replica_can_be_lost() {
    let mut queue = queue(CONFIG, 1);
    queue.arrive(request(0, 10));
    assert_eq!(queue.drain_server(Nanos(1), ServerId(0)), Some(Nanos(10)));
    assert_eq!(queue.lose_server(Nanos(2), ServerId(0)), Some(1));
    assert_eq!(counts(&queue), [1, 0, 1, 0, 0, 1]);
    queue.advance(Nanos(50));
    assert_eq!(queue.integrals().slot_ns, 2);
}

#[test]
fn a_full_queue_drops_and_says_so() {
    let mut queue = queue(
        QueueConfig {
            most_waiting: Some(1),
            ..CONFIG
        },
        1,
    );
    for at in 0..4 {
        queue.arrive(request(at, 10));
    }
    assert_eq!(counts(&queue), [4, 0, 1, 1, 2, 0]);
}

/// Server 10 is in place 1, server 20 in place 2; no others in place 0.
fn in_places(refuse: bool, servers: &[u64]) -> RequestQueue<Log> {
    let places = Places {
        count: 3,
        of: |server| usize::try_from(server.0 / 10).expect("few servers"),
        refuse,
    };
    let discipline = Discipline {
        places,
        ..Discipline::default()
    };
    let mut queue = RequestQueue::disciplined(CONFIG, discipline, Log::default());
    for server in servers {
        queue.add_server(Nanos::ZERO, ServerId(*server));
    }
    queue
}

#[test]
fn a_request_is_served_in_its_place_even_where_another_has_a_free_replica() {
    let mut queue = in_places(false, &[10, 20]);
    queue.arrive_at(1, request(0, 10));
    queue.arrive_at(1, request(1, 10));
    assert_eq!(counts(&queue), [2, 0, 1, 1, 0, 0]);
    queue.advance(Nanos(50));
    assert_eq!(queue.observer().0, [(0, 10, 10), (1, 10, 20)]);
}

#[test]
fn what_waits_where_nobody_serves_goes_on_when_it_is_told_so_by_its_time_of_arrival() {
    let mut queue = in_places(false, &[10, 20]);
    for (place, at) in [(1, 0), (2, 1), (1, 3), (2, 4)] {
        queue.arrive_at(place, request(at, 10));
    }
    assert_eq!(queue.lose_server(Nanos(5), ServerId(10)), Some(1));
    assert_eq!(counts(&queue), [4, 0, 3, 1, 0, 1]);
    queue.redirect(
        Nanos(6),
        |arrival| if arrival.at == Nanos(3) { 2 } else { 0 },
    );
    assert_eq!(
        counts(&queue),
        [4, 0, 3, 1, 0, 1],
        "one place without a replica is as good as another"
    );
    queue.advance(Nanos(100));
    assert_eq!(queue.observer().0, [(1, 20, 11), (3, 20, 21), (4, 20, 31)]);
    queue.redirect(Nanos(100), |_| 2);
    queue.advance(Nanos(110));
    assert_eq!(counts(&queue), [4, 4, 0, 0, 0, 1]);
}

#[test]
fn what_would_wait_where_nobody_serves_is_refused_where_that_is_the_rule() {
    let mut queue = in_places(true, &[10]);
    queue.arrive_at(2, request(0, 10));
    assert_eq!(counts(&queue), [1, 0, 0, 0, 1, 0]);
    queue.arrive_at(1, request(1, 10));
    queue.arrive_at(1, request(2, 10));
    assert_eq!(queue.drain_server(Nanos(3), ServerId(10)), Some(Nanos(11)));
    assert_eq!(
        counts(&queue),
        [3, 0, 0, 1, 2, 0],
        "who waits for a replica that leaves"
    );
    assert_eq!(queue.lose_server(Nanos(4), ServerId(10)), Some(1));
    assert_eq!(counts(&queue), [3, 0, 0, 0, 3, 1], "and what it had begun");
}

fn of_class(class: u32, at: u64, service: u64) -> Arrival {
    Arrival {
        class,
        ..request(at, service)
    }
}

#[test]
fn classes_of_rank_go_first_and_interrupt_nobody_and_the_others_are_one_line() {
    let mut classes = Classes::ranked(2);
    // Class 0 and 3 are further ones, 1 goes second and 2 first.
    for rank in [None, Some(1), Some(0), None] {
        classes.name_next(rank);
    }
    let discipline = Discipline {
        classes,
        ..Discipline::default()
    };
    let mut queue = RequestQueue::disciplined(CONFIG, discipline, Log::default());
    queue.add_server(Nanos::ZERO, ServerId(0));
    for (class, at) in [
        (0, 0),
        (3, 1),
        (0, 2),
        (1, 3),
        (2, 4),
        (1, 5),
        (2, 6),
        (9, 7),
    ] {
        queue.arrive(of_class(class, at, 10));
    }
    assert_eq!(queue.oldest_wait(), Some(Nanos(6)));
    assert_eq!(queue.waiting_longer_than(Nanos(3)), 3);
    queue.advance(Nanos(100));
    let order: Vec<u64> = queue.observer().0.iter().map(|(at, ..)| *at).collect();
    assert_eq!(order, [0, 4, 6, 3, 5, 1, 2, 7]);
}

#[test]
fn a_lost_request_goes_back_to_the_head_of_its_class_only() {
    let mut classes = Classes::ranked(1);
    classes.name_next(None);
    classes.name_next(Some(0));
    let discipline = Discipline {
        classes,
        ..Discipline::default()
    };
    let mut queue = RequestQueue::disciplined(CONFIG, discipline, Log::default());
    queue.add_server(Nanos::ZERO, ServerId(0));
    for (class, at) in [(0, 0), (0, 1), (1, 2)] {
        queue.arrive(of_class(class, at, 10));
    }
    assert_eq!(queue.lose_server(Nanos(5), ServerId(0)), Some(1));
    queue.add_server(Nanos(5), ServerId(1));
    queue.advance(Nanos(100));
    let order: Vec<u64> = queue.observer().0.iter().map(|(at, ..)| *at).collect();
    assert_eq!(order, [2, 0, 1]);
}

fn assigned(choice: Choice, servers: u64) -> RequestQueue<Log> {
    let random = crate::random::stream(1, "assignment", "test");
    let discipline = Discipline {
        assignment: Some(Assignment::new(choice, random)),
        ..Discipline::default()
    };
    let mut queue = RequestQueue::disciplined(CONFIG, discipline, Log::default());
    for server in 0..servers {
        queue.add_server(Nanos::ZERO, ServerId(server));
    }
    queue
}

#[test]
fn a_request_goes_to_the_replica_with_the_fewest_and_stays_though_another_is_free_earlier() {
    let mut queue = assigned(Choice::LeastOutstanding, 2);
    for (at, service) in [(0, 100), (1, 10), (2, 5), (3, 5)] {
        queue.arrive(request(at, service));
    }
    // The two long ones are at one replica each, and of the two short ones each replica has one more.
    assert_eq!(counts(&queue), [4, 0, 2, 2, 0, 0]);
    queue.advance(Nanos(60));
    assert_eq!(
        counts(&queue),
        [4, 2, 1, 1, 0, 0],
        "one waits beside a free replica"
    );
    queue.advance(Nanos(200));
    let mut ends: Vec<u64> = queue.observer().0.iter().map(|(.., end)| *end).collect();
    ends.sort_unstable();
    assert_eq!(ends, [11, 16, 100, 105]);
}

#[test]
fn the_line_of_a_replica_that_goes_is_handed_to_the_others_and_waits_where_there_are_none() {
    let mut queue = assigned(Choice::Random, 1);
    for at in 0..4 {
        queue.arrive(request(at, 10));
    }
    queue.add_server(Nanos(4), ServerId(7));
    assert_eq!(
        counts(&queue),
        [4, 0, 3, 1, 0, 0],
        "who waits for a replica waits for it"
    );
    assert_eq!(queue.drain_server(Nanos(5), ServerId(0)), Some(Nanos(10)));
    assert_eq!(counts(&queue), [4, 0, 2, 2, 0, 0]);
    assert_eq!(queue.lose_server(Nanos(6), ServerId(7)), Some(1));
    assert_eq!(counts(&queue), [4, 0, 3, 1, 0, 1]);
    queue.arrive(request(7, 10));
    assert_eq!(queue.drain_server(Nanos(8), ServerId(0)), Some(Nanos(10)));
    queue.add_server(Nanos(20), ServerId(8));
    queue.advance(Nanos(100));
    let log: Vec<_> = queue
        .observer()
        .0
        .iter()
        .map(|(at, server, _)| (*at, *server))
        .collect();
    assert_eq!(log, [(0, 0), (1, 8), (2, 8), (3, 8), (7, 8)]);
    assert_eq!(queue.waiting_longer_than(Nanos::ZERO), 0);
}

#[test]
fn requests_that_appear_from_nowhere_are_noticed() {
    let counts = Counts {
        done: 1,
        ..Counts::default()
    };
    assert_eq!(counts.check(), Err(ConservationError(counts)));
}
