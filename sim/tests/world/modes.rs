//! The same days request by request and as a fluid: how far the two may differ.

use spillway_sim::config::Mode;
use spillway_sim::demo;
use spillway_sim::hosts::{Core, Entry, Foresight};
use spillway_sim::record::RunRecord;

use crate::fixture::simulate;

fn day(name: &str, seed: u64, mode: Mode) -> RunRecord {
    let mut config = demo::config(name);
    config.world.seed = seed;
    config.world.mode = mode;
    let entry = Entry::called(name).expect("it is in the table");
    let foresight = || Err::<Foresight, _>("it is told nothing of the future");
    let mut autoscaler = entry
        .build(&config.policy, &Core, foresight)
        .expect("it asks for no foresight");
    simulate(&config, demo::arrivals(&config), autoscaler.as_mut())
}

#[test]
fn measure() {
    for name in [
        "spillway",
        "threshold-burst",
        "hpa-karpenter",
        "private-only",
    ] {
        for seed in 1..=3 {
            for mode in [Mode::Requests, Mode::Rates] {
                let r = day(name, seed, mode);
                println!(
                    "{name} {seed} {mode:?} cost {:?} priv {} pub {} total late {}/{} done {} p50 {} p95 {} mean {} soj {} moves {} starts {} ev {} t {:.2} + {:.2}",
                    r.summary.money.total(),
                    r.summary.replica_time.private_ms / 1000,
                    r.summary.replica_time.public_ms / 1000,
                    r.summary.objective.requests_late,
                    r.summary.objective.requests,
                    r.summary.requests.done,
                    r.summary.queue_delay.p50_us / 1000,
                    r.summary.queue_delay.p95_us / 1000,
                    r.summary.queue_delay.mean_us / 1000,
                    r.summary.sojourn.mean_us / 1000,
                    r.summary.churn.moves,
                    r.summary.churn.replica_starts,
                    r.timing.events,
                    r.timing.engine_s,
                    r.timing.decide_s
                );
                for w in &r.workloads {
                    println!(
                        "     {} late {}/{} p50 {} p95 {} mean {} priv {} pub {}",
                        w.id,
                        w.objective.requests_late,
                        w.objective.requests,
                        w.queue_delay.p50_us / 1000,
                        w.queue_delay.p95_us / 1000,
                        w.queue_delay.mean_us / 1000,
                        w.replica_time.private_ms / 1000,
                        w.replica_time.public_ms / 1000
                    );
                }
            }
        }
    }
}
