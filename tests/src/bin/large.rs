//! What a tick costs in a large fleet, on real servers: see docs/performance.md.

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Parser;
use spillway_testbed::TestFolder;
use spillway_tests::hybrid::Controller;
use spillway_tests::large::{Large, Size, Used};

/// Measures a tick of the controller: while the fleet grows from no pod at all, and when nothing happens any more.
#[derive(Debug, Parser)]
#[command(name = "large")]
struct Args {
    /// Autoscalers, each with a Deployment in both clusters
    #[arg(long, default_value_t = 1000)]
    autoscalers: usize,
    /// Nodes, half of them in each cluster
    #[arg(long, default_value_t = 1000)]
    nodes: usize,
    /// Pods; four in five fit at home
    #[arg(long, default_value_t = 20000)]
    pods: usize,
    /// Seconds of a tick
    #[arg(long, default_value_t = 15)]
    tick: u64,
    /// Quiet ticks that are measured
    #[arg(long, default_value_t = 10)]
    quiet: u32,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("large: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    let size = Size {
        autoscalers: args.autoscalers,
        nodes: args.nodes,
        pods: args.pods,
    };
    let tick = Duration::from_secs(args.tick);
    let parent = std::env::temp_dir().display().to_string();
    let test = TestFolder::new(&parent, "large")?;
    println!("starting two clusters and making their objects");
    let large = Large::start(&test, size, tick)?;
    println!("building and starting the controller");
    let controller = large.controller(&test)?;

    println!("\n  time  ticks  CPU s a tick  peak MiB     home   public");
    let begun = Instant::now();
    let mut before = At::now(&controller)?;
    // Complete for two ticks: the last reports of it are written as well.
    let mut complete = 0;
    while complete < 2 {
        thread::sleep(tick);
        let now = At::now(&controller)?;
        let [home, public] = large.pods()?;
        println!(
            "{:>4} s  {:>5}  {:>12.2}  {:>8.0}  {home:>7}  {public:>7}",
            begun.elapsed().as_secs(),
            now.ticks,
            now.cpu_a_tick_since(&before),
            now.peak_mib(),
        );
        complete = if large.is_complete()? {
            complete + 1
        } else {
            0
        };
        before = now;
    }

    let (first, asked) = (At::now(&controller)?, large.requests()?);
    thread::sleep(tick * args.quiet);
    let (last, asked_then) = (At::now(&controller)?, large.requests()?);
    let ticks = last.ticks - first.ticks;
    println!(
        "\n{ticks:.0} quiet ticks: {:.2} s of CPU and {:.1} requests to the API servers each; {:.0} MiB at most",
        last.cpu_a_tick_since(&first),
        f64::from(u32::try_from(asked_then - asked)?) / ticks,
        last.peak_mib(),
    );
    print!("{}", controller.end_and_replay()?.concat());
    Ok(())
}

/// The controller at a moment.
struct At {
    ticks: f64,
    used: Used,
}

impl At {
    fn now(controller: &Controller) -> anyhow::Result<Self> {
        let ticks = controller.metric("spillway_ticks_total{result=\"Done\"}");
        let used = controller.process.pid().and_then(Used::by);
        Ok(Self {
            ticks: ticks.context("the controller does not say how often it ticked")?,
            used: used.context("the controller has ended")?,
        })
    }

    fn cpu_a_tick_since(&self, before: &Self) -> f64 {
        (self.used.cpu_seconds - before.used.cpu_seconds) / (self.ticks - before.ticks).max(1.0)
    }

    #[expect(clippy::cast_precision_loss, reason = "it is shown without a fraction")]
    fn peak_mib(&self) -> f64 {
        self.used.peak_bytes as f64 / f64::from(1 << 20)
    }
}
