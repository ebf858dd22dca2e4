//! The controller at work on two real clusters, to watch: a queue grows past what home can do and falls again.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::Parser;
use spillway_testbed::TestFolder;
use spillway_tests::hybrid::{Controller, Hybrid, LATE, Setup, table};

/// A line in so many seconds.
const LINE: Duration = Duration::from_secs(5);

/// Runs the queue that docs/hybrid-bed.md describes, and prints what the controller makes of it.
#[derive(Debug, Parser)]
#[command(name = "hybrid")]
struct Args {
    /// Minutes of the run; the queue's day is squeezed into them, nodes and pods boot as fast as ever
    #[arg(long, default_value_t = 22.0)]
    minutes: f64,
    /// Seconds of a tick
    #[arg(long, default_value_t = 15)]
    tick: u64,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hybrid: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    let setup = Setup::day(args.minutes);
    let parent = std::env::temp_dir().display().to_string();
    let test = TestFolder::new(&parent, "hybrid")?;
    println!("starting two clusters, Karpenter and Prometheus");
    let hybrid = Hybrid::start(&test, &setup)?;
    let tick = Duration::from_secs(args.tick);
    println!("building and starting the controller");
    let controller = Controller::start(&test, &hybrid, tick)?;
    for (cluster, plane) in [("private", &hybrid.private), ("public", &hybrid.public)] {
        println!("{cluster:<8} KUBECONFIG={}", plane.kubeconfig().display());
    }
    println!("queries  {}", hybrid.prometheus.url());
    println!("metrics  {}/metrics\n", controller.url());
    watch(&hybrid, &setup);
    let replayed = controller.end_and_replay()?;
    print!("{}", replayed.concat());
    Ok(())
}

/// Lets the day pass, with a line each few seconds and the table at its end.
fn watch(hybrid: &Hybrid, setup: &Setup) {
    let begun = hybrid.now();
    hybrid.queue.begin();
    println!(
        "   time  jobs/s  waiting  private  public  pending  nodes   USD/h    USD     late  waited p95"
    );
    loop {
        let passed = hybrid.now().saturating_sub(begun);
        let (now, bill) = (hybrid.moment(), hybrid.bill());
        let figures = hybrid.queue.figures(LATE);
        println!(
            "{:>4}:{:02}  {:>6.1}  {:>7}  {:>7}  {:>6}  {:>7}  {:>5}  {:>6.3}  {:>5.3}  {:>5.1} %  {:>8.1} s",
            passed.as_secs() / 60,
            passed.as_secs() % 60,
            setup.profile.rate_at(passed),
            figures.waiting,
            now.private.ready,
            now.public.ready,
            now.private.pending + now.public.pending,
            now.public.nodes,
            bill.usd_per_hour,
            bill.usd,
            figures.late_share() * 100.0,
            figures.p95.as_secs_f64(),
        );
        if passed >= setup.profile.length() {
            break;
        }
        thread::sleep(LINE);
    }
    println!("\n{}", table(hybrid, begun));
}
