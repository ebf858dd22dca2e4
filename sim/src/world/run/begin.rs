//! The state at the start of a run, and the first of everything that repeats.

use spillway_solver::snapshot::Snapshot;

use super::enter::Enter;
use super::{HOUR, Run, RunError};
use crate::config::{NodeAutoscaler, Signal};
use crate::engine::Source;
use crate::time::Nanos;
use crate::world::event::WorldEvent;
use crate::world::faults::Faults;

impl<S: Source<Item: Enter>> Run<'_, S> {
    /// The state at the start, and the first of everything that repeats.
    pub(super) fn begin(&mut self, from: Option<&Snapshot>) -> Result<(), RunError> {
        match from {
            Some(snapshot) => {
                self.state.restore(snapshot);
                self.state.go_on();
            }
            None => self.populate(),
        }
        let state = &mut self.state;
        for workload in 0..state.setup.workloads.len() {
            state.ledger.workloads[workload] = crate::record::Churn::default();
            let signals = &state.setup.workloads[workload].signals;
            if signals.iter().any(|asked| asked.signal == Signal::BusyCpu) {
                state.queues[workload].watch_pods();
            }
        }
        state.point_traffic(None, &[]);
        self.schedule_what_repeats(from.is_some());
        for (span, event) in Faults::begins(&self.state.setup) {
            self.state.after(span, event);
        }
        self.state.draw_faults();
        self.state.audit()?;
        self.flush_agenda();
        Ok(())
    }

    /// The nodes and replicas of the world file.
    fn populate(&mut self) {
        let state = &mut self.state;
        for cluster in 0..state.sites.len() {
            for group in 0..state.setup.clusters[cluster].groups.len() {
                for _ in 0..state.setup.clusters[cluster].groups[group].initial_nodes {
                    state.initial_node(cluster, group);
                }
            }
            for workload in 0..state.setup.workloads.len() {
                let replicas = state.setup.workloads[workload].initial[cluster];
                state.sites[cluster].targets[workload].spec = replicas;
                state.reconcile(workload, cluster);
            }
        }
        state.settle();
    }

    /// The first of everything that repeats. A run that goes on decides at once.
    fn schedule_what_repeats(&mut self, goes_on: bool) {
        let state = &mut self.state;
        for cluster in 0..state.sites.len() {
            if let NodeAutoscaler::ClusterAutoscaler(flags) =
                state.setup.clusters[cluster].node_autoscaler
            {
                state.after(flags.scan_interval.0, WorldEvent::Scan(cluster));
            }
        }
        let setup = &state.setup;
        let until_hour =
            HOUR.0 - u64::try_from(setup.start_ms.rem_euclid(3_600_000)).unwrap_or(0) * 1_000_000;
        let (tick, delay) = (setup.tick, setup.observation_delay);
        let (scrape, decision) = if goes_on {
            (Nanos::ZERO, Nanos::ZERO)
        } else {
            (setup.metrics.interval.0, tick)
        };
        let first = [
            (setup.interval, WorldEvent::Interval),
            (scrape, WorldEvent::Scrape),
            (tick - delay, WorldEvent::Observe),
            (decision, WorldEvent::Tick),
            (Nanos(until_hour), WorldEvent::Hour),
        ];
        let end = setup.horizon.map(|horizon| (horizon, WorldEvent::End));
        for (span, event) in first.into_iter().chain(end) {
            self.state.after(span, event);
        }
    }
}
