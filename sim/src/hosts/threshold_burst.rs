//! Bursting as people write it by hand: when the queue is long for a while, add replicas in the
//! public cloud; when it has been empty for a while, take them away again.

use std::collections::BTreeMap;

use spillway_solver::ids::WorkloadId;
use spillway_solver::policy::{Policy, Target, WorkloadSpec};
use spillway_solver::snapshot::Snapshot;
use spillway_solver::units::{Millis, UnixMs};

use super::fleet_hpa::{FleetHpa, count, sum};
use super::private_only::Home;
use super::{Autoscaler, Outcome, TargetCount};

/// When to burst and when to stop.
#[derive(Clone, Copy, Debug)]
pub struct BurstRule {
    /// Waiting requests above which the queue is long.
    pub queue_above: u32,
    /// How long it must be long, for each step.
    pub long_for: Millis,
    /// Replicas that a step adds or takes away.
    pub step: u32,
    /// How long the queue must be empty, for each step back.
    pub empty_for: Millis,
}

impl Default for BurstRule {
    /// 100 waiting requests for a minute add 2 replicas; 10 minutes without any take 2 away.
    fn default() -> Self {
        Self {
            queue_above: 100,
            long_for: Millis(60_000),
            step: 2,
            empty_for: Millis(600_000),
        }
    }
}

/// HPA at home up to what fits there, and the rule in the first public cluster.
#[derive(Debug)]
pub struct ThresholdBurst {
    hpa: FleetHpa,
    home: Home,
    rule: BurstRule,
    bursts: BTreeMap<WorkloadId, Burst>,
}

#[derive(Debug, Default)]
struct Burst {
    replicas: u32,
    long_since: Option<UnixMs>,
    empty_since: Option<UnixMs>,
}

impl ThresholdBurst {
    /// For the policy's workloads.
    #[must_use]
    pub fn new(policy: &Policy, rule: BurstRule) -> Self {
        Self {
            hpa: FleetHpa::new(policy),
            home: Home::new(policy),
            rule,
            bursts: BTreeMap::new(),
        }
    }
}

impl Autoscaler for ThresholdBurst {
    fn name(&self) -> &'static str {
        "threshold-burst"
    }

    fn decide(&mut self, snapshot: &Snapshot) -> Outcome {
        let mut targets = Vec::new();
        for workload in self.hpa.workloads.clone() {
            let at_home = count(snapshot, &workload.id, |name| self.home.has(name));
            let most = workload
                .max_replicas
                .min(self.home.room(snapshot, &workload));
            let desired = self.hpa.desired(&workload, snapshot, at_home, most);
            let burst = self.bursts.entry(workload.id.clone()).or_default();
            if let Some(waiting_milli) = excess_milli(snapshot, &workload, at_home.ready) {
                burst.update(self.rule, waiting_milli, snapshot.now_ms);
            }
            let spare = workload.max_replicas.saturating_sub(desired);
            burst.replicas = burst.replicas.min(spare);
            targets.extend(self.home.split(snapshot, &workload, desired));
            targets.extend(self.home.public.iter().take(1).map(|cluster| TargetCount {
                workload: workload.id.clone(),
                cluster: cluster.clone(),
                replicas: burst.replicas,
            }));
        }
        Outcome {
            targets,
            ..Outcome::default()
        }
    }
}

impl Burst {
    fn update(&mut self, rule: BurstRule, waiting_milli: i64, now: UnixMs) {
        let long = waiting_milli > i64::from(rule.queue_above) * 1_000;
        if lasted(&mut self.long_since, long, rule.long_for, now) {
            self.replicas = self.replicas.saturating_add(rule.step);
        }
        if lasted(
            &mut self.empty_since,
            waiting_milli <= 0,
            rule.empty_for,
            now,
        ) {
            self.replicas = self.replicas.saturating_sub(rule.step);
        }
    }
}

/// Whether something has been so for the whole span; then the span begins anew.
fn lasted(since: &mut Option<UnixMs>, is_so: bool, span: Millis, now: UnixMs) -> bool {
    if !is_so {
        *since = None;
        return false;
    }
    let began = *since.get_or_insert(now);
    let lasted = now.since(began) >= span;
    if lasted {
        *since = Some(now);
    }
    lasted
}

/// What waits: a queue's backlog, or what an `AverageValue` metric shows beyond the target of
/// the replicas at home. `None` when nothing says so.
fn excess_milli(snapshot: &Snapshot, workload: &WorkloadSpec, ready_at_home: u32) -> Option<i64> {
    let state = snapshot
        .workloads
        .iter()
        .find(|state| state.id == workload.id)?;
    workload.metrics.iter().find_map(|metric| {
        let seen = || sum(&state.metrics.get(&metric.name)?.primary).ok();
        match &metric.target {
            Target::Queue(_) => seen(),
            Target::AverageValue(target) => {
                let carried = target.saturating_mul(i64::from(ready_at_home));
                Some(seen()?.saturating_sub(carried))
            }
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_grows_and_shrinks_a_step_at_a_time_after_the_whole_span() {
        let rule = BurstRule::default();
        let mut burst = Burst::default();
        let cases = [
            (0, 200, 0, "long since now"),
            (45, 200, 0, "not for the whole minute"),
            (60, 200, 2, "for a minute"),
            (75, 200, 2, "the span began anew"),
            (120, 200, 4, "for another minute"),
            (135, 100, 4, "100 is not above 100"),
            (150, 0, 4, "empty since now"),
            (750, 0, 2, "empty for ten minutes"),
            (1_350, 0, 0, "and again"),
            (1_950, 0, 0, "there is nothing to take away"),
        ];
        for (at_s, waiting, expected, name) in cases {
            burst.update(rule, waiting * 1_000, UnixMs(at_s * 1_000));
            assert_eq!(burst.replicas, expected, "{at_s} s: {name}");
        }
    }
}
