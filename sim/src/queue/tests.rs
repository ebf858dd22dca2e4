//! What happens to single requests as replicas come and go.

mod disciplines;

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

#[test]
fn requests_that_appear_from_nowhere_are_noticed() {
    let counts = Counts {
        done: 1,
        ..Counts::default()
    };
    assert_eq!(counts.check(), Err(ConservationError(counts)));
}
