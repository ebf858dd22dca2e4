//! What is to come, for those baselines that are told: static sizes and the forecast oracle.
//!
//! Nobody in production has it. It is given explicitly, from one pass over the arrivals before
//! the run; every other autoscaler sees snapshots and nothing else.

use std::collections::BTreeMap;

use spillway_solver::ids::WorkloadId;
use spillway_solver::policy::{MetricSpec, Target, WorkloadSpec};
use spillway_solver::units::{Millis, UnixMs};

use crate::config::{RunConfig, Signal};
use crate::time::Nanos;
use crate::trace::{ArrivalSource, Inflows, TraceError};
use crate::world::{WorkloadInWorld, workloads_in_world};

/// The load that a source offers, by the names of its workloads.
#[derive(Debug)]
pub struct Demand {
    interval: Nanos,
    offered: BTreeMap<String, Vec<Offered>>,
}

/// What one workload's requests of one interval ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// Requests that arrive.
    pub requests: u64,
    /// The sum of their service times.
    pub service_ns: u128,
}

impl Demand {
    /// Reads a source to its end, or to the horizon.
    ///
    /// # Errors
    ///
    /// Where the source cannot be read.
    pub fn read(
        mut source: impl ArrivalSource,
        interval: Nanos,
        horizon: Option<Nanos>,
    ) -> Result<Self, TraceError> {
        let mut by_number: Vec<Vec<Offered>> = Vec::new();
        while let Some(arrival) = source.next().transpose()? {
            if horizon.is_some_and(|horizon| arrival.at >= horizon) {
                break;
            }
            let number = arrival.workload as usize;
            let bin = usize::try_from(arrival.at.0 / interval.0).unwrap_or(usize::MAX);
            grow_to(&mut by_number, number);
            grow_to(&mut by_number[number], bin);
            let offered = &mut by_number[number][bin];
            offered.requests += 1;
            offered.service_ns += u128::from(arrival.service.0);
        }
        let names = source.workloads().iter().cloned();
        Ok(Self {
            interval,
            offered: names.zip(by_number).collect(),
        })
    }

    /// The same as rates, each spread evenly over its span: no request is drawn.
    ///
    /// # Errors
    ///
    /// Where the source cannot be read.
    pub fn read_rates(
        source: impl ArrivalSource,
        interval: Nanos,
        horizon: Option<Nanos>,
    ) -> Result<Self, TraceError> {
        let mut by_number: Vec<Vec<Offered>> = Vec::new();
        let mut inflows = Inflows::new(source, interval);
        while let Some(inflow) = inflows.next_inflow().transpose()? {
            if horizon.is_some_and(|horizon| inflow.at >= horizon) {
                break;
            }
            let number = inflow.workload as usize;
            grow_to(&mut by_number, number);
            let (mut at, mut counted) = (inflow.at, 0);
            while at < inflow.end() {
                let bin = at.0 / interval.0;
                at = inflow.end().min(Nanos((bin + 1) * interval.0));
                let until = inflow.arrived_by(at);
                let bin = usize::try_from(bin).unwrap_or(usize::MAX);
                grow_to(&mut by_number[number], bin);
                let offered = &mut by_number[number][bin];
                offered.requests += until - counted;
                offered.service_ns +=
                    u128::from(until - counted) * u128::from(inflow.service_mean.0);
                counted = until;
            }
        }
        let names = inflows.source().workloads().iter().cloned();
        Ok(Self {
            interval,
            offered: names.zip(by_number).collect(),
        })
    }
}

fn grow_to<T: Clone + Default>(list: &mut Vec<T>, index: usize) {
    if list.len() <= index {
        list.resize(index + 1, T::default());
    }
}

/// The replicas that the load of each interval takes, by the workload's own targets.
#[derive(Clone, Debug)]
pub struct Foresight {
    start: UnixMs,
    interval: Millis,
    needs: BTreeMap<WorkloadId, Vec<f64>>,
}

impl Foresight {
    /// Of a run's workloads under a demand.
    #[must_use]
    pub fn new(config: &RunConfig, demand: &Demand) -> Self {
        let intervals = demand.offered.values().map(Vec::len).max().unwrap_or(0);
        let need = |workload: WorkloadInWorld<'_>| {
            let mut sum = vec![Offered::default(); intervals];
            let series = workload.trace_names.iter();
            for series in series.filter_map(|name| demand.offered.get(name)) {
                for (sum, more) in sum.iter_mut().zip(series) {
                    sum.requests += more.requests;
                    sum.service_ns += more.service_ns;
                }
            }
            let needs = sum
                .into_iter()
                .map(|offered| need(&workload, Rates::over(offered, demand.interval)));
            (workload.spec.id.clone(), needs.collect())
        };
        Self {
            start: UnixMs(config.world.start.as_millisecond()),
            interval: Millis(demand.interval.as_millis()),
            needs: workloads_in_world(config).into_iter().map(need).collect(),
        }
    }

    /// The workload's need in each interval of the run.
    pub(super) fn needs(&self, workload: &WorkloadSpec) -> &[f64] {
        self.needs.get(&workload.id).map_or(&[], Vec::as_slice)
    }

    /// When the interval began that an instant lies in.
    pub(super) fn interval_of(&self, at: UnixMs) -> UnixMs {
        let interval = self.interval.0.max(1);
        self.start
            .plus(Millis(at.since(self.start).0 / interval * interval))
    }

    /// The largest need in the intervals that `span` from `now` on touches.
    pub(super) fn most_within(&self, workload: &WorkloadSpec, now: UnixMs, span: Millis) -> f64 {
        let index = |at: UnixMs| {
            usize::try_from(at.since(self.start).0 / self.interval.0.max(1)).unwrap_or(usize::MAX)
        };
        let needs = self.needs(workload);
        let last = index(now.plus(span)).min(needs.len());
        let first = index(now).min(last);
        needs[first..last].iter().copied().fold(0.0, f64::max)
    }
}

/// The replicas that the load of an interval took, by the workload's own targets.
pub(crate) fn needed(
    workload: &WorkloadInWorld<'_>,
    requests: u64,
    busy: f64,
    interval: Nanos,
) -> f64 {
    let offered = Offered {
        requests,
        service_ns: 0,
    };
    let rates = Rates {
        busy,
        ..Rates::over(offered, interval)
    };
    need(workload, rates)
}

/// Means over an interval.
#[derive(Clone, Copy, Debug)]
struct Rates {
    requests_per_s: f64,
    /// Requests in service at once if none had to wait: the sum of service times by the time.
    busy: f64,
}

impl Rates {
    #[expect(clippy::cast_precision_loss, reason = "a mean of many")]
    fn over(offered: Offered, interval: Nanos) -> Self {
        Self {
            requests_per_s: offered.requests as f64 / interval.as_secs_f64(),
            busy: offered.service_ns as f64 / interval.0 as f64,
        }
    }
}

/// The replicas that keep up, and keep every metric whose signal is known at its target.
fn need(workload: &WorkloadInWorld<'_>, rates: Rates) -> f64 {
    let busy_replicas = rates.busy / f64::from(workload.at_once.max(1));
    let metrics = workload.spec.metrics.iter().zip(&workload.signals);
    metrics
        .filter_map(|(metric, signal)| {
            at_target(metric, *signal, rates, busy_replicas, workload.spec)
        })
        .fold(busy_replicas, f64::max)
}

fn at_target(
    metric: &MetricSpec,
    signal: Signal,
    rates: Rates,
    busy_replicas: f64,
    spec: &WorkloadSpec,
) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let by = |target_milli: i64| (target_milli > 0).then(|| 1_000.0 / target_milli as f64);
    match (&metric.target, signal) {
        (Target::AverageValue(target), Signal::ArrivalRate) => {
            Some(rates.requests_per_s * by(*target)?)
        }
        (Target::AverageValue(target), Signal::InFlight) => Some(rates.busy * by(*target)?),
        (Target::Utilization { percent, .. }, Signal::BusyCpu) => {
            Some(busy_replicas * 0.1 * by(i64::from(*percent))?)
        }
        (Target::ResourceAverageValue { milli, .. }, Signal::BusyCpu) => {
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            let requested = spec.requests.cpu_milli.0 as f64 / 1_000.0;
            Some(busy_replicas * requested * by(*milli)?)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo;
    use crate::hosts::load::whole;
    use crate::trace::{Arrival, TraceNotes};

    /// Requests at so many seconds that take so many milliseconds.
    struct Given(Vec<(u64, u64, u32)>, Vec<String>);

    impl ArrivalSource for Given {
        fn next(&mut self) -> Option<Result<Arrival, TraceError>> {
            let (at_s, service_ms, workload) = (!self.0.is_empty()).then(|| self.0.remove(0))?;
            Some(Ok(Arrival {
                at: Nanos::from_secs(at_s),
                service: Nanos::from_millis(service_ms),
                workload,
                class: 0,
                bytes: 0,
            }))
        }

        fn workloads(&self) -> &[String] {
            &self.1
        }

        fn classes(&self) -> &[String] {
            &[]
        }

        fn notes(&self) -> TraceNotes {
            TraceNotes::default()
        }
    }

    #[test]
    fn needs_are_the_service_times_by_the_time_or_what_a_target_asks_for() {
        let names = ["orders", "orders-sale", "web"].map(str::to_owned);
        let mut requests = vec![(0, 90_000, 0), (10, 30_000, 1)];
        requests.extend((0..360).map(|n| (60 + n / 6, 200, 2)));
        requests.push((130, 60_000, 1));
        requests.push((3_600, 60_000, 1));
        let source = Given(requests, names.to_vec());
        let minute = Nanos::from_secs(60);
        let demand = Demand::read(source, minute, Some(Nanos::from_secs(3_600))).expect("sound");
        let config = demo::config("test");
        let foresight = Foresight::new(&config, &demand);
        let [orders, web] = ["shop/orders", "shop/web"].map(|id| {
            let mut workloads = config.policy.workloads.iter();
            workloads.find(|spec| spec.id == id).expect("the demo's")
        });
        // 120 s of work in the first minute, 60 s in the third; what is beyond the horizon is not.
        assert_eq!(foresight.needs(orders), [2.0, 0.0, 1.0]);
        // 6 requests a second of 0.2 s keep 1.2 replicas busy; the target of 3 a second asks for 2.
        assert_eq!(foresight.needs(web), [0.0, 2.0, 0.0]);
        let at = |s: i64| UnixMs(config.world.start.as_millisecond() + s * 1_000);
        let minutes = |n: u64| Millis(n * 60_000);
        let most = |s, n| whole(foresight.most_within(orders, at(s), minutes(n)));
        // The last: nothing comes after the end.
        let found = [most(0, 1), most(60, 1), most(60, 2), most(180, 5)];
        assert_eq!(found, [2, 0, 1, 0]);
    }
}
