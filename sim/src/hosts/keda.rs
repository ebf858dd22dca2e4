//! KEDA: activation between zero and one, HPA above.
//!
//! Source: KEDA documentation, "`ScaledObject` specification" and "Scaling Deployments,
//! `StatefulSets` & Custom Resources" (read in versions 2.14 to 2.22): `pollingInterval` 30 s,
//! `cooldownPeriod` 300 s and only for the step to zero, active while a metric is above its
//! activation threshold, which is 0.
//!
//! A `ScaledObject` scales one Deployment in one cluster: here at home. What does not fit there
//! pends; KEDA knows no second cluster.

use std::collections::BTreeMap;

use spillway_solver::ids::WorkloadId;
use spillway_solver::policy::{Policy, WorkloadSpec};
use spillway_solver::snapshot::Snapshot;
use spillway_solver::units::{Millis, UnixMs};

use super::fleet_hpa::{FleetHpa, count, sum};
use super::pace::Pace;
use super::private_only::Home;
use super::{Autoscaler, Outcome, TargetCount};

/// `pollingInterval`.
const POLLING: Millis = Millis(30_000);

/// `cooldownPeriod`.
const COOLDOWN: Millis = Millis(300_000);

/// A `ScaledObject` for each workload, at home.
#[derive(Debug)]
pub struct Keda {
    hpa: FleetHpa,
    home: Home,
    polls: BTreeMap<WorkloadId, Poll>,
}

/// What the operator knows of one `ScaledObject`.
#[derive(Debug)]
struct Poll {
    pace: Pace,
    last_active: Option<UnixMs>,
    asleep: bool,
}

impl Keda {
    /// For the policy's workloads; `minReplicas` and `maxReplicas` are the `ScaledObject`'s.
    #[must_use]
    pub fn new(policy: &Policy) -> Self {
        let poll = |spec: &WorkloadSpec| (spec.id.clone(), Poll::new());
        Self {
            hpa: FleetHpa::new(policy),
            home: Home::new(policy),
            polls: policy.workloads.iter().map(poll).collect(),
        }
    }
}

impl Autoscaler for Keda {
    fn name(&self) -> &'static str {
        "keda"
    }

    fn decide(&mut self, snapshot: &Snapshot) -> Outcome {
        let mut targets = Vec::new();
        for workload in self.hpa.workloads.clone() {
            let replicas = count(snapshot, &workload.id, |name| self.home.has(name));
            let poll = self.polls.get_mut(&workload.id);
            let asleep = workload.min_replicas == 0
                && poll.is_some_and(|poll| {
                    let active = is_active(snapshot, &workload);
                    poll.sleeps(replicas.spec == 0, active, snapshot.now_ms)
                });
            let desired = if asleep {
                0
            } else {
                // KEDA's HPA never goes below one.
                let awake = WorkloadSpec {
                    min_replicas: workload.min_replicas.max(1),
                    ..workload.clone()
                };
                let max = workload.max_replicas;
                self.hpa.desired(&awake, snapshot, replicas, max)
            };
            targets.extend(self.home.split(snapshot, &workload, desired));
            targets.extend(self.home.public.iter().map(|cluster| TargetCount {
                workload: workload.id.clone(),
                cluster: cluster.clone(),
                replicas: 0,
            }));
        }
        Outcome {
            targets,
            ..Outcome::default()
        }
    }
}

impl Poll {
    fn new() -> Self {
        Self {
            pace: Pace::every(POLLING),
            last_active: None,
            asleep: false,
        }
    }

    /// Whether there should be no replica. An activity that is not known changes nothing.
    fn sleeps(&mut self, is_zero: bool, active: Option<bool>, now: UnixMs) -> bool {
        if !self.pace.is_due(now) {
            return self.asleep;
        }
        match active {
            Some(true) => {
                self.last_active = Some(now);
                self.asleep = false;
            }
            Some(false) => {
                let cooled = self
                    .last_active
                    .is_none_or(|last| now.since(last) >= COOLDOWN);
                self.asleep = is_zero || cooled;
            }
            None => {}
        }
        self.asleep
    }
}

/// Whether a metric is above its activation threshold; equal is not above. `None` where no
/// metric is known to be above and one is missing.
fn is_active(snapshot: &Snapshot, workload: &WorkloadSpec) -> Option<bool> {
    let threshold = workload.activation.as_ref();
    let threshold = threshold.map_or(0, |activation| activation.threshold_milli);
    let state = snapshot
        .workloads
        .iter()
        .find(|state| state.id == workload.id)?;
    let mut all_known = true;
    for metric in &workload.metrics {
        let Some(read) = state.metrics.get(&metric.name) else {
            all_known = false;
            continue;
        };
        for reading in std::iter::once(&read.primary).chain(&read.arrivals) {
            match sum(reading) {
                Ok(value) if value > threshold => return Some(true),
                Ok(_) => {}
                Err(_) => all_known = false,
            }
        }
    }
    all_known.then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workload_sleeps_after_the_cooldown_and_wakes_at_the_next_poll() {
        let mut poll = Poll::new();
        let cases = [
            (0, Some(true), false, "active at the first poll"),
            (15, Some(false), false, "no poll"),
            (
                30,
                Some(false),
                false,
                "idle since now: the cooldown runs from 0 s",
            ),
            (270, Some(false), false, "not for 300 s yet"),
            (300, Some(false), true, "300 s after it was last active"),
            (330, None, true, "nothing known changes nothing"),
            (345, Some(true), true, "active, but it is not polled"),
            (360, Some(true), false, "awake"),
            (390, None, false, "nothing known changes nothing"),
        ];
        let mut is_zero = false;
        for (at_s, active, expected, name) in cases {
            let asleep = poll.sleeps(is_zero, active, UnixMs(at_s * 1_000));
            assert_eq!(asleep, expected, "{at_s} s: {name}");
            is_zero = asleep;
        }
    }
}
