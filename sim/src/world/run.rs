//! One run: arrivals and events in their order until the end.

use std::io;
use std::time::Instant;

use jiff::Timestamp;
use spillway_solver::ids::{ClusterId, WorkloadId};
use spillway_solver::policy::{CapacityType, Policy, Tier};
use spillway_solver::snapshot::{ClusterState, Snapshot, Spend};
use spillway_solver::units::{MicroUsd, Millis};

use super::event::WorldEvent;
use super::rows::Rows;
use super::setup::Setup;
use super::state::State;
use super::summary::{node_lives, summarize};
use super::telemetry::Telemetry;
use crate::bound::{Arrivals, Done, least_money};
use crate::config::{ConfigError, NodeAutoscaler, RunConfig, Signal};
use crate::engine::{Occurrence, Timeline};
use crate::hosts::{Autoscaler, Outcome};
use crate::invariants::{Rule, Violation, check_record, check_spilled};
use crate::record::{
    ClusterName, CostBound, DecisionSink, DecisionsHeader, DecisionsVersion, LoadNotes, RunMeta,
    RunRecord, Timing,
};
use crate::time::Nanos;
use crate::trace::{Arrival, ArrivalSource, PointProcess, TraceError};

/// Nanoseconds in an hour.
const HOUR: Nanos = Nanos::from_secs(3_600);

/// Why a run has no record.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The world does not fit its policy.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The trace has requests of a workload that the policy does not know.
    #[error(
        "{place}workload: no HybridAutoscaler is called `{name}` (known: {known}); set `traceNames` of the workload in the world file, or --workload where the trace names none"
    )]
    UnknownWorkload {
        /// The trace's file and line, with a colon and a blank; empty where the load has none.
        place: String,
        /// What the trace calls it.
        name: String,
        /// What it could have been called.
        known: String,
    },
    /// A decision could not be stored.
    #[error("the decisions cannot be written: {0}")]
    Sink(#[from] io::Error),
    /// Something happened that must never happen.
    #[error("{0}; please report it with its input")]
    Violation(#[from] Violation),
}

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Simulated time.
    pub now: Nanos,
    /// Its end; absent where the trace decides.
    pub horizon: Option<Nanos>,
    /// Things that happened: arrivals, completions and events of the world.
    pub events: u64,
}

/// Runs the world under an autoscaler, from its start to its horizon.
///
/// Decisions are handed to `sink` as they are made; `progress` is told at the end of each
/// interval. The record depends on nothing but the arguments.
///
/// # Errors
///
/// Where an input is bad, the sink fails, or an invariant is broken; there is no record then.
pub fn run<S: ArrivalSource>(
    config: &RunConfig,
    source: S,
    autoscaler: &mut dyn Autoscaler,
    sink: &mut dyn DecisionSink,
    progress: &mut dyn FnMut(Progress),
) -> Result<RunRecord, RunError> {
    config.check()?;
    let began = Instant::now();
    let mut run = Run::new(config, source, autoscaler, sink)?;
    run.begin()?;
    while !run.ended {
        match run.timeline.advance()? {
            Some(Occurrence::Arrival(arrival)) => run.arrive(arrival)?,
            Some(Occurrence::Event(event)) => run.handle(event, progress)?,
            None => break,
        }
    }
    let mut record = run.finish(config)?;
    record.timing.engine_s = began.elapsed().as_secs_f64() - record.timing.decide_s;
    Ok(record)
}

struct Run<'a, S> {
    timeline: Timeline<S, WorldEvent>,
    state: State,
    rows: Rows,
    telemetry: Telemetry,
    policy: &'a Policy,
    autoscaler: &'a mut dyn Autoscaler,
    sink: &'a mut dyn DecisionSink,
    /// What the autoscaler will see of the clusters.
    seen: (Vec<ClusterState>, Spend),
    /// Each number of the trace's workloads as ours.
    workload_of: Vec<Option<usize>>,
    /// What the bound needs to know of each workload's requests.
    arrivals: Vec<Arrivals>,
    events: u64,
    decides: u64,
    decide_s: f64,
    ended: bool,
}

impl<'a, S: ArrivalSource> Run<'a, S> {
    fn new(
        config: &'a RunConfig,
        source: S,
        autoscaler: &'a mut dyn Autoscaler,
        sink: &'a mut dyn DecisionSink,
    ) -> Result<Self, RunError> {
        let setup = Setup::new(config, autoscaler.node_autoscaler());
        sink.begin(&DecisionsHeader {
            schema_version: DecisionsVersion::default(),
            name: config.name.clone(),
            autoscaler: autoscaler.name().to_owned(),
            versions: autoscaler.versions(),
            policy: config.policy.clone(),
            memory: autoscaler.memory(),
        })?;
        let arrivals = setup.workloads.iter().map(|_| Arrivals::default());
        Ok(Self {
            arrivals: arrivals.collect(),
            timeline: Timeline::new(source)?,
            state: State::new(setup),
            rows: Rows::default(),
            telemetry: Telemetry::default(),
            policy: &config.policy,
            autoscaler,
            sink,
            seen: Default::default(),
            workload_of: Vec::new(),
            events: 0,
            decides: 0,
            decide_s: 0.0,
            ended: false,
        })
    }

    /// The state at the start, and the first of everything that repeats.
    fn begin(&mut self) -> Result<(), RunError> {
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
        for workload in 0..state.setup.workloads.len() {
            state.ledger.workloads[workload] = crate::record::Churn::default();
            let signals = &state.setup.workloads[workload].signals;
            if signals.iter().any(|asked| asked.signal == Signal::BusyCpu) {
                state.queues[workload].observer_mut().watch_pods();
            }
        }
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
        let first = [
            (setup.interval, WorldEvent::Interval),
            (setup.metrics.interval.0, WorldEvent::Scrape),
            (tick - delay, WorldEvent::Observe),
            (tick, WorldEvent::Tick),
            (Nanos(until_hour), WorldEvent::Hour),
        ];
        let end = setup.horizon.map(|horizon| (horizon, WorldEvent::End));
        for (span, event) in first.into_iter().chain(end) {
            self.state.after(span, event);
        }
        self.state.audit()?;
        self.flush_agenda();
        Ok(())
    }

    #[inline]
    fn arrive(&mut self, arrival: Arrival) -> Result<(), RunError> {
        self.events += 1;
        let known = self.workload_of.get(arrival.workload as usize);
        let workload = match known {
            Some(Some(workload)) => *workload,
            _ => self.resolve(arrival.workload as usize)?,
        };
        self.state.ledger.demand_ns[workload] += u128::from(arrival.service.0);
        self.arrivals[workload].add(&arrival);
        self.state.queues[workload].arrive(arrival);
        Ok(())
    }

    #[cold]
    fn resolve(&mut self, number: usize) -> Result<usize, RunError> {
        let names = self.timeline.source().workloads();
        let name = names.get(number).cloned().unwrap_or_default();
        let setup = &self.state.setup;
        let Some(workload) = setup.workload_called(&name) else {
            let source = self.timeline.source();
            let file = source.notes().source;
            let place = match source.workload_line(number) {
                Some(line) => format!("{file}:{line}: "),
                None if file.is_empty() => file,
                None => format!("{file}: "),
            };
            let known = setup
                .workloads
                .iter()
                .flat_map(|workload| &workload.trace_names);
            let known: Vec<&str> = known.map(String::as_str).collect();
            let known = known.join(", ");
            return Err(RunError::UnknownWorkload { place, name, known });
        };
        if self.workload_of.len() <= number {
            self.workload_of.resize(number + 1, None);
        }
        self.workload_of[number] = Some(workload);
        Ok(workload)
    }

    fn handle(
        &mut self,
        event: WorldEvent,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), RunError> {
        self.events += 1;
        let now = self.timeline.now();
        let state = &mut self.state;
        if now < state.now {
            let detail = format!("from {} to {now}", state.now);
            return Err(state.violation(Rule::MonotoneClock, detail).into());
        }
        state.now = now;
        match event {
            WorldEvent::Interval => {
                self.rows.close(state);
                self.ended = state.setup.horizon.is_none() && !self.timeline.has_arrivals();
                let interval = state.setup.interval;
                state.after(interval, event);
                progress(Progress {
                    now,
                    horizon: state.setup.horizon,
                    events: self.events_so_far(),
                });
            }
            WorldEvent::End => {
                self.rows.close(state);
                self.ended = true;
            }
            WorldEvent::Hour => {
                state.begin_hour();
                state.after(HOUR, event);
            }
            WorldEvent::NodeUp(node) => state.node_up(node),
            WorldEvent::PodReady(pod) => state.pod_ready(pod),
            WorldEvent::PodGone(pod) => state.pod_gone(pod),
            WorldEvent::Schedule(cluster) => state.schedule_pods(cluster),
            WorldEvent::Provision(cluster) => state.provision(cluster),
            WorldEvent::Consolidate(node) => state.consolidate(node),
            WorldEvent::Scan(cluster) => state.scan(cluster),
            WorldEvent::Scrape => {
                self.telemetry.scrape(state);
                state.after(state.setup.metrics.interval.0, event);
            }
            WorldEvent::Observe => {
                self.seen = (state.observe_clusters(), state.observe_spend());
                state.count_leak();
                state.after(state.setup.tick, event);
            }
            WorldEvent::Tick => {
                self.tick()?;
                self.state.after(self.state.setup.tick, event);
            }
        }
        self.flush_agenda();
        Ok(())
    }

    fn tick(&mut self) -> Result<(), RunError> {
        let (clusters, spend) = std::mem::take(&mut self.seen);
        let snapshot = Snapshot {
            now_ms: self.state.unix_ms(self.state.now),
            clusters,
            workloads: self.telemetry.read(&self.state),
            spend: Some(spend),
            ..Snapshot::default()
        };
        let began = Instant::now();
        let outcome = self.autoscaler.decide(&snapshot);
        self.decide_s += began.elapsed().as_secs_f64();
        self.decides += 1;
        self.check_outcome(&outcome)?;
        self.apply(&outcome)?;
        if let Some(decision) = &outcome.decision {
            self.sink.tick(&snapshot, decision)?;
        }
        self.state.audit()?;
        Ok(())
    }

    fn check_outcome(&self, outcome: &Outcome) -> Result<(), Violation> {
        if !outcome.violations.is_empty() {
            let detail = outcome.violations.join("; ");
            return Err(self.state.violation(Rule::IndependentCheck, detail));
        }
        match &outcome.decision {
            Some(decision) => check_spilled(self.policy, decision, self.state.now),
            None => Ok(()),
        }
    }

    /// Writes the targets, additions before removals.
    fn apply(&mut self, outcome: &Outcome) -> Result<(), Violation> {
        self.state.hint_victims(&outcome.victims);
        let mut removals = Vec::new();
        for target in &outcome.targets {
            let place = self.place(&target.workload, &target.cluster)?;
            let (workload, cluster) = place;
            if target.replicas < self.state.sites[cluster].targets[workload].spec {
                removals.push((place, target.replicas));
            } else {
                self.state.set_replicas(workload, cluster, target.replicas);
            }
        }
        for ((workload, cluster), replicas) in removals {
            self.state.set_replicas(workload, cluster, replicas);
        }
        for why in outcome
            .decision
            .iter()
            .flat_map(|decision| &decision.rationale.workloads)
        {
            let mut workloads = self.state.setup.workloads.iter();
            if let Some(workload) = workloads.position(|workload| workload.id == why.id) {
                let moved = why.moves.iter().map(|moved| u64::from(moved.replicas));
                self.state.ledger.workloads[workload].moves += moved.sum::<u64>();
            }
        }
        Ok(())
    }

    fn place(
        &self,
        workload: &WorkloadId,
        cluster: &ClusterId,
    ) -> Result<(usize, usize), Violation> {
        let setup = &self.state.setup;
        let at = setup
            .workloads
            .iter()
            .position(|known| known.id == *workload);
        let on = setup
            .clusters
            .iter()
            .position(|known| known.name == *cluster);
        at.zip(on).ok_or_else(|| {
            let detail = format!("{workload} in {cluster}");
            self.state.violation(Rule::KnownTarget, detail)
        })
    }

    fn flush_agenda(&mut self) {
        for (at, event) in self.state.agenda.drain(..) {
            self.timeline.schedule(at, event);
        }
    }

    fn events_so_far(&self) -> u64 {
        let done: u64 = self
            .state
            .queues
            .iter()
            .map(|queue| queue.counts().done)
            .sum();
        self.events + done
    }

    fn finish(mut self, config: &RunConfig) -> Result<RunRecord, RunError> {
        self.rows.close(&mut self.state);
        self.state.audit()?;
        let (mut summary, workloads) = summarize(&self.state, &self.rows);
        let least = self.least_money(config);
        summary.bound = Some(CostBound::new(summary.money.total(), least));
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
            series: self.rows.closed,
            timing,
        };
        check_record(&record)?;
        Ok(record)
    }

    /// The least that any policy could have paid for what was done.
    fn least_money(&mut self, config: &RunConfig) -> MicroUsd {
        let state = &self.state;
        let arrivals = std::mem::take(&mut self.arrivals).into_iter().enumerate();
        let done = arrivals.map(|(workload, arrivals)| {
            let queue = &state.queues[workload];
            Done {
                arrivals,
                served_ns: queue.sojourns().sum_ns() - queue.queue_delays().sum_ns(),
                late_ns: queue.observer().late_ns,
                objective: state.setup.workloads[workload].queue.delay_objective,
                longest_delay: queue.queue_delays().max(),
                replica_stops: state.ledger.workloads[workload].replica_stops,
            }
        });
        let paid = |node: &usize| state.group(*node).capacity_type != CapacityType::Owned;
        let paid = (0..state.nodes.len()).filter(paid).count();
        least_money(config, state.now, done.collect(), paid)
    }
}

/// The name under which a trace or a command line asks for it.
fn point_process_name(process: PointProcess) -> &'static str {
    match process {
        PointProcess::Uniform => "uniform",
        PointProcess::Poisson => "poisson",
    }
}

impl State {
    /// Notes what was spent when the hour, and perhaps the day and the month, began.
    fn begin_hour(&mut self) {
        let spent: MicroUsd = self.capped_money();
        let before = &mut self.ledger.spent_before;
        before.hour = spent;
        let now_ms = self.now.to_unix_ms(self.setup.start_ms);
        let Ok(now) = Timestamp::from_millisecond(now_ms) else {
            return;
        };
        let civil = now.to_zoned(jiff::tz::TimeZone::UTC);
        if civil.hour() == 0 {
            before.day = spent;
            if civil.day() == 1 {
                before.month = spent;
            }
        }
    }

    /// Counts the public Ready replicas that existing private nodes could hold, one after
    /// another, as seen once a tick.
    fn count_leak(&mut self) {
        let leak = self.leaked_replicas();
        self.ledger.leak.set(self.now, leak);
    }

    fn leaked_replicas(&self) -> u64 {
        let setup = &self.setup;
        let workloads = 0..setup.workloads.len();
        let public = workloads.map(|index| self.ledger.ready_in(setup, index, Tier::Public));
        let public: Vec<u64> = public.collect();
        if public.iter().all(|replicas| *replicas == 0) {
            return 0;
        }
        let private = (0..self.sites.len()).filter(|cluster| !self.is_public(*cluster));
        let nodes = private.flat_map(|cluster| self.serving_nodes(cluster));
        let mut rooms: Vec<_> = nodes
            .map(|node| {
                let group = self.group(node);
                (group, group.allocatable.minus(&self.nodes[node].used))
            })
            .collect();
        let mut leaked = 0;
        for (index, replicas) in public.into_iter().enumerate() {
            let requests = &setup.workloads[index].requests;
            let mut left = replicas;
            for (_, free) in rooms.iter_mut().filter(|(group, _)| group.takes[index]) {
                let taken = u64::from(free.fits(requests)).min(left);
                for _ in 0..taken {
                    *free = free.minus(requests);
                }
                left -= taken;
            }
            leaked += replicas - left;
        }
        leaked
    }
}
