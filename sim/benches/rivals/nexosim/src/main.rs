//! The reduced model in `nexosim`: `nexosim-queue JOBS SERVERS TIMES`.
//!
//! Reads arrival and service time of each job, writes start and finish of each, and prints the CPU seconds between. The
//! form that is fastest here: one thread, one model that schedules itself, and no more than one arrival scheduled
//! ahead.

use std::collections::VecDeque;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

use nexosim::model::{BuildContext, Context, Model, ProtoModel, schedulable};
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [jobs, servers, times] = arguments.as_slice() else {
        return Err("usage: nexosim-queue JOBS SERVERS TIMES".into());
    };
    let jobs = read_pairs(Path::new(jobs))?;
    let servers = servers.parse()?;

    // The times leave by a channel when the model is dropped, because the simulation owns it. They are filled
    // beforehand, so that the first touch of their memory is not measured.
    let (sender, receiver) = std::sync::mpsc::channel();
    let station = ProtoStation(Env {
        times: vec![[u64::MAX; 2]; jobs.len()],
        jobs,
        waiting: VecDeque::new(),
        free: servers,
        sender,
    });
    let mut simulation = SimInit::with_num_threads(1)
        .add_model(station, Mailbox::new(), "station")
        .init(MonotonicTime::EPOCH)?;
    let before = cpu_time()?;
    simulation.run()?;
    let seconds = cpu_time()?.saturating_sub(before).as_secs_f64();
    drop(simulation);
    let bytes: Vec<u8> = receiver
        .recv()?
        .iter()
        .flatten()
        .flat_map(|time| time.to_le_bytes())
        .collect();
    std::fs::write(times, bytes)?;
    println!("{seconds}");
    Ok(())
}

/// Servers with one queue. All state is in [`Env`], since a model must be serialisable.
#[derive(Serialize, Deserialize)]
struct Station;

struct Env {
    /// Arrival and service time of each job, in nanoseconds.
    jobs: Vec<[u64; 2]>,
    /// Start and finish of each job.
    times: Vec<[u64; 2]>,
    waiting: VecDeque<usize>,
    free: usize,
    sender: std::sync::mpsc::Sender<Vec<[u64; 2]>>,
}

impl Drop for Env {
    fn drop(&mut self) {
        // Nobody listens where the run has failed.
        let _ = self.sender.send(std::mem::take(&mut self.times));
    }
}

struct ProtoStation(Env);

impl ProtoModel for ProtoStation {
    type Model = Station;

    fn build(self, _: &mut BuildContext<Self>) -> (Station, Env) {
        (Station, self.0)
    }
}

#[Model(type Env = Env)]
impl Station {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>, env: &mut Env) {
        expect_job(0, cx, env);
    }

    #[nexosim(schedulable)]
    async fn arrive(&mut self, job: usize, cx: &Context<Self>, env: &mut Env) {
        expect_job(job + 1, cx, env);
        if env.free > 0 {
            env.free -= 1;
            begin(job, cx, env);
        } else {
            env.waiting.push_back(job);
        }
    }

    #[nexosim(schedulable)]
    async fn depart(&mut self, job: usize, cx: &Context<Self>, env: &mut Env) {
        env.times[job][1] = now(cx);
        if let Some(next) = env.waiting.pop_front() {
            begin(next, cx, env);
        } else {
            env.free += 1;
        }
    }
}

/// Schedules the arrival of a job, if there is one.
fn expect_job(job: usize, cx: &Context<Station>, env: &Env) {
    if let Some([arrival, _]) = env.jobs.get(job) {
        let at = MonotonicTime::EPOCH + Duration::from_nanos(*arrival);
        cx.schedule_event(at, schedulable!(Station::arrive), job)
            .expect("each job arrives after the one before");
    }
}

fn begin(job: usize, cx: &Context<Station>, env: &mut Env) {
    env.times[job][0] = now(cx);
    let service = Duration::from_nanos(env.jobs[job][1]);
    cx.schedule_event(service, schedulable!(Station::depart), job)
        .expect("each service takes time");
}

fn now(cx: &Context<Station>) -> u64 {
    let since_start = cx.time().duration_since(MonotonicTime::EPOCH);
    since_start.as_secs() * 1_000_000_000 + u64::from(since_start.subsec_nanos())
}

/// Pairs of little-endian 64-bit numbers.
fn read_pairs(path: &Path) -> Result<Vec<[u64; 2]>, std::io::Error> {
    let number = |bytes: &[u8]| {
        u64::from_le_bytes(bytes.try_into().expect("a chunk of eight has eight bytes"))
    };
    Ok(std::fs::read(path)?
        .chunks_exact(16)
        .map(|pair| [number(&pair[..8]), number(&pair[8..])])
        .collect())
}

/// Time that the main thread, the only one, has been on a CPU.
fn cpu_time() -> Result<Duration, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds = text.split_whitespace().next().unwrap_or_default().parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}
