//! What a snapshot and its policy say of the load: rates, service times, and what waits.

use std::collections::BTreeMap;
use std::str::FromStr;

use spillway_solver::ids::WorkloadId;
use spillway_solver::memory::MetricMemory;
use spillway_solver::policy::{MetricSpec, ServiceRate, Target};
use spillway_solver::snapshot::{MetricState, Reading};

use super::change::called;
use super::{Question, Waiting};
use crate::config::{LoadPattern, LoadShape, RunConfig, Signal, Span};
use crate::generate::Shares;
use crate::report::units;
use crate::time::Nanos;
use crate::world::{WorkloadInWorld, workloads_in_world};

/// What arrives for a workload from now on: `web=12/s,250ms`.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenLoad {
    workload: String,
    per_second: f64,
    service_mean: Nanos,
}

impl FromStr for GivenLoad {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse =
            || format!("`{text}` is no load: write WORKLOAD=RATE/s,SERVICE, like web=12/s,250ms");
        let (workload, load) = text.split_once('=').ok_or_else(refuse)?;
        let (rate, service) = load.split_once(',').ok_or_else(refuse)?;
        let rate = rate.strip_suffix("/s").ok_or_else(refuse)?;
        let per_second: f64 = rate.parse().map_err(|_| refuse())?;
        let service_mean: Nanos = service.parse().map_err(|_| refuse())?;
        if !(0.0..=1e9).contains(&per_second) || service_mean == Nanos::ZERO {
            return Err(refuse());
        }
        Ok(Self {
            workload: workload.to_owned(),
            per_second,
            service_mean,
        })
    }
}

/// What is known of each workload's requests.
pub(super) struct Known<'a> {
    question: &'a Question,
    workloads: Vec<WorkloadInWorld<'a>>,
    /// Mean service times of the world's own load, by the workload.
    generated: BTreeMap<&'a WorkloadId, Nanos>,
    given: BTreeMap<WorkloadId, &'a GivenLoad>,
    wrong: Vec<String>,
}

/// A rate or a time, and where it comes from.
type Sourced<T> = (T, String);

impl<'a> Known<'a> {
    pub(super) fn of(question: &'a Question, config: &'a RunConfig) -> Self {
        let workloads = workloads_in_world(config);
        let patterns = config.world.load.iter().flat_map(|load| &load.patterns);
        let generated = patterns.filter_map(|pattern| {
            let mut workloads = workloads.iter();
            let of = workloads.find(|of| of.trace_names.contains(&pattern.name))?;
            Some((&of.spec.id, pattern.service_mean.0))
        });
        let generated = generated.collect();
        let (mut given, mut wrong) = (BTreeMap::new(), Vec::new());
        for load in &question.given {
            match called(&load.workload, &question.policy) {
                Ok(id) => {
                    given.insert(id, load);
                }
                Err(problem) => wrong.push(format!("--load {}: {problem}", load.workload)),
            }
        }
        Self {
            question,
            workloads,
            generated,
            given,
            wrong,
        }
    }

    /// A constant load for each workload, and what it rests on. What nobody says is a problem.
    pub(super) fn patterns(&self, problems: &mut Vec<String>) -> (Vec<LoadPattern>, Vec<String>) {
        problems.extend(self.wrong.iter().cloned());
        let (mut patterns, mut said) = (Vec::new(), Vec::new());
        for workload in &self.workloads {
            let id = &workload.spec.id;
            let given = self.given.get(id);
            let rate = given.map_or_else(
                || self.measured_rate(workload),
                |given| Some((given.per_second, "as --load says".to_owned())),
            );
            let (Some((per_second, whence)), Some((service, how_long))) =
                (rate, self.service(workload))
            else {
                problems.push(format!(
                    "nothing says how many requests of {id} arrive and how long one takes: write --load {id}=12/s,250ms, \
                     or name a --world with a `load`, or a --trace"
                ));
                continue;
            };
            said.push(format!(
                "{id}: {} requests a second arrive all the time ({whence}); each takes {} on average ({how_long}), \
                 exponentially distributed",
                units::short(per_second),
                units::span(service.0 / 1_000),
            ));
            patterns.push(LoadPattern {
                name: id.to_string(),
                service_mean: Span(service),
                shape: LoadShape::Ramp {
                    from_per_second: per_second,
                    to_per_second: per_second,
                    start: Span(Nanos::ZERO),
                    length: Span(Nanos::from_secs(1)),
                },
                classes: Shares::new(),
            });
        }
        (patterns, said)
    }

    /// What waits or is in service, and what is assumed of it.
    pub(super) fn waiting(&self) -> (Vec<Waiting>, Vec<String>) {
        let (mut all, mut said, mut idle) = (Vec::new(), Vec::new(), Vec::new());
        for workload in &self.workloads {
            let id = &workload.spec.id;
            let Some((requests, what)) = self.present(workload) else {
                said.push(format!(
                    "{id}: no metric in the snapshot says how many requests wait, so none do"
                ));
                continue;
            };
            if requests == 0 {
                idle.push(id.as_str());
                continue;
            }
            match self.service(workload) {
                Some((service_mean, how_long)) => {
                    said.push(format!(
                        "{id}: {what}; each takes {} on average ({how_long}), and its delay counts from the snapshot on",
                        units::span(service_mean.0 / 1_000),
                    ));
                    all.push(Waiting {
                        workload: id.clone(),
                        requests,
                        service_mean,
                    });
                }
                None => said.push(format!(
                    "{id}: {what}, and nothing says how long one takes, so they are left out (--load {id}=RATE/s,SERVICE)"
                )),
            }
        }
        if !idle.is_empty() {
            said.push(format!(
                "{}: nothing waits, and the snapshot does not say what is in service, so replicas begin without work",
                idle.join(", ")
            ));
        }
        (all, said)
    }

    /// How many requests there are, in words too.
    fn present(&self, workload: &WorkloadInWorld<'_>) -> Option<Sourced<u64>> {
        let metrics = workload.spec.metrics.iter().zip(&workload.signals);
        for (metric, signal) in metrics {
            let Some(count) = self
                .state(workload, metric)
                .and_then(|of| whole(&of.primary))
            else {
                continue;
            };
            match signal {
                Signal::InFlight => {
                    let what = format!("{} requests wait or are in service", units::count(count));
                    return Some((count, what));
                }
                Signal::Backlog => {
                    // Where some wait, every replica is busy; where none does, nobody knows how many are.
                    let busy = if count > 0 {
                        self.ready(&workload.spec.id) * u64::from(workload.at_once)
                    } else {
                        0
                    };
                    let what = format!(
                        "{} requests wait and {} are in service, for all Ready replicas are busy",
                        units::count(count),
                        units::count(busy)
                    );
                    return Some((count + busy, what));
                }
                Signal::ArrivalRate | Signal::BusyCpu => {}
            }
        }
        None
    }

    /// Requests a second as a queue's arrivals were measured.
    fn measured_rate(&self, workload: &WorkloadInWorld<'_>) -> Option<Sourced<f64>> {
        workload.spec.metrics.iter().find_map(|metric| {
            let Target::Queue(_) = metric.target else {
                return None;
            };
            let state = self.state(workload, metric);
            let now = state.and_then(|of| sum_milli(of.arrivals.as_ref()?));
            if let Some(milli) = now {
                return Some((per_second(milli), "as measured at the snapshot".to_owned()));
            }
            let good = self.remembered(workload, metric)?.good_arrivals?;
            Some((
                per_second(good.milli),
                format!("as last measured, at {}", units::time(good.at_ms, "%T UTC")),
            ))
        })
    }

    /// How long a request takes.
    fn service(&self, workload: &WorkloadInWorld<'_>) -> Option<Sourced<Nanos>> {
        let id = &workload.spec.id;
        if let Some(given) = self.given.get(id) {
            return Some((given.service_mean, "as --load says".to_owned()));
        }
        if let Some(mean) = self.generated.get(id) {
            return Some((*mean, "as the world's load says".to_owned()));
        }
        workload.spec.metrics.iter().find_map(|metric| {
            let Target::Queue(queue) = &metric.target else {
                return None;
            };
            let (policy, whence) = match queue.service_rate {
                ServiceRate::GivenMilli(milli) => (milli, "the policy's service rate"),
                ServiceRate::LearnedMilli(milli) => {
                    match self.remembered(workload, metric).and_then(learned) {
                        Some(learned) => (learned, "the service rate learned so far"),
                        None => (milli, "the policy's service rate until one is learned"),
                    }
                }
            };
            (policy > 0).then(|| {
                let seconds = f64::from(workload.at_once) * 1_000.0 / f64::from(policy);
                (Nanos::from_secs_f64(seconds), whence.to_owned())
            })
        })
    }

    fn state(
        &self,
        workload: &WorkloadInWorld<'_>,
        metric: &MetricSpec,
    ) -> Option<&'a MetricState> {
        let mut states = self.question.snapshot.workloads.iter();
        let state = states.find(|state| state.id == workload.spec.id)?;
        state.metrics.get(&metric.name)
    }

    fn remembered(
        &self,
        workload: &WorkloadInWorld<'_>,
        metric: &MetricSpec,
    ) -> Option<&'a MetricMemory> {
        let memory = self.question.memory.workloads.get(&workload.spec.id)?;
        memory.metrics.get(&metric.name)
    }

    fn ready(&self, id: &WorkloadId) -> u64 {
        let clusters = self.question.snapshot.clusters.iter();
        let nodes = clusters.flat_map(|cluster| &cluster.nodes);
        let replicas = nodes.flat_map(|node| &node.replicas);
        let ours = replicas.filter(|here| here.workload == *id);
        ours.map(|here| u64::from(here.ready)).sum()
    }
}

/// The mean over the clusters that have learned one.
fn learned(metric: &MetricMemory) -> Option<u32> {
    let rates = metric.service_rate_milli.values();
    let learned: Vec<u32> = rates
        .filter(|rate| rate.samples > 0)
        .map(|rate| rate.milli)
        .collect();
    let sum: u64 = learned.iter().map(|milli| u64::from(*milli)).sum();
    u32::try_from(sum.checked_div(learned.len() as u64)?).ok()
}

fn sum_milli(reading: &Reading) -> Option<i64> {
    match reading {
        Reading::Series { values_milli, .. } => Some(values_milli.iter().sum()),
        _ => None,
    }
}

/// A series as a count; not below zero.
fn whole(reading: &Reading) -> Option<u64> {
    sum_milli(reading).map(|milli| u64::try_from(milli / 1_000).unwrap_or(0))
}

#[expect(clippy::cast_precision_loss, reason = "a rate of a load")]
fn per_second(milli: i64) -> f64 {
    milli.max(0) as f64 / 1_000.0
}
