//! Each fault does what its name says: small worlds with it and without it.

mod all;
mod capacity;
mod clocks;
mod clusters;
mod decisions;
mod example;
mod metrics;
mod prices;
mod refused;
mod roll_outs;
mod spot;
mod starts;

use spillway_sim::hosts::{Autoscaler, Outcome};
use spillway_sim::record::{AppliedFault, RunRecord};
use spillway_solver::snapshot::{ClusterState, Snapshot};

use crate::fixture::Script;

/// Does as it is told and keeps all that it has seen.
pub struct Witness {
    script: Script,
    pub seen: Vec<Snapshot>,
}

impl Witness {
    pub fn new(script: Vec<(i64, &'static str, u32)>) -> Self {
        Self {
            script: Script(script),
            seen: Vec::new(),
        }
    }

    /// The snapshot of the tick at so many seconds; ticks come each 15 s.
    pub fn at(&self, second: usize) -> &Snapshot {
        &self.seen[second / 15 - 1]
    }

    /// A cluster in it.
    pub fn cluster(&self, second: usize, name: &str) -> &ClusterState {
        let mut clusters = self.at(second).clusters.iter();
        let found = clusters.find(|cluster| cluster.name.0.as_ref() == name);
        found.expect("it was seen before")
    }
}

impl Autoscaler for Witness {
    fn name(&self) -> &'static str {
        "witness"
    }

    fn decide(&mut self, snapshot: &Snapshot) -> Outcome {
        self.seen.push(snapshot.clone());
        self.script.decide(snapshot)
    }
}

/// A request of half a second, each second of so many.
pub fn steady(seconds: u64) -> Vec<(u64, u64)> {
    (0..seconds).map(|second| (second * 1_000, 500)).collect()
}

/// Ready replicas of each minute at home and in the cloud, in thousandths.
pub fn ready(record: &RunRecord) -> Vec<[u64; 2]> {
    let rows = record
        .series
        .iter()
        .map(|row| &row.workloads[0].ready_milli);
    rows.map(|ready| [ready[0], ready[1]]).collect()
}

/// The only fault of a run.
pub fn applied(record: &RunRecord) -> &AppliedFault {
    let [fault] = &record.faults[..] else {
        panic!("one fault was written: {:?}", record.faults);
    };
    fault
}
