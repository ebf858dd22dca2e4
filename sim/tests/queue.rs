//! The request queue under replicas that come, drain and get lost at any time.

use std::collections::BTreeMap;

use proptest::prelude::*;
use spillway_sim::queue::{
    Assignment, Choice, Discipline, Observer, Places, QueueConfig, RequestQueue, ServerId, Service,
};
use spillway_sim::time::Nanos;
use spillway_sim::trace::Arrival;

#[derive(Debug, Clone)]
enum Step {
    Arrive { service: u64 },
    Add,
    Drain { choice: usize },
    Lose { choice: usize },
}

fn step() -> impl Strategy<Value = (u64, Step)> {
    let step = prop_oneof![
        6 => (0..50_u64).prop_map(|service| Step::Arrive { service }),
        2 => Just(Step::Add),
        1 => any::<usize>().prop_map(|choice| Step::Drain { choice }),
        1 => any::<usize>().prop_map(|choice| Step::Lose { choice }),
    ];
    (0..20_u64, step)
}

#[derive(Default)]
struct Log(Vec<Service>);

impl Observer for Log {
    fn done(&mut self, service: &Service) {
        self.0.push(*service);
    }
}

/// What the world knows of a replica: when it came and when it was gone.
struct Life {
    from: Nanos,
    until: Nanos,
    draining: bool,
}

/// The replica that `choice` means among those that are still here.
fn pick(lives: &BTreeMap<ServerId, Life>, now: Nanos, choice: usize) -> Option<ServerId> {
    let here: Vec<_> = lives
        .iter()
        .filter(|(_, life)| life.until > now)
        .map(|(server, _)| *server)
        .collect();
    (!here.is_empty()).then(|| here[choice % here.len()])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_replicas_do_requests_are_conserved_served_in_order_and_only_where_a_replica_is(
        steps in prop::collection::vec(step(), 1..200),
        concurrency in 1..4_u32,
    ) {
        let config = QueueConfig { concurrency, delay_objective: Nanos(10), most_waiting: Some(20) };
        let mut queue = RequestQueue::new(config, Log::default());
        let mut lives = BTreeMap::new();
        let mut now = Nanos::ZERO;
        for (index, (pause, step)) in steps.into_iter().enumerate() {
            now += Nanos(pause);
            match step {
                Step::Arrive { service } => {
                    let class = u32::try_from(index).expect("few steps");
                    queue.arrive(Arrival { at: now, service: Nanos(service), workload: 0, class, bytes: 0 });
                }
                Step::Add => {
                    let server = ServerId(index as u64);
                    queue.add_server(now, server);
                    lives.insert(server, Life { from: now, until: Nanos::MAX, draining: false });
                }
                Step::Drain { choice } => {
                    if let Some(server) = pick(&lives, now, choice) {
                        let gone = queue.drain_server(now, server).expect("the replica is here");
                        let life = lives.get_mut(&server).expect("picked from it");
                        // Draining a second time changes nothing.
                        prop_assert!(!life.draining || life.until == gone);
                        (life.until, life.draining) = (gone, true);
                    }
                }
                Step::Lose { choice } => {
                    if let Some(server) = pick(&lives, now, choice) {
                        prop_assert!(queue.lose_server(now, server).is_some());
                        lives.get_mut(&server).expect("picked from it").until = now;
                    }
                }
            }
            // A step that found no replica has not touched the queue.
            queue.advance(now);
            prop_assert_eq!(queue.counts().check(), Ok(()));
            let counts = queue.counts();
            let here = lives.values().filter(|life| life.until > now).count() as u64;
            let accepting = lives.values().filter(|life| life.until > now && !life.draining).count() as u64;
            prop_assert!(counts.in_service <= here * u64::from(concurrency));
            let all_busy = counts.in_service >= accepting * u64::from(concurrency);
            prop_assert!(counts.queued == 0 || all_busy, "a request waits although a replica is free");
        }
        // One replica more serves what is left, so that nothing remains.
        queue.add_server(now, ServerId(u64::MAX));
        lives.insert(ServerId(u64::MAX), Life { from: now, until: Nanos::MAX, draining: false });
        while let Some(next) = queue.next_departure() {
            queue.advance(next);
        }
        let counts = queue.counts();
        prop_assert_eq!(counts.check(), Ok(()));
        prop_assert_eq!(counts.done + counts.dropped, counts.arrivals);
        let log = &queue.observer().0;
        for service in log {
            let life = &lives[&service.server];
            prop_assert!(service.started >= life.from && service.finish() <= life.until);
            prop_assert!(service.started >= service.arrival.at);
        }
        if counts.retried == 0 {
            let mut by_start: Vec<_> = log.iter().map(|service| (service.arrival.class, service.started)).collect();
            by_start.sort_unstable();
            prop_assert!(by_start.is_sorted_by_key(|(_, started)| *started), "somebody overtook");
            // Little's law without any remainder, since nobody's work was lost.
            let integrals = queue.integrals();
            prop_assert_eq!(integrals.queued_ns, queue.queue_delays().sum_ns());
            prop_assert_eq!(integrals.queued_ns + integrals.busy_ns, queue.sojourns().sum_ns());
        }
    }
    #[test]
    fn in_any_number_of_places_requests_are_conserved_and_wait_only_where_all_are_busy(
        steps in prop::collection::vec((step(), 0..3_usize), 1..200),
        concurrency in 1..4_u32,
        refuse in any::<bool>(),
        batch in 1..4_u32,
        choice in prop_oneof![Just(None), Just(Some(Choice::Random)), Just(Some(Choice::LeastOutstanding))],
    ) {
        let config = QueueConfig { concurrency, delay_objective: Nanos(10), most_waiting: Some(20) };
        let of = |server: ServerId| usize::try_from(server.0 % 3).expect("below 3");
        let random = spillway_sim::random::stream(3, "assignment", "test");
        let discipline = Discipline {
            places: Places { count: 3, of, refuse },
            assignment: choice.map(|choice| Assignment::new(choice, random)),
            batch,
            ..Discipline::default()
        };
        let mut queue = RequestQueue::disciplined(config, discipline, Log::default());
        let mut lives = BTreeMap::new();
        let mut now = Nanos::ZERO;
        for (index, ((pause, step), place)) in steps.into_iter().enumerate() {
            now += Nanos(pause);
            match step {
                Step::Arrive { service } => {
                    let arrival = Arrival { at: now, service: Nanos(service), workload: 0, class: 0, bytes: 0 };
                    queue.arrive_at(place, arrival);
                }
                Step::Add => {
                    let server = ServerId(index as u64 * 3 + place as u64);
                    queue.add_server(now, server);
                    lives.insert(server, Life { from: now, until: Nanos::MAX, draining: false });
                }
                Step::Drain { choice } => {
                    if let Some(server) = pick(&lives, now, choice) {
                        let life = lives.get_mut(&server).expect("picked from it");
                        life.until = queue.drain_server(now, server).expect("the replica is here");
                        life.draining = true;
                    }
                }
                Step::Lose { choice } => {
                    if let Some(server) = pick(&lives, now, choice) {
                        prop_assert!(queue.lose_server(now, server).is_some());
                        lives.get_mut(&server).expect("picked from it").until = now;
                    }
                }
            }
            queue.redirect(now, |arrival| (index + arrival.at.0.count_ones() as usize) % 3);
            prop_assert_eq!(queue.counts().check(), Ok(()));
            let accepts = |at: usize| lives.iter().any(|(server, life)| of(*server) == at && life.until > now && !life.draining);
            let counts = queue.counts();
            prop_assert!(!refuse || counts.queued == 0 || (0..3).any(accepts), "who is refused does not wait");
        }
        for place in 0..3 {
            queue.add_server(now, ServerId(3_000_000 + place));
        }
        while let Some(next) = queue.next_departure() {
            queue.advance(next);
        }
        let counts = queue.counts();
        prop_assert_eq!((counts.check(), counts.done + counts.dropped), (Ok(()), counts.arrivals));
        for service in &queue.observer().0 {
            if let Some(life) = lives.get(&service.server) {
                prop_assert!(service.started >= life.from && service.finish() <= life.until);
            }
        }
    }
}
