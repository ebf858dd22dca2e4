//! What the world learns from each request that is done.

use super::classes::Classes;
use super::state::server_place;
use crate::queue::{Delays, Observer, Service};
use crate::time::Nanos;

/// Counts of one workload's completions.
#[derive(Debug)]
pub(super) struct Watch {
    /// Queue delays since the interval began.
    pub(super) interval_delays: Delays,
    /// Completions in each cluster.
    pub(super) done: Vec<u64>,
    /// Bytes that left each cluster.
    pub(super) bytes: Vec<u64>,
    /// Service time of all requests, without what they waited for others of their batch.
    pub(super) served_ns: u128,
    /// Service time of requests whose queue delay exceeded the objective.
    pub(super) late_ns: u128,
    objective: Nanos,
    pub(super) classes: Classes,
    /// Time that each pod was busy, by its number; a request counts when it ends.
    pub(super) busy_ns: Option<Vec<u64>>,
}

impl Watch {
    pub(super) fn new(objective: Nanos, clusters: usize) -> Self {
        Self {
            interval_delays: Delays::new(objective),
            done: vec![0; clusters],
            bytes: vec![0; clusters],
            served_ns: 0,
            late_ns: 0,
            objective,
            classes: Classes::new(objective),
            busy_ns: None,
        }
    }

    /// From now on, counts how long each pod is busy.
    pub(super) fn watch_pods(&mut self) {
        self.busy_ns = Some(Vec::new());
    }
}

impl Observer for Watch {
    fn done(&mut self, service: &Service) {
        let (cluster, pod) = server_place(service.server);
        let delay = service.started - service.arrival.at;
        self.interval_delays.record(delay);
        self.served_ns += u128::from(service.arrival.service.0);
        if delay > self.objective {
            self.late_ns += u128::from(service.arrival.service.0);
        }
        self.classes.done(service);
        self.done[cluster] += 1;
        self.bytes[cluster] += service.arrival.bytes;
        if let Some(busy) = &mut self.busy_ns {
            if busy.len() <= pod {
                busy.resize(pod + 1, 0);
            }
            busy[pod] += service.lasts.0;
        }
    }
}
