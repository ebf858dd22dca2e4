//! Single requests in other lines than one for all.

use super::*;

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

fn batches(config: QueueConfig, batch: u32) -> RequestQueue<Log> {
    let discipline = Discipline {
        batch,
        ..Discipline::default()
    };
    let mut queue = RequestQueue::disciplined(config, discipline, Log::default());
    queue.add_server(Nanos::ZERO, ServerId(0));
    queue
}

#[test]
fn a_batch_takes_what_waits_up_to_its_size_and_ends_with_its_longest() {
    let mut queue = batches(CONFIG, 3);
    for (at, service) in [(0, 10), (1, 5), (2, 20), (3, 1), (4, 1)] {
        queue.arrive(request(at, service));
    }
    assert_eq!(counts(&queue), [5, 0, 4, 1, 0, 0], "the first begins alone");
    queue.advance(Nanos(29));
    assert_eq!(counts(&queue), [5, 1, 1, 3, 0, 0]);
    queue.arrive(request(31, 2));
    assert_eq!(counts(&queue), [6, 5, 0, 1, 0, 0]);
    queue.advance(Nanos(100));
    let ends = [(0, 10), (1, 30), (2, 30), (3, 30), (4, 31), (31, 33)];
    assert_eq!(queue.observer().0, ends.map(|(at, end)| (at, 0, end)));
    assert_eq!(queue.queue_delays().sum_ns(), 9 + 8 + 7 + 26);
    let integrals = queue.integrals();
    assert_eq!(integrals.busy_ns, 10 + 3 * 20 + 1 + 2);
    assert_eq!(integrals.slot_ns, 3 * 100);
}

#[test]
fn a_replica_has_as_many_batches_as_its_concurrency_and_drains_or_loses_whole_ones() {
    let two = QueueConfig {
        concurrency: 2,
        ..CONFIG
    };
    let mut queue = batches(two, 2);
    for (at, service) in [(0, 10), (0, 30), (1, 5), (1, 7), (1, 9), (1, 2)] {
        queue.arrive(request(at, service));
    }
    assert_eq!(counts(&queue), [6, 0, 4, 2, 0, 0]);
    queue.advance(Nanos(11));
    assert_eq!(counts(&queue), [6, 1, 2, 3, 0, 0]);
    assert_eq!(queue.drain_server(Nanos(12), ServerId(0)), Some(Nanos(30)));
    queue.advance(Nanos(18));
    assert_eq!(counts(&queue), [6, 3, 2, 1, 0, 0]);
    assert_eq!(queue.lose_server(Nanos(20), ServerId(0)), Some(1));
    queue.add_server(Nanos(20), ServerId(1));
    assert_eq!(
        counts(&queue),
        [6, 3, 0, 3, 0, 1],
        "it can be used again as a whole"
    );
    queue.advance(Nanos(100));
    let last: Vec<_> = queue.observer().0[3..].to_vec();
    assert_eq!(last, [(1, 1, 22), (0, 1, 50), (1, 1, 50)]);
}
