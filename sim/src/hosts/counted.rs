//! An autoscaler that decides a total for each workload and leaves the places to the shared rule.

use std::collections::BTreeMap;
use std::fmt;

use spillway_solver::ids::WorkloadId;
use spillway_solver::policy::{Policy, WorkloadSpec};
use spillway_solver::snapshot::Snapshot;
use spillway_solver::units::UnixMs;

use super::fill::FillInOrder;
use super::fleet_hpa::count;
use super::load::Load;
use super::{Autoscaler, Expected, Forecast, Outcome};

/// Decides the total of one workload.
pub(super) trait CountRule: fmt::Debug {
    /// How many replicas there should be; `None` leaves them as they are.
    fn count(&mut self, seen: &Seen) -> Option<u32>;

    /// What it came to expect at the last count; `None` where that is nothing new.
    fn forecast(&mut self) -> Option<RuleForecast> {
        None
    }
}

/// A [`Forecast`] of the rule's own workload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RuleForecast {
    pub(super) from: UnixMs,
    pub(super) until: UnixMs,
    pub(super) expected: Expected,
    pub(super) replicas: f64,
}

/// What a rule is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// The tick's time.
    pub(super) now: UnixMs,
    /// The load; `None` where a metric is missing.
    pub(super) load: Option<Load>,
    /// The replicas that are asked for now, everywhere.
    pub(super) replicas: u32,
}

/// A rule for each workload, and private first.
#[derive(Debug)]
pub struct Counted {
    name: &'static str,
    workloads: Vec<WorkloadSpec>,
    rules: BTreeMap<WorkloadId, Box<dyn CountRule>>,
    fill: FillInOrder,
}

impl Counted {
    /// `rule` makes the rule of a workload.
    pub(super) fn new<R: CountRule + 'static>(
        name: &'static str,
        policy: &Policy,
        rule: impl Fn(&WorkloadSpec) -> R,
    ) -> Self {
        let workloads = policy.workloads.iter();
        Self {
            name,
            workloads: policy.workloads.clone(),
            rules: workloads
                .map(|spec| (spec.id.clone(), Box::new(rule(spec)) as Box<dyn CountRule>))
                .collect(),
            fill: FillInOrder::private_first(policy),
        }
    }
}

impl Autoscaler for Counted {
    fn name(&self) -> &'static str {
        self.name
    }

    fn decide(&mut self, snapshot: &Snapshot) -> Outcome {
        let mut room = self.fill.room(snapshot);
        let (mut targets, mut forecasts) = (Vec::new(), Vec::new());
        for workload in &self.workloads {
            let everywhere = count(snapshot, &workload.id, |_| true);
            let seen = Seen {
                now: snapshot.now_ms,
                load: Load::seen(snapshot, workload, everywhere.existing),
                replicas: everywhere.spec,
            };
            let mut rule = self.rules.get_mut(&workload.id);
            let wanted = rule.as_mut().and_then(|rule| rule.count(&seen));
            let forecast = rule.and_then(|rule| rule.forecast());
            forecasts.extend(forecast.map(|made| Forecast {
                workload: workload.id.clone(),
                from: made.from,
                until: made.until,
                expected: made.expected,
                replicas: made.replicas,
            }));
            let bounded = wanted
                .unwrap_or(everywhere.spec)
                .max(workload.min_replicas)
                .min(workload.max_replicas);
            targets.extend(self.fill.targets(snapshot, &mut room, workload, bounded));
        }
        Outcome {
            targets,
            forecasts,
            ..Outcome::default()
        }
    }
}
