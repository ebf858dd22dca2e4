//! Speed of the request queue beside `nexosim` and `SimPy` on one model: servers with one queue, first come, first served.
//!
//! `cargo bench -p spillway-sim --bench rivals -- [JOBS]` builds and fetches the two into the user's cache (needs a
//! registry of crates, Python with `venv` and a registry of its packages). All programs read the same file of jobs,
//! in turns, and write when each job began and ended; the answers are compared job by job. Times are CPU times of the
//! simulation alone, without the reading and writing.

#[path = "../common/mod.rs"]
mod common;
mod install;
mod ours;

use std::path::Path;
use std::process::Command;

use spillway_sim::generate::{Pattern, Plan, Shape};
use spillway_sim::time::Nanos;
use spillway_sim::trace::{Arrival, ArrivalSource, PointProcess, Sampling, ServiceDistribution};

use common::{bare_heap, timed};

const JOBS: u32 = 1_000_000;
const ROUNDS: usize = 3;
const SERVERS: usize = 60;
/// Offered load 29 on average and 52 at the peak.
const JOBS_PER_S: f64 = 58.0;
const SERVICE_MEAN: Nanos = Nanos::from_millis(500);

/// Another simulator, as a program that takes `JOBS SERVERS TIMES` and prints its CPU seconds.
struct Rival {
    name: &'static str,
    command: Vec<String>,
    /// Least times that we should be faster; `None` where none was set.
    target: Option<f64>,
    seconds: Vec<f64>,
}

fn main() {
    // Cargo adds `--bench`.
    let mut numbers = std::env::args().skip(1).filter(|word| word != "--bench");
    let jobs = numbers.next().map_or(JOBS, |word| {
        word.parse()
            .unwrap_or_else(|_| panic!("`{word}` is not a number of jobs"))
    });
    let cache = install::cache();
    let python = install::simpy(&cache);
    let simpy = |style: &str| vec![python.clone(), install::SIMPY_MODEL.into(), style.into()];
    let mut rivals = [
        Rival::new("nexosim", vec![install::nexosim(&cache)], Some(10.0)),
        Rival::new("SimPy, callbacks", simpy("callbacks"), Some(50.0)),
        Rival::new("SimPy, processes", simpy("processes"), None),
    ];

    let arrivals = draw(jobs);
    let (jobs_path, times_path) = (cache.join("jobs"), cache.join("times"));
    let input: Vec<_> = arrivals.iter().map(|a| [a.at.0, a.service.0]).collect();
    write_pairs(&jobs_path, &input);
    println!("{jobs} jobs, {SERVERS} servers, {ROUNDS} rounds");
    let (mut bare_seconds, mut own_seconds) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare_seconds.push(timed(|| bare_heap(&arrivals, SERVERS)).0);
        let (seconds, times) = ours::run(&arrivals, SERVERS);
        own_seconds.push(seconds);
        for rival in &mut rivals {
            rival.run(&jobs_path, &times_path);
            let theirs = read_pairs(&times_path);
            check_equal(rival.name, &input, &times, &theirs);
        }
    }

    let own = median(&mut own_seconds);
    let rate = |seconds: f64| 2.0 * f64::from(jobs) / seconds / 1e6;
    println!(
        "bare heap loop: {:.1} million events/s",
        rate(median(&mut bare_seconds))
    );
    println!("Spillway: {:.1} million events/s", rate(own));
    for rival in &mut rivals {
        let theirs = median(&mut rival.seconds);
        let target = rival
            .target
            .map_or(String::new(), |target| format!(" (target {target})"));
        println!(
            "{}: {:.3} million events/s; Spillway is {:.1} times as fast{target}; start and finish of each job are \
             equal to the nanosecond",
            rival.name,
            rate(theirs),
            theirs / own
        );
    }
}

impl Rival {
    fn new(name: &'static str, command: Vec<String>, target: Option<f64>) -> Self {
        Self {
            name,
            command,
            target,
            seconds: Vec::new(),
        }
    }

    fn run(&mut self, jobs: &Path, times: &Path) {
        let output = Command::new(&self.command[0])
            .args(&self.command[1..])
            .arg(jobs)
            .arg(SERVERS.to_string())
            .arg(times)
            .output()
            .unwrap_or_else(|error| panic!("{} cannot be started: {error}", self.name));
        let text = String::from_utf8_lossy(&output.stdout);
        let seconds = text.trim().parse().ok().filter(|_| output.status.success());
        self.seconds.push(seconds.unwrap_or_else(|| {
            let error = String::from_utf8_lossy(&output.stderr);
            panic!("{} failed: {text}{error}", self.name)
        }));
    }
}

/// A day with its night, however long. No two jobs arrive at the same nanosecond and none is done in no time, because
/// `nexosim` refuses to schedule an event for now.
fn draw(jobs: u32) -> Vec<Arrival> {
    let day = Nanos::from_secs_f64(f64::from(jobs) / JOBS_PER_S);
    let pattern = Pattern {
        workload: "jobs".to_owned(),
        shape: Shape::Diurnal {
            mean_per_s: JOBS_PER_S,
            amplitude: 0.8,
            period: day,
            phase: Nanos::ZERO,
        },
        service_mean: SERVICE_MEAN,
    };
    let plan = Plan {
        patterns: vec![pattern],
        duration: day + day,
        bin_width: Nanos::from_secs(10),
    };
    let sampling = Sampling {
        point_process: PointProcess::Poisson,
        service: ServiceDistribution::Exponential,
        seed: 1,
    };
    let mut source = plan
        .arrivals(sampling)
        .unwrap_or_else(|problems| panic!("the plan is bad: {problems:?}"));
    let mut last = Nanos::ZERO;
    std::iter::from_fn(|| source.next())
        .take(jobs as usize)
        .map(|arrival| {
            let mut arrival = arrival.expect("a generator does not fail");
            arrival.at = arrival.at.max(last + Nanos(1));
            arrival.service = arrival.service.max(Nanos(1));
            last = arrival.at;
            arrival
        })
        .collect()
}

fn check_equal(name: &str, input: &[[u64; 2]], ours: &[[u64; 2]], theirs: &[[u64; 2]]) {
    assert_eq!(
        theirs.len(),
        ours.len(),
        "{name} gives another number of jobs"
    );
    let differs = ours.iter().zip(theirs).position(|(a, b)| a != b);
    if let Some(job) = differs {
        panic!(
            "job {job}, arrival and service time {:?}: start and finish are {:?} here and {:?} in {name}",
            input[job], ours[job], theirs[job]
        );
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Pairs of little-endian 64-bit numbers.
fn write_pairs(path: &Path, pairs: &[[u64; 2]]) {
    let bytes: Vec<u8> = pairs
        .iter()
        .flatten()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    std::fs::write(path, bytes)
        .unwrap_or_else(|error| panic!("{} cannot be written: {error}", path.display()));
}

fn read_pairs(path: &Path) -> Vec<[u64; 2]> {
    let bytes = std::fs::read(path)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()));
    let (numbers, _) = bytes.as_chunks::<8>();
    let (pairs, _) = numbers.as_chunks::<2>();
    pairs
        .iter()
        .map(|pair| pair.map(u64::from_le_bytes))
        .collect()
}
