//! Speed of the request queue on five million requests, beside a bare heap loop in the same run.
//!
//! `cargo bench -p spillway-sim --bench engine`. Times are CPU times of this thread, because wall time on a shared
//! machine says little. Peak memory is measured in child processes, one for each number of requests.

mod common;

use std::collections::VecDeque;
use std::fmt::Write;
use std::io::{Cursor, Read};
use std::process::Command;
use std::str::FromStr;

use spillway_sim::engine::{Event, Occurrence, Timeline};
use spillway_sim::generate::{Pattern, Plan, PlannedBins, Shape};
use spillway_sim::queue::{QueueConfig, RequestQueue, ServerId};
use spillway_sim::time::Nanos;
use spillway_sim::trace::{
    Arrival, ArrivalSource, BinArrivals, PointProcess, Sampling, ServiceDistribution, Trace,
    TraceOptions,
};

use common::{Slice, bare_heap, timed};

const DAY: Nanos = Nanos::from_secs(86_400);
const REQUESTS: u32 = 5_000_000;
const ROUNDS: usize = 3;
/// Size of the longest trace read for its memory.
const STREAM_BYTES: u64 = 1_000_000_000;
/// Time between two looks at the queue.
const TICK: Nanos = Nanos::from_secs(15);
/// Ticks over which the highest count holds: without it the count swings with the queue and most events are its own.
const STABILISATION_TICKS: usize = 20;
const SERVICE_MEAN: Nanos = Nanos::from_millis(500);

fn main() {
    // A child measures its memory only.
    if let Some(requests) = child_size("SPILLWAY_BENCH_REQUESTS") {
        let served = scaled_run(generator(requests));
        println!(
            "queue: {requests} requests, {} events: peak memory {} kB",
            served.events,
            peak_memory_kb()
        );
        return;
    }
    if let Some(bytes) = child_size("SPILLWAY_BENCH_STREAM") {
        let rows = read_stream(bytes);
        println!(
            "reader: {} MB, {rows} rows: peak memory {} kB",
            bytes / 1_000_000,
            peak_memory_kb()
        );
        return;
    }
    let (generation_s, arrivals) = timed(|| collect(generator(REQUESTS)));
    println!(
        "{} requests generated in {generation_s:.3} s of CPU time",
        arrivals.len()
    );
    for round in 1..=ROUNDS {
        let (bare_s, bare_events) = timed(|| bare_heap(&arrivals, 60));
        let (fixed_s, fixed) = timed(|| fixed_run(&arrivals, 60));
        let (scaled_s, scaled) = timed(|| scaled_run(Slice::new(&arrivals, "default")));
        let rate = |events: u32, seconds: f64| f64::from(events) / seconds / 1e6;
        let bare = rate(bare_events, bare_s);
        println!(
            "round {round}, million events/s: bare heap loop {bare:.1}; queue with 60 replicas {:.1} ({:.2} of bare); \
             queue on a timeline with replicas changed every {TICK} {:.1} ({:.2} of bare)",
            rate(fixed.events, fixed_s),
            rate(fixed.events, fixed_s) / bare,
            rate(scaled.events, scaled_s),
            rate(scaled.events, scaled_s) / bare,
        );
        if round == ROUNDS {
            println!(
                "mean wait: fixed {:.6} ms, scaled {:.6} ms",
                fixed.mean_wait_ms, scaled.mean_wait_ms
            );
        }
    }
    measure_ingest(&arrivals);
    for requests in [REQUESTS / 10, REQUESTS] {
        run_child("SPILLWAY_BENCH_REQUESTS", u64::from(requests));
    }
    for bytes in [STREAM_BYTES / 10, STREAM_BYTES] {
        run_child("SPILLWAY_BENCH_STREAM", bytes);
    }
}

/// Runs this program again with one task, because peak memory is that of a whole process.
fn run_child(task: &str, size: u64) {
    let program = std::env::current_exe().expect("the benchmark runs from a file");
    let status = Command::new(program).env(task, size.to_string()).status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "the child with {task}={size} failed"
    );
}

/// Size that a child was given for a task.
fn child_size<T: FromStr>(task: &str) -> Option<T> {
    std::env::var(task).ok()?.parse().ok()
}

/// Reads a trace that is longer than any memory should hold, and counts its requests.
fn read_stream(bytes: u64) -> usize {
    let input = Cursor::new("arrival_s,service_s\n").chain(Rows { left: bytes });
    let mut trace = Trace::read("stream", input, &TraceOptions::default()).expect("a sound header");
    std::iter::from_fn(|| trace.next())
        .inspect(|row| assert!(row.is_ok(), "a row is refused"))
        .count()
}

/// The same row again and again, without a file.
struct Rows {
    left: u64,
}

impl Read for Rows {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let row = b"86400.123456789,0.250000000\n";
        let mut written = 0;
        for chunk in buffer.chunks_exact_mut(row.len()) {
            if self.left == 0 {
                break;
            }
            chunk.copy_from_slice(row);
            written += row.len();
            self.left = self.left.saturating_sub(row.len() as u64);
        }
        Ok(written)
    }
}

/// Rows per second of the reader, on the same requests as a file in memory.
fn measure_ingest(arrivals: &[Arrival]) {
    let mut text = String::from("arrival_s,service_s\n");
    for arrival in arrivals {
        let (at, service) = (arrival.at.0, arrival.service.0);
        let nano = 1_000_000_000;
        let _ = writeln!(
            text,
            "{}.{:09},{}.{:09}",
            at / nano,
            at % nano,
            service / nano,
            service % nano
        );
    }
    let input = Cursor::new(text.into_bytes());
    let (seconds, rows) = timed(|| {
        let mut trace =
            Trace::read("memory", input, &TraceOptions::default()).expect("a sound header");
        std::iter::from_fn(|| trace.next())
            .map(|row| row.expect("a sound row"))
            .zip(arrivals)
            .filter(|(a, b)| a.at == b.at)
            .count()
    });
    assert_eq!(
        rows,
        arrivals.len(),
        "the reader gives back the times that were written"
    );
    println!(
        "reader: {:.1} million rows/s",
        f64::from(u32::try_from(rows).unwrap_or(u32::MAX)) / seconds / 1e6
    );
}

struct Outcome {
    events: u32,
    mean_wait_ms: f64,
}

/// A day with its night: offered load 29 on average and 52 at the peak, for five million requests.
fn generator(requests: u32) -> BinArrivals<PlannedBins> {
    let shape = Shape::Diurnal {
        mean_per_s: f64::from(requests) / DAY.as_secs_f64(),
        amplitude: 0.8,
        period: DAY,
        phase: Nanos::ZERO,
    };
    let pattern = Pattern {
        workload: "web".to_owned(),
        shape,
        service_mean: SERVICE_MEAN,
    };
    let plan = Plan {
        patterns: vec![pattern],
        duration: DAY,
        bin_width: Nanos::from_secs(10),
    };
    let sampling = Sampling {
        point_process: PointProcess::Poisson,
        service: ServiceDistribution::Exponential,
        seed: 1,
    };
    plan.arrivals(sampling)
        .unwrap_or_else(|problems| panic!("the plan is bad: {problems:?}"))
}

fn collect(mut source: impl ArrivalSource) -> Vec<Arrival> {
    std::iter::from_fn(|| source.next())
        .map(|arrival| arrival.expect("a generator does not fail"))
        .collect()
}

fn queue() -> RequestQueue {
    let config = QueueConfig {
        concurrency: 1,
        delay_objective: Nanos::from_millis(100),
        most_waiting: None,
    };
    RequestQueue::new(config, ())
}

fn outcome(queue: &RequestQueue, other_events: u32) -> Outcome {
    let counts = queue.counts();
    counts.check().unwrap_or_else(|error| panic!("{error}"));
    let events = u32::try_from(counts.arrivals + counts.done).expect("fewer than 2^32 events")
        + other_events;
    Outcome {
        events,
        mean_wait_ms: queue.queue_delays().mean_s().unwrap_or_default() * 1e3,
    }
}

fn fixed_run(arrivals: &[Arrival], servers: u64) -> Outcome {
    let mut queue = queue();
    for server in 0..servers {
        queue.add_server(Nanos::ZERO, ServerId(server));
    }
    for arrival in arrivals {
        queue.arrive(*arrival);
    }
    queue.advance(DAY + DAY);
    outcome(&queue, 0)
}

enum Change {
    Ready,
    Tick,
}

impl Event for Change {
    fn rank(&self) -> u8 {
        match self {
            Self::Ready => 0,
            Self::Tick => 200,
        }
    }
}

/// Every tick: as many replicas as 80 % utilisation needs, and no fewer than in any of the last 20 ticks; new ones are
/// ready after 30 s, spare ones drain.
fn scaled_run(source: impl ArrivalSource) -> Outcome {
    let mut queue = queue();
    let mut timeline = Timeline::new(source).expect("a generator does not fail");
    timeline.schedule(Nanos::ZERO, Change::Tick);
    let mut wanted = VecDeque::new();
    let (mut started, mut ready, mut drained, mut others) = (0, 0, 0, 0);
    while let Some(occurrence) = timeline.advance().expect("a generator does not fail") {
        match occurrence {
            Occurrence::Arrival(arrival) => queue.arrive(arrival),
            Occurrence::Event(Change::Ready) => {
                others += 1;
                queue.add_server(timeline.now(), ServerId(ready));
                ready += 1;
            }
            Occurrence::Event(Change::Tick) => {
                others += 1;
                let now = timeline.now();
                queue.advance(now);
                let counts = queue.counts();
                wanted.push_back(((counts.in_service + counts.queued) * 5).div_ceil(4).max(1));
                if wanted.len() > STABILISATION_TICKS {
                    wanted.pop_front();
                }
                let desired = wanted.iter().copied().max().unwrap_or(1);
                for _ in started - drained..desired {
                    started += 1;
                    timeline.schedule(now + Nanos::from_secs(30), Change::Ready);
                }
                while started - drained > desired && drained < ready {
                    queue.drain_server(now, ServerId(drained));
                    drained += 1;
                }
                if timeline.has_arrivals() {
                    timeline.schedule(now + TICK, Change::Tick);
                }
            }
        }
    }
    queue.advance(DAY + DAY);
    outcome(&queue, others)
}

fn peak_memory_kb() -> u64 {
    let text =
        std::fs::read_to_string("/proc/self/status").expect("the benchmark needs Linux's /proc");
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .expect("VmHWM is in kB")
}
