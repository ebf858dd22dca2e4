//! With fixed replicas the world is its queue.

use rand_distr::{Distribution, Exp1};
use spillway_sim::queue::{QueueConfig, RequestQueue, ServerId};
use spillway_sim::random::stream;
use spillway_sim::time::Nanos;
use spillway_sim::trace::Arrival;

use crate::fixture::{Given, Script, config, simulate};

#[test]
fn four_fixed_replicas_give_the_answer_of_the_queue_alone_which_is_that_of_erlang() {
    let mut random = stream(3, "test", "poisson");
    let mut at_s = 0.0;
    let arrivals: Vec<Arrival> = (0..100_000)
        .map(|_| {
            let (gap, service): (f64, f64) = (Exp1.sample(&mut random), Exp1.sample(&mut random));
            at_s += gap / 3.0;
            Arrival {
                at: Nanos::from_secs_f64(at_s),
                service: Nanos::from_secs_f64(service),
                workload: 0,
                class: 0,
                bytes: 0,
            }
        })
        .collect();
    let mut queue = RequestQueue::new(
        QueueConfig {
            concurrency: 1,
            delay_objective: Nanos::from_secs(60),
            most_waiting: None,
        },
        (),
    );
    for server in 0..4 {
        queue.add_server(Nanos::ZERO, ServerId(server));
    }
    for arrival in &arrivals {
        queue.arrive(*arrival);
    }
    let record = simulate(
        &config(2, 4, ""),
        Given::new(arrivals),
        &mut Script(Vec::new()),
    );
    queue.advance(Nanos::from_millis(record.meta.horizon_ms.0));
    let delay = record.summary.queue_delay;
    let alone = queue.queue_delays();
    assert_eq!(
        (delay.count, delay.max_us),
        (alone.count(), alone.max().0 / 1_000)
    );
    assert_eq!(
        u128::from(delay.mean_us),
        alone.sum_ns() / u128::from(alone.count()) / 1_000
    );
    // Erlang C for 4 servers at load 3: 0.5094, so the mean wait is 0.5094 s.
    let mean_s = alone.mean_s().expect("requests were served");
    assert!((mean_s / 0.509_4 - 1.0).abs() < 0.06, "{mean_s}");
}
