//! A metric with another value.

use std::fmt;
use std::str::FromStr;

use spillway_crds::text::Quantity;
use spillway_solver::policy::{MetricSpec, Target};
use spillway_solver::snapshot::{MetricState, Reading, WorkloadState};
use spillway_solver::units::UnixMs;

use super::change::unknown;
use crate::store::Tick;

/// What a metric says.
#[derive(Clone, Debug)]
pub(in crate::plugin) struct MetricChange {
    text: String,
    workload: String,
    metric: String,
    part: Part,
    milli: i64,
}

/// Which of a metric's readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Primary,
    Arrivals,
}

impl fmt::Display for MetricChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for MetricChange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shape = || "write NAMESPACE/NAME/METRIC=VALUE, such as shop/orders/queue=2k".to_owned();
        let (path, value) = text.rsplit_once('=').ok_or_else(shape)?;
        let parts: Vec<&str> = path.split('/').collect();
        let (namespace, name, metric, part) = match parts[..] {
            [namespace, name, metric] => (namespace, name, metric, Part::Primary),
            [namespace, name, metric, "arrivals"] => (namespace, name, metric, Part::Arrivals),
            _ => return Err(shape()),
        };
        let milli = Quantity(value.to_owned())
            .milli()
            .map_err(|error| format!("{error}; {}", shape()))?;
        Ok(Self {
            text: text.to_owned(),
            workload: format!("{namespace}/{name}"),
            metric: metric.to_owned(),
            part,
            milli,
        })
    }
}

impl MetricChange {
    pub(super) fn apply(&self, tick: &mut Tick) -> Result<(), String> {
        let specs = &tick.policy.workloads;
        let Some(spec) = specs.iter().find(|spec| spec.id == self.workload) else {
            let known = specs.iter().map(|spec| spec.id.as_str());
            return Err(unknown("workload", &self.workload, known));
        };
        let Some(metric) = spec
            .metrics
            .iter()
            .find(|metric| metric.name == self.metric)
        else {
            let known = spec.metrics.iter().map(|metric| metric.name.as_str());
            return Err(unknown(
                &format!("metric of {}", spec.id),
                &self.metric,
                known,
            ));
        };
        let snapshot = &mut tick.snapshot;
        let states = &mut snapshot.workloads;
        let place = states
            .iter()
            .position(|state| state.id == spec.id)
            .unwrap_or_else(|| {
                states.push(WorkloadState {
                    id: spec.id.clone(),
                    ..WorkloadState::default()
                });
                states.len() - 1
            });
        let state = states[place]
            .metrics
            .entry(metric.name.clone())
            .or_default();
        self.set(metric, state, snapshot.now_ms)
    }

    fn set(&self, spec: &MetricSpec, state: &mut MetricState, now: UnixMs) -> Result<(), String> {
        let series = Reading::Series {
            at_ms: now,
            values_milli: vec![self.milli],
        };
        match (&spec.target, self.part) {
            (Target::Queue(_), Part::Arrivals) => state.arrivals = Some(series),
            (_, Part::Arrivals) => {
                return Err("it is no queue, and only queues have arrivals".to_owned());
            }
            (Target::AverageValue(_) | Target::Value(_) | Target::Queue(_), Part::Primary) => {
                state.primary = series;
            }
            (
                Target::PodsAverageValue(_)
                | Target::Utilization { .. }
                | Target::ResourceAverageValue { .. },
                Part::Primary,
            ) => self.set_pods(spec, state, now)?,
        }
        Ok(())
    }

    /// Each pod has the value, as if it had just been sampled.
    fn set_pods(
        &self,
        spec: &MetricSpec,
        state: &mut MetricState,
        now: UnixMs,
    ) -> Result<(), String> {
        let Reading::Pods { at_ms, pods } = &mut state.primary else {
            return Err("it is measured in each pod, and no pods were read".to_owned());
        };
        *at_ms = now;
        for pod in pods.iter_mut().filter(|pod| pod.value_milli.is_some()) {
            pod.sampled_at_ms = Some(now);
            pod.value_milli = Some(match spec.target {
                // The value is in percent of the request.
                Target::Utilization { .. } => {
                    let request = pod.request_milli.unwrap_or(0);
                    let exact = i128::from(request) * i128::from(self.milli) / 100_000;
                    i64::try_from(exact).unwrap_or(i64::MAX)
                }
                _ => self.milli,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use spillway_solver::policy::ResourceName;

    use super::super::super::moment::{Moment, burst};
    use super::*;

    fn changed(text: &str) -> Result<Moment, String> {
        let mut tick = burst().tick;
        text.parse::<MetricChange>()?.apply(&mut tick)?;
        Ok(Moment::of(tick))
    }

    fn proposal(moment: &Moment, workload: &str) -> (Option<i64>, Option<u32>) {
        let mut all = moment.decision.rationale.workloads.iter();
        let why = all.find(|why| why.id == workload).expect("it is decided");
        (why.metrics[0].value_milli, why.metrics[0].proposal)
    }

    #[test]
    fn a_metric_has_the_value_that_is_given_and_proposes_by_it() {
        let more = changed("shop/web/requests=42.766").expect("it is there");
        assert_eq!(proposal(&more, "shop/web"), (Some(42_766), Some(15)));
        let backlog = changed("shop/orders/queue=2k").expect("it is there");
        assert_eq!(proposal(&backlog, "shop/orders").0, Some(2_000_000));
    }

    #[test]
    fn a_queue_also_has_arrivals_and_other_metrics_have_none() {
        let fewer = changed("shop/orders/queue/arrivals=0").expect("it is a queue");
        let (_, proposed) = proposal(&fewer, "shop/orders");
        assert!(proposed < proposal(&burst(), "shop/orders").1);
        let error = changed("shop/web/requests/arrivals=1").expect_err("no queue");
        assert!(error.contains("no queue"), "{error}");
    }

    #[test]
    fn percent_of_the_request_is_given_to_each_pod_that_has_a_sample() {
        let mut tick = burst().tick;
        tick.policy.workloads[1].metrics[0].target = Target::Utilization {
            resource: ResourceName::Cpu,
            percent: 50,
        };
        let change: MetricChange = "shop/web/requests=80".parse().expect("a change");
        let error = change.apply(&mut tick).expect_err("no pods were read");
        assert!(error.contains("no pods were read"), "{error}");
        let pods = json!({"kind": "pods", "atMs": 1, "pods": [
            {"name": "a", "cluster": "home", "phase": "Running", "valueMilli": 1, "requestMilli": 500},
            {"name": "b", "cluster": "home", "phase": "Running", "requestMilli": 500},
        ]});
        let state = tick.snapshot.workloads[2]
            .metrics
            .get_mut("requests")
            .expect("it is read");
        state.primary = serde_json::from_value(pods).expect("a reading");
        change.apply(&mut tick).expect("pods were read");
        let Reading::Pods { pods, .. } = &tick.snapshot.workloads[2].metrics["requests"].primary
        else {
            panic!("pods stay pods");
        };
        let values: Vec<_> = pods.iter().map(|pod| pod.value_milli).collect();
        assert_eq!(values, [Some(400), None]);
    }

    #[test]
    fn what_is_no_change_says_what_would_be_one() {
        for text in ["shop/web=1", "shop/web/requests", "shop/web/requests=many"] {
            let error = text.parse::<MetricChange>().expect_err(text);
            assert!(
                error.contains("write NAMESPACE/NAME/METRIC=VALUE"),
                "{error}"
            );
        }
    }
}
