//! The queue against queueing theory, and against a recursion that knows no events.
//!
//! Seeds are fixed, so a test either always passes or never does; the confidence intervals say how far a figure may
//! lie from theory by chance.

mod disciplines;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rand::RngExt;
use rand_distr::Exp1;
use spillway_sim::queue::{Discipline, Observer, QueueConfig, RequestQueue, ServerId, Service};
use spillway_sim::random;
use spillway_sim::time::Nanos;
use spillway_sim::trace::{Arrival, ServiceDistribution};

/// Requests whose delays are thrown away, because the queue begins empty.
const WARM_UP: usize = 20_000;

/// Batches of a run: few enough that each is nearly independent of the next.
const BATCHES: usize = 20;

/// 99.9 % quantile of Student's t with 19 degrees of freedom, two-sided.
const STUDENT_T_19: f64 = 3.883;

/// Queue delay of each request in the order of arrival, and when the last one ended.
#[derive(Default)]
struct Waits {
    services: Vec<(Nanos, Nanos)>,
    /// The class of each.
    classes: Vec<u32>,
}

impl Observer for Waits {
    fn done(&mut self, service: &Service) {
        self.services.push((service.arrival.at, service.started));
        self.classes.push(service.arrival.class);
    }
}

/// Requests with exponential distances of mean `1 / rate_per_s`.
fn poisson_arrivals(
    seed: u64,
    count: usize,
    rate_per_s: f64,
    service: ServiceDistribution,
    mean: Nanos,
) -> Vec<Arrival> {
    let mut distances = random::stream(seed, "arrivals", "theory");
    let mut services = random::stream(seed, "service", "theory");
    let mut at = Nanos::ZERO;
    let mut next = || {
        at += Nanos::from_secs_f64(distances.sample::<f64, _>(Exp1) / rate_per_s);
        Arrival {
            at,
            service: service.sample(mean, &mut services),
            workload: 0,
            class: 0,
            bytes: 0,
        }
    };
    (0..count).map(|_| next()).collect()
}

/// Serves all requests to the end.
fn serve(arrivals: &[Arrival], servers: u64, concurrency: u32) -> RequestQueue<Waits> {
    serve_by(Discipline::default(), arrivals, servers, concurrency)
}

/// The same under a discipline.
fn serve_by(
    discipline: Discipline,
    arrivals: &[Arrival],
    servers: u64,
    concurrency: u32,
) -> RequestQueue<Waits> {
    let config = QueueConfig {
        concurrency,
        delay_objective: Nanos::from_millis(100),
        most_waiting: None,
    };
    let mut queue = RequestQueue::disciplined(config, discipline, Waits::default());
    for server in 0..servers {
        queue.add_server(Nanos::ZERO, ServerId(server));
    }
    for arrival in arrivals {
        queue.arrive(*arrival);
    }
    while let Some(next) = queue.next_departure() {
        queue.advance(next);
    }
    assert_eq!(queue.counts().check(), Ok(()));
    assert_eq!(queue.counts().done, arrivals.len() as u64);
    queue
}

/// Mean wait in seconds after the warm-up, and the half-width of its 99.9 % confidence interval by batch means.
fn mean_wait(queue: &RequestQueue<Waits>) -> (f64, f64) {
    mean_wait_of(queue.observer().services.clone())
}

/// The same of some requests, of whom it is known when they came and when they began.
fn mean_wait_of(mut services: Vec<(Nanos, Nanos)>) -> (f64, f64) {
    services.sort_unstable();
    let waits: Vec<f64> = services[WARM_UP..]
        .iter()
        .map(|(at, started)| (*started - *at).as_secs_f64())
        .collect();
    let batch = waits.len() / BATCHES;
    let means: Vec<f64> = waits
        .chunks_exact(batch)
        .map(|chunk| chunk.iter().sum::<f64>() / small(batch))
        .collect();
    let mean = means.iter().sum::<f64>() / small(BATCHES);
    let variance = means.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / small(BATCHES - 1);
    (mean, STUDENT_T_19 * (variance / small(BATCHES)).sqrt())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a test are far below 2^53"
)]
fn small(count: usize) -> f64 {
    count as f64
}

/// Mean wait of M/M/c in seconds. The Erlang B recursion gives the probability of blocking, Erlang C follows from it,
/// and the wait is C / (c mu - lambda).
fn erlang_c_wait(rate_per_s: f64, mean_s: f64, servers: u32) -> f64 {
    let offered = rate_per_s * mean_s;
    let blocking = (1..=servers).fold(1.0, |b, k| offered * b / (f64::from(k) + offered * b));
    let utilisation = offered / f64::from(servers);
    let waiting = blocking / (1.0 - utilisation * (1.0 - blocking));
    waiting / (f64::from(servers) / mean_s - rate_per_s)
}

fn assert_within(name: &str, (mean, half_width): (f64, f64), theory: f64) {
    println!("{name}: measured {mean:.6} +- {half_width:.6}, theory {theory:.6}");
    assert!(
        (mean - theory).abs() <= half_width,
        "{name}: {mean} +- {half_width}, theory says {theory}"
    );
    // An interval that contains everything proves nothing.
    assert!(
        half_width < 0.25 * theory,
        "{name}: the interval {half_width} is too wide for {theory}"
    );
}

#[test]
fn the_mean_wait_of_exponential_service_is_that_of_erlang_c() {
    let mean = Nanos::from_millis(500);
    for (seed, servers, concurrency, utilisation) in [
        (1, 1, 1, 0.7),
        (2, 4, 1, 0.8),
        (3, 20, 1, 0.9),
        (4, 5, 4, 0.9),
    ] {
        let slots = u32::try_from(servers).expect("few servers") * concurrency;
        let rate = utilisation * f64::from(slots) / mean.as_secs_f64();
        let arrivals =
            poisson_arrivals(seed, 420_000, rate, ServiceDistribution::Exponential, mean);
        let queue = serve(&arrivals, servers, concurrency);
        let theory = erlang_c_wait(rate, mean.as_secs_f64(), slots);
        assert_within(
            &format!("M/M/{slots} at {utilisation}"),
            mean_wait(&queue),
            theory,
        );
    }
}

#[test]
fn the_mean_wait_of_any_service_time_is_that_of_pollaczek_and_khinchine() {
    let mean = Nanos::from_millis(200);
    for (seed, service, cv) in [
        (5, ServiceDistribution::Deterministic, 0.0),
        (6, ServiceDistribution::LogNormal { cv_milli: 500 }, 0.5),
        (7, ServiceDistribution::LogNormal { cv_milli: 1_500 }, 1.5),
    ] {
        let utilisation = 0.7;
        let rate = utilisation / mean.as_secs_f64();
        let arrivals = poisson_arrivals(seed, 420_000, rate, service, mean);
        let theory =
            utilisation * mean.as_secs_f64() * (1.0 + cv * cv) / (2.0 * (1.0 - utilisation));
        assert_within(
            &format!("M/G/1 with cv {cv}"),
            mean_wait(&serve(&arrivals, 1, 1)),
            theory,
        );
    }
}

#[test]
fn littles_law_holds_exactly_over_a_run_that_begins_and_ends_empty() {
    let mean = Nanos::from_millis(500);
    let arrivals = poisson_arrivals(8, 100_000, 15.0, ServiceDistribution::Exponential, mean);
    let queue = serve(&arrivals, 8, 1);
    let integrals = queue.integrals();
    assert_eq!(integrals.queued_ns, queue.queue_delays().sum_ns());
    assert_eq!(
        integrals.queued_ns + integrals.busy_ns,
        queue.sojourns().sum_ns()
    );
    assert_eq!(integrals.slot_ns, 8 * u128::from(queue.now().0));
}

#[test]
fn littles_law_holds_for_the_rate_of_theory_within_chance() {
    // Mean requests in the queue = rate x mean wait, with the rate and the wait that theory gives.
    let mean = Nanos::from_millis(500);
    let rate = 6.4;
    let arrivals = poisson_arrivals(9, 420_000, rate, ServiceDistribution::Exponential, mean);
    let queue = serve(&arrivals, 4, 1);
    #[expect(clippy::cast_precision_loss, reason = "a mean with a wide interval")]
    let queued = queue.integrals().queued_ns as f64 / queue.now().0 as f64;
    let (_, half_width) = mean_wait(&queue);
    let theory = rate * erlang_c_wait(rate, mean.as_secs_f64(), 4);
    assert_within("Little's law", (queued, rate * half_width), theory);
}

/// Start of each request's service by the recursion of Kiefer and Wolfowitz: with `servers` fixed, a request starts
/// when it has come and the first of the servers has become free.
fn kiefer_wolfowitz(arrivals: &[Arrival], servers: usize) -> Vec<(Nanos, Nanos)> {
    let mut free_at: BinaryHeap<_> = std::iter::repeat_n(Reverse(Nanos::ZERO), servers).collect();
    let start = |arrival: &Arrival| {
        let Reverse(free) = free_at.pop().expect("as many entries as servers");
        let started = arrival.at.max(free);
        free_at.push(Reverse(started + arrival.service));
        (arrival.at, started)
    };
    arrivals.iter().map(start).collect()
}

#[test]
fn each_request_starts_at_the_nanosecond_of_the_kiefer_wolfowitz_recursion() {
    let mean = Nanos::from_millis(500);
    for (seed, servers, rate, service) in [
        (10, 1, 1.9, ServiceDistribution::Exponential),
        (
            11,
            7,
            13.5,
            ServiceDistribution::LogNormal { cv_milli: 2_000 },
        ),
        (12, 60, 118.0, ServiceDistribution::Exponential),
        // Overloaded: the queue only grows.
        (13, 3, 9.0, ServiceDistribution::Deterministic),
    ] {
        let arrivals = poisson_arrivals(seed, 100_000, rate, service, mean);
        let mut measured = serve(&arrivals, servers, 1).observer().services.clone();
        measured.sort_unstable();
        let count = usize::try_from(servers).expect("few servers");
        assert_eq!(
            measured,
            kiefer_wolfowitz(&arrivals, count),
            "{servers} servers"
        );
    }
}
