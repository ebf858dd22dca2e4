//! What the benchmarks share: a bare event loop to compare with, arrivals in memory, CPU time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use spillway_sim::time::Nanos;
use spillway_sim::trace::{Arrival, ArrivalSource, TraceError, TraceNotes};

/// Arrivals held in memory, so that drawing them is not in the time measured.
pub struct Slice<'a> {
    arrivals: std::slice::Iter<'a, Arrival>,
    workloads: Vec<String>,
}

impl<'a> Slice<'a> {
    pub fn new(arrivals: &'a [Arrival], workload: &str) -> Self {
        Self {
            arrivals: arrivals.iter(),
            workloads: vec![workload.to_owned()],
        }
    }
}

impl ArrivalSource for Slice<'_> {
    fn next(&mut self) -> Option<Result<Arrival, TraceError>> {
        self.arrivals.next().copied().map(Ok)
    }

    fn workloads(&self) -> &[String] {
        &self.workloads
    }

    fn classes(&self) -> &[String] {
        &[]
    }

    fn notes(&self) -> TraceNotes {
        TraceNotes::default()
    }
}

/// Arrivals chained in a standard heap with departures: no replicas, no statistics but the sum of waits.
pub fn bare_heap(arrivals: &[Arrival], servers: usize) -> u32 {
    let mut heap = BinaryHeap::from([Reverse((arrivals[0].at.0, true, 0))]);
    let mut waiting = VecDeque::new();
    let (mut busy, mut wait, mut events) = (0, 0_u64, 0);
    while let Some(Reverse((now, is_arrival, index))) = heap.pop() {
        events += 1;
        if is_arrival {
            waiting.push_back(index);
            if index + 1 < arrivals.len() {
                heap.push(Reverse((arrivals[index + 1].at.0, true, index + 1)));
            }
        } else {
            busy -= 1;
        }
        while busy < servers
            && let Some(next) = waiting.pop_front()
        {
            busy += 1;
            wait += now - arrivals[next].at.0;
            heap.push(Reverse((now + arrivals[next].service.0, false, next)));
        }
    }
    std::hint::black_box(wait);
    events
}

/// CPU seconds of `work`, and what it gave.
pub fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let before = cpu_time();
    let result = work();
    (cpu_time().saturating_sub(before).as_secs_f64(), result)
}

/// Time that this process has been on a CPU.
fn cpu_time() -> Nanos {
    let text =
        std::fs::read_to_string("/proc/self/schedstat").expect("the benchmark needs Linux's /proc");
    let field = text
        .split_whitespace()
        .next()
        .and_then(|field| field.parse().ok());
    Nanos(field.expect("the first field is nanoseconds on the CPU"))
}
