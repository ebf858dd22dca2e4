//! Metrics as an autoscaler sees them: scraped now and then, visible a little later.
//!
//! A backlog counts requests that wait and not those in service: a queue objective drains what
//! waits, and what is in service leaves by itself.

use std::collections::{BTreeMap, VecDeque};

use spillway_solver::ids::WorkloadId;
use spillway_solver::snapshot::{MetricState, PodPhase, PodReading, Reading, WorkloadState};
use spillway_solver::units::{Millis, UnixMs};

use super::event::PodIndex;
use super::faults::Held;
use super::setup::Measured;
use super::state::{Phase, Pod, State};
use crate::config::Signal;
use crate::time::Nanos;

/// Thousandths in one.
const MILLI: u128 = 1_000;

/// Nanoseconds in a second.
const SECOND_NS: u128 = 1_000_000_000;

/// All scrapes that a query may still need, the oldest first.
#[derive(Default)]
pub(super) struct Telemetry {
    scrapes: VecDeque<Scrape>,
    /// Answers that faults hold.
    held: Held,
    /// What queries answered before the run began; they do until there is a rate of its own.
    recorded: Vec<WorkloadState>,
}

/// Scrapes between which there is a rate.
const FOR_A_RATE: usize = 2;

struct Scrape {
    at: Nanos,
    workloads: Vec<Sample>,
}

/// What was scraped of one workload. All but the first two are counters.
struct Sample {
    waiting: u64,
    in_service: u64,
    arrivals: u64,
    done: Vec<u64>,
    /// Pods that existed and how long each had been busy, where a metric needs it.
    pods: Vec<(PodIndex, u64)>,
}

impl Telemetry {
    /// Of a run that goes on from these answers.
    pub(super) fn after(recorded: &[WorkloadState]) -> Self {
        Self {
            recorded: recorded.to_vec(),
            ..Self::default()
        }
    }

    /// Scrapes every workload now.
    pub(super) fn scrape(&mut self, state: &mut State) {
        let now = state.now;
        let workloads = (0..state.queues.len())
            .map(|workload| sample(state, workload))
            .collect();
        self.scrapes.push_back(Scrape { at: now, workloads });
        let metrics = state.setup.metrics;
        let late = metrics.lag.0 + state.faults.longest_lag();
        let reach = metrics.rate_window.0 + late + metrics.interval.0;
        while self
            .scrapes
            .get(1)
            .is_some_and(|second| now - second.at > reach)
        {
            self.scrapes.pop_front();
        }
    }

    /// What queries answer now.
    pub(super) fn read(&mut self, state: &State) -> Vec<WorkloadState> {
        let mut held = std::mem::take(&mut self.held);
        let workloads = state.setup.workloads.iter().enumerate();
        let read = workloads
            .map(|(index, workload)| {
                let answers = workload.signals.iter().filter_map(|asked| {
                    let answer = self.query(state, index, asked, &mut held)?;
                    Some((asked.metric.clone(), answer))
                });
                WorkloadState {
                    id: workload.id.clone(),
                    metrics: answers.collect(),
                }
            })
            .collect();
        self.held = held;
        read
    }

    /// What a query of one metric answers; `None` before its first sample.
    fn query(
        &self,
        state: &State,
        workload: usize,
        asked: &Measured,
        held: &mut Held,
    ) -> Option<MetricState> {
        let late = state.faults.metric_lag(workload, &asked.metric);
        let lag = state.setup.metrics.lag.0 + late;
        let visible = |scrape: &Scrape| scrape.at + lag <= state.now;
        let seen = self.scrapes.partition_point(visible);
        if seen < FOR_A_RATE
            && let Some(recorded) = self.recorded(&state.setup.workloads[workload].id, asked)
        {
            let now_ms = state.unix_ms(state.now);
            let answer =
                state
                    .faults
                    .answer(held, workload, &asked.metric, now_ms, recorded.clone());
            return Some(answer);
        }
        let newest = &self.scrapes[seen.checked_sub(1)?];
        let query = Query {
            state,
            workload,
            newest,
            oldest: self.window_start(state, newest.at),
        };
        let mut measured = query.metric(asked.signal);
        if !asked.completions {
            measured.completions.clear();
        }
        let at = state.unix_ms(newest.at);
        let faults = &state.faults;
        Some(faults.answer(held, workload, &asked.metric, at, measured))
    }

    fn recorded(&self, workload: &WorkloadId, asked: &Measured) -> Option<&MetricState> {
        let mut recorded = self.recorded.iter();
        let recorded = recorded.find(|recorded| recorded.id == *workload)?;
        recorded.metrics.get(&asked.metric)
    }

    /// The first scrape within the rate window that ends at `end`.
    fn window_start(&self, state: &State, end: Nanos) -> &Scrape {
        let window = state.setup.metrics.rate_window.0;
        let too_old = |scrape: &Scrape| scrape.at + window < end;
        &self.scrapes[self.scrapes.partition_point(too_old)]
    }
}

fn sample(state: &mut State, workload: usize) -> Sample {
    let queue = &mut state.queues[workload];
    queue.advance(state.now);
    let queue = &state.queues[workload];
    let counts = queue.counts();
    let signals = &state.setup.workloads[workload].signals;
    let pods = if signals.iter().any(|asked| asked.signal == Signal::BusyCpu) {
        let sites = state.sites.iter().enumerate();
        let pods = sites.flat_map(|(cluster, site)| {
            let pods = site.targets[workload].pods.iter();
            pods.map(move |pod| (*pod, queue.busy_ns(cluster, *pod)))
        });
        pods.collect()
    } else {
        Vec::new()
    };
    Sample {
        waiting: counts.queued,
        in_service: counts.in_service,
        arrivals: counts.arrivals,
        done: queue.done_by_cluster(),
        pods,
    }
}

/// A question about one workload.
struct Query<'a> {
    state: &'a State,
    workload: usize,
    newest: &'a Scrape,
    /// Where the rate window begins; the newest itself when there is only one.
    oldest: &'a Scrape,
}

impl Query<'_> {
    fn metric(&self, signal: Signal) -> MetricState {
        let (new, old) = (self.now(), self.before());
        match signal {
            Signal::Backlog => {
                let clusters = self.state.setup.clusters.iter().enumerate();
                MetricState {
                    primary: self.series(milli(new.waiting)),
                    arrivals: Some(self.rate(new.arrivals, old.arrivals)),
                    completions: clusters
                        .map(|(index, cluster)| {
                            (
                                cluster.name.clone(),
                                self.rate(new.done[index], old.done[index]),
                            )
                        })
                        .collect(),
                    alternative: None,
                }
            }
            Signal::InFlight => only(self.series(milli(new.waiting + new.in_service))),
            Signal::ArrivalRate => only(self.rate(new.arrivals, old.arrivals)),
            Signal::BusyCpu => only(self.pods()),
        }
    }

    fn now(&self) -> &Sample {
        &self.newest.workloads[self.workload]
    }

    fn before(&self) -> &Sample {
        &self.oldest.workloads[self.workload]
    }

    fn at(&self) -> UnixMs {
        self.state.unix_ms(self.newest.at)
    }

    fn series(&self, value_milli: i64) -> Reading {
        Reading::Series {
            at_ms: self.at(),
            values_milli: vec![value_milli],
        }
    }

    /// A counter's increase per second over the window; no series before the second scrape.
    fn rate(&self, new: u64, old: u64) -> Reading {
        let window = u128::from((self.newest.at - self.oldest.at).0);
        if window == 0 {
            return Reading::Empty;
        }
        let rate_milli = u128::from(new - old) * MILLI * SECOND_NS / window;
        self.series(i64::try_from(rate_milli).unwrap_or(i64::MAX))
    }

    /// A time of a pod that may be older than the run.
    fn before_run(&self, at: Nanos, pod: &Pod) -> UnixMs {
        let at = self.state.unix_ms(at).0;
        UnixMs(at.saturating_sub_unsigned(pod.older.0))
    }

    fn pods(&self) -> Reading {
        let window = u128::from((self.newest.at - self.oldest.at).0);
        let workload = &self.state.setup.workloads[self.workload];
        let request_milli = workload.requests.cpu_milli.0;
        let slots = u128::from(workload.at_once);
        let old: BTreeMap<PodIndex, u64> = self.before().pods.iter().copied().collect();
        let reading = |(index, busy): &(PodIndex, u64)| {
            let pod = &self.state.pods[*index];
            let before = old.get(index).copied().unwrap_or(0);
            let used = u128::from(busy - before) * u128::from(request_milli);
            let used = used.checked_div(window * slots);
            PodReading {
                name: format!("pod-{index}"),
                cluster: self.state.setup.clusters[pod.cluster].name.clone(),
                phase: match pod.phase {
                    Phase::Pending | Phase::Starting => PodPhase::Pending,
                    Phase::Ready | Phase::Terminating | Phase::Gone => PodPhase::Running,
                },
                ready: Some(pod.phase == Phase::Ready),
                ready_changed_at_ms: pod.ready_at.map(|at| self.before_run(at, pod)),
                started_at_ms: Some(self.before_run(pod.created_at, pod)),
                deleting: matches!(pod.phase, Phase::Terminating | Phase::Gone),
                value_milli: used
                    .filter(|_| pod.ready_at.is_some())
                    .map(|used| i64::try_from(used).unwrap_or(i64::MAX)),
                sampled_at_ms: Some(self.at()),
                window_ms: Millis((self.newest.at - self.oldest.at).as_millis()),
                request_milli: i64::try_from(request_milli).ok(),
            }
        };
        Reading::Pods {
            at_ms: self.at(),
            pods: self.now().pods.iter().map(reading).collect(),
        }
    }
}

fn only(primary: Reading) -> MetricState {
    MetricState {
        primary,
        ..MetricState::default()
    }
}

fn milli(count: u64) -> i64 {
    i64::try_from(u128::from(count) * MILLI).unwrap_or(i64::MAX)
}
