//! The reduced model in Spillway: its timeline and its queue, as a run uses them.

use spillway_sim::engine::{Event, Occurrence, Timeline};
use spillway_sim::queue::{Observer, QueueConfig, RequestQueue, ServerId, Service};
use spillway_sim::time::Nanos;
use spillway_sim::trace::Arrival;

use crate::common::{Slice, timed};

/// CPU seconds, and start and finish of each job.
pub fn run(arrivals: &[Arrival], servers: usize) -> (f64, Vec<[u64; 2]>) {
    let numbered: Vec<_> = (0..)
        .zip(arrivals)
        .map(|(job, arrival)| Arrival {
            bytes: job,
            ..*arrival
        })
        .collect();
    let config = QueueConfig {
        concurrency: 1,
        delay_objective: Nanos::from_millis(100),
        most_waiting: None,
    };
    // Filled, so that the first touch of the memory is not measured.
    let times = vec![[u64::MAX; 2]; arrivals.len()];
    let mut queue = RequestQueue::new(config, Times(times));
    for server in (0..).take(servers) {
        queue.add_server(Nanos::ZERO, ServerId(server));
    }
    let (seconds, ()) = timed(|| serve(&numbered, &mut queue));
    (seconds, std::mem::take(&mut queue.observer_mut().0))
}

fn serve(arrivals: &[Arrival], queue: &mut RequestQueue<Times>) {
    let source = Slice::new(arrivals, "jobs");
    let mut timeline = Timeline::<_, Nothing>::new(source).expect("memory does not fail");
    while let Some(occurrence) = timeline.advance().expect("memory does not fail") {
        match occurrence {
            Occurrence::Arrival(arrival) => queue.arrive(arrival),
            Occurrence::Event(nothing) => match nothing {},
        }
    }
    while let Some(at) = queue.next_departure() {
        queue.advance(at);
    }
}

/// The number of a job travels as its bytes, which the queue does not look at.
struct Times(Vec<[u64; 2]>);

impl Observer for Times {
    fn done(&mut self, service: &Service) {
        let job = usize::try_from(service.arrival.bytes).expect("a job's number fits");
        self.0[job] = [service.started.0, service.finish().0];
    }
}

/// Servers stay as they are, so nothing but jobs happens.
enum Nothing {}

impl Event for Nothing {
    fn rank(&self) -> u8 {
        match *self {}
    }
}
