//! One run: arrivals and events in their order until the end.

mod act;
mod begin;
mod enter;
mod error;
mod finish;
mod names;
mod slowest;
mod solved;

use std::time::Instant;

use spillway_solver::policy::Policy;
use spillway_solver::snapshot::{ClusterState, Snapshot, Spend};

pub use error::RunError;

use enter::Enter;
use slowest::SlowestSoFar;
use solved::Solved;

use super::event::WorldEvent;
use super::queue::Queue;
use super::rows::Rows;
use super::setup::Setup;
use super::state::State;
use super::telemetry::Telemetry;
use crate::bound::Arrivals;
use crate::config::{Mode, RunConfig};
use crate::engine::{Occurrence, Source, Timed, Timeline};
use crate::hosts::{Autoscaler, Forecast};
use crate::invariants::Rule;
use crate::record::{RunRecord, Timing};
use crate::time::Nanos;
use crate::trace::{ArrivalSource, Inflows};
use spillway_records::{DecisionSink, DecisionsHeader, DecisionsVersion};

/// Nanoseconds in an hour.
const HOUR: Nanos = Nanos::from_secs(3_600);

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Simulated time.
    pub now: Nanos,
    /// Its end; absent where the trace decides.
    pub horizon: Option<Nanos>,
    /// Things that happened: arrivals, completions and events of the world; by rates, inflows and steps in place of
    /// the first two.
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
    start(config, None, source, autoscaler, sink, progress)
}

/// Runs the world on from a snapshot. `config.world` is to be made by [`World::as_seen`](crate::config::World::as_seen),
/// and the autoscaler to have the memory that belongs to the snapshot; its first decision is on the snapshot itself, at
/// once.
///
/// # Errors
///
/// Those of [`run()`].
pub fn resume<S: ArrivalSource>(
    config: &RunConfig,
    snapshot: &Snapshot,
    source: S,
    autoscaler: &mut dyn Autoscaler,
    sink: &mut dyn DecisionSink,
    progress: &mut dyn FnMut(Progress),
) -> Result<RunRecord, RunError> {
    start(config, Some(snapshot), source, autoscaler, sink, progress)
}

fn start<S: ArrivalSource>(
    config: &RunConfig,
    from: Option<&Snapshot>,
    source: S,
    autoscaler: &mut dyn Autoscaler,
    sink: &mut dyn DecisionSink,
    progress: &mut dyn FnMut(Progress),
) -> Result<RunRecord, RunError> {
    config.check()?;
    match config.world.mode {
        Mode::Requests => simulate(config, from, source, autoscaler, sink, progress),
        Mode::Rates => {
            let world = &config.world;
            // What is seen of the load is seen by scrapes: finer bins would show no more.
            let width = world.metrics.interval.0.min(world.interval.0);
            let inflows = Inflows::new(source, width);
            simulate(config, from, inflows, autoscaler, sink, progress)
        }
    }
}

fn simulate<S: Source<Item: Enter>>(
    config: &RunConfig,
    from: Option<&Snapshot>,
    source: S,
    autoscaler: &mut dyn Autoscaler,
    sink: &mut dyn DecisionSink,
    progress: &mut dyn FnMut(Progress),
) -> Result<RunRecord, RunError> {
    let began = Instant::now();
    let mut run = Run::new(config, from, Timed::new(source), autoscaler, sink)?;
    run.begin(from)?;
    while !run.ended {
        match run.timeline.advance()? {
            Some(Occurrence::Arrival(arrival)) => run.arrive(arrival)?,
            Some(Occurrence::Event(event)) => run.handle(event, progress)?,
            None => break,
        }
    }
    let ingest_s = run.timeline.source().spent_s();
    let mut record = run.finish(config)?;
    let Timing {
        decide_s, check_s, ..
    } = record.timing;
    record.timing.ingest_s = ingest_s;
    record.timing.engine_s = began.elapsed().as_secs_f64() - ingest_s - decide_s - check_s;
    Ok(record)
}

struct Run<'a, S: Source> {
    timeline: Timeline<S, WorldEvent>,
    state: State,
    rows: Rows,
    telemetry: Telemetry,
    policy: &'a Policy,
    autoscaler: &'a mut dyn Autoscaler,
    sink: &'a mut dyn DecisionSink,
    /// What the autoscaler will see of the clusters, or has seen last.
    seen: (Vec<ClusterState>, Spend),
    /// What the first decision is made on, where the run goes on from a snapshot.
    recorded: Option<Snapshot>,
    /// Each number of the trace's workloads as ours.
    workload_of: Vec<Option<usize>>,
    /// What the bound needs to know of each workload's requests.
    arrivals: Vec<Arrivals>,
    /// What was forecast of each workload, in the order of the forecasts.
    forecasts: Vec<Vec<Forecast>>,
    slowest: SlowestSoFar,
    solved: Solved,
    events: u64,
    decides: u64,
    decide_s: f64,
    check_s: f64,
    ended: bool,
}

impl<'a, S: Source<Item: Enter>> Run<'a, S> {
    fn new(
        config: &'a RunConfig,
        from: Option<&Snapshot>,
        source: S,
        autoscaler: &'a mut dyn Autoscaler,
        sink: &'a mut dyn DecisionSink,
    ) -> Result<Self, RunError> {
        let setup = Setup::new(config, autoscaler.node_autoscaler());
        let setup = match from {
            Some(snapshot) => setup.resumed(snapshot),
            None => setup,
        };
        sink.begin(&DecisionsHeader {
            schema_version: DecisionsVersion::default(),
            name: config.name.clone(),
            autoscaler: autoscaler.name().to_owned(),
            versions: autoscaler.versions(),
            policy: config.policy.clone(),
            memory: autoscaler.memory(),
        })?;
        let arrivals = setup.workloads.iter().map(|_| Arrivals::default());
        let workloads = setup.workloads.len();
        Ok(Self {
            arrivals: arrivals.collect(),
            timeline: Timeline::new(source)?,
            state: State::new(setup),
            rows: Rows::default(),
            telemetry: Telemetry::after(from.map_or(&[], |snapshot| &snapshot.workloads)),
            policy: &config.policy,
            autoscaler,
            sink,
            seen: (
                from.map_or_else(Vec::new, |snapshot| snapshot.clusters.clone()),
                Spend::default(),
            ),
            recorded: from.cloned(),
            workload_of: Vec::new(),
            forecasts: vec![Vec::new(); workloads],
            slowest: SlowestSoFar::default(),
            solved: Solved::default(),
            events: 0,
            decides: 0,
            decide_s: 0.0,
            check_s: 0.0,
            ended: false,
        })
    }

    #[inline]
    fn arrive(&mut self, arrival: S::Item) -> Result<(), RunError> {
        self.events += 1;
        let number = arrival.named() as usize;
        let known = self.workload_of.get(number);
        let workload = match known {
            Some(Some(workload)) => *workload,
            _ => self.resolve(number)?,
        };
        if self.state.queues[workload].asks_for_class(arrival.class()) {
            self.rank_classes(workload);
        }
        arrival.enter(workload, &mut self.state, &mut self.arrivals);
        Ok(())
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
                self.slowest.look(state, &self.rows);
                let arriving = state.queues.iter().any(Queue::expects_arrivals);
                self.ended =
                    state.setup.horizon.is_none() && !arriving && !self.timeline.has_arrivals();
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
                self.slowest.look(state, &self.rows);
                self.ended = true;
            }
            WorldEvent::Hour => {
                state.begin_hour();
                state.after(HOUR, event);
            }
            WorldEvent::FaultBegins(fault) => state.fault_begins(fault),
            WorldEvent::FaultEnds(fault) => state.fault_ends(fault),
            WorldEvent::SpotNotice(node, fault) => state.spot_notice(node, fault),
            WorldEvent::SpotTaken(node) => state.spot_taken(node),
            WorldEvent::NodeUp(node) => state.node_up(node),
            WorldEvent::PodReady(pod) => state.pod_starts(pod),
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
                self.seen = (state.observe_clusters(&self.seen.0), state.observe_spend());
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
        let snapshot = match self.recorded.take() {
            Some(recorded) => recorded,
            None => self.look(),
        };
        let began = Instant::now();
        let outcome = self.autoscaler.decide(&snapshot);
        let check_s = outcome.check_time.as_secs_f64();
        self.decide_s += began.elapsed().as_secs_f64() - check_s;
        self.check_s += check_s;
        self.decides += 1;
        self.check_outcome(&outcome)?;
        self.apply(&outcome)?;
        self.keep_forecasts(outcome.forecasts);
        if let Some(decision) = outcome.decision {
            self.sink.tick(&snapshot, &decision)?;
            self.solved.count(&decision.rationale.solver);
            self.slowest.decided(snapshot.now_ms, decision);
        }
        self.seen.0 = snapshot.clusters;
        self.state.audit()?;
        Ok(())
    }

    /// What the autoscaler sees now.
    fn look(&mut self) -> Snapshot {
        let (clusters, spend) = std::mem::take(&mut self.seen);
        Snapshot {
            now_ms: self.state.host_now(),
            clusters,
            workloads: self.telemetry.read(&self.state),
            spend: Some(spend),
            ..Snapshot::default()
        }
    }

    fn keep_forecasts(&mut self, forecasts: Vec<Forecast>) {
        for forecast in forecasts {
            let mut workloads = self.state.setup.workloads.iter();
            if let Some(index) = workloads.position(|known| known.id == forecast.workload) {
                self.forecasts[index].push(forecast);
            }
        }
    }

    fn flush_agenda(&mut self) {
        for (at, event) in self.state.agenda.drain(..) {
            self.timeline.schedule(at, event);
        }
    }

    fn events_so_far(&self) -> u64 {
        let queues = self.state.queues.iter();
        self.events + queues.map(Queue::events).sum::<u64>()
    }
}
