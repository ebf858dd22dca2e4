//! Whatever happens to the replicas, nothing of a fluid is lost.

use proptest::prelude::*;
use spillway_sim::queue::{FluidQueue, QueueConfig, ServerId};
use spillway_sim::random::stream;
use spillway_sim::time::Nanos;
use spillway_sim::trace::Inflow;

#[derive(Debug, Clone)]
enum Step {
    Arrive {
        count: u64,
        width: u64,
        service: u64,
    },
    Add,
    Drain {
        choice: usize,
    },
    Lose {
        choice: usize,
    },
}

fn step() -> impl Strategy<Value = (u64, Step)> {
    let step = prop_oneof![
        4 => (0..500_u64, 1..60_000_u64, 0..5_000_u64)
            .prop_map(|(count, width, service)| Step::Arrive { count, width, service }),
        3 => Just(Step::Add),
        1 => any::<usize>().prop_map(|choice| Step::Drain { choice }),
        1 => any::<usize>().prop_map(|choice| Step::Lose { choice }),
    ];
    (0..20_000_u64, step)
}

fn play(steps: &[(u64, Step)], concurrency: u32, mut check: impl FnMut(&FluidQueue)) -> FluidQueue {
    let config = QueueConfig {
        concurrency,
        delay_objective: Nanos::from_secs(1),
        most_waiting: Some(200),
    };
    let random = stream(1, "test", "scatter");
    let queue = FluidQueue::new(config, 1, |_| 0);
    let mut queue = queue.scattered(Nanos::from_secs(15), random);
    let mut here = Vec::new();
    let mut now = Nanos::ZERO;
    for (index, (pause, step)) in steps.iter().enumerate() {
        now += Nanos::from_millis(*pause);
        match step {
            Step::Arrive {
                count,
                width,
                service,
            } => queue.arrive(Inflow {
                at: now,
                width: Nanos::from_millis(*width),
                workload: 0,
                count: *count,
                service_mean: Nanos::from_millis(*service),
                squared_variation: 1.0,
                independent: true,
            }),
            Step::Add => {
                here.push(ServerId(index as u64));
                queue.add_server(now, ServerId(index as u64));
            }
            Step::Drain { choice } if !here.is_empty() => {
                let server = here[choice % here.len()];
                // It may be gone since it was drained before.
                queue.drain_server(now, server);
            }
            Step::Lose { choice } if !here.is_empty() => {
                let server = here.remove(choice % here.len());
                queue.lose_server(now, server);
            }
            Step::Drain { .. } | Step::Lose { .. } => queue.advance(now),
        }
        check(&queue);
    }
    queue
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_replicas_do_nothing_is_lost_to_the_millionth_of_a_request_and_all_ends(
        steps in prop::collection::vec(step(), 1..100),
        concurrency in 1..4_u32,
    ) {
        let mut last_done = 0;
        let mut queue = play(&steps, concurrency, |queue| {
            let [arrived, done, waiting, in_service, dropped] = queue.micro();
            assert_eq!(arrived, done + waiting + in_service + dropped);
            assert_eq!(queue.counts().check(), Ok(()));
            assert_eq!(queue.counts().done, queue.queue_delays().count());
            assert!(done >= last_done);
            last_done = done;
        });
        let again = play(&steps, concurrency, |_| {});
        prop_assert_eq!(again.micro(), queue.micro(), "the same steps give the same");
        prop_assert_eq!(again.queue_delays().sum_ns(), queue.queue_delays().sum_ns());
        let all: u64 = steps.iter().map(|(_, step)| match step {
            Step::Arrive { count, .. } => *count,
            _ => 0,
        }).sum();
        queue.add_server(queue.now(), ServerId(u64::MAX));
        let end = queue.now() + Nanos::from_secs(3_600);
        queue.advance(end);
        prop_assert_eq!(queue.micro()[0], all * 1_000_000, "all have come");
        let [_, _, waiting, in_service, _] = queue.micro();
        prop_assert!(waiting + in_service < 1_000_000, "nothing stays: {} {}", waiting, in_service);
    }
}
