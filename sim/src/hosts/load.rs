//! The load of a workload in replicas: what the policies of the literature scale by.
//!
//! They know arrivals per second and the requests per second that one server completes; their
//! quotient is the load. Here each metric of the workload says it with its target. What waits is
//! no load in the papers, which have no queue of jobs: it is added as the replicas that work it
//! off within the drain time, as the queue formula does (`R = ceil(lambda/mu + Q/(mu*T))`).

use spillway_solver::policy::{MetricSpec, QueueTarget, ServiceRate, Target, WorkloadSpec};
use spillway_solver::snapshot::{MetricState, PodReading, Reading, Snapshot};

use super::fleet_hpa::sum;

/// What is less than this beyond a whole number is an error of rounding.
const ROUNDING: f64 = 1e-9;

/// The load of one workload, in replicas.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Load {
    /// Replicas that keep up with what arrives.
    pub(super) flow: f64,
    /// Replicas that work off in time what waits.
    pub(super) backlog: f64,
}

impl Load {
    /// As the workload's metrics show it, the largest where there are several; `None` where one
    /// is missing. `existing` replicas share what a `Value` target reads.
    pub(super) fn seen(
        snapshot: &Snapshot,
        workload: &WorkloadSpec,
        existing: u32,
    ) -> Option<Self> {
        let state = snapshot
            .workloads
            .iter()
            .find(|state| state.id == workload.id)?;
        let mut most = Self::default();
        for metric in &workload.metrics {
            let load = Self::of_metric(metric, state.metrics.get(&metric.name)?, existing)?;
            if load.total() > most.total() {
                most = load;
            }
        }
        Some(most)
    }

    /// The replicas that carry both.
    pub(super) fn total(self) -> f64 {
        self.flow + self.backlog
    }

    fn of_metric(metric: &MetricSpec, state: &MetricState, existing: u32) -> Option<Self> {
        let value = || sum(&state.primary).ok().map(number);
        let flow = match &metric.target {
            Target::Queue(queue) => {
                let arrivals = number(sum(state.arrivals.as_ref()?).ok()?);
                let rate = rate_milli(queue);
                let drained = rate * number(queue.drain_within_ms.0) / 1_000.0;
                return Some(Self {
                    flow: quotient(arrivals, rate),
                    backlog: quotient(value()?, drained),
                });
            }
            Target::AverageValue(target) => quotient(value()?, number(*target)),
            Target::Value(target) => quotient(value()?, number(*target)) * f64::from(existing),
            Target::PodsAverageValue(target)
            | Target::ResourceAverageValue { milli: target, .. } => quotient(
                pods(&state.primary, |pod| pod.value_milli)?,
                number(*target),
            ),
            Target::Utilization { percent, .. } => {
                let used = pods(&state.primary, |pod| pod.value_milli)?;
                let requested = pods(&state.primary, |pod| pod.value_milli.and(pod.request_milli))?;
                let count = pods(&state.primary, |pod| pod.value_milli.and(Some(1)))?;
                quotient(used * count * 100.0, requested * f64::from(*percent))
            }
        };
        Some(Self { flow, backlog: 0.0 })
    }
}

/// The whole replicas that carry a load.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast saturates, and NaN becomes 0"
)]
pub(super) fn whole(replicas: f64) -> u32 {
    (replicas - ROUNDING).ceil() as u32
}

/// Requests per second that a replica completes, in thousandths.
fn rate_milli(queue: &QueueTarget) -> f64 {
    let (ServiceRate::GivenMilli(rate) | ServiceRate::LearnedMilli(rate)) = queue.service_rate;
    f64::from(rate)
}

/// The sum over the pods that have it; `None` where none has.
fn pods(reading: &Reading, of: impl Fn(&PodReading) -> Option<i64>) -> Option<f64> {
    let Reading::Pods { pods, .. } = reading else {
        return None;
    };
    let known: Vec<i64> = pods.iter().filter_map(of).collect();
    (!known.is_empty()).then(|| known.into_iter().map(number).sum())
}

/// A target of zero is no target: no load then, rather than an endless one.
fn quotient(load: f64, target: f64) -> f64 {
    if target > 0.0 {
        (load / target).max(0.0)
    } else {
        0.0
    }
}

/// Exact up to 2^53, which no metric in thousandths reaches.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn number(value: impl TryInto<i64>) -> f64 {
    value.try_into().unwrap_or(i64::MAX) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seen(target: &serde_json::Value, state: &serde_json::Value) -> Option<Load> {
        let workload: WorkloadSpec = serde_json::from_value(json!({
            "id": "shop/worker", "policy": "default", "minReplicas": 1, "maxReplicas": 20,
            "moveSurge": 1, "priority": 0,
            "requests": {"cpuMilli": 1_000, "memoryBytes": 1, "pods": 1},
            "metrics": [{
                "name": "m", "target": target, "maxAgeMs": 60_000,
                "fallback": {"lastKnownGoodMs": 0, "holdMs": 0, "floorReplicas": 1},
            }],
        }))
        .expect("a sound workload");
        let snapshot: Snapshot = serde_json::from_value(json!({
            "schemaVersion": "v1alpha1", "nowMs": 0, "clusters": [],
            "workloads": [{"id": "shop/worker", "metrics": {"m": state}}],
        }))
        .expect("a sound snapshot");
        Load::seen(&snapshot, &workload, 4)
    }

    fn series(value: i64) -> serde_json::Value {
        json!({"kind": "series", "atMs": 0, "valuesMilli": [value]})
    }

    fn pod(used: i64) -> serde_json::Value {
        json!({"name": "p", "cluster": "home", "phase": "Running", "valueMilli": used, "requestMilli": 1_000})
    }

    #[test]
    fn each_target_says_its_load_in_replicas() {
        let queue = json!({"queue": {"drainWithinMs": 60_000, "serviceRate": {"givenMilli": 500}}});
        let pods = json!({"primary": {"kind": "pods", "atMs": 0, "pods": [pod(900), pod(300)]}});
        let cases = [
            (
                "3/s at 0.5/s a replica, and 45 waiting of 30 that a replica does in a minute",
                queue.clone(),
                json!({"primary": series(45_000), "arrivals": series(3_000)}),
                Some((6.0, 1.5)),
            ),
            (
                "12 of 3 each",
                json!({"averageValue": 3_000}),
                json!({"primary": series(12_000)}),
                Some((4.0, 0.0)),
            ),
            (
                "4 replicas at 150 %",
                json!({"value": 2_000}),
                json!({"primary": series(3_000)}),
                Some((6.0, 0.0)),
            ),
            (
                "1.2 cores of requests of one core at 50 %",
                json!({"utilization": {"resource": "cpu", "percent": 50}}),
                pods.clone(),
                Some((2.4, 0.0)),
            ),
            (
                "1.2 cores at 0.4",
                json!({"resourceAverageValue": {"resource": "cpu", "milli": 400}}),
                pods,
                Some((3.0, 0.0)),
            ),
            (
                "no arrivals are not none",
                queue,
                json!({"primary": series(45_000)}),
                None,
            ),
            (
                "an empty answer is not zero",
                json!({"averageValue": 3_000}),
                json!({"primary": {"kind": "empty"}}),
                None,
            ),
        ];
        for (name, target, state, expected) in cases {
            let found = seen(&target, &state).map(|load| (load.flow, load.backlog));
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn a_load_takes_whole_replicas_and_an_error_of_rounding_takes_none() {
        let cases = [
            (0.0, 0),
            (0.1, 1),
            (3.0, 3),
            (3.000_000_000_1, 3),
            (3.01, 4),
            (-2.0, 0),
            (f64::NAN, 0),
        ];
        for (load, expected) in cases {
            assert_eq!(whole(load), expected, "{load}");
        }
    }
}
