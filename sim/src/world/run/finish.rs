//! The record of a run that has ended.

use spillway_solver::units::Millis;

use super::{Run, RunError};
use crate::config::RunConfig;
use crate::invariants::check_record;
use crate::record::{ClusterName, LoadNotes, RunMeta, RunRecord, Timing};
use crate::time::Nanos;
use crate::trace::{ArrivalSource, PointProcess};
use crate::world::summary::{node_lives, summarize};

impl<S: ArrivalSource> Run<'_, S> {
    pub(super) fn finish(mut self, config: &RunConfig) -> Result<RunRecord, RunError> {
        self.rows.close(&mut self.state);
        self.state.audit()?;
        let (summary, workloads) = summarize(&self.state, &self.rows);
        let setup = &self.state.setup;
        let notes = self.timeline.source().notes();
        let meta = RunMeta {
            name: config.name.clone(),
            autoscaler: self.autoscaler.name().to_owned(),
            inputs: config.inputs.clone(),
            seed: setup.seed,
            point_process: notes
                .point_process
                .map(|process| point_process_name(process).to_owned()),
            load: LoadNotes::new(&notes, self.timeline.source().workloads()),
            start_ms: self.state.unix_ms(Nanos::ZERO),
            horizon_ms: Millis(self.rows.end().as_millis()),
            interval_ms: Millis(setup.interval.as_millis()),
            clusters: setup
                .clusters
                .iter()
                .map(|cluster| ClusterName {
                    name: cluster.name.clone(),
                    tier: cluster.tier,
                })
                .collect(),
            versions: self.autoscaler.versions(),
        };
        let timing = Timing {
            decide_s: self.decide_s,
            events: self.events_so_far(),
            decides: self.decides,
            ..Timing::default()
        };
        let record = RunRecord {
            meta,
            summary,
            workloads,
            nodes: node_lives(&self.state),
            faults: self.state.faults.applied(),
            series: self.rows.closed,
            timing,
        };
        check_record(&record)?;
        Ok(record)
    }
}

/// The name under which a trace or a command line asks for it.
fn point_process_name(process: PointProcess) -> &'static str {
    match process {
        PointProcess::Uniform => "uniform",
        PointProcess::Poisson => "poisson",
    }
}
