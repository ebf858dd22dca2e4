//! Other disciplines than one line, first come, first served.

use rand::RngExt;
use spillway_sim::queue::{Assignment, Choice, Classes, Discipline};
use spillway_sim::random;
use spillway_sim::time::Nanos;
use spillway_sim::trace::{Arrival, ServiceDistribution};

use crate::{assert_within, erlang_c_wait, mean_wait, mean_wait_of, poisson_arrivals, serve_by};

/// Poisson arrivals with exponential services, of which so many of 100 are of class 1 and the others of class 2.
fn two_classes(seed: u64, count: usize, rate: f64, mean: Nanos, percent: u32) -> Vec<Arrival> {
    let mut random = random::stream(seed, "class", "theory");
    let mut arrivals = poisson_arrivals(seed, count, rate, ServiceDistribution::Exponential, mean);
    for arrival in &mut arrivals {
        arrival.class = if random.random_range(0..100) < percent {
            1
        } else {
            2
        };
    }
    arrivals
}

#[test]
fn the_mean_wait_of_each_class_is_that_of_cobham() {
    let mean = Nanos::from_millis(500);
    for (seed, servers, utilisation, percent) in [(21, 1, 0.7, 40), (22, 3, 0.85, 30)] {
        let slots = u32::try_from(servers).expect("few servers");
        let rate = utilisation * f64::from(slots) / mean.as_secs_f64();
        let arrivals = two_classes(seed, 900_000, rate, mean, percent);
        let mut classes = Classes::ranked(1);
        for rank in [None, Some(0), None] {
            classes.name_next(rank);
        }
        let discipline = Discipline {
            classes,
            ..Discipline::default()
        };
        let queue = serve_by(discipline, &arrivals, servers, 1);
        let observer = queue.observer();
        let of = |class: u32| {
            let all = observer.services.iter().zip(&observer.classes);
            let own = all.filter(|(_, of)| **of == class);
            mean_wait_of(own.map(|(service, _)| *service).collect())
        };
        // Erlang's wait is that of one class: residual / (1 - r). Cobham's are residual / (1 - r1) for the first, and
        // residual / ((1 - r1) (1 - r)) for the second.
        let all = erlang_c_wait(rate, mean.as_secs_f64(), slots);
        let first = utilisation * f64::from(percent) / 100.0;
        let residual = all * (1.0 - utilisation);
        let name = |class: &str| format!("{class} class of M/M/{servers} at {utilisation}");
        assert_within(&name("first"), of(1), residual / (1.0 - first));
        assert_within(&name("second"), of(2), all / (1.0 - first));
    }
}

fn by_replica(choice: Choice, arrivals: &[Arrival], servers: u64) -> (f64, f64) {
    let discipline = Discipline {
        assignment: Some(Assignment::new(
            choice,
            random::stream(31, "assignment", "theory"),
        )),
        ..Discipline::default()
    };
    mean_wait(&serve_by(discipline, arrivals, servers, 1))
}

#[test]
fn replicas_that_are_given_requests_at_random_are_as_many_queues_of_one_server() {
    let mean = Nanos::from_millis(500);
    let (servers, utilisation) = (4, 0.7);
    let rate = utilisation * 4.0 / mean.as_secs_f64();
    let arrivals = poisson_arrivals(31, 900_000, rate, ServiceDistribution::Exponential, mean);
    let theory = utilisation * mean.as_secs_f64() / (1.0 - utilisation);
    let random = by_replica(Choice::Random, &arrivals, servers);
    assert_within("random of 4 M/M/1", random, theory);
    // Joining the shortest of several lines is better than any of them and worse than one line for all.
    let (least, half_width) = by_replica(Choice::LeastOutstanding, &arrivals, servers);
    let shared = erlang_c_wait(rate, mean.as_secs_f64(), 4);
    println!("least outstanding {least} +- {half_width}, one line {shared}");
    assert!(shared < least - half_width && least + half_width < theory / 2.0);
}

/// Mean wait in seconds of Poisson arrivals at one server that takes up to `batch` waiting ones together for a constant
/// time, and begins with one alone where it is idle.
///
/// The requests that wait as a batch ends are a Markov chain: `x` becomes `max(x - batch, 0)` and what comes in a service.
/// From one such moment to the next there is a service and, if nobody waits, first the time until somebody comes. The mean
/// number that waits over that time gives the mean wait by Little's law.
fn batch_wait(rate: f64, service: f64, batch: usize) -> f64 {
    const STATES: usize = 400;
    let mut coming = vec![(-rate * service).exp()];
    for n in 1..STATES {
        let before = coming[n - 1];
        coming.push(before * rate * service / f64::from(u32::try_from(n).expect("few")));
    }
    let mut chain = vec![0.0; STATES];
    chain[0] = 1.0;
    for _ in 0..3_000 {
        let mut next = vec![0.0; STATES];
        for (waiting, probability) in chain.iter().enumerate() {
            let left = waiting.saturating_sub(batch);
            for (more, likely) in coming.iter().enumerate().take(STATES - left) {
                next[left + more] += probability * likely;
            }
        }
        chain = next;
    }
    let left_waiting: f64 = (0_u32..)
        .zip(&chain[batch..])
        .map(|(left, probability)| f64::from(left) * probability)
        .sum();
    let length = service + chain[0] / rate;
    let waiting = service * left_waiting + rate * service * service / 2.0;
    waiting / length / rate
}

#[test]
fn the_mean_wait_for_batches_of_a_constant_time_is_that_of_the_embedded_chain() {
    let mean = Nanos::from_millis(500);
    // One alone is Pollaczek and Khinchine's queue.
    let single = batch_wait(1.4, 0.5, 1);
    assert!((single - 0.7 * 0.5 / (2.0 * 0.3)).abs() < 1e-6, "{single}");
    for (seed, batch, utilisation) in [(41, 4, 0.8), (42, 16, 0.5)] {
        let rate = utilisation * f64::from(batch) / mean.as_secs_f64();
        let service = ServiceDistribution::Deterministic;
        let arrivals = poisson_arrivals(seed, 420_000, rate, service, mean);
        let discipline = Discipline {
            batch,
            ..Discipline::default()
        };
        let measured = mean_wait(&serve_by(discipline, &arrivals, 1, 1));
        let size = usize::try_from(batch).expect("small");
        let theory = batch_wait(rate, mean.as_secs_f64(), size);
        assert_within(&format!("batches of {batch}"), measured, theory);
    }
}
