//! The record of a run that has ended.

use spillway_solver::policy::CapacityType;
use spillway_solver::units::{MicroUsd, Millis};

use super::enter::Enter;
use super::{Run, RunError};
use crate::bound::{Done, Load, judge as judge_cost};
use crate::config::{Mode, RunConfig};
use crate::engine::Source;
use crate::invariants::check_record;
use crate::record::{
    ClusterName, CostBound, ForecastErrors, LoadNotes, RunMeta, RunRecord, Timing,
};
use crate::time::Nanos;
use crate::trace::PointProcess;
use crate::warnings;
use crate::world::forecasts::judge;
use crate::world::queue::Queue;
use crate::world::summary::{node_lives, summarize};
use crate::world::wasted::wasted;

impl<S: Source<Item: Enter>> Run<'_, S> {
    pub(super) fn finish(mut self, config: &RunConfig) -> Result<RunRecord, RunError> {
        self.rows.close(&mut self.state);
        self.rows.fill(&self.state);
        self.state.audit()?;
        let classes = self.timeline.source().origin().classes();
        let (mut summary, mut workloads) = summarize(&self.state, &self.rows, classes);
        let wasted = wasted(&self.state, summary.money);
        let least = self.least_money(config);
        summary.bound = Some(CostBound::new(summary.money.total(), least, wasted));
        let judged = judge(config, &self.rows.closed, &self.forecasts);
        summary.forecast = ForecastErrors::together(judged.iter().flatten());
        for (workload, errors) in workloads.iter_mut().zip(judged) {
            workload.forecast = errors;
        }
        summary.solver = self.solved.work();
        let setup = &self.state.setup;
        let notes = self.timeline.source().origin().notes();
        let meta = RunMeta {
            name: config.name.clone(),
            autoscaler: self.autoscaler.name().to_owned(),
            inputs: config.inputs.clone(),
            seed: setup.seed,
            mode: setup.mode,
            point_process: notes
                .point_process
                .filter(|_| setup.mode == Mode::Requests)
                .map(|process| point_process_name(process).to_owned()),
            load: LoadNotes::new(&notes, self.timeline.source().origin().workloads()),
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
            check_s: self.check_s,
            events: self.events_so_far(),
            decides: self.decides,
            ..Timing::default()
        };
        let mut record = RunRecord {
            meta,
            summary,
            workloads,
            nodes: node_lives(&self.state),
            faults: self.state.faults.applied(),
            series: self.rows.closed,
            slowest: self.slowest.into_record(),
            warnings: Vec::new(),
            timing,
        };
        record.warnings = warnings::of(config, &record);
        check_record(&record)?;
        Ok(record)
    }

    /// The configuration with the lowest price that each group ever had: a bound may count no more.
    fn cheapest(&self, config: &RunConfig) -> RunConfig {
        let mut config = config.clone();
        for (spec, site) in self.state.setup.clusters.iter().zip(&self.state.sites) {
            let mut clusters = config.policy.clusters.iter_mut();
            let cluster = clusters.find(|cluster| cluster.name == spec.name);
            let groups = cluster.into_iter().flat_map(|cluster| &mut cluster.groups);
            for (group, lowest) in groups.zip(&site.lowest_prices) {
                group.price = *lowest;
            }
        }
        config
    }

    /// The least that any policy could have paid for what was done.
    fn least_money(&mut self, config: &RunConfig) -> MicroUsd {
        let arrivals = std::mem::take(&mut self.arrivals).into_iter();
        let state = &mut self.state;
        let queues = arrivals.zip(&mut state.queues).enumerate();
        let done = queues.map(|(workload, (arrivals, queue))| Done {
            load: match queue {
                Queue::Requests(queue) => Load::Requests {
                    arrivals,
                    served_ns: queue.observer().served_ns,
                    late_ns: queue.observer().late_ns,
                    longest_delay: queue.queue_delays().max(),
                },
                Queue::Rates(queue) => Load::Rates(queue.take_course()),
            },
            objective: state.setup.workloads[workload].queue.delay_objective,
            replica_stops: state.ledger.workloads[workload].replica_stops,
        });
        let done = done.collect();
        let judged = judge_cost(&self.cheapest(config), self.state.now, done);
        self.sink.judged(&judged.horizon);
        let state = &self.state;
        let paid = |node: &usize| state.group(*node).capacity_type != CapacityType::Owned;
        judged.least_money((0..state.nodes.len()).filter(paid).count())
    }
}

/// The name under which a trace or a command line asks for it.
fn point_process_name(process: PointProcess) -> &'static str {
    match process {
        PointProcess::Uniform => "uniform",
        PointProcess::Poisson => "poisson",
    }
}
